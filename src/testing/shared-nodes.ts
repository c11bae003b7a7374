/** How much of a tree an operation touched: what is not shared with the tree before it. */

import type { Subtree } from "../tree/node.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";

/** The number of leaves and parents of `after` that are not the very nodes of `before`. */
export function touchedNodes(before: RatchetTree, after: RatchetTree): number {
  const known = new Set<Subtree>();
  collect(before.top, known);
  return countUnknown(after.top, known);
}

function collect(subtree: Subtree, into: Set<Subtree>): void {
  if (subtree.kind === "blank") return;
  into.add(subtree);
  if (subtree.kind === "leaf") return;
  collect(subtree.left, into);
  collect(subtree.right, into);
}

function countUnknown(subtree: Subtree, known: ReadonlySet<Subtree>): number {
  if (subtree.kind === "blank" || known.has(subtree)) return 0;
  return subtree.kind === "leaf" ? 1 : 1 + countUnknown(subtree.left, known) + countUnknown(subtree.right, known);
}
