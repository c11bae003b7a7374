/** What a member does within an epoch: GroupInfo, secrets, application messages, pre-shared keys. */
import { createGroupInfo, epochAuthenticator, exportSecret, RatchetTreeNodes, ratchetTree } from "copath";
import { encode } from "copath/codec";
import type { Handlers } from "../interface/client.ts";
import type { Client } from "./client.ts";
import { inMessage } from "./octets.ts";

type EpochRpc = "GroupInfo" | "StateAuth" | "Export" | "Protect" | "Unprotect" | "StorePSK";

export function epochHandlers(client: Client): Pick<Handlers, EpochRpc> {
  return {
    GroupInfo: ({ stateId, externalTree }) => {
      const member = client.member(stateId);
      return member.inTurn(async () => {
        const { environment, state } = member;
        const made = await createGroupInfo(environment, state, { ratchetTree: !externalTree });
        const groupInfo = inMessage.groupInfo(made);
        return externalTree ? { groupInfo, ratchetTree: encode(RatchetTreeNodes, ratchetTree(state)) } : { groupInfo };
      });
    },
    StateAuth: ({ stateId }) => {
      const member = client.member(stateId);
      return member.inTurn(() => ({ stateAuthSecret: epochAuthenticator(member.state) }));
    },
    Export: ({ stateId, label, context, keyLength: length }) => {
      const member = client.member(stateId);
      const { suite } = member.environment;
      return member.inTurn(() => ({ exportedSecret: exportSecret(suite, member.state, { label, context, length }) }));
    },
    Protect: ({ stateId, authenticatedData, plaintext }) => {
      const member = client.member(stateId);
      return member.inTurn(async () => ({ ciphertext: await member.protect(plaintext, authenticatedData) }));
    },
    Unprotect: ({ stateId, ciphertext }) => {
      const member = client.member(stateId);
      return member.inTurn(async () => {
        const { authenticatedData, applicationData } = await member.receive(ciphertext, "application");
        return { authenticatedData, plaintext: applicationData };
      });
    },
    StorePSK: async ({ stateOrTransactionId, pskId, pskSecret }) => {
      client.storePsk(stateOrTransactionId, pskId, pskSecret);
      return {};
    },
  };
}
