/** The private side of a snapshot: what a member's state has beyond the public one. */

import { equal, fromHex, toHex } from "../bytes.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { type Signer, signerOf } from "../crypto/signer.ts";
import { MalformedError, UsageError } from "../errors.ts";
import { SendGuard } from "../schedule/send-guard.ts";
import { Secret } from "../secret.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import { applyTreeDelta, treeDeltaOf } from "../tree/tree-delta.ts";
import type { NodeIndex } from "../tree-math.ts";
import type { Environment } from "./environment.ts";
import type { MemberBody, SignerValue } from "./snapshot-body.ts";
import {
  addedTo,
  droppedFrom,
  isSameEpoch,
  nameLeaves,
  namesIn,
  publicBodyOf,
  publicStateAfter,
} from "./snapshot-public.ts";
import { applySecretTreeDelta, secretsGone, secretTreeDeltaOf } from "./snapshot-secret-tree.ts";
import {
  type EpochKeys,
  epochKeysOf,
  type GroupState,
  type PastEpoch,
  type PendingUpdate,
  type PublicState,
  type ResumptionPsk,
  resumptionPsks,
  secretsBesideTrees,
} from "./state.ts";

export interface BodyOptions {
  /** The identity of `before`; empty if there is none. */
  readonly base: Uint8Array;
  readonly signatureKeys: boolean;
}

/** What makes `after` of `before`, or of nothing. What the two share is not in it. */
export function memberBodyOf(before: GroupState | undefined, after: GroupState, options: BodyOptions): MemberBody {
  const { epoch, self } = after;
  const was = before?.epoch.secrets;
  const signer = (each: Signer) => signerValueOf(each, options.signatureKeys);
  const updates = isSameEpoch(before, after) ? before.pendingUpdates : NO_UPDATES;
  const psks = new Map(before === undefined ? [] : resumptionPsks(before).map((each) => [each.epoch, each.psk]));
  return {
    view: publicBodyOf(before, after, options.base),
    secrets: was !== undefined && sameValues(was, epoch.secrets) ? undefined : epoch.secrets,
    secretTree: secretTreeDeltaOf(before?.epoch.secretTree, epoch.secretTree),
    leafIndex: self.leafIndex,
    signer: self.signer === before?.self.signer ? undefined : signer(self.signer),
    privateKeys: keysOf(before, after),
    droppedUpdates: droppedFrom(updates, after.pendingUpdates),
    pendingUpdates: addedTo(updates, after.pendingUpdates).map(([reference, update]) => ({
      reference: fromHex(reference),
      privateKey: update.privateKey,
      signer: signer(update.signer),
    })),
    olderTrees: olderTreesOf(before, after),
    past: after.past.map((past) => pastValueOf(before, past)),
    resumptionPsks: after.resumptionPsks.map(({ epoch: of, psk }) => ({
      epoch: of,
      psk: psks.get(of) === psk ? undefined : psk,
    })),
  };
}

/** Where signers come from, and the keys of those made so far, which nobody has yet. */
export interface SignerSource {
  readonly given: readonly Signer[];
  readonly made: Secret[];
}

/**
 * The state that a body makes of `before`, or of nothing. It takes the secrets of the body over.
 *
 * @throws MalformedError `snapshot.damaged`, `codec.undefined_value`
 * @throws UsageError `snapshot.signer_missing`, `suite.unknown` @throws InvalidError `tree.too_large`
 */
export async function memberStateAfter(
  environment: Environment,
  before: GroupState | undefined,
  { body, signers }: { readonly body: MemberBody; readonly signers: SignerSource },
): Promise<GroupState> {
  const view = publicStateAfter(environment, before, body.view);
  const trees = treesAfter(before, view, body);
  const signer = (value: SignerValue) => signerFor(environment.suite, value, signers);
  const pendingUpdates = new Map(body.view.epoch === undefined ? before?.pendingUpdates : []);
  for (const reference of body.droppedUpdates) pendingUpdates.delete(toHex(reference));
  for (const { reference, privateKey, signer: value } of body.pendingUpdates) {
    pendingUpdates.set(toHex(reference), { privateKey, signer: await signer(value) });
  }
  const { epoch } = view;
  const sending =
    before === undefined
      ? new SendGuard()
      : body.view.epoch === undefined
        ? before.epoch.sending
        : before.epoch.sending.successor(epoch.confirmationTag);
  return {
    ...view,
    epoch: {
      ...epoch,
      secrets: present(body.secrets ?? before?.epoch.secrets),
      secretTree: applySecretTreeDelta(before?.epoch.secretTree, body.secretTree),
      sending,
    },
    self: {
      leafIndex: body.leafIndex,
      signer: body.signer === undefined ? present(before?.self.signer) : await signer(body.signer),
      privateKeys: keysAfter(before, body.privateKeys),
    },
    pendingUpdates,
    past: body.past.map((value) => pastAfter(before, value, trees)),
    resumptionPsks: resumptionPsksAfter(before, body.resumptionPsks, trees),
  };
}

/** What `before` holds and `after` does not, in time proportional to what changed. */
export function secretsReplaced(before: GroupState, after: GroupState): readonly Secret[] {
  const kept = new Set(secretsBesideTrees(after));
  const trees = new Map(epochsOf(after).map(({ epoch, secretTree }) => [epoch, secretTree]));
  return [
    ...[...secretsBesideTrees(before)].filter((secret) => !kept.has(secret)),
    ...epochsOf(before).flatMap(({ epoch, secretTree }) => [...secretsGone(secretTree, trees.get(epoch))]),
  ];
}

const NO_UPDATES: ReadonlyMap<string, PendingUpdate> = new Map();

function sameValues<T extends object>(a: T, b: T): boolean {
  return Object.keys(a).every((key) => a[key as keyof T] === b[key as keyof T]);
}

function signerValueOf(signer: Signer, withKey: boolean): SignerValue {
  const key = withKey && "privateKey" in signer && signer.privateKey instanceof Secret ? signer.privateKey : undefined;
  return { publicKey: signer.publicKey, privateKey: key };
}

function keysOf(before: GroupState | undefined, { self }: GroupState): MemberBody["privateKeys"] {
  const had = before?.self.privateKeys ?? NO_KEYS;
  const nodes = [...new Set([...had.keys(), ...self.privateKeys.keys()])].sort((a, b) => a - b);
  return nodes
    .filter((node) => had.get(node) !== self.privateKeys.get(node))
    .map((node) => ({ node, privateKey: self.privateKeys.get(node) }));
}

const NO_KEYS: ReadonlyMap<NodeIndex, Secret> = new Map();

function keysAfter(
  before: GroupState | undefined,
  values: MemberBody["privateKeys"],
): GroupState["self"]["privateKeys"] {
  const keys = new Map(before?.self.privateKeys);
  for (const { node, privateKey } of values) {
    if (privateKey === undefined) keys.delete(node as NodeIndex);
    else keys.set(node as NodeIndex, privateKey);
  }
  return keys;
}

/** The current epoch, and those that are over; the last one of a member that was removed is one of these. */
function epochsOf(state: GroupState | undefined): readonly EpochKeys[] {
  if (state === undefined) return [];
  return state.closed?.reason === "removed" ? state.past : [epochKeysOf(state), ...state.past];
}

function pastValueOf(before: GroupState | undefined, past: PastEpoch): MemberBody["past"][number] {
  const { epoch, endedAt, encodedGroupContext, senderDataSecret, secretTree } = past;
  const was = epochsOf(before).find((each) => each.encodedGroupContext === encodedGroupContext);
  return {
    epoch,
    endedAt,
    opening: was === undefined ? { encodedGroupContext, senderDataSecret } : undefined,
    secretTree: secretTreeDeltaOf(was?.secretTree, secretTree),
  };
}

function pastAfter(
  before: GroupState | undefined,
  { epoch, endedAt, opening, secretTree }: MemberBody["past"][number],
  trees: ReadonlyMap<bigint, RatchetTree>,
): PastEpoch {
  const was = opening === undefined ? epochsOf(before).find((each) => each.epoch === epoch) : undefined;
  const { encodedGroupContext, senderDataSecret } = present(opening ?? was);
  return {
    epoch,
    endedAt,
    encodedGroupContext,
    tree: present(trees.get(epoch)),
    senderDataSecret,
    secretTree: applySecretTreeDelta(was?.secretTree, secretTree),
  };
}

function resumptionPsksAfter(
  before: GroupState | undefined,
  values: MemberBody["resumptionPsks"],
  trees: ReadonlyMap<bigint, RatchetTree>,
): readonly ResumptionPsk[] {
  const had = before === undefined ? [] : resumptionPsks(before);
  return values.map(({ epoch, psk }) => ({
    epoch,
    tree: present(trees.get(epoch)),
    psk: present(psk ?? had.find((each) => each.epoch === epoch)?.psk),
  }));
}

/** The trees that a state refers to, by epoch. */
function treesOf(state: GroupState | undefined): Map<bigint, RatchetTree> {
  if (state === undefined) return new Map();
  return new Map([...epochsOf(state), ...state.resumptionPsks].map(({ epoch, tree }) => [epoch, tree]));
}

/** Each tree that past epochs or resumption PSKs refer to, as the difference from the next newer one, whose leaves it may share. */
function olderTreesOf(before: GroupState | undefined, after: GroupState): MemberBody["olderTrees"] {
  const had = treesOf(before);
  const current = after.epoch.groupContext.epoch;
  const missing = [...treesOf(after)].filter(([epoch, tree]) => epoch !== current && had.get(epoch) !== tree);
  let newer = after.tree;
  return missing
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([epoch, tree]) => {
      const delta = treeDeltaOf(newer, tree);
      newer = tree;
      return { epoch, delta, clients: [...namesIn(delta, tree, after.clients)] };
    });
}

function treesAfter(
  before: GroupState | undefined,
  { epoch: { groupContext }, tree, clients: { names } }: PublicState,
  { olderTrees }: MemberBody,
): ReadonlyMap<bigint, RatchetTree> {
  const trees = treesOf(before).set(groupContext.epoch, tree);
  let newer = tree;
  for (const { epoch, delta, clients } of olderTrees) {
    newer = applyTreeDelta(newer, delta);
    nameLeaves(names, newer, clients);
    trees.set(epoch, newer);
  }
  return trees;
}

async function signerFor(
  suite: CipherSuite,
  { publicKey, privateKey }: SignerValue,
  { given, made }: SignerSource,
): Promise<Signer> {
  if (privateKey !== undefined) {
    const signer = await signerOf(suite, privateKey.bytes);
    privateKey.dispose();
    made.push(signer.privateKey);
    if (equal(signer.publicKey, publicKey)) return signer;
    signer.privateKey.dispose();
  }
  const found = given.find((each) => equal(each.publicKey, publicKey));
  if (found === undefined) throw new UsageError("snapshot.signer_missing");
  return found;
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new MalformedError("snapshot.damaged", { where: "member" });
  return value;
}
