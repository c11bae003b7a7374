import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { concat, EMPTY, utf8 } from "../../src/bytes.ts";
import { generateHpkeKeyPair } from "../../src/crypto/labels.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { processMessage, protect } from "../../src/group/messages.ts";
import { acceptCommit } from "../../src/group/pending.ts";
import { createProposal, type ProposalRequest } from "../../src/group/propose.ts";
import type { GroupState } from "../../src/group/state.ts";
import { Secret } from "../../src/secret.ts";
import { ancestor, leafIndex, toNodeIndex } from "../../src/tree-math.ts";
import type { Proposal } from "../../src/wire/proposal.ts";
import type { UpdatePath } from "../../src/wire/update-path.ts";
import {
  agree,
  authenticationBy,
  basic,
  Chat,
  copiesOf,
  environmentOf,
  fingerprint,
  refusals,
  suiteOf,
} from "../support/group.ts";
import {
  anyKeyPackage,
  byReference,
  byValue,
  type CommitPlan,
  insiderCommit,
  insiderProposal,
  updateProposal,
} from "../support/group-insider.ts";
import { watchSuite } from "../support/group-secrets.ts";
import { rejection } from "../support/rejection.ts";

const psks = { external: (id: Uint8Array) => concat(utf8("psk of "), id) };
const environment = environmentOf({ psks });
const { suite, random } = environment;
const NAMES = ["alice", "bob", "carol", "dave"];

const filled = (...names: string[]) =>
  copiesOf(async () => {
    const chat = await Chat.of(names, environment);
    await chat.fill();
    return chat;
  });
/** Four members, no parent blank. */
const full = filled(...NAMES);
const fullOfFive = filled(...NAMES, "erin");

const others = (chat: Chat, ...names: string[]) =>
  chat.names.filter((name) => !names.includes(name)).map((name) => chat.state(name));
const garbage = { kemOutput: new Uint8Array(32).fill(9), ciphertext: new Uint8Array(48) };
const removeOf = (chat: Chat, name: string) =>
  ({ proposalType: "remove", removed: chat.state(name).self.leafIndex }) as const;
const init = (kemOutput: Uint8Array) => byValue({ proposalType: "external_init", kemOutput });
const psk = (id: string): Proposal => ({
  proposalType: "psk",
  psk: { psktype: "external", pskId: utf8(id), pskNonce: random(suite.kdf.Nh) },
});

/** All others refuse the commit, and follow the next genuine one. */
async function refusedBy(chat: Chat, actor: string, plan: CommitPlan, code: string | RegExp) {
  const { message } = await insiderCommit(environment, chat.state(actor), plan);
  const codes = await refusals(environment, others(chat, actor), message);
  for (const each of codes) {
    if (typeof code === "string") expect(each).toBe(code);
    else expect(each).toMatch(code);
  }
  const witness = actor === "bob" ? "carol" : "bob";
  await chat.commit(witness, { forcePath: true });
  chat.agree();
}

describe("§12.4.2 epochs", () => {
  it("[12.4.2-01] [6-07] a commit of an epoch that is over, or of one to come, is refused", async () => {
    const chat = await full();
    const { message } = await chat.commit("alice");
    expect(await refusals(environment, [...chat.states.values()], message)).toEqual(NAMES.map(() => "epoch.past"));
    await chat.commit("bob");
    expect(await refusals(environment, [...chat.states.values()], message)).toEqual(NAMES.map(() => "epoch.past"));
  });

  it("[12.4.2-01] a commit of a fork is refused when another has won", async () => {
    const chat = await full();
    const fork = await insiderCommit(environment, chat.state("carol"), {});
    await chat.commit("alice");
    expect(await refusals(environment, others(chat, "carol"), fork.message)).toEqual([
      "epoch.past",
      "epoch.past",
      "epoch.past",
    ]);
  });

  it("[12.4.2-01] a commit that comes before the one it builds on is refused, and taken after that", async () => {
    const chat = await full();
    const first = chat.adopt("alice", await createCommit(environment, chat.state("alice")));
    chat.adopt("alice", acceptCommit(environment, chat.state("alice"), first.pending));
    await chat.deliver("alice", first.message, ["bob", "carol"]);
    const second = chat.adopt("bob", await createCommit(environment, chat.state("bob")));
    expect(await refusals(environment, [chat.state("dave")], second.message)).toEqual(["epoch.future"]);
    await chat.receive("dave", first.message);
    await chat.deliver("bob", second.message);
    chat.adopt("bob", acceptCommit(environment, chat.state("bob"), second.pending));
    chat.agree();
  });

  it.each([0n, 2n ** 64n - 1n])("[6-07] epoch %i is told apart without any derivation", async (epoch) => {
    const watched = watchSuite(suiteOf(1, noble));
    const chat = await full();
    const { message } = await insiderCommit(environment, chat.state("alice"), {
      content: (content) => ({ ...content, epoch }),
    });
    const refused = await rejection(() =>
      processMessage({ ...environment, suite: watched.suite }, chat.state("bob"), message),
    );
    expect(refused.code).toBe(epoch === 0n ? "epoch.past" : "epoch.future");
    expect(refused.class).toBe("wrong-epoch");
    expect(watched.calls()).toBe(0);
  });

  it("[6-06] a commit of another group with the same members is refused", async () => {
    const chat = await full();
    await refusedBy(
      chat,
      "alice",
      { content: (content) => ({ ...content, groupId: utf8("another") }) },
      "group.wrong_id",
    );
  });
});

describe("§12.4.2 who says so", () => {
  it("[12.4.2-03] [6.1-02] the signature is verified before anything that the commit says", async () => {
    const authentication = authenticationBy();
    const chat = await full();
    const eve = await anyKeyPackage(environment, "eve");
    const forged = await insiderCommit(environment, chat.state("alice"), {
      proposals: [byValue(removeOf(chat, "alice")), byValue({ proposalType: "add", keyPackage: eve.keyPackage })],
      signer: chat.state("carol").self.signer,
    });
    const watched = { ...environment, authentication };
    expect(await refusals(watched, others(chat, "alice"), forged.message)).toEqual([
      "signature.invalid",
      "signature.invalid",
      "signature.invalid",
    ]);
    expect(authentication.calls).toEqual([]);
  });

  it.each<[string, CommitPlan, string]>([
    ["[6.1-02] signed by another member", {}, "signature.invalid"],
    [
      "[6.1-03] [12.4.1-02] signed for another context",
      { groupContext: utf8("another context") },
      "content.membership_tag",
    ],
    ["[6.2-02] [12.4.2-02] with an empty membership tag", { membershipTag: () => EMPTY }, "content.membership_tag"],
    ["[6.2-02] with a membership tag cut short", { membershipTag: (tag) => tag.subarray(1) }, "content.membership_tag"],
    [
      "[6.2-02] with a membership tag too long",
      { membershipTag: (tag) => concat(tag, Uint8Array.of(0)) },
      "content.membership_tag",
    ],
    [
      "[6.2-02] with a membership tag of zeros",
      { membershipTag: (tag) => new Uint8Array(tag.length) },
      "content.membership_tag",
    ],
    [
      "[6.2-03] with a signature changed",
      { signature: (signature) => signature.map((octet, i) => (i === 5 ? octet ^ 1 : octet)) },
      "signature.invalid",
    ],
    ["[6.2-03] with an empty signature", { signature: () => EMPTY }, "signature.invalid"],
  ])("a commit is refused %s", async (name, plan, code) => {
    const chat = await full();
    const signer = name.startsWith("[6.1-02]") ? { signer: chat.state("carol").self.signer } : {};
    await refusedBy(chat, "alice", { ...plan, ...signer }, code);
  });

  it("[6.1-04] a private commit does not become a public one", async () => {
    const chat = await full();
    const plan: CommitPlan = { wireFormat: "mls_private_message" };
    const { message } = await insiderCommit(environment, chat.state("alice"), plan);
    expect(await refusals(environment, others(chat, "alice"), message)).toEqual([
      "accepted commit",
      "accepted commit",
      "accepted commit",
    ]);
    let signature: Uint8Array = EMPTY;
    await insiderCommit(environment, chat.state("bob"), { ...plan, signature: (made) => (signature = made) });
    await refusedBy(chat, "bob", { signature: () => signature }, "signature.invalid");
  });

  it.each([leafIndex(4), leafIndex(0x7fffffff), leafIndex(0xffffffff)])(
    "[6-08] a commit of nobody at leaf %i is refused",
    async (leaf) => {
      const chat = await full();
      const { message } = await insiderCommit(environment, chat.state("alice"), {
        sender: { senderType: "member", leafIndex: leaf },
      });
      expect(await refusals(environment, others(chat, "alice"), message)).toEqual([
        "content.unknown_sender",
        "content.unknown_sender",
        "content.unknown_sender",
      ]);
    },
  );

  it.each([
    ["external", { senderType: "external", senderIndex: 0 }],
    ["new_member_proposal", { senderType: "new_member_proposal" }],
  ] as const)("[6.1-05] [6.1-08] a commit of a sender of type %s is malformed", async (_, sender) => {
    await refusedBy(await full(), "alice", { sender }, "content.sender_type_forbidden");
  });

  it("[12.4.3.2-07] a member's commit with the sender type of a joiner is refused, and the other way round", async () => {
    const chat = await full();
    await refusedBy(chat, "alice", { sender: { senderType: "new_member_commit" } }, "proposals.external_init_count");
    const external = { signer: await generateSigner(suite, random) };
    const sender = { senderType: "member", leafIndex: leafIndex(0) } as const;
    await refusedBy(chat, "alice", { external, proposals: (kem) => [init(kem)], sender }, "signature.invalid");
    await refusedBy(
      chat,
      "alice",
      { proposals: [init(new Uint8Array(32))] },
      "proposals.external_init_in_member_commit",
    );
  });

  it("[12.4.3.2-05] an external commit must be signed with the key of its leaf", async () => {
    const chat = await full();
    const external = { signer: await generateSigner(suite, random) };
    const plan: CommitPlan = { external, proposals: (kem) => [init(kem)] };
    for (const signer of [chat.state("alice").self.signer, await generateSigner(suite, random)]) {
      await refusedBy(chat, "alice", { ...plan, signer }, "signature.invalid");
    }
  });

  it("[12.4.3.2-06] an external commit that goes on from the last init secret is refused", async () => {
    const chat = await full();
    const external = { signer: await generateSigner(suite, random) };
    const { initSecret } = chat.one.epoch.secrets;
    await refusedBy(
      chat,
      "alice",
      { external, proposals: (kem) => [init(kem)], initSecret },
      "content.confirmation_tag",
    );
  });

  it("[12.4.3.2-03] an external commit without a path is refused", async () => {
    const chat = await full();
    const external = { signer: await generateSigner(suite, random) };
    await refusedBy(chat, "alice", { external, proposals: (kem) => [init(kem)], path: false }, "commit.path_required");
  });

  it("[5.1.1-02] an external commit with a KEM output of low order is refused", async () => {
    const chat = await full();
    const external = { signer: await generateSigner(suite, random) };
    await refusedBy(chat, "alice", { external, proposals: () => [init(new Uint8Array(32))] }, "hpke.open_failed");
    await refusedBy(chat, "alice", { external, proposals: () => [init(EMPTY)] }, "hpke.open_failed");
  });

  it("[12.4.3.2-08] external commits can be refused altogether", async () => {
    const chat = await full();
    const external = { signer: await generateSigner(suite, random) };
    const { message } = await insiderCommit(environment, chat.one, { external, proposals: (kem) => [init(kem)] });
    const strict = { ...environment, policy: { externalCommits: false } };
    expect(await refusals(strict, [...chat.states.values()], message)).toEqual(
      NAMES.map(() => "commit.external_refused"),
    );
  });
});

describe("§6.1, §12.4.2 the confirmation tag", () => {
  it("[6.1-11] [12.4.2-10] must be right, in its full length", async () => {
    const chat = await full();
    const earlier = chat.one.epoch.confirmationTag;
    const wrong: ((tag: Uint8Array) => Uint8Array)[] = [
      (tag) => new Uint8Array(tag.length),
      () => EMPTY,
      (tag) => concat(tag, Uint8Array.of(0)),
      () => earlier,
      ...[1, 16, 31].map((length) => (tag: Uint8Array) => tag.subarray(0, length)),
      ...[0, 100, 255].map(
        (bit) => (tag: Uint8Array) => tag.map((octet, i) => (i === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet)),
      ),
    ];
    const states = others(chat, "alice");
    for (const tag of wrong) {
      const { message } = await insiderCommit(environment, chat.state("alice"), { tag });
      expect(await refusals(environment, states, message)).toEqual(states.map(() => "content.confirmation_tag"));
    }
    await chat.commit("bob");
    chat.agree();
  });

  it("[6.1-11] [6.3.1-06] must be right in a private commit", async () => {
    const chat = await full();
    await refusedBy(
      chat,
      "alice",
      { wireFormat: "mls_private_message", tag: (tag) => new Uint8Array(tag.length) },
      "content.confirmation_tag",
    );
  });

  it("[8.4-01] does not match if the commit names other PSKs than it uses, or in another order", async () => {
    const chat = await full();
    const [one, two] = [psk("one"), psk("two")];
    if (one.proposalType !== "psk" || two.proposalType !== "psk") throw new Error("no PSKs");
    await refusedBy(
      chat,
      "alice",
      { proposals: [byValue(one), byValue(two)], psks: [two.psk, one.psk] },
      "content.confirmation_tag",
    );
    await refusedBy(chat, "alice", { proposals: [byValue(one)], psks: [] }, "content.confirmation_tag");
  });

  it("[8.1-01] does not match if the group goes on with other extensions", async () => {
    const chat = await full();
    const extensions = [{ extensionType: "external_senders", extensionData: Uint8Array.of(0) }] as const;
    await refusedBy(chat, "alice", { extensions }, /^(content.confirmation_tag|hpke.open_failed)$/);
    await refusedBy(
      chat,
      "alice",
      { extensions, path: false, proposals: [byValue(psk("one"))] },
      "content.confirmation_tag",
    );
  });
});

describe("§12.4 path and proposals", () => {
  const noPath: [string, (chat: Chat) => Promise<CommitPlan>][] = [
    ["[12.4-05] [12.4.2-05] an empty list", async () => ({})],
    ["[12.4-05] a Remove", async (chat) => ({ proposals: [byValue(removeOf(chat, "dave"))] })],
    [
      "[12.4-05] an Update",
      async (chat) => ({ proposals: [byReference(await chat.propose("dave", { proposalType: "update" }))] }),
    ],
    [
      "[12.4-05] [17.4-01] GroupContextExtensions",
      async () => ({ proposals: [byValue({ proposalType: "group_context_extensions", extensions: [] })] }),
    ],
    [
      "[12.4-05] a Remove among Adds",
      async (chat) => {
        const { keyPackage } = await anyKeyPackage(environment, "eve");
        return { proposals: [byValue({ proposalType: "add", keyPackage }), byValue(removeOf(chat, "dave"))] };
      },
    ],
  ];
  it.each(noPath)("a commit without a path is refused with %s", async (_, make) => {
    const chat = await full();
    await refusedBy(chat, "alice", { ...(await make(chat)), path: false }, "commit.path_required");
  });

  it("[12.4-06] Adds, PSKs and a ReInit may come with a path or without", async () => {
    for (const path of [true, false]) {
      const chat = await full();
      const { keyPackage } = await anyKeyPackage(environment, "eve");
      const lists = [
        [byValue({ proposalType: "add", keyPackage } as const)],
        [byValue(psk("one"))],
        [
          byValue({
            proposalType: "reinit",
            groupId: utf8("next"),
            version: "mls10",
            cipherSuite: 1,
            extensions: [],
          } as const),
        ],
      ];
      for (const proposals of lists) {
        const { message } = await insiderCommit(environment, chat.state("alice"), { proposals, path });
        expect(await refusals(environment, others(chat, "alice"), message)).toEqual([
          "accepted commit",
          "accepted commit",
          "accepted commit",
        ]);
      }
    }
  });

  it("[12.4.2-04] a commit with a PSK that is not at hand waits for it", async () => {
    const chat = await full();
    const { message } = await insiderCommit(environment, chat.state("alice"), { proposals: [byValue(psk("one"))] });
    const states = others(chat, "alice");
    expect(await refusals({ ...environment, psks: {} }, states, message)).toEqual(states.map(() => "psk.missing"));
    const forgetful = { ...environment, psks: { external: () => undefined } };
    expect(await refusals(forgetful, states, message)).toEqual(states.map(() => "psk.missing"));
    await chat.deliver(undefined, message, ["bob", "carol", "dave"]);
    agree(...others(chat, "alice"));
  });

  it("[12.4-07] a commit that comes before its proposal waits for it", async () => {
    for (const wireFormat of ["mls_public_message", "mls_private_message"] as const) {
      const chat = await full();
      const proposed = chat.adopt(
        "bob",
        await createProposal(environment, chat.state("bob"), { proposalType: "update" }, { wireFormat }),
      );
      await chat.deliver("bob", proposed.message, ["alice", "carol"]);
      const waiting = chat.state("dave");
      const created = chat.adopt("alice", await createCommit(environment, chat.state("alice"), { wireFormat }));
      expect(await refusals(environment, [waiting], created.message)).toEqual(["proposals.unknown_reference"]);
      await chat.receive("dave", proposed.message);
      await chat.deliver("alice", created.message);
      chat.adopt("alice", acceptCommit(environment, chat.state("alice"), created.pending));
      chat.agree();
    }
  });

  it("[12.4-04] a commit may leave out what was proposed, and then it is forgotten", async () => {
    const chat = await full();
    const left = await chat.propose("bob", { proposalType: "update" });
    const { message } = await insiderCommit(environment, chat.state("alice"), {});
    await chat.deliver(undefined, message, ["bob", "carol", "dave"]);
    agree(...others(chat, "alice"));
    for (const state of others(chat, "alice"))
      expect([state.proposals.size, state.pendingUpdates.size]).toEqual([0, 0]);
    const later = await insiderCommit(environment, chat.state("bob"), { proposals: [byReference(left)] });
    expect(await refusals(environment, others(chat, "alice", "bob"), later.message)).toEqual([
      "proposals.unknown_reference",
      "proposals.unknown_reference",
    ]);
  });
});

describe("§7.3, §7.5 the leaf of a path", () => {
  const plans: [string, (chat: Chat) => Promise<CommitPlan>, string][] = [
    [
      "[12.4.2-07] keeps its encryption key",
      async (chat) => ({
        leaf: (leaf) => ({ ...leaf, encryptionKey: chat.one.tree.leaf(leafIndex(0))?.encryptionKey ?? EMPTY }),
      }),
      "leaf.same_encryption_key",
    ],
    [
      "[7.3-12] [12.4.2-06] has the source update",
      async () => ({
        leaf: ({ encryptionKey, signatureKey, credential, capabilities, extensions }) => ({
          encryptionKey,
          signatureKey,
          credential,
          capabilities,
          extensions,
          leafNodeSource: "update",
        }),
      }),
      "leaf.wrong_source",
    ],
    [
      "[7.3-12] has the source key_package",
      async () => ({
        leaf: ({ encryptionKey, signatureKey, credential, capabilities, extensions }) => ({
          encryptionKey,
          signatureKey,
          credential,
          capabilities,
          extensions,
          leafNodeSource: "key_package",
          lifetime: { notBefore: 0n, notAfter: 2n ** 63n },
        }),
      }),
      "leaf.wrong_source",
    ],
    [
      "[7.3-02] is signed by another key",
      async (chat) => ({ leafSigner: chat.state("bob").self.signer }),
      "leaf.signature",
    ],
    [
      "[7.2-10] is signed for another leaf index",
      async (chat) => ({ leafPosition: { groupId: chat.one.epoch.groupContext.groupId, leafIndex: leafIndex(1) } }),
      "leaf.signature",
    ],
    [
      "[7.2-10] is signed for another group",
      async () => ({ leafPosition: { groupId: utf8("another"), leafIndex: leafIndex(0) } }),
      "leaf.signature",
    ],
    [
      "[7.2-10] is signed without a place",
      async () => ({ leaf: (leaf) => leaf, leafPosition: { groupId: EMPTY, leafIndex: leafIndex(0) } }),
      "leaf.signature",
    ],
    [
      "[7.5-02] [7.3-16] lacks the suite",
      async () => ({ leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, cipherSuites: [] } }) }),
      "leaf.cipher_suite_not_listed",
    ],
    [
      "[7.5-02] [7.2-05] does not list its credential",
      async () => ({ leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, credentials: ["x509"] } }) }),
      "leaf.credential_not_listed",
    ],
    [
      "[7.3-05] drops a credential type in use",
      async () => ({
        leaf: (leaf) => ({
          ...leaf,
          credential: { credentialType: "x509", certificates: [] },
          capabilities: { ...leaf.capabilities, credentials: ["x509"] },
        }),
      }),
      "leaf.credential_unsupported",
    ],
    [
      "[7.3-08] has an extension that it does not list",
      async () => ({ leaf: (leaf) => ({ ...leaf, extensions: [{ extensionType: 0xf001, extensionData: EMPTY }] }) }),
      "leaf.extension_not_listed",
    ],
    [
      "[7.2-02] lists default types",
      async () => ({ leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, proposals: ["add"] } }) }),
      "leaf.default_type_listed",
    ],
    [
      "[7.3-13] has another member's signature key",
      async (chat) => {
        const { signer } = chat.state("dave").self;
        return { leaf: (leaf) => ({ ...leaf, signatureKey: signer.publicKey }), leafSigner: signer };
      },
      "tree.duplicate_signature_key",
    ],
    [
      "[7.3-14] [12.4.2-08] has another member's encryption key",
      async (chat) => ({
        leaf: (leaf) => ({ ...leaf, encryptionKey: chat.one.tree.leaf(leafIndex(3))?.encryptionKey ?? EMPTY }),
      }),
      "path.key_in_tree",
    ],
    [
      "[7.3-14] [12.4.2-08] has a parent's encryption key",
      async (chat) => ({
        leaf: (leaf) => ({
          ...leaf,
          encryptionKey: chat.one.tree.parentNode(ancestor(leafIndex(3), 1))?.encryptionKey ?? EMPTY,
        }),
      }),
      "path.key_in_tree",
    ],
    [
      "[5.1.1-01] has an encryption key that is none",
      async () => ({ leaf: (leaf) => ({ ...leaf, encryptionKey: new Uint8Array(32) }) }),
      "key.hpke_public",
    ],
    [
      "[7.5-04] has another parent hash",
      async () => ({ leaf: (leaf) => ({ ...leaf, parentHash: new Uint8Array(32) }) as never }),
      "path.parent_hash",
    ],
    [
      "[7.5-04] has an empty parent hash",
      async () => ({ leaf: (leaf) => ({ ...leaf, parentHash: EMPTY }) as never }),
      "path.parent_hash",
    ],
  ];
  it.each(plans)("is refused if it %s", async (_, make, code) => {
    const chat = await full();
    await refusedBy(chat, "alice", await make(chat), code);
  });

  it("[5.3.1-05] is shown to the Authentication Service with the one that it replaces, if it brings a new identity", async () => {
    const authentication = authenticationBy();
    const chat = await full();
    const watched = { ...environment, authentication };
    const same = await insiderCommit(environment, chat.state("alice"), {});
    await refusals(watched, others(chat, "alice"), same.message);
    expect(authentication.calls).toEqual([]);
    const renamed = await insiderCommit(environment, chat.state("alice"), {
      leaf: (leaf) => ({ ...leaf, credential: basic("mallory") }),
    });
    await processMessage(watched, chat.state("bob"), renamed.message);
    const { signatureKey } = chat.one.tree.leaf(leafIndex(0)) ?? { signatureKey: EMPTY };
    const predecessor = { credential: basic("alice"), signatureKey };
    expect(authentication.calls).toMatchObject([
      [{ reason: "commit", credential: basic("mallory"), leafIndex: 0, signatureKey, predecessor }],
    ]);
    const strict = { ...environment, authentication: authenticationBy(({ reason }) => reason !== "commit") };
    expect(await refusals(strict, others(chat, "alice"), renamed.message)).toEqual([
      "credential.rejected",
      "credential.rejected",
      "credential.rejected",
    ]);
  });

  it("[5.3.2-01] is accepted although the old one's lifetime is over", async () => {
    const chat = await full();
    const later = { ...environment, clock: () => 2n ** 40n };
    const state = chat.state("bob");
    const created = await createCommit(later, state, {});
    expect((await processMessage(later, chat.state("alice"), created.output.message)).output.contentType).toBe(
      "commit",
    );
  });
});

describe("§7.5, §7.6 the nodes of a path", () => {
  const change = (nodes: (nodes: UpdatePath["nodes"]) => UpdatePath["nodes"]): CommitPlan => ({
    sealed: (path) => ({ ...path, nodes: nodes(path.nodes) }),
  });

  it.each<[string, CommitPlan, string]>([
    ["[7.6-02] if there are too few", change((nodes) => nodes.slice(0, 1)), "path.length"],
    ["[7.6-02] if there are none", change(() => []), "path.length"],
    [
      "[7.6-02] if there are too many",
      change((nodes) => [
        ...nodes,
        ...nodes.slice(0, 1).map((node) => ({
          ...node,
          encryptionKey: node.encryptionKey.map((octet, i) => (i === 3 ? octet ^ 1 : octet)),
        })),
      ]),
      "path.length",
    ],
    [
      "[7.6-01] with a ciphertext too few",
      change((nodes) => nodes.map((node, i) => (i === 0 ? { ...node, encryptedPathSecret: [] } : node))),
      "path.ciphertext_count",
    ],
    [
      "[7.6-01] with a ciphertext too many",
      change((nodes) =>
        nodes.map((node) => ({ ...node, encryptedPathSecret: [...node.encryptedPathSecret, garbage] }) as never),
      ),
      "path.ciphertext_count",
    ],
    [
      "[7.5-04] with other keys than the leaf's parent hash says",
      change((nodes) =>
        nodes.map((node, i) =>
          i === 1
            ? {
                ...node,
                encryptionKey: nodes[0]?.encryptionKey.map((octet, at) => (at === 4 ? octet ^ 1 : octet)) ?? EMPTY,
              }
            : node,
        ),
      ),
      "path.parent_hash",
    ],
    [
      "[5.1.1-01] with a key that is none",
      { pathKeys: (keys) => [keys[0] ?? EMPTY, new Uint8Array(32)] },
      "key.hpke_public",
    ],
    ["[12.4.2-08] with one key twice", { pathKeys: ([first = EMPTY]) => [first, first] }, "path.key_in_tree"],
    [
      "[12.4.2-08] with the key of a leaf",
      { pathKeys: ([first = EMPTY], tree) => [first, tree.leaf(leafIndex(2))?.encryptionKey ?? EMPTY] },
      "path.key_in_tree",
    ],
    [
      "[12.4.2-08] with the key of another parent",
      {
        pathKeys: ([first = EMPTY], tree) => [
          first,
          tree.parentNode(ancestor(leafIndex(2), 1))?.encryptionKey ?? EMPTY,
        ],
      },
      "path.key_in_tree",
    ],
    [
      "[12.4.2-08] with the old key of a node on the own path",
      {
        pathKeys: ([, second = EMPTY], tree) => [
          tree.parentNode(ancestor(leafIndex(0), 2))?.encryptionKey ?? EMPTY,
          second,
        ],
      },
      "path.key_in_tree",
    ],
    [
      "[12.4.2-08] with the old key of the committer's leaf",
      { pathKeys: ([first = EMPTY], tree) => [first, tree.leaf(leafIndex(0))?.encryptionKey ?? EMPTY] },
      "path.key_in_tree",
    ],
    [
      "[7.5-05] with a key that does not come from the path secret below",
      { pathKeys: ([first = EMPTY]) => [first, other.publicKey] },
      "path.public_key",
    ],
  ])("are refused %s", async (_, plan, code) => {
    await refusedBy(await full(), "alice", plan, code);
  });

  it("[12.4.2-08] are refused with the new leaf's key", async () => {
    const chat = await full();
    const pair = await generateHpkeKeyPair(suite, random);
    const plan: CommitPlan = {
      leaf: (leaf) => ({ ...leaf, encryptionKey: pair.publicKey }),
      pathKeys: ([first = EMPTY]) => [first, pair.publicKey],
    };
    await refusedBy(chat, "alice", plan, "path.key_in_tree");
  });

  it("[7.5-07] are refused by those to whom they are not encrypted, and by nobody else", async () => {
    const chat = await full();
    const forBob = (nodes: UpdatePath["nodes"]) =>
      nodes.map((node, i) => (i === 0 ? { ...node, encryptedPathSecret: [garbage] } : node)) as never;
    const { message } = await insiderCommit(environment, chat.state("alice"), change(forBob));
    expect(await refusals(environment, [chat.state("bob")], message)).toEqual(["hpke.open_failed"]);
    const others = [chat.state("carol"), chat.state("dave")];
    expect(await refusals(environment, others, message)).toEqual(
      ["content.confirmation_tag", "content.confirmation_tag"].map(() =>
        expect.stringMatching(/accepted commit|confirmation_tag/),
      ),
    );
  });

  it("[7.6-03] are refused if they were encrypted for another context", async () => {
    const chat = await full();
    const plan: CommitPlan = { extensions: [{ extensionType: "external_senders", extensionData: Uint8Array.of(0) }] };
    await refusedBy(chat, "carol", plan, "hpke.open_failed");
  });
});

const other = await generateHpkeKeyPair(suite, random);

describe("§12.4.2 an external commit's place", () => {
  it("[12.4.2-09] is the leftmost blank leaf after the Remove", async () => {
    const chat = await fullOfFive();
    await chat.remove("alice", "bob");
    expect(chat.one.tree.leafCount).toBe(8);
    await chat.joinExternally("alice", "dave again", { removed: leafIndex(3) });
    expect(chat.state("dave again").self.leafIndex).toBe(1);
    chat.states.delete("dave");
    chat.agree();
  });

  it("[12.4.2-09] [7.7-01] is found after the tree has shrunk", async () => {
    const chat = await fullOfFive();
    await chat.joinExternally("alice", "erin again", { removed: leafIndex(4) });
    chat.states.delete("erin");
    expect(chat.state("erin again").self.leafIndex).toBe(4);
    expect(chat.one.tree.leafCount).toBe(8);
    await chat.remove("alice", "bob");
    await chat.joinExternally("alice", "erin once more", { removed: leafIndex(4) });
    chat.states.delete("erin again");
    expect([chat.state("erin once more").self.leafIndex, chat.one.tree.leafCount]).toEqual([1, 4]);
    chat.agree();
    await chat.commit("erin once more");
    chat.agree();
  });

  it("[12.4.2-09] replaces the only member", async () => {
    const chat = await Chat.of(["alice"], environment);
    await chat.joinExternally("alice", "alice again", { removed: leafIndex(0) });
    expect(chat.state("alice").closed).toEqual({ reason: "removed" });
    chat.states.delete("alice");
    expect([chat.one.self.leafIndex, chat.one.tree.leafCount]).toEqual([0, 1]);
    await chat.add("alice again", ["bob"]);
    chat.agree();
  });

  it("[12.4.2-09] is not for the joiner to choose", async () => {
    const chat = await fullOfFive();
    await chat.remove("alice", "bob");
    const external = { signer: await generateSigner(suite, random) };
    const plan: CommitPlan = {
      external,
      proposals: (kem) => [init(kem)],
      seat: (tree) => ({ tree, leaf: leafIndex(5) }),
    };
    const { message } = await insiderCommit(environment, chat.one, plan);
    expect(await refusals(environment, [...chat.states.values()], message)).toEqual(
      chat.names.map(() => "leaf.signature"),
    );
  });

  it("[12.2-18] must have another encryption key than the leaf that it replaces, and a credential that succeeds it", async () => {
    const chat = await full();
    const external = { signer: await generateSigner(suite, random), name: "dave" };
    const proposals = (kem: Uint8Array) => [init(kem), byValue(removeOf(chat, "dave"))];
    const encryptionKey = chat.one.tree.leaf(leafIndex(3))?.encryptionKey ?? EMPTY;
    await refusedBy(
      chat,
      "alice",
      { external, proposals, leaf: (leaf) => ({ ...leaf, encryptionKey }) },
      "leaf.same_encryption_key",
    );
    const { message } = await insiderCommit(environment, chat.one, { external, proposals });
    const authentication = authenticationBy(({ predecessor }) => predecessor === undefined);
    const strict = { ...environment, authentication };
    expect(await refusals(strict, others(chat, "dave"), message)).toEqual([
      "credential.rejected",
      "credential.rejected",
      "credential.rejected",
    ]);
    const { signatureKey } = chat.one.tree.leaf(leafIndex(3)) ?? { signatureKey: EMPTY };
    expect(authentication.calls[0]).toMatchObject([
      { reason: "external_commit", leafIndex: 3, predecessor: { credential: basic("dave"), signatureKey } },
    ]);
  });

  it.each([
    [
      "[12.2-21] [7.3-13] a member's signature key",
      async (chat: Chat) => ({ external: { signer: chat.state("bob").self.signer } }),
      "tree.duplicate_signature_key",
    ],
    [
      "[12.2-21] [7.3-14] a member's encryption key",
      async (chat: Chat) => ({
        external: { signer: await generateSigner(suite, random) },
        leaf: (leaf: object) => ({ ...leaf, encryptionKey: chat.one.tree.leaf(leafIndex(1))?.encryptionKey }) as never,
      }),
      "path.key_in_tree",
    ],
    [
      "[12.2-21] missing capabilities",
      async () => ({
        external: {
          signer: await generateSigner(suite, random),
          capabilities: {
            versions: [],
            cipherSuites: [1],
            extensions: [],
            proposals: [],
            credentials: ["basic" as const],
          },
        },
      }),
      "leaf.version_not_listed",
    ],
  ] as const)("is refused to a joiner with %s", async (_, make, code) => {
    const chat = await full();
    await refusedBy(chat, "alice", { ...(await make(chat)), proposals: (kem) => [init(kem)] }, code);
  });
});

describe("§12.4.2 a commit that removes its receiver", () => {
  it("[12.4.2-14] tells it so, and then it can send nothing", async () => {
    const chat = await full();
    const proposal = await insiderProposal(environment, chat.state("bob"), {
      proposalType: "remove",
      removed: leafIndex(0),
    });
    const next = await insiderCommit(environment, chat.state("bob"), {});
    await chat.commit("alice", { proposals: [removeOf(chat, "dave")] });
    const dave = chat.state("dave");
    expect(dave.closed).toEqual({ reason: "removed" });
    for (const attempt of [
      () => protect(environment, dave, utf8("hello")),
      () => createProposal(environment, dave, { proposalType: "update" }),
      () => createCommit(environment, dave, {}),
      () => createGroupInfo(environment, dave),
      () => processMessage(environment, dave, proposal.message),
      () => processMessage(environment, dave, next.message),
    ]) {
      expect((await rejection(attempt)).code).toBe("state.removed");
    }
  });

  it("[12.4.2-14] [12.4.2-18] ends its own pending commit as well", async () => {
    const chat = await full();
    const { pending } = chat.adopt("dave", await createCommit(environment, chat.state("dave"), {}));
    await chat.commit("alice", { proposals: [removeOf(chat, "dave")] });
    expect((await rejection(() => acceptCommit(environment, chat.state("dave"), pending))).code).toBe("state.removed");
  });

  it("[12.4.2-14] says so as a result, not as a failure", async () => {
    for (const wireFormat of ["mls_public_message", "mls_private_message"] as const) {
      const chat = await full();
      const { received } = await chat.commit("alice", { proposals: [removeOf(chat, "dave")], wireFormat });
      const told = received.get("dave");
      expect(told?.contentType === "commit" && told.commit).toMatchObject({
        removedSelf: true,
        committer: 0,
        kind: "member",
      });
      const witness = received.get("bob");
      expect(witness?.contentType === "commit" && witness.commit.removedSelf).toBe(false);
    }
  });

  it("[12.4.2-14] late messages of the epoch in which it was a member still open", async () => {
    const chat = await full();
    const late = await chat.send("bob", "see you, dave");
    const earlier = await chat.send("carol", "bye");
    await chat.receive("dave", earlier);
    await chat.commit("alice", { proposals: [removeOf(chat, "dave")] });
    const received = await chat.receive("dave", late);
    expect(received).toMatchObject({ contentType: "application", applicationData: utf8("see you, dave"), sender: 1 });
    const after = await chat.send("bob", "without dave");
    expect((await rejection(() => chat.receive("dave", after))).code).toBe("epoch.future");
  });

  it("[12.4.2-14] may be an external one that puts the same client in its place", async () => {
    const chat = await full();
    const late = await chat.send("carol", "said before");
    const old = chat.state("bob");
    const message = await chat.joinExternally("alice", "bob again", { removed: old.self.leafIndex });
    const result = chat.state("bob");
    expect(result.closed).toEqual({ reason: "removed" });
    expect((await processMessage(environment, result, late)).output).toMatchObject({ contentType: "application" });
    await expect(protect(environment, result, utf8("x"))).rejects.toMatchObject({ code: "state.removed" });
    await expect(processMessage(environment, result, message)).rejects.toMatchObject({ code: "state.removed" });
    chat.agree();
  });

  it("[12.4.2-17] is checked as far as the receiver can before it takes effect", async () => {
    const chat = await full();
    const proposals = [byValue(removeOf(chat, "dave"))];
    const forged: [CommitPlan, string][] = [
      [{ signer: chat.state("bob").self.signer }, "signature.invalid"],
      [{ membershipTag: () => new Uint8Array(32) }, "content.membership_tag"],
      [{ proposals: [...proposals, ...proposals] }, "proposals.leaf_changed_twice"],
      [{ path: false }, "commit.path_required"],
      [{ sealed: (path) => ({ ...path, nodes: path.nodes.slice(1) }) }, "path.length"],
      [
        { sealed: (path) => ({ ...path, nodes: path.nodes.map((node) => ({ ...node, encryptedPathSecret: [] })) }) },
        "path.ciphertext_count",
      ],
      [{ leaf: (leaf) => ({ ...leaf, parentHash: EMPTY }) as never }, "path.parent_hash"],
      [{ leafSigner: chat.state("bob").self.signer }, "leaf.signature"],
      [{ pathKeys: ([first = EMPTY]) => [first, first] }, "path.key_in_tree"],
    ];
    for (const [plan, code] of forged) {
      const { message } = await insiderCommit(environment, chat.state("alice"), { proposals, ...plan });
      expect(await refusals(environment, [chat.state("dave")], message), code).toEqual([code]);
    }
    await chat.commit("dave");
    chat.agree();
  });
});

describe("§12.4.2 an own commit", () => {
  it("[12.4.2-16] that comes back is not processed twice", async () => {
    for (const wireFormat of ["mls_public_message", "mls_private_message"] as const) {
      const chat = await full();
      const created = chat.adopt("alice", await createCommit(environment, chat.state("alice"), { wireFormat }));
      expect(await refusals(environment, [chat.state("alice")], created.message)).toEqual(["content.own_message"]);
      chat.adopt("alice", acceptCommit(environment, chat.state("alice"), created.pending));
      expect(await refusals(environment, [chat.state("alice")], created.message)).toEqual(["epoch.past"]);
    }
  });
});

describe("§12.4.2 a ReInit", () => {
  const request: ProposalRequest = {
    proposalType: "reinit",
    groupId: utf8("next"),
    version: "mls10",
    cipherSuite: 1,
    extensions: [],
  };

  it("[12.4.2-12] closes the group to everyone, the committer included", async () => {
    for (const forcePath of [true, false]) {
      const chat = await full();
      const late = await chat.send("bob", "last words");
      await chat.commit("alice", { proposals: [request], forcePath });
      chat.agree();
      for (const [name, state] of chat.states) {
        expect(state.closed, name).toEqual({
          reason: "reinitialized",
          reInit: expect.objectContaining({ groupId: utf8("next") }),
        });
        for (const attempt of [
          () => protect(environment, state, utf8("hello")),
          () => createProposal(environment, state, { proposalType: "update" }),
          () => createCommit(environment, state, {}),
          () => createGroupInfo(environment, state),
        ]) {
          expect((await rejection(attempt)).code).toBe("state.reinitialized");
        }
      }
      expect(await chat.receive("carol", late)).toMatchObject({ applicationData: utf8("last words") });
      const external = { signer: await generateSigner(suite, random) };
      const open: GroupState = { ...chat.state("bob"), closed: undefined };
      const { message } = await insiderCommit(environment, open, { external, proposals: (kem) => [init(kem)] });
      expect(await refusals(environment, [chat.state("alice")], message)).toEqual(["state.reinitialized"]);
    }
  });
});

describe("§12.4.2 processing is all or nothing", () => {
  it("[12.4.2-11] whatever breaks, and the same commit is accepted afterwards", async () => {
    const backend = suiteOf();
    const e = environmentOf({ suite: backend, psks });
    const chat = await Chat.of(NAMES, e);
    await chat.fill();
    const update = await chat.propose("bob", { proposalType: "update", leaf: { credential: basic("bobby") } });
    const { keyPackage } = await anyKeyPackage(e, "eve");
    const proposals = [byReference(update), byValue({ proposalType: "add", keyPackage } as const), byValue(psk("one"))];
    const { message } = await insiderCommit(e, chat.state("alice"), {
      proposals,
      leaf: (leaf) => ({ ...leaf, credential: basic("alicia") }),
    });
    const bob = chat.state("bob");
    const before = fingerprint(bob);

    const counting = watchSuite(backend);
    await processMessage({ ...e, suite: counting.suite }, bob, message);
    expect(counting.calls()).toBeGreaterThan(20);
    for (let failAt = 0; failAt < counting.calls(); failAt++) {
      const watched = watchSuite(backend, failAt);
      await expect(processMessage({ ...e, suite: watched.suite }, bob, message)).rejects.toThrow("the backend broke");
      expect(fingerprint(bob)).toBe(before);
    }
    const broken = () => Promise.reject(new Error("broken"));
    expect(
      (await rejection(() => processMessage({ ...e, authentication: { authenticate: broken } }, bob, message))).code,
    ).toBe("credential.hook_failed");
    await expect(processMessage({ ...e, psks: { external: broken } }, bob, message)).rejects.toThrow("broken");
    expect(fingerprint(bob)).toBe(before);
    await chat.deliver(undefined, message, ["bob", "carol", "dave"]);
    agree(...others(chat, "alice"));
  });

  it("[12.4.2-10] [9.2-04] leaves no secret of a commit that is refused in the end", async () => {
    const backend = suiteOf(1, noble);
    const e = environmentOf({ suite: backend, psks });
    const chat = await Chat.of(NAMES, e);
    await chat.fill();
    const stranger = await generateHpkeKeyPair(suite, random);
    const flaws: readonly CommitPlan[] = [
      { tag: () => new Uint8Array(32) },
      { proposals: [byValue(psk("one"))], tag: () => EMPTY },
      { proposals: [byValue(psk("missing"))] },
      { pathKeys: ([first = EMPTY]) => [first, stranger.publicKey] },
      {
        sealed: (path) => ({ ...path, nodes: path.nodes.map((node) => ({ ...node, encryptedPathSecret: [garbage] })) }),
      },
      { leaf: (leaf) => ({ ...leaf, credential: basic("mallory") }) },
    ];
    for (const flaw of flaws) {
      for (const wireFormat of ["mls_public_message", "mls_private_message"] as const) {
        const { message } = await insiderCommit(e, chat.state("alice"), { wireFormat, ...flaw });
        const watched = watchSuite(backend);
        const strict = authenticationBy(() => false);
        const store = { external: (id: Uint8Array) => (id.length > 3 ? undefined : utf8("psk of one")) };
        const attempt = { ...e, suite: watched.suite, authentication: strict, psks: store };
        await rejection(() => processMessage(attempt, chat.state("bob"), message));
        expect(watched.alive()).toEqual([]);
        await chat.commit("carol", { forcePath: true });
      }
    }
  });
});

describe("§12.1.2 an own Update that another's commit takes", () => {
  it("[12.1.2-04] gives the new key and signer, and what was replaced can go", async () => {
    const chat = await full();
    const signer = await generateSigner(suite, random);
    await chat.propose("bob", { proposalType: "update", leaf: { signer, credential: basic("bobby") } });
    const oldKey = chat.state("bob").self.privateKeys.get(toNodeIndex(leafIndex(1)));
    await chat.commit("carol");
    chat.agree();
    expect(oldKey?.disposed).toBe(true);
    expect(chat.state("bob").self.signer).toBe(signer);
    await chat.commit("alice");
    await chat.deliver("bob", await chat.send("bob", "signed with the new key"));
    await chat.commit("bob");
    await chat.remove("bob", "dave");
    chat.agree();
  });

  it("[12.1.2-04] of two, whichever is taken", async () => {
    for (const taken of [0, 1]) {
      const chat = await full();
      const updates = [
        await chat.propose("bob", { proposalType: "update" }),
        await chat.propose("bob", { proposalType: "update" }),
      ];
      const pending = [...chat.state("bob").pendingUpdates.values()].map(({ privateKey }) => privateKey);
      expect(pending.length).toBe(2);
      const reference = updates[taken]?.reference ?? EMPTY;
      await chat.commit("carol", { references: [reference] });
      chat.agree();
      expect(pending.map(({ disposed }) => disposed)).toEqual([taken === 1, taken === 0]);
      await chat.commit("alice");
      chat.agree();
    }
  });

  it("[12.1.2-04] of none, the old key stays", async () => {
    const chat = await full();
    await chat.propose("bob", { proposalType: "update" });
    const pending = [...chat.state("bob").pendingUpdates.values()].map(({ privateKey }) => privateKey);
    await chat.commit("carol", { references: [] });
    chat.agree();
    expect(pending.map(({ disposed }) => disposed)).toEqual([true]);
    expect(chat.state("bob").pendingUpdates.size).toBe(0);
    await chat.commit("alice");
    chat.agree();
  });

  it("[12.2-05] and another's Update at the same time", async () => {
    const chat = await full();
    await chat.propose("bob", { proposalType: "update" }, { wireFormat: "mls_public_message" });
    await chat.propose("alice", { proposalType: "update" });
    const sent = await updateProposal(environment, chat.state("dave"));
    await chat.deliver(undefined, (await insiderProposal(environment, chat.state("dave"), sent)).message, [
      "alice",
      "bob",
      "carol",
    ]);
    await chat.commit("carol", {
      references: [...chat.state("carol").proposals.values()].slice(0, 2).map(({ reference }) => reference),
    });
    chat.agree();
    expect(new Secret(new Uint8Array(1)).disposed).toBe(false);
  });
});
