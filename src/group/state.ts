/**
 * §8, §12: the state of a member at an epoch: an immutable value. Every operation turns one into the next and names the
 * secrets that the old one held and the new one does not; only the owner of the state disposes of them, once the new
 * state is stored.
 */

import { equal, toHex } from "../bytes.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import type { Signer } from "../crypto/signer.ts";
import { InternalError, StaleError, UsageError } from "../errors.ts";
import type { Epoch } from "../schedule/epoch.ts";
import { type SecretTree, secretsOf } from "../schedule/secret-tree.ts";
import type { Secret } from "../secret.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import type { LeafIndex, NodeIndex } from "../tree-math.ts";
import type { Extension } from "../wire/extension.ts";
import type { Sender } from "../wire/framed-content.ts";
import type { GroupContext } from "../wire/group-context.ts";
import type { LeafNode } from "../wire/leaf-node.ts";
import type { Proposal, ReInit } from "../wire/proposal.ts";
import type { Clients } from "./clients.ts";

/** What an operation returns. */
export interface Transition<S, T> {
  /** To be stored, and to go on with. */
  readonly state: S;
  /** What came of the operation: a message to send, or what was received. */
  readonly output: T;
  /** Secrets that `state` no longer holds: to be disposed of (`dispose`) when it is stored, not before. */
  readonly spent: readonly Secret[];
}

/** The private side of a member. */
export interface Self {
  readonly leafIndex: LeafIndex;
  /** Private keys of the own leaf and of the nodes above it that are known (§4.2). */
  readonly privateKeys: ReadonlyMap<NodeIndex, Secret>;
  readonly signer: Signer;
}

/** A proposal received in the current epoch, verified and ready for a commit. */
export interface CachedProposal {
  /** ProposalRef (§5.2). */
  readonly reference: Uint8Array;
  /** As it was received. */
  readonly proposal: Proposal;
  /** Who proposed it. */
  readonly sender: Sender;
}

/** What an own Update proposal needs if some commit takes it. */
export interface PendingUpdate {
  readonly privateKey: Secret;
  readonly signer: Signer;
}

/** What opens the application messages of an epoch. */
export interface EpochKeys {
  readonly epoch: bigint;
  readonly encodedGroupContext: Uint8Array;
  readonly tree: RatchetTree;
  readonly senderDataSecret: Secret;
  readonly secretTree: SecretTree;
}

/** What is kept of an epoch to open its late application messages (§15.3). */
export interface PastEpoch extends EpochKeys {
  /** When this member left the epoch behind, in seconds since the Unix epoch. */
  readonly endedAt: bigint;
}

/** The resumption PSK of an epoch that is over (§8.6). */
export interface ResumptionPsk {
  readonly epoch: bigint;
  /** Who was in the group then, which a successor is compared with (§11.3). */
  readonly tree: RatchetTree;
  readonly psk: Secret;
}

/** Why a group takes no more messages from this member, if it does not. */
export type Closure = { readonly reason: "removed" } | { readonly reason: "reinitialized"; readonly reInit: ReInit };

/** §12.4.2: what a commit with these ReInit proposals does to the group. */
export function closureOf(reInits: readonly ReInit[]): Closure | undefined {
  const [reInit] = reInits;
  return reInit === undefined ? undefined : { reason: "reinitialized", reInit };
}

/** What everyone who follows a group's public messages knows of an epoch. */
export interface PublicEpoch {
  /** §8.1 */
  readonly groupContext: GroupContext;
  /** `groupContext`, encoded. */
  readonly encodedGroupContext: Uint8Array;
  /** §6.1: of the commit that began the epoch. */
  readonly confirmationTag: Uint8Array;
  /** §8.2: where the next commit's begins. */
  readonly interimTranscriptHash: Uint8Array;
}

/** The public side of a group at one epoch: all that an observer has, and a part of what a member has. */
export interface PublicState {
  /** What of the epoch needs no secret. */
  readonly epoch: PublicEpoch;
  /** The ratchet tree (§7). */
  readonly tree: RatchetTree;
  /** Which client is behind which leaf (§12.2). */
  readonly clients: Clients;
  /** By reference, in hexadecimal, in the order of arrival. */
  readonly proposals: ReadonlyMap<string, CachedProposal>;
  /** Why the group goes no further, if so. */
  readonly closed: Closure | undefined;
}

/** A member's view of a group at one epoch: everything it knows, and nothing that can change. */
export interface GroupState extends PublicState {
  /** With its secrets. */
  readonly epoch: Epoch;
  /** This member: its place, private keys and signer. */
  readonly self: Self;
  /** What own Updates need if they are committed, by reference. */
  readonly pendingUpdates: ReadonlyMap<string, PendingUpdate>;
  /** Newest first. */
  readonly past: readonly PastEpoch[];
  /** Newest first, the current epoch's not included. */
  readonly resumptionPsks: readonly ResumptionPsk[];
}

/** What a commit makes of a group for this member, before it is adopted. */
export interface NextEpoch {
  readonly epoch: Epoch;
  readonly tree: RatchetTree;
  readonly clients: Clients;
  readonly self: Self;
  readonly closed: Closure | undefined;
}

/** The state of a member whose history in the group starts here. */
export function initialState(next: NextEpoch): GroupState {
  return {
    ...next,
    proposals: new Map(),
    pendingUpdates: new Map(),
    past: [],
    resumptionPsks: [],
  };
}

/** What opens the messages of the current epoch. */
export function epochKeysOf({ epoch, tree }: GroupState): EpochKeys {
  return {
    epoch: epoch.groupContext.epoch,
    encodedGroupContext: epoch.encodedGroupContext,
    tree,
    senderDataSecret: epoch.secrets.senderDataSecret,
    secretTree: epoch.secretTree,
  };
}

/** §8.6: the resumption PSKs at hand, the current epoch's first. */
export function resumptionPsks({ epoch, tree, resumptionPsks: past }: GroupState): readonly ResumptionPsk[] {
  return [{ epoch: epoch.groupContext.epoch, tree, psk: epoch.secrets.resumptionPsk }, ...past];
}

/**
 * §12.4: the state without some received proposals, or without all. A proposal that others commit nonetheless must
 * arrive again first; an own Update that is dropped can't be committed any more.
 */
export function dropProposals(
  state: GroupState,
  references: readonly Uint8Array[] | "all",
): Transition<GroupState, undefined> {
  const dropped = new Set(references === "all" ? state.proposals.keys() : references.map(toHex));
  const without = <T>(map: ReadonlyMap<string, T>) =>
    new Map([...map].filter(([reference]) => !dropped.has(reference)));
  const next = { ...state, proposals: without(state.proposals), pendingUpdates: without(state.pendingUpdates) };
  const spent = [...state.pendingUpdates].filter(([reference]) => dropped.has(reference));
  return { state: next, output: undefined, spent: spent.map(([, { privateKey }]) => privateKey) };
}

/**
 * Gives a transition up instead of adopting it: what it made is wiped, `before` lives on. So a commit can be looked
 * into and refused, and a Welcome declined without a trace.
 */
export function discard(before: GroupState | undefined, abandoned: { readonly state: GroupState }): void {
  const kept = new Set(before === undefined ? [] : secretsHeld(before));
  for (const secret of secretsHeld(abandoned.state)) if (!kept.has(secret)) secret.dispose();
}

/** Every secret that a state holds, the signer's key excepted. */
export function* secretsHeld(state: GroupState): Iterable<Secret> {
  yield* secretsBesideTrees(state);
  for (const { secretTree } of [state.epoch, ...state.past]) yield* secretsOf(secretTree);
}

/** Those that no secret tree holds. */
export function* secretsBesideTrees({ epoch, self, ...state }: GroupState): Iterable<Secret> {
  yield* Object.values(epoch.secrets);
  yield* self.privateKeys.values();
  for (const update of state.pendingUpdates.values()) yield update.privateKey;
  for (const { senderDataSecret } of state.past) yield senderDataSecret;
  for (const { psk } of state.resumptionPsks) yield psk;
}

/** The group's id, which stays the same for its whole life (§8.1). */
export function groupIdOf(state: PublicState): Uint8Array {
  return state.epoch.groupContext.groupId;
}

/** The number of the state's epoch: 0 for a new group, one more with each commit (§8.1). */
export function epochOf(state: PublicState): bigint {
  return state.epoch.groupContext.epoch;
}

/** The extensions of the GroupContext (§8.1). */
export function extensionsOf(state: PublicState): readonly Extension[] {
  return state.epoch.groupContext.extensions;
}

/** This member's own leaf. Of a member that was removed, the leaf it had. */
export function ownLeaf(state: GroupState): LeafNode {
  const leaf = state.tree.leaf(state.self.leafIndex);
  if (leaf === undefined) throw new InternalError("internal.invariant", { where: "ownLeaf" });
  return leaf;
}

/**
 * Whether this member can still act in the group, and the environment has the group's suite.
 *
 * @throws UsageError `state.removed`, `state.reinitialized`, `suite.unknown`
 */
export function requireOpen({ suite }: { readonly suite: CipherSuite }, state: PublicState): void {
  requireSuite(suite, state);
  if (state.closed === undefined) return;
  throw new UsageError(state.closed.reason === "removed" ? "state.removed" : "state.reinitialized");
}

/** @throws UsageError `suite.unknown` if the group has another suite */
export function requireSuite(suite: CipherSuite, state: PublicState): void {
  const { cipherSuite } = state.epoch.groupContext;
  if (suite.id !== cipherSuite) throw new UsageError("suite.unknown", { suite: suite.id, cipherSuite });
}

/** @throws StaleError `group.wrong_id`, `epoch.past`, `epoch.future` */
export function requireCurrentEpoch(
  state: PublicState,
  { groupId, epoch }: { groupId: Uint8Array; epoch: bigint },
): void {
  if (!equal(groupId, groupIdOf(state))) throw new StaleError("group.wrong_id");
  const current = epochOf(state);
  if (epoch === current) return;
  throw new StaleError(epoch < current ? "epoch.past" : "epoch.future", { epoch, current });
}
