import { describe, expect, it } from "vitest";
import { encode } from "../../src/codec/codec.ts";
import { checkJoinedTree } from "../../src/tree/join-checks.ts";
import { members, type RatchetTree, resolution } from "../../src/tree/ratchet-tree.ts";
import { nodesOf, treeOfNodes } from "../../src/tree/ratchet-tree-extension.ts";
import { filteredDirectPath } from "../../src/tree/update-path.ts";
import { leafIndex, nodeIndex } from "../../src/tree-math.ts";
import { RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";
import { drawsOf } from "../support/generate.ts";
import { Group } from "./members.ts";
import { NaiveTree } from "./naive-tree.ts";
import { toySuite } from "./toy-suite.ts";

const suite = toySuite();

function expectSame(tree: RatchetTree, naive: NaiveTree): void {
  expect(encode(RatchetTreeNodes, nodesOf(tree))).toEqual(encode(RatchetTreeNodes, naive.nodes()));
  expect(tree.leafCount).toBe(naive.leaves.length);
  expect(tree.hash).toEqual(naive.treeHash());
  expect(tree.memberCount).toBe(naive.leaves.filter((each) => each !== undefined).length);
  const blank = naive.leaves.indexOf(undefined);
  expect(tree.leftmostBlankLeaf).toBe(blank === -1 ? naive.leaves.length : blank);
  for (let node = 0; node < naive.width; node++) {
    expect(resolution(tree, nodeIndex(node))).toEqual(naive.resolution(node));
  }
  naive.leaves.forEach((leafNode, i) => {
    expect(tree.leaf(leafIndex(i))).toEqual(leafNode);
    if (leafNode !== undefined) expect(filteredDirectPath(tree, leafIndex(i))).toEqual(naive.filteredDirectPath(i));
  });
}

function expectKeysCounted(tree: RatchetTree): void {
  const counted = treeOfNodes(suite, nodesOf(tree));
  for (const [, { signatureKey, encryptionKey }] of members(tree)) {
    expect(tree.keys.signature.count(signatureKey)).toBe(counted.keys.signature.count(signatureKey));
    expect(tree.keys.encryption.count(encryptionKey)).toBe(counted.keys.encryption.count(encryptionKey));
  }
  expect(tree.keys.encryption.repeated + tree.keys.signature.repeated).toBe(0);
}

/** Random commits; the naive tree follows by what the group's functions gave out, never by their trees. */
async function history(seed: number, commits: number): Promise<void> {
  const draw = drawsOf(seed);
  const below = (limit: number) => Math.floor(draw() * limit);
  const group = await Group.create(suite, seed);
  const naive = new NaiveTree(suite, nodesOf(group.tree));
  for (let i = 0; i < commits; i++) {
    const others = group.indices;
    const [by] = others.splice(below(others.length), 1);
    const take = (count: number) =>
      Array.from({ length: Math.min(count, others.length) }, () => others.splice(below(others.length), 1)[0]!);
    const remove = draw() < 0.4 ? take(below(Math.max(2, group.tree.memberCount / 2))) : [];
    const update = draw() < 0.3 ? take(below(3)) : [];
    const add = draw() < 0.5 ? below(group.tree.memberCount > 20 ? 2 : 5) : 0;
    const path = remove.length + update.length > 0 || draw() < 0.6;
    const old = { tree: group.tree, hash: group.tree.hash };
    const result = await group.commit({ by: by!, update, remove, add, path });

    for (const leaf of update) naive.update(leaf, result.proposed.leaf(leaf));
    for (const leaf of remove.sort()) naive.remove(leaf);
    const added = result.added.map((leaf) => naive.add(result.proposed.leaf(leaf)!));
    expect(added).toEqual(result.added);
    expectSame(result.proposed, naive);
    if (result.path !== undefined) {
      const { leafNode, nodes } = result.path;
      const parentHash = naive.setPath(
        by!,
        leafNode,
        nodes.map(({ encryptionKey }) => encryptionKey),
      );
      expect(leafNode).toMatchObject({ leafNodeSource: "commit", parentHash });
      expectSame(group.tree, naive);
    }
    expect(naive.hasValidParentHashes()).toBe(true);
    checkJoinedTree(treeOfNodes(suite, nodesOf(group.tree)));
    expectKeysCounted(group.tree);
    await group.expectTreeInvariant();
    expect(treeOfNodes(suite, nodesOf(old.tree)).hash).toEqual(old.hash);
  }
}

describe("§7 random honest histories agree with a naive model", () => {
  const seeds = Array.from({ length: 60 }, (_, i) => i + 1);
  it.each(seeds)(
    "[4.1-01] [4.1.1-01] [4.1.2-01] [4.2-01] [7.7-01] [7.9-01] [12.1.1-02] [12.1.1-03] [12.1.2-03] [12.1.3-02] seed %i",
    (seed) => history(seed, 12),
  );
});
