/**
 * §4, §7, §12.1: a ratchet tree as an array of nodes with everybody's private keys, each definition of the RFC taken
 * literally and nothing shared with the tree that the vectors are to test. Slow, and meant to be.
 */

import { concat, EMPTY } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { optional } from "../codec/presentation.ts";
import type { Bytes, CipherSuite, KeyPair, Random } from "../crypto/cipher-suite.ts";
import { defaultCapabilities } from "../group/capabilities.ts";
import { leafIndex } from "../tree-math.ts";
import { LeafNode, ParentNode } from "../wire/leaf-node.ts";
import { type Node, RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import { deriveSecret, type MakeInput, opaqueV, signedLeafNode, uint } from "./make-formulas.ts";

/** All that lies above some leaves: `width` of them, a power of two. */
export interface Span {
  readonly first: number;
  readonly width: number;
}

/** The private keys of a leaf. */
export interface LeafKeys {
  readonly encryption: KeyPair;
  readonly signature: KeyPair;
}

export interface MadeLeaf {
  readonly keys: LeafKeys;
  readonly leafNode: LeafNode;
}

export interface ModelPathNode {
  readonly span: Span;
  readonly publicKey: Bytes;
  readonly pathSecret: Bytes;
  /** The nodes that the path secret is to be encrypted to. */
  readonly recipients: readonly number[];
}

export interface ModelPath {
  readonly leafNode: LeafNode;
  readonly nodes: readonly ModelPathNode[];
  readonly commitSecret: Bytes;
}

export class ModelTree {
  readonly suite: CipherSuite;
  readonly random: Random;
  readonly groupId: Bytes;
  /** By leaf. */
  readonly keys = new Map<number, LeafKeys>();
  /** By node: what everybody below knows of it, unmerged leaves excepted. */
  readonly pathSecrets = new Map<number, Bytes>();
  /** The whole array, of 2 * width - 1 nodes. */
  nodes: (Node | undefined)[] = [undefined];

  constructor({ suite, random }: Pick<MakeInput, "suite" | "random">, groupId: Bytes) {
    this.suite = suite;
    this.random = random;
    this.groupId = groupId;
  }

  get whole(): Span {
    return { first: 0, width: (this.nodes.length + 1) / 2 };
  }

  /** The leaves that are not blank. */
  get members(): number[] {
    return Array.from({ length: this.whole.width }, (_, leaf) => leaf).filter((leaf) => this.leaf(leaf) !== undefined);
  }

  clone(): ModelTree {
    const twin = new ModelTree(this, this.groupId);
    twin.nodes = [...this.nodes];
    for (const [leaf, keys] of this.keys) twin.keys.set(leaf, keys);
    for (const [node, secret] of this.pathSecrets) twin.pathSecrets.set(node, secret);
    return twin;
  }

  leaf(leaf: number): LeafNode | undefined {
    const node = this.nodes[2 * leaf];
    return node?.nodeType === "leaf" ? node.leafNode : undefined;
  }

  /** §12.4.3.3 */
  encoded(): Bytes {
    const end = this.nodes.findLastIndex((node) => node !== undefined) + 1;
    return encode(RatchetTreeNodes, this.nodes.slice(0, end));
  }

  /** §4.1.1 */
  resolution(span: Span): number[] {
    const node = this.nodes[nodeOf(span)];
    if (node?.nodeType === "leaf") return [nodeOf(span)];
    if (node?.nodeType === "parent") return [nodeOf(span), ...node.parentNode.unmergedLeaves.map((leaf) => 2 * leaf)];
    return span.width === 1 ? [] : halves(span).flatMap((half) => this.resolution(half));
  }

  /** §7.8 */
  treeHash(span: Span = this.whole): Bytes {
    const node = this.nodes[nodeOf(span)];
    if (span.width === 1) {
      const leafNode = encode(optional(LeafNode), node?.nodeType === "leaf" ? node.leafNode : undefined);
      return this.suite.hash.digest(concat(uint(1, 1), uint(span.first, 4), leafNode));
    }
    const parentNode = encode(optional(ParentNode), node?.nodeType === "parent" ? node.parentNode : undefined);
    const hashes = halves(span).map((half) => opaqueV(this.treeHash(half)));
    return this.suite.hash.digest(concat(uint(2, 1), parentNode, ...hashes));
  }

  /** A leaf for somebody new, as a KeyPackage has it, or for the member at `leaf`, as an Update has it. */
  async makeLeaf(leaf?: number): Promise<MadeLeaf> {
    const { suite, random } = this;
    const encryption = await suite.kem.deriveKeyPair(random(suite.kem.Nsk));
    const signature = await suite.signature.generateKeyPair(random);
    const content = {
      encryptionKey: encryption.publicKey,
      signatureKey: signature.publicKey,
      credential: { credentialType: "basic", identity: random(4) },
      capabilities: defaultCapabilities(suite),
      extensions: [],
    } as const;
    const ofSource =
      leaf === undefined
        ? ({ leafNodeSource: "key_package", lifetime: { notBefore: 0n, notAfter: 2n ** 64n - 1n } } as const)
        : ({ leafNodeSource: "update" } as const);
    const position = { groupId: this.groupId, leaf: leaf ?? 0 };
    const leafNode = await signedLeafNode(suite, signature.privateKey, { ...content, ...ofSource }, position);
    return { keys: { encryption, signature }, leafNode };
  }

  /** §12.1.1 @returns the leaf taken */
  add({ keys, leafNode }: MadeLeaf): number {
    const { width } = this.whole;
    const blank = Array.from({ length: width }, (_, leaf) => leaf).find((leaf) => this.leaf(leaf) === undefined);
    if (blank === undefined) this.nodes = [...this.nodes, ...Array.from({ length: 2 * width }, () => undefined)];
    const leaf = blank ?? width;
    this.nodes[2 * leaf] = { nodeType: "leaf", leafNode };
    this.keys.set(leaf, keys);
    for (const span of this.directPath(leaf)) {
      const node = this.nodes[nodeOf(span)];
      if (node?.nodeType !== "parent") continue;
      const unmergedLeaves = [...node.parentNode.unmergedLeaves, leafIndex(leaf)].sort((a, b) => a - b);
      this.nodes[nodeOf(span)] = { nodeType: "parent", parentNode: { ...node.parentNode, unmergedLeaves } };
    }
    return leaf;
  }

  /** §12.1.2 */
  update(leaf: number, { keys, leafNode }: MadeLeaf): void {
    this.#blank(leaf);
    this.nodes[2 * leaf] = { nodeType: "leaf", leafNode };
    this.keys.set(leaf, keys);
  }

  /** §12.1.3 */
  remove(leaf: number): void {
    this.#blank(leaf);
    this.keys.delete(leaf);
    for (let { width } = this.whole; width > 1; width /= 2) {
      if (this.resolution({ first: width / 2, width: width / 2 }).length > 0) return;
      this.nodes = this.nodes.slice(0, width - 1);
    }
  }

  /** §7.5, §7.9: the member commits with a path. */
  async commit(leaf: number): Promise<ModelPath> {
    const { suite, random, groupId } = this;
    const before = this.leaf(leaf);
    const signature = this.keys.get(leaf)?.signature;
    if (before === undefined || signature === undefined) throw new RangeError(`leaf ${leaf} is blank`);
    const made: Omit<ModelPathNode, "recipients">[] = [];
    let secret: Bytes = random(suite.kdf.Nh);
    for (const span of this.directPath(leaf)) {
      if (this.resolution(otherHalf(span, leaf)).length === 0) continue;
      const { publicKey } = await suite.kem.deriveKeyPair(deriveSecret(suite, secret, "node"));
      made.push({ span, publicKey, pathSecret: secret });
      secret = deriveSecret(suite, secret, "path");
    }
    this.#blank(leaf);
    const parentHash = this.#setParents(leaf, made);
    const encryption = await suite.kem.deriveKeyPair(random(suite.kem.Nsk));
    const { signatureKey, credential, capabilities, extensions } = before;
    const content = { encryptionKey: encryption.publicKey, signatureKey, credential, capabilities, extensions };
    const position = { groupId, leaf };
    const source = { leafNodeSource: "commit", parentHash } as const;
    const leafNode = await signedLeafNode(suite, signature.privateKey, { ...content, ...source }, position);
    this.nodes[2 * leaf] = { nodeType: "leaf", leafNode };
    this.keys.set(leaf, { encryption, signature });
    const nodes = made.map((each) => ({ ...each, recipients: this.resolution(otherHalf(each.span, leaf)) }));
    return { leafNode, nodes, commitSecret: secret };
  }

  /** From the leaf's parent to the root. */
  directPath(leaf: number): Span[] {
    const path: Span[] = [];
    for (let width = 2; width <= this.whole.width; width *= 2) path.push({ first: leaf - (leaf % width), width });
    return path;
  }

  #blank(leaf: number): void {
    this.nodes[2 * leaf] = undefined;
    for (const span of this.directPath(leaf)) {
      this.nodes[nodeOf(span)] = undefined;
      this.pathSecrets.delete(nodeOf(span));
    }
  }

  /** From the top. @returns the parent hash for the leaf */
  #setParents(leaf: number, made: readonly Omit<ModelPathNode, "recipients">[]): Bytes {
    let parentHash: Bytes = EMPTY;
    for (const { span, publicKey: encryptionKey, pathSecret } of made.toReversed()) {
      this.nodes[nodeOf(span)] = { nodeType: "parent", parentNode: { encryptionKey, parentHash, unmergedLeaves: [] } };
      this.pathSecrets.set(nodeOf(span), pathSecret);
      const siblingHash = this.treeHash(otherHalf(span, leaf));
      parentHash = this.suite.hash.digest(concat(opaqueV(encryptionKey), opaqueV(parentHash), opaqueV(siblingHash)));
    }
    return parentHash;
  }
}

/** The position in the array of the node above a span. */
export function nodeOf({ first, width }: Span): number {
  return 2 * first + width - 1;
}

/** The spans of the nodes, from left to right. */
export function spansOf(span: Span): Span[] {
  if (span.width === 1) return [span];
  const [lower, upper] = halves(span);
  return [...spansOf(lower), span, ...spansOf(upper)];
}

function halves({ first, width }: Span): [Span, Span] {
  const half = width / 2;
  return [
    { first, width: half },
    { first: first + half, width: half },
  ];
}

/** The half of a span that the leaf is not in. */
function otherHalf(span: Span, leaf: number): Span {
  const [lower, upper] = halves(span);
  return leaf < upper.first ? upper : lower;
}
