import { describe, expect, it } from "vitest";
import { EMPTY, utf8 } from "../../src/bytes.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import type { HandshakeFormat } from "../../src/group/environment.ts";
import { proposeSelf } from "../../src/group/external-proposals.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { processMessage, protect } from "../../src/group/messages.ts";
import { acceptCommit } from "../../src/group/pending.ts";
import { createProposal } from "../../src/group/propose.ts";
import { observeGroup, observeMessage } from "../../src/group/public-group.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { Chat, copiesOf, copyOfState, environmentOf, fingerprint, keyPackageFor, refusals } from "../support/group.ts";
import { rejection } from "../support/rejection.ts";

const environment = environmentOf();
const NAMES = ["alice", "bob", "carol"] as const;
const group = copiesOf(() => Chat.of(NAMES, environment));
const FORMATS: readonly HandshakeFormat[] = ["mls_public_message", "mls_private_message"];
const remove = { proposalType: "remove", removed: leafIndex(2) } as const;

/** What comes of a message that must leave the state as it is. */
async function refused(chat: Chat, name: string, message: Uint8Array) {
  const before = fingerprint(chat.state(name));
  const error = await rejection(() => processMessage(environment, chat.state(name), message));
  expect(fingerprint(chat.state(name))).toBe(before);
  expect(error.reaction).toBe("stale");
  return error;
}

describe("§6 an echo is recognised, and is no offence", () => {
  it("of application data, with the generation that was sent and the one that is next", async () => {
    const chat = await group();
    await chat.send("alice", "zero");
    const one = await chat.send("alice", "one");
    const error = await refused(chat, "alice", one);
    expect(error.code).toBe("content.own_message");
    expect(error.details).toEqual({ contentType: "application", generation: 1, next: 2 });
  });

  it("[6.3.1-03] of what this state has not sent: it is older than what was sent", async () => {
    const chat = await group();
    const restored = copyOfState(chat.one);
    const sent = await chat.send("alice", "x");
    const { code, details } = await rejection(() => processMessage(environment, restored, sent));
    expect([code, details.generation, details.next]).toEqual(["content.own_message", 0, 0]);
  });

  it("of application data after the epoch has ended", async () => {
    const chat = await group();
    const sent = await chat.send("alice", "x");
    await chat.commit("bob");
    expect((await refused(chat, "alice", sent)).code).toBe("content.own_message");
  });

  it("of an own proposal: a public one is known, a private one is an own message", async () => {
    for (const request of [remove, { proposalType: "update" } as const]) {
      const chat = await group();
      const [open, closed] = [
        await chat.propose("alice", request, { wireFormat: "mls_public_message" }),
        await chat.propose("alice", request),
      ];
      const echoed = await processMessage(environment, chat.one, open.message);
      expect(echoed.state).toBe(chat.one);
      expect(echoed.spent).toEqual([]);
      expect(echoed.output).toMatchObject({ contentType: "proposal", reference: open.reference, known: true });
      const error = await refused(chat, "alice", closed.message);
      expect(error.code).toBe("content.own_message");
      expect(error.details).toMatchObject({ contentType: "proposal" });
    }
  });

  it.each(FORMATS)("[12.4.2-16] of an own commit, pending or accepted: %s", async (wireFormat) => {
    const chat = await group();
    const { output, state } = await createCommit(environment, chat.one, { wireFormat });
    chat.states.set("alice", state);
    const pending = await refused(chat, "alice", output.message);
    expect(pending.code).toBe("content.own_message");
    expect(pending.details).toMatchObject({ contentType: "commit" });
    chat.states.set("alice", acceptCommit(environment, state, output.pending).state);
    expect((await refused(chat, "alice", output.message)).code).toBe("epoch.past");
  });

  it.each(FORMATS)("[12.4.2-16] of an own commit that lost: %s", async (wireFormat) => {
    const chat = await group();
    const { output, state } = await createCommit(environment, chat.one, { wireFormat });
    chat.states.set("alice", state);
    await chat.commit("bob");
    expect((await refused(chat, "alice", output.message)).code).toBe("epoch.past");
  });
});

describe("§15.3 a duplicate is told from what came too late", () => {
  it("[9.1-03] application data that was opened, in order or not", async () => {
    const chat = await group();
    const sent = [];
    for (const text of ["0", "1", "2", "3"]) sent.push(await chat.send("alice", text));
    for (const i of [0, 3, 1]) await chat.receive("bob", sent[i] ?? EMPTY);
    for (const i of [0, 1, 3])
      expect((await refused(chat, "bob", sent[i] ?? EMPTY)).code).toBe("ratchet.generation_used");
    await chat.receive("bob", sent[2] ?? EMPTY);
  });

  it("[15.3-01] application data whose key was not kept", async () => {
    const tight = { ...environment, policy: { ratchet: { maxSkipped: 1, maxForward: 10 } } };
    const chat = await group();
    const sent = [];
    for (const text of ["0", "1", "2", "3"]) sent.push(await chat.send("alice", text));
    await chat.receive("bob", sent[0] ?? EMPTY, tight);
    await chat.receive("bob", sent[3] ?? EMPTY, tight);
    const codes = [];
    for (const i of [1, 3]) codes.push((await refused(chat, "bob", sent[i] ?? EMPTY)).code);
    expect(codes).toEqual(["ratchet.generation_dropped", "ratchet.generation_used"]);
    await chat.receive("bob", sent[2] ?? EMPTY, tight);
  });

  it("[15.3-03] application data of an epoch whose keys are gone", async () => {
    const chat = await group();
    const sent = await chat.send("alice", "x");
    for (let i = 0; i < 4; i++) await chat.commit("carol");
    expect((await refused(chat, "bob", sent)).code).toBe("epoch.expired");
  });

  it.each(FORMATS)("a proposal and a commit that were processed: %s", async (wireFormat) => {
    const chat = await group();
    const proposal = await chat.propose("alice", remove, { wireFormat });
    if (wireFormat === "mls_public_message") {
      const again = await processMessage(environment, chat.state("bob"), proposal.message);
      expect(again.state).toBe(chat.state("bob"));
      expect(again.output).toMatchObject({ known: true });
    } else {
      expect((await refused(chat, "bob", proposal.message)).code).toBe("ratchet.generation_used");
    }
    const { message } = await chat.commit("alice", { wireFormat });
    for (const each of [message, proposal.message]) expect((await refused(chat, "bob", each)).code).toBe("epoch.past");
  });

  it("an observer knows a proposal that it has seen", async () => {
    const chat = await group();
    const observer = await observeGroup(environment, { groupInfo: await createGroupInfo(environment, chat.one) });
    const { message } = await chat.propose("alice", remove, { wireFormat: "mls_public_message" });
    const first = await observeMessage(environment, observer, message);
    const second = await observeMessage(environment, first.state, message);
    expect([first.output, second.output]).toMatchObject([{ known: false }, { known: true }]);
    expect(second.state).toBe(first.state);
  });
});

describe("§6 the wire formats of members' handshake messages", () => {
  const only = (wireFormat: HandshakeFormat) => ({
    ...environment,
    policy: { newMemberProposals: true, handshakeFormat: wireFormat, acceptedHandshakeFormats: [wireFormat] },
  });

  it.each(FORMATS)("are accepted or refused by the policy: only %s", async (accepted) => {
    for (const wireFormat of FORMATS) {
      const chat = await group();
      const expected = (content: string) =>
        wireFormat === accepted ? `accepted ${content}` : "content.wire_format_refused";
      const proposal = await createProposal(environment, chat.one, remove, { wireFormat });
      expect(await refusals(only(accepted), [chat.state("bob")], proposal.output.message)).toEqual([
        expected("proposal"),
      ]);
      const commit = await createCommit(environment, chat.state("carol"), { wireFormat });
      expect(await refusals(only(accepted), [chat.state("bob")], commit.output.message)).toEqual([expected("commit")]);
    }
  });

  it("are both accepted by default, and the policy may change while the group lives", async () => {
    const chat = await group();
    for (const wireFormat of FORMATS) await chat.commit("alice", { wireFormat });
    const { output } = await createCommit(environment, chat.one, { wireFormat: "mls_private_message" });
    expect(await refusals(only("mls_public_message"), [chat.state("bob")], output.message)).toEqual([
      "content.wire_format_refused",
    ]);
    await chat.receive("bob", output.message);
  });

  it.each(FORMATS)("are those of what is sent, too: only %s", async (accepted) => {
    for (const wireFormat of FORMATS) {
      const chat = await group();
      const expected = wireFormat === accepted ? "sent" : "option.invalid";
      const e = only(accepted);
      for (const send of [
        () => createProposal(e, copyOfState(chat.one), remove, { wireFormat }),
        () => createCommit(e, copyOfState(chat.one), { wireFormat }),
      ]) {
        expect(
          await send().then(
            () => "sent",
            (error) => error.code,
          ),
        ).toBe(expected);
      }
      await chat.receive("bob", chat.adopt("alice", await protect(e, chat.state("alice"), utf8("x"))));
    }
  });

  it("[6-01] [12.1.8-01] bind neither application data nor those who are not members", async () => {
    const chat = await group();
    await chat.receive("bob", await chat.send("alice", "x"), only("mls_public_message"));
    const { epoch } = chat.one;
    const eve = await keyPackageFor(environment, "eve");
    const request = await proposeSelf(environment, { groupContext: epoch.groupContext, keyPackage: eve });
    await chat.receive("bob", request.message, only("mls_private_message"));
    const outside = await chat.copy();
    const joined = await outside.joinExternally("alice", "frank");
    await processMessage(only("mls_private_message"), chat.state("carol"), joined);
  });

  it("[6-03] of what is sent are the policy's, unless a call says otherwise", async () => {
    const chat = await group();
    const open = { ...environment, policy: { handshakeFormat: "mls_public_message" } as const };
    const formatOf = (message: Uint8Array) => (message[3] === 1 ? "mls_public_message" : "mls_private_message");
    for (const make of [
      async (e: typeof environment, options = {}) =>
        (await createProposal(e, copyOfState(chat.one), remove, options)).output.message,
      async (e: typeof environment, options = {}) =>
        (await createCommit(e, copyOfState(chat.one), options)).output.message,
    ]) {
      expect(formatOf(await make(environment))).toBe("mls_private_message");
      expect(formatOf(await make(open))).toBe("mls_public_message");
      expect(formatOf(await make(open, { wireFormat: "mls_private_message" }))).toBe("mls_private_message");
    }
    expect(formatOf((await protect(open, chat.one, EMPTY)).output)).toBe("mls_private_message");
  });

  it("bind an observer, too", async () => {
    const chat = await group();
    const observer = await observeGroup(environment, { groupInfo: await createGroupInfo(environment, chat.one) });
    const { output } = await createCommit(environment, chat.one, { wireFormat: "mls_public_message" });
    const error = await rejection(() => observeMessage(only("mls_private_message"), observer, output.message));
    expect(error.code).toBe("content.wire_format_refused");
  });
});
