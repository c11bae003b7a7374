/**
 * §12.4.3.1: what a client checks about the ratchet tree of a group that it joins, apart from the leaves' own validity
 * (§7.3). No check ends before it has seen all nodes that it is about.
 */

import { toHex } from "../bytes.ts";
import { InvalidError } from "../errors.ts";
import { covers, type LeafIndex, left, type NodeIndex, right, toNodeIndex } from "../tree-math.ts";
import type { Subtree } from "./node.ts";
import { leavesBelow, verifyParentHashes } from "./parent-hash.ts";
import { contents, encryptionKeyOf, type RatchetTree, signatureKeyOf } from "./ratchet-tree.ts";

/**
 * All of §12.4.3.1 about a tree that needs no signature, no credential and no policy. Its hash is compared, and its
 * leaves are checked, by the caller.
 *
 * @throws InvalidError `tree.unmerged_*`, `tree.duplicate_*`, `tree.parent_hash`, `key.hpke_public`
 */
export function checkJoinedTree(tree: RatchetTree): void {
  checkUnmergedLeaves(tree);
  checkParentKeys(tree);
  checkKeysUnique(tree);
  verifyParentHashes(tree);
}

/**
 * §7.1, §12.4.3.1: lists of unmerged leaves increase, name members below the parent, and agree with the lists of all
 * parents in between.
 *
 * @throws InvalidError `tree.unmerged_unsorted`, `tree.unmerged_not_below`, `tree.unmerged_blank`,
 * `tree.unmerged_missing`, with the parent's node index
 */
export function checkUnmergedLeaves(tree: RatchetTree): void {
  descend(tree.top, tree.root, { listed: [], by: undefined });
}

/**
 * §7.3, §12.4.3.1, §16.7: no encryption key occurs twice among all nodes, and no signature key twice among members. The
 * answer is kept with the tree: only a tree that was just received is counted, and only a bad one is searched.
 *
 * @throws InvalidError `tree.duplicate_encryption_key`, `tree.duplicate_signature_key`, with the node indices of
 * both occurrences
 */
export function checkKeysUnique(tree: RatchetTree): void {
  const { encryption, signature } = tree.keys;
  if (encryption.repeated === 0 && signature.repeated === 0) return;
  const encrypting = twins(tree, encryptionKeyOf);
  if (encrypting !== undefined) throw new InvalidError("tree.duplicate_encryption_key", encrypting);
  throw new InvalidError("tree.duplicate_signature_key", twins(tree, signatureKeyOf));
}

/** §5.1.1: a key that nobody can encrypt to would stop the next commit. The keys of leaves are checked with the leaves. */
function checkParentKeys(tree: RatchetTree): void {
  for (const at of contents(tree.top)) {
    if (at.kind === "branch" && at.parentNode !== undefined) tree.suite.kem.checkPublicKey(at.parentNode.encryptionKey);
  }
}

/** The first two nodes with the same key. */
function twins(tree: RatchetTree, keyOf: (node: Subtree) => Uint8Array | undefined): Twins | undefined {
  const first = new Map<string, NodeIndex>();
  for (const at of contents(tree.top)) {
    const key = keyOf(at);
    if (key === undefined) continue;
    const node = at.kind === "leaf" ? toNodeIndex(at.index) : at.node;
    const other = first.get(toHex(key));
    if (other !== undefined) return { node: other, other: node };
    first.set(toHex(key), node);
  }
  return undefined;
}

type Twins = { readonly node: NodeIndex; readonly other: NodeIndex };

/** What the nearest non-blank parent above has to say of the leaves below a node. */
interface Above {
  readonly listed: readonly LeafIndex[];
  readonly by: NodeIndex | undefined;
}

function descend(subtree: Subtree, node: NodeIndex, above: Above): void {
  const [first] = above.listed;
  if (subtree.kind === "blank" && first !== undefined) {
    throw new InvalidError("tree.unmerged_blank", { node: above.by, leaf: first });
  }
  if (subtree.kind !== "branch") return;
  const here = subtree.parentNode === undefined ? above : ownList(node, subtree.parentNode.unmergedLeaves, above);
  descend(subtree.left, left(node), { ...here, listed: leavesBelow(here.listed, left(node)) });
  descend(subtree.right, right(node), { ...here, listed: leavesBelow(here.listed, right(node)) });
}

function ownList(node: NodeIndex, listed: readonly LeafIndex[], above: Above): Above {
  listed.forEach((leaf, i) => {
    const before = listed[i - 1];
    if (before !== undefined && before >= leaf) throw new InvalidError("tree.unmerged_unsorted", { node, leaf });
    if (!covers(node, leaf)) throw new InvalidError("tree.unmerged_not_below", { node, leaf });
  });
  const own = new Set(listed);
  for (const leaf of above.listed) {
    if (!own.has(leaf)) throw new InvalidError("tree.unmerged_missing", { node, leaf, listedBy: above.by });
  }
  return { listed, by: node };
}
