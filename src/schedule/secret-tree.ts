/**
 * §9: the secret tree of an epoch, an immutable value that is derived where it is used and nowhere else. After a key
 * was taken, nothing in the new tree can derive it again: the secrets above its leaf are gone, its ratchet has moved
 * past it, and skipped generations are kept as key and nonce only (§9.2). The first use of a leaf derives O(log N)
 * secrets, later ones as many as the ratchet takes steps.
 */

import { utf8 } from "../bytes.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { deriveSecret, expandWithLabel } from "../crypto/labels.ts";
import { InternalError, InvalidError, UsageError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { type LeafIndex, MAX_LEAVES } from "../tree-math.ts";
import { advanceRatchet, type MessageKey, type Ratchet, type RatchetStep, takeSkippedKey } from "./ratchet.ts";
import { StepSecrets } from "./step-secrets.ts";

export type { MessageKey, Ratchet } from "./ratchet.ts";

/** Every sender has one ratchet for proposals and commits and one for application data. */
export type RatchetKind = "handshake" | "application";

/** §15.3: what one sender can make a receiver store and compute. */
export interface RatchetLimits {
  /** Skipped keys kept in each ratchet; the oldest go first. */
  readonly maxSkipped: number;
  /** Generations that one message may skip. */
  readonly maxForward: number;
}

/** The limits where the policy says nothing else. */
export const DEFAULT_RATCHET_LIMITS: RatchetLimits = { maxSkipped: 1000, maxForward: 2000 };

/** A leaf that was used. */
export interface LeafRatchets extends Readonly<Record<RatchetKind, Ratchet>> {}

/** A node with a used leaf below it: its own secret is gone. */
export interface UsedNode {
  /** The subtree with the lower leaves. */
  readonly left: SecretTreeNode;
  /** The subtree with the higher leaves. */
  readonly right: SecretTreeNode;
}

/** A `Secret` stands for the whole subtree of a node below which nothing was used. */
export type SecretTreeNode = Secret | UsedNode | LeafRatchets;

/** The secrets of an epoch's messages, as far as they are derived: a value. */
export interface SecretTree {
  /** The width of the ratchet tree: a power of two. */
  readonly leaves: number;
  /** Of what is left of the tree. */
  readonly root: SecretTreeNode;
}

/** One use of the tree: the tree after it, and the key that was taken. */
export interface KeyStep {
  /** To go on with. */
  readonly tree: SecretTree;
  /** For one message. The caller disposes of it after use, whatever came of it. */
  readonly messageKey: MessageKey;
  /** What the tree before held and `tree` does not: to be disposed of once `tree` is stored. */
  readonly spent: readonly Secret[];
  /** What was made for `tree` and `messageKey`: to be disposed of if the step is abandoned. */
  readonly fresh: readonly Secret[];
}

/** Which key of the tree protects a message. */
export interface KeyPosition {
  /** The sender's. */
  readonly leaf: LeafIndex;
  /** Handshake or application. */
  readonly kind: RatchetKind;
  /** As the sender data says. */
  readonly generation: number;
}

/** Generations are uint32 (§6.3.2). The last one is never taken, so that the counter behind it stays one too. */
const LAST_GENERATION = 0xffffffff;

const LEFT = utf8("left");
const RIGHT = utf8("right");

/**
 * The tree of an epoch, as wide as its ratchet tree. It keeps `encryptionSecret` as its root until a leaf is used;
 * then the step's `spent` names it, so nobody else has to dispose of it.
 *
 * @throws UsageError `input.invalid` unless `leaves` is a power of two and the secret has `KDF.Nh` octets
 */
export function createSecretTree(suite: CipherSuite, encryptionSecret: Secret, leaves: number): SecretTree {
  const { length } = encryptionSecret.bytes;
  if (length !== suite.kdf.Nh) throw new UsageError("input.invalid", { input: "encryptionSecret", length });
  if (!isTreeWidth(leaves)) throw new UsageError("input.invalid", { input: "leaves", leaves });
  return { leaves, root: encryptionSecret };
}

/**
 * The next key of one's own leaf (§9.1). A tree is a value: who takes from it twice has the same key twice, which
 * `SendGuard` prevents.
 *
 * @throws UsageError `generation.exhausted`
 */
export function nextSendingKey(suite: CipherSuite, tree: SecretTree, leaf: LeafIndex, kind: RatchetKind): KeyStep {
  const generation = sendingGeneration(tree, leaf, kind);
  if (generation >= LAST_GENERATION) throw new UsageError("generation.exhausted", { kind, generation });
  const target = { generation, maxSkipped: Number.POSITIVE_INFINITY };
  return takeKey(suite, tree, { leaf, kind }, (ratchet, secrets) => advanceRatchet(suite, ratchet, target, secrets));
}

/**
 * The key of a received message. Keys of generations that it skips are kept for the messages that come late (§15.3).
 *
 * @throws StaleError `ratchet.generation_used`, `ratchet.generation_dropped`
 * @throws InvalidError `ratchet.too_far`, `tree.index_out_of_range`, each before anything is derived
 */
export function receivingKey(suite: CipherSuite, tree: SecretTree, at: KeyPosition, limits: RatchetLimits): KeyStep {
  const { leaf, kind, generation } = at;
  const next = sendingGeneration(tree, leaf, kind);
  if (generation < next) {
    return takeKey(suite, tree, at, (ratchet, secrets) => takeSkippedKey(ratchet, generation, secrets));
  }
  if (generation - next > limits.maxForward || generation >= LAST_GENERATION) {
    throw new InvalidError("ratchet.too_far", { leaf, kind, generation, next });
  }
  const target = { generation, maxSkipped: limits.maxSkipped };
  return takeKey(suite, tree, at, (ratchet, secrets) => advanceRatchet(suite, ratchet, target, secrets));
}

/**
 * The generation that comes next in a ratchet: 0 as long as its leaf was not used.
 *
 * @throws InvalidError `tree.index_out_of_range`
 */
export function sendingGeneration(tree: SecretTree, leaf: LeafIndex, kind: RatchetKind): number {
  let node = tree.root;
  for (const side of sidesTo(tree, leaf)) {
    if (node instanceof Secret) return 0;
    node = usedNode(node)[side];
  }
  return node instanceof Secret ? 0 : leafRatchets(node)[kind].generation;
}

/** Everything that the tree holds. */
export function secretsOf(tree: SecretTree): Iterable<Secret> {
  return secretsBelow(tree.root);
}

function* secretsBelow(node: SecretTreeNode): Generator<Secret> {
  if (node instanceof Secret) {
    yield node;
  } else if ("left" in node) {
    yield* secretsBelow(node.left);
    yield* secretsBelow(node.right);
  } else {
    for (const { secret, skipped } of [node.handshake, node.application]) {
      yield secret;
      for (const { key, nonce } of skipped) yield* [key, nonce];
    }
  }
}

/** Takes a key from one ratchet: the leaf is opened if need be, and the path above it copied. */
function takeKey(
  suite: CipherSuite,
  tree: SecretTree,
  { leaf, kind }: { readonly leaf: LeafIndex; readonly kind: RatchetKind },
  take: (ratchet: Ratchet, secrets: StepSecrets) => RatchetStep,
): KeyStep {
  const secrets = new StepSecrets();
  try {
    const { turns, ratchets } = openLeaf(suite, tree, leaf, secrets);
    const { ratchet, messageKey } = take(ratchets[kind], secrets);
    const root = turns.reduceRight<SecretTreeNode>(replaceChild, { ...ratchets, [kind]: ratchet });
    return { tree: { leaves: tree.leaves, root }, messageKey, spent: secrets.spent, fresh: secrets.fresh };
  } catch (error) {
    secrets.abandon();
    throw error;
  }
}

type Side = keyof UsedNode;

interface Turn {
  readonly node: UsedNode;
  readonly side: Side;
}

/** The way down to a leaf; secrets met on it are replaced by what they derive. */
function openLeaf(
  suite: CipherSuite,
  tree: SecretTree,
  leaf: LeafIndex,
  secrets: StepSecrets,
): { turns: readonly Turn[]; ratchets: LeafRatchets } {
  const turns: Turn[] = [];
  let at = tree.root;
  for (const side of sidesTo(tree, leaf)) {
    const node = at instanceof Secret ? deriveChildren(suite, at, secrets) : usedNode(at);
    turns.push({ node, side });
    at = node[side];
  }
  return { turns, ratchets: at instanceof Secret ? deriveRatchets(suite, at, secrets) : leafRatchets(at) };
}

function replaceChild(below: SecretTreeNode, { node, side }: Turn): SecretTreeNode {
  return side === "left" ? { left: below, right: node.right } : { left: node.left, right: below };
}

/** Left or right at each node from the root down to the leaf. */
function sidesTo(tree: SecretTree, leaf: LeafIndex): readonly Side[] {
  if (leaf >= tree.leaves) throw new InvalidError("tree.index_out_of_range", { leaf, leaves: tree.leaves });
  const sides: Side[] = [];
  let index = leaf as number;
  for (let half = tree.leaves / 2; half >= 1; half /= 2) {
    sides.push(index < half ? "left" : "right");
    index %= half;
  }
  return sides;
}

function deriveChildren(suite: CipherSuite, secret: Secret, secrets: StepSecrets): UsedNode {
  const child = (context: Uint8Array) =>
    secrets.made(expandWithLabel(suite, secret, { label: "tree", context, length: suite.kdf.Nh }));
  const node = { left: child(LEFT), right: child(RIGHT) };
  secrets.replaced(secret);
  return node;
}

function deriveRatchets(suite: CipherSuite, secret: Secret, secrets: StepSecrets): LeafRatchets {
  const start = (kind: RatchetKind): Ratchet => ({
    generation: 0,
    secret: secrets.made(deriveSecret(suite, secret, kind)),
    skipped: [],
    horizon: 0,
  });
  const ratchets = { handshake: start("handshake"), application: start("application") };
  secrets.replaced(secret);
  return ratchets;
}

function usedNode(node: UsedNode | LeafRatchets): UsedNode {
  if (!("left" in node)) throw new InternalError("internal.tree_shape", { where: "secret tree" });
  return node;
}

function leafRatchets(node: UsedNode | LeafRatchets): LeafRatchets {
  if ("left" in node) throw new InternalError("internal.tree_shape", { where: "secret tree" });
  return node;
}

function isTreeWidth(leaves: number): boolean {
  return leaves >= 1 && leaves <= MAX_LEAVES && Number.isInteger(Math.log2(leaves));
}
