import { describe, expect, it } from "vitest";
import { equal, toHex, utf8 } from "../../src/bytes.ts";
import { decode } from "../../src/codec/codec.ts";
import { generateSigner, type Signer } from "../../src/crypto/signer.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { joinGroup } from "../../src/group/join.ts";
import { protect } from "../../src/group/messages.ts";
import { acceptCommit } from "../../src/group/pending.ts";
import { createProposal } from "../../src/group/propose.ts";
import { verifyParentHashes } from "../../src/tree/parent-hash.ts";
import { leafIndex, nodeIndex } from "../../src/tree-math.ts";
import type { PrivateMessage } from "../../src/wire/message.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import type { UpdatePath } from "../../src/wire/update-path.ts";
import { agree, Chat, copiesOf, environmentOf, fingerprint, keyPackageFor, suiteOf } from "../support/group.ts";
import { rejection } from "../support/rejection.ts";

const psks = { external: (id: Uint8Array) => Uint8Array.of(1, ...id) };
const environment = environmentOf({ psks });
const { suite, random } = environment;
const names = (count: number) => Array.from({ length: count }, (_, i) => `m${i}`);

const groups = new Map<string, () => Promise<Chat>>();
/** `count` members; in a full group everyone has committed. */
function group(count: number, shape: "full" | "blank" = "full"): Promise<Chat> {
  const name = `${count} ${shape}`;
  const make = async () => {
    const chat = await Chat.of(names(count), environment);
    if (shape === "full") await chat.fill();
    return chat;
  };
  const copies = groups.get(name) ?? copiesOf(make);
  groups.set(name, copies);
  return copies();
}

function opened(message: Uint8Array): UpdatePath | undefined {
  const decoded = decode(MLSMessage, message);
  if (decoded.wireFormat !== "mls_public_message") throw new Error("not public");
  const { content } = decoded.publicMessage;
  return content.contentType === "commit" ? content.commit.path : undefined;
}

const publicly = { wireFormat: "mls_public_message" } as const;
const removeOf = (chat: Chat, name: string) =>
  ({ proposalType: "remove", removed: chat.state(name).self.leafIndex }) as const;

/** Everyone hears everyone, then all commit once more: whoever lost a private key fails here. */
async function proveAlive(chat: Chat): Promise<void> {
  chat.agree();
  verifyParentHashes(chat.one.tree);
  for (const name of chat.names) await chat.deliver(name, await chat.send(name, `from ${name}`));
  for (const name of chat.names) {
    await chat.commit(name, { forcePath: true });
    chat.agree();
  }
}

describe("§12.4.1 a commit", () => {
  it("[6-03] is private unless it is asked to be public, and carries authenticated data", async () => {
    const chat = await group(3);
    const { output } = await createCommit(environment, chat.one, { authenticatedData: utf8("readable") });
    const message = decode(MLSMessage, output.message);
    expect(message.wireFormat).toBe("mls_private_message");
    expect((message as { privateMessage: PrivateMessage }).privateMessage.authenticatedData).toEqual(utf8("readable"));
    expect((await chat.receive("m1", output.message)).authenticatedData).toEqual(utf8("readable"));
  });

  it("[12.4-05] [12.4-06] has a path if it must, or if it is asked to", async () => {
    const chat = await group(3);
    const { keyPackage } = await keyPackageFor(environment, "eve");
    const add = { proposalType: "add", keyPackage } as const;
    const psk = { proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } } as const;
    const gce = { proposalType: "group_context_extensions", extensions: [] } as const;
    const reinit = {
      proposalType: "reinit",
      groupId: utf8("x"),
      version: "mls10",
      cipherSuite: 1,
      extensions: [],
    } as const;
    const hasPath = async (options: Parameters<typeof createCommit>[2]) =>
      opened((await createCommit(environment, chat.one, { ...options, ...publicly })).output.message) !== undefined;
    expect(await hasPath({})).toBe(true);
    for (const each of [add, psk, reinit]) {
      expect(await hasPath({ proposals: [each] })).toBe(false);
      expect(await hasPath({ proposals: [each], forcePath: true })).toBe(true);
      expect(await hasPath({ proposals: [each], leaf: {} })).toBe(true);
    }
    expect(await hasPath({ proposals: [add, psk, psk] })).toBe(false);
    expect(await hasPath({ proposals: [removeOf(chat, "m2")] })).toBe(true);
    expect(await hasPath({ proposals: [add, gce] })).toBe(true);
    await chat.propose("m1", { proposalType: "update" });
    expect(await hasPath({})).toBe(true);
    expect(await hasPath({ proposals: [add] })).toBe(true);
    expect(await hasPath({ proposals: [add], references: [] })).toBe(false);
  });

  it("[7.4-01] [7.5-01] sets fresh keys each time", async () => {
    const chat = await group(4);
    const keys = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const { output } = await createCommit(environment, chat.one, publicly);
      const path = opened(output.message);
      if (path === undefined) throw new Error("no path");
      for (const key of [path.leafNode.encryptionKey, ...path.nodes.map((node) => node.encryptionKey)])
        keys.add(toHex(key));
      expect(path.leafNode.leafNodeSource).toBe("commit");
    }
    expect(keys.size).toBe(15);
  });

  it("[6.1-01] [12.4.1-05] takes a new signature key and credential into force, for itself and for those it adds", async () => {
    const chat = await group(4);
    const signer = await generateSigner(suite, random);
    await chat.add("m0", ["eve"], {
      leaf: { signer, credential: { credentialType: "basic", identity: utf8("renamed") } },
    });
    expect(toHex(chat.state("eve").tree.leaf(leafIndex(0))?.signatureKey ?? new Uint8Array(0))).toBe(
      toHex(signer.publicKey),
    );
    await proveAlive(chat);
  });

  it("does not ask for a change of the leaf what the leaf does not have", async () => {
    const chat = await group(2);
    const before = chat.one.tree.leaf(leafIndex(0));
    const capabilities = {
      versions: ["mls10" as const],
      cipherSuites: [1],
      extensions: [0xf001],
      proposals: [],
      credentials: ["basic" as const, "x509" as const],
    };
    const leafExtensions = [{ extensionType: 0xf001, extensionData: utf8("x") }];
    await chat.commit("m0", { leaf: { capabilities, leafExtensions } });
    const after = chat.one.tree.leaf(leafIndex(0));
    expect(after).toMatchObject({
      capabilities,
      extensions: leafExtensions,
      credential: before?.credential,
      signatureKey: before?.signatureKey,
    });
    await proveAlive(chat);
  });

  it("[12.4.1-01] without a path, leaves all keys as they are", async () => {
    const chat = await group(4);
    const before = new Map(chat.one.self.privateKeys);
    await chat.commit("m0", { proposals: [{ proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } }] });
    expect(chat.one.self.privateKeys).toEqual(before);
    await proveAlive(chat);
  });

  it("[12.4-03] covers what was proposed, by reference first, then what it is given by value", async () => {
    const chat = await group(4);
    const { keyPackage } = await keyPackageFor(environment, "eve");
    await chat.propose("m1", { proposalType: "update" });
    await chat.propose("m2", { proposalType: "add", keyPackage });
    await chat.propose("m0", { proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } });
    const { received } = await chat.commit("m0", { proposals: [removeOf(chat, "m3")] });
    const commit = received.get("m1");
    const all = commit?.contentType === "commit" ? commit.commit.list.all : [];
    expect(all.map(({ proposal }) => proposal.proposalType)).toEqual(["update", "add", "psk", "remove"]);
    expect(all.map(({ reference }) => reference === undefined)).toEqual([false, false, false, true]);
    expect(commit?.contentType === "commit" && commit.commit.added).toEqual([3]);
  });

  it("[12.3-01] [12.1.1-02] applies Removes before Adds, in whatever order they are listed", async () => {
    const [eve, frank] = [await keyPackageFor(environment, "eve"), await keyPackageFor(environment, "frank")];
    const adds = [eve, frank].map(({ keyPackage }) => ({ proposalType: "add", keyPackage }) as const);
    const trees: string[] = [];
    for (const order of ["first", "last"]) {
      const chat = await group(4);
      const remove = removeOf(chat, "m1");
      const proposals = order === "first" ? [remove, ...adds] : [...adds, remove];
      const { output } = await createCommit(environment, chat.state("m0"), { proposals });
      expect(output.added).toEqual([1, 4]);
      const leaves = [1, 4].map(
        (leaf) => output.pending.next.tree.leaf(leafIndex(leaf))?.signatureKey ?? new Uint8Array(0),
      );
      trees.push(leaves.map(toHex).join(" "));
    }
    expect(trees[0]).toBe(trees[1]);
    const chat = await group(4);
    const { output } = await createCommit(environment, chat.state("m0"), {
      proposals: [...adds.toReversed(), removeOf(chat, "m1")],
    });
    const first = output.pending.next.tree.leaf(leafIndex(1))?.signatureKey ?? new Uint8Array(0);
    expect(toHex(first)).toBe(toHex(frank.signer.publicKey));
  });

  it("[15.1-01] is padded as it is asked, or as the policy says", async () => {
    const chat = await group(2);
    const to = (length: number) => () => length;
    const plain = (await createCommit(environment, (await group(2)).one)).output.message.length;
    const padded = await createCommit(environment, (await group(2)).one, { padding: to(1000) });
    expect(padded.output.message.length).toBe(plain + 1000);
    const policy = { ...environment, policy: { padding: to(500) } };
    const sent = await createCommit(policy, chat.one);
    expect(sent.output.message.length).toBe(plain + 500);
    await chat.receive("m1", sent.output.message);
  });
});

describe("§12.4.1 Welcomes", () => {
  it.each([1, 2, 5, 20])(
    "[12.4.1-03] [12.4.1-09] let %i joiners in by one commit, with a path or without",
    async (count) => {
      for (const forcePath of [false, true]) {
        const chat = await group(3);
        await chat.add(
          "m1",
          names(count).map((name) => `new ${name}`),
          { forcePath },
        );
        chat.agree();
        const last = `new m${count - 1}`;
        await chat.commit(last);
        chat.agree();
        await chat.commit("m0");
        chat.agree();
      }
    },
  );

  it("[12.4.1-03] one for all, or one for each", async () => {
    for (const [welcomes, count] of [
      ["one", 1],
      ["each", 3],
    ] as const) {
      const chat = await group(3);
      const created = await chat.add("m0", ["x", "y", "z"], { welcomes, forcePath: true });
      expect(created.welcomes.length).toBe(count);
      chat.agree();
    }
    const nobody = await createCommit(environment, (await group(3)).one, {});
    expect(nobody.output.welcomes).toEqual([]);
  });

  it("carry the tree, or leave it to others", async () => {
    for (const ratchetTree of [true, false]) {
      const chat = await group(3);
      const bundle = await keyPackageFor(environment, "eve");
      const created = await createCommit(environment, chat.state("m0"), {
        ratchetTree,
        proposals: [{ proposalType: "add", keyPackage: bundle.keyPackage }],
      });
      const [welcome = new Uint8Array(0)] = created.output.welcomes;
      const without = joinGroup(environment, { welcome, keyPackages: [bundle] });
      if (ratchetTree) await without;
      else expect((await rejection(() => without)).code).toBe("tree.missing");
      const { state } = await joinGroup(environment, {
        welcome,
        keyPackages: [bundle],
        ratchetTree: created.output.ratchetTree,
      });
      agree(state, acceptCommit(environment, created.state, created.output.pending).state);
    }
  });

  it("[12.4.3-01] [12.4.3-02] carry further extensions of the GroupInfo, which joiners ignore", async () => {
    const chat = await group(2);
    const bundle = await keyPackageFor(environment, "eve");
    const extra = { extensionType: 0x0a0a, extensionData: utf8("grease") };
    const created = await createCommit(environment, chat.one, {
      groupInfoExtensions: [extra],
      proposals: [{ proposalType: "add", keyPackage: bundle.keyPackage }],
    });
    const [welcome = new Uint8Array(0)] = created.output.welcomes;
    const { output } = await joinGroup(environment, { welcome, keyPackages: [bundle] });
    expect(output.groupInfo.extensions).toContainEqual(extra);
    expect(output.committer).toBe(0);
  });

  it("[12.4.1-04] [8.4-04] name the PSKs in the order of the commit", async () => {
    const chat = await group(3);
    const proposals = ["c", "a", "b"].map(
      (id) => ({ proposalType: "psk", psk: { psktype: "external", pskId: utf8(id) } }) as const,
    );
    await chat.add("m0", ["eve"], { proposals });
    chat.agree();
    await chat.add("m0", ["frank"], { proposals, forcePath: true });
    chat.agree();
  });

  it("[8.4-02] name each PSK with a fresh nonce of KDF.Nh octets", async () => {
    const nonces = new Set<string>();
    for (const id of [1, 5]) {
      const e = environmentOf({ suite: suiteOf(id), psks });
      const chat = await Chat.of(["alice", "bob"], e);
      const psk = { proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } } as const;
      const { received } = await chat.commit("alice", { proposals: [psk, psk] });
      const commit = received.get("bob");
      for (const { pskNonce } of commit?.contentType === "commit" ? commit.commit.list.psks : []) {
        expect(pskNonce.length).toBe(e.suite.kdf.Nh);
        nonces.add(toHex(pskNonce));
      }
    }
    expect(nonces.size).toBe(4);
  });
});

describe("§4.1.2, §7.5-§7.9 paths of unusual shape", () => {
  it("[12.4.1-10] the path of a lone member has no nodes", async () => {
    const chat = await group(3);
    await chat.remove("m2", "m0");
    await chat.remove("m2", "m1", publicly);
    expect([chat.one.self.leafIndex, chat.one.tree.leafCount]).toEqual([2, 4]);
    for (const options of [
      {},
      {
        forcePath: true,
        proposals: [{ proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } } as const],
      },
    ]) {
      const created = await createCommit(environment, chat.one, { ...options, ...publicly });
      const path = opened(created.output.message);
      expect(path?.nodes).toEqual([]);
      expect(path?.leafNode.leafNodeSource === "commit" && path.leafNode.parentHash.length).toBe(0);
      chat.adopt("m2", acceptCommit(environment, created.state, created.output.pending));
    }
    await chat.add("m2", ["x", "y", "z"], { forcePath: true });
    await proveAlive(chat);
  });

  it("[12.4.1-08] [7.9-02] [7.7-01] the root is left out if one half is empty", async () => {
    for (const [gone, count] of [
      [["m0", "m1"], 4],
      [["m0", "m1", "m2", "m3"], 8],
      [["m0", "m1", "m2"], 6],
    ] as const) {
      const chat = await group(count);
      const by = `m${count - 1}`;
      for (const name of gone) await chat.remove(by, name);
      const created = await createCommit(environment, chat.state(by), publicly);
      const path = opened(created.output.message);
      const root = nodeIndex(chat.one.tree.leafCount - 1);
      if (gone.length * 2 === chat.one.tree.leafCount) {
        expect(created.output.pending.next.tree.parentNode(root)).toBeUndefined();
        expect(path?.nodes.length).toBe(Math.log2(chat.one.tree.leafCount) - 1);
      }
      await proveAlive(chat);
      await chat.add(by, ["x", "y"], { forcePath: true });
      await proveAlive(chat);
    }
  });

  it("[7.6-04] a node whose other side has only new members stays, without a ciphertext", async () => {
    const chat = await group(4);
    const { keyPackage } = await keyPackageFor(environment, "eve");
    const bundle = await keyPackageFor(environment, "frank");
    const created = await createCommit(environment, chat.state("m1"), {
      ...publicly,
      forcePath: true,
      proposals: [keyPackage, bundle.keyPackage].map((each) => ({ proposalType: "add", keyPackage: each }) as const),
    });
    const path = opened(created.output.message);
    expect(path?.nodes.map((node) => node.encryptedPathSecret.length)).toEqual([1, 1, 0]);
    await chat.deliver("m1", created.output.message);
    chat.adopt("m1", acceptCommit(environment, created.state, created.output.pending));
    await chat.join("frank", bundle, created.output);
    await proveAlive(chat);
  });

  it("[7.6-04] a group of one that adds others with a path has no ciphertext at all", async () => {
    for (const count of [1, 2, 3, 4, 7]) {
      const chat = await Chat.of(["m0"], environment);
      await chat.add(
        "m0",
        names(count).map((name) => `new ${name}`),
        { forcePath: true },
      );
      await proveAlive(chat);
    }
  });

  it("[12.4.3.1-15] [12.4.1-09] a joiner below blank nodes learns the keys above them", async () => {
    const chat = await group(8);
    for (const name of ["m1", "m2", "m3"]) await chat.remove("m0", name);
    await chat.add("m0", ["joiner"], { forcePath: true });
    const { state } = { state: chat.state("joiner") };
    expect(state.self.leafIndex).toBe(1);
    expect(state.tree.parentNode(nodeIndex(3))).toBeUndefined();
    expect([...state.self.privateKeys.keys()].sort((a, b) => a - b)).toEqual([1, 2, 7]);
    await chat.commit("m4");
    chat.agree();
    await proveAlive(chat);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])("[12.4.1-09] a joiner at leaf %i is let in by a committer anywhere", async (at) => {
    for (const by of [0, 3, 7].filter((each) => each !== at)) {
      const chat = await group(8);
      await chat.remove(`m${by}`, `m${at}`);
      await chat.add(`m${by}`, ["joiner"], { forcePath: true });
      expect(chat.state("joiner").self.leafIndex).toBe(at);
      await chat.commit("joiner");
      await chat.commit(`m${(at + 4) % 8 === by ? (by + 1) % 8 : (at + 4) % 8}`);
      chat.agree();
    }
  });

  it("[7.7-01] [7.7-02] [12.1.3-02] trees shrink and grow again", async () => {
    const chat = await group(5);
    const widths: number[] = [];
    const grow = async (...joiners: string[]) => {
      await chat.add("m0", joiners, { forcePath: true });
      widths.push(chat.one.tree.leafCount);
    };
    const shrink = async (...leaving: string[]) => {
      await chat.commit("m0", { proposals: leaving.map((name) => removeOf(chat, name)) });
      for (const name of leaving) chat.states.delete(name);
      widths.push(chat.one.tree.leafCount);
    };
    await shrink("m4");
    await grow("a");
    await shrink("a", "m3", "m2");
    await grow("b", "c", "d", "e", "f", "g", "h");
    await shrink("h");
    await shrink("b", "c", "d", "e", "f", "g");
    await shrink("m1");
    await grow("i");
    expect(widths).toEqual([4, 8, 2, 16, 8, 2, 1, 2]);
    await proveAlive(chat);
  });

  it("[7.7-01] the tree shrinks and grows within one commit", async () => {
    const chat = await group(8);
    const bundle = await keyPackageFor(environment, "x");
    const proposals = [
      ...["m4", "m5", "m6", "m7"].map((name) => removeOf(chat, name)),
      { proposalType: "add", keyPackage: bundle.keyPackage } as const,
    ];
    await chat.commit("m0", { proposals }, new Map([["x", bundle]]));
    for (const name of ["m4", "m5", "m6", "m7"]) chat.states.delete(name);
    expect([chat.state("x").self.leafIndex, chat.one.tree.leafCount]).toEqual([4, 8]);
    await proveAlive(chat);
  });

  it("[7.3-14] blank trees, in which nobody but the committer ever had a path", async () => {
    for (const count of [2, 3, 5, 9]) {
      const chat = await group(count, "blank");
      await chat.commit(`m${count - 1}`);
      await proveAlive(chat);
    }
  });

  it("private handshakes of several members in one epoch", async () => {
    const chat = await group(4);
    const privately = { wireFormat: "mls_private_message" } as const;
    for (const name of ["m1", "m2", "m3", "m1"]) await chat.propose(name, { proposalType: "update" }, privately);
    await chat.commit("m0", privately);
    await proveAlive(chat);
  });
});

describe("§12.4.1 creating fails", () => {
  const broken = (signer: Signer): Signer => ({
    publicKey: signer.publicKey,
    sign: () => Promise.reject(new Error("no signature today")),
  });

  it("without burning the state: with a signer that throws", async () => {
    for (const wireFormat of ["mls_public_message", "mls_private_message"] as const) {
      const chat = await group(3);
      const m0 = chat.state("m0");
      const before = fingerprint(m0);
      const state = { ...m0, self: { ...m0.self, signer: broken(m0.self.signer) } };
      await expect(createCommit(environment, state, { wireFormat })).rejects.toThrow("no signature today");
      await expect(createProposal(environment, state, { proposalType: "update" }, { wireFormat })).rejects.toThrow(
        "no signature today",
      );
      await expect(protect(environment, state, utf8("x"))).rejects.toThrow("no signature today");
      const signer = broken(await generateSigner(suite, random));
      await expect(createCommit(environment, m0, { wireFormat, leaf: { signer } })).rejects.toThrow(
        "no signature today",
      );
      const { keyPackage } = await keyPackageFor(environment, "eve");
      let calls = 0;
      const late: Signer = {
        publicKey: m0.self.signer.publicKey,
        sign: (octets) => (calls++ < 1 ? m0.self.signer.sign(octets) : Promise.reject(new Error("too late"))),
      };
      const withLate = { ...m0, self: { ...m0.self, signer: late } };
      await expect(
        createCommit(environment, withLate, { wireFormat, proposals: [{ proposalType: "add", keyPackage }] }),
      ).rejects.toThrow("too late");
      expect(fingerprint(m0)).toBe(before);
      await chat.commit("m0", { wireFormat });
      chat.agree();
    }
  });

  it("without burning the state: with a padding policy that is none", async () => {
    const chat = await group(3);
    const state = chat.state("m0");
    for (const padding of [
      () => -1,
      () => 0.5,
      () => {
        throw new RangeError("no padding");
      },
    ]) {
      await expect(createCommit(environment, state, { padding })).rejects.toThrow();
      await expect(protect(environment, state, utf8("x"), { padding })).rejects.toThrow();
    }
    await chat.deliver("m0", await chat.send("m0", "still able"));
    await chat.commit("m0");
    chat.agree();
  });

  it("[12.4.2-04] for a PSK that is not at hand", async () => {
    const chat = await group(2);
    const proposals = [{ proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } } as const];
    const refused = await rejection(() => createCommit({ ...environment, psks: {} }, chat.one, { proposals }));
    expect(refused.code).toBe("psk.missing");
    await chat.commit("m0", { proposals });
  });

  it("[7.7-03] for a tree wider than the policy allows, on both sides", async () => {
    const chat = await group(4);
    const narrow = { ...environment, policy: { maxLeaves: 4 } };
    const { keyPackage } = await keyPackageFor(environment, "eve");
    const proposals = [{ proposalType: "add", keyPackage } as const];
    expect((await rejection(() => createCommit(narrow, chat.one, { proposals }))).code).toBe("tree.too_large");
    const { output } = await createCommit(environment, chat.one, { proposals });
    expect((await rejection(() => chat.receive("m1", output.message, narrow))).code).toBe("tree.too_large");
    const narrower = { ...environment, policy: { maxLeaves: 2 } };
    const commit = await createCommit(environment, chat.state("m2"));
    expect((await rejection(() => chat.receive("m1", commit.output.message, narrower))).code).toBe("tree.too_large");
  });

  it("in an environment of another suite", async () => {
    const chat = await group(2);
    const another = { ...environment, suite: suiteOf(3) };
    expect((await rejection(() => createCommit(another, chat.one))).code).toBe("suite.unknown");
    expect(equal(chat.one.epoch.groupContext.groupId, utf8("x"))).toBe(false);
  });
});
