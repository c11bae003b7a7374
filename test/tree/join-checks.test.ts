import { describe, expect, it } from "vitest";
import { EMPTY } from "../../src/bytes.ts";
import { edit } from "../../src/tree/edit.ts";
import { removeLeaves, updateLeaves } from "../../src/tree/evolution.ts";
import { checkJoinedTree, checkKeysUnique, checkUnmergedLeaves } from "../../src/tree/join-checks.ts";
import { parentHash, verifyParentHashes } from "../../src/tree/parent-hash.ts";
import type { RatchetTree } from "../../src/tree/ratchet-tree.ts";
import { nodesOf, treeOfNodes } from "../../src/tree/ratchet-tree-extension.ts";
import { leafIndex, nodeIndex } from "../../src/tree-math.ts";
import { failure } from "../support/failure.ts";
import { drawsOf } from "../support/generate.ts";
import { seededRandom } from "../support/vector-run.ts";
import { constantHashSuite, Forgery } from "./forge.ts";
import { Group, person } from "./members.ts";
import { countingHash, toySuite } from "./toy-suite.ts";

const suite = toySuite();
const random = seededRandom(8);

/** The tree is bad in the given way alone. */
function expectOnly(tree: RatchetTree, code: string, details: Record<string, unknown> = {}): void {
  const checks = { unmerged: checkUnmergedLeaves, keys: checkKeysUnique, hashes: verifyParentHashes };
  const mine = code === "tree.parent_hash" ? "hashes" : code.startsWith("tree.unmerged") ? "unmerged" : "keys";
  for (const [name, check] of Object.entries(checks)) if (name !== mine) check(tree);
  for (const check of [checkJoinedTree, checks[mine]]) {
    const error = failure(() => check(tree));
    expect(error.code).toBe(code);
    expect(error.details).toMatchObject(details);
  }
}

/** Everybody has committed, from right to left: all parents are filled, and chains start at left leaves. */
async function fullGroup(size: number): Promise<Group> {
  const group = await Group.of(suite, size);
  for (const leaf of group.indices.reverse()) await group.commit({ by: leaf });
  return group;
}

/** Full but for leaves that came back without a path: unmerged at 7, 3, 11. */
async function groupWithUnmerged(): Promise<Group> {
  const group = await Group.of(suite, 8);
  await group.commit({ by: 0, remove: [3, 6] });
  for (const by of [7, 5, 4, 2, 1, 0]) await group.commit({ by });
  await group.commit({ by: 0, add: 2, path: false });
  return group;
}

describe("§12.4.3.1 an honest tree", () => {
  it("[7.9.2-01] passes with every shape that paths, adds and removes leave behind", async () => {
    for (const size of [1, 2, 3, 5, 8, 9, 33]) {
      checkJoinedTree((await Group.of(suite, size)).tree);
      checkJoinedTree((await fullGroup(size)).tree);
    }
    const { tree } = await groupWithUnmerged();
    expect(tree.parentNode(nodeIndex(7))?.unmergedLeaves).toEqual([3, 6]);
    checkJoinedTree(tree);
  });

  it("[7.9-02] passes with a blank root after a full commit, and its topmost filled node has an empty parent hash", async () => {
    const group = await fullGroup(8);
    await group.commit({ by: 5, remove: [0, 1, 2, 3] });
    expect(group.tree.leafCount).toBe(8);
    expect(group.tree.parentNode(nodeIndex(7))).toBeUndefined();
    expect(group.tree.parentNode(nodeIndex(11))?.parentHash).toEqual(EMPTY);
    checkJoinedTree(group.tree);
    await group.commit({ by: 6, add: 1, path: false });
    expect(group.indices).toEqual([0, 4, 5, 6, 7]);
    await group.commit({ by: 0 });
    expect(group.tree.parentNode(nodeIndex(7))?.parentHash).toEqual(EMPTY);
    checkJoinedTree(group.tree);
    await group.expectTreeInvariant();
  });

  it("[7.9-02] passes with an empty left subtree at any height", async () => {
    for (const size of [2, 4, 16]) {
      const group = await fullGroup(size);
      await group.commit({ by: size - 1, remove: Array.from({ length: size / 2 }, (_, i) => i) });
      checkJoinedTree(group.tree);
      await group.commit({ by: size - 1, add: 2 });
      await group.expectTreeInvariant();
    }
  });

  it("is not empty: a parent key must be a key", async () => {
    const forged = new Forgery((await fullGroup(4)).tree).parent(3, { encryptionKey: new Uint8Array(32) }).repaired();
    verifyParentHashes(forged.tree);
    expect(failure(() => checkJoinedTree(forged.tree)).code).toBe("key.hpke_public");
  });
});

describe("§12.4.3.1 lists of unmerged leaves", () => {
  it("[7.1-01] that are not sorted are refused, although every hash is right", async () => {
    const forged = new Forgery((await groupWithUnmerged()).tree).unmerged(7, [6, 3]).repaired();
    expect(forged.naive.hasValidParentHashes()).toBe(true);
    expectOnly(forged.tree, "tree.unmerged_unsorted", { node: 7, leaf: 3 });
  });

  it("[7.1-02] that name a leaf twice are refused", async () => {
    // Leaf 6 is on the sibling's side of the root's chain, where only the blanking counts.
    const forged = new Forgery((await groupWithUnmerged()).tree).unmerged(7, [3, 6, 6]).repaired();
    expect(forged.naive.hasValidParentHashes()).toBe(true);
    expectOnly(forged.tree, "tree.unmerged_unsorted", { node: 7, leaf: 6 });
  });

  it("[12.4.3.1-11] that name a member elsewhere are refused, each wrong entry by itself", async () => {
    const { tree } = await fullGroup(8);
    // Parents that were set apart from what is above them, where the lists of the chains are not concerned.
    for (const [node, leaf] of [
      [5, 0],
      [11, 0],
      [13, 5],
      [13, 0],
    ] as const) {
      const forged = new Forgery(tree).unmerged(node, [leaf]).repaired();
      expect(forged.naive.hasValidParentHashes()).toBe(true);
      expectOnly(forged.tree, "tree.unmerged_not_below", { node, leaf });
    }
  });

  it("[12.4.3.1-11] that name a leaf beyond the tree are refused", async () => {
    const { tree } = await fullGroup(8);
    for (const leaf of [8, 9, 2 ** 31, 2 ** 32 - 1]) {
      for (const node of [7, 11, 13]) {
        const forged = new Forgery(tree).unmerged(node, [leaf]).repaired();
        expectOnly(forged.tree, "tree.unmerged_not_below", { node, leaf });
      }
    }
  });

  it("[12.4.3.1-11] that name a blank leaf are refused, when all parents above it name it and when one does", async () => {
    const group = await fullGroup(8);
    await group.commit({ by: 0, remove: [6] });
    for (const by of [7, 5, 4, 1, 0]) await group.commit({ by });
    for (const nodes of [[7, 11], [11]]) {
      const forged = new Forgery(group.tree);
      for (const node of nodes) forged.unmerged(node, [6]);
      forged.repaired();
      expect(forged.naive.hasValidParentHashes()).toBe(true);
      expectOnly(forged.tree, "tree.unmerged_blank", { node: 11, leaf: 6 });
    }
    const two = await Group.of(suite, 4);
    await two.commit({ by: 0, remove: [2] });
    expectOnly(new Forgery(two.tree).unmerged(3, [2]).repaired().tree, "tree.unmerged_blank", { node: 3, leaf: 2 });
  });

  it("[12.4.3.1-12] that a parent in between does not share are refused, although the chains come from the other side", async () => {
    const { tree } = await groupWithUnmerged();
    const forged = new Forgery(tree).unmerged(11, []);
    expectOnly(forged.repaired().tree, "tree.unmerged_missing", { node: 11, leaf: 6, listedBy: 7 });
  });

  it("[12.4.3.1-12] may be longer further down: a leaf merged at the root can be unmerged below", async () => {
    const group = await groupWithUnmerged();
    await group.commit({ by: 1 });
    expect(group.tree.parentNode(nodeIndex(7))?.unmergedLeaves).toEqual([]);
    expect(group.tree.parentNode(nodeIndex(11))?.unmergedLeaves).toEqual([6]);
    checkJoinedTree(group.tree);
  });
});

describe("§12.4.3.1 keys", () => {
  it("[12.4.3.1-13] of a parent that occur in a leaf or in another parent are refused", async () => {
    const { tree } = await fullGroup(8);
    const copies: [number, Uint8Array, number][] = [
      [3, tree.leaf(leafIndex(0))!.encryptionKey, 0],
      [3, tree.leaf(leafIndex(7))!.encryptionKey, 14],
      [13, tree.parentNode(nodeIndex(1))!.encryptionKey, 1],
      [7, tree.parentNode(nodeIndex(9))!.encryptionKey, 9],
    ];
    for (const [node, encryptionKey, other] of copies) {
      const forged = new Forgery(tree).parent(node, { encryptionKey: new Uint8Array(encryptionKey) }).repaired();
      const twins = { node: Math.min(node, other), other: Math.max(node, other) };
      expectOnly(forged.tree, "tree.duplicate_encryption_key", twins);
    }
  });

  it("[7.3-14] [16.7-01] of two leaves that are one encryption key are refused", async () => {
    const { tree } = await Group.of(suite, 5);
    const encryptionKey = new Uint8Array(tree.leaf(leafIndex(0))!.encryptionKey);
    for (const leaf of [1, 4]) {
      expectOnly(new Forgery(tree).leaf(leaf, { encryptionKey }).tree, "tree.duplicate_encryption_key", {
        node: 0,
        other: 2 * leaf,
      });
    }
  });

  it("[7.3-13] [16.7-01] of two leaves that are one signature key are refused", async () => {
    const { tree } = await Group.of(suite, 5);
    const signatureKey = new Uint8Array(tree.leaf(leafIndex(4))!.signatureKey);
    for (const leaf of [0, 3]) {
      expectOnly(new Forgery(tree).leaf(leaf, { signatureKey }).tree, "tree.duplicate_signature_key", {
        node: 2 * leaf,
        other: 8,
      });
    }
  });

  it("[16.7-01] for signing and for encryption are not compared with each other", async () => {
    const { tree } = await Group.of(suite, 3);
    const signatureKey = new Uint8Array(tree.leaf(leafIndex(0))!.encryptionKey);
    checkKeysUnique(new Forgery(tree).leaf(1, { signatureKey }).tree);
  });

  it("[7.3-15] are judged on the tree that results", async () => {
    const group = await Group.of(suite, 4);
    const { leafNode } = await person(suite, random);
    const reused = { ...leafNode, signatureKey: new Uint8Array(group.leaf(2).signatureKey) };
    const clash = updateLeaves(group.tree, [[leafIndex(1), reused]]);
    expect(failure(() => checkKeysUnique(clash)).code).toBe("tree.duplicate_signature_key");
    checkKeysUnique(removeLeaves(clash, [leafIndex(2)]));
    checkKeysUnique(updateLeaves(group.tree, [[leafIndex(2), reused]]));
    const swapped = updateLeaves(group.tree, [
      [leafIndex(0), group.leaf(1)],
      [leafIndex(1), group.leaf(0)],
    ]);
    checkKeysUnique(swapped);
  });
});

describe("§7.9.2 parent hashes", () => {
  it("[7.9.2-01] of a parent that no leaf vouches for are refused", async () => {
    const group = await Group.of(suite, 8);
    for (const node of [1, 5, 3, 7]) {
      const forged = new Forgery(group.tree);
      forged.naive.parents.set(node, { encryptionKey: random(32), parentHash: random(32), unmergedLeaves: [] });
      expectOnly(forged.tree, "tree.parent_hash", { node });
      forged.parent(node, { parentHash: EMPTY });
      expectOnly(forged.tree, "tree.parent_hash", { node });
    }
  });

  it("[7.9.2-01] of a parent over blank leaves are refused", async () => {
    const group = await Group.of(suite, 8);
    await group.commit({ by: 0, remove: [2, 3] });
    const forged = new Forgery(group.tree);
    forged.naive.parents.set(5, { encryptionKey: random(32), parentHash: random(32), unmergedLeaves: [] });
    expect(failure(() => verifyParentHashes(forged.tree)).details).toEqual({ node: 5 });
  });

  it("[7.9.2-01] that are emptied, or lost on one side, are refused", async () => {
    const { tree } = await fullGroup(8);
    for (const parentHash of [EMPTY, random(32), new Uint8Array(32)]) {
      const leaf = new Forgery(tree).leaf(0, { parentHash } as never);
      expectOnly(leaf.tree, "tree.parent_hash", { node: 1 });
      const inner = new Forgery(tree).parent(1, { parentHash });
      // The chain from node 1 down still holds for a leaf that was signed for it.
      inner.naive.leaves[0] = {
        ...inner.naive.leaves[0],
        parentHash: inner.naive.parentHash(inner.naive.parents.get(1)!, 2),
      } as never;
      expectOnly(inner.tree, "tree.parent_hash", { node: 3 });
    }
  });

  it("[7.9-02] of the root that are not empty are refused", async () => {
    const { tree } = await fullGroup(4);
    for (const parentHash of [random(32), new Uint8Array(32), random(1)]) {
      const forged = new Forgery(tree).parent(3, { parentHash }).repaired();
      expect(forged.naive.hasValidParentHashes()).toBe(true);
      expectOnly(forged.tree, "tree.parent_hash", { node: 3 });
    }
  });

  it("[7.9.2-01] of a leaf that did not commit vouch for nothing", async () => {
    const { tree } = await fullGroup(4);
    const forged = new Forgery(tree);
    const { parentHash: _, ...rest } = forged.naive.leaves[0] as never as { parentHash: Uint8Array };
    forged.naive.leaves[0] = { ...rest, leafNodeSource: "update" } as never;
    expectOnly(forged.tree, "tree.parent_hash", { node: 1 });
  });

  it("[7.9.2-01] that two descendants claim are refused", async () => {
    const flat = constantHashSuite(suite);
    const { tree } = await fullGroup(2);
    const claim = new Uint8Array(32).fill(1);
    const one = new Forgery(treeOfNodes(flat, nodesOf(tree)));
    one.leaf(0, { leafNodeSource: "commit", parentHash: claim } as never);
    verifyParentHashes(one.leaf(1, { leafNodeSource: "commit", parentHash: EMPTY } as never).tree);
    const two = one.leaf(1, { parentHash: claim } as never).tree;
    expect(failure(() => verifyParentHashes(two)).code).toBe("tree.parent_hash");
  });

  it("[7.9.2-02] across a filled node in between are refused", async () => {
    // Leaf 0's chain is 0-1-3-7; a node at 1 that leaf 0 does not vouch for stands between the leaf and 3.
    const group = await Group.of(suite, 8);
    await group.commit({ by: 0, remove: [1] });
    expect(group.tree.parentNode(nodeIndex(1))).toBeUndefined();
    const forged = new Forgery(group.tree);
    forged.naive.parents.set(1, { encryptionKey: random(32), parentHash: random(32), unmergedLeaves: [] });
    expect(failure(() => verifyParentHashes(forged.tree)).details).toEqual({ node: 1 });
    // With the right parent hash it links to 3, but then nothing links to it; leaf 0 may claim 1 or 3, not both.
    const leafHash = forged.naive.parentHashField(0)!;
    forged.parent(1, { parentHash: leafHash });
    expectOnly(forged.tree, "tree.parent_hash", { node: 1 });
  });

  it("[7.9.2-02] with an unmerged leaf too many or too few on the chain's side are refused", async () => {
    const { tree } = await groupWithUnmerged();
    const naive = new Forgery(tree);
    expect([naive.links.get(7), naive.links.get(3)]).toEqual([3, 1]);
    // Leaf 3 is unmerged at 7 and 3. Blanking 5 and 1 below 3 would change the resolution; the lists alone do so, too.
    expectOnly(new Forgery(tree).unmerged(3, [2, 3]).repaired().tree, "tree.parent_hash", { node: 7 });
    const both = new Forgery(tree).unmerged(3, [2, 3]).unmerged(7, [2, 3, 6]).repaired();
    expect(both.naive.hasValidParentHashes()).toBe(true);
    const few = new Forgery(tree).unmerged(7, [6]).repaired();
    expectOnly(few.tree, "tree.parent_hash", { node: 7 });
  });

  it("[7.9.2-02] with another leaf in the resolution that no list names are refused", async () => {
    // Node 5 is blank, so the resolution on the right of 3 is both leaves; a leaf was put there that nobody added.
    const group = await Group.of(suite, 4);
    await group.commit({ by: 2, remove: [3] });
    const forged = new Forgery(group.tree);
    expect(forged.links.get(3)).toBe(4);
    forged.naive.leaves[3] = (await person(suite, random)).leafNode;
    expectOnly(forged.tree, "tree.parent_hash", { node: 3 });
    expectOnly(forged.repaired().tree, "tree.parent_hash", { node: 3 });
    forged.unmerged(3, [3]).repaired();
    checkJoinedTree(forged.tree);
  });

  it("[7.9.2-03] are checked everywhere: a good chain on the left, or a blank root, ends nothing", async () => {
    const group = await Group.of(suite, 8);
    await group.commit({ by: 4 });
    await group.commit({ by: 0 });
    const forge = (tree: RatchetTree, node: number) => {
      const forged = new Forgery(tree);
      if (!forged.naive.parents.has(node)) {
        forged.naive.parents.set(node, { encryptionKey: random(32), parentHash: random(32), unmergedLeaves: [] });
        // What stands above is told the truth about its sibling, so that only the forged node is wrong.
        forged.links.delete(node);
        return forged.repaired();
      }
      return forged.parent(node, { encryptionKey: random(32) });
    };
    expectOnly(forge(group.tree, 13).tree, "tree.parent_hash", { node: 13 });
    const blankAbove = removeLeaves(group.tree, [leafIndex(4)]);
    expect([7, 11].map((node) => blankAbove.parentNode(nodeIndex(node)))).toEqual([undefined, undefined]);
    expectOnly(forge(blankAbove, 13).tree, "tree.parent_hash", { node: 13 });
    const blankOnTheLeft = removeLeaves(group.tree, [leafIndex(0)]);
    expectOnly(forge(blankOnTheLeft, 9).tree, "tree.parent_hash", { node: 9 });
  });

  it("[7.9.2-03] fail for every parent of a large tree whose key is exchanged", async () => {
    const { tree } = await fullGroup(16);
    for (let node = 1; node < 31; node += 2) {
      const forged = new Forgery(tree).parent(node, { encryptionKey: random(32) });
      expect(failure(() => verifyParentHashes(forged.tree)).code).toBe("tree.parent_hash");
    }
    for (let leaf = 0; leaf < 16; leaf++) {
      const other = { ...tree.leaf(leafIndex(leaf))!, encryptionKey: random(32) };
      const changed = edit(tree, [{ leaf: leafIndex(leaf), leafNode: other }], (parentNode) => parentNode);
      // The chain of the root ends at leaf 0, which is therefore the one leaf that no parent hash covers.
      if (leaf === 0) verifyParentHashes(changed);
      else expect(failure(() => verifyParentHashes(changed)).code).toBe("tree.parent_hash");
    }
  });
});

describe("§7.9 original sibling tree hashes", () => {
  it("[7.9-01] are those of the figure: F is blanked below Y, and struck from its list", async () => {
    const group = await Group.of(suite, 7);
    await group.commit({ by: 0, remove: [5] });
    await group.commit({ by: 4 });
    await group.commit({ by: 0, add: 1, path: false });
    const { tree } = group;
    const [W, U, Y] = [7, 3, 11].map((node) => tree.parentNode(nodeIndex(node)));
    expect([W?.unmergedLeaves, Y?.unmergedLeaves, U?.unmergedLeaves]).toEqual([[5], [5], []]);
    expect([5, 9, 13].map((node) => tree.parentNode(nodeIndex(node)))).toEqual([undefined, undefined, undefined]);
    const forgery = new Forgery(tree);
    expect([forgery.links.get(7), forgery.links.get(11), forgery.links.get(3)]).toEqual([11, 8, 1]);
    const original = forgery.naive.copy();
    original.leaves[5] = undefined;
    original.parents.set(11, { ...original.parents.get(11)!, unmergedLeaves: [] });
    const fromLeft = forgery.naive.parentHash(W!, 11);
    expect(fromLeft).toEqual(
      parentHash(suite.hash, {
        encryptionKey: W!.encryptionKey,
        parentHash: W!.parentHash,
        originalSiblingTreeHash: original.treeHash(11),
      }),
    );
    checkJoinedTree(tree);
  });

  it("[7.9-01] see through a blank parent to lists further down", async () => {
    const group = await groupWithUnmerged();
    // The chain of the root comes from the left; on its right, 11 is blanked with 9, and 13 keeps leaf 6 unmerged.
    await group.commit({ by: 7 });
    await group.commit({ by: 0, add: 1, path: false });
    await group.commit({ by: 1, remove: [4] });
    await group.commit({ by: 2, add: 1, path: false });
    checkJoinedTree(group.tree);
    const naive = new Forgery(group.tree).naive;
    expect(naive.hasValidParentHashes()).toBe(true);
  });

  it("[7.9-01] of one node differ between parents above it that do not list the same leaves", async () => {
    const group = await fullGroup(16);
    await group.commit({ by: 0, remove: [13, 14] });
    for (const by of [15, 12, 8]) await group.commit({ by });
    await group.commit({ by: 9, add: 1, path: false });
    await group.commit({ by: 0 });
    await group.commit({ by: 9, add: 1, path: false });
    const listsAt = (...nodes: number[]) => nodes.map((node) => group.tree.parentNode(nodeIndex(node))?.unmergedLeaves);
    expect(listsAt(15, 23, 27)).toEqual([[14], [13, 14], [13, 14]]);
    const { links, naive } = new Forgery(group.tree);
    expect([links.get(15), links.get(23)]).toEqual([7, 19]);
    expect(naive.hasValidParentHashes()).toBe(true);
    checkJoinedTree(group.tree);
  });

  it("cost about as many hashes as the tree has nodes, however many leaves are unmerged how often", async () => {
    const perNode = [];
    for (const size of [32, 128]) {
      const hash = countingHash();
      const group = await Group.of(toySuite(hash), size);
      const odd = group.indices.filter((leaf) => leaf % 2 === 1);
      for (const leaf of group.indices.reverse()) await group.commit({ by: leaf, path: true });
      await group.commit({ by: 0, remove: odd });
      for (const leaf of group.indices.reverse()) await group.commit({ by: leaf });
      await group.commit({ by: 0, add: size / 2, path: false });
      expect(group.tree.parentNode(group.tree.root)?.unmergedLeaves).toEqual(odd);
      group.tree.hash;
      hash.count = 0;
      verifyParentHashes(group.tree);
      perNode.push(hash.count / size);
    }
    expect(perNode[1]).toBeLessThan(4);
    expect(perNode[1]! / perNode[0]!).toBeLessThan(1.1);
  });
});

describe("§7.9.2 against the letter of the RFC", () => {
  it("[7.9.2-01] [7.9.2-02] [7.9.2-03] gives the naive model's verdict on trees with random defects", async () => {
    const group = await groupWithUnmerged();
    await group.commit({ by: 5, remove: [2] });
    await group.commit({ by: 6 });
    await group.commit({ by: 0, add: 2, path: false });
    const trees = [(await groupWithUnmerged()).tree, group.tree, (await fullGroup(5)).tree];
    const draw = drawsOf(77);
    const below = (limit: number) => Math.floor(draw() * limit);
    const verdicts = { good: 0, bad: 0 };
    for (let run = 0; run < 400; run++) {
      const forged = new Forgery(trees[below(trees.length)]!);
      const { naive } = forged;
      const node = 2 * below(naive.leaves.length - 1) + 1;
      const parentNode = naive.parents.get(node);
      const listed = naive.leaves.flatMap((leaf, i) => (leaf !== undefined && draw() < 0.3 ? [i] : []));
      const kind = below(5);
      if (kind === 0) naive.parents.delete(node);
      else if (kind === 1) naive.leaves[below(naive.leaves.length - 1)] = undefined;
      else if (parentNode === undefined) continue;
      else if (kind === 2)
        forged.unmerged(
          node,
          listed.filter((leaf) => naive.below(node).includes(2 * leaf)),
        );
      else if (kind === 3) forged.parent(node, { encryptionKey: random(32) });
      else forged.parent(node, { parentHash: random(32) });
      if (draw() < 0.7) forged.repaired();
      if (naive.nodes().length % 2 === 0) continue;
      const rootHash = naive.parents.get(naive.root)?.parentHash ?? EMPTY;
      const verdict = naive.hasValidParentHashes() && rootHash.length === 0;
      verdicts[verdict ? "good" : "bad"]++;
      if (verdict) verifyParentHashes(forged.tree);
      else expect(failure(() => verifyParentHashes(forged.tree)).code).toBe("tree.parent_hash");
    }
    expect(Math.min(verdicts.good, verdicts.bad)).toBeGreaterThan(40);
  });
});
