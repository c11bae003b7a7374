/**
 * §4, §7: the public half of a ratchet tree, as an immutable value: perfect, of 2^depth leaves, sharing with the trees
 * it came from all that did not change.
 */

import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { InvalidError } from "../errors.ts";
import { type LeafIndex, type NodeIndex, nodeWidth, root, toNodeIndex } from "../tree-math.ts";
import type { Capabilities, LeafNode, ParentNode } from "../wire/leaf-node.ts";
import type { CredentialType } from "../wire/registries.ts";
import { KeyIndex } from "./key-index.ts";
import { BLANK, type Branch, type Leaf, leaf, leftmostBlankLeaf, memberCount, type Subtree } from "./node.ts";
import { credentialTypes, support } from "./summary.ts";
import { treeHash } from "./tree-hash.ts";

/** How often each key occurs in a tree. */
export interface TreeKeys {
  /** `encryption_key` of leaves and parents. */
  readonly encryption: KeyIndex;
  /** `signature_key` of leaves. */
  readonly signature: KeyIndex;
}

export interface TreeContent {
  readonly depth: number;
  readonly top: Subtree;
  /** Counted on first use if not given. */
  readonly keys?: TreeKeys | undefined;
}

/**
 * The public state of a group's ratchet tree at one moment. It never changes: operations return another tree, and the
 * old one stays what it was. Made by `createTree` and `treeOfNodes`.
 */
export class RatchetTree {
  /** Whose hash the tree hashes are of. */
  readonly suite: CipherSuite;
  /** The height of the root: 0 for a single leaf. */
  readonly depth: number;
  /** The nodes themselves, for the files of this folder. */
  readonly top: Subtree;
  #keys: TreeKeys | undefined;

  constructor(suite: CipherSuite, { depth, top, keys }: TreeContent) {
    this.suite = suite;
    this.depth = depth;
    this.top = top;
    this.#keys = keys;
  }

  /** The width of the tree: 2^depth, blank leaves included. */
  get leafCount(): number {
    return 2 ** this.depth;
  }

  /** How many leaves are not blank. */
  get memberCount(): number {
    return memberCount(this.top);
  }

  /** The root, by its index (appendix C). */
  get root(): NodeIndex {
    return root(this.leafCount);
  }

  /** The LeafNode at a leaf, the same value each time; `undefined` if the leaf is blank or beyond the tree. */
  leaf(index: LeafIndex): LeafNode | undefined {
    const at = this.subtree(toNodeIndex(index));
    return at.kind === "leaf" ? at.leafNode : undefined;
  }

  /** The signature key of a member, the same array as in its LeafNode; `undefined` if the leaf is blank or beyond the tree. */
  signatureKey(index: LeafIndex): Uint8Array | undefined {
    return signatureKeyOf(this.subtree(toNodeIndex(index)));
  }

  /** The ParentNode at a node; `undefined` if it is blank, a leaf, or beyond the tree. */
  parentNode(node: NodeIndex): ParentNode | undefined {
    const at = this.subtree(node);
    return at.kind === "branch" ? at.parentNode : undefined;
  }

  /** The HPKE public key of a leaf or parent; `undefined` if it is blank or beyond the tree. */
  encryptionKey(node: NodeIndex): Uint8Array | undefined {
    return encryptionKeyOf(this.subtree(node));
  }

  /** The tree hash of the root (§7.8): what a GroupContext holds. */
  get hash(): Uint8Array {
    return treeHash(this.suite.hash, this.top, this.root);
  }

  /** The tree hash of any node (§7.8). @throws InvalidError `tree.index_out_of_range` */
  hashOf(node: NodeIndex): Uint8Array {
    if (node >= nodeWidth(this.leafCount)) throw new InvalidError("tree.index_out_of_range", { index: node });
    return treeHash(this.suite.hash, this.subtree(node), node);
  }

  /** Where the next member goes (§12.1.1): `leafCount` if the tree is full. */
  get leftmostBlankLeaf(): LeafIndex {
    return leftmostBlankLeaf(this.top, this.root) ?? (this.leafCount as LeafIndex);
  }

  /**
   * What all members list in their capabilities. Default types (§7.2) are supported without being listed. All lists
   * are empty in a tree without members.
   */
  get support(): Capabilities {
    return support(this.top) ?? SUPPORT_OF_NOBODY;
  }

  /** The types of all credentials in use. */
  get credentialTypes(): ReadonlySet<CredentialType> {
    return credentialTypes(this.top);
  }

  /** Counted once, in time proportional to the tree; a tree that comes from another by a change takes its count over. */
  get keys(): TreeKeys {
    this.#keys ??= countKeys(this.top);
    return this.#keys;
  }

  /** Whether `keys` is at hand. */
  get hasCountedKeys(): boolean {
    return this.#keys !== undefined;
  }

  /** What stands at a node; blank beyond the tree. */
  subtree(node: NodeIndex): Subtree {
    if (node >= nodeWidth(this.leafCount)) return BLANK;
    let at = this.top;
    let here: number = this.root;
    for (let step = this.leafCount / 2; here !== node && at.kind === "branch"; step /= 2) {
      at = node < here ? at.left : at.right;
      here += node < here ? -step : step;
    }
    return at;
  }
}

/** The tree of a group with one member (§11). */
export function createTree(suite: CipherSuite, leafNode: LeafNode): RatchetTree {
  return new RatchetTree(suite, { depth: 0, top: leaf(0 as LeafIndex, leafNode) });
}

/** How large a tree may be. */
export interface TreeLimits {
  /** The largest number of leaves, blank ones included: `DEFAULT_MAX_LEAVES` if not given. */
  readonly maxLeaves?: number;
}

/** The widest tree that is accepted or made where no other limit is given, in leaves. */
export const DEFAULT_MAX_LEAVES: number = 2 ** 20;

/** All members from left to right. */
export function* members(tree: RatchetTree): Generator<readonly [LeafIndex, LeafNode], undefined> {
  for (const at of contents(tree.top)) if (at.kind === "leaf") yield [at.index, at.read()];
}

/** Lets go of what was decoded of a tree that has been looked through: it takes several times the room of the octets. */
export function forgetLeaves(tree: RatchetTree): void {
  for (const at of contents(tree.top)) if (at.kind === "leaf") at.forget();
}

/**
 * §4.1.1: the nodes that cover all members below `node`, without the leaves in `excluded`: those that the commit at
 * hand adds (§7.5).
 */
export function resolution(tree: RatchetTree, node: NodeIndex, excluded: ReadonlySet<LeafIndex> = NOBODY): NodeIndex[] {
  const found: NodeIndex[] = [];
  resolveInto(found, tree.subtree(node), excluded);
  return found;
}

/** How many nodes of the tree have this HPKE public key. */
export function encryptionKeyCount(tree: RatchetTree, key: Uint8Array): number {
  return tree.keys.encryption.count(key);
}

/** How many members have this signature key. A signature key is not compared with encryption keys. */
export function signatureKeyCount(tree: RatchetTree, key: Uint8Array): number {
  return tree.keys.signature.count(key);
}

/** The HPKE public key that stands at the top of a subtree. */
export function encryptionKeyOf(subtree: Subtree): Uint8Array | undefined {
  if (subtree.kind === "blank") return undefined;
  return subtree.kind === "leaf" ? subtree.encryptionKey : subtree.parentNode?.encryptionKey;
}

/** The signature key of a leaf that stands at the top of a subtree. */
export function signatureKeyOf(subtree: Subtree): Uint8Array | undefined {
  return subtree.kind === "leaf" ? subtree.signatureKey : undefined;
}

/** All leaves and all parents that are not wholly blank subtrees, in the order of §12.4.3.3. */
export function* contents(top: Subtree): Generator<Leaf | Branch, undefined> {
  const above: Branch[] = [];
  let at: Subtree | undefined = top;
  while (at !== undefined) {
    while (at.kind === "branch") {
      above.push(at);
      at = at.left;
    }
    if (at.kind === "leaf") yield at;
    const next = above.pop();
    if (next !== undefined) yield next;
    at = next?.right;
  }
}

const NOBODY: ReadonlySet<LeafIndex> = new Set();

const SUPPORT_OF_NOBODY: Capabilities = {
  versions: [],
  cipherSuites: [],
  extensions: [],
  proposals: [],
  credentials: [],
};

function resolveInto(found: NodeIndex[], subtree: Subtree, excluded: ReadonlySet<LeafIndex>): void {
  if (subtree.kind === "blank") return;
  if (subtree.kind === "leaf") {
    if (!excluded.has(subtree.index)) found.push(toNodeIndex(subtree.index));
    return;
  }
  if (subtree.parentNode === undefined) {
    resolveInto(found, subtree.left, excluded);
    resolveInto(found, subtree.right, excluded);
    return;
  }
  found.push(subtree.node);
  for (const unmerged of subtree.parentNode.unmergedLeaves) {
    if (!excluded.has(unmerged)) found.push(toNodeIndex(unmerged));
  }
}

function countKeys(top: Subtree): TreeKeys {
  const encryption: Uint8Array[] = [];
  const signature: Uint8Array[] = [];
  for (const at of contents(top)) {
    const [encryptionKey, signatureKey] = [encryptionKeyOf(at), signatureKeyOf(at)];
    if (encryptionKey !== undefined) encryption.push(encryptionKey);
    if (signatureKey !== undefined) signature.push(signatureKey);
  }
  return { encryption: KeyIndex.of(encryption), signature: KeyIndex.of(signature) };
}
