/** §7, design: what a commit costs in a tree without blanks, counted in hashes and in nodes that are not shared. */
import { describe, expect, it } from "vitest";
import { countingSuite } from "../../src/testing/counting-suite.ts";
import { SyntheticTree } from "../../src/testing/synthetic-tree.ts";
import { addLeaves, removeLeaves, updateLeaves } from "../../src/tree/evolution.ts";
import { checkKeysUnique } from "../../src/tree/join-checks.ts";
import { checkSupport } from "../../src/tree/leaf-node.ts";
import type { Subtree } from "../../src/tree/node.ts";
import { contents, type RatchetTree } from "../../src/tree/ratchet-tree.ts";
import { nodesOf, treeOfNodes } from "../../src/tree/ratchet-tree-extension.ts";
import { checkPathKeys, mergePath } from "../../src/tree/received-path.ts";
import { encryptPath, generatePath } from "../../src/tree/update-path.ts";
import { leafIndex } from "../../src/tree-math.ts";
import type { LeafNode } from "../../src/wire/leaf-node.ts";
import { seededRandom } from "../support/vector-run.ts";
import { GROUP_ID, person } from "./members.ts";
import { toySuite } from "./toy-suite.ts";

const DEPTHS = [4, 6, 8, 10, 12, 14];
const random = seededRandom(31);
const counting = countingSuite(toySuite());
const { suite, counts } = counting;

/** Nodes of a tree that another tree does not share. */
function ownNodes(of: RatchetTree, other: RatchetTree): number {
  const shared = new Set<Subtree>(contents(other.top));
  const own = (subtree: Subtree): number => {
    if (subtree.kind === "blank" || shared.has(subtree)) return 0;
    return subtree.kind === "leaf" ? 1 : 1 + own(subtree.left) + own(subtree.right);
  };
  return own(of.top);
}

interface Cost {
  readonly hashes: number;
  readonly nodes: number;
}

/** With the answers that a commit asks for: the tree hash, uniqueness of keys, what all members support. */
async function costOf(before: RatchetTree, change: () => RatchetTree | Promise<RatchetTree>): Promise<Cost> {
  counting.reset();
  const after = await change();
  after.hash;
  checkKeysUnique(after);
  checkSupport(after);
  return { hashes: counts.hashes, nodes: ownNodes(after, before) };
}

async function fullTree(depth: number): Promise<{ synthetic: SyntheticTree; tree: RatchetTree }> {
  const lifetime = { notBefore: 0n, notAfter: 1n };
  const options = { size: 2 ** depth, shape: "full", seed: depth, groupId: GROUP_ID, lifetime } as const;
  const synthetic = new SyntheticTree(suite, options);
  const tree = await synthetic.build();
  tree.hash;
  checkKeysUnique(tree);
  checkSupport(tree);
  return { synthetic, tree };
}

const newcomers = (count: number): Promise<LeafNode[]> =>
  Promise.all(Array.from({ length: count }, async () => (await person(suite, random)).leafNode));

async function costsAt(depth: number): Promise<Record<string, Cost>> {
  const { synthetic, tree } = await fullTree(depth);
  const sender = leafIndex(2 ** (depth - 1) + 1);
  const request = {
    sender,
    leaf: tree.leaf(sender)!,
    groupId: GROUP_ID,
    signer: await synthetic.signer(sender),
    random,
  };
  const generated = await generatePath(suite, tree, request);
  const path = await encryptPath(suite, generated, { groupContext: new Uint8Array(), excluded: new Set(), random });
  const [leafNode] = await newcomers(1);
  const holed = removeLeaves(tree, [leafIndex(5)]);
  holed.hash;
  const doubled = addLeaves(tree, await newcomers(1)).tree;
  doubled.hash;
  return {
    generatePath: await costOf(tree, async () => (await generatePath(suite, tree, request)).tree),
    mergePath: await costOf(tree, () => {
      checkPathKeys(tree, path);
      return mergePath(suite, tree, { sender, path });
    }),
    addLeaves: await costOf(holed, () => addLeaves(holed, [leafNode!]).tree),
    "addLeaves, doubling": await costOf(tree, () => addLeaves(tree, [leafNode!]).tree),
    updateLeaves: await costOf(tree, () => updateLeaves(tree, [[sender, leafNode!]])),
    removeLeaves: await costOf(tree, () => removeLeaves(tree, [sender])),
  };
}

describe("commits in trees without blanks", () => {
  it("hash and copy a number of nodes that grows with the height of the tree, not with its width", async () => {
    const costs = [];
    for (const depth of DEPTHS) costs.push(await costsAt(depth));
    for (const name of Object.keys(costs[0]!)) {
      for (const measure of ["hashes", "nodes"] as const) {
        const values = costs.map((cost) => cost[name]![measure]);
        const steps = values.slice(1).map((value, i) => value - values[i]!);
        expect([name, measure, new Set(steps).size]).toEqual([name, measure, 1]);
        expect(values[0]).toBeLessThanOrEqual(measure === "hashes" ? 5 * DEPTHS[0]! + 8 : DEPTHS[0]! + 3);
        expect(steps[0]).toBeLessThanOrEqual(measure === "hashes" ? 2 * 5 : 2);
      }
    }
  });

  it("cost the public-key operations of the path and no more", async () => {
    const depth = 10;
    const { synthetic, tree } = await fullTree(depth);
    const sender = leafIndex(0);
    const request = {
      sender,
      leaf: tree.leaf(sender)!,
      groupId: GROUP_ID,
      signer: await synthetic.signer(sender),
      random,
    };
    counting.reset();
    const generated = await generatePath(suite, tree, request);
    const path = await encryptPath(suite, generated, { groupContext: new Uint8Array(), excluded: new Set(), random });
    expect(counts).toMatchObject({ deriveKeyPairs: depth + 1, encaps: depth, signatures: 1, decaps: 0 });
    counting.reset();
    mergePath(suite, tree, { sender, path });
    expect(counts).toMatchObject({ deriveKeyPairs: 0, encaps: 0, decaps: 0, signatures: 0, verifications: 0 });
  });

  it("take k changes in one pass", async () => {
    const [depth, k] = [12, 200];
    const { tree } = await fullTree(depth);
    const leaves = Array.from({ length: k }, (_, i) => leafIndex(1000 + i));
    const removed = await costOf(tree, () => removeLeaves(tree, leaves));
    expect(removed.nodes).toBeLessThanOrEqual(k + 2 * depth);
    expect(removed.hashes).toBeLessThanOrEqual(6 * k + 6 * depth);
    const holed = removeLeaves(tree, leaves);
    holed.hash;
    const people = await newcomers(k);
    const added = await costOf(holed, () => addLeaves(holed, people).tree);
    expect(added.nodes).toBeLessThanOrEqual(2 * k + depth);
    expect(added.hashes).toBeLessThanOrEqual(4 * k + 2 * depth);
  });

  it("and joining costs a number of hashes in proportion to the tree", async () => {
    const perLeaf = [];
    for (const depth of [8, 12]) {
      const nodes = nodesOf((await fullTree(depth)).tree);
      counting.reset();
      const tree = treeOfNodes(suite, nodes);
      tree.hash;
      checkKeysUnique(tree);
      perLeaf.push(counts.hashes / 2 ** depth);
    }
    expect(perLeaf[0]).toBeLessThanOrEqual(5);
    expect(perLeaf[1]).toBeLessThanOrEqual(5);
  });
});
