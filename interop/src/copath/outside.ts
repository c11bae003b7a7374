/** §12.1.8: proposals from outside the group, by clients who ask to be added and by external senders. */
import {
  ExternalSender,
  type GroupContext,
  type GroupInfo,
  proposeExternally,
  proposeSelf,
  type RatchetTreeNodes,
  verifyGroupInfo,
} from "copath";
import { encode } from "copath/codec";
import type { Handlers } from "../interface/client.ts";
import { basic } from "./base.ts";
import type { Client } from "./client.ts";
import { newTransaction } from "./joining.ts";
import { wipeSigner } from "./keys.ts";
import { leafNamed, leavesOf } from "./leaves.ts";
import { groupInfoIn, treeOf } from "./octets.ts";
import { requestFor } from "./proposals.ts";
import { refusal } from "./refusal.ts";

type OutsideRpc = "NewMemberAddProposal" | "CreateExternalSigner" | "ExternalSignerProposal";

export function outsideHandlers(client: Client): Pick<Handlers, OutsideRpc> {
  return {
    NewMemberAddProposal: async ({ groupInfo: octets, identity }) => {
      const groupInfo = groupInfoIn(octets);
      const { cipherSuite } = groupInfo.groupContext;
      const groupContext = await contextOf(client, groupInfo, treeOf(groupInfo, new Uint8Array()));
      const { transaction, keys } = await newTransaction(client, cipherSuite, identity);
      const environment = client.base.environment(cipherSuite);
      const asked = proposeSelf(environment, { groupContext, keyPackage: transaction.bundle });
      const { message } = await asked.catch((error: unknown) => {
        transaction.free();
        throw error;
      });
      return { transactionId: client.handles.add(transaction), proposal: message, ...keys };
    },
    CreateExternalSigner: async ({ cipherSuite, identity }) => {
      const signer = await client.base.signer(cipherSuite);
      const free = () => wipeSigner(signer);
      const signerId = client.handles.add({ kind: "signer", identity, psks: new Map(), cipherSuite, signer, free });
      const sender = { signatureKey: signer.publicKey, credential: basic(identity) };
      return { signerId, externalSender: encode(ExternalSender, sender) };
    },
    /** The place among the group's external senders is looked up: harnesses do not know it. */
    ExternalSignerProposal: async ({ signerId, groupInfo: octets, ratchetTree, description }) => {
      const { signer, cipherSuite } = client.handles.find(signerId, "signer");
      if (description === undefined)
        throw refusal("INVALID_ARGUMENT", "proposal.not_described", "what is to be proposed is not said");
      const groupInfo = groupInfoIn(octets);
      const tree = treeOf(groupInfo, ratchetTree);
      const groupContext = await contextOf(client, groupInfo, tree);
      const proposal = requestFor(description, (identity) => leafNamed(leavesOf(tree ?? []), identity));
      const environment = client.base.environment(cipherSuite);
      return { proposal: (await proposeExternally(environment, { groupContext, signer, proposal })).message };
    },
  };
}

/** A GroupInfo is verified where its tree is at hand: without it, who signed it is not known (§12.4.3). */
async function contextOf(
  client: Client,
  groupInfo: GroupInfo,
  tree: RatchetTreeNodes | undefined,
): Promise<GroupContext> {
  const { groupContext } = groupInfo;
  if (tree !== undefined) await verifyGroupInfo(client.base.environment(groupContext.cipherSuite), groupInfo, tree);
  return groupContext;
}
