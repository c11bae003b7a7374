/**
 * The ratchet tree as RFC 9420 tells it: an array of nodes, everything computed from scratch, nothing shared with the
 * tree under test but the codec. Slow on purpose.
 */
import { EMPTY, equal } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import type { CipherSuite } from "../../src/crypto/cipher-suite.ts";
import type { LeafIndex } from "../../src/tree-math.ts";
import type { LeafNode, ParentNode } from "../../src/wire/leaf-node.ts";
import { ParentHashInput, type RatchetTreeNodes, TreeHashInput } from "../../src/wire/ratchet-tree.ts";

export class NaiveTree {
  readonly suite: CipherSuite;
  leaves: (LeafNode | undefined)[] = [undefined];
  /** By node index. */
  parents = new Map<number, ParentNode>();

  constructor(suite: CipherSuite, nodes: RatchetTreeNodes = []) {
    this.suite = suite;
    while (2 * this.leaves.length - 1 < nodes.length) this.extend();
    nodes.forEach((node, i) => {
      if (node?.nodeType === "leaf") this.leaves[i / 2] = node.leafNode;
      if (node?.nodeType === "parent") this.parents.set(i, node.parentNode);
    });
  }

  copy(): NaiveTree {
    const copy = new NaiveTree(this.suite);
    copy.leaves = [...this.leaves];
    copy.parents = new Map(this.parents);
    return copy;
  }

  get width(): number {
    return 2 * this.leaves.length - 1;
  }

  get root(): number {
    return this.leaves.length - 1;
  }

  nodes(): RatchetTreeNodes {
    const nodes: (RatchetTreeNodes[number] | undefined)[] = [];
    for (let i = 0; i < this.width; i++) {
      const [leafNode, parentNode] = [this.leaves[i / 2], this.parents.get(i)];
      if (leafNode !== undefined) nodes[i] = { nodeType: "leaf", leafNode };
      else if (parentNode !== undefined) nodes[i] = { nodeType: "parent", parentNode };
      else nodes[i] = undefined;
    }
    while (nodes.length > 0 && nodes[nodes.length - 1] === undefined) nodes.pop();
    return nodes;
  }

  // Appendix C, from the definitions.

  level(node: number): number {
    let k = 0;
    while (Math.floor(node / 2 ** k) % 2 === 1) k++;
    return k;
  }

  children(node: number): [number, number] {
    const half = 2 ** (this.level(node) - 1);
    return [node - half, node + half];
  }

  parentOf(node: number): number {
    for (let above = 0; above < this.width; above++) {
      if (this.level(above) > 0 && this.children(above).includes(node)) return above;
    }
    throw new Error("the root has no parent");
  }

  directPath(node: number): number[] {
    return node === this.root ? [] : [this.parentOf(node), ...this.directPath(this.parentOf(node))];
  }

  siblingOf(node: number): number {
    return this.children(this.parentOf(node)).find((child) => child !== node) ?? -1;
  }

  below(node: number): number[] {
    return this.level(node) === 0 ? [node] : [node, ...this.children(node).flatMap((child) => this.below(child))];
  }

  // §4.1.1, §4.1.2

  resolution(node: number): number[] {
    if (this.level(node) === 0) return this.leaves[node / 2] === undefined ? [] : [node];
    const parentNode = this.parents.get(node);
    if (parentNode !== undefined) return [node, ...parentNode.unmergedLeaves.map((leaf) => 2 * leaf)];
    return this.children(node).flatMap((child) => this.resolution(child));
  }

  filteredDirectPath(leaf: number): { node: number; copathChild: number }[] {
    const path = [];
    for (let at = 2 * leaf; at !== this.root; at = this.parentOf(at)) {
      const copathChild = this.siblingOf(at);
      if (this.resolution(copathChild).length > 0) path.push({ node: this.parentOf(at), copathChild });
    }
    return path;
  }

  // §7.7, §12.1.1 to §12.1.3

  extend(): void {
    this.leaves.push(...this.leaves.map(() => undefined));
  }

  add(leafNode: LeafNode): LeafIndex {
    if (!this.leaves.includes(undefined)) this.extend();
    const leaf = this.leaves.indexOf(undefined) as LeafIndex;
    for (const node of this.directPath(2 * leaf)) {
      const parentNode = this.parents.get(node);
      if (parentNode === undefined) continue;
      const unmergedLeaves = [...parentNode.unmergedLeaves, leaf].sort((a, b) => a - b);
      this.parents.set(node, { ...parentNode, unmergedLeaves });
    }
    this.leaves[leaf] = leafNode;
    return leaf;
  }

  update(leaf: number, leafNode: LeafNode | undefined): void {
    this.leaves[leaf] = leafNode;
    for (const node of this.directPath(2 * leaf)) this.parents.delete(node);
  }

  remove(leaf: number): void {
    this.update(leaf, undefined);
    const half = () => this.leaves.length / 2;
    while (half() >= 1 && this.leaves.slice(half()).every((each) => each === undefined)) this.leaves.length = half();
    for (const node of this.parents.keys()) if (node >= this.width) this.parents.delete(node);
  }

  /** §7.5; gives back the parent hash that the leaf has to have. */
  setPath(leaf: number, leafNode: LeafNode, keys: readonly Uint8Array[]): Uint8Array {
    this.update(leaf, leafNode);
    let above: Uint8Array = EMPTY;
    const path = this.filteredDirectPath(leaf);
    for (const [i, { node, copathChild }] of [...path.entries()].reverse()) {
      const parentNode = { encryptionKey: keys[i] ?? EMPTY, parentHash: above, unmergedLeaves: [] };
      this.parents.set(node, parentNode);
      above = this.parentHash(parentNode, copathChild);
    }
    return above;
  }

  // §7.8, §7.9

  treeHash(node: number = this.root): Uint8Array {
    if (this.level(node) === 0) {
      const [leafIndex, leafNode] = [(node / 2) as LeafIndex, this.leaves[node / 2]];
      return this.suite.hash.digest(encode(TreeHashInput, { nodeType: "leaf", leafIndex, leafNode }));
    }
    const [leftHash, rightHash] = this.children(node).map((child) => this.treeHash(child)) as [Uint8Array, Uint8Array];
    const parentNode = this.parents.get(node);
    return this.suite.hash.digest(encode(TreeHashInput, { nodeType: "parent", parentNode, leftHash, rightHash }));
  }

  parentHash({ encryptionKey, parentHash, unmergedLeaves }: ParentNode, copathChild: number): Uint8Array {
    const original = this.copy();
    for (const leaf of unmergedLeaves) {
      original.leaves[leaf] = undefined;
      for (const [node, parentNode] of original.parents) {
        const others = parentNode.unmergedLeaves.filter((each) => each !== leaf);
        original.parents.set(node, { ...parentNode, unmergedLeaves: others });
      }
    }
    const originalSiblingTreeHash = original.treeHash(copathChild);
    return this.suite.hash.digest(encode(ParentHashInput, { encryptionKey, parentHash, originalSiblingTreeHash }));
  }

  /** §7.9.2: the descendants with respect to which a parent is valid, by the three criteria and nothing else. */
  linksOf(node: number): number[] {
    const parentNode = this.parents.get(node);
    if (parentNode === undefined) return [];
    const [leftChild, rightChild] = this.children(node);
    return this.below(node).filter((descendant) => {
      if (descendant === node) return false;
      const child = this.below(leftChild).includes(descendant) ? leftChild : rightChild;
      const sibling = child === leftChild ? rightChild : leftChild;
      const claim = this.parentHashField(descendant);
      if (claim === undefined || !equal(claim, this.parentHash(parentNode, sibling))) return false;
      const resolution = this.resolution(child);
      if (!resolution.includes(descendant)) return false;
      const others = resolution.filter((each) => each !== descendant);
      const unmerged = parentNode.unmergedLeaves
        .map((leaf) => 2 * leaf)
        .filter((each) => this.below(child).includes(each));
      return [...others].sort().join() === [...unmerged].sort().join();
    });
  }

  hasValidParentHashes(): boolean {
    return [...this.parents.keys()].every((node) => this.linksOf(node).length === 1);
  }

  parentHashField(node: number): Uint8Array | undefined {
    if (this.level(node) > 0) return this.parents.get(node)?.parentHash;
    const leafNode = this.leaves[node / 2];
    return leafNode?.leafNodeSource === "commit" ? leafNode.parentHash : undefined;
  }
}
