import { describe, expect, it } from "vitest";
import { edit } from "../../src/tree/edit.ts";
import { addLeaves, leafForExternal, removeLeaves, truncate, updateLeaves } from "../../src/tree/evolution.ts";
import { BLANK } from "../../src/tree/node.ts";
import {
  createTree,
  encryptionKeyCount,
  members,
  RatchetTree,
  resolution,
  signatureKeyCount,
} from "../../src/tree/ratchet-tree.ts";
import { nodesOf } from "../../src/tree/ratchet-tree-extension.ts";
import { generatePath } from "../../src/tree/update-path.ts";
import { type LeafIndex, leafIndex, nodeIndex } from "../../src/tree-math.ts";
import type { LeafNode } from "../../src/wire/leaf-node.ts";
import { failure } from "../support/failure.ts";
import { seededRandom } from "../support/vector-run.ts";
import { GROUP_ID, Group, person } from "./members.ts";
import { toySuite } from "./toy-suite.ts";

const suite = toySuite();
const random = seededRandom(5);

async function leafNodes(count: number): Promise<LeafNode[]> {
  const people = await Promise.all(Array.from({ length: count }, () => person(suite, random)));
  return people.map(({ leafNode }) => leafNode);
}

const occupied = (tree: RatchetTree) => [...members(tree)].map(([leaf]) => leaf);
/** The tree of a group whose members have all committed: no blank parents. */
async function fullGroup(size: number): Promise<Group> {
  const group = await Group.of(suite, size);
  for (const leaf of group.indices.reverse()) await group.commit({ by: leaf });
  return group;
}

describe("§12.1.1 adding", () => {
  it("[12.1.1-02] takes the leftmost blank leaves in the order of the list, then doubles the tree", async () => {
    const group = await Group.of(suite, 8);
    await group.commit({ by: 0, remove: [1, 4, 6] });
    const newcomers = await leafNodes(5);
    const { tree, added } = addLeaves(group.tree, newcomers);
    expect(added).toEqual([1, 4, 6, 8, 9]);
    expect(added.map((leaf) => tree.leaf(leaf))).toEqual(newcomers);
    expect([tree.leafCount, tree.memberCount, tree.leftmostBlankLeaf]).toEqual([16, 10, 10]);
    const swapped = addLeaves(group.tree, newcomers.toReversed());
    expect(swapped.added).toEqual(added);
    expect(swapped.tree.hash).not.toEqual(tree.hash);
  });

  it("[12.1.1-02] gives what adding one by one gives", async () => {
    for (const [size, removed, count] of [
      [1, [], 9],
      [5, [0, 3], 4],
      [8, [2, 3, 6], 2],
      [8, [], 1],
      [16, [1, 8], 20],
    ] as const) {
      const group = await fullGroup(size);
      if (removed.length > 0) await group.commit({ by: 4, remove: removed });
      const newcomers = await leafNodes(count);
      const atOnce = addLeaves(group.tree, newcomers);
      let oneByOne = group.tree;
      const places: LeafIndex[] = [];
      for (const leafNode of newcomers) {
        const step = addLeaves(oneByOne, [leafNode]);
        oneByOne = step.tree;
        places.push(...step.added);
      }
      expect(nodesOf(atOnce.tree)).toEqual(nodesOf(oneByOne));
      expect(atOnce.tree.hash).toEqual(oneByOne.hash);
      expect(atOnce.added).toEqual(places);
    }
  });

  it("[12.1.1-03] [7.1-01] makes the newcomer unmerged at each filled parent above it, and keeps the lists sorted", async () => {
    const group = await fullGroup(8);
    await group.commit({ by: 0, remove: [1, 6] });
    for (const by of [7, 2, 4, 0]) await group.commit({ by });
    const { tree, added } = addLeaves(group.tree, await leafNodes(2));
    expect(added).toEqual([1, 6]);
    const root = tree.parentNode(nodeIndex(7));
    expect(root?.unmergedLeaves).toEqual([1, 6]);
    expect(tree.parentNode(nodeIndex(3))?.unmergedLeaves).toEqual([1]);
    expect(tree.parentNode(nodeIndex(11))?.unmergedLeaves).toEqual([6]);
    expect(tree.parentNode(nodeIndex(13))).toBeUndefined();
    // A lower leaf that comes later goes before the others.
    const late = edit(tree, [{ leaf: leafIndex(0), leafNode: undefined }], (parentNode) => parentNode);
    const again = addLeaves(late, await leafNodes(1));
    expect(again.added).toEqual([0]);
    expect(again.tree.parentNode(nodeIndex(7))?.unmergedLeaves).toEqual([0, 1, 6]);
    expect(root?.unmergedLeaves).toEqual([1, 6]);
  });

  it("adds nobody without changing anything", async () => {
    const { tree } = await Group.of(suite, 3);
    expect(addLeaves(tree, [])).toEqual({ tree, added: [] });
    expect(addLeaves(tree, []).tree).toBe(tree);
  });

  it("[7.7-03] does not outgrow the limit", async () => {
    const { tree } = await Group.of(suite, 4);
    const newcomers = await leafNodes(5);
    expect(failure(() => addLeaves(tree, newcomers, { maxLeaves: 8 })).code).toBe("tree.too_large");
    expect(addLeaves(tree, newcomers.slice(1), { maxLeaves: 8 }).tree.leafCount).toBe(8);
    expect(failure(() => leafForExternal(tree, { maxLeaves: 4 })).code).toBe("tree.too_large");
  });
});

describe("§12.1.2 updating", () => {
  it("[12.1.2-03] replaces the leaf and blanks its direct path, whoever sent it", async () => {
    const group = await fullGroup(8);
    for (const leaf of [0, 5, 7]) {
      const [leafNode] = await leafNodes(1);
      const tree = updateLeaves(group.tree, [[leafIndex(leaf), leafNode!]]);
      expect(tree.leaf(leafIndex(leaf))).toEqual(leafNode);
      for (const node of [1, 3, 5, 7, 9, 11, 13].map(nodeIndex)) {
        const above =
          node === 7 ||
          (Math.floor(node / 8) === Math.floor((2 * leaf) / 8) &&
            (node % 8 === 3 || node === 4 * Math.floor(leaf / 2) + 1));
        expect(tree.parentNode(node)).toEqual(above ? undefined : group.tree.parentNode(node));
      }
    }
  });

  it("takes several at once, in any order", async () => {
    const { tree } = await fullGroup(8);
    const [a, b, c] = await leafNodes(3);
    const changes: [LeafIndex, LeafNode][] = [
      [leafIndex(6), a!],
      [leafIndex(0), b!],
      [leafIndex(3), c!],
    ];
    const stepwise = changes.reduce((each, change) => updateLeaves(each, [change]), tree);
    expect(updateLeaves(tree, changes).hash).toEqual(stepwise.hash);
    expect(nodesOf(updateLeaves(tree, changes))).toEqual(nodesOf(stepwise));
  });

  it("refuses blank leaves, leaves beyond the tree, and two changes to one leaf", async () => {
    const { tree } = await Group.of(suite, 3);
    const [leafNode] = await leafNodes(1);
    for (const leaf of [3, 4, 2 ** 32 - 1]) {
      expect(failure(() => updateLeaves(tree, [[leafIndex(leaf), leafNode!]])).code).toBe("leaf.blank");
    }
    const twice: [LeafIndex, LeafNode][] = [
      [leafIndex(0), leafNode!],
      [leafIndex(0), leafNode!],
    ];
    expect(failure(() => updateLeaves(tree, twice)).code).toBe("proposals.leaf_changed_twice");
  });
});

describe("§12.1.3 removing", () => {
  it("[12.1.3-02] blanks the leaf and its direct path", async () => {
    const group = await fullGroup(8);
    const tree = removeLeaves(group.tree, [leafIndex(0)]);
    expect(tree.leaf(leafIndex(0))).toBeUndefined();
    expect([1, 3, 7].map((node) => tree.parentNode(nodeIndex(node)))).toEqual([undefined, undefined, undefined]);
    expect([5, 9, 11, 13].every((node) => tree.parentNode(nodeIndex(node)) !== undefined)).toBe(true);
    expect(resolution(tree, tree.root)).toEqual([2, 5, 11]);
  });

  it("[12.1.3-02] [7.7-01] halves the tree as often as its right half has no member", async () => {
    const { tree } = await Group.of(suite, 16);
    const shrunk = (...left: number[]) =>
      removeLeaves(
        tree,
        occupied(tree).filter((leaf) => !left.includes(leaf)),
      );
    expect(removeLeaves(tree, [leafIndex(15)]).leafCount).toBe(16);
    expect(shrunk(0, 8).leafCount).toBe(16);
    expect(shrunk(0, 7).leafCount).toBe(8);
    expect(shrunk(3).leafCount).toBe(4);
    expect(shrunk(1).leafCount).toBe(2);
    expect(shrunk(0).leafCount).toBe(1);
    expect(shrunk(2, 3).leafCount).toBe(4);
  });

  it("[7.7-02] drops a filled root over a blank right half, and what else was there", async () => {
    const group = await fullGroup(4);
    const holed = edit(
      group.tree,
      [2, 3].map((leaf) => ({ leaf: leafIndex(leaf), leafNode: undefined })),
      (parentNode) => parentNode,
    );
    const dropped = [3, 5].map((node) => holed.parentNode(nodeIndex(node))?.encryptionKey);
    const tree = truncate(holed);
    expect([tree.leafCount, tree.root]).toEqual([2, 1]);
    expect(tree.parentNode(nodeIndex(1))).toBe(group.tree.parentNode(nodeIndex(1)));
    expect(tree.hash).toEqual(group.tree.hashOf(nodeIndex(1)));
    for (const key of dropped) {
      expect(encryptionKeyCount(holed, key!)).toBe(1);
      expect(encryptionKeyCount(tree, key!)).toBe(0);
    }
    expect(truncate(tree)).toBe(tree);
  });

  it("can leave nobody, and somebody can come back", async () => {
    const group = await Group.of(suite, 1);
    const empty = removeLeaves(group.tree, [leafIndex(0)]);
    expect([empty.leafCount, empty.memberCount, empty.leftmostBlankLeaf]).toEqual([1, 0, 0]);
    expect(nodesOf(empty)).toEqual([]);
    expect(leafForExternal(empty)).toEqual({ tree: empty, leaf: 0 });
    const [leafNode] = await leafNodes(1);
    const back = addLeaves(empty, [leafNode!]);
    expect(back.added).toEqual([0]);
    expect(back.tree.hash).toEqual(createTree(suite, leafNode!).hash);
  });

  it("refuses blank leaves and leaves beyond the tree", async () => {
    const { tree } = await Group.of(suite, 3);
    expect(failure(() => removeLeaves(tree, [leafIndex(3)])).code).toBe("leaf.blank");
    expect(failure(() => removeLeaves(tree, [leafIndex(2 ** 32 - 1)])).code).toBe("leaf.blank");
    expect(failure(() => removeLeaves(tree, [leafIndex(0), leafIndex(0)])).code).toBe("proposals.leaf_changed_twice");
  });
});

describe("§12.4.2 the leaf of an external committer", () => {
  it("is the leftmost blank one, or the first of the doubled tree", async () => {
    const group = await Group.of(suite, 4);
    expect(leafForExternal(group.tree)).toMatchObject({ leaf: 4, tree: { leafCount: 8, memberCount: 4 } });
    const holed = removeLeaves(group.tree, [leafIndex(0), leafIndex(2)]);
    expect(leafForExternal(holed)).toEqual({ leaf: 0, tree: holed });
    const resynced = removeLeaves(group.tree, [leafIndex(2), leafIndex(3)]);
    expect(leafForExternal(resynced)).toMatchObject({ leaf: 2, tree: { leafCount: 4 } });
  });

  it("can be filled by a path", async () => {
    const group = await fullGroup(4);
    const { leafNode, signer } = await person(suite, random);
    const { tree, leaf } = leafForExternal(group.tree);
    const generated = await generatePath(suite, tree, {
      sender: leaf,
      leaf: leafNode,
      groupId: GROUP_ID,
      signer,
      random,
    });
    expect(generated.nodes.map(({ node }) => node)).toEqual([7]);
    expect(generated.tree.memberCount).toBe(5);
    expect(generated.tree.parentNode(nodeIndex(7))?.unmergedLeaves).toEqual([]);
    expect(generated.tree.parentNode(nodeIndex(3))).toBe(group.tree.parentNode(nodeIndex(3)));
    expect(generated.leafNode).toMatchObject({ leafNodeSource: "commit", signatureKey: signer.publicKey });
  });
});

describe("trees are values", () => {
  it("stay what they were, whatever is made of them", async () => {
    const group = await fullGroup(8);
    const before = { tree: group.tree, nodes: nodesOf(group.tree), hash: group.tree.hash };
    const key = group.leaf(3).signatureKey;
    const [a, b] = await leafNodes(2);
    const others = [
      addLeaves(before.tree, [a!, b!]).tree,
      updateLeaves(before.tree, [[leafIndex(3), a!]]),
      removeLeaves(before.tree, [leafIndex(3), leafIndex(7)]),
      (await group.path(leafIndex(3), new Set())).generated.tree,
    ];
    expect(new Set(others.map(({ hash }) => hash.join())).size).toBe(4);
    expect(before.tree.hash).toEqual(before.hash);
    expect(nodesOf(before.tree)).toEqual(before.nodes);
    expect(signatureKeyCount(before.tree, key)).toBe(1);
    expect(others.map((tree) => signatureKeyCount(tree, key))).toEqual([1, 0, 0, 1]);
  });
});

describe("[7.7-03] indices near 2^32", () => {
  const last = leafIndex(2 ** 32 - 1);

  it("are added, resolved and removed without overflow", async () => {
    const [a, b] = await leafNodes(2);
    const wide = new RatchetTree(suite, { depth: 32, top: BLANK });
    const tree = edit(
      wide,
      [
        { leaf: leafIndex(0), leafNode: a },
        { leaf: last, leafNode: b },
      ],
      () => undefined,
    );
    expect(occupied(tree)).toEqual([0, last]);
    expect(tree.leaf(last)).toEqual(b);
    expect(resolution(tree, tree.root)).toEqual([0, 2 ** 33 - 2]);
    expect(tree.leftmostBlankLeaf).toBe(1);
    const more = addLeaves(tree, await leafNodes(3));
    expect(more.added).toEqual([1, 2, 3]);
    expect(removeLeaves(more.tree, [last]).leafCount).toBe(4);
    expect(updateLeaves(tree, [[last, a!]]).leaf(last)).toEqual(a);
  });

  it("end at the last uint32: no tree grows beyond", async () => {
    const [a, b] = await leafNodes(2);
    const wide = new RatchetTree(suite, { depth: 32, top: BLANK });
    expect(failure(() => edit(wide, [{ leaf: (2 ** 32) as LeafIndex, leafNode: a }], () => undefined)).code).toBe(
      "tree.index_out_of_range",
    );
    // A full tree of this size cannot be made; one that claims to be full can.
    const full = new RatchetTree(suite, { depth: 32, top: BLANK });
    Object.defineProperty(full, "memberCount", { value: 2 ** 32 });
    expect(failure(() => addLeaves(full, [b!])).code).toBe("tree.too_large");
  });
});
