import { describe, expect, it } from "vitest";
import { EMPTY, toHex, utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { processMessage } from "../../src/group/messages.ts";
import { createProposal, type ProposeRequest } from "../../src/group/propose.ts";
import { leafIndex } from "../../src/tree-math.ts";
import type { Extension } from "../../src/wire/extension.ts";
import { KeyPackage } from "../../src/wire/key-package.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import { Chat, copiesOf, copyOfState, DAY, environmentOf, fingerprint, keyPackageFor, NOW } from "../support/group.ts";
import { watch } from "../support/group-secrets.ts";
import { rejection } from "../support/rejection.ts";

const psks = { external: () => utf8("psk") };
const environment = environmentOf({ psks });
const { suite, random } = environment;
const group = copiesOf(async () => {
  const chat = await Chat.of(["alice", "bob", "carol", "dave"], environment);
  await chat.fill();
  return chat;
});

const REQUESTS: readonly (readonly [string, () => Promise<ProposeRequest>])[] = [
  ["an Add", async () => ({ proposalType: "add", keyPackage: (await keyPackageFor(environment, "eve")).keyPackage })],
  ["an Update", async () => ({ proposalType: "update" })],
  ["a Remove", async () => ({ proposalType: "remove", removed: leafIndex(3) })],
  ["an external PSK", async () => ({ proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } })],
  ["a resumption PSK", async () => ({ proposalType: "psk", psk: { psktype: "resumption", pskEpoch: 5n } })],
  [
    "GroupContextExtensions",
    async () => ({
      proposalType: "group_context_extensions",
      extensions: [{ extensionType: "external_senders", extensionData: Uint8Array.of(0) }],
    }),
  ],
  [
    "a ReInit",
    async () => ({ proposalType: "reinit", groupId: utf8("next"), version: "mls10", cipherSuite: 1, extensions: [] }),
  ],
];

describe("§12.1 a member proposes", () => {
  describe.each(["mls_public_message", "mls_private_message"] as const)("by %s", (wireFormat) => {
    it.each(REQUESTS)(
      "[12.1.2-02] %s, from leaf 0 and from another, and another member commits it",
      async (_, make) => {
        for (const [by, committer] of [
          ["alice", "bob"],
          ["carol", "alice"],
        ] as const) {
          const chat = await group();
          const { reference, message } = await chat.propose(by, await make(), {
            wireFormat,
            authenticatedData: utf8("readable"),
          });
          expect(decode(MLSMessage, message).wireFormat).toBe(wireFormat);
          for (const [name, state] of chat.states) {
            const [cached] = state.proposals.values();
            expect(toHex(cached?.reference ?? EMPTY), name).toBe(toHex(reference));
            expect(cached?.sender).toEqual({ senderType: "member", leafIndex: chat.state(by).self.leafIndex });
          }
          const { received } = await chat.commit(committer, { wireFormat });
          chat.agree();
          const [seen] = received.values();
          expect(
            seen?.contentType === "commit" &&
              seen.commit.list.all.map((each) => each.reference && toHex(each.reference)),
          ).toEqual([toHex(reference)]);
        }
      },
    );

    it.each(REQUESTS.filter(([name]) => name !== "an Update"))("%s, and commits it itself", async (_, make) => {
      const chat = await group();
      await chat.propose("bob", await make(), { wireFormat });
      await chat.commit("bob", { wireFormat });
      chat.agree();
    });
  });

  it("[6-03] privately unless asked", async () => {
    const chat = await group();
    const { message } = await chat.propose("alice", { proposalType: "update" });
    expect(decode(MLSMessage, message).wireFormat).toBe("mls_private_message");
  });

  it("and is told what came in, with who said it and where", async () => {
    const chat = await group();
    const sent = await createProposal(
      environment,
      chat.state("bob"),
      { proposalType: "remove", removed: leafIndex(3) },
      { authenticatedData: utf8("why") },
    );
    const { output } = await processMessage(environment, chat.state("alice"), sent.output.message);
    expect(output).toMatchObject({
      contentType: "proposal",
      proposal: { proposalType: "remove", removed: 3 },
      sender: { senderType: "member", leafIndex: 1 },
      reference: sent.output.reference,
      authenticatedData: utf8("why"),
      generation: 0,
    });
  });

  it("[12.1-03] the caches of all are empty after the commit", async () => {
    const chat = await group();
    for (const name of ["alice", "bob"]) await chat.propose(name, { proposalType: "update" });
    expect(chat.names.map((name) => chat.state(name).proposals.size)).toEqual([2, 2, 2, 2]);
    await chat.commit("carol");
    expect(chat.names.map((name) => chat.state(name).proposals.size)).toEqual([0, 0, 0, 0]);
    expect(chat.names.map((name) => chat.state(name).pendingUpdates.size)).toEqual([0, 0, 0, 0]);
  });

  it("the same message twice is one proposal", async () => {
    const chat = await group();
    const { message } = await chat.propose("bob", { proposalType: "update" }, { wireFormat: "mls_public_message" });
    for (const name of chat.names) {
      const before = chat.state(name);
      await chat.receive(name, message);
      expect(chat.state(name)).toBe(before);
    }
  });

  it("[8.4-02] a fresh nonce is in each PSK, and the group is this one unless it says another", async () => {
    const chat = await group();
    const nonces = new Set<string>();
    for (const pskGroupId of [undefined, utf8("another"), undefined]) {
      await chat.propose("bob", {
        proposalType: "psk",
        psk: { psktype: "resumption", pskEpoch: 3n, ...(pskGroupId === undefined ? {} : { pskGroupId }) },
      });
    }
    const groups: string[] = [];
    for (const { proposal } of chat.state("alice").proposals.values()) {
      if (proposal.proposalType !== "psk" || proposal.psk.psktype !== "resumption")
        throw new Error("not a resumption PSK");
      nonces.add(toHex(proposal.psk.pskNonce));
      expect(proposal.psk.usage).toBe("application");
      groups.push(toHex(proposal.psk.pskGroupId));
    }
    const own = toHex(chat.one.epoch.groupContext.groupId);
    expect([nonces.size, ...groups]).toEqual([3, own, toHex(utf8("another")), own]);
  });

  it("[12.1.4-03] without randomness there is no PSK", async () => {
    const chat = await group();
    const broken = {
      ...environment,
      random: () => {
        throw new Error("no randomness");
      },
    };
    await expect(
      createProposal(broken, chat.one, { proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } }),
    ).rejects.toThrow("no randomness");
  });

  it("[2.1-06] does not keep the octets that it was given", async () => {
    const chat = await group();
    const octets = encode(KeyPackage, (await keyPackageFor(environment, "eve")).keyPackage);
    const pskId = utf8("id");
    await chat.propose("alice", { proposalType: "add", keyPackage: decode(KeyPackage, octets) });
    await chat.propose("alice", { proposalType: "psk", psk: { psktype: "external", pskId } });
    octets.fill(0);
    pskId.fill(0);
    await chat.commit("alice");
    chat.agree();
  });
});

describe("§12.1.2 Updates", () => {
  it("change what they are asked to change, and nothing else", async () => {
    const chat = await group();
    const before = chat.one.tree.leaf(leafIndex(1));
    const capabilities = {
      versions: ["mls10" as const],
      cipherSuites: [1],
      extensions: [0xf001],
      proposals: [],
      credentials: ["basic" as const, "x509" as const],
    };
    const leafExtensions: Extension[] = [{ extensionType: 0xf001, extensionData: utf8("x") }];
    await chat.propose("bob", { proposalType: "update", leaf: { capabilities, leafExtensions } });
    await chat.commit("alice");
    const after = chat.one.tree.leaf(leafIndex(1));
    expect(after).toMatchObject({
      leafNodeSource: "update",
      capabilities,
      extensions: leafExtensions,
      credential: before?.credential,
      signatureKey: before?.signatureKey,
    });
    expect(toHex(after?.encryptionKey ?? EMPTY)).not.toBe(toHex(before?.encryptionKey ?? EMPTY));
  });

  it("[12.1.2-03] blank the path above the leaf", async () => {
    const chat = await group();
    expect(chat.one.tree.parentNode(5 as never)).toBeDefined();
    await chat.propose("dave", { proposalType: "update" });
    await chat.commit("alice");
    expect(chat.one.tree.parentNode(5 as never)).toBeUndefined();
    expect(chat.one.tree.parentNode(3 as never)).toBeDefined();
    expect([...chat.state("dave").self.privateKeys.keys()].sort()).toEqual([3, 6]);
  });

  it("of several members are taken together, and all go on", async () => {
    const chat = await group();
    for (const name of ["bob", "carol", "dave"])
      await chat.propose(name, { proposalType: "update", leaf: { signer: await generateSigner(suite, random) } });
    await chat.commit("alice");
    for (const name of chat.names) {
      await chat.deliver(name, await chat.send(name, name));
      await chat.commit(name);
      chat.agree();
    }
  });
});

describe("§12.1 proposing fails", () => {
  const able = {
    versions: ["mls10" as const],
    cipherSuites: [1],
    extensions: [0xf001],
    proposals: [],
    credentials: ["basic" as const],
  };

  it.each<[string, ProposeRequest, string]>([
    ["[12.1.3-01] a Remove of nobody", { proposalType: "remove", removed: leafIndex(7) }, "proposal.removed_blank"],
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
        extensions: [1, 2].map(() => ({ extensionType: 0xf001, extensionData: EMPTY })),
      },
      "extensions.duplicate",
    ],
    [
      "[13.4-04] extensions twice",
      {
        proposalType: "group_context_extensions",
        extensions: [1, 2].map(() => ({ extensionType: 0xf001, extensionData: EMPTY })),
      },
      "extensions.duplicate",
    ],
    [
      "[17.3-01] an extension that belongs elsewhere",
      {
        proposalType: "group_context_extensions",
        extensions: [{ extensionType: "ratchet_tree", extensionData: EMPTY }],
      },
      "extension.misplaced",
    ],
    [
      "[12.1.7-04] external_senders that are none",
      {
        proposalType: "group_context_extensions",
        extensions: [{ extensionType: "external_senders", extensionData: Uint8Array.of(9) }],
      },
      "codec.truncated",
    ],
    [
      "[7.2-05] an Update that does not list its credential",
      { proposalType: "update", leaf: { capabilities: { ...able, credentials: [] } } },
      "leaf.credential_not_listed",
    ],
    [
      "[7.2-04] an Update that does not list its extension",
      { proposalType: "update", leaf: { leafExtensions: [{ extensionType: 0xf001, extensionData: EMPTY }] } },
      "leaf.extension_not_listed",
    ],
    [
      "[7.2-01] an Update that lists default types",
      { proposalType: "update", leaf: { capabilities: { ...able, proposals: ["remove"] } } },
      "leaf.default_type_listed",
    ],
  ])("%s", async (_, request, code) => {
    const chat = await group();
    const before = fingerprint(chat.one);
    expect((await rejection(() => createProposal(environment, chat.one, request))).code).toBe(code);
    expect(fingerprint(chat.one)).toBe(before);
    await chat.propose("alice", { proposalType: "update" });
  });

  it("[7.3-06] an Add whose key package has expired, or is not valid yet", async () => {
    const chat = await group();
    const { keyPackage } = await keyPackageFor(environment, "eve");
    const request = { proposalType: "add", keyPackage } as const;
    for (const clock of [() => NOW + 91n * DAY, () => NOW - 7200n]) {
      expect((await rejection(() => createProposal({ ...environment, clock }, chat.one, request))).code).toBe(
        "leaf.lifetime",
      );
      expect(
        (await rejection(() => createCommit({ ...environment, clock }, chat.one, { proposals: [request] }))).code,
      ).toBe("leaf.lifetime");
      const lenient = { ...environment, clock, policy: { judgeReceivedLifetimes: false } };
      expect((await rejection(() => createProposal(lenient, chat.one, request))).code).toBe("leaf.lifetime");
    }
  });

  it("[13.4-07] an Update that gives up an extension in use", async () => {
    const extensions: Extension[] = [{ extensionType: 0xf001, extensionData: EMPTY }];
    const chat = await Chat.of(["alice", "bob"], environment, { extensions, leaves: { capabilities: able } });
    const request = { proposalType: "update", leaf: { capabilities: { ...able, extensions: [] } } } as const;
    expect((await rejection(() => createProposal(environment, chat.one, request))).code).toBe(
      "leaf.group_extension_unsupported",
    );
  });

  it("[12.1-04] one more than the policy allows, without burning the state", async () => {
    const chat = await group();
    const narrow = { ...environment, policy: { maxProposals: 1 } };
    await chat.propose("alice", { proposalType: "update" });
    const alice = chat.state("alice");
    const before = fingerprint(alice);
    expect((await rejection(() => createProposal(narrow, alice, { proposalType: "update" }))).code).toBe(
      "proposals.limit",
    );
    expect(fingerprint(alice)).toBe(before);
    await chat.propose("alice", { proposalType: "update" });
    await chat.commit("bob");
    chat.agree();
  });

  it("[9.2-04] leaving no key behind", async () => {
    const { environment: watched, alive } = watch();
    const base = await group();
    const state = copyOfState(base.one);
    const signer = {
      publicKey: state.self.signer.publicKey,
      sign: () => Promise.reject(new Error("no signature today")),
    };
    await expect(createProposal(watched, state, { proposalType: "update", leaf: { signer } })).rejects.toThrow(
      "no signature today",
    );
    await expect(
      createProposal(watched, { ...state, self: { ...state.self, signer } }, { proposalType: "update" }),
    ).rejects.toThrow("no signature today");
    await rejection(() =>
      createProposal(watched, state, { proposalType: "update", leaf: { capabilities: { ...able, credentials: [] } } }),
    );
    const none = { ...watched, policy: { maxProposals: 0 } };
    await rejection(() => createProposal(none, state, { proposalType: "update" }));
    await rejection(() => createProposal(watched, state, { proposalType: "update" }, { padding: () => -1 }));
    expect(alive()).toEqual([]);
    const { state: after, spent } = await createProposal(watched, state, { proposalType: "update" });
    expect([after.pendingUpdates.size, spent.length > 0]).toEqual([1, true]);
  });
});
