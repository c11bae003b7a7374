import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addLeaves, removeLeaves } from "../../src/tree/evolution.ts";
import { BLANK } from "../../src/tree/node.ts";
import {
  createTree,
  encryptionKeyCount,
  members,
  RatchetTree,
  resolution,
  signatureKeyCount,
} from "../../src/tree/ratchet-tree.ts";
import { treeOfNodes } from "../../src/tree/ratchet-tree-extension.ts";
import { filteredDirectPath } from "../../src/tree/update-path.ts";
import { type LeafIndex, leafIndex, nodeIndex } from "../../src/tree-math.ts";
import type { Capabilities } from "../../src/wire/leaf-node.ts";
import { failure } from "../support/failure.ts";
import { Group } from "./members.ts";
import { _, L, leafOf, octets, P, suite } from "./toy-nodes.ts";

describe("§4.1.1 resolution", () => {
  //                                                    0     2     4     6     8     10    12    14
  const figure = treeOfNodes(suite, [L(0), _, L(1), P(100, [1]), _, _, L(3), _, L(4), P(101), L(5), _, _, _, L(7)]);

  it("[4.1.1-01] is [X, B] for X, [] for blank leaves, and [X, B, Y, H] for the top of the figure", () => {
    expect(resolution(figure, nodeIndex(3))).toEqual([3, 2]);
    expect(resolution(figure, nodeIndex(4))).toEqual([]);
    expect(resolution(figure, nodeIndex(12))).toEqual([]);
    expect(resolution(figure, nodeIndex(7))).toEqual([3, 2, 9, 14]);
    expect(resolution(figure, nodeIndex(1))).toEqual([0, 2]);
    expect(resolution(figure, nodeIndex(0))).toEqual([0]);
  });

  it("leaves out the leaves that the same commit adds, as themselves and as unmerged ones", () => {
    const excluded = new Set([leafIndex(1), leafIndex(7)]);
    expect(resolution(figure, nodeIndex(7), excluded)).toEqual([3, 9]);
    expect(resolution(figure, nodeIndex(14), excluded)).toEqual([]);
    expect(resolution(figure, nodeIndex(14), new Set())).toEqual([14]);
  });

  it("is empty beyond the tree", () => {
    expect(resolution(figure, nodeIndex(15))).toEqual([]);
    expect(resolution(figure, nodeIndex(2 ** 33 - 2))).toEqual([]);
  });
});

describe("§4.1.2 filtered direct path", () => {
  it("[4.1.2-01] is what the table of the figure says", () => {
    const [T, W, X, Y] = [1, 7, 9, 11];
    const tree = treeOfNodes(suite, [L(0), P(50), L(1), _, _, _, _, P(51), L(4), P(52), L(5), P(53), L(6)]);
    const pathOf = (leaf: number) => filteredDirectPath(tree, leafIndex(leaf)).map(({ node }) => node);
    expect(pathOf(0)).toEqual([T, W]);
    expect(pathOf(1)).toEqual([T, W]);
    expect(pathOf(4)).toEqual([X, Y, W]);
    expect(pathOf(5)).toEqual([X, Y, W]);
    expect(pathOf(6)).toEqual([Y, W]);
    expect(filteredDirectPath(tree, leafIndex(6))).toEqual([
      { node: Y, copathChild: X },
      { node: W, copathChild: 3 },
    ]);
  });

  it("keeps a node whose copath child is a filled parent over blank leaves", () => {
    const tree = treeOfNodes(suite, [L(0), _, _, _, _, P(50), _, _, L(4)]);
    expect(filteredDirectPath(tree, leafIndex(0)).map(({ node }) => node)).toEqual([3, 7]);
  });

  it("is empty for a lone member, and asks for no leaf beyond the tree", () => {
    const tree = createTree(suite, leafOf(0));
    expect(filteredDirectPath(tree, leafIndex(0))).toEqual([]);
    expect(failure(() => filteredDirectPath(tree, leafIndex(1))).code).toBe("tree.index_out_of_range");
  });
});

describe("§7.8 tree hashes", () => {
  it("[7.8-01] tell which leaf is blank, and blank subtrees of one height apart", () => {
    const width = new RatchetTree(suite, { depth: 4, top: BLANK });
    const hashes = Array.from({ length: 31 }, (_unused, node) => width.hashOf(nodeIndex(node)).join());
    expect(new Set(hashes).size).toBe(31);
    const [second, third] = [
      treeOfNodes(suite, [L(0), _, L(1), _, _, _, L(3)]),
      treeOfNodes(suite, [L(0), _, _, _, L(1), _, L(3)]),
    ];
    expect(second.hash).not.toEqual(third.hash);
  });

  it("[7.8-01] tell an absent parent from a present one", () => {
    expect(treeOfNodes(suite, [L(0), P(9), L(1)]).hash).not.toEqual(treeOfNodes(suite, [L(0), _, L(1)]).hash);
  });

  it("are not asked for nodes beyond the tree", () => {
    const tree = treeOfNodes(suite, [L(0), _, L(1)]);
    expect(tree.hashOf(nodeIndex(1))).toEqual(tree.hash);
    expect(failure(() => tree.hashOf(nodeIndex(3))).code).toBe("tree.index_out_of_range");
    const [blanks, before] = [treeOfNodes(suite, [...new Array(16).fill(_), L(1)]), new Map<number, Uint8Array>()];
    for (let node = 0; node < 31; node++) before.set(node, blanks.hashOf(nodeIndex(node)).slice());
    for (let node = 0; node < 31; node++) blanks.hashOf(nodeIndex(node)).fill(0);
    for (const [node, hash] of before) expect(blanks.hashOf(nodeIndex(node))).toEqual(hash);
  });
});

describe("§7.3 what all members have in common", () => {
  const lists = fc.record({
    versions: fc.constantFrom<Capabilities["versions"]>(["mls10"], ["mls10", 9]),
    cipherSuites: fc.uniqueArray(fc.constantFrom(1, 2, 3), { minLength: 1 }),
    extensions: fc.uniqueArray(fc.constantFrom(20, 21, 22)),
    proposals: fc.uniqueArray(fc.constantFrom(30, 31)),
    credentials: fc.constantFrom<Capabilities["credentials"]>(
      ["basic"],
      ["x509", "basic"],
      ["basic", "x509"],
      ["x509"],
    ),
  });
  const people = fc.array(fc.option(fc.tuple(lists, fc.boolean()), { nil: undefined }), {
    minLength: 1,
    maxLength: 12,
  });
  const sorted = (values: readonly unknown[]) => values.map(String).sort();

  it("is the intersection of their capabilities and the union of their credential types", () => {
    fc.assert(
      fc.property(people, fc.infiniteStream(fc.boolean()), (drawn, removals) => {
        const leafNodes = drawn
          .filter((each) => each !== undefined)
          .map(([capabilities, x509], i) =>
            leafOf(i, {
              capabilities,
              credential: x509
                ? { credentialType: "x509", certificates: [] }
                : { credentialType: "basic", identity: octets(i) },
            }),
          );
        const start = addLeaves(createTree(suite, leafOf(99)), leafNodes).tree;
        const gone = [...members(start)].filter(() => removals.next().value).map(([leaf]) => leaf);
        const tree = removeLeaves(start, gone);
        const present = [...members(tree)].map(([, leafNode]) => leafNode);
        for (const list of ["versions", "cipherSuites", "extensions", "proposals", "credentials"] as const) {
          const all = new Set<unknown>(present.flatMap(({ capabilities }) => capabilities[list] as readonly unknown[]));
          const common = [...all].filter((value) =>
            present.every(({ capabilities }) => (capabilities[list] as readonly unknown[]).includes(value)),
          );
          expect(sorted(tree.support[list])).toEqual(sorted(common));
        }
        expect(sorted([...tree.credentialTypes])).toEqual(
          sorted([...new Set(present.map(({ credential }) => credential.credentialType))]),
        );
      }),
    );
  });

  it("is one object in a tree of alike members, read again without work", async () => {
    const group = await Group.of(suite, 9);
    expect(group.tree.support).toBe(group.leaf(0).capabilities);
    expect(group.tree.credentialTypes).toBe(group.tree.credentialTypes);
  });

  it("is nothing where there is nobody", () => {
    const nobody = removeLeaves(createTree(suite, leafOf(0)), [leafIndex(0)]);
    expect(nobody.support.credentials).toEqual([]);
    expect(nobody.credentialTypes.size).toBe(0);
  });
});

describe("§16.7 keys of a tree", () => {
  it("are counted over leaves and parents, and signature keys apart from them", () => {
    const tree = treeOfNodes(suite, [L(0), P(1), L(1), P(0), L(2)]);
    expect(encryptionKeyCount(tree, octets(0))).toBe(2);
    expect(encryptionKeyCount(tree, octets(1))).toBe(2);
    expect(encryptionKeyCount(tree, octets(2))).toBe(1);
    expect(encryptionKeyCount(tree, octets(1002))).toBe(0);
    expect(signatureKeyCount(tree, octets(1002))).toBe(1);
    expect(signatureKeyCount(tree, octets(2))).toBe(0);
  });
});

describe("members at the edges of the index space", () => {
  it("[7.7-03] are found in the widest tree there can be", () => {
    const wide = new RatchetTree(suite, { depth: 32, top: BLANK });
    const last = leafIndex(2 ** 32 - 1);
    expect(wide.leafCount).toBe(2 ** 32);
    expect(wide.leftmostBlankLeaf).toBe(0);
    expect(wide.leaf(last)).toBeUndefined();
    expect(wide.parentNode(nodeIndex(2 ** 32 - 1))).toBeUndefined();
    expect(filteredDirectPath(wide, last)).toEqual([]);
    expect([...members(wide)]).toEqual([]);
    expect(wide.leaf((2 ** 32 + 1) as LeafIndex)).toBeUndefined();
  });
});
