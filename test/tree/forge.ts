/**
 * Trees that an insider could send: an honest tree, one defect, and everything that the insider can repair repaired: the
 * parent hashes of all chains (leaf signatures are a matter of their own).
 */
import type { CipherSuite } from "../../src/crypto/cipher-suite.ts";
import type { RatchetTree } from "../../src/tree/ratchet-tree.ts";
import { nodesOf, treeOfNodes } from "../../src/tree/ratchet-tree-extension.ts";
import type { LeafNode, ParentNode } from "../../src/wire/leaf-node.ts";
import { NaiveTree } from "./naive-tree.ts";

export class Forgery {
  readonly naive: NaiveTree;
  /** Which descendant each parent was set together with. */
  readonly links: Map<number, number>;

  constructor(tree: RatchetTree) {
    this.naive = new NaiveTree(tree.suite, nodesOf(tree));
    this.links = new Map([...this.naive.parents.keys()].map((node) => [node, this.naive.linksOf(node)[0]!]));
  }

  parent(node: number, change: Partial<ParentNode>): this {
    const before = this.naive.parents.get(node);
    if (before === undefined) throw new Error(`node ${node} is blank`);
    this.naive.parents.set(node, { ...before, ...change });
    return this;
  }

  unmerged(node: number, leaves: readonly number[]): this {
    return this.parent(node, { unmergedLeaves: leaves as ParentNode["unmergedLeaves"] });
  }

  leaf(index: number, change: Partial<LeafNode>): this {
    this.naive.leaves[index] = { ...this.naive.leaves[index], ...change } as LeafNode;
    return this;
  }

  /** Computes all parent hashes again, along the links, as if each chain had just been made. */
  repaired(): this {
    this.#repair(this.naive.root);
    return this;
  }

  get tree(): RatchetTree {
    return treeOfNodes(this.naive.suite, this.naive.nodes());
  }

  #repair(node: number): void {
    if (this.naive.level(node) === 0) return;
    const [leftChild, rightChild] = this.naive.children(node) as [number, number];
    const parentNode = this.naive.parents.get(node);
    const link = this.links.get(node);
    if (parentNode === undefined || link === undefined) {
      this.#repair(leftChild);
      this.#repair(rightChild);
      return;
    }
    const [child, sibling] = link < node ? [leftChild, rightChild] : [rightChild, leftChild];
    this.#repair(sibling);
    const parentHash = this.naive.parentHash(parentNode, sibling);
    if (this.naive.parents.has(link)) this.parent(link, { parentHash });
    else if (this.naive.leaves[link / 2] !== undefined) this.leaf(link / 2, { leafNodeSource: "commit", parentHash });
    this.#repair(child);
  }
}

/** A suite whose hash has one value: all parent hashes are equal. */
export function constantHashSuite(suite: CipherSuite): CipherSuite {
  return { ...suite, hash: { ...suite.hash, digest: () => new Uint8Array(32).fill(1) } };
}
