/**
 * §4.1: how one tree differs from another. Trees share what they have in common, so the difference is found by walking
 * only what they do not share, and costs what it says.
 */

import { equal } from "../bytes.ts";
import { type Codec, encode, type Infer } from "../codec/codec.ts";
import { optional, uint8, uint32, vector } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { InvalidError, MalformedError } from "../errors.ts";
import { isLeaf, left, level, type NodeIndex, right, root, toLeafIndex } from "../tree-math.ts";
import { EncodedNode } from "../wire/ratchet-tree.ts";
import { KeyChanges } from "./edit.ts";
import { BLANK, contentOf, fork, Leaf, type Subtree } from "./node.ts";
import { DEFAULT_MAX_LEAVES, RatchetTree, type TreeLimits } from "./ratchet-tree.ts";

const treeDelta = struct("TreeDelta", {
  depth: uint8,
  changes: vector(struct("NodeChange", { node: uint32, content: optional(EncodedNode) })),
});
/** The depth of a tree, and its nodes that are not those of another, in ascending order. */
export interface TreeDelta extends Infer<typeof treeDelta> {}
export const TreeDelta: Codec<TreeDelta> = treeDelta;

type Change = TreeDelta["changes"][number];

/** The tree of nobody: a whole tree is its difference from this one. */
export function blankTree(suite: CipherSuite): RatchetTree {
  return new RatchetTree(suite, { depth: 0, top: BLANK });
}

/** What makes `after` of `before`. Nodes that are equal are no difference, shared or not: it is the same for equal trees. */
export function treeDeltaOf(before: RatchetTree, after: RatchetTree): TreeDelta {
  const depth = Math.max(before.depth, after.depth);
  const changes: Change[] = [];
  collect(changes, root(2 ** depth), topAt(before, depth), topAt(after, depth));
  return { depth: after.depth, changes };
}

/** @throws MalformedError `codec.undefined_value` if the delta does not fit @throws InvalidError `tree.too_large` */
export function applyTreeDelta(
  before: RatchetTree,
  { depth, changes }: TreeDelta,
  { maxLeaves = DEFAULT_MAX_LEAVES }: TreeLimits = {},
): RatchetTree {
  if (depth > MAX_DEPTH || changes.some(({ node }, i) => i > 0 && node <= (changes[i - 1] as Change).node)) {
    throw new MalformedError("codec.undefined_value", { type: "TreeDelta", depth });
  }
  if (2 ** depth > maxLeaves) throw new InvalidError("tree.too_large", { leaves: 2 ** depth, limit: maxLeaves });
  const widest = Math.max(before.depth, depth);
  const keys = new KeyChanges();
  let top = changed(topAt(before, widest), root(2 ** widest), { changes, keys });
  for (let at = widest; at > depth; at--) top = contentOf(top).left;
  // Keys that nobody has counted yet are not counted now: most trees that are restored are never asked.
  return new RatchetTree(before.suite, { depth, top, keys: before.hasCountedKeys ? keys.applyTo(before) : undefined });
}

/** The leaves of a tree, on either side of the change, that a delta is about. */
export function* changedLeaves({ changes }: TreeDelta, tree: RatchetTree): Generator<Leaf, undefined> {
  for (const { node } of changes) {
    const at = tree.subtree(node as NodeIndex);
    if (at.kind === "leaf") yield at;
  }
}

const MAX_DEPTH = 31;

/** The top of the tree as if it had `depth`: blank roots are put on it. */
function topAt(tree: RatchetTree, depth: number): Subtree {
  let { top } = tree;
  for (let at = tree.depth + 1; at <= depth; at++) {
    top = fork(root(2 ** at), { parentNode: undefined, left: top, right: BLANK });
  }
  return top;
}

function collect(changes: Change[], node: NodeIndex, before: Subtree, after: Subtree): void {
  if (before === after) return;
  if (isLeaf(node)) {
    collectOne(changes, node, nodeAt(before), nodeAt(after));
    return;
  }
  const [was, is] = [contentOf(before), contentOf(after)];
  collect(changes, left(node), was.left, is.left);
  if (was.parentNode !== is.parentNode) collectOne(changes, node, nodeAt(before), nodeAt(after));
  collect(changes, right(node), was.right, is.right);
}

function collectOne(
  changes: Change[],
  node: NodeIndex,
  before: EncodedNode | undefined,
  after: EncodedNode | undefined,
): void {
  const same = before === undefined || after === undefined ? before === after : equalNodes(before, after);
  if (!same) changes.push({ node, content: after });
}

function equalNodes(a: EncodedNode, b: EncodedNode): boolean {
  return equal(encode(EncodedNode, a), encode(EncodedNode, b));
}

function nodeAt(subtree: Subtree): EncodedNode | undefined {
  if (subtree.kind === "leaf") return { nodeType: "leaf", leafNode: subtree };
  if (subtree.kind === "blank" || subtree.parentNode === undefined) return undefined;
  return { nodeType: "parent", parentNode: subtree.parentNode };
}

interface Edit {
  /** Those of this subtree, in order. */
  readonly changes: readonly Change[];
  readonly keys: KeyChanges;
}

function changed(subtree: Subtree, node: NodeIndex, { changes, keys }: Edit): Subtree {
  if (changes.length === 0) return subtree;
  const after = isLeaf(node) ? changedLeaf(node, changes) : changedBranch(subtree, node, { changes, keys });
  keys.replace(subtree, after);
  return after;
}

function changedLeaf(node: NodeIndex, changes: readonly Change[]): Subtree {
  const [own] = changes;
  if (own?.node !== node || changes.length > 1 || own.content?.nodeType === "parent") throw misplaced(changes);
  if (own.content === undefined) return BLANK;
  const leaf = new Leaf(toLeafIndex(node), own.content.leafNode);
  leaf.forget();
  return leaf;
}

function changedBranch(subtree: Subtree, node: NodeIndex, { changes, keys }: Edit): Subtree {
  const reach = 2 ** (level(node) + 1) - 1;
  const from = changes.findIndex((each) => each.node >= node);
  const middle = from === -1 ? changes.length : from;
  const own = changes[middle]?.node === node ? changes[middle] : undefined;
  const [first, last] = [changes[0] as Change, changes[changes.length - 1] as Change];
  if (node - first.node >= reach || last.node - node >= reach || own?.content?.nodeType === "leaf") {
    throw misplaced(changes);
  }
  const content = contentOf(subtree);
  return fork(node, {
    parentNode: own === undefined ? content.parentNode : own.content?.parentNode,
    left: changed(content.left, left(node), { changes: changes.slice(0, middle), keys }),
    right: changed(content.right, right(node), {
      changes: changes.slice(own === undefined ? middle : middle + 1),
      keys,
    }),
  });
}

function misplaced(changes: readonly Change[]): MalformedError {
  return new MalformedError("codec.undefined_value", { type: "TreeDelta", node: changes[0]?.node });
}
