import { describe, expect, it } from "vitest";
import { EMPTY, utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { signContent } from "../../src/framing/content.ts";
import { noPadding } from "../../src/framing/padding.ts";
import { protectPrivate } from "../../src/framing/private-message.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { processMessage, protect, type Received } from "../../src/group/messages.ts";
import { acceptCommit } from "../../src/group/pending.ts";
import { createProposal } from "../../src/group/propose.ts";
import { dropProposals, type GroupState } from "../../src/group/state.ts";
import { nextSendingKey, receivingKey } from "../../src/schedule/secret-tree.ts";
import { dispose } from "../../src/secret.ts";
import { type LeafIndex, leafIndex } from "../../src/tree-math.ts";
import type { FramedContent } from "../../src/wire/framed-content.ts";
import { MLSMessage, type PrivateMessage } from "../../src/wire/message.ts";
import { basic, Chat, copiesOf, copyOfState, environmentOf, fingerprint, refusals, suiteOf } from "../support/group.ts";
import { insiderApplication, insiderCommit, insiderProposal } from "../support/group-insider.ts";
import { watchSuite } from "../support/group-secrets.ts";
import { rejection } from "../support/rejection.ts";

const environment = environmentOf();
const { suite, random } = environment;
const NAMES = ["alice", "bob", "carol", "dave"];
const group = copiesOf(async () => {
  const chat = await Chat.of(NAMES, environment);
  await chat.fill();
  return chat;
});

const textOf = (received: Received) =>
  received.contentType === "application" ? new TextDecoder().decode(received.applicationData) : received.contentType;
const say = async (state: GroupState, text: string, e = environment) => protect(e, state, utf8(text));

function privateMessageIn(octets: Uint8Array): PrivateMessage {
  const message = decode(MLSMessage, octets);
  if (message.wireFormat !== "mls_private_message") throw new Error("not private");
  return message.privateMessage;
}
const inMessage = (privateMessage: PrivateMessage) =>
  encode(MLSMessage, { version: "mls10", wireFormat: "mls_private_message", privateMessage });

describe("§15 application messages", () => {
  it.each([1, 2, 3, 4, 5, 6, 7])("arrive in suite %i as they were sent, from every member", async (id) => {
    const chat = await Chat.of(["alice", "bob"], environmentOf({ suite: suiteOf(id) }));
    for (const name of chat.names) {
      const sent = await protect(chat.environment, chat.state(name), utf8("hello"), {
        authenticatedData: utf8("readable"),
      });
      chat.adopt(name, sent);
      for (const [, received] of await chat.deliver(name, sent.output)) {
        expect(received).toMatchObject({
          contentType: "application",
          applicationData: utf8("hello"),
          authenticatedData: utf8("readable"),
          generation: 0,
          epoch: 1n,
        });
        expect(received.contentType === "application" && received.sender).toBe(chat.state(name).self.leafIndex);
        expect(received.contentType === "application" && received.senderLeaf.credential).toEqual(basic(name));
      }
    }
  });

  it("[6-01] are private", async () => {
    const chat = await group();
    expect(decode(MLSMessage, await chat.send("alice", "hello")).wireFormat).toBe("mls_private_message");
  });

  it("[6-02] are refused in public, with the right signature and membership tag", async () => {
    const chat = await group();
    const message = await insiderApplication(environment, chat.state("alice"), utf8("hello"));
    expect(await refusals(environment, [chat.state("bob")], message)).toEqual(["content.application_in_public"]);
  });

  it("can be empty, and large", async () => {
    const chat = await group();
    for (const length of [0, 1, 63, 64, 16_383, 16_384, 1_000_000]) {
      const applicationData = new Uint8Array(length).fill(7);
      const sent = await protect(environment, chat.state("alice"), applicationData);
      const received = await processMessage(environment, chat.state("bob"), sent.output);
      expect(received.output.contentType === "application" && received.output.applicationData.length).toBe(length);
      chat.adopt("alice", sent);
    }
  });

  it("[15.1-01] are padded as asked, or by the policy", async () => {
    const chat = await group();
    const plain = (await protect(environment, copyOfState(chat.state("alice")), utf8("x"))).output.length;
    const asked = await protect(environment, copyOfState(chat.state("alice")), utf8("x"), { padding: () => 37 });
    expect(asked.output.length).toBe(plain + 37);
    const policy = { ...environment, policy: { padding: () => 38 } };
    expect((await say(copyOfState(chat.state("alice")), "x", policy)).output.length).toBe(plain + 38);
    expect(textOf(await chat.receive("bob", asked.output))).toBe("x");
  });

  it("[9.2-06] [6.3.2-05] arrive in any order, each once", async () => {
    const chat = await group();
    const sent: Uint8Array[] = [];
    for (let i = 0; i < 12; i++) sent.push(await chat.send("alice", `message ${i}`));
    for (const i of [5, 0, 11, 3, 4, 1, 2, 10, 9, 6, 8, 7]) {
      expect(textOf(await chat.receive("bob", sent[i] ?? EMPTY))).toBe(`message ${i}`);
      expect(await refusals(environment, [chat.state("bob")], sent[i] ?? EMPTY)).toEqual(["ratchet.generation_used"]);
    }
  });

  it("[9.1-03] are not opened twice, even long after", async () => {
    const chat = await group();
    const first = await chat.send("alice", "first");
    await chat.receive("bob", first);
    for (let i = 0; i < 100; i++) await chat.receive("bob", await chat.send("alice", `${i}`));
    expect(await refusals(environment, [chat.state("bob")], first)).toEqual(["ratchet.generation_used"]);
  });

  it("[6-06] of another group with the same members are refused", async () => {
    const chat = await group();
    const octets = await chat.send("alice", "x");
    const moved = inMessage({ ...privateMessageIn(octets), groupId: utf8("another") });
    expect(await refusals(environment, [chat.state("bob")], moved)).toEqual(["group.wrong_id"]);
  });

  it("[6.3.1-07] [6.3.2-03] [6.3.1-10] with any header field changed are refused, and the genuine one opens", async () => {
    const chat = await group();
    const octets = await chat.send("alice", "genuine");
    const message = privateMessageIn(octets);
    const flip = (bytes: Uint8Array, at = 0) => bytes.map((octet, i) => (i === at ? octet ^ 1 : octet));
    const changed: [PrivateMessage, RegExp][] = [
      [{ ...message, groupId: flip(message.groupId) }, /group.wrong_id/],
      [{ ...message, epoch: message.epoch - 1n }, /aead.open_failed|epoch.expired/],
      [{ ...message, epoch: message.epoch + 1n }, /epoch.future/],
      [{ ...message, contentType: "proposal" }, /aead.open_failed/],
      [{ ...message, contentType: "commit" }, /aead.open_failed/],
      [{ ...message, authenticatedData: utf8("more") }, /aead.open_failed/],
      [{ ...message, encryptedSenderData: flip(message.encryptedSenderData) }, /aead.open_failed/],
      [{ ...message, encryptedSenderData: EMPTY }, /aead.open_failed/],
      [{ ...message, ciphertext: flip(message.ciphertext) }, /aead.open_failed/],
      [{ ...message, ciphertext: flip(message.ciphertext, message.ciphertext.length - 1) }, /aead.open_failed/],
      [{ ...message, ciphertext: message.ciphertext.subarray(1) }, /aead.open_failed/],
      [{ ...message, ciphertext: EMPTY }, /aead.open_failed/],
    ];
    for (const [each, code] of changed) {
      const [refusal] = await refusals(environment, [chat.state("bob")], inMessage(each));
      expect(refusal).toMatch(code);
    }
    expect(textOf(await chat.receive("bob", octets))).toBe("genuine");
  });

  it("[9.2-05] forged with the right sender data do not cost the real one, whether its key was skipped or not", async () => {
    const chat = await group();
    const sent = [await chat.send("alice", "0"), await chat.send("alice", "1"), await chat.send("alice", "2")];
    const forged = sent.map((octets) => {
      const message = privateMessageIn(octets);
      const { ciphertext } = message;
      return inMessage({
        ...message,
        ciphertext: ciphertext.map((octet, i) => (i === ciphertext.length - 1 ? octet ^ 1 : octet)),
      });
    });
    const order = [2, 0, 1];
    for (const i of order) {
      for (let again = 0; again < 3; again++) {
        expect(await refusals(environment, [chat.state("bob")], forged[i] ?? EMPTY)).toEqual(["aead.open_failed"]);
      }
      expect(textOf(await chat.receive("bob", sent[i] ?? EMPTY))).toBe(`${i}`);
    }
  });

  it("[5.3.2-02] are opened whatever the time is", async () => {
    const chat = await group();
    const octets = await chat.send("alice", "old");
    expect(textOf(await chat.receive("bob", octets, { ...environment, clock: () => 2n ** 60n }))).toBe("old");
  });

  it("that come back to their sender are recognised", async () => {
    const chat = await group();
    const octets = await chat.send("alice", "x");
    expect(await refusals(environment, [chat.state("alice")], octets)).toEqual(["content.own_message"]);
  });

  it("are refused by an environment of another suite", async () => {
    const chat = await group();
    const octets = await chat.send("alice", "x");
    const another = environmentOf({ suite: suiteOf(3) });
    expect(await refusals(another, [chat.state("bob")], octets)).toEqual(["suite.unknown"]);
    expect((await rejection(() => say(chat.state("alice"), "x", another))).code).toBe("suite.unknown");
  });

  it("do not alias the octets they came in", async () => {
    const chat = await group();
    const octets = await chat.send("alice", "kept");
    const received = await chat.receive("bob", octets);
    octets.fill(0);
    expect(textOf(received)).toBe("kept");
  });
});

interface Forgery {
  readonly leaf: LeafIndex;
  readonly claimed: LeafIndex;
  readonly generation?: number;
  readonly content?: Partial<FramedContent>;
}

/** What a member can do who knows the epoch's secrets: anyone's ratchet, any sender data, its own signature. */
async function impersonate(
  member: GroupState,
  { leaf, claimed, generation, content = {} }: Forgery,
): Promise<Uint8Array> {
  const { groupId, epoch } = member.epoch.groupContext;
  const sender = { senderType: "member", leafIndex: claimed } as const;
  const framed = {
    groupId,
    epoch,
    sender,
    authenticatedData: EMPTY,
    contentType: "application",
    applicationData: utf8("forged"),
    ...content,
  } as FramedContent;
  const signature = await signContent(
    member.self.signer,
    "mls_private_message",
    framed,
    member.epoch.encodedGroupContext,
  );
  const authenticated = {
    wireFormat: "mls_private_message",
    content: framed,
    auth: { signature, confirmationTag: undefined },
  } as const;
  const kind = framed.contentType === "application" ? "application" : "handshake";
  const limits = { maxForward: 5000, maxSkipped: 0 };
  const step = receivingKey(
    suite,
    member.epoch.secretTree,
    { leaf, kind, generation: Math.min(generation ?? 0, 5000) },
    limits,
  );
  const messageKey = { ...step.messageKey, generation: generation ?? 0 };
  const { senderDataSecret } = member.epoch.secrets;
  return inMessage(
    await protectPrivate(suite, authenticated, { senderDataSecret, messageKey }, { padding: noPadding, random }),
  );
}

describe("§6.3 private messages of an insider", () => {
  it("[6.3.2-06] [6.1-02] in another member's name are refused, and the victim's own still opens", async () => {
    const chat = await group();
    const octets = await impersonate(chat.state("carol"), { leaf: leafIndex(0), claimed: leafIndex(0) });
    expect(await refusals(environment, [chat.state("bob")], octets)).toEqual(["signature.invalid"]);
    expect(textOf(await chat.receive("bob", await chat.send("alice", "mine")))).toBe("mine");
  });

  it.each([leafIndex(4), leafIndex(5), leafIndex(0x7fffffff), leafIndex(0xffffffff)])(
    "[6-08] [6.3.2-05] of nobody at leaf %i are refused",
    async (claimed) => {
      const chat = await group();
      const octets = await impersonate(chat.state("carol"), { leaf: leafIndex(0), claimed });
      expect(await refusals(environment, [chat.state("bob")], octets)).toEqual(["content.sender_is_blank"]);
    },
  );

  it("[6.3.2-05] of a removed member are refused", async () => {
    const chat = await group();
    await chat.remove("alice", "carol");
    const octets = await impersonate(chat.state("alice"), { leaf: leafIndex(2), claimed: leafIndex(2) });
    expect(await refusals(environment, [chat.state("bob")], octets)).toEqual(["content.sender_is_blank"]);
  });

  it("[15.3-02] that jump too far are refused before anything is derived for them", async () => {
    const chat = await group();
    const { suite: watched, calls } = watchSuite(suite);
    const e = { ...environment, suite: watched };
    for (const generation of [2001, 0xffffffff]) {
      const octets = await impersonate(chat.state("carol"), { leaf: leafIndex(2), claimed: leafIndex(2), generation });
      const before = calls();
      expect(await refusals(e, [chat.state("bob")], octets)).toEqual(["ratchet.too_far"]);
      expect(calls() - before).toBeLessThan(5);
    }
    const farthest = await impersonate(chat.state("carol"), {
      leaf: leafIndex(2),
      claimed: leafIndex(2),
      generation: 2000,
    });
    expect(textOf(await chat.receive("bob", farthest))).toBe("forged");
  });

  it("[6.1-10] [6.1-07] say only what members may say", async () => {
    const chat = await group();
    const proposal = { proposalType: "external_init", kemOutput: new Uint8Array(32) } as const;
    const { message } = await insiderProposal(environment, chat.state("carol"), proposal, {
      wireFormat: "mls_private_message",
    });
    expect(await refusals(environment, [chat.state("bob")], message)).toEqual([
      "proposals.external_init_in_member_commit",
    ]);
  });

  it("[6.1-03] signed for another epoch are refused", async () => {
    const chat = await group();
    const old = chat.one.epoch.encodedGroupContext;
    await chat.commit("bob");
    const state = { ...chat.state("carol"), epoch: { ...chat.state("carol").epoch, encodedGroupContext: old } };
    const octets = await impersonate(state, { leaf: leafIndex(2), claimed: leafIndex(2) });
    expect(await refusals(environment, [chat.state("bob")], octets)).toEqual(["signature.invalid"]);
  });
});

describe("§15.3 limits", () => {
  it("[15.3-01] only as many skipped keys are kept as the policy says", async () => {
    const chat = await group();
    const sent: Uint8Array[] = [];
    for (let i = 0; i < 20; i++) sent.push(await chat.send("alice", `${i}`));
    const e = { ...environment, policy: { ratchet: { maxSkipped: 10, maxForward: 100 } } };
    await chat.receive("bob", sent[19] ?? EMPTY, e);
    const outcomes: string[] = [];
    for (const octets of sent) outcomes.push(await chat.receive("bob", octets, e).then(textOf, (error) => error.code));
    expect(outcomes.slice(0, 9)).toEqual(Array(9).fill("ratchet.generation_dropped"));
    expect(outcomes.slice(9, 19)).toEqual(Array.from({ length: 10 }, (_, i) => `${i + 9}`));
  });

  it("[15.3-02] a jump is bounded by the policy", async () => {
    const chat = await group();
    const sent: Uint8Array[] = [];
    for (let i = 0; i < 4; i++) sent.push(await chat.send("alice", `${i}`));
    const e = { ...environment, policy: { ratchet: { maxSkipped: 10, maxForward: 2 } } };
    expect(await refusals(e, [chat.state("bob")], sent[3] ?? EMPTY)).toEqual(["ratchet.too_far"]);
    expect(textOf(await chat.receive("bob", sent[2] ?? EMPTY, e))).toBe("2");
    expect(textOf(await chat.receive("bob", sent[3] ?? EMPTY, e))).toBe("3");
  });

  it.each([-1, 0.5, Number.NaN])("[15.3-01] a limit of %f is none", async (limit) => {
    const chat = await group();
    for (const policy of [
      { maxPastEpochs: limit },
      { ratchet: { maxSkipped: limit, maxForward: 1 } },
      { maxProposals: limit },
      { maxLeaves: limit },
    ]) {
      expect((await rejection(() => createCommit({ ...environment, policy }, chat.one))).code).toBe("option.invalid");
    }
  });
});

describe("§6.3.1, §9.1 a state sends once", () => {
  it("[6.3.1-03] [9.1-01] the second use of one value is refused", async () => {
    const chat = await group();
    const alice = chat.state("alice");
    const { state } = await say(alice, "first");
    expect((await rejection(() => say(alice, "second"))).code).toBe("state.spent");
    for (const wireFormat of ["mls_public_message", "mls_private_message"] as const) {
      for (const attempt of [
        () => createProposal(environment, alice, { proposalType: "update" }, { wireFormat }),
        () => createCommit(environment, alice, { wireFormat }),
      ]) {
        expect((await rejection(attempt)).code).toBe("state.spent");
      }
    }
    const handshake = await createProposal(environment, state, { proposalType: "update" });
    const lenient = { ...environment, policy: { sendWhileProposalsWait: true } };
    for (const attempt of [() => say(state, "second", lenient), () => createCommit(environment, state)]) {
      expect((await rejection(attempt)).code).toBe("state.spent");
    }
    await createCommit(environment, (await say(handshake.state, "second", lenient)).state);
  });

  it("[6.3.1-03] also through a value that has received something in between", async () => {
    const chat = await group();
    const alice = chat.state("alice");
    const first = await say(alice, "first");
    const later = (await processMessage(environment, alice, await chat.send("bob", "hello"))).state;
    expect((await rejection(() => say(later, "second"))).code).toBe("state.spent");
    expect((await rejection(() => createCommit(environment, later))).code).toBe("state.spent");
    const update = chat.adopt(
      "carol",
      await createProposal(environment, chat.state("carol"), { proposalType: "update" }),
    );
    const evenLater = (await processMessage(environment, later, update.message)).state;
    expect((await rejection(() => createCommit(environment, evenLater))).code).toBe("state.spent");
    const newer = (await processMessage(environment, first.state, update.message)).state;
    const lenient = { ...environment, policy: { sendWhileProposalsWait: true } };
    await say(newer, "second", lenient);
  });

  it("[6.3.1-03] with a telling code also when the secrets of the spent value are gone", async () => {
    const chat = await group();
    const alice = chat.state("alice");
    const { spent } = await say(alice, "first");
    dispose(spent);
    expect((await rejection(() => say(alice, "second"))).code).toBe("state.spent");
  });

  it("[9.1-01] whatever is called at the same time, every generation is used once", async () => {
    const chat = await group();
    const alice = chat.state("alice");
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, (_, i) => say(alice, `${i}`)));
    const sent = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    expect(sent.length).toBe(1);
    for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome.reason.code).toBe("state.spent");
    const generations = new Set<number | undefined>();
    let state = sent[0]?.state ?? alice;
    await chat.receive("bob", sent[0]?.output ?? EMPTY);
    for (let i = 0; i < 10; i++) {
      const next = await say(state, `${i}`);
      generations.add((await chat.receive("bob", next.output)).generation);
      state = next.state;
    }
    expect([...generations]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("[9.1-01] application data and handshakes are counted apart", async () => {
    const chat = await group();
    let alice = chat.state("alice");
    alice = (await say(alice, "a")).state;
    alice = (await createCommit(environment, alice)).state;
    alice = (await say(alice, "b")).state;
    alice = (await createCommit(environment, alice)).state;
    expect(alice.epoch.secretTree).not.toBe(chat.state("alice").epoch.secretTree);
  });

  it("a new epoch may send again", async () => {
    const chat = await group();
    await chat.send("alice", "x");
    await chat.commit("bob");
    await chat.deliver("alice", await chat.send("alice", "y"));
  });

  it("[6.3.1-04] [9.1-01] no reuse guard and no ciphertext occurs twice", async () => {
    const chat = await group();
    const seen = new Set<string>();
    for (let i = 0; i < 30; i++) seen.add(privateMessageIn(await chat.send("alice", "the same")).ciphertext.join());
    expect(seen.size).toBe(30);
  });

  it("[6.3.1-04] without randomness nothing is sent, and nothing is burnt", async () => {
    const chat = await group();
    const broken = {
      ...environment,
      random: () => {
        throw new Error("no randomness");
      },
    };
    const alice = chat.state("alice");
    await expect(say(alice, "x", broken)).rejects.toThrow("no randomness");
    await expect(createCommit(broken, alice)).rejects.toThrow("no randomness");
    await createCommit(environment, (await say(alice, "x")).state);
  });

  it("[9.1-02] generations do not run over", async () => {
    const chat = await group();
    const alice = chat.state("alice");
    const step = nextSendingKey(suite, alice.epoch.secretTree, leafIndex(0), "application");
    const lastGeneration = JSON.parse(JSON.stringify({ value: 0xffffffff })).value;
    const tree = replaceGeneration(step.tree, lastGeneration);
    const exhausted = { ...alice, epoch: { ...alice.epoch, secretTree: tree } };
    expect((await rejection(() => say(exhausted, "x"))).code).toBe("generation.exhausted");
  });
});

function replaceGeneration(
  tree: GroupState["epoch"]["secretTree"],
  generation: number,
): GroupState["epoch"]["secretTree"] {
  const visit = (node: unknown): unknown => {
    if (typeof node !== "object" || node === null) return node;
    if ("left" in node && "right" in node) return { left: visit(node.left), right: visit(node.right) };
    if ("application" in node) return { ...node, application: { ...(node.application as object), generation } };
    return node;
  };
  return { ...tree, root: visit(tree.root) as never };
}

describe("§15.3 past epochs", () => {
  /** A late message of bob's in each of the epochs from 5 on, and alice and carol `later` epochs on. */
  async function late(later: number, policy: object = {}) {
    const base = await group();
    const chat = new Chat({ ...environment, policy });
    for (const [name, state] of base.states) chat.states.set(name, state);
    const messages: Uint8Array[] = [];
    for (let i = 0; i < later; i++) {
      messages.push(await chat.send("bob", `${i}`));
      await chat.commit("dave");
    }
    return { chat, messages };
  }
  const outcomes = async (chat: Chat, messages: readonly Uint8Array[]) => {
    const codes: string[] = [];
    for (const octets of messages) codes.push(await chat.receive("alice", octets).then(textOf, (error) => error.code));
    return codes;
  };

  it("[15.3-03] three are kept by default", async () => {
    const { chat, messages } = await late(5);
    expect(await outcomes(chat, messages)).toEqual(["epoch.expired", "epoch.expired", "2", "3", "4"]);
    expect(await outcomes(chat, messages)).toEqual([
      "epoch.expired",
      "epoch.expired",
      ...Array(3).fill("ratchet.generation_used"),
    ]);
  });

  it.each([0, 1, 2])("[15.3-03] or as many as the policy says: %i", async (maxPastEpochs) => {
    const { chat, messages } = await late(4, { maxPastEpochs });
    const expected = ["0", "1", "2", "3"].map((text, i) => (i >= 4 - maxPastEpochs ? text : "epoch.expired"));
    expect(await outcomes(chat, messages)).toEqual(expected);
  });

  it("[12.4.2-01] [12.1-02] handshakes of past epochs are refused, private ones unopened", async () => {
    const chat = await group();
    const { suite: watched, calls } = watchSuite(suite);
    const handshakes: Uint8Array[] = [];
    for (const wireFormat of ["mls_public_message", "mls_private_message"] as const) {
      handshakes.push(
        (await createProposal(environment, copyOfState(chat.state("bob")), { proposalType: "update" }, { wireFormat }))
          .output.message,
      );
      handshakes.push((await createCommit(environment, copyOfState(chat.state("bob")), { wireFormat })).output.message);
    }
    await chat.commit("dave");
    for (const octets of handshakes) {
      const before = calls();
      expect(await refusals({ ...environment, suite: watched }, [chat.state("alice")], octets)).toEqual(["epoch.past"]);
      expect(calls()).toBe(before);
    }
    expect(chat.state("alice").proposals.size).toBe(0);
  });

  it("[6-07] messages of future epochs can be told apart, and are read once the epoch is there", async () => {
    const chat = await group();
    const created = chat.adopt("dave", await createCommit(environment, chat.state("dave")));
    await chat.deliver("dave", created.message, ["bob"]);
    const early = await chat.send("bob", "early");
    const proposal = await insiderProposal(environment, chat.state("bob"), {
      proposalType: "remove",
      removed: leafIndex(2),
    });
    const commit = await insiderCommit(environment, chat.state("bob"));
    for (const octets of [early, proposal.message, commit.message])
      expect(await refusals(environment, [chat.state("alice")], octets)).toEqual(["epoch.future"]);
    await chat.receive("alice", created.message);
    expect(textOf(await chat.receive("alice", early))).toBe("early");
  });

  it("[15.3-03] a late message is its sender's although somebody else has the leaf by now", async () => {
    const chat = await group();
    const late = await chat.send("bob", "late");
    await chat.remove("alice", "bob");
    await chat.add("alice", ["newcomer"]);
    expect(chat.state("newcomer").self.leafIndex).toBe(1);
    const current = await chat.send("newcomer", "current");
    const received = await chat.receive("carol", late);
    expect(received.contentType === "application" && [received.sender, received.senderLeaf.credential]).toEqual([
      1,
      basic("bob"),
    ]);
    const now = await chat.receive("carol", current);
    expect(now.contentType === "application" && [now.sender, now.senderLeaf.credential]).toEqual([
      1,
      basic("newcomer"),
    ]);
  });

  it("[15.3-03] of a member who rotated its key, is judged by the old key", async () => {
    const chat = await group();
    const late = await chat.send("bob", "late");
    const signer = (await Chat.of(["x"], environment)).one.self.signer;
    await chat.commit("bob", { leaf: { signer } });
    const received = await chat.receive("carol", late);
    expect(received.contentType === "application" && received.senderLeaf.signatureKey).not.toEqual(signer.publicKey);
  });

  it("[9.2-05] failures in past epochs cost nothing either", async () => {
    const { chat, messages } = await late(2);
    const message = privateMessageIn(messages[0] ?? EMPTY);
    const forged = inMessage({
      ...message,
      ciphertext: message.ciphertext.map((octet, i) => (i === 20 ? octet ^ 1 : octet)),
    });
    expect(await refusals(environment, [chat.state("alice")], forged)).toEqual(["aead.open_failed"]);
    expect(await outcomes(chat, messages)).toEqual(["0", "1"]);
  });
});

describe("§15.2 restrictions", () => {
  it("[15.2-01] a member sends as many messages in an epoch as its policy allows, then it must commit", async () => {
    const chat = await group();
    const e = { ...environment, policy: { maxGenerations: 5 } };
    for (let i = 0; i < 5; i++) chat.adopt("alice", await say(chat.state("alice"), `${i}`, e));
    const before = fingerprint(chat.state("alice"));
    const refused = await rejection(() => say(chat.state("alice"), "too many", e));
    expect([refused.code, refused.class]).toEqual(["generation.exhausted", "limit"]);
    expect(fingerprint(chat.state("alice"))).toBe(before);
    await chat.commit("alice");
    await say(chat.state("alice"), "again", e);
  });

  it("[15.2-01] proposals count as well; the commit that ends the epoch is let through", async () => {
    const chat = await group();
    const e = { ...environment, policy: { maxGenerations: 2 } };
    const propose = () => createProposal(e, chat.state("bob"), { proposalType: "update" });
    for (let i = 0; i < 2; i++) await chat.deliver("bob", chat.adopt("bob", await propose()).message);
    expect((await rejection(propose)).code).toBe("generation.exhausted");
    const { state, output } = await createCommit(e, chat.state("bob"));
    chat.states.set("bob", acceptCommit(e, state, output.pending).state);
    await chat.deliver("bob", output.message);
    chat.agree();
  });
});

describe("§12.4 proposals come before application data", () => {
  it("[12.4-01] while received ones wait, nothing is sent; after the commit it is", async () => {
    const chat = await group();
    await chat.propose("bob", { proposalType: "update" });
    for (const name of NAMES) {
      expect((await rejection(() => say(chat.state(name), "x"))).code).toBe("state.proposals_pending");
    }
    const before = fingerprint(chat.one);
    const lenient = { ...environment, policy: { sendWhileProposalsWait: true } };
    await say(copyOfState(chat.one), "x", lenient);
    expect(fingerprint(chat.one)).toBe(before);
    await chat.commit("carol");
    await chat.deliver("alice", await chat.send("alice", "after"));
  });

  it("[12.4-01] unless they are dropped", async () => {
    const chat = await group();
    await chat.propose("bob", { proposalType: "update" });
    chat.adopt("alice", dropProposals(chat.one, "all"));
    await chat.send("alice", "x");
  });
});

describe("§12.4 nobody is silenced for longer than a commit takes", () => {
  it("[12.4-01] who has just joined commits first, too, if proposals wait", async () => {
    const chat = await group();
    await chat.add("alice", ["dave"]);
    await chat.joinExternally("alice", "erin");
    const first = await chat.send("dave", "nothing waits");
    await chat.deliver("dave", first);
    for (const name of ["dave", "erin"]) {
      await chat.propose("bob", { proposalType: "update" });
      expect((await rejection(() => say(chat.state(name), "x"))).code).toBe("state.proposals_pending");
      await chat.commit(name);
      await chat.deliver(name, await chat.send(name, "after the commit"));
    }
  });

  it("[12.4-01] a proposal that cannot be committed is left out by the next commit, and gone with it", async () => {
    const psks = { external: () => new Uint8Array(32) };
    const chat = await group();
    const psk = { psktype: "external", pskId: utf8("only bob has it") } as const;
    const sent = await createProposal({ ...environment, psks }, chat.state("bob"), { proposalType: "psk", psk });
    chat.states.set("bob", sent.state);
    await chat.deliver("bob", sent.output.message);
    expect((await rejection(() => say(chat.one, "x"))).code).toBe("state.proposals_pending");
    const { leftOut } = await chat.commit("alice");
    expect(leftOut).toMatchObject([{ proposal: { proposalType: "psk" }, reason: { code: "psk.missing" } }]);
    await chat.deliver("alice", await chat.send("alice", "after it"));
  });
});
