import { describe, expect, it } from "vitest";
import { EMPTY, toHex, utf8 } from "../../src/bytes.ts";
import { expandWithLabel } from "../../src/crypto/labels.ts";
import { epochAuthenticator, exportSecret, ratchetTree, roster } from "../../src/group/members.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { basic, Chat, copiesOf, environmentOf, suiteOf } from "../support/group.ts";
import { rejection } from "../support/rejection.ts";

const environment = environmentOf();
const { suite } = environment;
const group = copiesOf(async () => {
  const chat = await Chat.of(["alice", "bob", "carol", "dave"], environment);
  await chat.remove("alice", "bob");
  return chat;
});

describe("what an application asks of a group", () => {
  it("who is in it, by leaf index", async () => {
    const chat = await group();
    for (const state of chat.states.values()) {
      expect(roster(state).map(({ leafIndex, leafNode }) => [leafIndex, leafNode.credential])).toEqual([
        [0, basic("alice")],
        [2, basic("carol")],
        [3, basic("dave")],
      ]);
    }
  });

  it("[12.4.3.3-01] its tree, without blanks at the end", async () => {
    const chat = await group();
    await chat.remove("alice", "dave");
    const nodes = ratchetTree(chat.one);
    expect(nodes.length).toBe(5);
    expect(nodes[2]).toBeUndefined();
    expect(nodes[4]).toMatchObject({ nodeType: "leaf", leafNode: chat.one.tree.leaf(leafIndex(2)) });
  });

  it("[8.7-01] its authenticator, as a copy", async () => {
    const chat = await group();
    const authenticator = epochAuthenticator(chat.one);
    expect(toHex(authenticator)).toBe(toHex(epochAuthenticator(chat.state("dave"))));
    authenticator.fill(0);
    expect(toHex(epochAuthenticator(chat.one))).toBe(toHex(epochAuthenticator(chat.state("dave"))));
  });

  it("[8.5-01] secrets of its own, equal for all members, different for each label, context, length and epoch", async () => {
    const chat = await group();
    const uses = [
      { label: "a", context: EMPTY, length: 32 },
      { label: "b", context: EMPTY, length: 32 },
      { label: "a", context: utf8("c"), length: 32 },
      { label: "a", context: EMPTY, length: 31 },
      { label: "", context: EMPTY, length: 0 },
    ];
    const seen = new Set<string>();
    for (const epoch of [1, 2]) {
      for (const use of uses) {
        const exported = [...chat.states.values()].map((state) => toHex(exportSecret(suite, state, use)));
        expect(new Set(exported).size).toBe(1);
        expect(exported[0]?.length).toBe(2 * use.length);
        if (use.length > 0) seen.add(`${exported[0]}`);
      }
      expect(seen.size).toBe(4 * epoch);
      await chat.commit("carol");
    }
  });

  it("[8.5-01] by the formula of the RFC", async () => {
    const chat = await group();
    const { exporterSecret } = chat.one.epoch.secrets;
    const derived = expandWithLabel(suite, exporterSecret, { label: "label", length: 32 });
    const context = suite.hash.digest(utf8("context"));
    const expected = expandWithLabel(suite, derived, { label: "exported", context, length: 10 });
    expect(toHex(exportSecret(suite, chat.one, { label: "label", context: utf8("context"), length: 10 }))).toBe(
      toHex(expected.bytes),
    );
  });

  it("[8-02] not more octets than a label can say", async () => {
    const chat = await group();
    const attempt = (length: number) => exportSecret(suite, chat.one, { label: "a", context: EMPTY, length });
    expect(attempt(255 * 32).length).toBe(8160);
    for (const length of [255 * 32 + 1, 65536]) {
      expect((await rejection(async () => attempt(length))).code).toBe("kdf.too_long");
    }
  });

  it("[12.4.2-14] nothing once it is removed, nor with another suite", async () => {
    const chat = await group();
    const dave = chat.state("dave").self.leafIndex;
    const use = { label: "a", context: EMPTY, length: 32 };
    expect((await rejection(async () => exportSecret(suiteOf(3), chat.one, use))).code).toBe("suite.unknown");
    await chat.commit("alice", { proposals: [{ proposalType: "remove", removed: dave }] });
    expect((await rejection(async () => exportSecret(suite, chat.state("dave"), use))).code).toBe("state.removed");
  });
});
