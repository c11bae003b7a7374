import { describe, expect, it } from "vitest";
import { Secret } from "../../src/secret.ts";
import { addLeaves, removeLeaves } from "../../src/tree/evolution.ts";
import { blankPathKeys, joinPath } from "../../src/tree/private-keys.ts";
import { pathSecretFor } from "../../src/tree/update-path.ts";
import { leafIndex, type NodeIndex, nodeIndex } from "../../src/tree-math.ts";
import { rejection } from "../support/rejection.ts";
import { spyOn } from "../support/spying-suite.ts";
import { seededRandom } from "../support/vector-run.ts";
import { Forgery } from "./forge.ts";
import { Group, person } from "./members.ts";
import { toySuite } from "./toy-suite.ts";

const suite = toySuite();
const random = seededRandom(23);
const keysOf = (keys: ReadonlyMap<NodeIndex, unknown>) => [...keys.keys()].sort((a, b) => a - b);

async function fullGroup(size: number): Promise<Group> {
  const group = await Group.of(suite, size);
  for (const leaf of group.indices.reverse()) await group.commit({ by: leaf });
  return group;
}

describe("§4.2 keys after proposals", () => {
  it("[4.2-01] are those of nodes that proposals left in place", async () => {
    const group = await fullGroup(8);
    const { privateKeys } = group.member(0);
    expect(keysOf(privateKeys)).toEqual([0, 1, 3, 7]);
    const rows: [number[], number[]][] = [
      [[7], [0, 1, 3]],
      [[2], [0, 1]],
      [[1], [0]],
      [
        [4, 5, 6, 7],
        [0, 1, 3],
      ],
    ];
    for (const [removed, left] of rows) {
      const tree = removeLeaves(group.tree, removed.map(leafIndex));
      const { privateKeys: kept } = blankPathKeys(privateKeys, tree);
      expect(keysOf(kept)).toEqual(left);
      for (const [node, secret] of kept) expect(secret).toBe(privateKeys.get(node));
    }
    expect(blankPathKeys(privateKeys, group.tree)).toEqual({ privateKeys });
  });

  it("[7.5-06] are all gone for a member that was removed", async () => {
    const group = await fullGroup(4);
    const { privateKeys } = group.member(0);
    expect(privateKeys.size).toBe(3);
    expect(blankPathKeys(privateKeys, removeLeaves(group.tree, [leafIndex(0)])).privateKeys.size).toBe(0);
  });

  it("do not come back with a tree that shrinks and grows again", async () => {
    const group = await fullGroup(8);
    const shrunk = removeLeaves(group.tree, [4, 5, 6, 7].map(leafIndex));
    const { leafNode } = await person(suite, random);
    const grown = addLeaves(shrunk, [leafNode]).tree;
    expect(keysOf(blankPathKeys(group.member(0).privateKeys, grown).privateKeys)).toEqual([0, 1, 3]);
  });
});

describe("§12.4.3.1 the keys of a newcomer", () => {
  async function welcomed() {
    const group = await fullGroup(8);
    await group.commit({ by: 0, remove: [1, 2, 3] });
    await group.commit({ by: 6 });
    const { added, generated } = await group.commit({ by: 0, add: 1 });
    expect(added).toEqual([1]);
    const pathSecret = pathSecretFor(generated!, leafIndex(0), leafIndex(1));
    const leafKey = group.member(1).privateKeys.get(nodeIndex(2))!;
    return { group, pathSecret, leafKey, receiver: leafIndex(1), committer: leafIndex(0) };
  }

  it("[12.4.3.1-15] skip blank nodes above the common ancestor without a step of derivation", async () => {
    const { group, ...joined } = await welcomed();
    expect(group.tree.parentNode(nodeIndex(3))).toBeUndefined();
    const privateKeys = await joinPath(suite, group.tree, joined);
    expect(keysOf(privateKeys)).toEqual([1, 2, 7]);
    for (const [node, secret] of privateKeys) {
      expect(await suite.kem.publicKeyOf(secret.bytes)).toEqual(group.tree.encryptionKey(node));
    }
    expect(privateKeys.get(nodeIndex(2))).toBe(joined.leafKey);
    expect(joined.pathSecret.disposed).toBe(false);
    await group.commit({ by: 4 });
    await group.commit({ by: 1, remove: [0] });
    await group.expectTreeInvariant();
  });

  it("[12.4.3.1-15] skip the root where the committer's half is the only one filled", async () => {
    const group = await fullGroup(8);
    await group.commit({ by: 5, remove: [0, 1, 2, 3, 4] });
    await group.commit({ by: 7, add: 6 });
    expect(group.indices).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    await group.expectTreeInvariant();
    await group.commit({ by: 8 });
    await group.commit({ by: 2, remove: [8] });
    await group.expectTreeInvariant();
  });

  it("[12.4.3.1-15] are refused if they are not those in the tree", async () => {
    const { group, ...joined } = await welcomed();
    const join = (change: Partial<typeof joined>, tree = group.tree) => joinPath(suite, tree, { ...joined, ...change });
    for (const length of [0, 31, 32, 33]) {
      const pathSecret = new Secret(random(length));
      expect((await rejection(() => join({ pathSecret }))).code).toBe("welcome.path_secret");
      expect(pathSecret.disposed).toBe(false);
    }
    const forged = new Forgery(group.tree).parent(7, { encryptionKey: random(32) }).tree;
    expect((await rejection(() => join({}, forged))).details).toEqual({ receiver: 1, node: 7 });
    expect((await rejection(() => join({ committer: leafIndex(6) }))).details).toEqual({ receiver: 1, node: 7 });
    expect((await rejection(() => join({ committer: leafIndex(1) }))).code).toBe("welcome.path_secret");
  });

  it("[12.4.3.1-15] are refused if the common ancestor is blank", async () => {
    const { group, ...joined } = await welcomed();
    const tree = removeLeaves(group.tree, [leafIndex(0)]);
    const error = await rejection(() => joinPath(suite, tree, joined));
    expect([error.code, error.details]).toEqual(["welcome.path_secret", { receiver: 1, node: 1 }]);
  });

  it("are that of the leaf alone after a commit without a path", async () => {
    const { group, ...joined } = await welcomed();
    const privateKeys = await joinPath(suite, group.tree, { ...joined, pathSecret: undefined });
    expect([...privateKeys]).toEqual([[2, joined.leafKey]]);
  });

  it("[7.5-06] leave no secret behind but themselves", async () => {
    const { group, ...joined } = await welcomed();
    const spy = spyOn(suite);
    await joinPath(spy.suite, group.tree, joined);
    expect(spy.alive()).toEqual([]);
    const failing = spyOn(suite);
    const forged = new Forgery(group.tree).parent(7, { encryptionKey: random(32) }).tree;
    await rejection(() => joinPath(failing.suite, forged, joined));
    expect(failing.alive()).toEqual([]);
  });
});
