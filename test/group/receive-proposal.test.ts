import { describe, expect, it } from "vitest";
import { concat, EMPTY, toHex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import type { LeafNodeContent, LeafPosition } from "../../src/tree/leaf-node.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { type Extension, ExternalSenders } from "../../src/wire/extension.ts";
import type { Sender } from "../../src/wire/framed-content.ts";
import type { Proposal } from "../../src/wire/proposal.ts";
import {
  authenticationBy,
  basic,
  Chat,
  copiesOf,
  environmentOf,
  fingerprint,
  person,
  refusals,
} from "../support/group.ts";
import {
  anyKeyPackage,
  byReference,
  type FramePlan,
  insiderCommit,
  insiderProposal,
  updateProposal,
} from "../support/group-insider.ts";
import { rejection } from "../support/rejection.ts";

const environment = environmentOf({ psks: { external: () => utf8("psk") }, policy: { newMemberProposals: true } });
const { suite, random } = environment;
const services = [await person(environment, "one"), await person(environment, "two")];
const extensions: Extension[] = [
  {
    extensionType: "external_senders",
    extensionData: encode(
      ExternalSenders,
      services.map(({ signer, credential }) => ({ signatureKey: signer.publicKey, credential })),
    ),
  },
];
const group = copiesOf(() => Chat.of(["alice", "bob", "carol", "dave"], environment, { extensions }));

const remove = (leaf: number): Proposal => ({ proposalType: "remove", removed: leafIndex(leaf) });
const psk = (pskNonce = random(suite.kdf.Nh)): Proposal => ({
  proposalType: "psk",
  psk: { psktype: "external", pskId: utf8("id"), pskNonce },
});
const external = (senderIndex: number): Sender => ({ senderType: "external", senderIndex });
const SELF: Sender = { senderType: "new_member_proposal" };

/** All others refuse it, remember nothing of it, and so does a commit that names it fail. */
async function refused(chat: Chat, by: string, proposal: Proposal, code: string, plan: FramePlan = {}) {
  const { message, reference } = await insiderProposal(environment, chat.state(by), proposal, plan);
  const others = chat.names.filter((name) => name !== by).map((name) => chat.state(name));
  expect(await refusals(environment, others, message)).toEqual(others.map(() => code));
  const commit = await insiderCommit(environment, chat.state(by), { proposals: [byReference({ reference })] });
  expect(await refusals(environment, others, commit.message)).toEqual(others.map(() => "proposals.unknown_reference"));
  await chat.propose("bob", { proposalType: "update" });
  await chat.commit("carol", { wireFormat: "mls_public_message" });
  chat.agree();
}

describe("§12.1 a received proposal", () => {
  it.each<[string, FramePlan, string]>([
    ["[12.1-01] of a signature by nobody", { signature: () => new Uint8Array(64) }, "signature.invalid"],
    ["[12.1-01] without a signature", { signature: () => EMPTY }, "signature.invalid"],
    [
      "[6.2-02] of another membership tag",
      { membershipTag: (tag) => concat(tag, EMPTY).fill(1) },
      "content.membership_tag",
    ],
    ["[6-06] of another group", { content: (content) => ({ ...content, groupId: utf8("another") }) }, "group.wrong_id"],
    ["[12.1-02] of the epoch before", { content: (content) => ({ ...content, epoch: 0n }) }, "epoch.past"],
    ["[12.1-02] of the next epoch", { content: (content) => ({ ...content, epoch: 2n }) }, "epoch.future"],
    ["[6-08] of nobody", { sender: { senderType: "member", leafIndex: leafIndex(4) } }, "content.unknown_sender"],
    [
      "[6.1-07] of a joiner by commit",
      { sender: { senderType: "new_member_commit" } },
      "content.sender_type_forbidden",
    ],
    ["[6.1-03] signed for another context", { groupContext: utf8("another") }, "content.membership_tag"],
  ])("is refused and not remembered: %s", async (_, plan, code) => {
    await refused(await group(), "alice", remove(3), code, plan);
  });

  it("[6.1-02] in another member's name is refused", async () => {
    const chat = await group();
    await refused(chat, "alice", remove(3), "signature.invalid", {
      sender: { senderType: "member", leafIndex: leafIndex(2) },
    });
    const plan = {
      wireFormat: "mls_private_message",
      sender: { senderType: "member", leafIndex: leafIndex(2) },
    } as const;
    const { message } = await insiderProposal(environment, chat.state("alice"), remove(3), plan);
    const states = ["bob", "carol", "dave"].map((name) => chat.state(name));
    expect(await refusals(environment, states, message)).toEqual([
      "aead.open_failed",
      "content.own_message",
      "aead.open_failed",
    ]);
  });

  it.each<[string, Proposal, string]>([
    ["[12.1.3-01] a Remove of a blank leaf", remove(5), "proposal.removed_blank"],
    ["[12.1.3-01] a Remove beyond all trees", remove(0xffffffff), "proposal.removed_blank"],
    ["[8.4-03] a PSK with a short nonce", psk(new Uint8Array(31)), "proposal.psk_nonce"],
    ["[8.4-03] a PSK without a nonce", psk(EMPTY), "proposal.psk_nonce"],
    [
      "[11.2-04] a PSK of usage reinit",
      {
        proposalType: "psk",
        psk: { psktype: "resumption", usage: "reinit", pskGroupId: EMPTY, pskEpoch: 0n, pskNonce: new Uint8Array(32) },
      },
      "proposal.psk_usage",
    ],
    [
      "[11.3-05] a PSK of usage branch",
      {
        proposalType: "psk",
        psk: { psktype: "resumption", usage: "branch", pskGroupId: EMPTY, pskEpoch: 0n, pskNonce: new Uint8Array(32) },
      },
      "proposal.psk_usage",
    ],
    [
      "[12.1.5-01] a ReInit of version 0",
      { proposalType: "reinit", groupId: EMPTY, version: 0, cipherSuite: 1, extensions: [] },
      "proposal.reinit_version",
    ],
    [
      "[13.4-04] a ReInit with an extension twice",
      {
        proposalType: "reinit",
        groupId: EMPTY,
        version: "mls10",
        cipherSuite: 1,
        extensions: [...extensions, ...extensions],
      },
      "extensions.duplicate",
    ],
    [
      "[12.1.6-01] an ExternalInit",
      { proposalType: "external_init", kemOutput: new Uint8Array(32) },
      "proposals.external_init_in_member_commit",
    ],
    [
      "[13.4-04] GroupContextExtensions with one twice",
      { proposalType: "group_context_extensions", extensions: [...extensions, ...extensions] },
      "extensions.duplicate",
    ],
    [
      "[12.1.7-04] GroupContextExtensions with malformed requirements",
      {
        proposalType: "group_context_extensions",
        extensions: [{ extensionType: "required_capabilities", extensionData: Uint8Array.of(1, 0) }],
      },
      "codec.partial_element",
    ],
    [
      "[12.1.8.1-01] GroupContextExtensions with malformed senders",
      {
        proposalType: "group_context_extensions",
        extensions: [{ extensionType: "external_senders", extensionData: Uint8Array.of(1, 0) }],
      },
      "codec.partial_element",
    ],
    [
      "[17.3-01] GroupContextExtensions with a misplaced one",
      {
        proposalType: "group_context_extensions",
        extensions: [{ extensionType: "application_id", extensionData: Uint8Array.of(0) }],
      },
      "extension.misplaced",
    ],
  ])("is refused if it is not valid by itself: %s", async (_, proposal, code) => {
    await refused(await group(), "alice", proposal, code);
    if (proposal.proposalType !== "external_init") await refused(await group(), "carol", proposal, code);
  });

  it("[12.1-05] [13.5-03] of an unknown type is unsupported, whatever the type", async () => {
    const chat = await group();
    const { message } = await insiderProposal(environment, chat.state("alice"), remove(0x01020304), {
      content: (content) => ({ ...content, authenticatedData: EMPTY }),
    });
    const hex = toHex(message);
    const at = hex.indexOf("0200030102030400".slice(0, 14)) / 2 + 1;
    expect(at).toBeGreaterThan(10);
    const codes = new Set<string>();
    for (const type of [8, 0x0a0a, 0x1a1a, 0xf000, 0xffff]) {
      const changed = message.slice();
      changed[at] = type >> 8;
      changed[at + 1] = type & 0xff;
      const [code = ""] = await refusals(environment, [chat.state("bob")], changed);
      codes.add(code);
    }
    expect([...codes]).toEqual(["codec.unsupported"]);
  });

  it("[12.1-04] is refused if there are too many already; the same again does not count", async () => {
    const chat = await group();
    const narrow = { ...environment, policy: { maxProposals: 2 } };
    const sent: Uint8Array[] = [];
    for (let i = 0; i < 3; i++) {
      sent.push(
        (
          await insiderProposal(environment, chat.state("alice"), psk(), {
            content: (content) => ({ ...content, authenticatedData: Uint8Array.of(i) }),
          })
        ).message,
      );
    }
    for (const message of [sent[0], sent[1], sent[1], sent[0]]) await chat.receive("bob", message ?? EMPTY, narrow);
    expect(chat.state("bob").proposals.size).toBe(2);
    expect(await refusals(narrow, [chat.state("bob")], sent[2] ?? EMPTY)).toEqual(["proposals.limit"]);
    await chat.receive("bob", sent[2] ?? EMPTY);
  });
});

describe("§12.1.2 a received Update", () => {
  type Change = (leaf: LeafNodeContent) => LeafNodeContent;
  const common = ({ encryptionKey, signatureKey, credential, capabilities, extensions }: LeafNodeContent) => ({
    encryptionKey,
    signatureKey,
    credential,
    capabilities,
    extensions,
  });
  const plans: readonly [string, Change, string][] = [
    [
      "[7.3-10] with the source key_package",
      (leaf) => ({ ...common(leaf), leafNodeSource: "key_package", lifetime: { notBefore: 0n, notAfter: 2n ** 62n } }),
      "leaf.wrong_source",
    ],
    [
      "[7.3-10] with the source commit",
      (leaf) => ({ ...common(leaf), leafNodeSource: "commit", parentHash: EMPTY }),
      "leaf.wrong_source",
    ],
    [
      "[7.2-05] that does not list its credential",
      (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, credentials: ["x509"] } }),
      "leaf.credential_not_listed",
    ],
    [
      "[7.3-16] without the suite",
      (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, cipherSuites: [7] } }),
      "leaf.cipher_suite_not_listed",
    ],
    [
      "[7.3-16] without the version",
      (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, versions: [] } }),
      "leaf.version_not_listed",
    ],
    [
      "[7.2-02] listing default types",
      (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, extensions: ["external_pub"] }, extensions: [] }),
      "leaf.default_type_listed",
    ],
    [
      "[7.3-08] with an unlisted extension",
      (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, extensions: [] } }),
      "leaf.extension_not_listed",
    ],
    [
      "[13.4-04] with an extension twice",
      (leaf) => ({
        ...leaf,
        capabilities: { ...leaf.capabilities, extensions: [0xf001] },
        extensions: [1, 2].map(() => ({ extensionType: 0xf001, extensionData: EMPTY })),
      }),
      "extensions.duplicate",
    ],
    [
      "[17.3-01] with a misplaced extension",
      (leaf) => ({ ...leaf, extensions: [{ extensionType: "external_pub", extensionData: EMPTY }] }),
      "extension.misplaced",
    ],
    [
      "[5.1.1-01] with a key that is none",
      (leaf) => ({ ...leaf, encryptionKey: new Uint8Array(32) }),
      "key.hpke_public",
    ],
  ];
  it.each(plans)("[12.1.2-01] %s is refused", async (_, change, code) => {
    for (const by of ["alice", "carol"]) {
      const chat = await group();
      await refused(chat, by, await updateProposal(environment, chat.state(by), change), code);
    }
  });

  it("[7.3-11] that keeps its encryption key is refused", async () => {
    const chat = await group();
    const encryptionKey = chat.one.tree.leaf(leafIndex(0))?.encryptionKey ?? EMPTY;
    const change: Change = (leaf) => ({ ...leaf, encryptionKey, extensions: [] });
    await refused(chat, "alice", await updateProposal(environment, chat.one, change), "leaf.same_encryption_key");
  });

  it.each<[string, (chat: Chat) => Partial<LeafPosition>]>([
    ["another leaf", () => ({ leafIndex: leafIndex(1) })],
    ["another group", () => ({ groupId: utf8("another") })],
  ])("[7.2-10] signed for %s is refused", async (_, change) => {
    const chat = await group();
    const position = { groupId: chat.one.epoch.groupContext.groupId, leafIndex: leafIndex(0), ...change(chat) };
    await refused(
      chat,
      "alice",
      await updateProposal(environment, chat.one, (leaf) => leaf, { position }),
      "leaf.signature",
    );
  });

  it("[7.3-02] signed by another key is refused", async () => {
    const chat = await group();
    const { signer } = chat.state("bob").self;
    await refused(
      chat,
      "alice",
      await updateProposal(environment, chat.one, (leaf) => leaf, { signer }),
      "leaf.signature",
    );
  });

  it("[12.1.2-02] of another member's leaf is refused", async () => {
    const chat = await group();
    const stolen = await updateProposal(environment, chat.state("carol"));
    await refused(chat, "alice", stolen, "leaf.signature");
  });
});

describe("§12.1.8 external proposals", () => {
  it.each<[string, () => Promise<Proposal>]>([
    ["an Add", async () => ({ proposalType: "add", keyPackage: (await anyKeyPackage(environment, "eve")).keyPackage })],
    ["a Remove", async () => remove(3)],
    ["a PSK", async () => psk()],
    [
      "a ReInit",
      async () => ({ proposalType: "reinit", groupId: EMPTY, version: "mls10", cipherSuite: 1, extensions: [] }),
    ],
    ["GroupContextExtensions", async () => ({ proposalType: "group_context_extensions", extensions: [] })],
  ])("[12.1.8-02] [6.1-06] [6.1-03] %s of each external sender is taken", async (_, make) => {
    for (const index of [0, 1]) {
      const chat = await group();
      const plan = { sender: external(index), signer: services[index]?.signer ?? chat.one.self.signer };
      const { message } = await insiderProposal(environment, chat.one, await make(), plan);
      await chat.deliver(undefined, message);
      for (const state of chat.states.values())
        expect([...state.proposals.values()].map(({ sender }) => sender)).toEqual([external(index)]);
      await chat.commit("bob");
      chat.agree();
    }
  });

  it("[12.1.8-02] [6.1-06] [12.1.2-02] an Update or an ExternalInit is malformed", async () => {
    const chat = await group();
    const plan = { sender: external(0), signer: services[0]?.signer ?? chat.one.self.signer };
    await refused(chat, "alice", await updateProposal(environment, chat.one), "content.sender_type_forbidden", plan);
    await refused(
      chat,
      "alice",
      { proposalType: "external_init", kemOutput: EMPTY },
      "content.sender_type_forbidden",
      plan,
    );
    expect(
      (
        await rejection(async () =>
          chat.receive(
            "bob",
            (
              await insiderProposal(
                environment,
                chat.state("carol"),
                { proposalType: "external_init", kemOutput: EMPTY },
                plan,
              )
            ).message,
          ),
        )
      ).class,
    ).toBe("malformed");
  });

  it.each([2, 0xffffffff])("[6.1-09] [12.1.8-03] sender index %i is nobody's", async (index) => {
    const chat = await group();
    const plan = { sender: external(index), signer: services[0]?.signer ?? chat.one.self.signer };
    await refused(chat, "alice", remove(3), "content.unknown_sender", plan);
  });

  it("[12.1.8-03] without the extension nobody is an external sender", async () => {
    const chat = await Chat.of(["alice", "bob", "carol", "dave"], environment);
    const plan = { sender: external(0), signer: services[0]?.signer ?? chat.one.self.signer };
    await refused(chat, "alice", remove(3), "content.unknown_sender", plan);
  });

  it("[12.1.8-03] the extension of the current epoch counts", async () => {
    const chat = await group();
    await chat.commit("alice", { proposals: [{ proposalType: "group_context_extensions", extensions: [] }] });
    const plan = { sender: external(0), signer: services[0]?.signer ?? chat.one.self.signer };
    await refused(chat, "alice", remove(3), "content.unknown_sender", plan);
  });

  it("[6.1-02] one external sender does not speak for the other, nor a member for one", async () => {
    for (const signer of [services[1]?.signer, (await group()).one.self.signer]) {
      const chat = await group();
      await refused(chat, "alice", remove(3), "signature.invalid", {
        sender: external(0),
        signer: signer ?? chat.one.self.signer,
      });
    }
  });

  it("[6.1-03] a signature over the group's context is none", async () => {
    const chat = await group();
    const asMember = await insiderProposal(environment, chat.one, remove(3), {});
    expect(asMember.message.length).toBeGreaterThan(0);
    let signature: Uint8Array = EMPTY;
    await insiderProposal(environment, chat.one, remove(3), { signature: (made) => (signature = made) });
    await refused(chat, "alice", remove(3), "signature.invalid", { sender: external(0), signature: () => signature });
  });

  it("[12.1.8-01] [6.3-01] are never private: there is no place for their sender", async () => {
    const chat = await group();
    const plan = {
      sender: external(0),
      signer: services[0]?.signer ?? chat.one.self.signer,
      wireFormat: "mls_private_message",
    } as const;
    expect((await rejection(() => insiderProposal(environment, chat.one, remove(3), plan))).code).toBe(
      "content.not_a_member",
    );
  });

  it("[12.1.8.1-01] can be many, or none", async () => {
    for (const count of [0, 1, 100]) {
      const signer = await generateSigner(suite, random);
      const list = Array.from({ length: count }, () => ({ signatureKey: signer.publicKey, credential: basic("s") }));
      const many: Extension[] = [{ extensionType: "external_senders", extensionData: encode(ExternalSenders, list) }];
      const chat = await Chat.of(["alice", "bob"], environment, { extensions: many });
      const from = async (index: number) =>
        (await insiderProposal(environment, chat.one, psk(), { sender: external(index), signer })).message;
      if (count > 0)
        expect(await refusals(environment, [chat.one], await from(count - 1))).toEqual(["accepted proposal"]);
      expect(await refusals(environment, [chat.one], await from(count))).toEqual(["content.unknown_sender"]);
    }
  });
});

describe("§12.1.8 a new member's own Add", () => {
  it("[12.1.8-05] is taken if the leaf's key signed it", async () => {
    const chat = await group();
    const { keyPackage, signer } = await anyKeyPackage(environment, "eve");
    const { message } = await insiderProposal(
      environment,
      chat.one,
      { proposalType: "add", keyPackage },
      { sender: SELF, signer },
    );
    await chat.deliver(undefined, message);
    const { added } = await chat.commit("bob");
    expect(added).toEqual([4]);
    chat.agree();
  });

  it("[12.1.8-04] is refused unless the policy lets strangers propose themselves", async () => {
    const chat = await group();
    const { keyPackage, signer } = await anyKeyPackage(environment, "eve");
    const add = { proposalType: "add", keyPackage } as const;
    const { message } = await insiderProposal(environment, chat.one, add, { sender: SELF, signer });
    const strict = { ...environment, policy: {} };
    expect(await refusals(strict, [chat.one], message)).toEqual(["proposal.unauthorised"]);
  });

  it("[12.1.8-05] is refused if any other key did", async () => {
    const chat = await group();
    const { keyPackage } = await anyKeyPackage(environment, "eve");
    for (const signer of [
      await generateSigner(suite, random),
      chat.one.self.signer,
      services[0]?.signer ?? chat.one.self.signer,
    ]) {
      await refused(chat, "alice", { proposalType: "add", keyPackage }, "signature.invalid", { sender: SELF, signer });
    }
  });

  it.each<[string, Proposal]>([
    ["a Remove", remove(3)],
    ["a PSK", psk()],
    ["a ReInit", { proposalType: "reinit", groupId: EMPTY, version: "mls10", cipherSuite: 1, extensions: [] }],
    ["GroupContextExtensions", { proposalType: "group_context_extensions", extensions: [] }],
    ["an ExternalInit", { proposalType: "external_init", kemOutput: EMPTY }],
  ])("[6.1-08] is refused if it is %s", async (_, proposal) => {
    await refused(await group(), "alice", proposal, "content.sender_type_forbidden", { sender: SELF });
  });

  it("[12.1.1-01] is judged like any other Add", async () => {
    const chat = await group();
    const { keyPackage, signer } = await anyKeyPackage(environment, "eve", {
      keyPackage: (content) => ({ ...content, cipherSuite: 2 }),
    });
    await refused(chat, "alice", { proposalType: "add", keyPackage }, "key_package.cipher_suite", {
      sender: SELF,
      signer,
    });
    const authentication = authenticationBy(({ reason }) => reason !== "add");
    const good = await anyKeyPackage(environment, "frank");
    const { message } = await insiderProposal(
      environment,
      chat.one,
      { proposalType: "add", keyPackage: good.keyPackage },
      { sender: SELF, signer: good.signer },
    );
    const before = fingerprint(chat.state("bob"));
    expect(await refusals({ ...environment, authentication }, [chat.state("bob")], message)).toEqual([
      "credential.rejected",
    ]);
    expect(fingerprint(chat.state("bob"))).toBe(before);
  });
});
