/**
 * §4.1, §7.7: the nodes of a tree as immutable, linked values, so that a changed tree shares what did not change. A
 * subtree without any content is one constant whatever its size and place; every other node knows where it stands.
 *
 * What is summarised lazily is kept beside the node it is about and never goes stale, because nodes never change.
 */

import { decode, type Encoded, encodedOf } from "../codec/codec.ts";
import { Reader } from "../codec/reader.ts";
import { InternalError } from "../errors.ts";
import { type LeafIndex, left, level, type NodeIndex, right } from "../tree-math.ts";
import { HPKEPublicKey } from "../wire/keys.ts";
import { type Capabilities, LeafNode, type ParentNode } from "../wire/leaf-node.ts";
import type { CredentialType } from "../wire/registries.ts";

/** A wholly blank subtree: no leaf and no parent in it holds anything. */
export interface Blank {
  readonly kind: "blank";
}

export const BLANK: Blank = /* @__PURE__ */ Object.freeze({ kind: "blank" });

const SHORT = 2 ** 16;

/** A leaf that is not blank. It is kept in its encoding, which is what is hashed and sent, and decoded for who asks. */
export class Leaf implements Encoded<LeafNode> {
  readonly kind = "leaf";
  readonly index: LeafIndex;
  readonly octets: Uint8Array;
  /** The same array however often the leaf is decoded: platform keys and the names of clients are filed under it. */
  readonly signatureKey: Uint8Array;
  /** Kept by `treeHash` alone. */
  knownTreeHash: string | undefined = undefined;
  #leafNode: LeafNode | undefined;

  /** Remembers what was decoded to make it, until `forget`. */
  constructor(index: LeafIndex, encoded: Encoded<LeafNode>) {
    const leafNode = encoded.read();
    this.index = index;
    this.octets = encoded.octets;
    this.signatureKey = leafNode.signatureKey;
    this.#leafNode = leafNode;
  }

  /** Decoded, and remembered: for those who will ask again. */
  get leafNode(): LeafNode {
    this.#leafNode = this.read();
    return this.#leafNode;
  }

  /** The first field of a LeafNode (§7.2): it needs no decoding of the others. */
  get encryptionKey(): Uint8Array {
    return this.#leafNode?.encryptionKey ?? HPKEPublicKey.read(Reader.over(this.octets));
  }

  /** Decoded, unless it is remembered anyway. */
  read(): LeafNode {
    return this.#leafNode ?? { ...decode(LeafNode, this.octets), signatureKey: this.signatureKey };
  }

  /**
   * Keeps the octets alone. What could not be decoded again by itself stays: a credential of a type of the application's
   * own, which has no length of its own, and more structs than a short input may have.
   */
  forget(): void {
    const isReadable = typeof this.#leafNode?.credential.credentialType === "string" && this.octets.length < SHORT;
    if (isReadable) this.#leafNode = undefined;
  }
}

export interface BranchContent {
  readonly parentNode: ParentNode | undefined;
  readonly left: Subtree;
  readonly right: Subtree;
}

/** A parent, blank or not, with something below it or in it. */
export class Branch {
  readonly kind = "branch";
  readonly node: NodeIndex;
  readonly parentNode: ParentNode | undefined;
  readonly left: Subtree;
  readonly right: Subtree;
  readonly memberCount: number;
  readonly leftmostBlankLeaf: LeafIndex | undefined;
  /** Kept by `treeHash` alone. */
  knownTreeHash: string | undefined = undefined;
  /** Kept by `support` alone. */
  knownSupport: Capabilities | undefined = undefined;
  /** Kept by `credentialTypes` alone. */
  knownCredentialTypes: ReadonlySet<CredentialType> | undefined = undefined;
  /** Kept by `resolutionLength` alone. */
  knownResolutionLength: number | undefined = undefined;

  constructor(node: NodeIndex, content: BranchContent) {
    this.node = node;
    this.parentNode = content.parentNode;
    this.left = content.left;
    this.right = content.right;
    this.memberCount = memberCount(content.left) + memberCount(content.right);
    this.leftmostBlankLeaf =
      leftmostBlankLeaf(content.left, left(node)) ?? leftmostBlankLeaf(content.right, right(node));
  }
}

export type Subtree = Blank | Leaf | Branch;

/** A parent with its children; the one constant if all three are blank. */
export function fork(node: NodeIndex, content: BranchContent): Subtree {
  const empty = content.parentNode === undefined && content.left === BLANK && content.right === BLANK;
  return empty ? BLANK : new Branch(node, content);
}

export function leaf(index: LeafIndex, leafNode: LeafNode | undefined): Subtree {
  if (leafNode === undefined) return BLANK;
  const made = new Leaf(index, encodedOf(LeafNode, leafNode));
  made.forget();
  return made;
}

/** What stands at a parent's position. A wholly blank parent has wholly blank children. */
export function contentOf(subtree: Subtree): BranchContent {
  if (subtree.kind === "branch") return subtree;
  if (subtree.kind === "blank") return BLANK_CONTENT;
  throw new InternalError("internal.leaf_has_no_child", { leaf: subtree.index });
}

const BLANK_CONTENT: BranchContent = { parentNode: undefined, left: BLANK, right: BLANK };

export function memberCount(subtree: Subtree): number {
  if (subtree.kind === "branch") return subtree.memberCount;
  return subtree.kind === "leaf" ? 1 : 0;
}

/** The leftmost blank leaf of the subtree that stands at `node`; none if it is full. */
export function leftmostBlankLeaf(subtree: Subtree, node: NodeIndex): LeafIndex | undefined {
  if (subtree.kind === "branch") return subtree.leftmostBlankLeaf;
  return subtree.kind === "leaf" ? undefined : firstLeafBelow(node);
}

function firstLeafBelow(node: NodeIndex): LeafIndex {
  return ((node - (2 ** level(node) - 1)) / 2) as LeafIndex;
}
