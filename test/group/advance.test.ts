import { describe, expect, it } from "vitest";
import { EMPTY, utf8 } from "../../src/bytes.ts";
import { withoutExpired } from "../../src/group/advance.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import type { Environment } from "../../src/group/environment.ts";
import { joinGroup } from "../../src/group/join.ts";
import { processMessage, protect } from "../../src/group/messages.ts";
import { createProposal } from "../../src/group/propose.ts";
import { reinitialize } from "../../src/group/resumption.ts";
import { applyChange, decodeState, encodeChange, encodeState } from "../../src/group/snapshot.ts";
import { discard, type GroupState, secretsHeld } from "../../src/group/state.ts";
import { secretsOf } from "../../src/schedule/secret-tree.ts";
import { SendGuard } from "../../src/schedule/send-guard.ts";
import { dispose, type Secret } from "../../src/secret.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { Chat, DAY, environmentOf, fingerprint, keyPackageFor, NOW, person } from "../support/group.ts";

/** A clock that can be set. */
function timed(policy: Environment["policy"] = {}): { environment: Environment; at(days: bigint): void } {
  let now = NOW;
  const environment = environmentOf({ clock: () => now, policy });
  return {
    environment,
    at(days) {
      now = NOW + days * DAY;
    },
  };
}

const received = (chat: Chat, message: Uint8Array) => processMessage(chat.environment, chat.state("bob"), message);

describe("§15.3 epochs that are over", () => {
  it("open late messages for as long as the policy says, and not longer", async () => {
    const { environment, at } = timed({ maxPastAge: 2n * DAY });
    const chat = await Chat.of(["alice", "bob"], environment);
    const [early, late] = [await chat.send("alice", "early"), await chat.send("alice", "late")];
    await chat.commit("alice");
    at(2n);
    await chat.receive("bob", early);
    at(3n);
    const before = fingerprint(chat.state("bob"));
    await expect(processMessage(environment, chat.state("bob"), late)).rejects.toMatchObject({ code: "epoch.expired" });
    expect(fingerprint(chat.state("bob"))).toBe(before);
    at(0n);
    await chat.receive("bob", late);
  });

  it.each<[string, (chat: Chat) => Promise<{ state: GroupState; spent: readonly Secret[] }>]>([
    ["message received", async (chat) => received(chat, await chat.send("alice", "hi"))],
    ["message sent", (chat) => protect(chat.environment, chat.state("bob"), utf8("hi"))],
    ["proposal sent", (chat) => createProposal(chat.environment, chat.state("bob"), { proposalType: "update" })],
    ["commit sent", (chat) => createCommit(chat.environment, chat.state("bob"))],
    [
      "public commit sent",
      (chat) => createCommit(chat.environment, chat.state("bob"), { wireFormat: "mls_public_message" }),
    ],
    [
      "commit",
      async (chat) => received(chat, (await createCommit(chat.environment, chat.state("alice"))).output.message),
    ],
  ])("[9.2-01] are spent by the next %s after that, and what lives on is not", async (_, operate) => {
    const { environment, at } = timed({ maxPastAge: DAY });
    const chat = await Chat.of(["alice", "bob"], environment);
    const late = await chat.send("alice", "late");
    await chat.deliver("alice", await chat.send("alice", "in time"));
    await chat.commit("alice");
    const [old] = chat.state("bob").past;
    if (old === undefined) throw new Error("no past epoch");
    const keys = [old.senderDataSecret, ...secretsOf(old.secretTree)];
    at(2n);
    const { state, spent } = await operate(chat);
    expect(state.past.map(({ epoch }) => epoch)).not.toContain(old.epoch);
    expect(spent.filter((secret) => keys.includes(secret))).toEqual(keys);
    dispose(spent);
    expect([...secretsHeld(state)].filter(({ disposed }) => disposed)).toEqual([]);
    expect(state.resumptionPsks.map(({ epoch }) => epoch)).toContain(old.epoch);
    await expect(processMessage(environment, state, late)).rejects.toMatchObject({ code: "epoch.expired" });
  });

  it("are kept by number alone if the policy sets no age, and their end is in a snapshot", async () => {
    const { environment, at } = timed({ maxPastAge: undefined });
    const chat = await Chat.of(["alice", "bob"], environment);
    const late = await chat.send("alice", "late");
    at(1n);
    await chat.commit("alice");
    const bob = chat.state("bob");
    expect(bob.past.map(({ endedAt }) => endedAt)).toEqual([NOW + DAY]);
    const restored = await decodeState(environment, encodeState(environment, bob), { signers: [bob.self.signer] });
    at(3000n);
    const strict = { ...environment, policy: { maxPastAge: 2998n * DAY } };
    await expect(processMessage(strict, restored, late)).rejects.toMatchObject({ code: "epoch.expired" });
    expect((await processMessage(environment, restored, late)).output.contentType).toBe("application");
  });
});

describe("§15.3 the last epoch of a member that was removed", () => {
  async function removed(policy: Environment["policy"]) {
    const { environment, at } = timed(policy);
    const chat = await Chat.of(["alice", "bob", "carol"], environment);
    const early = [await chat.send("bob", "first"), await chat.send("bob", "second")];
    await chat.send("alice", "own");
    await chat.commit("bob");
    await chat.send("alice", "own, too");
    const late = [await chat.send("bob", "third"), await chat.send("bob", "fourth"), await chat.send("bob", "fifth")];
    const before = chat.state("alice");
    const outcome = await processMessage(
      environment,
      before,
      (await createCommit(environment, chat.state("bob"), { proposals: [REMOVE_ALICE] })).output.message,
    );
    return { environment, at, before, early, late, ...outcome };
  }
  const REMOVE_ALICE = { proposalType: "remove", removed: leafIndex(0) } as const;
  const restored = (environment: Environment, state: GroupState) =>
    decodeState(environment, encodeState(environment, state), { signers: [state.self.signer] });

  it("[12.4.2-14] opens late messages for as long as the policy says, and not longer", async () => {
    const { environment, at, late, state, spent } = await removed({ maxPastAge: DAY });
    dispose(spent);
    expect([...secretsHeld(state)].filter(({ disposed }) => disposed)).toEqual([]);
    expect(state.past.map(({ epoch, endedAt }) => [epoch, endedAt])).toEqual([
      [2n, NOW],
      [1n, NOW],
      [0n, NOW],
    ]);
    at(1n);
    const [third = EMPTY, fourth = EMPTY, fifth = EMPTY] = late;
    const opened = await processMessage(environment, state, third);
    dispose(opened.spent);
    expect(opened.output).toMatchObject({ contentType: "application", epoch: 2n });
    const copied = await restored(environment, opened.state);
    expect(fingerprint(copied)).toBe(fingerprint(opened.state));
    for (const each of [opened.state, copied]) {
      const next = await processMessage(environment, each, fourth);
      expect(next.output).toMatchObject({ applicationData: utf8("fourth") });
      const again = processMessage(environment, next.state, fourth);
      await expect(again).rejects.toMatchObject({ code: "ratchet.generation_used" });
    }
    at(2n);
    for (const each of [opened.state, copied]) {
      await expect(processMessage(environment, each, fifth)).rejects.toMatchObject({ code: "epoch.expired" });
    }
  });

  it("[9.2-01] is spent with the others that are too old", async () => {
    const { environment, at, state, early } = await removed({ maxPastAge: DAY });
    at(2n);
    const kept = withoutExpired(state, { maxPastAge: DAY, now: NOW + 2n * DAY });
    expect(kept.state.past).toEqual([]);
    const left = secretsOf(kept.state.epoch.secretTree);
    expect([...left].map(({ bytes }) => bytes.length)).toEqual([0]);
    await expect(processMessage(environment, state, early[0] ?? EMPTY)).rejects.toMatchObject({
      code: "epoch.expired",
    });
  });

  it("counts as one of those that the policy keeps", async () => {
    const { environment, late, state, spent } = await removed({ maxPastEpochs: 0 });
    dispose(spent);
    expect([...secretsHeld(state)].filter(({ disposed }) => disposed)).toEqual([]);
    await expect(processMessage(environment, state, late[0] ?? EMPTY)).rejects.toMatchObject({ code: "epoch.expired" });
  });

  it("is stored as a change, too, and can be changed further", async () => {
    const { environment, before, late, state } = await removed({});
    const bob = await restored(environment, { ...before, epoch: { ...before.epoch, sending: new SendGuard() } });
    const { state: closed, spent } = await applyChange(environment, bob, encodeChange(environment, before, state), {
      signers: [before.self.signer],
    });
    dispose(spent);
    expect(fingerprint(closed)).toBe(fingerprint(state));
    const opened = await processMessage(environment, state, late[0] ?? EMPTY);
    const change = encodeChange(environment, state, opened.state);
    const followed = await applyChange(environment, closed, change);
    dispose(followed.spent);
    expect(fingerprint(followed.state)).toBe(fingerprint(opened.state));
  });
});

describe("§11.2, §8.6 the last epoch of a re-initialised group", () => {
  const reInit = {
    proposalType: "reinit",
    groupId: utf8("next"),
    version: "mls10",
    cipherSuite: 1,
    extensions: [],
  } as const;

  it("stays until its successor exists, whatever the limits of past epochs and PSKs", async () => {
    const { environment, at } = timed({ maxPastEpochs: 0, maxResumptionPsks: 0, maxPastAge: 0n });
    const chat = await Chat.of(["alice", "bob"], environment);
    const beforehand = await chat.send("alice", "before");
    await chat.commit("alice", { proposals: [reInit] });
    at(1000n);
    // Nothing that arrives moves it on.
    const other = chat.copy().state("alice");
    const { output: further } = await createCommit(environment, { ...other, closed: undefined });
    for (const [octets, code] of [
      [beforehand, "epoch.expired"],
      [further.message, "state.reinitialized"],
    ] as const) {
      await expect(processMessage(environment, chat.state("bob"), octets)).rejects.toMatchObject({ code });
    }
    for (const name of chat.names) {
      const state = chat.state(name);
      const restored = await decodeState(environment, encodeState(environment, state), {
        signers: [state.self.signer],
      });
      expect(restored.closed?.reason).toBe("reinitialized");
      chat.states.set(name, restored);
    }
    const bundle = await keyPackageFor(environment, "bob");
    const successor = await reinitialize(environment, chat.state("alice"), {
      ...(await person(environment, "alice")),
      keyPackages: [bundle.keyPackage],
    });
    const [welcome] = successor.welcomes;
    if (welcome === undefined) throw new Error("no Welcome");
    const predecessor = chat.state("bob");
    const joined = await joinGroup(environment, { welcome, keyPackages: [bundle], predecessor });
    // When the successor is there, its owner gives the old group up.
    const held = [...secretsHeld(predecessor)];
    discard(undefined, { state: predecessor });
    expect(held.every(({ disposed }) => disposed)).toBe(true);
    const { output } = await protect(environment, successor.state, utf8("hello"));
    expect((await processMessage(environment, joined.state, output)).output.contentType).toBe("application");
  });
});
