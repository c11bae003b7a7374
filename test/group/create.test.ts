import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { equal, toHex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { type CreateGroupOptions, createGroup } from "../../src/group/create.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { epochAuthenticator, roster } from "../../src/group/members.ts";
import { acceptCommit } from "../../src/group/pending.ts";
import { secretsHeld } from "../../src/group/state.ts";
import { confirmationTag, interimTranscriptHash } from "../../src/schedule/transcript.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { type Extension, ExternalSenders, RequiredCapabilities } from "../../src/wire/extension.ts";
import {
  agree,
  authenticationBy,
  basic,
  Chat,
  DAY,
  environmentOf,
  NOW,
  person,
  registering,
  suiteOf,
} from "../support/group.ts";
import { watch } from "../support/group-secrets.ts";
import { rejection } from "../support/rejection.ts";
import { arraysOf } from "../support/spying-suite.ts";

const environment = environmentOf();
const { suite } = environment;

const create = async (options: Partial<CreateGroupOptions> = {}, e = environment) =>
  createGroup(e, { ...(await person(e, "alice")), ...options });

const requiring = (demands: Partial<RequiredCapabilities>): Extension => ({
  extensionType: "required_capabilities",
  extensionData: encode(RequiredCapabilities, {
    extensionTypes: [],
    proposalTypes: [],
    credentialTypes: [],
    ...demands,
  }),
});

const capabilities = (changes: object) => ({
  versions: ["mls10" as const],
  cipherSuites: [suite.id],
  extensions: [],
  proposals: [],
  credentials: ["basic" as const],
  ...changes,
});

describe("§11 a group", () => {
  it("[11-03] starts with its creator alone, at epoch 0, with an empty transcript", async () => {
    const state = await create();
    const { groupContext } = state.epoch;
    expect(groupContext).toMatchObject({ version: "mls10", cipherSuite: 1, epoch: 0n, extensions: [] });
    expect(groupContext.confirmedTranscriptHash.length).toBe(0);
    expect(toHex(groupContext.treeHash)).toBe(toHex(state.tree.hash));
    expect(roster(state).map(({ leafIndex }) => leafIndex)).toEqual([0]);
    expect(state.tree.leafCount).toBe(1);
    const tag = confirmationTag(suite, state.epoch.secrets.confirmationKey, new Uint8Array(0));
    expect(toHex(state.epoch.confirmationTag)).toBe(toHex(tag));
    expect(toHex(state.epoch.interimTranscriptHash)).toBe(toHex(interimTranscriptHash(suite, new Uint8Array(0), tag)));
  });

  it("[11-03] has a random epoch secret: equal inputs give different authenticators", async () => {
    const options = { ...(await person(environment, "alice")), groupId: utf8("a group") };
    const [one, two] = [await createGroup(environment, options), await createGroup(environment, options)];
    expect(equal(epochAuthenticator(one), epochAuthenticator(two))).toBe(false);
  });

  it("[11-02] has a random id of KDF.Nh octets unless it is given one", async () => {
    const ids = new Set<string>();
    for (const id of [1, 1, 1, 7, 7]) {
      const e = environmentOf({ suite: suiteOf(id), random: environment.random });
      const { groupId } = (await create({}, e)).epoch.groupContext;
      expect(groupId.length).toBe(e.suite.kdf.Nh);
      ids.add(toHex(groupId));
    }
    expect(ids.size).toBe(5);
    const given = utf8("a group");
    const { groupId } = (await create({ groupId: given })).epoch.groupContext;
    given.fill(0);
    expect(toHex(groupId)).toBe(toHex(utf8("a group")));
  });

  it.each([1, 2, 3, 4, 5, 6, 7])("lives in suite %i", async (id) => {
    const chat = await Chat.of(["alice", "bob", "carol"], environmentOf({ suite: suiteOf(id) }));
    await chat.propose("bob", { proposalType: "update" });
    await chat.commit("carol");
    await chat.joinExternally("bob", "dave");
    chat.agree();
    await chat.deliver("alice", await chat.send("alice", "hello"));
    await chat.remove("alice", "carol");
    chat.agree();
  });

  it("lives in suite 1 on noble, where a seed replays it octet for octet", async () => {
    const live = async () => {
      const chat = await Chat.of(["alice", "bob"], environmentOf({ suite: suiteOf(1, noble), seed: "replay" }));
      const message = await chat.send("alice", "hello");
      await chat.deliver("alice", message);
      const { message: commit } = await chat.commit("bob");
      chat.agree();
      return toHex(message) + toHex(commit) + toHex(epochAuthenticator(chat.one));
    };
    expect(await live()).toBe(await live());
  });
});

/** What is wrong with the creator's leaf or extensions, and what it is called. */
const REFUSED: readonly (readonly [string, Partial<CreateGroupOptions>, string])[] = [
  [
    "a GroupContext extension that it does not support",
    { extensions: [{ extensionType: 0xf001, extensionData: utf8("x") }] },
    "leaf.group_extension_unsupported",
  ],
  ["[13.4-04] the same extension twice", { extensions: [requiring({}), requiring({})] }, "extensions.duplicate"],
  [
    "[17.3-01] an extension that belongs elsewhere",
    { extensions: [{ extensionType: "external_pub", extensionData: utf8("x") }] },
    "extension.misplaced",
  ],
  [
    "[12.1.7-04] required_capabilities with trailing octets",
    { extensions: [{ extensionType: "required_capabilities", extensionData: new Uint8Array(4) }] },
    "codec.trailing_bytes",
  ],
  [
    "[12.1.8.1-01] external_senders cut short",
    { extensions: [{ extensionType: "external_senders", extensionData: Uint8Array.of(5, 1) }] },
    "codec.truncated",
  ],
  [
    "[7.3-03] a required extension that it does not support",
    { extensions: [requiring({ extensionTypes: [0xf001] })] },
    "leaf.required_capability",
  ],
  [
    "[7.3-03] a required proposal that it does not support",
    { extensions: [requiring({ proposalTypes: [0xf002] })] },
    "leaf.required_capability",
  ],
  [
    "[7.3-03] a required credential that it does not support",
    { extensions: [requiring({ credentialTypes: [0xf003] })] },
    "leaf.required_capability",
  ],
  ["[7.3-06] a lifetime that is over", { lifetime: { notBefore: 0n, notAfter: NOW - 1n } }, "leaf.lifetime"],
  [
    "[7.2-08] a lifetime that ends before it starts",
    { lifetime: { notBefore: NOW, notAfter: NOW - 1n } },
    "leaf.lifetime",
  ],
  [
    "[7.2-08] a lifetime that is too long",
    { lifetime: { notBefore: NOW, notAfter: NOW + 121n * DAY } },
    "leaf.lifetime_too_long",
  ],
  [
    "[7.2-01] default types in its capabilities",
    { capabilities: capabilities({ extensions: ["ratchet_tree"] }) },
    "leaf.default_type_listed",
  ],
  [
    "[7.2-05] a credential that it does not list",
    { capabilities: capabilities({ credentials: ["x509"] }) },
    "leaf.credential_not_listed",
  ],
  ["[7.3-16] another suite", { capabilities: capabilities({ cipherSuites: [2] }) }, "leaf.cipher_suite_not_listed"],
  [
    "[7.3-08] a leaf extension that it does not list",
    { leafExtensions: [{ extensionType: 0xf001, extensionData: utf8("x") }] },
    "leaf.extension_not_listed",
  ],
];

describe("§11 the creator's leaf and extensions pass the same checks as received ones", () => {
  it.each(REFUSED)("[11-04] %s is refused", async (_, options, code) => {
    expect((await rejection(() => create(options))).code).toBe(code);
  });

  it("[11-04] and are accepted where they fit", async () => {
    const extensions = [
      requiring({
        extensionTypes: [0xf001, "application_id"],
        proposalTypes: ["add", 0xf002],
        credentialTypes: ["basic"],
      }),
      { extensionType: 0xf001, extensionData: utf8("x") },
    ];
    const able = { ...environment, registrations: registering({ proposals: [0xf002] }) };
    const listed = capabilities({ extensions: [0xf001], proposals: [0xf002] });
    const state = await create({ extensions, capabilities: listed }, able);
    expect(state.epoch.groupContext.extensions).toEqual(extensions);
  });

  it("[11-04] with a signer for another key than the signature's, the group is of no use to others", async () => {
    const [alice, other] = [await person(environment, "alice"), await generateSigner(suite, environment.random)];
    const signer = { publicKey: alice.signer.publicKey, sign: (message: Uint8Array) => other.sign(message) };
    const chat = new Chat(environment);
    chat.states.set("alice", await create({ signer }));
    expect((await rejection(() => chat.add("alice", ["bob"]))).class).toBe("bad-signature");
  });

  it("[5.3.1-06] the Authentication Service is asked once: for the creator, and for external senders", async () => {
    const sender = { signatureKey: (await person(environment, "s")).signer.publicKey, credential: basic("s") };
    const extensions: Extension[] = [
      { extensionType: "external_senders", extensionData: encode(ExternalSenders, [sender]) },
    ];
    const authentication = authenticationBy();
    await create({ extensions }, { ...environment, authentication });
    expect(authentication.calls[0]?.[1]).toMatchObject({
      ...sender,
      reason: "external_sender",
      predecessor: undefined,
    });
    expect(authentication.reasons()).toEqual([["member", "external_sender"]]);
    for (const refused of ["member", "external_sender"]) {
      const strict = authenticationBy(({ reason }) => reason !== refused);
      const outcome = await rejection(() => create({ extensions }, { ...environment, authentication: strict }));
      expect(outcome.code).toBe("credential.rejected");
    }
  });
});

describe("§9.2 creating a group", () => {
  it("[9.2-04] leaves no secret behind but those that the state holds", async () => {
    const { environment: e, alive } = watch();
    const options = { ...(await person(environment, "alice")), groupId: utf8("a group") };
    const state = await createGroup(e, options);
    const held = new Set<Uint8Array>(arraysOf(secretsHeld(state)));
    expect(alive().filter((each) => !held.has(each))).toEqual([]);
    expect(held.size).toBe(10);
  });

  it("[9.2-04] leaves none at all if it fails", async () => {
    // What is drawn for GREASE is no secret.
    const { environment: e, alive } = watch({ policy: { grease: false } });
    const alice = { ...(await person(environment, "alice")), groupId: utf8("a group") };
    await rejection(() => createGroup(e, { ...alice, lifetime: { notBefore: 0n, notAfter: 1n } }));
    await rejection(() => createGroup(e, { ...alice, extensions: [requiring({}), requiring({})] }));
    await rejection(() => createGroup({ ...e, authentication: authenticationBy(() => false) }, alice));
    expect(alive()).toEqual([]);
  });
});

describe("§12.4.1 the lone creator", () => {
  it("[12.4.1-10] can commit with a path of no nodes, and add others afterwards", async () => {
    let state = await create();
    for (const options of [{}, { forcePath: true, proposals: [] }]) {
      const created = await createCommit(environment, state, options);
      state = acceptCommit(environment, created.state, created.output.pending).state;
    }
    expect(state.epoch.groupContext.epoch).toBe(2n);
    const leaf = state.tree.leaf(leafIndex(0));
    expect(leaf?.leafNodeSource === "commit" && leaf.parentHash.length).toBe(0);
    const chat = new Chat(environment);
    chat.states.set("alice", state);
    await chat.add("alice", ["bob"], { forcePath: true });
    await chat.deliver("bob", await chat.send("bob", "hello"));
    agree(...chat.states.values());
  });
});
