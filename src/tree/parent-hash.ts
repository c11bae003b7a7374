/**
 * §7.9: parent hashes. Verification (§7.9.2) goes top down over all non-blank parents: each must have been set together
 * with exactly one node below it, in one and the same path.
 */

import { equal } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import type { Hash } from "../crypto/cipher-suite.ts";
import { InvalidError } from "../errors.ts";
import { covers, isLeaf, type LeafIndex, left, type NodeIndex, right, toLeafIndex, toNodeIndex } from "../tree-math.ts";
import type { ParentNode } from "../wire/leaf-node.ts";
import { ParentHashInput } from "../wire/ratchet-tree.ts";
import type { Branch, Subtree } from "./node.ts";
import { contents, type RatchetTree, resolution } from "./ratchet-tree.ts";
import { resolutionLength } from "./summary.ts";
import { leafTreeHash, parentTreeHash, treeHash } from "./tree-hash.ts";

/** §7.9 */
export function parentHash(hash: Hash, input: ParentHashInput): Uint8Array {
  return hash.digest(encode(ParentHashInput, input));
}

/**
 * §7.9.2: whether each non-blank parent can be chained back to a leaf in exactly one way, and the root's own parent hash
 * is empty (§7.9). Costs O(N) and what the lists of unmerged leaves cost.
 *
 * @throws InvalidError `tree.parent_hash`, with the parent's node index
 */
export function verifyParentHashes(tree: RatchetTree): void {
  const original = new OriginalTreeHashes(tree.suite.hash);
  for (const at of contents(tree.top)) {
    if (at.kind !== "branch" || at.parentNode === undefined) continue;
    if (at.node === tree.root && at.parentNode.parentHash.length > 0) {
      throw new InvalidError("tree.parent_hash", { node: at.node });
    }
    const fromLeft = isLinked(tree, at, original, { child: left(at.node), sibling: right(at.node) });
    const fromRight = isLinked(tree, at, original, { child: right(at.node), sibling: left(at.node) });
    if (fromLeft === fromRight) throw new InvalidError("tree.parent_hash", { node: at.node });
  }
}

/** The entries of a list of leaves that lie below a node. */
export function leavesBelow(leaves: readonly LeafIndex[], node: NodeIndex): readonly LeafIndex[] {
  return leaves.filter((leaf) => covers(node, leaf));
}

/** The two sides of a parent: the one through which it is being reached, and the other. */
interface Sides {
  readonly child: NodeIndex;
  readonly sibling: NodeIndex;
}

/** Whether the parent hash of some node on the child's side is valid with respect to the parent. */
function isLinked(tree: RatchetTree, parent: Branch, original: OriginalTreeHashes, { child, sibling }: Sides): boolean {
  if (parent.parentNode === undefined) return false;
  const { encryptionKey, parentHash: above, unmergedLeaves } = parent.parentNode;
  const claim = neighbourClaim(tree, child, leavesBelow(unmergedLeaves, child));
  if (claim === undefined) return false;
  const originalSiblingTreeHash = original.without(
    leavesBelow(unmergedLeaves, sibling),
    sibling < child ? parent.left : parent.right,
    sibling,
  );
  return equal(claim, parentHash(tree.suite.hash, { encryptionKey, parentHash: above, originalSiblingTreeHash }));
}

/**
 * The `parent_hash` field of the one node D of the child's resolution that is not among the parent's unmerged leaves.
 * There is no such D if several nodes are not, or if an unmerged leaf is missing from the resolution.
 */
function neighbourClaim(
  tree: RatchetTree,
  child: NodeIndex,
  unmergedLeaves: readonly LeafIndex[],
): Uint8Array | undefined {
  if (resolutionLength(tree.subtree(child)) !== unmergedLeaves.length + 1) return undefined;
  const unmerged = new Set(unmergedLeaves);
  const merged = resolution(tree, child).filter((node) => !isLeaf(node) || !unmerged.has(toLeafIndex(node)));
  const [neighbour, ...others] = merged;
  if (neighbour === undefined || others.length > 0) return undefined;
  return parentHashField(tree.subtree(neighbour));
}

function parentHashField(subtree: Subtree): Uint8Array | undefined {
  if (subtree.kind === "branch") return subtree.parentNode?.parentHash;
  const leafNode = subtree.kind === "leaf" ? subtree.read() : undefined;
  return leafNode?.leafNodeSource === "commit" ? leafNode.parentHash : undefined;
}

interface KnownHash {
  readonly without: readonly LeafIndex[];
  readonly treeHash: Uint8Array;
}

/** Tree hashes of subtrees as they were before leaves became unmerged there. */
class OriginalTreeHashes {
  readonly #hash: Hash;
  /** The latest result at each node: neighbours on a path mostly agree on who is unmerged (§7.9, last paragraph). */
  readonly #known = new Map<NodeIndex, KnownHash>();

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  /** The tree hash of a subtree after blanking leaves and striking them from all its lists of unmerged leaves. */
  without(leaves: readonly LeafIndex[], subtree: Subtree, node: NodeIndex): Uint8Array {
    if (leaves.length === 0 || subtree.kind === "blank") return treeHash(this.#hash, subtree, node);
    if (subtree.kind === "leaf") return leafTreeHash(this.#hash, toNodeIndex(subtree.index), undefined);
    const known = this.#known.get(node);
    if (known !== undefined && isSameList(known.without, leaves)) return known.treeHash;
    const computed = this.#compute(leaves, subtree);
    this.#known.set(node, { without: leaves, treeHash: computed });
    return computed;
  }

  #compute(leaves: readonly LeafIndex[], branch: Branch): Uint8Array {
    const [leftChild, rightChild] = [left(branch.node), right(branch.node)];
    return parentTreeHash(this.#hash, {
      parentNode: withoutUnmerged(branch.parentNode, leaves),
      leftHash: this.without(leavesBelow(leaves, leftChild), branch.left, leftChild),
      rightHash: this.without(leavesBelow(leaves, rightChild), branch.right, rightChild),
    });
  }
}

function withoutUnmerged(parentNode: ParentNode | undefined, leaves: readonly LeafIndex[]): ParentNode | undefined {
  if (parentNode === undefined) return undefined;
  const struck = new Set(leaves);
  return { ...parentNode, unmergedLeaves: parentNode.unmergedLeaves.filter((leaf) => !struck.has(leaf)) };
}

function isSameList(a: readonly LeafIndex[], b: readonly LeafIndex[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i]);
}
