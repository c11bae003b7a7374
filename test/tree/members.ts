/** A group of clients that know nothing but their ratchet tree: enough of §12 to make any tree in an honest way. */
import { expect } from "vitest";
import { equal, utf8 } from "../../src/bytes.ts";
import type { CipherSuite } from "../../src/crypto/cipher-suite.ts";
import { generateHpkeKeyPair } from "../../src/crypto/labels.ts";
import { generateSigner, type Signer } from "../../src/crypto/signer.ts";
import type { Random } from "../../src/hpke/algorithms.ts";
import { dispose, type Secret } from "../../src/secret.ts";
import { addLeaves, removeLeaves, updateLeaves } from "../../src/tree/evolution.ts";
import { checkJoinedTree } from "../../src/tree/join-checks.ts";
import { type LeafNodeContent, signLeafNode } from "../../src/tree/leaf-node.ts";
import { blankPathKeys, joinPath } from "../../src/tree/private-keys.ts";
import { createTree, type RatchetTree } from "../../src/tree/ratchet-tree.ts";
import { nodesOf, treeOfNodes } from "../../src/tree/ratchet-tree-extension.ts";
import { checkPathKeys, decryptPath, mergePath } from "../../src/tree/received-path.ts";
import { encryptPath, type GeneratedPath, generatePath, pathSecretFor } from "../../src/tree/update-path.ts";
import { covers, isLeaf, type LeafIndex, leafIndex, type NodeIndex, toNodeIndex } from "../../src/tree-math.ts";
import type { LeafNode } from "../../src/wire/leaf-node.ts";
import type { UpdatePath } from "../../src/wire/update-path.ts";
import { seededRandom } from "../support/vector-run.ts";

export const GROUP_ID = utf8("group");

export interface Person {
  readonly leafNode: LeafNode;
  readonly leafKey: Secret;
  readonly signer: Signer;
}

export interface Member {
  readonly signer: Signer;
  readonly privateKeys: ReadonlyMap<NodeIndex, Secret>;
}

export interface CommitRequest {
  readonly by: number;
  readonly update?: readonly number[];
  readonly remove?: readonly number[];
  /** How many. */
  readonly add?: number;
  readonly path?: boolean;
}

export interface CommitResult {
  readonly added: readonly LeafIndex[];
  readonly generated: GeneratedPath | undefined;
  readonly path: UpdatePath | undefined;
  /** What was in place when the path was made. */
  readonly proposed: RatchetTree;
  readonly before: ReadonlyMap<LeafIndex, Member>;
}

export function contentOf(
  suite: CipherSuite,
  keys: { signatureKey: Uint8Array; encryptionKey: Uint8Array },
): LeafNodeContent {
  return {
    ...keys,
    credential: { credentialType: "basic", identity: keys.signatureKey.slice(0, 4) },
    capabilities: {
      versions: ["mls10"],
      cipherSuites: [suite.id],
      extensions: [],
      proposals: [],
      credentials: ["basic"],
    },
    leafNodeSource: "key_package",
    lifetime: { notBefore: 0n, notAfter: 2n ** 64n - 1n },
    extensions: [],
  };
}

export async function person(suite: CipherSuite, random: Random): Promise<Person> {
  const signer = await generateSigner(suite, random);
  const { publicKey, privateKey } = await generateHpkeKeyPair(suite, random);
  const content = contentOf(suite, { signatureKey: signer.publicKey, encryptionKey: publicKey });
  return { leafNode: await signLeafNode(signer, content), leafKey: privateKey, signer };
}

export class Group {
  readonly suite: CipherSuite;
  readonly random: Random;
  tree: RatchetTree;
  members: Map<LeafIndex, Member>;

  private constructor(suite: CipherSuite, random: Random, { leafNode, leafKey, signer }: Person) {
    this.suite = suite;
    this.random = random;
    this.tree = createTree(suite, leafNode);
    this.members = new Map([[leafIndex(0), { signer, privateKeys: new Map([[toNodeIndex(leafIndex(0)), leafKey]]) }]]);
  }

  static async create(suite: CipherSuite, seed = 1): Promise<Group> {
    const random = seededRandom(seed);
    return new Group(suite, random, await person(suite, random));
  }

  /** A group whose members all joined by one commit without a path. */
  static async of(suite: CipherSuite, members: number, seed = 1): Promise<Group> {
    const group = await Group.create(suite, seed);
    if (members > 1) await group.commit({ by: 0, add: members - 1, path: false });
    return group;
  }

  get indices(): LeafIndex[] {
    return [...this.members.keys()].sort((a, b) => a - b);
  }

  member(index: number): Member {
    return this.members.get(leafIndex(index))!;
  }

  leaf(index: number): LeafNode {
    return this.tree.leaf(leafIndex(index))!;
  }

  /** The order of §12.3, and everybody's part of §12.4. What it expects is that all agree. */
  async commit(request: CommitRequest): Promise<CommitResult> {
    const before = new Map(this.members);
    await this.#update(request.update ?? []);
    const removed = (request.remove ?? []).map(leafIndex);
    this.tree = removeLeaves(this.tree, removed);
    for (const leaf of removed) this.members.delete(leaf);
    for (const [leaf, { signer, privateKeys }] of this.members) {
      const surviving = blankPathKeys(privateKeys, this.tree);
      const kept = new Set(surviving.privateKeys.values());
      dispose([...privateKeys.values()].filter((secret) => !kept.has(secret)));
      this.members.set(leaf, { signer, privateKeys: surviving.privateKeys });
    }
    const joiners = await Promise.all(Array.from({ length: request.add ?? 0 }, () => person(this.suite, this.random)));
    const { tree, added } = addLeaves(
      this.tree,
      joiners.map(({ leafNode }) => leafNode),
    );
    this.tree = tree;
    const path = request.path === false ? undefined : await this.path(leafIndex(request.by), new Set(added));
    await this.#welcome(leafIndex(request.by), joiners, added, path?.generated);
    return { added, generated: path?.generated, path: path?.path, proposed: tree, before };
  }

  /** One member's path, taken by all others but the leaves just added. */
  async path(
    sender: LeafIndex,
    excluded: ReadonlySet<LeafIndex>,
  ): Promise<{ generated: GeneratedPath; path: UpdatePath }> {
    const { suite, tree, random } = this;
    const { signer } = this.member(sender);
    const leaf = this.leaf(sender);
    const generated = await generatePath(suite, tree, { sender, leaf, groupId: GROUP_ID, signer, random });
    const groupContext = generated.tree.hash;
    const path = await encryptPath(suite, generated, { groupContext, excluded, random });
    checkPathKeys(tree, path);
    const merged = mergePath(suite, tree, { sender, path });
    expect(merged.hash).toEqual(generated.tree.hash);
    for (const [receiver, { signer, privateKeys }] of this.members) {
      if (receiver === sender) continue;
      const input = { sender, path, receiver, privateKeys, groupContext, excluded };
      const decrypted = await decryptPath(suite, merged, input);
      expect(equal(decrypted.commitSecret.bytes, generated.commitSecret.bytes)).toBe(true);
      const kept = new Set(decrypted.privateKeys.values());
      dispose([...privateKeys.values()].filter((secret) => !kept.has(secret)));
      this.members.set(receiver, { signer, privateKeys: decrypted.privateKeys });
    }
    this.members.set(sender, { signer, privateKeys: generated.privateKeys });
    this.tree = merged;
    return { generated, path };
  }

  /** §4.2: each member holds keys of its own leaf and of parents above it, and they are the ones in the tree. */
  async expectTreeInvariant(): Promise<void> {
    for (const [leaf, { privateKeys }] of this.members) {
      expect(privateKeys.has(toNodeIndex(leaf))).toBe(true);
      for (const [node, privateKey] of privateKeys) {
        expect(isLeaf(node) ? node === toNodeIndex(leaf) : covers(node, leaf)).toBe(true);
        expect(await this.suite.kem.publicKeyOf(privateKey.bytes)).toEqual(this.tree.encryptionKey(node));
      }
      for (let node = this.tree.root; !isLeaf(node); ) {
        const parentNode = this.tree.parentNode(node);
        const merged = parentNode !== undefined && !parentNode.unmergedLeaves.includes(leaf);
        expect(privateKeys.has(node)).toBe(merged);
        const half = childHalf(node);
        node = (toNodeIndex(leaf) < node ? node - half : node + half) as NodeIndex;
      }
    }
  }

  async #update(leaves: readonly number[]): Promise<void> {
    const updates: [LeafIndex, LeafNode][] = [];
    for (const leaf of leaves.map(leafIndex)) {
      const { signer, privateKeys } = this.member(leaf);
      const { publicKey, privateKey } = await generateHpkeKeyPair(this.suite, this.random);
      const { lifetime: _, ...content } = contentOf(this.suite, {
        signatureKey: signer.publicKey,
        encryptionKey: publicKey,
      }) as Extract<LeafNodeContent, { leafNodeSource: "key_package" }>;
      const position = { groupId: GROUP_ID, leafIndex: leaf };
      updates.push([leaf, await signLeafNode(signer, { ...content, leafNodeSource: "update" }, position)]);
      this.members.set(leaf, { signer, privateKeys: new Map([...privateKeys, [toNodeIndex(leaf), privateKey]]) });
    }
    this.tree = updateLeaves(this.tree, updates);
  }

  async #welcome(
    committer: LeafIndex,
    joiners: readonly Person[],
    added: readonly LeafIndex[],
    generated: GeneratedPath | undefined,
  ): Promise<void> {
    if (joiners.length === 0) return;
    const tree = treeOfNodes(this.suite, nodesOf(this.tree));
    checkJoinedTree(tree);
    expect(tree.hash).toEqual(this.tree.hash);
    for (const [i, { signer, leafKey }] of joiners.entries()) {
      const receiver = added[i] as LeafIndex;
      const pathSecret = generated === undefined ? undefined : pathSecretFor(generated, committer, receiver);
      const privateKeys = await joinPath(this.suite, tree, { receiver, committer, pathSecret, leafKey });
      this.members.set(receiver, { signer, privateKeys });
    }
  }
}

function childHalf(node: number): number {
  let half = 1;
  while (Math.floor(node / (2 * half)) % 2 === 1) half *= 2;
  return half;
}
