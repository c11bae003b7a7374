/**
 * Trees as a real life leaves them: a full one, in which random members then remove, add and commit, as a seed has it.
 * Blank nodes and unmerged leaves are where such a history puts them.
 */

import { utf8 } from "../bytes.ts";
import type { CipherSuite, Random } from "../crypto/cipher-suite.ts";
import { generateHpkeKeyPair } from "../crypto/labels.ts";
import { generateSigner, type KeySigner } from "../crypto/signer.ts";
import { InternalError } from "../errors.ts";
import { defaultCapabilities } from "../group/capabilities.ts";
import { Secret } from "../secret.ts";
import { addLeaves, removeLeaves } from "../tree/evolution.ts";
import { signLeafNode } from "../tree/leaf-node.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import { generatePath } from "../tree/update-path.ts";
import { depthFor, directPath, type LeafIndex, leafIndex, type NodeIndex, toNodeIndex } from "../tree-math.ts";
import { seededRandom } from "./random.ts";
import { SyntheticTree, type SyntheticTreeOptions } from "./synthetic-tree.ts";

/** A tree with a history, and the private keys and signers of its members. */
export class ChurnedTree {
  readonly #origin: SyntheticTree;
  readonly #suite: CipherSuite;
  readonly #options: Omit<SyntheticTreeOptions, "shape">;
  readonly #random: Random;
  /** Of nodes that have changed. */
  readonly #keys = new Map<NodeIndex, Secret>();
  /** Of members that came later. */
  readonly #signers = new Map<LeafIndex, KeySigner>();
  #tree: RatchetTree | undefined;

  constructor(suite: CipherSuite, options: Omit<SyntheticTreeOptions, "shape">) {
    this.#origin = new SyntheticTree(suite, { ...options, shape: "full" });
    this.#suite = suite;
    this.#options = options;
    this.#random = seededRandom(`churn ${options.seed}`);
  }

  /** One change for two members, and places that were left are taken again at the end. */
  async build(): Promise<RatchetTree> {
    const { size } = this.#options;
    let tree = await this.#origin.build();
    for (let i = 0; i < Math.ceil(size / 2); i++) tree = await this.#changed(tree);
    while (tree.memberCount < size) tree = await this.#withNewcomer(tree);
    this.#tree = tree;
    return tree;
  }

  async signer(index: LeafIndex): Promise<KeySigner> {
    return this.#signers.get(index) ?? this.#origin.signer(index);
  }

  /** Of the own leaf, and of the nodes above it that have heard of it. */
  async privateKeys(index: LeafIndex): Promise<Map<NodeIndex, Secret>> {
    const tree = this.#tree;
    if (tree === undefined) throw new InternalError("internal.invariant", { where: "ChurnedTree" });
    const known = new Map([[toNodeIndex(index), await this.#key(toNodeIndex(index))]]);
    for (const node of directPath(toNodeIndex(index), tree.leafCount)) {
      const parentNode = tree.parentNode(node);
      if (parentNode !== undefined && !parentNode.unmergedLeaves.includes(index))
        known.set(node, await this.#key(node));
    }
    return known;
  }

  /** The first member of each half stays, to be spoken for. */
  async #changed(tree: RatchetTree): Promise<RatchetTree> {
    const draw = this.#below(3);
    const committer = this.#member(tree);
    if (draw === 0) return this.#committed(tree, committer);
    if (draw === 1 && tree.memberCount < this.#options.size) return this.#withNewcomer(tree);
    const removed = this.#member(tree);
    const kept = [0, 2 ** (depthFor(this.#options.size) - 1)];
    if (removed === committer || kept.includes(removed)) return this.#committed(tree, committer);
    const after = removeLeaves(tree, [removed]);
    return this.#committed(after.depth === tree.depth ? after : tree, committer);
  }

  async #committed(tree: RatchetTree, committer: LeafIndex): Promise<RatchetTree> {
    const leaf = tree.leaf(committer);
    if (leaf === undefined) throw new InternalError("internal.invariant", { where: "ChurnedTree" });
    const { groupId } = this.#options;
    const signer = await this.signer(committer);
    const request = { sender: committer, leaf, groupId, signer, random: this.#random };
    const path = await generatePath(this.#suite, tree, request);
    for (const [node, key] of path.privateKeys) this.#keys.set(node, key);
    return path.tree;
  }

  /** By a commit without a path: the new leaf is unmerged in all parents above it. */
  async #withNewcomer(tree: RatchetTree): Promise<RatchetTree> {
    const index = tree.leftmostBlankLeaf;
    const signer = await generateSigner(this.#suite, this.#random);
    const { publicKey, privateKey } = await generateHpkeKeyPair(this.#suite, this.#random);
    const leafNode = await signLeafNode(signer, {
      encryptionKey: publicKey,
      signatureKey: signer.publicKey,
      credential: { credentialType: "basic", identity: utf8(`newcomer ${index}`) },
      capabilities: defaultCapabilities(this.#suite),
      leafNodeSource: "key_package",
      lifetime: this.#options.lifetime,
      extensions: [],
    });
    this.#signers.set(index, signer);
    this.#keys.set(toNodeIndex(index), privateKey);
    return addLeaves(tree, [leafNode]).tree;
  }

  #member(tree: RatchetTree): LeafIndex {
    for (;;) {
      const index = leafIndex(this.#below(tree.leafCount));
      if (tree.leaf(index) !== undefined) return index;
    }
  }

  /** Even enough for drawing. */
  #below(limit: number): number {
    const [a = 0, b = 0, c = 0] = this.#random(3);
    return ((a << 16) | (b << 8) | c) % limit;
  }

  async #key(node: NodeIndex): Promise<Secret> {
    const changed = this.#keys.get(node);
    return Secret.copyOf((changed ?? new Secret((await this.#origin.nodeKeys(node)).privateKey)).bytes);
  }
}
