import { describe, expect, it } from "vitest";
import { EMPTY, toHex, utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import type { MlsError } from "../../src/errors.ts";
import { reportFailure } from "../../src/group/failure-report.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { processMessage } from "../../src/group/messages.ts";
import { createProposal } from "../../src/group/propose.ts";
import { observeGroup, observeMessage } from "../../src/group/public-group.ts";
import { type GroupState, groupIdOf, secretsHeld } from "../../src/group/state.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import { Chat, copiesOf, environmentOf, suiteOf } from "../support/group.ts";
import { byValue, type CommitPlan, insiderCommit } from "../support/group-insider.ts";
import { rejection } from "../support/rejection.ts";

const environment = environmentOf();
const { suite } = environment;
const group = copiesOf(async () => {
  const chat = await Chat.of(["alice", "bob", "carol", "dave"], environment);
  await chat.fill();
  return chat;
});
const FORMATS = ["mls_public_message", "mls_private_message"] as const;

/** Everything that the suite derives while `work` runs, and what was decrypted. */
async function overheard(work: (heard: typeof environment) => Promise<unknown>): Promise<Uint8Array[]> {
  const secrets: Uint8Array[] = [];
  const note = <T extends Uint8Array>(octets: T): T => {
    if (octets.length >= 12) secrets.push(octets.slice());
    return octets;
  };
  const { kdf, aead } = suite;
  const listening = {
    ...suite,
    kdf: {
      ...kdf,
      extract: (salt: Uint8Array, ikm: Uint8Array) => note(kdf.extract(salt, ikm)),
      expand: (prk: Uint8Array, info: Uint8Array, length: number) => note(kdf.expand(prk, info, length)),
    },
    aead: {
      ...aead,
      open: (...call: Parameters<typeof aead.open>) => note(aead.open(...call)),
    },
  };
  await work({ ...environment, suite: listening });
  return secrets;
}

/** In any of the ways in which octets are written down, in part as well. */
function expectNone(secrets: readonly Uint8Array[], text: string): void {
  for (const secret of secrets) {
    const part = secret.subarray(0, 8);
    for (const written of [toHex(part), [...part].join(","), Buffer.from(secret.subarray(0, 9)).toString("base64")]) {
      expect(text.includes(written)).toBe(false);
    }
  }
}

/** What a member says of a commit that it could not process. */
async function reported(state: GroupState, message: Uint8Array) {
  let failure: MlsError | undefined;
  const derived = await overheard(async (heard) => {
    failure = await rejection(() => processMessage(heard, state, message));
  });
  if (failure === undefined) throw new Error("it did not fail");
  const report = reportFailure(environment, state, message, failure);
  if (message[3] === 2) expect(derived.length).toBeGreaterThan(0);
  expectNone([...derived, ...[...secretsHeld(state)].map(({ bytes }) => bytes)], JSON.stringify(report));
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  return report;
}

describe("§16.12 a commit that fails is reported", () => {
  const PLANS: readonly (readonly [string, CommitPlan, string])[] = [
    ["a path that does not fit", { pathKeys: ([first = EMPTY]) => [first, suiteKey] }, "path.public_key"],
    ["a path that is too short", { sealed: (path) => ({ ...path, nodes: path.nodes.slice(1) }) }, "path.length"],
    ["a wrong tag", { tag: (tag) => tag.map((octet) => octet ^ 1) }, "content.confirmation_tag"],
    [
      "a Remove of nobody",
      { proposals: [byValue({ proposalType: "remove", removed: leafIndex(9) })] },
      "proposal.removed_blank",
    ],
  ];
  const suiteKey = new Uint8Array(32).fill(9);

  it.each(PLANS.flatMap(([name, plan, code]) => FORMATS.map((format) => [name, format, plan, code] as const)))(
    "[16.12-01] with committer, epoch and reason, and without secrets: %s, %s",
    async (_, wireFormat, plan, code) => {
      const chat = await group();
      const { message } = await insiderCommit(environment, chat.one, { ...plan, wireFormat });
      const report = await reported(chat.state("dave"), message);
      expect(report).toMatchObject({
        groupId: toHex(groupIdOf(chat.one)),
        epoch: "5",
        messageHash: toHex(suite.hash.digest(message)),
        contentType: "commit",
        claimedSender: { senderType: "member", leafIndex: 0 },
        failure: { code },
      });
      expect(report.failure.section).toMatch(/^\d/);
    },
  );

  it("[16.12-01] equal for all who see the same fault, so that reports can be compared", async () => {
    const chat = await group();
    const { message } = await insiderCommit(environment, chat.one, { tag: () => new Uint8Array(32) });
    const [ofBob, ofCarol] = [await reported(chat.state("bob"), message), await reported(chat.state("carol"), message)];
    expect(ofBob).toEqual(ofCarol);
  });

  it("an external commit is named as such, and a proposal is reported in the same way", async () => {
    const chat = await group();
    const { signer } = chat.one.self;
    const plan: CommitPlan = {
      external: { signer },
      proposals: (kemOutput) => [byValue({ proposalType: "external_init", kemOutput })],
    };
    const { message } = await insiderCommit(environment, chat.one, plan);
    const report = await reported(chat.state("bob"), message);
    expect(report.claimedSender).toEqual({ senderType: "new_member_commit" });
    expect(report.failure.code).toBe("tree.duplicate_signature_key");

    const refusing = { ...environment, permission: { proposal: () => false } };
    const remove = { proposalType: "remove", removed: leafIndex(2) } as const;
    const { output } = await createProposal(environment, chat.one, remove);
    const error = await rejection(() => processMessage(refusing, chat.state("bob"), output.message));
    expect(reportFailure(environment, chat.state("bob"), output.message, error)).toMatchObject({
      contentType: "proposal",
      claimedSender: { senderType: "member", leafIndex: 0 },
      failure: { code: "proposal.unauthorised", details: { proposalType: "remove" } },
    });
  });

  it("what cannot be read says nothing of its sender", async () => {
    const chat = await group();
    const sent = await chat.send("alice", "x");
    const broken = [utf8("no message"), EMPTY, sent.with(sent.length - 1, (sent.at(-1) ?? 0) ^ 1)];
    const seen = [];
    for (const message of broken) {
      const error = await rejection(() => processMessage(environment, chat.state("bob"), message));
      seen.push(reportFailure(environment, chat.state("bob"), message, error));
    }
    expect(seen.map(({ contentType }) => contentType)).toEqual([undefined, undefined, "application"]);
    expect(seen.slice(0, 2).map(({ claimedSender }) => claimedSender)).toEqual([undefined, undefined]);
    for (let i = 0; i < 4; i++) await chat.commit("carol");
    const late = await rejection(() => processMessage(environment, chat.state("bob"), broken[2] ?? EMPTY));
    expect(reportFailure(environment, chat.state("bob"), broken[2] ?? EMPTY, late).claimedSender).toBeUndefined();
  });

  it("is made by an observer, too, as far as it sees", async () => {
    const chat = await group();
    const observer = await observeGroup(environment, { groupInfo: await createGroupInfo(environment, chat.one) });
    const outcomes = [];
    for (const wireFormat of FORMATS) {
      const plan: CommitPlan = { sealed: (path) => ({ ...path, nodes: path.nodes.slice(1) }), wireFormat };
      const { message } = await insiderCommit(environment, chat.one, plan);
      const error = await rejection(() => observeMessage(environment, observer, message));
      outcomes.push(reportFailure(environment, observer, message, error));
    }
    expect(outcomes).toMatchObject([
      { epoch: "5", contentType: "commit", claimedSender: { leafIndex: 0 }, failure: { code: "path.length" } },
      { epoch: "5", contentType: "commit", claimedSender: undefined, failure: { code: "observer.private_message" } },
    ]);
  });

  it("says what the message claims: a sender that failed before its signature was checked may be anybody", async () => {
    const chat = await group();
    const { output } = await createProposal(
      environment,
      chat.one,
      { proposalType: "remove", removed: leafIndex(2) },
      { wireFormat: "mls_public_message" },
    );
    const message = decode(MLSMessage, output.message);
    if (message.wireFormat !== "mls_public_message") throw new Error("not public");
    const { content } = message.publicMessage;
    const forged = encode(MLSMessage, {
      ...message,
      publicMessage: {
        ...message.publicMessage,
        content: { ...content, sender: { senderType: "member", leafIndex: leafIndex(1) } },
      },
    });
    const report = await reported(chat.state("dave"), forged);
    expect(report.failure.code).toBe("content.membership_tag");
    expect(report.claimedSender).toEqual({ senderType: "member", leafIndex: 1 });
    expect(report).not.toHaveProperty("sender");
  });

  it("names the sender of a late message by the keys of its epoch", async () => {
    const chat = await group();
    const late = await chat.send("carol", "late");
    await chat.receive("bob", late);
    await chat.commit("alice");
    const report = await reported(chat.state("bob"), late);
    expect(report).toMatchObject({
      epoch: "6",
      claimedSender: { senderType: "member", leafIndex: 2 },
      failure: { code: "ratchet.generation_used" },
    });
  });

  it("is not made with another group's suite", async () => {
    const chat = await group();
    const error = await rejection(() => processMessage(environment, chat.one, EMPTY));
    const other = environmentOf({ suite: suiteOf(2) });
    const made = await rejection(async () => reportFailure(other, chat.one, EMPTY, error));
    expect(made.code).toBe("suite.unknown");
  });

  it("is not made of what is no message", async () => {
    const chat = await group();
    const error = await rejection(() => processMessage(environment, chat.one, null as never));
    expect(error.code).toBe("input.invalid");
    const made = await rejection(async () => reportFailure(environment, chat.one, null as never, error));
    expect(made.code).toBe("input.invalid");
  });

  it("is made with any suite's hash", async () => {
    const other = environmentOf({ suite: suiteOf(7) });
    const chat = await Chat.of(["alice", "bob"], other);
    const { message } = await insiderCommit(other, chat.one, { tag: () => EMPTY });
    const error = await rejection(() => processMessage(other, chat.state("bob"), message));
    expect(reportFailure(other, chat.state("bob"), message, error).messageHash.length).toBe(96);
  });
});
