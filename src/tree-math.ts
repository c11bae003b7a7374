/**
 * Appendix C: array-based trees. Node indices number the nodes of a perfect binary tree from left to right, leaves at
 * even positions. A node's children, level and span do not depend on the size of the tree.
 *
 * Plain arithmetic instead of 32-bit operators, so that no index below 2^33 overflows.
 */

import { InternalError, InvalidError } from "./errors.ts";

declare const leafIndexBrand: unique symbol;
declare const nodeIndexBrand: unique symbol;

/** The position of a leaf among the leaves, from 0. */
export type LeafIndex = number & { readonly [leafIndexBrand]: true };

/** The position of a node in the array representation: leaf `i` is node `2 i`. */
export type NodeIndex = number & { readonly [nodeIndexBrand]: true };

/** The largest number of leaves that a uint32 leaf index can address. */
export const MAX_LEAVES = 2 ** 32;

/** @throws InvalidError `tree.index_out_of_range` unless `value` is a uint32 */
export function leafIndex(value: number): LeafIndex {
  if (!Number.isInteger(value) || value < 0 || value >= MAX_LEAVES) {
    throw new InvalidError("tree.index_out_of_range", { index: value });
  }
  return value as LeafIndex;
}

/** @throws InvalidError `tree.index_out_of_range` */
export function nodeIndex(value: number): NodeIndex {
  if (!Number.isInteger(value) || value < 0 || value >= 2 * MAX_LEAVES - 1) {
    throw new InvalidError("tree.index_out_of_range", { index: value });
  }
  return value as NodeIndex;
}

export function isLeaf(node: NodeIndex): boolean {
  return node % 2 === 0;
}

export function toNodeIndex(leaf: LeafIndex): NodeIndex {
  return (2 * leaf) as NodeIndex;
}

/** @throws InternalError `internal.not_a_leaf` */
export function toLeafIndex(node: NodeIndex): LeafIndex {
  if (!isLeaf(node)) throw new InternalError("internal.not_a_leaf", { node });
  return (node / 2) as LeafIndex;
}

/** The height of a node above the leaves: the number of trailing one bits of its index. */
export function level(node: NodeIndex): number {
  // The lowest zero bit, as long as there are bits to operate on.
  if (node < 2 ** 30) return 31 - Math.clz32(~node & (node + 1));
  let rest = node as number;
  let height = 0;
  while (rest % 2 === 1) {
    rest = (rest - 1) / 2;
    height++;
  }
  return height;
}

/** The node at the given height whose subtree contains the leaf. */
export function ancestor(leaf: LeafIndex, height: number): NodeIndex {
  const span = 2 ** height;
  return (Math.floor(leaf / span) * 2 * span + span - 1) as NodeIndex;
}

/** How often a lone leaf must be doubled to hold `leaves` leaves: the height of the root. */
export function depthFor(leaves: number): number {
  let depth = 0;
  while (2 ** depth < leaves) depth++;
  return depth;
}

export function nodeWidth(leaves: number): number {
  return leaves === 0 ? 0 : 2 * leaves - 1;
}

/** The root of a tree with `leaves` leaves, a power of two. */
export function root(leaves: number): NodeIndex {
  return (leaves - 1) as NodeIndex;
}

/** @throws InternalError `internal.leaf_has_no_child` */
export function left(node: NodeIndex): NodeIndex {
  const height = level(node);
  if (height === 0) throw new InternalError("internal.leaf_has_no_child", { node });
  return (node - 2 ** (height - 1)) as NodeIndex;
}

/** @throws InternalError `internal.leaf_has_no_child` */
export function right(node: NodeIndex): NodeIndex {
  const height = level(node);
  if (height === 0) throw new InternalError("internal.leaf_has_no_child", { node });
  return (node + 2 ** (height - 1)) as NodeIndex;
}

/** The parent of any node but the root of the tree at hand. */
export function parent(node: NodeIndex): NodeIndex {
  const span = 2 ** (level(node) + 1);
  return (Math.floor(node / (2 * span)) * 2 * span + span - 1) as NodeIndex;
}

/** The other child of the node's parent. */
export function sibling(node: NodeIndex): NodeIndex {
  const above = parent(node);
  return node < above ? right(above) : left(above);
}

/** From the node's parent to the root, both included; empty for the root. */
export function directPath(node: NodeIndex, leaves: number): NodeIndex[] {
  const top = root(leaves);
  const path: NodeIndex[] = [];
  for (let at = node; at !== top; ) {
    at = parent(at);
    path.push(at);
  }
  return path;
}

/** The siblings of the node and of its direct path without the root, in the same order. */
export function copath(node: NodeIndex, leaves: number): NodeIndex[] {
  const below = [node, ...directPath(node, leaves)];
  below.pop();
  return below.map(sibling);
}

/** The height of the lowest node above both leaves. */
export function commonAncestorLevel(a: LeafIndex, b: LeafIndex): number {
  let height = 0;
  while (Math.floor(a / 2 ** height) !== Math.floor(b / 2 ** height)) height++;
  return height;
}

/** Whether the leaf lies in the subtree below (or is) the node. */
export function covers(node: NodeIndex, leaf: LeafIndex): boolean {
  return ancestor(leaf, level(node)) === node;
}
