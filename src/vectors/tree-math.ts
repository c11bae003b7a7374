/** The `tree-math` vectors of the MLS working group: appendix C, one case per size of tree. */

import { left, level, type NodeIndex, nodeIndex, nodeWidth, parent, right, root, sibling } from "../tree-math.ts";
import { expectSame, isListOf, type VectorFamily } from "./family.ts";

type Relatives = readonly (number | null)[];

interface Vector {
  readonly n_leaves: number;
  readonly n_nodes: number;
  readonly root: number;
  readonly left: Relatives;
  readonly right: Relatives;
  readonly parent: Relatives;
  readonly sibling: Relatives;
}

export const treeMath: VectorFamily = {
  name: "tree-math",
  recognises: (file) => isListOf(file, "n_leaves", "n_nodes", "root", "left", "right", "parent", "sibling"),
  *cases(file) {
    for (const vector of file as readonly Vector[]) {
      yield { name: `${vector.n_leaves} leaves`, suite: undefined, run: async () => checkTree(vector) };
    }
  },
};

function checkTree(vector: Vector): "passed" {
  const top = root(vector.n_leaves);
  expectSame("n_nodes", nodeWidth(vector.n_leaves), vector.n_nodes);
  expectSame("root", top, vector.root);
  for (const relatives of [vector.left, vector.right, vector.parent, vector.sibling]) {
    expectSame("number of entries", relatives.length, vector.n_nodes);
  }
  for (let i = 0; i < vector.n_nodes; i++) {
    const node = nodeIndex(i);
    const [isLeaf, isRoot] = [level(node) === 0, node === top];
    expectSame(`left of ${i}`, isLeaf ? null : left(node), vector.left[i]);
    expectSame(`right of ${i}`, isLeaf ? null : right(node), vector.right[i]);
    expectSame(`parent of ${i}`, unlessRoot(isRoot, node, parent), vector.parent[i]);
    expectSame(`sibling of ${i}`, unlessRoot(isRoot, node, sibling), vector.sibling[i]);
  }
  return "passed";
}

function unlessRoot(isRoot: boolean, node: NodeIndex, relative: (node: NodeIndex) => NodeIndex): NodeIndex | null {
  return isRoot ? null : relative(node);
}
