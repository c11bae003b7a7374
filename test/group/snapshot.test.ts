import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { MlsError } from "../../src/errors.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { acceptCommit } from "../../src/group/pending.ts";
import { decodeState, encodeState } from "../../src/group/snapshot.ts";
import type { GroupState } from "../../src/group/state.ts";
import { syntheticGroup } from "../../src/testing/index.ts";
import { nodesOf } from "../../src/tree/ratchet-tree.ts";
import { applyTreeDelta, treeDeltaOf } from "../../src/tree/tree-delta.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";
import { Chat, environmentOf, fingerprint, suiteOf } from "../support/group.ts";

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
    const leaf = { nodeType: "leaf", leafNode: tree.leaf(leafIndex(0))! } as const;
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
