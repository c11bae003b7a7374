import { describe, expect, it } from "vitest";
import { EMPTY, utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import type { CipherSuite } from "../../src/crypto/cipher-suite.ts";
import { encryptManyWithLabel } from "../../src/crypto/labels.ts";
import { Secret } from "../../src/secret.ts";
import { addLeaves, leafForExternal } from "../../src/tree/evolution.ts";
import { signLeafNode } from "../../src/tree/leaf-node.ts";
import { parentHash as computeParentHash } from "../../src/tree/parent-hash.ts";
import { blankPathKeys } from "../../src/tree/private-keys.ts";
import type { RatchetTree } from "../../src/tree/ratchet-tree.ts";
import { checkPathKeys, decryptPath, mergePath } from "../../src/tree/received-path.ts";
import { encryptPath, filteredDirectPath, type GeneratedPath, generatePath } from "../../src/tree/update-path.ts";
import { type LeafIndex, leafIndex, nodeIndex } from "../../src/tree-math.ts";
import type { LeafNode } from "../../src/wire/leaf-node.ts";
import { UpdatePath } from "../../src/wire/update-path.ts";
import { failure } from "../support/failure.ts";
import { rejection } from "../support/rejection.ts";
import { spyOn } from "../support/spying-suite.ts";
import { seededRandom } from "../support/vector-run.ts";
import { GROUP_ID, Group, person } from "./members.ts";
import { toySuite } from "./toy-suite.ts";

const suite = toySuite();
const random = seededRandom(17);
const NOBODY: ReadonlySet<LeafIndex> = new Set();

interface Sent {
  readonly group: Group;
  /** After the proposals. */
  readonly tree: RatchetTree;
  readonly sender: LeafIndex;
  readonly generated: GeneratedPath;
  readonly path: UpdatePath;
  readonly groupContext: Uint8Array;
  readonly excluded: ReadonlySet<LeafIndex>;
}

async function send(group: Group, sender: number, add = 0): Promise<Sent> {
  const people = await Promise.all(Array.from({ length: add }, () => person(suite, random)));
  const { tree, added } = addLeaves(
    group.tree,
    people.map(({ leafNode }) => leafNode),
  );
  const excluded = new Set(added);
  const { signer } = group.member(sender);
  const request = { sender: leafIndex(sender), leaf: group.leaf(sender), groupId: GROUP_ID, signer, random };
  const generated = await generatePath(suite, tree, request);
  const groupContext = generated.tree.hash;
  const path = await encryptPath(suite, generated, { groupContext, excluded, random });
  return { group, tree, sender: leafIndex(sender), generated, path, groupContext, excluded };
}

function receive(
  sent: Sent,
  receiver: number,
  change: Partial<Parameters<typeof decryptPath>[2]> = {},
  withSuite: CipherSuite = suite,
) {
  const { group, tree, sender, path, groupContext, excluded } = sent;
  const given = change.path ?? path;
  const merged = mergePath(suite, tree, { sender, path: given });
  const { privateKeys } = group.member(receiver);
  const input = { sender, path: given, receiver: leafIndex(receiver), privateKeys, groupContext, excluded, ...change };
  return decryptPath(withSuite, merged, input);
}

/** Everybody has committed, and leaf 6 came back without a path. */
async function fullGroup(): Promise<Group> {
  const group = await Group.of(suite, 8);
  await group.commit({ by: 0, remove: [6] });
  for (const by of [7, 5, 4, 3, 2, 1, 0]) await group.commit({ by });
  await group.commit({ by: 0, add: 1, path: false });
  return group;
}

type PathNode = UpdatePath["nodes"][number];
const withNode = (path: UpdatePath, index: number, change: Partial<PathNode>): UpdatePath => ({
  ...path,
  nodes: path.nodes.map((node, i) => (i === index ? { ...node, ...change } : node)),
});

/** The path with other contents, its leaf signed for the parent hash that they lead to. */
async function resigned({ group, tree, sender, path }: Sent, nodes: UpdatePath["nodes"]): Promise<UpdatePath> {
  const { signature: _, ...content } = path.leafNode;
  let parentHash: Uint8Array = EMPTY;
  const above = [...filteredDirectPath(tree, sender)].reverse();
  for (const [i, { copathChild }] of above.entries()) {
    const { encryptionKey } = nodes[nodes.length - 1 - i]!;
    parentHash = computeParentHash(suite.hash, {
      encryptionKey,
      parentHash,
      originalSiblingTreeHash: tree.hashOf(copathChild),
    });
  }
  const signed = { ...content, leafNodeSource: "commit", parentHash } as Extract<
    LeafNode,
    { leafNodeSource: "commit" }
  >;
  const position = { groupId: GROUP_ID, leafIndex: sender };
  return { nodes, leafNode: await signLeafNode(group.member(sender).signer, signed, position) };
}

describe("§7.5 merging a path", () => {
  it("gives the sender's tree, and all receivers the sender's secrets", async () => {
    const group = await fullGroup();
    for (const sender of group.indices) {
      const sent = await send(group, sender);
      expect(mergePath(suite, sent.tree, sent).hash).toEqual(sent.generated.tree.hash);
      for (const receiver of group.indices) {
        if (receiver === sender) continue;
        const { commitSecret, privateKeys } = await receive(sent, receiver);
        expect(commitSecret.bytes).toEqual(sent.generated.commitSecret.bytes);
        for (const [node, privateKey] of sent.generated.privateKeys) {
          const shared = privateKeys.get(node);
          if (shared !== undefined) expect(shared.bytes).toEqual(privateKey.bytes);
        }
      }
    }
  });

  it("[7.6-02] refuses a node too few, a node too many, and none", async () => {
    const sent = await send(await fullGroup(), 0);
    const { nodes } = sent.path;
    for (const wrong of [nodes.slice(1), nodes.slice(0, -1), [...nodes, nodes[0]!], []]) {
      const path = { ...sent.path, nodes: wrong };
      const error = failure(() => mergePath(suite, sent.tree, { ...sent, path }));
      expect([error.code, error.details]).toEqual(["path.length", { length: wrong.length, expected: 3 }]);
      expect((await rejection(() => decryptPath(suite, sent.generated.tree, receiverInput(sent, 1, path)))).code).toBe(
        "path.length",
      );
    }
    const lone = await send(await Group.create(suite), 0);
    const path = { ...lone.path, nodes: nodes.slice(0, 1) };
    expect(failure(() => mergePath(suite, lone.tree, { ...lone, path })).code).toBe("path.length");
    expect(mergePath(suite, lone.tree, lone).hash).toEqual(lone.generated.tree.hash);
  });

  const receiverInput = (sent: Sent, receiver: number, path: UpdatePath) => ({
    ...sent,
    path,
    receiver: leafIndex(receiver),
    privateKeys: sent.group.member(receiver).privateKeys,
  });

  it("[4.1.2-01] refuses a path over a node that the filter leaves out", async () => {
    const group = await Group.of(suite, 8);
    await group.commit({ by: 0, remove: [2, 3] });
    const sent = await send(group, 0);
    expect(sent.path.nodes).toHaveLength(2);
    const path = { ...sent.path, nodes: [sent.path.nodes[0]!, sent.path.nodes[0]!, sent.path.nodes[1]!] };
    expect(failure(() => mergePath(suite, sent.tree, { ...sent, path })).code).toBe("path.length");
  });

  it("[7.5-04] [7.9.2-04] refuses a leaf with another parent hash, whatever the size of the group", async () => {
    for (const size of [1, 2, 3, 5, 8, 33]) {
      const group = await Group.of(suite, size);
      if (size > 4) await group.commit({ by: 0, remove: [1, 3] });
      const sent = await send(group, size - 1);
      const old = { ...sent.path.leafNode, parentHash: random(32) } as LeafNode;
      for (const parentHash of [new Uint8Array(32), EMPTY, random(32), utf8("short")]) {
        if (size === 1 && parentHash.length === 0) continue;
        const path = { ...sent.path, leafNode: { ...old, parentHash } as LeafNode };
        expect(failure(() => mergePath(suite, sent.tree, { ...sent, path })).code).toBe("path.parent_hash");
      }
    }
  });

  it("[7.5-04] refuses the parent hash of another tree: other keys above, another sibling", async () => {
    const group = await fullGroup();
    const sent = await send(group, 0);
    const exchanged = withNode(sent.path, 2, { encryptionKey: random(32) });
    expect(failure(() => mergePath(suite, sent.tree, { ...sent, path: exchanged })).code).toBe("path.parent_hash");
    await group.commit({ by: 7 });
    expect(failure(() => mergePath(suite, group.tree, sent)).code).toBe("path.parent_hash");
  });

  it("keeps nothing of the message that its parent keys came in", async () => {
    const sent = await send(await fullGroup(), 0);
    const path = decode(UpdatePath, encode(UpdatePath, sent.path));
    expect(path.nodes[0]!.encryptionKey.buffer.byteLength).toBeGreaterThan(32);
    const merged = mergePath(suite, sent.tree, { ...sent, path });
    for (const node of [1, 3, 7]) {
      const { encryptionKey, parentHash } = merged.parentNode(nodeIndex(node))!;
      expect(encryptionKey.buffer.byteLength).toBe(32);
      expect(parentHash.buffer.byteLength).toBe(parentHash.length);
    }
  });

  it("[7.3-12] refuses a leaf of another source, before anything else", async () => {
    const sent = await send(await fullGroup(), 0);
    const { parentHash: _, ...rest } = sent.path.leafNode as Extract<LeafNode, { leafNodeSource: "commit" }>;
    const leafNode: LeafNode = { ...rest, leafNodeSource: "update" };
    const path = { leafNode, nodes: [] };
    expect(failure(() => mergePath(suite, sent.tree, { ...sent, path })).code).toBe("leaf.wrong_source");
  });

  it("refuses a sender beyond the tree", async () => {
    const sent = await send(await Group.of(suite, 2), 0);
    for (const sender of [2, 2 ** 32 - 1]) {
      const error = failure(() => mergePath(suite, sent.tree, { path: sent.path, sender: leafIndex(sender) }));
      expect(error.code).toBe("tree.index_out_of_range");
    }
  });
});

describe("§12.4.2 the keys of a path", () => {
  it("[12.4.2-08] [7.3-14] may not be in the tree yet, and not twice in the path", async () => {
    const group = await fullGroup();
    const sent = await send(group, 0);
    checkPathKeys(sent.tree, sent.path);
    const { tree, path } = sent;
    const taken = [
      group.leaf(5).encryptionKey,
      tree.parentNode(nodeIndex(11))!.encryptionKey,
      tree.parentNode(nodeIndex(3))!.encryptionKey,
      group.leaf(0).encryptionKey,
      path.leafNode.encryptionKey,
      path.nodes[2]!.encryptionKey,
    ].map((key) => new Uint8Array(key));
    for (const encryptionKey of taken) {
      const error = failure(() => checkPathKeys(tree, withNode(path, 1, { encryptionKey })));
      expect(error.code).toBe("path.key_in_tree");
    }
    for (const encryptionKey of taken.slice(0, 4)) {
      const leafNode = { ...path.leafNode, encryptionKey };
      expect(failure(() => checkPathKeys(tree, { ...path, leafNode })).details).toEqual({ index: 0 });
    }
  });

  it("must be keys", async () => {
    const { tree, path } = await send(await fullGroup(), 0);
    for (const encryptionKey of [new Uint8Array(32), EMPTY, random(31)]) {
      expect(failure(() => checkPathKeys(tree, withNode(path, 1, { encryptionKey }))).code).toBe("key.hpke_public");
    }
  });
});

describe("§7.6 the ciphertexts of a path", () => {
  it("[7.6-01] are as many as the recipients, at every node, also those that are not for the receiver", async () => {
    const sent = await send(await fullGroup(), 0);
    expect(sent.path.nodes.map(({ encryptedPathSecret }) => encryptedPathSecret.length)).toEqual([1, 1, 2]);
    let opened = 0;
    const watching: CipherSuite = {
      ...suite,
      kem: {
        ...suite.kem,
        decap(enc, privateKey) {
          opened++;
          return suite.kem.decap(enc, privateKey);
        },
      },
    };
    for (const [index, { encryptedPathSecret: right }] of sent.path.nodes.entries()) {
      const many = Array.from({ length: 10 ** 5 }, () => right[0]!);
      for (const encryptedPathSecret of [[], right.slice(1), [...right, right[0]!], many]) {
        if (encryptedPathSecret.length === right.length) continue;
        const path = withNode(sent.path, index, { encryptedPathSecret });
        for (const receiver of [1, 7]) {
          const error = await rejection(() => receive(sent, receiver, { path }, watching));
          expect(error.code).toBe("path.ciphertext_count");
          expect(error.details).toMatchObject({ count: encryptedPathSecret.length, expected: right.length });
        }
      }
    }
    expect(opened).toBe(0);
  });

  it("[7.5-03] are refused when one is for a leaf that the same commit adds", async () => {
    const group = await Group.of(suite, 8);
    await group.commit({ by: 0, remove: [3, 6] });
    for (const by of [7, 5, 0]) await group.commit({ by });
    const sent = await send(group, 0, 2);
    expect([...sent.excluded]).toEqual([3, 6]);
    await receive(sent, 7);
    const path = await encryptPath(suite, sent.generated, {
      groupContext: sent.groupContext,
      excluded: NOBODY,
      random,
    });
    for (const receiver of [1, 2, 7]) {
      expect((await rejection(() => receive(sent, receiver, { path }))).code).toBe("path.ciphertext_count");
      expect((await rejection(() => receive(sent, receiver, { excluded: NOBODY }))).code).toBe("path.ciphertext_count");
      await receive(sent, receiver, { path, excluded: NOBODY });
    }
  });

  it("[7.5-07] that do not open for the receiver are refused: another key, another context, nonsense", async () => {
    const group = await fullGroup();
    const before = group.tree.hash;
    const sent = await send(group, 0);
    const other = (await person(suite, random)).leafNode.encryptionKey;
    const plaintext = sent.generated.pathSecrets[0]!.bytes;
    const right = { publicKey: group.leaf(1).encryptionKey, label: "UpdatePathNode", context: sent.groupContext };
    const sealed = async (change: Partial<typeof right>) => {
      const { publicKey, ...input } = { ...right, ...change };
      return (await encryptManyWithLabel(suite, input, [{ publicKey, plaintext }], random))[0];
    };
    const elsewhere = await sealed({ publicKey: other });
    const otherContext = await sealed({ context: utf8("old extensions") });
    const otherLabel = await sealed({ label: "Welcome" });
    const nonsense = { kemOutput: random(32), ciphertext: random(48) };
    const short = { kemOutput: EMPTY, ciphertext: EMPTY };
    for (const ciphertext of [elsewhere!, otherContext!, otherLabel!, nonsense, short]) {
      const path = withNode(sent.path, 0, { encryptedPathSecret: [ciphertext] });
      expect((await rejection(() => receive(sent, 1, { path }))).class).toBe("decrypt-failed");
    }
    expect((await rejection(() => receive(sent, 1, { groupContext: utf8("[7.6-03]") }))).class).toBe("decrypt-failed");
    expect(group.tree.hash).toEqual(before);
    expect([...group.member(1).privateKeys.values()].every(({ disposed }) => !disposed)).toBe(true);
    await receive(sent, 1);
  });

  it("[7.5-07] for which the receiver has no private key are refused", async () => {
    const sent = await send(await fullGroup(), 0);
    for (const receiver of [1, 3, 7]) {
      const error = await rejection(() => receive(sent, receiver, { privateKeys: new Map() }));
      expect([error.code, error.details]).toEqual(["path.no_private_key", { receiver }]);
    }
    const ofLeaf6 = new Map([...sent.group.member(6).privateKeys].filter(([node]) => node === 12));
    expect(ofLeaf6.size).toBe(1);
    expect((await rejection(() => receive(sent, 7, { privateKeys: ofLeaf6 }))).code).toBe("path.no_private_key");
    // Keys of others, even of recipients, are not the receiver's.
    const { privateKeys } = sent.group.member(2);
    expect((await rejection(() => receive(sent, 1, { privateKeys }))).code).toBe("path.no_private_key");
    expect((await rejection(() => receive(sent, 0))).code).toBe("path.no_private_key");
    expect((await rejection(() => receive(sent, 1, { receiver: leafIndex(4000) }))).code).toBe("path.no_private_key");
  });

  it("are found for an unmerged leaf and for those below a filled parent alike", async () => {
    const group = await fullGroup();
    const sent = await send(group, 0);
    expect(group.tree.parentNode(nodeIndex(11))?.unmergedLeaves).toEqual([6]);
    for (const receiver of [4, 5, 6, 7]) {
      const { privateKeys } = await receive(sent, receiver);
      expect(privateKeys.get(nodeIndex(7))?.bytes).toEqual(sent.generated.privateKeys.get(nodeIndex(7))?.bytes);
    }
  });
});

describe("§7.5 what the path secrets give away", () => {
  it("[7.5-05] is refused where a derived public key is not the one in the path", async () => {
    const group = await fullGroup();
    const sent = await send(group, 0);
    for (const [index, node] of [1, 3, 7].entries()) {
      const nodes = withNode(sent.path, index, { encryptionKey: random(32) }).nodes;
      const path = await resigned(sent, nodes);
      const merged = mergePath(suite, sent.tree, { ...sent, path });
      const lowest = [undefined, 1, 3, 3, 7, 7, 7, 7];
      for (let receiver = 1; receiver < 8; receiver++) {
        const { privateKeys } = group.member(receiver);
        const attempt = decryptPath(suite, merged, { ...sent, path, receiver: leafIndex(receiver), privateKeys });
        if (node < lowest[receiver]!) await attempt;
        else expect((await rejection(() => attempt)).details).toEqual({ sender: 0, node });
      }
    }
  });

  it("[7.5-05] is refused where the secret has nothing to do with the path", async () => {
    const group = await fullGroup();
    const sent = await send(group, 0);
    for (const [plaintext, code] of [
      [random(32), "path.public_key"],
      [random(31), "path.secret_length"],
      [random(64), "path.secret_length"],
      [EMPTY, "path.secret_length"],
    ] as const) {
      const publicKey = group.leaf(1).encryptionKey;
      const input = { label: "UpdatePathNode", context: sent.groupContext };
      const encryptedPathSecret = await encryptManyWithLabel(suite, input, [{ publicKey, plaintext }], random);
      const path = withNode(sent.path, 0, { encryptedPathSecret });
      expect((await rejection(() => receive(sent, 1, { path }))).code).toBe(code);
    }
  });

  it("[4.2-01] [7.5-06] is the keys of the nodes above both; those that they replace are gone, all others are kept", async () => {
    const group = await fullGroup();
    const sent = await send(group, 0);
    for (const [receiver, learnt] of [
      [1, [1, 3, 7]],
      [2, [3, 7]],
      [5, [7]],
    ] as const) {
      const before = group.member(receiver).privateKeys;
      const { privateKeys } = await receive(sent, receiver);
      const after = new Set(privateKeys.values());
      for (const node of learnt) expect(after.has(before.get(nodeIndex(node))!)).toBe(false);
      for (const [node, secret] of before) {
        if (!(learnt as readonly number[]).includes(node)) expect(privateKeys.get(node)).toBe(secret);
      }
      expect([...privateKeys.keys()].sort((a, b) => a - b)).toEqual([...before.keys()].sort((a, b) => a - b));
      for (const node of learnt) {
        expect(privateKeys.get(nodeIndex(node))?.bytes).toEqual(sent.generated.privateKeys.get(nodeIndex(node))?.bytes);
      }
      expect([...before.values()].every(({ disposed }) => !disposed)).toBe(true);
    }
  });

  it("[7.5-06] includes no key of a node that the path blanked", async () => {
    const group = await fullGroup();
    await group.commit({ by: 4, remove: [2, 3] });
    expect(group.tree.parentNode(nodeIndex(3))).toBeUndefined();
    // Held against the rules: node 3 is on the direct path of both, and blank.
    const filled = new Map([...group.member(1).privateKeys, [nodeIndex(3), new Secret(random(32))]]);
    const sent = await send(group, 0);
    const { privateKeys: after } = await receive(sent, 1, { privateKeys: filled });
    expect(after.has(nodeIndex(3))).toBe(false);
  });

  it("[7.5-06] leaves no path secret and no node secret behind, whether it ends well or not", async () => {
    const group = await fullGroup();
    const sent = await send(group, 0);
    const good = spyOn(suite);
    const { commitSecret } = await receive(sent, 1, {}, good.suite);
    const known = sent.generated.pathSecrets.map(({ bytes }) => bytes.join());
    const alive = good.alive().map((bytes) => bytes.join());
    expect(alive.filter((bytes) => known.includes(bytes))).toEqual([]);
    expect(alive).toContain(commitSecret.bytes.join());
    commitSecret.dispose();
    const rest = good.alive().length;

    const privateParts: Uint8Array[] = [];
    const bad = spyOn({
      ...suite,
      kem: {
        ...suite.kem,
        async deriveKeyPair(ikm) {
          const pair = await suite.kem.deriveKeyPair(ikm);
          privateParts.push(pair.privateKey);
          return pair;
        },
      },
    });
    const path = await resigned(sent, withNode(sent.path, 2, { encryptionKey: random(32) }).nodes);
    const merged = mergePath(suite, sent.tree, { ...sent, path });
    const { privateKeys } = group.member(1);
    const attempt = () => decryptPath(bad.suite, merged, { ...sent, path, receiver: leafIndex(1), privateKeys });
    expect((await rejection(attempt)).code).toBe("path.public_key");
    expect(bad.alive().length).toBe(rest);
    expect(privateParts).toHaveLength(3);
    expect(privateParts.every((bytes) => bytes.every((octet) => octet === 0))).toBe(true);
  });
});

describe("§12.4.3.2 the path of an external committer", () => {
  it("is taken like any other, from a leaf that was blank", async () => {
    for (const size of [3, 4]) {
      const group = await Group.of(suite, size);
      await group.commit({ by: 0 });
      const { leafNode, signer } = await person(suite, random);
      const { tree, leaf } = leafForExternal(group.tree);
      expect(leaf).toBe(size);
      const generated = await generatePath(suite, tree, {
        sender: leaf,
        leaf: leafNode,
        groupId: GROUP_ID,
        signer,
        random,
      });
      const groupContext = generated.tree.hash;
      const path = await encryptPath(suite, generated, { groupContext, excluded: NOBODY, random });
      const merged = mergePath(suite, leafForExternal(group.tree).tree, { sender: leaf, path });
      expect(merged.hash).toEqual(generated.tree.hash);
      for (const receiver of group.indices) {
        const { privateKeys } = blankPathKeys(group.member(receiver).privateKeys, tree);
        const input = { sender: leaf, path, receiver, privateKeys, groupContext, excluded: NOBODY };
        const { commitSecret } = await decryptPath(suite, merged, input);
        expect(commitSecret.bytes).toEqual(generated.commitSecret.bytes);
      }
    }
  });
});
