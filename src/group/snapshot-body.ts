/** What a snapshot says of a state (§8, §9): a format of its own, in the presentation language (§2.1). */

import type { Infer } from "../codec/codec.ts";
import { opaque, optional, uint8, uint32, uint64, vector } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import { TreeDelta } from "../tree/tree-delta.ts";
import { Sender } from "../wire/framed-content.ts";
import { GroupContext } from "../wire/group-context.ts";
import { LeafIndexValue } from "../wire/keys.ts";
import { Proposal, ReInit } from "../wire/proposal.ts";
import { RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import { EpochSecretsValue, SecretTreeValue, SecretValue } from "./snapshot-secrets.ts";

const SignerValue = struct("Signer", { publicKey: opaque, privateKey: optional(SecretValue) });

/** What the Authentication Service calls the clients of leaves (§12.2), where it gave them a name. */
const NamedLeaves = vector(struct("Client", { leafIndex: LeafIndexValue, name: opaque }));
export type NamedLeaves = Infer<typeof NamedLeaves>;

export const SnapshotBody = struct("GroupState", {
  groupContext: GroupContext,
  confirmationTag: opaque,
  interimTranscriptHash: opaque,
  secrets: EpochSecretsValue,
  secretTree: SecretTreeValue,
  tree: RatchetTreeNodes,
  clients: NamedLeaves,
  leafIndex: LeafIndexValue,
  signer: SignerValue,
  privateKeys: vector(struct("PrivateKey", { node: uint32, privateKey: SecretValue })),
  proposals: vector(
    struct("CachedProposal", { reference: opaque, sender: Sender, proposal: Proposal, client: optional(opaque) }),
  ),
  pendingUpdates: vector(struct("PendingUpdate", { reference: opaque, privateKey: SecretValue, signer: SignerValue })),
  olderTrees: vector(struct("OlderTree", { epoch: uint64, delta: TreeDelta, clients: NamedLeaves })),
  past: vector(
    struct("PastEpoch", {
      epoch: uint64,
      encodedGroupContext: opaque,
      senderDataSecret: SecretValue,
      secretTree: SecretTreeValue,
    }),
  ),
  resumptionPsks: vector(struct("ResumptionPsk", { epoch: uint64, psk: SecretValue })),
  closed: uint8,
  reInit: optional(ReInit),
});
export type SnapshotBody = Infer<typeof SnapshotBody>;
