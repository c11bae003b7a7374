/** Proposals of an application's own types, by every way in which a proposal travels, at all who make or receive one. */
import { beforeAll, describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { type Codec, decode, encode } from "../../src/codec/codec.ts";
import { opaque, uint32 } from "../../src/codec/presentation.ts";
import type { Reader } from "../../src/codec/reader.ts";
import { struct } from "../../src/codec/struct.ts";
import { defaultCapabilities } from "../../src/group/capabilities.ts";
import { type CommitOptions, createCommit } from "../../src/group/create-commit.ts";
import type { Environment } from "../../src/group/environment.ts";
import { joinExternally } from "../../src/group/external.ts";
import { proposeExternally } from "../../src/group/external-proposals.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { type KeyPackageOptions, validateKeyPackage } from "../../src/group/key-package.ts";
import type { ReceivedCommit } from "../../src/group/messages.ts";
import { createProposal, type ProposalRequest } from "../../src/group/propose.ts";
import { observeGroup, observeMessage } from "../../src/group/public-group.ts";
import { type CustomProposal, customBodies, type Registrations } from "../../src/group/registrations.ts";
import { decodeState, encodeState } from "../../src/group/snapshot.ts";
import type { Transition } from "../../src/group/state.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { type Extension, ExternalSenders, RequiredCapabilities } from "../../src/wire/extension.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import type { OpaqueProposal } from "../../src/wire/proposal.ts";
import { agree, basic, Chat, copiesOf, environmentOf, keyPackageFor, person, refusals } from "../support/group.ts";
import { byReference, byValue, insiderCommit, insiderProposal } from "../support/group-insider.ts";
import { rejection } from "../support/rejection.ts";

const Topic = struct("Topic", { title: opaque });
const Mute = struct("Mute", { leaf: uint32 });

/** What the topic's rules were asked, and in which epoch. */
const asked: { readonly title: string; readonly senderType: string; readonly epoch: bigint }[] = [];

const topicType: CustomProposal = {
  type: 0xf001,
  body: Topic,
  pathRequired: false,
  external: true,
  inExternalCommit: true,
  async validate(state, { body }, { senderType }) {
    const title = new TextDecoder().decode(decode(Topic, body).title);
    asked.push({ title, senderType, epoch: state.epoch.groupContext.epoch });
    if (title === "broken") throw new Error("the rules broke");
    return title === "forbidden" ? "not this one" : undefined;
  },
};
const muteType: CustomProposal = {
  type: 0xf002,
  body: Mute,
  pathRequired: true,
  validate: (state, { body }) =>
    state.tree.leaf(leafIndex(decode(Mute, body).leaf)) === undefined ? "nobody is there" : undefined,
};

const environment = environmentOf({ registrations: { proposals: [topicType, muteType] } });
/** A client that keeps to no rule of these types. */
const lawless = environmentOf({
  seed: "lawless",
  registrations: {
    proposals: [
      { type: 0xf001, body: Topic, pathRequired: false },
      { type: 0xf002, body: Mute, pathRequired: false, external: true, inExternalCommit: true },
    ],
  },
});
const strangers = environmentOf({ seed: "strangers" });

const topic = (title: string): OpaqueProposal => ({
  proposalType: 0xf001,
  body: encode(Topic, { title: utf8(title) }),
});
const mute = (leaf: number): OpaqueProposal => ({ proposalType: 0xf002, body: encode(Mute, { leaf }) });

const PUBLIC = { wireFormat: "mls_public_message" } as const;
const PRIVATE = { wireFormat: "mls_private_message" } as const;
const service = await person(environment, "service");
const extensions: Extension[] = [
  {
    extensionType: "external_senders",
    extensionData: encode(ExternalSenders, [{ signatureKey: service.signer.publicKey, credential: basic("service") }]),
  },
];
const NAMES = ["alice", "bob", "carol", "dave", "erin"];
const group = copiesOf(() => Chat.of(NAMES, environment, { extensions }));
const ignorant: Partial<KeyPackageOptions> = { capabilities: defaultCapabilities(environment.suite) };
/** Dave lacks the types. */
const mixed = copiesOf(async () => {
  const chat = await Chat.of(["alice", "bob", "carol"], environment, { extensions });
  await chat.add("alice", ["dave"], {}, ignorant);
  await chat.add("alice", ["erin"]);
  return chat;
});

const code = async (action: () => Promise<unknown>) => (await rejection(action)).code;
const customOf = (received: ReadonlyMap<string, unknown>) =>
  [...received.values()].map((each) => (each as ReceivedCommit).commit.list.custom);

/** What the members learn of a commit, its committer included. */
async function committed(chat: Chat, by: string, options: CommitOptions = {}) {
  const { commit, received } = await chat.commit(by, options);
  const lists = [commit.list.custom, ...customOf(received)].map((list) => list.map(({ proposal }) => proposal));
  for (const list of lists) expect(list).toEqual(lists[0]);
  expect(lists).toHaveLength(chat.names.length);
  chat.agree();
  return lists[0];
}

describe("§13.2 custom proposals reach all members", () => {
  it.each([
    ["alice", PUBLIC],
    ["alice", PRIVATE],
    ["erin", PUBLIC],
    ["erin", PRIVATE],
  ])("by value, from %s, %o", async (actor, format) => {
    const chat = await group();
    const proposals = [topic("plans"), mute(0), topic("")];
    expect(await committed(chat, actor, { ...format, proposals })).toEqual(proposals);
    expect(await committed(chat, "bob", format)).toEqual([]);
  });

  it.each([
    ["alice", PUBLIC],
    ["alice", PRIVATE],
    ["erin", PUBLIC],
    ["erin", PRIVATE],
  ])("by reference, from %s, %o", async (actor, format) => {
    const chat = await group();
    const { reference } = await chat.propose(actor, topic("plans"), format);
    await chat.propose("carol", mute(2), format);
    for (const state of chat.states.values()) expect(state.proposals.size).toBe(2);
    const { received } = await chat.copy().commit("bob", { ...format, references: [reference] });
    expect(customOf(received)[0]).toMatchObject([{ byReference: true, sender: { senderType: "member" } }]);
    expect(await committed(chat, "bob", format)).toEqual([topic("plans"), mute(2)]);
  });

  it("[12.1.8-02] [17.4-01] from an external sender, if the type is registered for it", async () => {
    const chat = await group();
    const { groupContext } = chat.one.epoch;
    const { signer } = service;
    const sent = await proposeExternally(environment, { groupContext, signer, proposal: topic("from outside") });
    for (const received of (await chat.deliver(undefined, sent.message)).values()) {
      expect(received).toMatchObject({ proposal: topic("from outside"), sender: { senderType: "external" } });
    }
    expect(await committed(chat, "alice")).toEqual([topic("from outside")]);

    const request = { groupContext: chat.one.epoch.groupContext, signer, proposal: mute(1) };
    expect(await code(() => proposeExternally(environment, request))).toBe("content.sender_type_forbidden");
    const wrong = await proposeExternally(lawless, {
      ...request,
      proposal: { proposalType: 0xf002, body: mute(1).body },
    });
    expect(new Set(await refusals(environment, [...chat.states.values()], wrong.message))).toEqual(
      new Set(["content.sender_type_forbidden"]),
    );
  });

  it("[12.2-19] in an external commit, if the type is registered for it", async () => {
    const chat = await group();
    const message = await chat.copy().joinExternally("alice", "frank", { proposals: [topic("hello")] });
    const received = await chat.deliver(undefined, message);
    for (const list of customOf(received)) {
      expect(list).toMatchObject([{ proposal: topic("hello"), sender: { senderType: "new_member_commit" } }]);
    }
    const groupInfo = await createGroupInfo(environment, chat.one);
    const join = (by: Environment, proposal: OpaqueProposal) => async () =>
      joinExternally(by, { ...(await person(by, "grace")), groupInfo, proposals: [proposal] });
    expect(await code(join(environment, mute(0)))).toBe("proposals.external_forbidden");
    expect(await code(join(environment, { proposalType: 0xf004, body: utf8("") }))).toBe(
      "proposals.external_forbidden",
    );
    expect(await code(join(environment, topic("forbidden")))).toBe("proposal.rejected");
    expect(await code(join(environment, { proposalType: 0xf001, body: utf8("") }))).toBe("codec.truncated");
    const { message: forced } = await join(lawless, { proposalType: 0xf002, body: mute(0).body })();
    expect(await refusals(environment, [chat.one], forced)).toEqual(["proposals.external_forbidden"]);
  });

  it("beside all other kinds of proposals", async () => {
    const chat = await group();
    await chat.propose("bob", { proposalType: "update" });
    await chat.propose("carol", topic("plans"));
    const { keyPackage } = await keyPackageFor(environment, "frank");
    const proposals: ProposalRequest[] = [
      { proposalType: "add", keyPackage },
      topic("more"),
      { proposalType: "remove", removed: leafIndex(3) },
    ];
    const { commit } = await chat.commit("alice", { proposals });
    expect(commit.list).toMatchObject({ adds: [{}], updates: [{ sender: 1 }], removes: [3], custom: [{}, {}] });
    chat.agree();
  });
});

describe("§13.2 registrations are one client's", () => {
  it("[12.1-05] [5.3-03] a client without them cannot read such messages, whatever others in the process know", async () => {
    const chat = await group();
    const proposal = await chat.copy().propose("alice", topic("plans"), PUBLIC);
    const byValueOnes = [PUBLIC, PRIVATE].map((format) =>
      chat.copy().commit("alice", { ...format, proposals: [topic("x")] }),
    );
    for (const { message } of [proposal, ...(await Promise.all(byValueOnes))]) {
      expect(await refusals(strangers, [chat.state("bob")], message)).toEqual(["codec.unsupported"]);
      expect(await refusals(environment, [chat.state("bob")], message)).toEqual([expect.stringContaining("accepted")]);
      expect(await refusals(strangers, [chat.state("bob")], message)).toEqual(["codec.unsupported"]);
    }
    expect(await code(async () => decode(MLSMessage, proposal.message))).toBe("codec.unsupported");
    const bodies = customBodies(environment.registrations as Registrations);
    expect(decode(MLSMessage, proposal.message, { bodies })).toMatchObject({
      publicMessage: { content: { proposal: topic("plans") } },
    });
  });

  it("a commit of proposals that were received with them needs them", async () => {
    const chat = await group();
    await chat.propose("carol", topic("plans"));
    expect(await code(() => createCommit(strangers, chat.state("bob")))).toBe("registration.missing");
    const { message } = await chat.copy().commit("alice");
    expect(await refusals(strangers, [chat.state("bob")], message)).toEqual(["registration.missing"]);
  });

  it("an unregistered type is neither proposed nor committed", async () => {
    const chat = await group();
    for (const proposalType of [0xf004, 8, 0x0a0a]) {
      const request = { proposalType, body: utf8("") };
      expect(await code(() => chat.propose("alice", request))).toBe("registration.missing");
      expect(await code(() => chat.commit("alice", { proposals: [request] }))).toBe("registration.missing");
    }
    for (const request of [
      { proposalType: 1, body: utf8("") },
      { proposalType: 0xf001 },
      { proposalType: 0xf001, body: "" },
    ]) {
      expect(await code(() => chat.propose("alice", request as OpaqueProposal))).toBe("codec.value_out_of_range");
    }
  });

  it("default capabilities list what is registered", async () => {
    const { keyPackage } = await keyPackageFor(environment, "frank");
    expect(keyPackage.leafNode.capabilities.proposals).toEqual(expect.arrayContaining([0xf001, 0xf002]));
    await validateKeyPackage(strangers, keyPackage);
  });
});

describe("§12.2 members support what is committed", () => {
  const refuses = async (chat: Chat, proposals: readonly ProposalRequest[], expected: string) => {
    const { keyPackage } = await keyPackageFor(environment, "frank", ignorant);
    for (const more of [[], [{ proposalType: "add", keyPackage } as const]]) {
      const all = [...proposals, ...more];
      expect(await code(() => chat.copy().commit("alice", { proposals: all }))).toBe(expected);
      const listed = all.map((each) => byValue(each as OpaqueProposal));
      const { message } = await insiderCommit(environment, chat.state("alice"), { proposals: listed });
      const others = NAMES.slice(1).map((name) => chat.state(name));
      expect(new Set(await refusals(environment, others, message))).toEqual(new Set([expected]));
    }
  };

  it("[12.2-14] [13.2-01] a member that lacks the type forbids it, to the committer and to all who receive it", async () => {
    await refuses(await mixed(), [topic("plans")], "proposal.type_unsupported");
    await refuses(await mixed(), [mute(0)], "proposal.type_unsupported");
  });

  it("[12.2-14] the member at leaf 0 counts, too", async () => {
    const chat = await Chat.of(["alice"], environment, { leaves: ignorant });
    await chat.add("alice", ["bob"]);
    expect(await code(() => chat.commit("bob", { proposals: [topic("plans")] }))).toBe("proposal.type_unsupported");
  });

  it("[12.2-14] a member that leaves by the commit does not count", async () => {
    const chat = await mixed();
    const remove = { proposalType: "remove", removed: leafIndex(3) } as const;
    const { received } = await chat.commit("alice", { proposals: [topic("plans"), remove] });
    expect(received.get("dave")).toMatchObject({ commit: { removedSelf: true } });
    expect(customOf(received)[0]).toMatchObject([{ proposal: topic("plans") }]);
    chat.agree();
  });

  it("[12.2-14] a member that comes by the commit does not count", async () => {
    const chat = await group();
    const { keyPackage } = await keyPackageFor(environment, "frank", ignorant);
    const { received } = await chat.commit("alice", {
      proposals: [{ proposalType: "add", keyPackage }, topic("plans")],
    });
    expect(received.size).toBe(4);
    chat.agree();
    expect(await code(() => chat.commit("alice", { proposals: [topic("again")] }))).toBe("proposal.type_unsupported");
  });

  it("[12.2-14] an Update in the same commit decides for its sender", async () => {
    const gains = await mixed();
    await gains.propose("dave", {
      proposalType: "update",
      leaf: { capabilities: defaultCapabilities(environment.suite, environment.registrations) },
    });
    expect(await committed(gains, "alice", { proposals: [topic("plans")] })).toEqual([topic("plans")]);

    const loses = await group();
    const update = await loses.propose("dave", { proposalType: "update", leaf: ignorant });
    const { leftOut } = await loses.copy().commit("alice", { proposals: [topic("plans")] });
    expect(leftOut.map(({ reason }) => reason.code)).toEqual(["proposal.type_unsupported"]);
    const listed = [byReference(update), byValue(topic("plans"))];
    const { message } = await insiderCommit(environment, loses.state("alice"), { proposals: listed });
    expect(await refusals(environment, [loses.state("bob")], message)).toEqual(["proposal.type_unsupported"]);
  });

  it("[12.2-14] a received proposal that somebody lacks is left out, and named", async () => {
    const chat = await mixed();
    await chat.propose("bob", topic("plans"));
    await chat.propose("bob", { proposalType: "update" });
    const { leftOut, commit, received } = await chat.commit("alice");
    expect(leftOut).toMatchObject([{ proposal: topic("plans"), reason: { code: "proposal.type_unsupported" } }]);
    expect(commit.list).toMatchObject({ updates: [{ sender: 1 }], custom: [] });
    expect(received.size).toBe(4);
  });

  it("[11.1-01] required_capabilities can keep the type supported", async () => {
    const chat = await group();
    const demands = { extensionTypes: [], proposalTypes: [0xf001], credentialTypes: [] };
    const required: Extension = {
      extensionType: "required_capabilities",
      extensionData: encode(RequiredCapabilities, demands),
    };
    await chat.commit("alice", { proposals: [{ proposalType: "group_context_extensions", extensions: [required] }] });
    const { keyPackage } = await keyPackageFor(environment, "frank", ignorant);
    expect(await code(() => chat.commit("bob", { proposals: [{ proposalType: "add", keyPackage }] }))).toBe(
      "leaf.required_capability",
    );
  });
});

describe("§12.4, §17.4 the path rule of a type", () => {
  it("[12.4-05] [17.4-01] a commit has a path if one of its types needs it", async () => {
    const chat = await group();
    const pathOf = async (proposals: readonly ProposalRequest[]) => {
      const { message } = await chat.copy().commit("alice", { ...PUBLIC, proposals });
      const decoded = decode(MLSMessage, message, { bodies: customBodies(environment.registrations as Registrations) });
      if (decoded.wireFormat !== "mls_public_message") throw new Error("not public");
      const { content } = decoded.publicMessage;
      return content.contentType === "commit" && content.commit.path !== undefined;
    };
    expect(await pathOf([topic("plans")])).toBe(false);
    expect(await pathOf([mute(0)])).toBe(true);
    expect(await pathOf([topic("plans"), mute(0)])).toBe(true);
  });

  it("[12.4-05] [17.4-01] a commit without the path that a type needs is refused", async () => {
    const chat = await group();
    const { message } = await insiderCommit(environment, chat.state("alice"), {
      proposals: [byValue(topic("plans")), byValue(mute(0))],
      path: false,
    });
    expect(await refusals(environment, [chat.state("bob"), chat.state("erin")], message)).toEqual(
      Array(2).fill("commit.path_required"),
    );
  });
});

describe("§12.2 an application's rules for its proposals", () => {
  it.each([
    ["forbidden", "proposal.rejected"],
    ["broken", "proposal.hook_failed"],
  ])("%s is refused where it is made: %s", async (title, expected) => {
    const chat = await group();
    const error = await rejection(() => chat.propose("alice", topic(title)));
    expect([error.code, error.reaction, error.details.proposalType]).toEqual([expected, "invalid", 0xf001]);
    if (title === "forbidden") expect(error.details.reason).toBe("not this one");
    else expect(String(error.cause)).toContain("the rules broke");
    expect(await code(() => chat.commit("alice", { proposals: [topic("good"), topic(title)] }))).toBe(expected);
  });

  it.each([
    ["forbidden", "proposal.rejected"],
    ["broken", "proposal.hook_failed"],
  ])("%s is refused where it is received, by value and by reference: %s", async (title, expected) => {
    const chat = await group();
    const states = NAMES.slice(1).map((name) => chat.state(name));
    const { message } = await insiderProposal(environment, chat.state("alice"), topic(title));
    expect(new Set(await refusals(environment, states, message))).toEqual(new Set([expected]));
    const commit = await insiderCommit(environment, chat.state("alice"), { proposals: [byValue(topic(title))] });
    expect(new Set(await refusals(environment, states, commit.message))).toEqual(new Set([expected]));
  });

  it("are asked once for each proposal, with its sender and the group before the commit", async () => {
    const chat = await group();
    const { epoch } = chat.one.epoch.groupContext;
    asked.length = 0;
    await chat.propose("alice", topic("first"));
    expect(asked).toEqual(NAMES.map(() => ({ title: "first", senderType: "member", epoch })));
    asked.length = 0;
    await chat.commit("bob", { proposals: [topic("second")] });
    expect(asked).toEqual(NAMES.map(() => ({ title: "second", senderType: "member", epoch })));
  });

  it("refuse by any text, of which errors repeat the beginning; another answer but undefined is a failure", async () => {
    const chat = await group();
    const outcome = (verdict: unknown) => {
      const rule: CustomProposal = { ...topicType, validate: () => verdict as never };
      const strict = environmentOf({ registrations: { proposals: [rule, muteType] } });
      return rejection(() => createCommit(strict, chat.state("alice"), { proposals: [topic("x")] }));
    };
    for (const verdict of [null, false, true, 0, {}, Object.create(null), Symbol("no")]) {
      expect(await outcome(verdict)).toMatchObject({ code: "proposal.hook_failed", cause: verdict });
    }
    for (const verdict of ["", "no", "x".repeat(1000)]) {
      const reason = verdict.slice(0, 200);
      expect(await outcome(verdict)).toMatchObject({ code: "proposal.rejected", details: { reason } });
    }
  });

  it("a body is not sent or taken if its codec takes what stands behind it, too", async () => {
    const greedy = { name: "Greedy", read: (reader: Reader) => reader.bytes(reader.remaining) };
    const picky = { name: "Picky", read: (reader: Reader) => Topic.read(reader) && reader.finish() };
    for (const body of [greedy, picky]) {
      const careless = environmentOf({
        registrations: { proposals: [{ type: 0xf001, body, pathRequired: false, external: true }] },
      });
      const chat = await Chat.of(["alice", "bob"], careless, { extensions });
      const state = chat.state("alice");
      const proposals = [topic("A"), topic("B")];
      expect(await code(() => createProposal(careless, state, topic("A")))).toBe("registration.invalid");
      expect(await code(() => createCommit(careless, state, { proposals }))).toBe("registration.invalid");
      const outside = { groupContext: state.epoch.groupContext, signer: service.signer, proposal: topic("A") };
      expect(await code(() => proposeExternally(careless, outside))).toBe("registration.invalid");
    }
  });

  it("what the body's codec does not read is not sent", async () => {
    const chat = await group();
    for (const body of ["", "05", "0000", "4000"]) {
      const request = { proposalType: 0xf001, body: Buffer.from(body, "hex") };
      expect((await rejection(() => chat.propose("alice", request))).reaction).toBe("malformed");
      expect((await rejection(() => chat.commit("alice", { proposals: [request] }))).reaction).toBe("malformed");
    }
  });

  it("a permission is asked about them as about all others", async () => {
    const chat = await group();
    const seen: unknown[] = [];
    const permission: Environment["permission"] = {
      proposal: (_, { proposalType }) => proposalType !== 0xf002,
      commit: (_, { list }) => seen.push(list.custom.length) > 0,
    };
    const strict = { ...environment, permission };
    await createCommit(strict, chat.copy().state("alice"), { proposals: [topic("x")] });
    expect(seen).toEqual([1]);
    expect(await code(() => createCommit(strict, chat.state("alice"), { proposals: [mute(0)] }))).toBe(
      "proposal.unauthorised",
    );
  });

  it("bodies belong to the state: a caller who changes its own afterwards changes nothing", async () => {
    const chat = await group();
    const request = topic("plans");
    const pending = chat.propose("alice", request);
    request.body.fill(0xff);
    await pending;
    for (const { proposals } of chat.states.values()) {
      expect([...proposals.values()].map(({ proposal }) => proposal)).toEqual([topic("plans")]);
    }
    expect(await committed(chat, "bob")).toEqual([topic("plans")]);
  });
});

describe("§13.2 an observer of custom proposals", () => {
  let chat: Chat;
  const outside = environmentOf({ seed: "outside", registrations: { proposals: [topicType, muteType] } });
  beforeAll(async () => {
    chat = await group();
  });
  const observer = async () => observeGroup(outside, { groupInfo: await createGroupInfo(environment, chat.one) });

  it("sees them, and follows the commit", async () => {
    const state = await observer();
    const copy = chat.copy();
    const proposed = await copy.propose("bob", topic("plans"), PUBLIC);
    const seen = await observeMessage(outside, state, proposed.message);
    expect(seen.output).toMatchObject({ proposal: topic("plans") });
    const { message } = await copy.commit("alice", { ...PUBLIC, proposals: [mute(1)] });
    const { state: next, output } = await observeMessage(outside, seen.state, message);
    expect(output).toMatchObject({ commit: { list: { custom: [{ byReference: true }, { proposal: mute(1) }] } } });
    expect(toHex(next.tree.hash)).toBe(toHex(copy.one.tree.hash));
  });

  it("judges them by the same rules", async () => {
    const state = await observer();
    const attempts = [
      [{ proposals: [byValue(topic("forbidden"))] }, "proposal.rejected"],
      [{ proposals: [byValue(mute(0))], path: false }, "commit.path_required"],
      [{ proposals: [byValue(mute(77))] }, "proposal.rejected"],
    ] as const;
    for (const [plan, expected] of attempts) {
      const { message } = await insiderCommit(environment, chat.state("alice"), {
        ...plan,
        wireFormat: "mls_public_message",
      });
      expect(await code(() => observeMessage(outside, state, message))).toBe(expected);
    }
    const { message } = await insiderProposal(environment, chat.state("alice"), topic("x"), PUBLIC);
    expect(await code(() => observeMessage(strangers, state, message))).toBe("codec.unsupported");
  });
});

describe("§13.2 states that hold custom proposals", () => {
  it("are saved and restored with the same registrations", async () => {
    const chat = await group();
    await chat.propose("alice", topic("plans"));
    await chat.propose("bob", mute(4));
    const octets = encodeState(environment, chat.state("carol"), { signatureKeys: true });
    const restored = await decodeState(environment, octets);
    expect([...restored.proposals.values()].map(({ proposal }) => proposal)).toEqual([topic("plans"), mute(4)]);
    chat.states.set("carol", restored);
    expect(await committed(chat, "carol")).toEqual([topic("plans"), mute(4)]);
    expect(await code(() => decodeState(strangers, octets))).toBe("codec.unsupported");
  });

  it("a body codec that takes all there is leaves nothing to be verified", async () => {
    const chat = await group();
    const greedy: Codec<Uint8Array> = {
      name: "Greedy",
      write: (writer, value) => writer.bytes(value),
      read: (reader) => reader.bytes(reader.remaining),
    };
    const registrations = { proposals: [{ type: 0xf001, body: greedy, pathRequired: false }] };
    const sent = await chat.propose("alice", topic("plans"), PUBLIC);
    expect(await refusals(environmentOf({ registrations }), [chat.state("bob")], sent.message)).toEqual([
      "codec.truncated",
    ]);
  });

  it("a transition to the next epoch forgets them", async () => {
    const chat = await group();
    await chat.propose("alice", topic("plans"));
    const { state }: Transition<unknown, unknown> = await createCommit(environment, chat.state("bob"));
    expect(state).toMatchObject({ proposals: { size: 1 } });
    await chat.commit("carol", { references: [] });
    for (const { proposals } of chat.states.values()) expect(proposals.size).toBe(0);
    agree(...chat.states.values());
  });
});
