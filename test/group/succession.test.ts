import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { createGroup } from "../../src/group/create.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { joinGroup } from "../../src/group/join.ts";
import { pskSecretFor } from "../../src/group/psks.ts";
import { branch } from "../../src/group/resumption.ts";
import { epochOf, type GroupState, groupIdOf } from "../../src/group/state.ts";
import { zeroSecret } from "../../src/schedule/key-schedule.ts";
import { leafIndex } from "../../src/tree-math.ts";
import type { GroupContext } from "../../src/wire/group-context.ts";
import type { PreSharedKeyID } from "../../src/wire/pre-shared-key.ts";
import { Chat, copiesOf, environmentOf, fingerprint, keyPackageFor, person, suiteOf } from "../support/group.ts";
import { insiderWelcome } from "../support/group-insider.ts";

const NAMES = ["alice", "bob", "carol"] as const;
const GROUP = utf8("the next group");
const environment = environmentOf();
const group = copiesOf(() => Chat.of(NAMES, environment));
const senders = [{ extensionType: "external_senders", extensionData: Uint8Array.of(0) }] as const;

/** A group that a commit of Alice's has closed with a ReInit. */
async function closed(cipherSuite = 1): Promise<Chat> {
  const chat = await group();
  const reInit = { proposalType: "reinit", groupId: GROUP, version: "mls10", cipherSuite, extensions: [] } as const;
  await chat.commit("alice", { proposals: [reInit] });
  return chat;
}

interface Plan {
  readonly usage?: "reinit" | "branch" | "application";
  /** Of the new group, besides Alice. */
  readonly others?: readonly string[];
  readonly suite?: number;
  readonly context?: Partial<GroupContext>;
  readonly psk?: (psk: PreSharedKeyID) => readonly PreSharedKeyID[];
}

/** What Bob makes of Alice's Welcome to a group that says to continue the old one. */
async function verdict(chat: Chat, plan: Plan, predecessor = chat.state("bob")): Promise<string> {
  const { usage = "reinit", others = ["bob", "carol"], suite: id = 1, context = {} } = plan;
  const e = environmentOf({ suite: suiteOf(id), seed: "insider" });
  const { suite, random } = e;
  const founder = await person(e, "alice");
  const bundles = await Promise.all(others.map((name) => keyPackageFor(e, name)));
  const founded = await createGroup(e, { ...founder, groupId: GROUP });
  const adds = bundles.map(({ keyPackage }) => ({ proposalType: "add", keyPackage }) as const);
  const { output } = await createCommit(e, founded, { proposals: adds });
  const { tree, epoch } = output.pending.next;
  const alice = chat.one;
  const psk: PreSharedKeyID = {
    psktype: "resumption",
    usage,
    pskGroupId: groupIdOf(alice),
    pskEpoch: epochOf(alice),
    pskNonce: random(suite.kdf.Nh),
  };
  const psks = plan.psk?.(psk) ?? [psk];
  const any = { resumption: () => new Uint8Array(32) };
  const pskSecret = await pskSecretFor({ suite, psks: any, states: [alice] }, psks);
  const [bob] = bundles;
  if (bob === undefined) throw new Error("Bob is not invited");
  const welcome = await insiderWelcome(
    e,
    { ...epoch.groupContext, ...context },
    {
      joiner: bob,
      tree,
      signer: founder.signer,
      signerIndex: leafIndex(0),
      psks,
      pskSecret: psks.length === 0 ? zeroSecret(suite) : pskSecret,
    },
  );
  const before = fingerprint(predecessor);
  const outcome = await joinGroup(e, { welcome, keyPackages: [bob], predecessor }).then(
    () => "accepted",
    (error) => error.code ?? String(error),
  );
  expect(fingerprint(predecessor)).toBe(before);
  return outcome;
}

const change = (changes: object) => (psk: PreSharedKeyID) => [{ ...psk, ...changes } as PreSharedKeyID];

describe("§11.2 a Welcome that says to continue a re-initialised group", () => {
  it.each<[string, Plan, string]>([
    ["that does", {}, "accepted"],
    ["[11.2-01] of another group id", { context: { groupId: utf8("another") } }, "successor.parameters"],
    ["[11.2-01] of other extensions", { context: { extensions: senders } }, "successor.parameters"],
    ["[11.2-02] [12.4.3.1-17] of epoch 0", { context: { epoch: 0n } }, "successor.epoch"],
    ["[11.2-02] [12.4.3.1-17] of epoch 2", { context: { epoch: 2n } }, "successor.epoch"],
    ["[11.2-03] without the PSK", { psk: () => [] }, "welcome.resumption"],
    ["[11.2-03] with a PSK for an application", { usage: "application" }, "welcome.resumption"],
    ["[11.2-03] with a PSK for a branch", { usage: "branch" }, "successor.parameters"],
    ["[11.2-03] with a PSK of another group", { psk: change({ pskGroupId: utf8("other") }) }, "psk.missing"],
    ["[11.2-03] with the PSK of the epoch before", { psk: change({ pskEpoch: 1n }) }, "successor.parameters"],
    ["[11.2-03] with the PSK of the epoch after", { psk: change({ pskEpoch: 3n }) }, "psk.missing"],
    [
      "[11.2-05] with a nonce of another length",
      { psk: change({ pskNonce: new Uint8Array(48) }) },
      "proposal.psk_nonce",
    ],
    ["[12.4.3.1-06] with two of its PSKs", { psk: (psk) => [psk, psk] }, "welcome.several_resumptions"],
    ["[12.4.3.1-18] without a member of the old one", { others: ["bob"] }, "successor.members"],
    ["with a member more", { others: ["bob", "carol", "dave"] }, "accepted"],
  ])("%s", async (_, plan, outcome) => {
    const chat = await closed();
    expect(epochOf(chat.one)).toBe(2n);
    expect(await verdict(chat, plan)).toBe(outcome);
    expect(await verdict(chat, {})).toBe("accepted");
  });

  it("[11.2-01] [11.2-05] of another suite than was asked for, or of that one", async () => {
    const chat = await closed(3);
    expect(await verdict(chat, { suite: 1 })).toBe("successor.parameters");
    expect(await verdict(chat, { suite: 3 })).toBe("accepted");
    const wider = await closed(7);
    expect(await verdict(wider, { suite: 7 })).toBe("accepted");
    const short = { suite: 7, psk: change({ pskNonce: new Uint8Array(32) }) };
    expect(await verdict(wider, short)).toBe("proposal.psk_nonce");
  });

  it("[12.4.3.1-18] that was not re-initialised", async () => {
    expect(await verdict(await group(), {})).toBe("successor.parameters");
  });
});

describe("§11.3 a Welcome that says to be a branch", () => {
  const usage = "branch";
  it.each<[string, Plan, string]>([
    ["that is one", { usage, others: ["bob"] }, "accepted"],
    ["of any group id and extensions", { usage, context: { groupId: utf8("x"), extensions: senders } }, "accepted"],
    ["[11.3-02] [12.4.3.1-19] of another suite", { usage, suite: 3 }, "successor.parameters"],
    ["[11.3-03] of epoch 0", { usage, context: { epoch: 0n } }, "successor.epoch"],
    ["[11.3-03] of epoch 2", { usage, context: { epoch: 2n } }, "successor.epoch"],
    ["[11.3-04] with an outsider", { usage, others: ["bob", "dave"] }, "successor.members"],
    ["of an epoch that is not kept", { usage, psk: change({ pskEpoch: 9n }) }, "psk.missing"],
  ])("%s", async (_, plan, outcome) => {
    expect(await verdict(await group(), plan)).toBe(outcome);
  });

  it("[11.2-03] a re-initialised group is not branched from, on either side; its earlier epochs may have been", async () => {
    const chat = await closed();
    const bob = await keyPackageFor(environment, "bob");
    const options = { ...(await person(environment, "alice")), keyPackages: [bob.keyPackage] };
    const refused = await branch(environment, chat.one, options).catch(({ code }) => code);
    expect(refused).toBe("successor.parameters");
    expect(await verdict(chat, { usage, psk: change({ pskEpoch: 1n }) })).toBe("accepted");
  });

  it("by a member that has been removed since, from an epoch in which it was there", async () => {
    const chat = await group();
    const before: GroupState = chat.state("bob");
    const { output } = await createCommit(environment, chat.one, {
      proposals: [{ proposalType: "remove", removed: leafIndex(1) }],
    });
    const removed = await chat.receive("bob", output.message);
    expect(removed).toMatchObject({ commit: { removedSelf: true } });
    expect(toHex(chat.state("bob").tree.hash)).toBe(toHex(before.tree.hash));
    expect(await verdict(chat, { usage, others: ["bob"] })).toBe("accepted");
  });
});
