/**
 * What a snapshot says of a state (§8, §9): a format of its own, in the presentation language (§2.1). All of it is said
 * relative to another state, the base; a whole snapshot has none, so that nothing is left out.
 */

import type { Infer } from "../codec/codec.ts";
import { opaque, optional, uint8, uint32, uint64, vector } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import { TreeDelta } from "../tree/tree-delta.ts";
import { Extension } from "../wire/extension.ts";
import { Sender } from "../wire/framed-content.ts";
import { GroupContext } from "../wire/group-context.ts";
import { LeafIndexValue } from "../wire/keys.ts";
import { Proposal, ReInit } from "../wire/proposal.ts";
import { SecretTreeDeltaValue } from "./snapshot-secret-tree.ts";
import { EpochSecretsValue, SecretValue } from "./snapshot-secrets.ts";

/** What the Authentication Service calls the clients of leaves (§12.2), where it gave them a name. */
const NamedLeaves = vector(struct("Client", { leafIndex: LeafIndexValue, name: opaque }));
export type NamedLeaves = Infer<typeof NamedLeaves>;

const EpochValue = struct("Epoch", {
  /** Without its extensions. */
  groupContext: GroupContext,
  /** None if they are the base's. */
  extensions: optional(vector(Extension)),
  confirmationTag: opaque,
  interimTranscriptHash: opaque,
});

/** The public side of a state. */
export const PublicBody = struct("PublicState", {
  /** The identity of the base; empty if there is none. */
  base: opaque,
  /** None if it is the base's, whose proposals are then kept. */
  epoch: optional(EpochValue),
  tree: TreeDelta,
  clients: NamedLeaves,
  dropped: vector(opaque),
  proposals: vector(
    struct("CachedProposal", { reference: opaque, sender: Sender, proposal: Proposal, client: optional(opaque) }),
  ),
  closed: uint8,
  reInit: optional(ReInit),
});
export type PublicBody = Infer<typeof PublicBody>;

const SignerValue = struct("Signer", { publicKey: opaque, privateKey: optional(SecretValue) });
export type SignerValue = Infer<typeof SignerValue>;

/** A member's state. Secrets that are missing are those of the base. */
export const MemberBody = struct("GroupState", {
  view: PublicBody,
  secrets: optional(EpochSecretsValue),
  secretTree: SecretTreeDeltaValue,
  leafIndex: LeafIndexValue,
  signer: optional(SignerValue),
  /** Those that the base does not have, and the nodes of those that only the base has; in ascending order. */
  privateKeys: vector(struct("PrivateKey", { node: uint32, privateKey: optional(SecretValue) })),
  droppedUpdates: vector(opaque),
  pendingUpdates: vector(struct("PendingUpdate", { reference: opaque, privateKey: SecretValue, signer: SignerValue })),
  /** Trees of past epochs that the base does not have, newest first, each as the difference from the one before. */
  olderTrees: vector(struct("OlderTree", { epoch: uint64, delta: TreeDelta, clients: NamedLeaves })),
  past: vector(
    struct("PastEpoch", {
      epoch: uint64,
      endedAt: uint64,
      /** None if it is the base's. */
      opening: optional(struct("Opening", { encodedGroupContext: opaque, senderDataSecret: SecretValue })),
      secretTree: SecretTreeDeltaValue,
    }),
  ),
  resumptionPsks: vector(struct("ResumptionPsk", { epoch: uint64, psk: optional(SecretValue) })),
});
export type MemberBody = Infer<typeof MemberBody>;
