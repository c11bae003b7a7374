/** What a member does in an epoch, and commits (§12.4). */
import {
  type CreatedCommit,
  createGroupInfo,
  epochAuthenticator,
  exportSecret,
  processMessage,
  protect,
  RatchetTreeNodes,
  ratchetTree,
} from "copath";
import { encode } from "copath/codec";
import type { Handlers } from "../interface/client.ts";
import type { RequestOf } from "../interface/messages.ts";
import type { Client } from "./client.ts";
import { notA } from "./member.ts";
import { inMessage } from "./octets.ts";
import { requestFor } from "./proposals.ts";

type UsingRpc = "GroupInfo" | "StateAuth" | "Export" | "Protect" | "Unprotect" | "StorePSK";

export function usingHandlers(client: Client): Pick<Handlers, UsingRpc> {
  return {
    GroupInfo: ({ stateId, externalTree }) => {
      const member = client.member(stateId);
      return member.inTurn(async () => {
        const { environment, state } = member;
        const groupInfo = inMessage.groupInfo(
          await createGroupInfo(environment, state, { ratchetTree: !externalTree }),
        );
        return externalTree ? { groupInfo, ratchetTree: encode(RatchetTreeNodes, ratchetTree(state)) } : { groupInfo };
      });
    },
    StateAuth: async ({ stateId }) => ({ stateAuthSecret: epochAuthenticator(client.member(stateId).state) }),
    Export: async ({ stateId, label, context, keyLength: length }) => {
      const { environment, state } = client.member(stateId);
      return { exportedSecret: exportSecret(environment.suite, state, { label, context, length }) };
    },
    Protect: ({ stateId, authenticatedData, plaintext }) => {
      const member = client.member(stateId);
      return member.inTurn(async () => ({
        ciphertext: member.adopt(await protect(member.environment, member.state, plaintext, { authenticatedData })),
      }));
    },
    Unprotect: ({ stateId, ciphertext }) => {
      const member = client.member(stateId);
      return member.inTurn(async () => {
        const received = member.adopt(await processMessage(member.environment, member.state, ciphertext));
        if (received.contentType !== "application") throw notA("application message", received.contentType);
        return { authenticatedData: received.authenticatedData, plaintext: received.applicationData };
      });
    },
    StorePSK: async ({ stateOrTransactionId, pskId, pskSecret }) => {
      client.storePsk(stateOrTransactionId, pskId, pskSecret);
      return {};
    },
  };
}

export function commitHandlers(client: Client): Pick<Handlers, "Commit" | "HandleCommit" | "HandlePendingCommit"> {
  return {
    Commit: (request) => commit(client, request),
    HandleCommit: async ({ stateId, proposal, commit: message }) => ({
      stateId,
      epochAuthenticator: await follow(client, { stateId, proposal, commit: message }),
    }),
    HandlePendingCommit: async ({ stateId }) => ({
      stateId,
      epochAuthenticator: await acceptPending(client, stateId),
    }),
  };
}

export function commit(
  client: Client,
  { stateId, byReference, byValue, forcePath, externalTree }: RequestOf<"Commit">,
) {
  const member = client.member(stateId);
  return member.inTurn(async () => {
    const proposals = byValue.map((description) => requestFor(description, (identity) => member.leafOf(identity)));
    const created = await member.commit(byReference, { proposals, forcePath, ratchetTree: !externalTree });
    return { commit: created.message, ...welcomeOf(created, externalTree) };
  });
}

/** The one Welcome, if there is one, and the tree if it travels beside it. */
export function welcomeOf(
  { welcomes, ...made }: Pick<CreatedCommit, "welcomes" | "ratchetTree">,
  externalTree: boolean,
): { welcome?: Uint8Array; ratchetTree?: Uint8Array } {
  const [welcome] = welcomes;
  return {
    ...(welcome === undefined ? {} : { welcome }),
    ...(externalTree ? { ratchetTree: encode(RatchetTreeNodes, made.ratchetTree) } : {}),
  };
}

export function follow(client: Client, request: RequestOf<"HandleCommit">): Promise<Uint8Array> {
  const member = client.member(request.stateId);
  return member.inTurn(() => member.follow(request.proposal, request.commit));
}

export function acceptPending(client: Client, stateId: number): Promise<Uint8Array> {
  const member = client.member(stateId);
  return member.inTurn(async () => member.acceptPending());
}
