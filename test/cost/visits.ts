/**
 * Counts how often anything looks below a node or into a leaf of a tree: what no count of hashes shows is a loop over all
 * members. The nodes of the tree itself are watched, not those that operations make.
 */
import type { Subtree } from "../../src/tree/node.ts";
import type { RatchetTree } from "../../src/tree/ratchet-tree.ts";

export interface Visits {
  /** Live. */
  count: number;
}

export function watch(tree: RatchetTree): Visits {
  const visits: Visits = { count: 0 };
  watchBelow(tree.top, visits);
  return visits;
}

function watchBelow(subtree: Subtree, visits: Visits): void {
  if (subtree.kind === "leaf") watchProperties(subtree, ["octets", "signatureKey", "encryptionKey", "read"], visits);
  if (subtree.kind !== "branch") return;
  watchBelow(subtree.left, visits);
  watchBelow(subtree.right, visits);
  watchProperties(subtree, ["left", "right"], visits);
}

function watchProperties<T extends object>(node: T, names: readonly (keyof T)[], visits: Visits): void {
  for (const name of names) {
    const value = node[name];
    Object.defineProperty(node, name, {
      enumerable: true,
      get: () => {
        visits.count++;
        return value;
      },
    });
  }
}
