/**
 * §4.1.2, §7.5, §7.9: the nodes that a path sets, found and filled in the same way by whoever makes, receives or joins
 * through one.
 */

import { EMPTY } from "../bytes.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { InternalError, InvalidError } from "../errors.ts";
import { type LeafIndex, left, type NodeIndex, right, toNodeIndex } from "../tree-math.ts";
import type { LeafNode, ParentNode } from "../wire/leaf-node.ts";
import { edit } from "./edit.ts";
import { BLANK, contentOf, type Subtree } from "./node.ts";
import { parentHash } from "./parent-hash.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import { treeHash } from "./tree-hash.ts";

/** §7.6 */
export const PATH_LABEL = "UpdatePathNode";

/** A node of a filtered direct path, with its child that is not on the path. */
export interface FilteredNode {
  /** A node of the direct path. */
  readonly node: NodeIndex;
  /** Its child that is not on the path. */
  readonly copathChild: NodeIndex;
}

/** The same, with what stands at the copath child. */
export interface CopathNode extends FilteredNode {
  readonly sibling: Subtree;
}

/**
 * §4.1.2: the direct path of a leaf, from below, without the nodes whose copath child has an empty resolution: those
 * whose copath child is wholly blank.
 *
 * @throws InvalidError `tree.index_out_of_range`
 */
export function copathOf(tree: RatchetTree, leaf: LeafIndex): readonly CopathNode[] {
  if (leaf >= tree.leafCount) throw new InvalidError("tree.index_out_of_range", { index: leaf });
  const target = toNodeIndex(leaf);
  const path: CopathNode[] = [];
  let [at, node] = [tree.top, tree.root];
  while (node !== target) {
    const content = contentOf(at);
    const leftwards = target < node;
    const copathChild = leftwards ? right(node) : left(node);
    const sibling = leftwards ? content.right : content.left;
    if (sibling !== BLANK) path.push({ node, copathChild, sibling });
    at = leftwards ? content.left : content.right;
    node = leftwards ? left(node) : right(node);
  }
  return path.reverse();
}

/** What a path puts into a tree. */
export interface PathNodes {
  readonly parents: ReadonlyMap<NodeIndex, ParentNode>;
  /** What the leaf below has to sign: empty if the path has no nodes. */
  readonly leafParentHash: Uint8Array;
}

/**
 * §7.5, §7.9: the parents of a path with their parent hashes, computed from above. The topmost one has an empty parent
 * hash, even if the filter left the root out, for then nothing above it is filled. No leaf is unmerged at a node that
 * was just set, so the original sibling tree hash is the sibling's tree hash as it is.
 */
export function pathNodes(
  { hash }: CipherSuite,
  path: readonly CopathNode[],
  keys: readonly { readonly publicKey: Uint8Array }[],
): PathNodes {
  const parents = new Map<NodeIndex, ParentNode>();
  let above: Uint8Array = EMPTY;
  for (const [i, { node, copathChild, sibling }] of [...path.entries()].reverse()) {
    const encryptionKey = keys[i]?.publicKey;
    if (encryptionKey === undefined) throw new InternalError("internal.invariant", { where: "pathNodes", node });
    parents.set(node, { encryptionKey, parentHash: above, unmergedLeaves: [] });
    const originalSiblingTreeHash = treeHash(hash, sibling, copathChild);
    above = parentHash(hash, { encryptionKey, parentHash: above, originalSiblingTreeHash });
  }
  return { parents, leafParentHash: above };
}

/** §7.5: the tree with a path in it: all of the direct path is blanked, and the filtered direct path set. */
export function setPath(tree: RatchetTree, leaf: LeafIndex, leafNode: LeafNode, { parents }: PathNodes): RatchetTree {
  return edit(tree, [{ leaf, leafNode }], (_, node) => parents.get(node));
}
