/**
 * §4.1: how one tree differs from another. Trees share what they have in common, so the difference is found by walking
 * only what they do not share, and costs what it says.
 */

import type { Codec, Infer } from "../codec/codec.ts";
import { optional, uint8, uint32, vector } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import { MalformedError } from "../errors.ts";
import { isLeaf, type LeafIndex, left, level, type NodeIndex, right, root, toLeafIndex } from "../tree-math.ts";
import type { LeafNode } from "../wire/leaf-node.ts";
import { Node } from "../wire/ratchet-tree.ts";
import { BLANK, branch, contentOf, leaf, type Subtree } from "./node.ts";
import { RatchetTree } from "./ratchet-tree.ts";

const treeDelta = struct("TreeDelta", {
  depth: uint8,
  changes: vector(struct("NodeChange", { node: uint32, content: optional(Node) })),
});
/** The depth of a tree, and its nodes that are not those of another, in ascending order. */
export interface TreeDelta extends Infer<typeof treeDelta> {}
export const TreeDelta: Codec<TreeDelta> = treeDelta;

type Change = TreeDelta["changes"][number];

/** What makes `after` of `before`. */
export function treeDeltaOf(before: RatchetTree, after: RatchetTree): TreeDelta {
  const depth = Math.max(before.depth, after.depth);
  const changes: Change[] = [];
  collect(changes, root(2 ** depth), topAt(before, depth), topAt(after, depth));
  return { depth: after.depth, changes };
}

/** @throws MalformedError `codec.undefined_value` if the delta does not fit */
export function applyTreeDelta(before: RatchetTree, { depth, changes }: TreeDelta): RatchetTree {
  const widest = Math.max(before.depth, depth);
  if (widest > MAX_DEPTH || changes.some(({ node }, i) => i > 0 && node <= (changes[i - 1] as Change).node)) {
    throw new MalformedError("codec.undefined_value", { type: "TreeDelta", depth });
  }
  let top = changed(topAt(before, widest), root(2 ** widest), changes);
  for (let at = widest; at > depth; at--) top = contentOf(top).left;
  return new RatchetTree(before.suite, { depth, top });
}

/** The leaves that a delta brings. */
export function* leavesIn({ changes }: TreeDelta): Generator<readonly [LeafIndex, LeafNode], undefined> {
  for (const { node, content } of changes) {
    if (content?.nodeType === "leaf") yield [toLeafIndex(node as NodeIndex), content.leafNode];
  }
}

const MAX_DEPTH = 31;

/** The top of the tree as if it had `depth`: blank roots are put on it. */
function topAt(tree: RatchetTree, depth: number): Subtree {
  let { top } = tree;
  for (let at = tree.depth + 1; at <= depth; at++) {
    top = branch(root(2 ** at), { parentNode: undefined, left: top, right: BLANK });
  }
  return top;
}

function collect(changes: Change[], node: NodeIndex, before: Subtree, after: Subtree): void {
  if (before === after) return;
  if (isLeaf(node)) {
    changes.push({ node, content: nodeAt(after) });
    return;
  }
  const [was, is] = [contentOf(before), contentOf(after)];
  collect(changes, left(node), was.left, is.left);
  if (was.parentNode !== is.parentNode) changes.push({ node, content: nodeAt(after) });
  collect(changes, right(node), was.right, is.right);
}

function nodeAt(subtree: Subtree): Node | undefined {
  if (subtree.kind === "leaf") return { nodeType: "leaf", leafNode: subtree.leafNode };
  if (subtree.kind === "blank" || subtree.parentNode === undefined) return undefined;
  return { nodeType: "parent", parentNode: subtree.parentNode };
}

/** `changes` are those of this subtree, in order. */
function changed(subtree: Subtree, node: NodeIndex, changes: readonly Change[]): Subtree {
  if (changes.length === 0) return subtree;
  const own = changes.find((each) => each.node === node);
  if (isLeaf(node)) {
    if (own === undefined || own.content?.nodeType === "parent") throw misplaced(changes);
    return leaf(toLeafIndex(node), own.content?.leafNode);
  }
  const reach = 2 ** (level(node) + 1) - 1;
  if (changes.some((each) => Math.abs(each.node - node) >= reach) || own?.content?.nodeType === "leaf")
    throw misplaced(changes);
  const content = contentOf(subtree);
  return branch(node, {
    parentNode: own === undefined ? content.parentNode : own.content?.parentNode,
    left: changed(
      content.left,
      left(node),
      changes.filter((each) => each.node < node),
    ),
    right: changed(
      content.right,
      right(node),
      changes.filter((each) => each.node > node),
    ),
  });
}

function misplaced(changes: readonly Change[]): MalformedError {
  return new MalformedError("codec.undefined_value", { type: "TreeDelta", node: changes[0]?.node });
}
