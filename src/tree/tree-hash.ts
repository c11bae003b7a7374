/**
 * §7.8: tree hashes. Each node's hash is computed once in its life. The hash of a blank subtree depends on its position,
 * because a blank leaf's hash holds its index; those are kept for each hash function by node index.
 */

import { fromText, toText } from "../bytes.ts";
import { type Encoded, encode } from "../codec/codec.ts";
import type { Hash } from "../crypto/cipher-suite.ts";
import { isLeaf, left, level, type NodeIndex, right, toLeafIndex } from "../tree-math.ts";
import type { LeafNode, ParentNode } from "../wire/leaf-node.ts";
import { EncodedTreeHashInput } from "../wire/ratchet-tree.ts";
import type { Branch, Subtree } from "./node.ts";

/** The tree hash of the subtree that stands at `node`. */
export function treeHash(hash: Hash, subtree: Subtree, node: NodeIndex): Uint8Array {
  if (subtree.kind === "blank") return blankTreeHash(hash, node);
  if (subtree.knownTreeHash !== undefined) return fromText(subtree.knownTreeHash);
  // An array of its own would take five times the room.
  const computed = subtree.kind === "leaf" ? leafTreeHash(hash, node, subtree) : ofBranch(hash, subtree);
  subtree.knownTreeHash = toText(computed);
  return computed;
}

/** The tree hash of a wholly blank subtree. */
export function blankTreeHash(hash: Hash, node: NodeIndex): Uint8Array {
  if (isLeaf(node)) return leafTreeHash(hash, node, undefined);
  if (level(node) < LOWEST_LEVEL_KEPT) return computeBlank(hash, node);
  const known = knownBlanks(hash);
  const found = known.get(node);
  if (found !== undefined) return fromText(found);
  const computed = computeBlank(hash, node);
  known.set(node, toText(computed));
  return computed;
}

export function leafTreeHash(hash: Hash, node: NodeIndex, leafNode: Encoded<LeafNode> | undefined): Uint8Array {
  return hash.digest(encode(EncodedTreeHashInput, { nodeType: "leaf", leafIndex: toLeafIndex(node), leafNode }));
}

export interface ParentTreeHashInput {
  readonly parentNode: ParentNode | undefined;
  readonly leftHash: Uint8Array;
  readonly rightHash: Uint8Array;
}

export function parentTreeHash(hash: Hash, input: ParentTreeHashInput): Uint8Array {
  return hash.digest(encode(EncodedTreeHashInput, { nodeType: "parent", ...input }));
}

/** Below this, blank subtrees are cheaper to compute again than to keep. */
const LOWEST_LEVEL_KEPT = 2;

const blanks = new WeakMap<Hash, Map<NodeIndex, string>>();

function knownBlanks(hash: Hash): Map<NodeIndex, string> {
  const known = blanks.get(hash);
  if (known !== undefined) return known;
  const none = new Map<NodeIndex, string>();
  blanks.set(hash, none);
  return none;
}

function computeBlank(hash: Hash, node: NodeIndex): Uint8Array {
  return parentTreeHash(hash, {
    parentNode: undefined,
    leftHash: blankTreeHash(hash, left(node)),
    rightHash: blankTreeHash(hash, right(node)),
  });
}

function ofBranch(hash: Hash, branch: Branch): Uint8Array {
  return parentTreeHash(hash, {
    parentNode: branch.parentNode,
    leftHash: treeHash(hash, branch.left, left(branch.node)),
    rightHash: treeHash(hash, branch.right, right(branch.node)),
  });
}
