import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { processMessage, protect } from "../../src/group/messages.ts";
import { discard, dropProposals, secretsHeld } from "../../src/group/state.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { Chat, DAY, environmentOf, fingerprint, keyPackageFor, NOW } from "../support/group.ts";

const NAMES = ["alice", "bob", "carol", "dave"] as const;
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error) => error.code,
  );

describe("§12.4 which received proposals a commit covers", () => {
  it("[12.4-03] all that are valid; the others are left out and named with the reason", async () => {
    const known = { external: (id: Uint8Array) => (id[0] === 1 ? utf8("known") : undefined) };
    const chat = await Chat.of(NAMES, environmentOf({ psks: known }));
    const good = await chat.propose("bob", {
      proposalType: "psk",
      psk: { psktype: "external", pskId: Uint8Array.of(1) },
    });
    const missing = await chat.propose("bob", {
      proposalType: "psk",
      psk: { psktype: "external", pskId: Uint8Array.of(2) },
    });
    const update = await chat.propose("carol", { proposalType: "update" });
    const { leftOut, received } = await chat.commit("alice");
    expect(leftOut.map(({ reference, reason }) => [reference, reason.code])).toEqual([
      [missing.reference, "psk.missing"],
    ]);
    const covered = [...received.values()][0] as unknown as {
      commit: { list: { all: readonly { reference: Uint8Array }[] } };
    };
    expect(covered.commit.list.all.map(({ reference }) => reference)).toEqual([good.reference, update.reference]);
    chat.agree();
  });

  it("[7.3-06] a key package that expired since it was proposed is left out", async () => {
    let now = NOW;
    const chat = await Chat.of(NAMES, environmentOf({ clock: () => now }));
    const { keyPackage } = await keyPackageFor(chat.environment, "eve");
    await chat.propose("bob", { proposalType: "add", keyPackage });
    now += 100n * DAY;
    const { leftOut, added } = await chat.commit("alice");
    expect(leftOut.map(({ reason }) => reason.code)).toEqual(["leaf.lifetime"]);
    expect(added).toEqual([]);
    chat.agree();
  });

  it("a few bad ones among many do not cost the others", async () => {
    const chat = await Chat.of(NAMES);
    const bad: Uint8Array[] = [];
    for (let i = 0; i < 20; i++) {
      const { reference } = await chat.propose("bob", {
        proposalType: "psk",
        psk: { psktype: "external", pskId: Uint8Array.of(i) },
      });
      if (i % 7 === 3) bad.push(reference);
    }
    const psks = { external: (id: Uint8Array) => ((id[0] ?? 0) % 7 === 3 ? undefined : id) };
    const environment = { ...chat.environment, psks };
    const { output } = await createCommit(environment, chat.state("alice"));
    expect(output.leftOut.map(({ reference }) => reference)).toEqual(bad);
  });

  it("what is asked for by value must be valid, whatever else waits", async () => {
    const chat = await Chat.of(NAMES);
    await chat.propose("bob", { proposalType: "update" });
    const remove = { proposalType: "remove", removed: leafIndex(9) } as const;
    const before = fingerprint(chat.state("alice"));
    expect(await code(createCommit(chat.environment, chat.state("alice"), { proposals: [remove] }))).toBe(
      "proposal.removed_blank",
    );
    expect(fingerprint(chat.state("alice"))).toBe(before);
  });

  it("some can be chosen, dropped, or all cleared", async () => {
    const chat = await Chat.of(NAMES);
    const first = await chat.propose("bob", { proposalType: "update" });
    const second = await chat.propose("carol", { proposalType: "update" });
    const alice = chat.state("alice");
    const chosen = await createCommit(chat.environment, alice, { references: [second.reference] });
    expect(chosen.output.leftOut).toEqual([]);
    const one = dropProposals(alice, [first.reference]).state;
    expect([...one.proposals.values()].map(({ reference }) => reference)).toEqual([second.reference]);
    const none = dropProposals(chosen.state, "all").state;
    expect(none.proposals.size).toBe(0);
    expect(await code(protect(chat.environment, none, utf8("free to speak")))).toBe("accepted");
  });

  it("one that is chosen and is not valid is left out, too", async () => {
    const chat = await Chat.of(NAMES);
    const gone = await chat.propose("dave", { proposalType: "remove", removed: leafIndex(0) });
    const update = await chat.propose("carol", { proposalType: "update" });
    const { leftOut, commit } = await chat.commit("alice", { references: [gone.reference, update.reference] });
    expect(leftOut.map(({ reference, reason }) => [reference, reason.code])).toEqual([
      [gone.reference, "proposals.committer_removed"],
    ]);
    expect(commit.list.all.map(({ reference }) => reference)).toEqual([update.reference]);
    chat.agree();
  });

  it("[12.1.2-04] the key of an own Update that is dropped is spent", async () => {
    const chat = await Chat.of(NAMES);
    const { reference } = await chat.propose("bob", { proposalType: "update" });
    const [pending] = [...chat.state("bob").pendingUpdates.values()];
    const { state, spent } = dropProposals(chat.state("bob"), [reference]);
    expect(spent).toEqual([pending?.privateKey]);
    expect([...secretsHeld(state)]).not.toContain(pending?.privateKey);
  });
});

describe("§14 a transition can be given up", () => {
  it("a commit is looked into and refused: what it made is wiped, the state before lives on", async () => {
    const chat = await Chat.of(NAMES);
    const { output } = await createCommit(chat.environment, chat.state("bob"));
    const before = chat.state("alice");
    const print = fingerprint(before);
    const looked = await processMessage(chat.environment, before, output.message);
    expect(looked.output).toMatchObject({ contentType: "commit", commit: { committer: 1 } });
    discard(before, looked);
    expect(fingerprint(before)).toBe(print);
    expect(() => fingerprint(looked.state)).toThrow();
    await chat.receive("alice", output.message);
  });
});
