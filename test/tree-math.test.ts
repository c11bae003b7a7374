import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ancestor,
  commonAncestorLevel,
  copath,
  covers,
  depthFor,
  directPath,
  isLeaf,
  type LeafIndex,
  leafIndex,
  left,
  level,
  MAX_LEAVES,
  type NodeIndex,
  nodeIndex,
  nodeWidth,
  parent,
  right,
  root,
  sibling,
  toLeafIndex,
  toNodeIndex,
} from "../src/tree-math.ts";
import { failure } from "./support/failure.ts";

/** Appendix C with integers of any size. */
const reference = {
  level(x: bigint): bigint {
    let k = 0n;
    while (((x >> k) & 1n) === 1n) k++;
    return k;
  },
  left: (x: bigint) => x ^ (1n << (reference.level(x) - 1n)),
  right: (x: bigint) => x ^ (3n << (reference.level(x) - 1n)),
  parent(x: bigint): bigint {
    const k = reference.level(x);
    const b = (x >> (k + 1n)) & 1n;
    return (x | (1n << k)) ^ (b << (k + 1n));
  },
  sibling(x: bigint): bigint {
    const above = reference.parent(x);
    return x < above ? reference.right(above) : reference.left(above);
  },
};

const top = root(MAX_LEAVES);
const anyNode = fc
  .oneof(
    fc.nat(64),
    fc.integer({ min: 0, max: 2 * MAX_LEAVES - 2 }),
    fc.integer({ min: 2 ** 31 - 40, max: 2 ** 31 + 40 }),
    fc.integer({ min: 2 ** 32 - 40, max: 2 ** 32 + 40 }),
    fc.integer({ min: 2 * MAX_LEAVES - 40, max: 2 * MAX_LEAVES - 2 }),
  )
  .map(nodeIndex);
const anyLeaf = anyNode.map((node) => leafIndex(Math.floor(node / 2)));

describe("Appendix C", () => {
  it("[7.7-03] agrees with arithmetic of unlimited width up to the last node", () => {
    fc.assert(
      fc.property(anyNode, (node) => {
        const x = BigInt(node);
        expect(BigInt(level(node))).toBe(reference.level(x));
        if (node !== top) {
          expect(BigInt(parent(node))).toBe(reference.parent(x));
          expect(BigInt(sibling(node))).toBe(reference.sibling(x));
        }
        if (!isLeaf(node)) {
          expect(BigInt(left(node))).toBe(reference.left(x));
          expect(BigInt(right(node))).toBe(reference.right(x));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("[4.1-01] puts 2^d leaves at even places below one root", () => {
    for (let depth = 0; depth <= 6; depth++) {
      const leaves = 2 ** depth;
      expect(nodeWidth(leaves)).toBe(2 ** (depth + 1) - 1);
      expect(level(root(leaves))).toBe(depth);
      expect(depthFor(leaves)).toBe(depth);
      expect(depthFor(leaves + 1)).toBe(depth + 1);
    }
    expect(nodeWidth(0)).toBe(0);
  });

  it("§4.1.2 finds the paths of the figure", () => {
    const [T, U, V, W, X, Y, Z] = [1, 3, 5, 7, 9, 11, 13];
    const rows: [number, number[], number[]][] = [
      [0, [T!, U!, W!], [2, V!, Y!]],
      [2, [T!, U!, W!], [0, V!, Y!]],
      [8, [X!, Y!, W!], [10, Z!, U!]],
      [10, [X!, Y!, W!], [8, Z!, U!]],
      [12, [Z!, Y!, W!], [14, X!, U!]],
    ];
    for (const [node, path, siblings] of rows) {
      expect(directPath(nodeIndex(node), 8)).toEqual(path);
      expect(copath(nodeIndex(node), 8)).toEqual(siblings);
    }
    expect(directPath(root(8), 8)).toEqual([]);
    expect(copath(root(8), 8)).toEqual([]);
    expect(directPath(nodeIndex(0), 1)).toEqual([]);
  });

  it("climbs 32 levels from the last leaf of the largest tree", () => {
    const last = leafIndex(MAX_LEAVES - 1);
    const path = directPath(toNodeIndex(last), MAX_LEAVES);
    expect(path).toHaveLength(32);
    expect(path[31]).toBe(top);
    expect(path.map(level)).toEqual(Array.from({ length: 32 }, (_, i) => i + 1));
    expect(path).toEqual(path.map((node) => ancestor(last, level(node))));
  });

  it("covers exactly the leaves between the outermost descendants", () => {
    fc.assert(
      fc.property(anyNode, anyLeaf, (node, leaf) => {
        const [span, first] = [2 ** level(node), (node - (2 ** level(node) - 1)) / 2];
        expect(covers(node, leaf)).toBe(leaf >= first && leaf < first + span);
        expect(covers(node, first as LeafIndex)).toBe(true);
        expect(covers(node, (first + span - 1) as LeafIndex)).toBe(true);
      }),
    );
  });

  it("meets at the lowest node above both leaves", () => {
    fc.assert(
      fc.property(anyLeaf, anyLeaf, (a, b) => {
        const height = commonAncestorLevel(a, b);
        expect(ancestor(a, height)).toBe(ancestor(b, height));
        if (a === b) expect(height).toBe(0);
        else expect(ancestor(a, height - 1)).not.toBe(ancestor(b, height - 1));
      }),
    );
  });

  it("[7.7-03] takes no index for a leaf or a node that is none", () => {
    for (const value of [-1, 0.5, MAX_LEAVES, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(failure(() => leafIndex(value)).code).toBe("tree.index_out_of_range");
    }
    for (const value of [-1, 0.5, 2 * MAX_LEAVES - 1, Number.NaN]) {
      expect(failure(() => nodeIndex(value)).code).toBe("tree.index_out_of_range");
    }
    expect(leafIndex(MAX_LEAVES - 1)).toBe(4294967295);
    expect(nodeIndex(2 * MAX_LEAVES - 2)).toBe(8589934590);
    expect([leafIndex(0), nodeIndex(0)]).toEqual([0, 0]);
  });

  it("does not look for children of a leaf or the leaf at a parent", () => {
    for (const leaf of [0, 2, 8589934590] as NodeIndex[]) {
      expect(failure(() => left(leaf)).code).toBe("internal.leaf_has_no_child");
      expect(failure(() => right(leaf)).code).toBe("internal.leaf_has_no_child");
    }
    for (const node of [1, 3, 2 ** 32 - 1] as NodeIndex[]) {
      expect(failure(() => toLeafIndex(node)).code).toBe("internal.not_a_leaf");
    }
    expect(toLeafIndex(toNodeIndex(leafIndex(MAX_LEAVES - 1)))).toBe(MAX_LEAVES - 1);
  });
});
