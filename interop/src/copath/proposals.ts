/** §12.1: proposals as the interface describes them. */
import {
  ExternalSender,
  ExternalSenders,
  extensionsOf,
  externalSendersOf,
  type LeafIndex,
  type ProposalRequest,
} from "copath";
import { decode, encode } from "copath/codec";
import type { Handlers } from "../interface/client.ts";
import type { ProposalDescription } from "../interface/messages.ts";
import type { Client } from "./client.ts";
import type { Member } from "./member.ts";
import { extensionsIn, keyPackageIn } from "./octets.ts";
import { refusal } from "./refusal.ts";

type Leaves = (identity: Uint8Array) => LeafIndex;

/** @throws CallError INVALID_ARGUMENT for a type that the interface does not know */
export function requestFor(description: ProposalDescription, leafOf: Leaves): ProposalRequest {
  const type = Buffer.from(description.proposalType).toString();
  const { keyPackage, removedId, pskId, epochId, extensions, groupId, cipherSuite } = description;
  switch (type) {
    case "add":
      return { proposalType: "add", keyPackage: keyPackageIn(keyPackage) };
    case "remove":
      return { proposalType: "remove", removed: leafOf(removedId) };
    case "externalPSK":
      return externalPsk(pskId);
    case "resumptionPSK":
      return resumptionPsk(epochId);
    case "groupContextExtensions":
      return { proposalType: "group_context_extensions", extensions: extensionsIn(extensions) };
    case "reinit":
      return reInit({ groupId, cipherSuite, extensions });
    default:
      throw refusal("INVALID_ARGUMENT", "proposal.unknown_type", `no proposal type is called "${type}"`);
  }
}

const externalPsk = (pskId: Uint8Array): ProposalRequest => ({
  proposalType: "psk",
  psk: { psktype: "external", pskId },
});
const resumptionPsk = (pskEpoch: bigint): ProposalRequest => ({
  proposalType: "psk",
  psk: { psktype: "resumption", pskEpoch },
});

function reInit({
  groupId,
  cipherSuite,
  extensions,
}: Pick<ProposalDescription, "groupId" | "cipherSuite" | "extensions">): ProposalRequest {
  return { proposalType: "reinit", groupId, version: "mls10", cipherSuite, extensions: extensionsIn(extensions) };
}

type ProposalRpc =
  | "AddProposal"
  | "UpdateProposal"
  | "RemoveProposal"
  | "ExternalPSKProposal"
  | "ResumptionPSKProposal"
  | "GroupContextExtensionsProposal"
  | "ReInitProposal"
  | "AddExternalSigner";

export function proposalHandlers({ propose }: Client): Pick<Handlers, ProposalRpc> {
  return {
    AddProposal: ({ stateId, keyPackage }) =>
      propose(stateId, () => ({ proposalType: "add", keyPackage: keyPackageIn(keyPackage) })),
    UpdateProposal: ({ stateId }) => propose(stateId, () => ({ proposalType: "update" })),
    RemoveProposal: ({ stateId, removedId }) =>
      propose(stateId, (member) => ({ proposalType: "remove", removed: member.leafOf(removedId) })),
    ExternalPSKProposal: ({ stateId, pskId }) => propose(stateId, () => externalPsk(pskId)),
    ResumptionPSKProposal: ({ stateId, epochId }) => propose(stateId, () => resumptionPsk(epochId)),
    GroupContextExtensionsProposal: ({ stateId, extensions }) =>
      propose(stateId, () => ({ proposalType: "group_context_extensions", extensions: extensionsIn(extensions) })),
    ReInitProposal: ({ stateId, ...parameters }) => propose(stateId, () => reInit(parameters)),
    AddExternalSigner: ({ stateId, externalSender }) =>
      propose(stateId, (member) => withExternalSender(member, decode(ExternalSender, externalSender))),
  };
}

/** §12.1.8.1: the group's extensions as they are, with one more external sender. */
function withExternalSender({ state }: Member, sender: ExternalSender): ProposalRequest {
  const current = extensionsOf(state);
  const senders = [...externalSendersOf(current), sender];
  const extensionType = "external_senders";
  const others = current.filter((extension) => extension.extensionType !== extensionType);
  const extensions = [...others, { extensionType, extensionData: encode(ExternalSenders, senders) } as const];
  return { proposalType: "group_context_extensions", extensions };
}
