import { describe, expect, it } from "vitest";
import { EMPTY, equal, utf8 } from "../../src/bytes.ts";
import type { CipherSuite } from "../../src/crypto/cipher-suite.ts";
import { decryptWithLabel, deriveSecret } from "../../src/crypto/labels.ts";
import { dispose, type Secret } from "../../src/secret.ts";
import { addLeaves } from "../../src/tree/evolution.ts";
import { verifyLeafSignatures } from "../../src/tree/leaf-node.ts";
import { createTree, encryptionKeyCount, resolution } from "../../src/tree/ratchet-tree.ts";
import { nodesOf } from "../../src/tree/ratchet-tree-extension.ts";
import { encryptPath, filteredDirectPath, generatePath, pathSecretFor } from "../../src/tree/update-path.ts";
import { type LeafIndex, leafIndex, nodeIndex, toNodeIndex } from "../../src/tree-math.ts";
import { rejection } from "../support/rejection.ts";
import { spyOn } from "../support/spying-suite.ts";
import { seededRandom } from "../support/vector-run.ts";
import { GROUP_ID, Group, person } from "./members.ts";
import { NaiveTree } from "./naive-tree.ts";
import { toySuite } from "./toy-suite.ts";

const suite = toySuite();
const random = seededRandom(13);
const context = utf8("the provisional GroupContext");

function generate(group: Group, sender: number, withSuite: CipherSuite = suite) {
  const { signer } = group.member(sender);
  const request = { sender: leafIndex(sender), leaf: group.leaf(sender), groupId: GROUP_ID, signer, random };
  return generatePath(withSuite, group.tree, request);
}

/** A group of eight with filled parents everywhere but above leaves 2 and 3, which are blank. */
async function holedGroup(): Promise<Group> {
  const group = await Group.of(suite, 8);
  await group.commit({ by: 4, remove: [2, 3] });
  await group.commit({ by: 7 });
  await group.commit({ by: 0 });
  return group;
}

describe("§7.4 the keys of a path", () => {
  it("[7.4-01] come from one fresh path secret, by the labels path and node", async () => {
    const group = await holedGroup();
    const { nodes, pathSecrets, privateKeys, commitSecret } = await generate(group, 5);
    expect(nodes.map(({ node }) => node)).toEqual([9, 11, 7]);
    expect(pathSecrets).toHaveLength(3);
    for (const [i, { node, publicKey }] of nodes.entries()) {
      const next = deriveSecret(suite, pathSecrets[i]!, "path");
      expect(next.bytes).toEqual((pathSecrets[i + 1] ?? commitSecret).bytes);
      const pair = await suite.kem.deriveKeyPair(deriveSecret(suite, pathSecrets[i]!, "node").bytes);
      expect(publicKey).toEqual(pair.publicKey);
      expect(privateKeys.get(node)?.bytes).toEqual(pair.privateKey);
    }
    expect([...privateKeys.keys()]).toEqual([10, 9, 11, 7]);
  });

  it("[7.4-01] [4.1.2-01] blank the direct path and leave out nodes with nothing on the other side", async () => {
    const group = await Group.of(suite, 8);
    await group.commit({ by: 0, remove: [1] });
    await group.commit({ by: 4, remove: [2] });
    await group.commit({ by: 4, remove: [3] });
    const { tree, nodes } = await generate(group, 0);
    expect(nodes.map(({ node }) => node)).toEqual([7]);
    expect([1, 3].map((node) => tree.parentNode(nodeIndex(node)))).toEqual([undefined, undefined]);
  });

  it("[7.4-01] are never the same twice", async () => {
    const group = await holedGroup();
    const [a, b] = [await generate(group, 0), await generate(group, 0)];
    const keys = [a, b].flatMap(({ leafNode, nodes }) => [
      leafNode.encryptionKey,
      ...nodes.map(({ publicKey }) => publicKey),
    ]);
    expect(new Set(keys.map(String)).size).toBe(keys.length);
    expect(equal(a.commitSecret.bytes, b.commitSecret.bytes)).toBe(false);
  });

  it("[7.4-01] are not made when the randomness fails, and nothing changes", async () => {
    const group = await holedGroup();
    const hash = group.tree.hash;
    for (const failAt of [0, 1]) {
      let calls = 0;
      const broken = (length: number) => {
        if (calls++ === failAt) throw new Error("no entropy");
        return random(length);
      };
      const { signer } = group.member(0);
      const request = { sender: leafIndex(0), leaf: group.leaf(0), groupId: GROUP_ID, signer, random: broken };
      await expect(generatePath(suite, group.tree, request)).rejects.toThrow("no entropy");
    }
    expect(group.tree.hash).toEqual(hash);
  });

  it("[7.9-02] of a lone member are those of its leaf, with an empty parent hash and a commit secret all the same", async () => {
    const group = await Group.create(suite);
    const generated = await generate(group, 0);
    expect([generated.nodes, generated.pathSecrets]).toEqual([[], []]);
    expect(generated.leafNode).toMatchObject({ leafNodeSource: "commit", parentHash: EMPTY });
    expect(generated.commitSecret.bytes).toHaveLength(suite.kdf.Nh);
    expect([...generated.privateKeys.keys()]).toEqual([0]);
    const again = await generate(group, 0);
    expect(equal(again.commitSecret.bytes, generated.commitSecret.bytes)).toBe(false);
    const path = await encryptPath(suite, generated, { groupContext: context, excluded: new Set(), random });
    expect(path.nodes).toEqual([]);
  });
});

describe("§7.5 the new leaf", () => {
  it("[7.5-01] has a fresh key, source commit, the right parent hash and a signature for its place", async () => {
    const group = await holedGroup();
    for (const sender of group.indices) {
      const { leafNode, tree, nodes, privateKeys } = await generate(group, sender);
      const naive = new NaiveTree(suite, nodesOf(group.tree));
      const keys = nodes.map(({ publicKey }) => publicKey);
      expect(leafNode).toMatchObject({ leafNodeSource: "commit", parentHash: naive.setPath(sender, leafNode, keys) });
      expect(tree.hash).toEqual(naive.treeHash());
      expect(tree.leaf(sender)).toEqual(leafNode);
      await verifyLeafSignatures(suite, [{ leafNode, position: { groupId: GROUP_ID, leafIndex: sender } }]);
      expect(encryptionKeyCount(group.tree, leafNode.encryptionKey)).toBe(0);
      expect(keys.some((key) => equal(key, leafNode.encryptionKey))).toBe(false);
      const privateKey = privateKeys.get(toNodeIndex(sender))!;
      expect(await suite.kem.publicKeyOf(privateKey.bytes)).toEqual(leafNode.encryptionKey);
    }
  });

  it("takes from the old one, or from the application, only what it says of the client", async () => {
    const group = await Group.of(suite, 2);
    const old = group.leaf(1);
    const { leafNode } = await generate(group, 1);
    expect(leafNode).not.toHaveProperty("lifetime");
    expect(leafNode).toMatchObject({
      signatureKey: old.signatureKey,
      credential: old.credential,
      capabilities: old.capabilities,
      extensions: old.extensions,
    });
  });

  it("is not signed by a key that is not its own", async () => {
    const group = await Group.of(suite, 2);
    const { signer } = group.member(1);
    const request = { sender: leafIndex(0), leaf: group.leaf(0), groupId: GROUP_ID, signer, random };
    expect((await rejection(() => generatePath(suite, group.tree, request))).code).toBe("key.mismatch");
  });

  it("[7.5-06] takes all secrets with it when it cannot be signed", async () => {
    const group = await holedGroup();
    const made: Uint8Array[] = [];
    const noted = (bytes: Uint8Array<ArrayBuffer>) => {
      made.push(bytes);
      return bytes;
    };
    const spying: CipherSuite = {
      ...suite,
      kdf: { ...suite.kdf, expand: (...args) => noted(suite.kdf.expand(...args)) },
      kem: {
        ...suite.kem,
        deriveKeyPair(ikm) {
          const pair = suite.kem.deriveKeyPair(ikm) as {
            privateKey: Uint8Array<ArrayBuffer>;
            publicKey: Uint8Array<ArrayBuffer>;
          };
          noted(pair.privateKey);
          return pair;
        },
      },
    };
    const { publicKey } = group.member(0).signer;
    const signer = { publicKey, sign: () => Promise.reject(new Error("the token was pulled out")) };
    const noting = (length: number) => noted(random(length));
    const request = { sender: leafIndex(0), leaf: group.leaf(0), groupId: GROUP_ID, signer, random: noting };
    await expect(generatePath(spying, group.tree, request)).rejects.toThrow("pulled out");
    expect(made.length).toBeGreaterThan(8);
    expect(made.filter((bytes) => bytes.some((octet) => octet !== 0))).toEqual([]);
  });

  it("[7.5-06] leaves no node secret behind when all goes well", async () => {
    const group = await holedGroup();
    const spy = spyOn(suite);
    const generated = await generate(group, 0, spy.suite);
    const owned: Secret[] = [...generated.pathSecrets, generated.commitSecret];
    expect(spy.alive().every((bytes) => owned.some((secret) => secret.bytes === bytes))).toBe(true);
    dispose([...owned, ...generated.privateKeys.values()]);
    expect(spy.alive()).toEqual([]);
  });
});

describe("§7.6 the path as it is sent", () => {
  it("[7.6-01] [7.6-02] has one node for each of the filtered path, and one ciphertext for each of the resolution", async () => {
    const group = await holedGroup();
    await group.commit({ by: 6, remove: [5] });
    for (const sender of group.indices) {
      const generated = await generate(group, sender);
      const path = await encryptPath(suite, generated, { groupContext: context, excluded: new Set(), random });
      const filtered = filteredDirectPath(group.tree, sender);
      expect(path.nodes.map(({ encryptedPathSecret }) => encryptedPathSecret.length)).toEqual(
        filtered.map(({ copathChild }) => resolution(group.tree, copathChild).length),
      );
      expect(path.leafNode).toBe(generated.leafNode);
      expect(path.nodes.map(({ encryptionKey }) => encryptionKey)).toEqual(
        generated.nodes.map(({ publicKey }) => publicKey),
      );
    }
  });

  it("[7.6-03] encrypts each path secret to its recipient under the given context", async () => {
    const group = await holedGroup();
    const generated = await generate(group, 0);
    const path = await encryptPath(suite, generated, { groupContext: context, excluded: new Set(), random });
    const recipients = [group.member(1), group.member(7)];
    for (const [i, { copathChild }] of generated.nodes.entries()) {
      const ciphertext = path.nodes[i]!.encryptedPathSecret[0]!;
      const privateKey = recipients[i]!.privateKeys.get(copathChild)!;
      const label = "UpdatePathNode";
      const opened = await decryptWithLabel(suite, privateKey, { label, context, ciphertext });
      expect(opened.bytes).toEqual(generated.pathSecrets[i]!.bytes);
      const other = { label, context: utf8("another"), ciphertext };
      expect((await rejection(() => decryptWithLabel(suite, privateKey, other))).class).toBe("decrypt-failed");
    }
  });

  it("[7.5-03] encrypts nothing to leaves that the same commit adds", async () => {
    const group = await holedGroup();
    const people = await Promise.all([person(suite, random), person(suite, random)]);
    const { tree, added } = addLeaves(
      group.tree,
      people.map(({ leafNode }) => leafNode),
    );
    expect(added).toEqual([2, 3]);
    const { signer } = group.member(6);
    const request = { sender: leafIndex(6), leaf: group.leaf(6), groupId: GROUP_ID, signer, random };
    const generated = await generatePath(suite, tree, request);
    const counts = async (excluded: ReadonlySet<LeafIndex>) => {
      const path = await encryptPath(suite, generated, { groupContext: context, excluded, random });
      return path.nodes.map(({ encryptedPathSecret }) => encryptedPathSecret.length);
    };
    expect(generated.nodes.map(({ node }) => node)).toEqual([13, 11, 7]);
    expect(await counts(new Set(added))).toEqual([1, 1, 1]);
    expect(await counts(new Set())).toEqual([1, 1, 3]);
  });

  it("[7.6-04] keeps a node whose other side holds none but added leaves, with no ciphertext", async () => {
    const lone = await Group.create(suite);
    const { path, generated } = await lone.commit({ by: 0, add: 2 });
    expect(path?.nodes.map(({ encryptedPathSecret }) => encryptedPathSecret.length)).toEqual([0, 0]);
    expect(generated?.nodes.map(({ node }) => node)).toEqual([1, 3]);
    await lone.expectTreeInvariant();
    await lone.commit({ by: 2 });
    await lone.commit({ by: 1, remove: [2] });
    await lone.expectTreeInvariant();

    const half = await Group.of(suite, 4);
    const { path: doubled } = await half.commit({ by: 3, add: 1 });
    expect(doubled?.nodes.map(({ encryptedPathSecret }) => encryptedPathSecret.length)).toEqual([1, 2, 0]);
    await half.expectTreeInvariant();
    await half.commit({ by: 4 });
    await half.expectTreeInvariant();
  });

  it("is refused to a key that is none", async () => {
    const { leafNode, signer } = await person(suite, random);
    const bad = { ...(await person(suite, random)).leafNode, encryptionKey: new Uint8Array(32) };
    const { tree } = addLeaves(createTree(suite, leafNode), [bad]);
    const request = { sender: leafIndex(0), leaf: leafNode, groupId: GROUP_ID, signer, random };
    const generated = await generatePath(suite, tree, request);
    const encrypt = () => encryptPath(suite, generated, { groupContext: context, excluded: new Set(), random });
    expect((await rejection(encrypt)).code).toBe("key.hpke_public");
  });
});

describe("§12.4.3.1 the path secret for a newcomer", () => {
  it("is that of the lowest node above both", async () => {
    const group = await Group.of(suite, 8);
    const generated = await generate(group, 0);
    const [first, second, third] = generated.pathSecrets;
    const expected = [undefined, first, second, second, third, third, third, third];
    for (let joiner = 1; joiner < 8; joiner++) {
      expect(pathSecretFor(generated, leafIndex(0), leafIndex(joiner))).toBe(expected[joiner]);
    }
  });

  it("does not exist for a leaf outside the tree", async () => {
    const group = await Group.of(suite, 4);
    const generated = await generate(group, 0);
    const outside = () => pathSecretFor(generated, leafIndex(0), leafIndex(4));
    expect((await rejection(outside)).code).toBe("internal.invariant");
  });
});
