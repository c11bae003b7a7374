import { describe, expect, it, vi } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { encode, encodedOf } from "../../src/codec/codec.ts";
import type { KeySigner } from "../../src/crypto/signer.ts";
import { MlsError } from "../../src/errors.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { acceptCommit } from "../../src/group/pending.ts";
import { observeGroup } from "../../src/group/public-group.ts";
import {
  decodeState,
  encodeChange,
  encodePublicChange,
  encodePublicState,
  encodeState,
} from "../../src/group/snapshot.ts";
import { type GroupState, secretsHeld } from "../../src/group/state.ts";
import { Secret } from "../../src/secret.ts";
import { syntheticGroup } from "../../src/testing/index.ts";
import { members } from "../../src/tree/ratchet-tree.ts";
import { nodesOf } from "../../src/tree/ratchet-tree-extension.ts";
import { applyTreeDelta, treeDeltaOf } from "../../src/tree/tree-delta.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { LeafNode } from "../../src/wire/leaf-node.ts";
import { RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";
import {
  authenticationBy,
  Chat,
  environmentOf,
  fingerprint,
  keyPackageFor,
  person,
  suiteOf,
} from "../support/group.ts";

const NAMES = ["alice", "bob", "carol", "dave", "eve"] as const;

/** A group with a past: several epochs, leaf reuse, skipped messages, proposals that wait. */
async function livedGroup(): Promise<Chat> {
  const chat = await Chat.of(NAMES);
  await chat.fill();
  await chat.send("bob", "lost");
  await chat.deliver("bob", await chat.send("bob", "second"));
  await chat.remove("alice", "carol");
  await chat.add("dave", ["frank"]);
  await chat.deliver("frank", await chat.send("frank", "hello"));
  await chat.propose("bob", { proposalType: "update" });
  return chat;
}

async function reloaded(chat: Chat, name: string): Promise<GroupState> {
  const state = chat.state(name);
  return decodeState(chat.environment, encodeState(chat.environment, state), {
    signers: [state.self.signer, ...[...state.pendingUpdates.values()].map(({ signer }) => signer)],
  });
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error) => (error instanceof MlsError ? error.code : String(error)),
  );

describe("snapshots", () => {
  it.each(["alice", "bob", "dave", "frank"])("[6.3.1-03] give back all that %s's state holds", async (name) => {
    const chat = await livedGroup();
    expect(fingerprint(await reloaded(chat, name))).toBe(fingerprint(chat.state(name)));
  });

  it("let everyone go on after each operation", async () => {
    const chat = await livedGroup();
    for (const name of chat.names) chat.states.set(name, await reloaded(chat, name));
    await chat.commit("alice");
    for (const name of chat.names) chat.states.set(name, await reloaded(chat, name));
    await chat.deliver("bob", await chat.send("bob", "still here"));
    await chat.remove("bob", "alice");
    for (const name of chat.names) chat.states.set(name, await reloaded(chat, name));
    await chat.add("eve", ["grace", "heidi", "ivan", "judy", "kim"]);
    for (const name of chat.names) chat.states.set(name, await reloaded(chat, name));
    await chat.commit("kim");
    chat.agree();
  });

  it("[12.4.2-12] [12.4.2-14] remember why a group is closed", async () => {
    const chat = await Chat.of(NAMES);
    const removed = await createCommit(chat.environment, chat.state("bob"), {
      proposals: [{ proposalType: "remove", removed: leafIndex(0) }],
    });
    await chat.receive("alice", removed.output.message);
    expect((await reloaded(chat, "alice")).closed).toEqual({ reason: "removed" });
    const other = await Chat.of(NAMES);
    const request = {
      proposalType: "reinit",
      groupId: utf8("n"),
      version: "mls10",
      cipherSuite: 2,
      extensions: [],
    } as const;
    await other.commit("alice", { proposals: [request] });
    expect((await reloaded(other, "eve")).closed).toEqual(other.state("eve").closed);
  });

  it("hold signature keys only if asked to", async () => {
    const chat = await Chat.of(NAMES);
    const { environment } = chat;
    const state = chat.state("alice");
    expect(await code(decodeState(environment, encodeState(environment, state)))).toBe("snapshot.signer_missing");
    const restored = await decodeState(environment, encodeState(environment, state, { signatureKeys: true }));
    const { output } = await createCommit(environment, restored);
    await chat.receive("bob", output.message);
  });

  it("are refused when damaged, in another suite, or of an unknown version", async () => {
    const chat = await Chat.of(["alice", "bob"]);
    const octets = encodeState(chat.environment, chat.state("alice"), { signatureKeys: true });
    for (let i = 0; i < octets.length; i += 7) {
      const damaged = octets.slice();
      damaged[i] = (damaged[i] ?? 0) ^ 0x10;
      expect(await code(decodeState(chat.environment, damaged))).toMatch(/^(snapshot\.(damaged|version)|codec\.)/);
      expect(await code(decodeState(chat.environment, octets.subarray(0, i)))).toMatch(/^codec\./);
    }
    expect(await code(decodeState(environmentOf({ suite: suiteOf(3) }), octets))).toBe("suite.unknown");
  });

  it("are not written with another group's suite", async () => {
    const chat = await Chat.of(["alice", "bob"]);
    const other = environmentOf({ suite: suiteOf(3) });
    const state = chat.state("alice");
    const observer = await observeGroup(chat.environment, {
      groupInfo: await createGroupInfo(chat.environment, state),
    });
    for (const write of [
      () => encodeState(other, state),
      () => encodeChange(other, state, state),
      () => encodePublicState(other, observer),
      () => encodePublicChange(other, observer, observer),
    ]) {
      expect(await code((async () => write())())).toBe("suite.unknown");
    }
  });

  it("are little longer than the tree", async () => {
    const environment = environmentOf();
    const group = await syntheticGroup(environment, { size: 256 });
    let state = await group.member(leafIndex(0));
    for (let i = 0; i < 4; i++) {
      const created = await createCommit(environment, state);
      state = acceptCommit(environment, created.state, created.output.pending).state;
    }
    const tree = encode(RatchetTreeNodes, nodesOf(state.tree)).length;
    expect(encodeState(environment, state).length).toBeLessThan(1.25 * tree);
  });
});

describe("§9.2 the octets of a snapshot", () => {
  it("hold no secret any more once a state was made of them", async () => {
    const chat = await livedGroup();
    await chat.propose("alice", {
      proposalType: "add",
      keyPackage: (await keyPackageFor(chat.environment, "gus")).keyPackage,
    });
    for (const name of ["alice", "bob"]) {
      const state = chat.state(name);
      const octets = encodeState(chat.environment, state, { signatureKeys: true });
      const secrets = [...secretsHeld(state), (state.self.signer as KeySigner).privateKey];
      for (const secret of secrets) expect(includes(octets.buffer, secret)).toBe(true);
      const restored = await decodeState(chat.environment, octets);
      const buffers = buffersReachedBy(restored);
      expect(buffers.size).toBeGreaterThan(1);
      const found = secrets.filter((secret) => [...buffers].some((buffer) => includes(buffer, secret)));
      expect(found).toHaveLength(0);
      // The caller's octets are the caller's.
      expect(fingerprint(await decodeState(chat.environment, octets))).toBe(fingerprint(restored));
    }
  });

  it("become no living secret if restoring fails", async () => {
    const chat = await livedGroup();
    const { environment } = chat;
    await chat.propose("bob", { proposalType: "update", leaf: { signer: (await person(environment, "bob")).signer } });
    const octets = encodeState(environment, chat.state("bob"), { signatureKeys: true });
    const withoutKeys = encodeState(environment, chat.state("bob"));
    const { publicKey, sign } = chat.state("bob").self.signer;
    const self = { ...chat.state("bob").self, signer: { publicKey, sign } };
    const withSomeKeys = encodeState(environment, { ...chat.state("bob"), self }, { signatureKeys: true });
    const other = environmentOf({ suite: suiteOf(3) });
    const made = vi.spyOn(Secret, "copyOf");
    try {
      expect(await code(decodeState(environment, withoutKeys))).toBe("snapshot.signer_missing");
      expect(await code(decodeState(environment, withSomeKeys))).toBe("snapshot.signer_missing");
      expect(await code(decodeState(other, octets))).toBe("suite.unknown");
      const secrets = made.mock.results.map(({ value }) => value as Secret);
      expect(secrets.length).toBeGreaterThan(20);
      expect(secrets.filter(({ disposed }) => !disposed)).toHaveLength(0);
    } finally {
      made.mockRestore();
    }
  });

  it("are wiped where they were assembled", async () => {
    const chat = await Chat.of(["alice", "bob"]);
    const state = chat.state("alice");
    const hash = chat.environment.suite.hash;
    const bodies: Uint8Array[] = [];
    const hmac: typeof hash.hmac = (key, data) => {
      bodies.push(data);
      return hash.hmac(key, data);
    };
    encodeState({ suite: { ...chat.environment.suite, hash: { ...hash, hmac } } }, state);
    expect(bodies).toHaveLength(1);
    expect(bodies[0]?.every((octet) => octet === 0)).toBe(true);
  });
});

const includes = (memory: ArrayBufferLike, { bytes }: Secret) => Buffer.from(memory).includes(Buffer.from(bytes));

/** All memory that a value refers to, but for what its Secrets own. */
function buffersReachedBy(value: unknown, buffers = new Set<ArrayBufferLike>(), seen = new Set<unknown>()) {
  if (typeof value !== "object" || value === null || value instanceof Secret || seen.has(value)) return buffers;
  seen.add(value);
  if (ArrayBuffer.isView(value)) buffers.add(value.buffer);
  else if (value instanceof Map || value instanceof Set) {
    for (const each of value.entries()) for (const part of each) buffersReachedBy(part, buffers, seen);
  } else for (const key of Reflect.ownKeys(value)) buffersReachedBy(Reflect.get(value, key), buffers, seen);
  return buffers;
}

describe("§12.2 the names of clients in a snapshot", () => {
  /** Devices of one client: the name is what stands before the dash. */
  const authentication = authenticationBy(({ credential }) => {
    const [client = ""] = new TextDecoder().decode((credential as { identity: Uint8Array }).identity).split("-");
    return { accepted: true, client: utf8(client) };
  });
  const named = () => Chat.of(NAMES, environmentOf({ authentication }));
  const nameOf = (state: GroupState, leafNode: LeafNode) => {
    const name = state.clients.names.get(leafNode.signatureKey);
    return name === undefined ? undefined : new TextDecoder().decode(name);
  };

  it("are kept of those who are proposed: a restored member leaves out what the others leave out", async () => {
    const chat = await named();
    const { keyPackage } = await keyPackageFor(chat.environment, "bob-2");
    const { reference } = await chat.propose("bob", { proposalType: "add", keyPackage });
    const restored = await reloaded(chat, "alice");
    for (const state of [chat.state("alice"), restored]) {
      const { output } = await createCommit(chat.environment, state, { references: [reference] });
      expect(output.leftOut.map(({ reason }) => reason.code)).toEqual(["proposals.client_already_member"]);
    }
  });

  it("are kept of leaves that Updates propose", async () => {
    const chat = await named();
    const leaf = await person(chat.environment, "alice-2");
    await chat.propose("bob", { proposalType: "update", leaf });
    const restored = await reloaded(chat, "carol");
    const [cached] = restored.proposals.values();
    if (cached?.proposal.proposalType !== "update") throw new Error("no Update");
    expect(nameOf(restored, cached.proposal.leafNode)).toBe("alice");
    expect([...restored.proposals.values()]).toEqual([...chat.state("carol").proposals.values()]);
  });

  it("are kept of the leaves of older trees, which successors are compared with", async () => {
    const chat = await named();
    await chat.fill();
    await chat.remove("alice", "carol");
    await chat.add("dave", ["frank"]);
    const state = chat.state("alice");
    const restored = await reloaded(chat, "alice");
    const roster = (of: GroupState) =>
      [...of.resumptionPsks, ...of.past].map(({ epoch, tree }) => [
        epoch,
        [...members(tree)].map(([index, leafNode]) => [index, nameOf(of, leafNode)]),
      ]);
    expect(roster(restored)).toEqual(roster(state));
    expect(JSON.stringify(roster(restored), (_, each) => (typeof each === "bigint" ? Number(each) : each))).toContain(
      "carol",
    );
    expect(fingerprint(await decodeAgain(chat, restored))).toBe(fingerprint(state));
  });

  const decodeAgain = (chat: Chat, state: GroupState) =>
    decodeState(chat.environment, encodeState(chat.environment, state), { signers: [state.self.signer] });
});

describe("§4.1 differences of trees", () => {
  it("lead from any tree of a history to any other", async () => {
    const chat = await Chat.of(NAMES);
    const trees = [chat.one.tree];
    await chat.fill();
    trees.push(chat.one.tree);
    await chat.add("alice", ["f", "g", "h", "i"]);
    trees.push(chat.one.tree);
    for (const name of ["i", "h", "g", "f", "eve"]) await chat.remove("alice", name);
    trees.push(chat.one.tree);
    for (const from of trees) {
      for (const to of trees) {
        const made = applyTreeDelta(from, treeDeltaOf(from, to));
        expect(made.hash).toEqual(to.hash);
        expect(made.depth).toBe(to.depth);
      }
    }
  });

  it("cost what changed", async () => {
    const environment = environmentOf();
    const group = await syntheticGroup(environment, { size: 512 });
    const state = await group.member(leafIndex(3));
    const { pending } = (await createCommit(environment, state)).output;
    expect(treeDeltaOf(state.tree, pending.next.tree).changes).toHaveLength(10);
    expect(treeDeltaOf(state.tree, state.tree).changes).toEqual([]);
  });

  it("that do not fit are refused", async () => {
    const { tree } = (await Chat.of(NAMES)).one;
    const leaf = { nodeType: "leaf", leafNode: encodedOf(LeafNode, tree.leaf(leafIndex(0))!) } as const;
    for (const delta of [
      { depth: 40, changes: [] },
      { depth: 3, changes: [{ node: 1, content: leaf }] },
      {
        depth: 3,
        changes: [
          { node: 2, content: leaf },
          { node: 0, content: leaf },
        ],
      },
      { depth: 3, changes: [{ node: 99, content: leaf }] },
    ]) {
      expect(() => applyTreeDelta(tree, delta)).toThrowError(/codec\.undefined_value/);
    }
  });
});
