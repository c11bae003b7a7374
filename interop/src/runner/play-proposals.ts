/** Actions by which something is proposed, from inside a group and from outside. */
import type { MLSClient } from "../interface/client.ts";
import type { ResponseOf, Rpc } from "../interface/messages.ts";
import type { Handlers } from "./handler.ts";
import { changedGroupId, utf8 } from "./octets.ts";
import type { Description } from "./scenario.ts";
import { present, type Stage } from "./stage.ts";

type ProposalAction =
  | "addProposal"
  | "updateProposal"
  | "removeProposal"
  | "externalPSKProposal"
  | "resumptionPSKProposal"
  | "groupContextExtensionsProposal"
  | "newMemberAddProposal"
  | "addExternalSigner"
  | "externalSignerProposal";

export const PROPOSAL_ACTIONS: Handlers<ProposalAction> = {
  addProposal: async (stage, { actor, keyPackage }, index) => {
    const request = { stateId: stage.state(actor), keyPackage: stage.product(keyPackage, "keyPackage") };
    await propose(stage, index, { actor, rpc: "AddProposal", request });
  },

  updateProposal: async (stage, { actor }, index) => {
    await propose(stage, index, { actor, rpc: "UpdateProposal", request: { stateId: stage.state(actor) } });
  },

  removeProposal: async (stage, { actor, removed }, index) => {
    const request = { stateId: stage.state(actor), removedId: utf8(removed) };
    await propose(stage, index, { actor, rpc: "RemoveProposal", request });
  },

  externalPSKProposal: async (stage, { actor, pskId }, index) => {
    const request = { stateId: stage.state(actor), pskId: stage.product(pskId, "psk").pskId };
    await propose(stage, index, { actor, rpc: "ExternalPSKProposal", request });
  },

  resumptionPSKProposal: async (stage, { actor, epochId }, index) => {
    const request = { stateId: stage.state(actor), epochId };
    await propose(stage, index, { actor, rpc: "ResumptionPSKProposal", request });
  },

  groupContextExtensionsProposal: async (stage, { actor, extensions }, index) => {
    const request = { stateId: stage.state(actor), extensions };
    await propose(stage, index, { actor, rpc: "GroupContextExtensionsProposal", request });
  },

  newMemberAddProposal: async (stage, { actor, joiner }, index) => {
    const { groupInfo } = await stage.call(actor, "GroupInfo", { stateId: stage.state(actor) });
    present(actor, "GroupInfo", { "group info": groupInfo });
    const request = { groupInfo, identity: utf8(joiner) };
    const { transactionId } = await propose(stage, index, { actor: joiner, rpc: "NewMemberAddProposal", request });
    stage.transactions.set(joiner, { id: transactionId, used: false });
  },

  addExternalSigner: async (stage, { actor, signer }, index) => {
    const request = { cipherSuite: stage.suite, identity: utf8(signer) };
    const { signerId, externalSender } = await stage.call(signer, "CreateExternalSigner", request);
    present(signer, "CreateExternalSigner", { "external sender": externalSender });
    stage.signers.set(signer, signerId);
    const adding = { stateId: stage.state(actor), externalSender };
    await propose(stage, index, { actor, rpc: "AddExternalSigner", request: adding });
  },

  externalSignerProposal: async (stage, { actor, member, description }, index) => {
    const asked = { stateId: stage.state(member), externalTree: true };
    const { groupInfo, ratchetTree } = await stage.call(member, "GroupInfo", asked);
    present(member, "GroupInfo", { "group info": groupInfo });
    const described = describe(stage, member, description);
    if ("groupId" in described) stage.keep(index, { successor: described.groupId });
    const request = { signerId: stage.signer(actor), groupInfo, ratchetTree, description: described };
    await propose(stage, index, { actor, rpc: "ExternalSignerProposal", request });
  },
};

type ProposalRpc = {
  [R in Rpc]: ResponseOf<R> extends { readonly proposal: Uint8Array } ? R : never;
}[Rpc];

interface Proposing<R extends ProposalRpc> {
  readonly actor: string;
  readonly rpc: R;
  readonly request: Parameters<MLSClient[R]>[0];
}

async function propose<R extends ProposalRpc>(
  stage: Stage,
  index: number,
  { actor, rpc, request }: Proposing<R>,
): Promise<ResponseOf<R>> {
  const answer = await stage.call(actor, rpc, request);
  const { proposal } = answer as { readonly proposal: Uint8Array };
  present(actor, rpc, { proposal });
  stage.keep(index, { proposal });
  if ("stateId" in request) stage.epochs.sawProposals(actor);
  return answer;
}

/** A proposal for a client to make; a re-init's comes with the suite and the group id that the run goes on with. */
export function describe(stage: Stage, member: string, description: Description) {
  const proposalType = utf8(description.proposalType);
  switch (description.proposalType) {
    case "add":
      return { proposalType, keyPackage: stage.product(description.keyPackage, "keyPackage") };
    case "remove":
      return { proposalType, removedId: utf8(description.removed) };
    case "externalPSK":
      return { proposalType, pskId: stage.product(description.pskId, "psk").pskId };
    case "resumptionPSK":
      return { proposalType, epochId: description.epochId };
    case "groupContextExtensions":
      return { proposalType, extensions: description.extensions };
    case "reinit":
      return { proposalType, extensions: description.extensions, ...successorOf(stage, member, description) };
  }
}

/** What a re-init asks of the group that follows. */
export function successorOf(
  stage: Stage,
  member: string,
  { changeGroupId, changeCipherSuite }: { readonly changeGroupId: boolean; readonly changeCipherSuite: boolean },
) {
  if (changeCipherSuite) stage.changeSuite();
  const { id } = stage.epoch(member).group;
  return { groupId: changeGroupId ? changedGroupId(id) : id, cipherSuite: stage.suite };
}
