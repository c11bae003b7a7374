import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { defaultCapabilities } from "../../src/group/capabilities.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import type { HandshakeFormat } from "../../src/group/environment.ts";
import type { ProposalRequest } from "../../src/group/propose.ts";
import { withProposal } from "../../src/group/receive-proposal.ts";
import { leafIndex } from "../../src/tree-math.ts";
import type { ProposalOrRef } from "../../src/wire/commit.ts";
import { type Extension, ExternalSenders, RequiredCapabilities } from "../../src/wire/extension.ts";
import type { PreSharedKeyID } from "../../src/wire/pre-shared-key.ts";
import type { Proposal } from "../../src/wire/proposal.ts";
import {
  basic,
  Chat,
  copiesOf,
  environmentOf,
  fingerprint,
  keyPackageFor,
  type Person,
  person,
  refusals,
  registering,
} from "../support/group.ts";
import {
  anyKeyPackage,
  byReference,
  byValue,
  insiderCommit,
  insiderProposal,
  updateProposal,
} from "../support/group-insider.ts";
import { rejection } from "../support/rejection.ts";

const psks = { external: (id: Uint8Array) => Uint8Array.of(1, 2, 3, ...id) };
const environment = environmentOf({ psks, registrations: registering({ proposals: [0xf003] }) });
const { suite, random } = environment;
const service: Person = await person(environment, "service");
const extensions: Extension[] = [
  {
    extensionType: "external_senders",
    extensionData: encode(ExternalSenders, [{ signatureKey: service.signer.publicKey, credential: basic("service") }]),
  },
];

const NAMES = ["alice", "bob", "carol", "dave"];
const group = copiesOf(() => Chat.of(NAMES, environment, { extensions }));
const leafOf = (chat: Chat, name: string) => chat.state(name).self.leafIndex;
const removeOf = (chat: Chat, name: string) => ({ proposalType: "remove", removed: leafOf(chat, name) }) as const;
const gce = (list: readonly Extension[] = extensions) =>
  ({ proposalType: "group_context_extensions", extensions: list }) as const;
const reinit = (version: "mls10" | number = "mls10") =>
  ({ proposalType: "reinit", groupId: utf8("next"), version, cipherSuite: 1, extensions: [] }) as const;
const psk = (change: Partial<PreSharedKeyID> = {}): Proposal & { proposalType: "psk" } => ({
  proposalType: "psk",
  psk: { psktype: "external", pskId: utf8("id"), pskNonce: random(suite.kdf.Nh), ...change } as PreSharedKeyID,
});
const resumption = (usage: "application" | "reinit" | "branch", chat: Chat): PreSharedKeyID => ({
  psktype: "resumption",
  usage,
  pskGroupId: chat.one.epoch.groupContext.groupId,
  pskEpoch: chat.one.epoch.groupContext.epoch,
  pskNonce: random(suite.kdf.Nh),
});

/** Caches a proposal that our own API would not make, at everyone. */
async function cached(chat: Chat, by: string, proposal: Proposal, seed = "") {
  const content = (plain: never) => ({ ...(plain as object), authenticatedData: utf8(seed) }) as never;
  const state = chat.state(by);
  const sent = await insiderProposal(environment, state, proposal, { content });
  const sender = { senderType: "member", leafIndex: state.self.leafIndex } as const;
  chat.states.set(by, withProposal(environment, state, { reference: sent.reference, proposal, sender }));
  await chat.deliver(by, sent.message);
  return sent;
}

/** A proposal of the external sender, cached by everyone. */
async function fromService(chat: Chat, proposal: Proposal) {
  const plan = { sender: { senderType: "external", senderIndex: 0 }, signer: service.signer } as const;
  const sent = await insiderProposal(environment, chat.one, proposal, plan);
  await chat.deliver(undefined, sent.message);
  return sent;
}

interface Attempt {
  /** What a commit lists that our own creator would not make. */
  readonly list: readonly ProposalOrRef[];
  /** The same asked of our own creator, as far as its options can say it. */
  readonly asked?: { readonly proposals?: readonly ProposalRequest[]; readonly references?: readonly Uint8Array[] };
  readonly code: string;
}

type Case = readonly [string, (chat: Chat, actor: string) => Promise<Attempt>];

const values = (code: string, ...requests: ProposalRequest[]): Attempt => ({
  list: requests.map((request) => byValue(request as Proposal)),
  asked: { proposals: requests, references: [] },
  code,
});
const references = (code: string, ...sent: { readonly reference: Uint8Array }[]): Attempt => ({
  list: sent.map(byReference),
  asked: { references: sent.map(({ reference }) => reference) },
  code,
});

const add = async (name: string, signer?: Person["signer"]) => {
  const { keyPackage } = await anyKeyPackage(environment, name, signer === undefined ? {} : { signer });
  return { proposalType: "add", keyPackage } as const;
};

/** Someone whom neither the actor nor these tests otherwise need. */
const other = (actor: string) => (actor === "bob" ? "dave" : "bob");

const CASES: readonly Case[] = [
  [
    "[12.2-03] an Update of the committer by reference",
    async (chat, actor) =>
      references("proposals.update_by_committer", await chat.propose(actor, { proposalType: "update" })),
  ],
  [
    "[12.2-03] [12.1.2-02] an Update by value",
    async (chat, actor) => ({
      list: [byValue(await updateProposal(environment, chat.state(actor)))],
      code: "proposals.update_by_value",
    }),
  ],
  [
    "[12.2-04] a Remove of the committer by value",
    async (chat, actor) => values("proposals.committer_removed", removeOf(chat, actor)),
  ],
  [
    "[12.2-04] a Remove of the committer by reference",
    async (chat, actor) =>
      references("proposals.committer_removed", await chat.propose(other(actor), removeOf(chat, actor))),
  ],
  [
    "[12.2-04] a Remove of the committer from an external sender",
    async (chat, actor) => references("proposals.committer_removed", await fromService(chat, removeOf(chat, actor))),
  ],
  [
    "[12.2-05] two Updates of one leaf",
    async (chat, actor) => {
      const by = other(actor);
      return references(
        "proposals.leaf_changed_twice",
        await chat.propose(by, { proposalType: "update" }),
        await chat.propose(by, { proposalType: "update" }),
      );
    },
  ],
  [
    "[12.2-05] two Removes of one leaf",
    async (chat, actor) =>
      values("proposals.leaf_changed_twice", removeOf(chat, other(actor)), removeOf(chat, other(actor))),
  ],
  [
    "[12.2-05] an Update and a Remove of one leaf",
    async (chat, actor) => {
      const update = await chat.propose(other(actor), { proposalType: "update" });
      const remove = removeOf(chat, other(actor));
      return {
        list: [byReference(update), byValue(remove)],
        asked: { references: [update.reference], proposals: [remove] },
        code: "proposals.leaf_changed_twice",
      };
    },
  ],
  [
    "[12.2-07] two Adds with one signature key",
    async () => {
      const { signer } = await person(environment, "eve");
      return values("proposals.client_added_twice", await add("eve", signer), await add("eve again", signer));
    },
  ],
  [
    "[12.2-07] the same key package twice",
    async () => {
      const twice = await add("eve");
      return values("proposals.client_added_twice", twice, twice);
    },
  ],
  [
    "[12.2-07] the same key package by value and by reference",
    async (chat, actor) => {
      const twice = await add("eve");
      const sent = await chat.propose(other(actor), twice);
      return {
        list: [byReference(sent), byValue(twice)],
        asked: { references: [sent.reference], proposals: [twice] },
        code: "proposals.client_added_twice",
      };
    },
  ],
  [
    "[12.2-08] [7.3-13] an Add of a member",
    async (chat) =>
      values(
        "proposals.client_already_member",
        await add("carol", chat.state("carol").self.signer as Person["signer"]),
      ),
  ],
  [
    "[12.2-08] an Add of the committer",
    async (chat, actor) =>
      values("proposals.client_already_member", await add(actor, chat.state(actor).self.signer as Person["signer"])),
  ],
  [
    "[12.2-08] an Add of a member with a Remove of another",
    async (chat, actor) => {
      const [removed, again] = actor === "alice" ? ["bob", "carol"] : ["bob", "alice"];
      return values(
        "proposals.client_already_member",
        removeOf(chat, removed ?? ""),
        await add("again", chat.state(again ?? "").self.signer as Person["signer"]),
      );
    },
  ],
  [
    "[12.2-09] two PreSharedKeys of one id and nonce",
    async (chat, actor) => {
      const twice = psk();
      return references(
        "proposals.duplicate_psk",
        await cached(chat, other(actor), twice, "a"),
        await cached(chat, other(actor), twice, "b"),
      );
    },
  ],
  [
    "[12.2-10] two equal GroupContextExtensions",
    async () => values("proposals.several_group_context_extensions", gce(), gce()),
  ],
  [
    "[12.2-10] two different GroupContextExtensions",
    async () => values("proposals.several_group_context_extensions", gce(), gce([])),
  ],
  ["[12.2-11] a ReInit with an Add", async () => values("proposals.reinit_not_alone", reinit(), await add("eve"))],
  [
    "[12.2-11] a ReInit with a PreSharedKey",
    async () => {
      const asked = {
        proposals: [{ proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } }, reinit()],
        references: [],
      } as const;
      return { list: [byValue(psk()), byValue(reinit())], asked, code: "proposals.reinit_not_alone" };
    },
  ],
  ["[12.2-11] two ReInits", async () => values("proposals.reinit_not_alone", reinit(), reinit())],
  [
    "[12.2-13] [12.1.6-01] an ExternalInit by value",
    async () => ({
      list: [byValue({ proposalType: "external_init", kemOutput: new Uint8Array(32) })],
      code: "proposals.external_init_in_member_commit",
    }),
  ],
  [
    "[12.1.3-01] a Remove of a blank leaf",
    async (chat) => {
      await chat.remove("alice", "dave");
      await chat.add("alice", ["dave", "erin"]);
      await chat.remove("alice", "dave");
      return values("proposal.removed_blank", { proposalType: "remove", removed: leafIndex(3) });
    },
  ],
  [
    "[12.1.3-01] a Remove beyond the tree",
    async () => values("proposal.removed_blank", { proposalType: "remove", removed: leafIndex(4) }),
  ],
  [
    "[12.1.3-01] a Remove of the last possible leaf",
    async () => values("proposal.removed_blank", { proposalType: "remove", removed: leafIndex(0xffffffff) }),
  ],
  [
    "[8.4-03] [12.1.4-02] a psk_nonce that is too short",
    async () => ({ list: [byValue(psk({ pskNonce: new Uint8Array(31) }))], code: "proposal.psk_nonce" }),
  ],
  [
    "[8.4-03] [12.1.4-02] a psk_nonce that is too long",
    async () => ({ list: [byValue(psk({ pskNonce: new Uint8Array(33) }))], code: "proposal.psk_nonce" }),
  ],
  [
    "[11.2-04] [12.1.4-01] a PSK of usage reinit",
    async (chat) => ({
      list: [byValue({ proposalType: "psk", psk: resumption("reinit", chat) })],
      code: "proposal.psk_usage",
    }),
  ],
  [
    "[11.3-05] [12.1.4-01] a PSK of usage branch",
    async (chat) => ({
      list: [byValue({ proposalType: "psk", psk: resumption("branch", chat) })],
      code: "proposal.psk_usage",
    }),
  ],
  ["[12.1.5-01] a ReInit of version 0", async () => values("proposal.reinit_version", reinit(0))],
  [
    "[13.4-04] a ReInit with an extension twice",
    async () => values("extensions.duplicate", { ...reinit(), extensions: [...extensions, ...extensions] }),
  ],
  [
    "[17.3-01] a ReInit with an extension that belongs elsewhere",
    async () =>
      values("extension.misplaced", {
        ...reinit(),
        extensions: [{ extensionType: "application_id", extensionData: utf8("\0") }],
      }),
  ],
  [
    "[13.4-04] GroupContextExtensions with an extension twice",
    async () => values("extensions.duplicate", gce([...extensions, ...extensions])),
  ],
  [
    "[12.4-08] the same proposal by reference twice",
    async (chat, actor) => {
      const sent = await chat.propose(other(actor), {
        proposalType: "psk",
        psk: { psktype: "external", pskId: utf8("id") },
      });
      return references("proposals.referenced_twice", sent, sent);
    },
  ],
  [
    "[12.4-07] a proposal that nobody has seen",
    async (chat, actor) => {
      const sent = await insiderProposal(environment, chat.state(other(actor)), removeOf(chat, "carol"));
      return references("proposals.unknown_reference", sent);
    },
  ],
  [
    "[12.2-02] one invalid proposal among five valid ones",
    async (chat) =>
      values(
        "proposal.removed_blank",
        await add("eve"),
        await add("frank"),
        gce(),
        await add("grace"),
        await add("heidi"),
        { proposalType: "remove", removed: leafIndex(9) },
        ...(chat.names.length > 9 ? [gce()] : []),
      ),
  ],
  [
    "[7.3-14] an Add with a member's encryption key",
    async (chat) => {
      const encryptionKey = chat.one.tree.leaf(leafIndex(3))?.encryptionKey ?? new Uint8Array(0);
      const { keyPackage } = await anyKeyPackage(environment, "eve", { leaf: (leaf) => ({ ...leaf, encryptionKey }) });
      return values("tree.duplicate_encryption_key", { proposalType: "add", keyPackage });
    },
  ],
  [
    "[7.3-14] [12.2-15] two Adds with one encryption key",
    async () => {
      const one = await anyKeyPackage(environment, "eve");
      const { encryptionKey } = one.keyPackage.leafNode;
      const two = await anyKeyPackage(environment, "frank", { leaf: (leaf) => ({ ...leaf, encryptionKey }) });
      return values(
        "tree.duplicate_encryption_key",
        { proposalType: "add", keyPackage: one.keyPackage },
        { proposalType: "add", keyPackage: two.keyPackage },
      );
    },
  ],
  [
    "[7.3-13] an Update with another member's signature key",
    async (chat, actor) => {
      const thief = other(actor);
      const victim = chat.state("carol").self.signer;
      const update = await updateProposal(
        environment,
        chat.state(thief),
        (leaf) => ({ ...leaf, signatureKey: victim.publicKey }),
        { signer: victim },
      );
      return references("tree.duplicate_signature_key", await cached(chat, thief, update));
    },
  ],
  [
    "[7.3-14] an Update with another member's encryption key",
    async (chat, actor) => {
      const thief = other(actor);
      const encryptionKey = chat.one.tree.leaf(leafIndex(3))?.encryptionKey ?? new Uint8Array(0);
      const update = await updateProposal(environment, chat.state(thief), (leaf) => ({ ...leaf, encryptionKey }));
      return references("tree.duplicate_encryption_key", await cached(chat, thief, update));
    },
  ],
  [
    "[7.3-04] [13.3-01] [12.2-15] an Add whose credential type is not everyone's",
    async () => {
      const { keyPackage } = await anyKeyPackage(environment, "eve", {
        leaf: (leaf) => ({
          ...leaf,
          credential: { credentialType: "x509", certificates: [] },
          capabilities: { ...leaf.capabilities, credentials: ["x509", "basic"] },
        }),
      });
      const narrow = await anyKeyPackage(environment, "frank", {
        leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, credentials: ["basic"] } }),
      });
      return values(
        "leaf.credential_unsupported",
        { proposalType: "add", keyPackage },
        { proposalType: "add", keyPackage: narrow.keyPackage },
      );
    },
  ],
  [
    "[7.3-05] an Add of one who does not support the credentials in use",
    async () => {
      const { keyPackage } = await anyKeyPackage(environment, "eve", {
        leaf: (leaf) => ({
          ...leaf,
          credential: { credentialType: "x509", certificates: [] },
          capabilities: { ...leaf.capabilities, credentials: ["x509"] },
        }),
      });
      return values("leaf.credential_unsupported", { proposalType: "add", keyPackage });
    },
  ],
];

const FORMATS: readonly HandshakeFormat[] = ["mls_public_message", "mls_private_message"];

describe("§12.2 a member's commit is refused by its creator and by those who receive it", () => {
  describe.each(["alice", "carol"])("committed by %s", (actor) => {
    it.each(CASES)("[12.2-01] [12.4-02] for %s", async (_, make) => {
      const chat = await group();
      const { list, asked, code } = await make(chat, actor);
      const state = chat.state(actor);
      if (asked !== undefined) {
        const before = fingerprint(state);
        const outcome = await createCommit(environment, state, { ...asked, wireFormat: "mls_public_message" }).then(
          ({ output }) => output.leftOut.map(({ reason }) => reason.code),
          (error) => error.code,
        );
        // What was received is left out; what is asked for by value, or is not known, must not be passed over.
        if (typeof outcome === "string" || asked.references?.length === 0) expect(outcome).toBe(code);
        else expect(outcome).toContain(code);
        expect(fingerprint(state)).toBe(before);
      }
      const others = chat.names.filter((name) => name !== actor).map((name) => chat.state(name));
      for (const wireFormat of FORMATS) {
        const { message } = await insiderCommit(environment, state, { proposals: list, wireFormat });
        expect(await refusals(environment, others, message)).toEqual(others.map(() => code));
      }
      await chat.commit("bob", { references: [], forcePath: true, wireFormat: "mls_public_message" });
      chat.agree();
    });
  });
});

describe("§12.2 a member's commit is accepted", () => {
  it.each(["alice", "carol"])("if a plan breaks nothing, made by %s", async (actor) => {
    for (const wireFormat of FORMATS) {
      const chat = await group();
      const update = await chat.propose(other(actor), { proposalType: "update" });
      const list = [
        byReference(update),
        byValue(removeOf(chat, "dave")),
        byValue(await add("eve")),
        byValue(psk()),
        byValue(gce()),
      ];
      const { message } = await insiderCommit(environment, chat.state(actor), { proposals: list, wireFormat });
      const names = chat.names.filter((name) => name !== actor && name !== "dave");
      await chat.deliver(undefined, message, names);
      expect(names.map((name) => chat.state(name).epoch.groupContext.epoch)).toEqual([2n, 2n]);
    }
  });

  it("[12.2-08] [7.3-15] that adds a client whose old appearance it removes", async () => {
    const chat = await group();
    const { signer } = chat.state("carol").self;
    const again = await keyPackageFor(environment, "carol", { signer });
    const proposals = [removeOf(chat, "carol"), { proposalType: "add", keyPackage: again.keyPackage } as const];
    for (const order of [proposals, proposals.toReversed()]) {
      await createCommit(environment, chat.state("bob"), { proposals: order, wireFormat: "mls_public_message" });
    }
    const { added } = await chat.commit("alice", { proposals });
    expect(added).toEqual([2]);
    expect(chat.state("carol").closed).toEqual({ reason: "removed" });
  });

  it("[7.3-15] that adds a client with the signature key that a member's Update gives up", async () => {
    const chat = await group();
    const old = chat.state("carol").self.signer;
    const signer = await generateSigner(suite, random);
    await chat.propose("carol", { proposalType: "update", leaf: { signer } });
    const { keyPackage } = await keyPackageFor(environment, "twin", { signer: old });
    await chat.commit("alice", { proposals: [{ proposalType: "add", keyPackage }] });
    chat.agree();
    expect(chat.state("carol").self.signer).toBe(signer);
  });

  it("[12.2-09] with several PreSharedKeys that differ in their nonces alone", async () => {
    const chat = await group();
    const request = { proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } } as const;
    await chat.commit("alice", { proposals: [request, request, request] });
    chat.agree();
  });

  it("[12.1.2-02] with an Update of the member at leaf 0, or a Remove of it", async () => {
    const chat = await group();
    await chat.propose("alice", { proposalType: "update" });
    await chat.commit("bob");
    chat.agree();
    await chat.remove("bob", "alice");
    chat.agree();
    expect(chat.one.tree.leaf(leafIndex(0))).toBeUndefined();
  });

  it("[11.2-04] [8.6-02] with a resumption PSK of usage application, of this group and of another", async () => {
    const store = { ...psks, resumption: () => utf8("of another group") };
    const chat = await Chat.of(NAMES, environmentOf({ psks: store }));
    const own = { psktype: "resumption", pskEpoch: 1n } as const;
    const foreign = { psktype: "resumption", pskGroupId: utf8("another"), pskEpoch: 7n } as const;
    await chat.commit("alice", {
      proposals: [
        { proposalType: "psk", psk: own },
        { proposalType: "psk", psk: foreign },
      ],
    });
    chat.agree();
    await chat.commit("bob", { proposals: [{ proposalType: "psk", psk: { ...own, pskEpoch: 1n } }] });
    chat.agree();
  });
});

describe("§12.2 an external commit is refused by all members", () => {
  const init = (kemOutput: Uint8Array) => byValue({ proposalType: "external_init", kemOutput });

  type External = readonly [
    string,
    string,
    (chat: Chat) => Promise<(kemOutput: Uint8Array) => readonly ProposalOrRef[]>,
  ];
  const EXTERNAL: readonly External[] = [
    ["[12.2-16] [12.4.3.2-07] without ExternalInit", "proposals.external_init_count", async () => () => []],
    ["[12.2-16] with two ExternalInits", "proposals.external_init_count", async () => (kem) => [init(kem), init(kem)]],
    [
      "[12.2-17] with two Removes",
      "proposals.external_removes",
      async (chat) => (kem) => [init(kem), byValue(removeOf(chat, "bob")), byValue(removeOf(chat, "carol"))],
    ],
    [
      "[12.2-17] with one Remove twice",
      "proposals.external_removes",
      async (chat) => (kem) => [init(kem), byValue(removeOf(chat, "bob")), byValue(removeOf(chat, "bob"))],
    ],
    [
      "[12.2-21] with a Remove of a blank leaf",
      "proposal.removed_blank",
      async () => (kem) => [byValue({ proposalType: "remove", removed: leafIndex(7) }), init(kem)],
    ],
    [
      "[12.2-19] with an Add",
      "proposals.external_forbidden",
      async () => {
        const eve = await add("eve");
        return (kem) => [init(kem), byValue(eve)];
      },
    ],
    [
      "[12.2-19] with an Update",
      "proposals.update_by_value",
      async (chat) => {
        const update = await updateProposal(environment, chat.one);
        return (kem) => [init(kem), byValue(update)];
      },
    ],
    ["[12.2-19] with a ReInit", "proposals.external_forbidden", async () => (kem) => [init(kem), byValue(reinit())]],
    [
      "[12.2-19] with GroupContextExtensions",
      "proposals.external_forbidden",
      async () => (kem) => [init(kem), byValue(gce())],
    ],
    [
      "[12.2-21] with a psk_nonce of another length",
      "proposal.psk_nonce",
      async () => (kem) => [init(kem), byValue(psk({ pskNonce: new Uint8Array(16) }))],
    ],
    [
      "[12.2-21] with a PreSharedKeyID twice",
      "proposals.duplicate_psk",
      async () => {
        const twice = psk();
        return (kem) => [init(kem), byValue(twice), byValue(twice)];
      },
    ],
    [
      "[12.2-21] with a PSK of usage reinit",
      "proposal.psk_usage",
      async (chat) => {
        const id = resumption("reinit", chat);
        return (kem) => [init(kem), byValue({ proposalType: "psk", psk: id })];
      },
    ],
    [
      "[12.2-21] with a PSK of usage branch",
      "proposal.psk_usage",
      async (chat) => {
        const id = resumption("branch", chat);
        return (kem) => [init(kem), byValue({ proposalType: "psk", psk: id })];
      },
    ],
    [
      "[12.4.3.2-04] with a PSK by reference",
      "proposals.external_by_reference",
      async (chat) => {
        const sent = await chat.propose("bob", {
          proposalType: "psk",
          psk: { psktype: "external", pskId: utf8("id") },
        });
        return (kem) => [init(kem), byReference(sent)];
      },
    ],
    [
      "[12.4.3.2-04] with a Remove by reference",
      "proposals.external_by_reference",
      async (chat) => {
        const sent = await chat.propose("bob", removeOf(chat, "carol"));
        return (kem) => [init(kem), byReference(sent)];
      },
    ],
    [
      "[12.4-07] with a proposal that nobody has seen",
      "proposals.unknown_reference",
      async () => (kem) => [init(kem), byReference({ reference: new Uint8Array(32) })],
    ],
  ];

  it.each(EXTERNAL)("%s", async (_, code, make) => {
    const chat = await group();
    const proposals = await make(chat);
    const external = { signer: await generateSigner(suite, random) };
    const { message } = await insiderCommit(environment, chat.one, { external, proposals });
    const all = [...chat.states.values()];
    expect(await refusals(environment, all, message)).toEqual(all.map(() => code));
    await chat.joinExternally("bob", "eve");
    chat.agree();
  });

  it.each([
    ["alone", () => []],
    ["with PSKs", () => [byValue(psk()), byValue(psk())]],
    ["with a Remove", (chat: Chat) => [byValue(removeOf(chat, "carol"))]],
    ["with a Remove of the member at leaf 0, in front", (chat: Chat) => [byValue(removeOf(chat, "alice"))]],
  ] as const)("but accepted with an ExternalInit %s", async (_, more) => {
    const chat = await group();
    const external = { signer: await generateSigner(suite, random) };
    const proposals = (kem: Uint8Array) => [...more(chat), init(kem)];
    const { message } = await insiderCommit(environment, chat.one, { external, proposals });
    await chat.deliver(undefined, message);
    chat.agree();
    expect(chat.state("bob").epoch.groupContext.epoch).toBe(2n);
  });
});

describe("§12.1.7 extensions that bind everyone", () => {
  const required = (types: Partial<RequiredCapabilities>): Extension => ({
    extensionType: "required_capabilities",
    extensionData: encode(RequiredCapabilities, {
      extensionTypes: [],
      proposalTypes: [],
      credentialTypes: [],
      ...types,
    }),
  });
  const able = {
    versions: ["mls10" as const],
    cipherSuites: [1],
    extensions: [0xf004, 0xf005],
    proposals: [0xf003],
    credentials: ["basic" as const],
  };
  const used: Extension = { extensionType: 0xf004, extensionData: utf8("x") };

  /** Everyone is able but dave. */
  async function mixed() {
    const chat = await Chat.of(["alice", "bob", "carol"], environment, { leaves: { capabilities: able } });
    await chat.add("alice", ["dave"], {}, { capabilities: defaultCapabilities(suite) });
    return chat;
  }

  async function refusedByAll(chat: Chat, proposals: readonly ProposalRequest[], code: string, own = code) {
    const state = chat.state("alice");
    expect((await rejection(() => createCommit(environment, state, { proposals }))).code).toBe(own);
    const list = proposals.map((request) => byValue(request as Proposal));
    const { message } = await insiderCommit(environment, state, { proposals: list });
    const others = ["bob", "carol", "dave"].map((name) => chat.state(name));
    expect(await refusals(environment, others, message)).toEqual(others.map(() => code));
  }

  it.each<[string, ProposalRequest, string, string?]>([
    [
      "[12.1.7-01] [11.1-01] a proposal type that a member lacks is required",
      gce([required({ proposalTypes: [0xf003] })]),
      "proposal.required_capabilities",
    ],
    [
      "[12.1.7-01] an extension type that a member lacks is required",
      gce([required({ extensionTypes: [0xf004] })]),
      "proposal.required_capabilities",
    ],
    [
      "[12.1.7-01] a credential type that nobody supports is required",
      gce([required({ credentialTypes: [0xf00a] })]),
      "leaf.required_capability",
      "proposal.required_capabilities",
    ],
    ["[12.1.7-03] an extension is used that a member lacks", gce([used]), "proposal.extension_unsupported"],
    [
      "[12.1.7-04] required_capabilities have trailing octets",
      gce([{ extensionType: "required_capabilities", extensionData: new Uint8Array(4) }]),
      "codec.trailing_bytes",
    ],
    [
      "[12.1.7-04] external_senders are cut short",
      gce([{ extensionType: "external_senders", extensionData: Uint8Array.of(9, 0) }]),
      "codec.truncated",
    ],
    [
      "[17.3-01] an extension belongs elsewhere",
      gce([{ extensionType: "ratchet_tree", extensionData: new Uint8Array(1) }]),
      "extension.misplaced",
    ],
  ])("are refused: %s", async (_, request, code, own = code) => {
    await refusedByAll(await mixed(), [request], code, own);
  });

  it("[12.1.7-01] [12.3-02] are refused if a client lacks them that the same commit adds, in either order", async () => {
    const chat = await Chat.of(["alice", "bob", "carol", "dave"], environment, { leaves: { capabilities: able } });
    const eve = await add("eve");
    const requests = [gce([required({ extensionTypes: [0xf004] })]), eve];
    for (const order of [requests, requests.toReversed()]) await refusedByAll(chat, order, "leaf.required_capability");
    for (const order of [
      [gce([used]), eve],
      [eve, gce([used])],
    ])
      await refusedByAll(chat, order, "leaf.group_extension_unsupported");
  });

  it("[12.1.7-01] [12.1.7-03] are accepted if the member that lacks them is removed by the same commit", async () => {
    const chat = await mixed();
    const list = [required({ extensionTypes: [0xf004], proposalTypes: [0xf003], credentialTypes: ["basic"] }), used];
    await chat.remove("alice", "dave", { proposals: [] });
    await chat.add("alice", ["dave"]);
    await chat.commit("bob", { proposals: [gce(list), removeOf(chat, "dave")] });
    chat.agree();
    expect(chat.state("alice").epoch.groupContext.extensions).toEqual(list);
  });

  it("[11.1-02] are met by default types without being listed", async () => {
    const chat = await mixed();
    const list = [
      required({ extensionTypes: ["required_capabilities", "ratchet_tree"], proposalTypes: ["add", "reinit"] }),
    ];
    await chat.commit("dave", { proposals: [gce(list)] });
    chat.agree();
  });

  it("[12.1.7-02] [8.1-01] replace the whole list", async () => {
    const chat = await Chat.of(["alice", "bob"], environment, { leaves: { capabilities: able } });
    const another: Extension = { extensionType: 0xf005, extensionData: utf8("y") };
    for (const list of [[used, another], [another], []]) {
      await chat.commit("bob", { proposals: [gce(list)] });
      chat.agree();
      expect(chat.one.epoch.groupContext.extensions).toEqual(list);
    }
    await chat.commit("alice", { proposals: [gce([used])] });
    await chat.commit("bob");
    expect(chat.one.epoch.groupContext.extensions).toEqual([used]);
  });

  it("[13.4-05] are refused to a client that lacks those in use", async () => {
    const chat = await Chat.of(["alice", "bob", "carol", "dave"], environment, { leaves: { capabilities: able } });
    await chat.commit("bob", { proposals: [gce([used])] });
    await refusedByAll(chat, [await add("eve")], "leaf.group_extension_unsupported");
    const external = { signer: await generateSigner(suite, random) };
    const proposals = (kemOutput: Uint8Array) => [byValue({ proposalType: "external_init", kemOutput })];
    const { message } = await insiderCommit(environment, chat.one, { external, proposals });
    expect(await refusals(environment, [chat.one], message)).toEqual(["leaf.group_extension_unsupported"]);
  });

  it("[13.4-07] can't be given up by an Update or a path, unless the same commit takes the extension away", async () => {
    const chat = await Chat.of(["alice", "bob", "carol", "dave"], environment, { leaves: { capabilities: able } });
    await chat.commit("bob", { proposals: [gce([used])] });
    const capabilities = { ...able, extensions: [] };
    const own = await rejection(() => createCommit(environment, chat.state("alice"), { leaf: { capabilities } }));
    expect(own.code).toBe("leaf.group_extension_unsupported");
    const path = await insiderCommit(environment, chat.state("alice"), { leaf: (leaf) => ({ ...leaf, capabilities }) });
    expect(await refusals(environment, [chat.state("bob")], path.message)).toEqual([
      "leaf.group_extension_unsupported",
    ]);

    const update = await updateProposal(environment, chat.state("carol"), (leaf) => ({ ...leaf, capabilities }));
    const sent = await cached(chat, "carol", update);
    const others = ["bob", "dave"].map((name) => chat.state(name));
    const commit = await insiderCommit(environment, chat.state("alice"), { proposals: [byReference(sent)] });
    expect(await refusals(environment, others, commit.message)).toEqual(
      others.map(() => "leaf.group_extension_unsupported"),
    );
    const both = await insiderCommit(environment, chat.state("alice"), {
      proposals: [byReference(sent), byValue(gce([]))],
    });
    expect(await refusals(environment, others, both.message)).toEqual(others.map(() => "accepted commit"));
  });
});
