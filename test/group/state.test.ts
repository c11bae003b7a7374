import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { EMPTY, toHex, utf8 } from "../../src/bytes.ts";
import type { KeySigner } from "../../src/crypto/signer.ts";
import { MlsError } from "../../src/errors.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { joinExternally } from "../../src/group/external.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import type { KeyPackageBundle } from "../../src/group/key-package.ts";
import { exportSecret } from "../../src/group/members.ts";
import { processMessage, protect } from "../../src/group/messages.ts";
import { acceptJoin, dropCommit } from "../../src/group/pending.ts";
import { createProposal } from "../../src/group/propose.ts";
import {
  discard,
  epochOf,
  extensionsOf,
  type GroupState,
  groupIdOf,
  ownLeaf,
  secretsHeld,
} from "../../src/group/state.ts";
import { Secret } from "../../src/secret.ts";
import { leafIndex } from "../../src/tree-math.ts";
import {
  basic,
  Chat,
  copiesOf,
  environmentOf,
  fingerprint,
  keyPackageFor,
  person,
  refusals,
  suiteOf,
} from "../support/group.ts";
import { byValue, insiderCommit, insiderProposal } from "../support/group-insider.ts";
import { watchSuite } from "../support/group-secrets.ts";
import { rejection } from "../support/rejection.ts";

const psks = { external: () => utf8("an external psk") };
const environment = environmentOf({ psks });
const NAMES = ["alice", "bob", "carol", "dave"];
const group = copiesOf(async () => {
  const chat = await Chat.of(NAMES, environment);
  await chat.fill();
  return chat;
});

/** Every Secret that can be reached from a value, whoever lists it. */
function reachable(value: unknown, found: Set<Secret> = new Set(), seen: Set<unknown> = new Set()): Set<Secret> {
  if (typeof value !== "object" || value === null || seen.has(value)) return found;
  seen.add(value);
  if (value instanceof Secret) found.add(value);
  else if (value instanceof Map) for (const each of value) reachable(each, found, seen);
  else if (!ArrayBuffer.isView(value)) for (const each of Object.values(value)) reachable(each, found, seen);
  return found;
}

/** Signers are their owner's, and not the state's to keep or to wipe. */
const withoutSigner = (state: GroupState): object => ({
  ...state,
  self: { ...state.self, signer: undefined },
  pendingUpdates: [...state.pendingUpdates.values()].map(({ privateKey }) => privateKey),
});

describe("§9.2 after each operation, what is not needed any more is gone", () => {
  it("[9.2-01] [9.2-02] [9.2-03] [9.2-04] [7.5-06] [14-02] all through the life of a group", async () => {
    const { suite, alive } = watchSuite(suiteOf());
    const e = environmentOf({ suite, psks });
    const chat = new Chat(e);
    const bundles: KeyPackageBundle[] = [];
    const nothingLeft = (what: string) => {
      const kept = new Set<Uint8Array>();
      const hold = (secret: Secret) => {
        expect(secret.disposed, `${what}: a live state holds what was disposed of`).toBe(false);
        kept.add(secret.bytes);
      };
      for (const state of chat.states.values()) {
        for (const secret of secretsHeld(state)) hold(secret);
        expect(new Set(secretsHeld(state)), what).toEqual(reachable(withoutSigner(state)));
      }
      for (const { initPrivateKey, encryptionPrivateKey } of bundles)
        for (const key of [initPrivateKey, encryptionPrivateKey]) if (!key.disposed) kept.add(key.bytes);
      expect(
        alive()
          .filter((octets) => !kept.has(octets))
          .map(toHex),
        what,
      ).toEqual([]);
    };
    const invite = async (by: string, names: readonly string[], options = {}) => {
      const invited = new Map<string, KeyPackageBundle>();
      for (const name of names) invited.set(name, await keyPackageFor(e, name));
      bundles.push(...invited.values());
      const proposals = [...invited.values()].map(({ keyPackage }) => ({ proposalType: "add", keyPackage }) as const);
      await chat.commit(by, { ...options, proposals }, invited);
    };

    chat.states.set("alice", (await Chat.of(["alice"], e)).one);
    nothingLeft("create");
    await invite("alice", ["bob", "carol"]);
    nothingLeft("add without a path");
    await invite("bob", ["dave", "erin"], { forcePath: true });
    nothingLeft("add with a path");
    for (const name of chat.names) await chat.commit(name);
    nothingLeft("paths");

    const sent: Uint8Array[] = [];
    for (let i = 0; i < 6; i++) sent.push(await chat.send("carol", `${i}`));
    for (const i of [3, 0, 5, 1, 2, 4]) await chat.deliver("carol", sent[i] ?? EMPTY);
    nothingLeft("application messages out of order");
    for (const octets of sent) await refusals(e, [chat.state("bob")], octets);
    nothingLeft("replays");

    await chat.propose("dave", { proposalType: "update" });
    await chat.propose("dave", { proposalType: "update" });
    await chat.propose("erin", { proposalType: "update" }, { wireFormat: "mls_public_message" });
    nothingLeft("updates proposed");
    await chat.commit("alice");
    nothingLeft("updates committed");
    await chat.propose("dave", { proposalType: "update" });
    await chat.commit("alice", { references: [] });
    nothingLeft("update left out");

    const psk = { proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } } as const;
    const resumption = {
      proposalType: "psk",
      psk: { psktype: "resumption", pskEpoch: epochOf(chat.one) - 1n },
    } as const;
    await chat.commit("erin", { proposals: [psk, resumption] });
    nothingLeft("PSKs");

    const loser = chat.adopt("bob", await createCommit(e, chat.state("bob"), { forcePath: true }));
    await chat.commit("alice", { leaf: { signer: (await person(environment, "x")).signer } });
    dropCommit(loser.pending);
    nothingLeft("a race");

    await chat.joinExternally("bob", "frank");
    nothingLeft("an external join");
    const groupInfo = await createGroupInfo(e, chat.one);
    const resync = await joinExternally(e, {
      ...(await person(environment, "carol again")),
      groupInfo,
      removed: chat.state("carol").self.leafIndex,
    });
    await chat.deliver(undefined, resync.message);
    chat.states.set("carol again", acceptJoin(resync.pending));
    nothingLeft("a resync");
    discard(undefined, { state: chat.state("carol") });
    chat.states.delete("carol");
    nothingLeft("the old appearance given up");

    exportSecret(suite, chat.one, { label: "x", context: EMPTY, length: 16 });
    await createGroupInfo(e, chat.one);
    const leaving = chat.state("dave").self.leafIndex;
    await chat.commit("bob", { proposals: [{ proposalType: "remove", removed: leaving }] });
    nothingLeft("a removal");
    discard(undefined, { state: chat.state("dave") });
    chat.states.delete("dave");
    nothingLeft("the removed member gives up");
    for (let i = 0; i < 5; i++) await chat.commit("erin");
    nothingLeft("past epochs expire");
    chat.agree();
  });

  it("[9.2-01] [9.2-02] a key that was used can't be derived again from what is kept", async () => {
    const chat = await group();
    const sent = [await chat.send("alice", "0"), await chat.send("alice", "1"), await chat.send("alice", "2")];
    await chat.receive("bob", sent[2] ?? EMPTY);
    const bob = chat.state("bob");
    const skipping = bob.epoch.secretTree;
    await chat.receive("bob", sent[0] ?? EMPTY);
    for (const state of [chat.state("bob")]) {
      for (const each of [sent[0], sent[2]])
        expect(await refusals(environment, [state], each ?? EMPTY)).toEqual(["ratchet.generation_used"]);
    }
    const consumed = [...reachable(skipping)].filter((secret) => secret.disposed);
    expect(consumed.length).toBe(2);
    await chat.receive("bob", sent[1] ?? EMPTY);
  });

  it("[9.2-04] of an epoch that is over, nothing is left but what opens its messages and its resumption PSK", async () => {
    const chat = await group();
    const { secrets } = chat.state("bob").epoch;
    await chat.commit("alice");
    const gone = Object.entries(secrets)
      .filter(([, secret]) => secret.disposed)
      .map(([name]) => name);
    expect(gone.sort()).toEqual([
      "confirmationKey",
      "epochAuthenticator",
      "exporterSecret",
      "externalSecret",
      "initSecret",
      "membershipKey",
    ]);
    for (let i = 0; i < 4; i++) await chat.commit("alice");
    expect(Object.values(secrets).every((secret) => secret.disposed)).toBe(true);
  });

  it("[8.6-01] [8.6-02] resumption PSKs are kept by a limit of their own", async () => {
    const chat = await group();
    const first = epochOf(chat.one);
    const policy = { ...environment, policy: { maxPastEpochs: 0, maxResumptionPsks: 2 } };
    const limited = new Chat(policy);
    for (const [name, state] of chat.states) limited.states.set(name, state);
    for (let i = 0; i < 4; i++) await limited.commit("alice");
    expect(limited.one.past).toEqual([]);
    expect(limited.one.resumptionPsks.map(({ epoch }) => epoch)).toEqual([first + 3n, first + 2n]);
    const commit = (pskEpoch: bigint) =>
      limited.commit("bob", { proposals: [{ proposalType: "psk", psk: { psktype: "resumption", pskEpoch } }] });
    await commit(first + 3n);
    limited.agree();
    expect((await rejection(() => commit(first + 2n))).code).toBe("psk.missing");
  });

  it("[12.4.2-15] [14-02] a state that is given up leaves nothing", async () => {
    const chat = await group();
    await chat.propose("alice", { proposalType: "update" });
    await chat.send("bob", "x").then(
      () => undefined,
      () => undefined,
    );
    const alice = chat.state("alice");
    discard(undefined, { state: alice });
    expect([...reachable(withoutSigner(alice))].filter((secret) => !secret.disposed)).toEqual([]);
  });
});

/** All the ways in which a secret could stand in a text. */
function textsOf(octets: Uint8Array): string[] {
  const hex = toHex(octets);
  const base64 = Buffer.from(octets).toString("base64").replace(/=+$/, "");
  return [
    hex,
    hex.toUpperCase(),
    base64,
    base64.replaceAll("+", "-").replaceAll("/", "_"),
    octets.join(","),
    octets.join(", "),
    inspect(octets).slice(20, 60),
  ];
}

function expectSilent(value: unknown, secrets: readonly Uint8Array[]): void {
  const json = JSON.stringify(value, (_, each) => (typeof each === "bigint" ? `${each}` : each));
  const inspected = inspect(value, { depth: null, showHidden: true, maxArrayLength: null });
  const text = [String(value), `${value instanceof Error ? value.stack : ""}`, json ?? "", inspected]
    .join(" ")
    .replaceAll(/\s+/g, " ");
  const found = secrets.flatMap(textsOf).filter((needle) => text.includes(needle));
  expect(found).toEqual([]);
}

describe("[2-01] no secret stands in a text", () => {
  it("of a state, or of anything else that the operations return", async () => {
    const chat = await group();
    await chat.propose("alice", { proposalType: "update" });
    await chat.commit("bob");
    const alice = chat.state("alice");
    const bundle = await keyPackageFor(environment, "eve");
    const created = await createCommit(environment, alice, {
      proposals: [{ proposalType: "add", keyPackage: bundle.keyPackage }],
      forcePath: true,
      wireFormat: "mls_public_message",
    });
    const joined = await joinGroup(environment, {
      welcome: created.output.welcomes[0] ?? EMPTY,
      keyPackages: [bundle],
    });
    const external = await joinExternally(environment, {
      ...(await person(environment, "x")),
      groupInfo: await createGroupInfo(environment, alice),
    });
    const proposed = await createProposal(environment, chat.state("carol"), { proposalType: "update" });
    const received = await processMessage(environment, chat.state("carol"), await chat.send("dave", "hello"));
    const values = [alice, bundle, created, joined, external, proposed, received];
    const secrets = values.flatMap((value) => [...reachable(value)]).filter((secret) => !secret.disposed);
    const octets = secrets.map((secret) => secret.bytes);
    expect(octets.length).toBeGreaterThan(60);
    for (const value of values) expectSilent(value, octets);
    for (const value of [
      joined.state.tree,
      created.output.pending,
      joined.state.self.privateKeys,
      joined.state.epoch.secretTree,
    ])
      expectSilent(value, octets);
  });

  it("of an error", async () => {
    const chat = await group();
    const alice = chat.state("alice");
    const errors: MlsError[] = [];
    const attempts: (() => Promise<unknown>)[] = [
      () =>
        createCommit({ ...environment, psks: {} }, alice, {
          proposals: [{ proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } }],
        }),
      () => createCommit(environment, alice, { proposals: [{ proposalType: "remove", removed: leafIndex(0) }] }),
      async () =>
        processMessage(
          environment,
          alice,
          (await insiderCommit(environment, chat.state("bob"), { tag: () => EMPTY })).message,
        ),
      async () =>
        processMessage(
          environment,
          alice,
          (await insiderCommit(environment, chat.state("bob"), { signature: () => EMPTY })).message,
        ),
      async () =>
        processMessage(
          environment,
          alice,
          (await insiderCommit(environment, chat.state("bob"), { membershipTag: () => EMPTY })).message,
        ),
      async () =>
        processMessage(
          environment,
          alice,
          (await insiderCommit(environment, chat.state("bob"), { sealed: (path) => ({ ...path, nodes: [] }) })).message,
        ),
      async () =>
        processMessage(
          environment,
          alice,
          (await insiderProposal(environment, chat.state("bob"), { proposalType: "remove", removed: leafIndex(9) }))
            .message,
        ),
      async () =>
        processMessage(environment, alice, (await protect(environment, chat.state("alice"), utf8("x"))).output),
      () =>
        processMessage(
          { ...environment, authentication: { authenticate: () => Promise.reject(new Error("x")) } },
          alice,
          EMPTY,
        ),
      async () => joinGroup(environment, { welcome: EMPTY, keyPackages: [await keyPackageFor(environment, "x")] }),
    ];
    for (const attempt of attempts) errors.push(await rejection(attempt));
    const octets = [...secretsHeld(alice), (alice.self.signer as KeySigner).privateKey].map((secret) => secret.bytes);
    for (const error of errors) {
      expect(error).toBeInstanceOf(MlsError);
      expectSilent(error, octets);
    }
    expect(errors.length).toBe(attempts.length);
  });

  it("and the search finds what stands there", async () => {
    const secret = new Uint8Array(32).fill(0xab);
    expect(() => expectSilent({ leaked: toHex(secret) }, [secret])).toThrow();
    expect(() => expectSilent({ leaked: secret }, [secret])).toThrow();
    expect(() => expectSilent(new Error(Buffer.from(secret).toString("base64")), [secret])).toThrow();
  });
});

describe("§8.1 a state", () => {
  it("[8.1-01] [8.7-01] has one id for life, an epoch that rises by one, and an authenticator for each", async () => {
    const chat = await group();
    const id = toHex(groupIdOf(chat.one));
    const seen = new Set<string>();
    for (let i = 0; i < 4; i++) {
      const before = epochOf(chat.one);
      const { secrets, groupContext } = chat.one.epoch;
      seen.add(toHex(secrets.epochAuthenticator.bytes));
      await chat.commit(NAMES[i] ?? "alice", {
        proposals: i % 2 === 0 ? [{ proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } }] : [],
      });
      expect(epochOf(chat.one)).toBe(before + 1n);
      expect(toHex(groupIdOf(chat.one))).toBe(id);
      expect(toHex(chat.one.epoch.groupContext.treeHash)).toBe(toHex(chat.one.tree.hash));
      expect(toHex(chat.one.epoch.groupContext.confirmedTranscriptHash)).not.toBe(
        toHex(groupContext.confirmedTranscriptHash),
      );
      chat.agree();
    }
    expect(seen.size).toBe(4);
    expect(extensionsOf(chat.one)).toEqual([]);
  });

  it("[8.7-01] of members with different views has different authenticators", async () => {
    const chat = await group();
    const forks = [
      await insiderCommit(environment, chat.state("alice")),
      await insiderCommit(environment, chat.state("bob")),
    ];
    const [one, two] = [
      await processMessage(environment, chat.state("carol"), forks[0]?.message ?? EMPTY),
      await processMessage(environment, chat.state("dave"), forks[1]?.message ?? EMPTY),
    ];
    expect(toHex(one.state.epoch.secrets.epochAuthenticator.bytes)).not.toBe(
      toHex(two.state.epoch.secrets.epochAuthenticator.bytes),
    );
  });

  it("[8.1-02] [2.1-04] does not go past the last epoch", async () => {
    const chat = await group();
    const last = 2n ** 64n - 1n;
    const atEnd = (state: GroupState): GroupState => ({
      ...state,
      epoch: { ...state.epoch, groupContext: { ...state.epoch.groupContext, epoch: last } },
    });
    const before = fingerprint(chat.one);
    expect((await rejection(() => createCommit(environment, atEnd(chat.one)))).code).toBe("epoch.exhausted");
    expect(fingerprint(chat.one)).toBe(before);
  });

  it("knows its own leaf", async () => {
    const chat = await group();
    for (const name of NAMES) expect(ownLeaf(chat.state(name)).credential).toEqual(basic(name));
    const removed = await insiderCommit(environment, chat.state("alice"), {
      proposals: [byValue({ proposalType: "remove", removed: leafIndex(3) })],
    });
    const { state } = await processMessage(environment, chat.state("dave"), removed.message);
    expect(ownLeaf(state).credential).toEqual(basic("dave"));
  });
});
