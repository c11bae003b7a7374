/**
 * Trees as a long life would leave them, made in one pass: every node gets its key, and every leaf signs the parent
 * hash that the paths would have given it. In a full tree the leaves have committed from right to left, so that each
 * parent was last set by the leftmost leaf below it.
 */

import { concat, EMPTY, utf8 } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { uint32 } from "../codec/presentation.ts";
import type { CipherSuite, KeyPair } from "../crypto/cipher-suite.ts";
import { generateSigner, type KeySigner } from "../crypto/signer.ts";
import { defaultCapabilities } from "../group/capabilities.ts";
import { Secret } from "../secret.ts";
import { signLeafNode } from "../tree/leaf-node.ts";
import { BLANK, fork, leaf, type Subtree } from "../tree/node.ts";
import { parentHash } from "../tree/parent-hash.ts";
import { RatchetTree } from "../tree/ratchet-tree.ts";
import { treeHash } from "../tree/tree-hash.ts";
import {
  depthFor,
  isLeaf,
  type LeafIndex,
  left,
  type NodeIndex,
  right,
  root,
  toLeafIndex,
  toNodeIndex,
} from "../tree-math.ts";
import type { LeafNode, Lifetime } from "../wire/leaf-node.ts";
import { seededRandom } from "./random.ts";

/**
 * "full": everybody has committed, no parent is blank. "blank": one commit without a path added everybody. "churn": a full
 * one in which members then came, went and committed at random.
 */
export type TreeShape = "full" | "blank" | "churn";

export interface SyntheticTreeOptions {
  /** Occupied leaves, from the left. */
  readonly size: number;
  readonly shape: Exclude<TreeShape, "churn">;
  readonly seed: string | number;
  readonly groupId: Uint8Array;
  /** Of leaves that came with a key package. */
  readonly lifetime: Lifetime;
}

/** A tree, and the private keys of all of its nodes and members, computed again when asked for. */
export class SyntheticTree {
  readonly suite: CipherSuite;
  readonly options: SyntheticTreeOptions;
  readonly #secret: Uint8Array;

  constructor(suite: CipherSuite, options: SyntheticTreeOptions) {
    this.suite = suite;
    this.options = options;
    this.#secret = seededRandom(`tree ${options.seed}`)(suite.kdf.Nh);
  }

  get leafCount(): number {
    return 2 ** depthFor(this.options.size);
  }

  async build(): Promise<RatchetTree> {
    const depth = depthFor(this.options.size);
    return new RatchetTree(this.suite, { depth, top: await this.#subtree(root(2 ** depth), EMPTY) });
  }

  /** The HPKE key pair of any node. */
  async nodeKeys(node: NodeIndex): Promise<KeyPair> {
    return this.suite.kem.deriveKeyPair(this.#ikm("node", node));
  }

  async signer(index: LeafIndex): Promise<KeySigner> {
    return generateSigner(this.suite, seededRandom(`signer ${this.options.seed} ${index}`));
  }

  /** Of the nodes whose private keys a member knows. */
  async privateKeys(index: LeafIndex): Promise<Map<NodeIndex, Secret>> {
    const keys = new Map<NodeIndex, Secret>();
    for (const node of this.#knownNodes(index)) keys.set(node, new Secret((await this.nodeKeys(node)).privateKey));
    return keys;
  }

  #knownNodes(index: LeafIndex): NodeIndex[] {
    const known = [toNodeIndex(index)];
    if (this.options.shape === "blank") return known;
    for (let node = root(this.leafCount); !isLeaf(node); node = toNodeIndex(index) < node ? left(node) : right(node)) {
      if (this.#isFilled(node)) known.push(node);
    }
    return known;
  }

  async #subtree(node: NodeIndex, above: Uint8Array): Promise<Subtree> {
    if (firstLeaf(node) >= this.options.size) return BLANK;
    if (isLeaf(node)) return leaf(toLeafIndex(node), await this.#leafNode(toLeafIndex(node), above));
    return this.#isFilled(node) ? this.#filledParent(node, above) : this.#blankParent(node, above);
  }

  async #blankParent(node: NodeIndex, above: Uint8Array): Promise<Subtree> {
    const content = { left: await this.#subtree(left(node), above), right: await this.#subtree(right(node), above) };
    return fork(node, { parentNode: undefined, ...content });
  }

  /** The right side was set by an earlier path through nodes that are gone: its parent hash means nothing any more. */
  async #filledParent(node: NodeIndex, above: Uint8Array): Promise<Subtree> {
    const { hash } = this.suite;
    const { publicKey: encryptionKey } = await this.nodeKeys(node);
    const stale = this.#ikm("stale parent hash", node).subarray(0, hash.length);
    const sibling = await this.#subtree(right(node), stale);
    const originalSiblingTreeHash = treeHash(hash, sibling, right(node));
    const below = parentHash(hash, { encryptionKey, parentHash: above, originalSiblingTreeHash });
    const parentNode = { encryptionKey, parentHash: above, unmergedLeaves: [] };
    return fork(node, { parentNode, left: await this.#subtree(left(node), below), right: sibling });
  }

  async #leafNode(index: LeafIndex, above: Uint8Array): Promise<LeafNode> {
    const signer = await this.signer(index);
    const common = {
      encryptionKey: (await this.nodeKeys(toNodeIndex(index))).publicKey,
      signatureKey: signer.publicKey,
      credential: { credentialType: "basic", identity: utf8(`member ${index}`) },
      capabilities: this.#capabilities,
      extensions: [],
    } as const;
    if (this.options.shape === "blank") {
      const { lifetime } = this.options;
      return signLeafNode(signer, { ...common, leafNodeSource: "key_package", lifetime });
    }
    const content = { ...common, leafNodeSource: "commit", parentHash: above } as const;
    return signLeafNode(signer, content, { groupId: this.options.groupId, leafIndex: index });
  }

  get #capabilities() {
    return defaultCapabilities(this.suite);
  }

  /** A path leaves out the nodes whose other side is empty (§4.1.2). */
  #isFilled(node: NodeIndex): boolean {
    return this.options.shape === "full" && firstLeaf(right(node)) < this.options.size;
  }

  #ikm(purpose: string, node: NodeIndex): Uint8Array<ArrayBuffer> {
    return this.suite.hash.hmac(this.#secret, concat(utf8(purpose), encode(uint32, node)));
  }
}

function firstLeaf(node: NodeIndex): number {
  let at = node;
  while (!isLeaf(at)) at = left(at);
  return toLeafIndex(at);
}
