import { describe, expect, it } from "vitest";
import { EMPTY, utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { type ExternalJoinOptions, joinExternally } from "../../src/group/external.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { ratchetTree } from "../../src/group/members.ts";
import { processMessage } from "../../src/group/messages.ts";
import { acceptCommit, acceptJoin, dropJoin } from "../../src/group/pending.ts";
import { initialState, secretsHeld } from "../../src/group/state.ts";
import { leafIndex } from "../../src/tree-math.ts";
import type { Extension } from "../../src/wire/extension.ts";
import { GroupInfo } from "../../src/wire/group-info.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import {
  agree,
  authenticationBy,
  basic,
  Chat,
  copiesOf,
  environmentOf,
  fingerprint,
  person,
  refusals,
  suiteOf,
} from "../support/group.ts";
import { watch } from "../support/group-secrets.ts";
import { rejection } from "../support/rejection.ts";

const psks = { external: (id: Uint8Array) => Uint8Array.of(1, ...id) };
const environment = environmentOf({ psks });
const group = copiesOf(async () => {
  const chat = await Chat.of(["alice", "bob", "carol", "dave"], environment);
  await chat.fill();
  return chat;
});

async function join(chat: Chat, options: Partial<ExternalJoinOptions> = {}, e = environment) {
  const groupInfo = options.groupInfo ?? (await createGroupInfo(environment, chat.one));
  return joinExternally(e, { ...(await person(environment, "eve")), ...options, groupInfo });
}

describe("§12.4.3.2 an external join", () => {
  it.each([1, 2, 3, 4, 5, 6, 7])("[12.4.3.2-06] works in suite %i, from the GroupInfo of any member", async (id) => {
    const chat = await Chat.of(["alice", "bob"], environmentOf({ suite: suiteOf(id) }));
    await chat.joinExternally("bob", "carol");
    await chat.joinExternally("carol", "dave");
    chat.agree();
    await chat.deliver("dave", await chat.send("dave", "hello"));
    await chat.commit("alice");
    chat.agree();
  });

  it("[12.4.1-06] works right after each kind of commit", async () => {
    const chat = await group();
    await chat.commit("bob");
    await chat.joinExternally("bob", "x");
    await chat.add("x", ["y"]);
    await chat.joinExternally("y", "z");
    await chat.remove("z", "alice");
    await chat.joinExternally("bob", "alice again");
    chat.agree();
    expect(chat.state("alice again").self.leafIndex).toBe(0);
  });

  it("[12.4.3.2-04] is public, and carries authenticated data", async () => {
    const chat = await group();
    const { message } = await join(chat, { authenticatedData: utf8("readable") });
    expect(decode(MLSMessage, message).wireFormat).toBe("mls_public_message");
    const { output } = await processMessage(environment, chat.one, message);
    expect(output).toMatchObject({
      contentType: "commit",
      authenticatedData: utf8("readable"),
      sender: { senderType: "new_member_commit" },
    });
    expect(output.contentType === "commit" && output.commit).toMatchObject({
      kind: "external",
      committer: 4,
      added: [],
      removedSelf: false,
    });
  });

  it("with PSKs, which those who follow must have", async () => {
    const chat = await group();
    const { message, pending } = await join(chat, { psks: [utf8("a"), utf8("b"), utf8("a")] });
    const without = { ...environment, psks: {} };
    expect(await refusals(without, [chat.one], message)).toEqual(["psk.missing"]);
    await chat.deliver(undefined, message);
    agree(acceptJoin(pending), ...chat.states.values());
    expect((await rejection(() => join(chat, { psks: [utf8("a")] }, without))).code).toBe("psk.missing");
  });

  it("from a GroupInfo without a tree, with the tree from elsewhere", async () => {
    const chat = await group();
    const groupInfo = await createGroupInfo(environment, chat.one, { ratchetTree: false });
    expect((await rejection(() => join(chat, { groupInfo }))).code).toBe("tree.missing");
    const { nodes } = {
      nodes: (await createCommit(environment, chat.one, { wireFormat: "mls_public_message" })).output.ratchetTree,
    };
    expect((await rejection(() => join(chat, { groupInfo, ratchetTree: nodes }))).code).toBe("tree.hash_mismatch");
    const { message } = await join(chat, { groupInfo, ratchetTree: ratchetTree(chat.one) });
    expect((await processMessage(environment, chat.one, message)).output.contentType).toBe("commit");
  });

  it("does not care what becomes of the octets of the GroupInfo it was given", async () => {
    const chat = await group();
    const octets = encode(GroupInfo, await createGroupInfo(environment, chat.one));
    const { message, pending } = await join(chat, { groupInfo: decode(GroupInfo, octets) });
    octets.fill(0);
    await chat.deliver(undefined, message);
    agree(acceptJoin(pending), ...chat.states.values());
  });
});

describe("§12.4.3.2 a resync", () => {
  it("[12.2-17] [12.4.3-04] removes the prior leaf; the old state lives until the commit arrives there", async () => {
    for (const name of ["alice", "carol"]) {
      const chat = await group();
      const old = chat.state(name);
      const { signer } = old.self;
      const groupInfo = await createGroupInfo(environment, chat.state("bob"));
      const options = { signer, credential: basic(name), groupInfo, removed: old.self.leafIndex };
      const { message, pending } = await joinExternally(environment, options);
      const late = await chat.send("bob", "late");
      await chat.receive(name, late);
      await chat.deliver(undefined, message);
      expect(chat.state(name).closed).toEqual({ reason: "removed" });
      chat.states.set(name, acceptJoin(pending));
      chat.agree();
      expect(chat.state(name).self.leafIndex).toBe(old.self.leafIndex);
      await chat.commit(name);
      chat.agree();
    }
  });

  it("[12.4.3.2-09] that loses leaves the old membership usable", async () => {
    const chat = await group();
    const { signer, leafIndex: removed } = chat.state("carol").self;
    const groupInfo = await createGroupInfo(environment, chat.state("bob"));
    const { message, pending } = await joinExternally(environment, {
      signer,
      credential: basic("carol"),
      groupInfo,
      removed,
    });
    await chat.commit("alice");
    expect(await refusals(environment, [...chat.states.values()], message)).toEqual(chat.names.map(() => "epoch.past"));
    dropJoin(pending);
    await chat.commit("carol");
    chat.agree();
  });

  it("[12.2-18] shows the Authentication Services the successor and whom it succeeds, its own first", async () => {
    const chat = await group();
    const authentication = authenticationBy();
    const { signer } = await person(environment, "carol");
    const groupInfo = await createGroupInfo(environment, chat.one);
    const options = { signer, credential: basic("carol"), groupInfo, removed: leafIndex(2) };
    const { message } = await joinExternally({ ...environment, authentication }, options);
    const predecessor = { credential: basic("carol"), signatureKey: chat.state("carol").self.signer.publicKey };
    expect(authentication.calls.length).toBe(1);
    expect(authentication.calls[0]?.at(-1)).toMatchObject({
      reason: "external_commit",
      predecessor,
      signatureKey: signer.publicKey,
    });
    expect(authentication.reasons()).toEqual([["member", "member", "member", "member", "external_commit"]]);
    await processMessage({ ...environment, authentication }, chat.one, message);
    expect(authentication.calls).toMatchObject([[{ reason: "external_commit", leafIndex: 2, predecessor }]]);
    const strict = { ...environment, authentication: authenticationBy(({ reason }) => reason !== "external_commit") };
    expect((await rejection(() => joinExternally(strict, options))).code).toBe("credential.rejected");
    expect(await refusals(strict, [chat.one], message)).toEqual(["credential.rejected"]);
  });

  it.each([
    ["of a blank leaf", 5, "proposal.removed_blank"],
    ["beyond the tree", 0xffffffff, "proposal.removed_blank"],
  ])("[12.2-21] %s is refused by the joiner itself", async (_, removed, code) => {
    expect((await rejection(async () => join(await group(), { removed: leafIndex(removed) }))).code).toBe(code);
  });
});

describe("§12.4.3.2 an external join is refused", () => {
  it("[12.4.3.2-01] without external_pub, with two, and with a malformed one", async () => {
    const chat = await group();
    const groupInfo = await createGroupInfo(environment, chat.one, { externalPub: false });
    expect((await rejection(() => join(chat, { groupInfo }))).code).toBe("group_info.no_external_pub");
    for (const [extensionData, code] of [
      [EMPTY, "codec.truncated"],
      [Uint8Array.of(1, 1, 1), "codec.trailing_bytes"],
    ] as const) {
      const extensions: Extension[] = [{ extensionType: "external_pub", extensionData }];
      const bad = await rejection(() => createGroupInfo(environment, chat.one, { externalPub: false, extensions }));
      expect(bad.code).toBe(code);
    }
    const extensions: Extension[] = [
      { extensionType: "external_pub", extensionData: Uint8Array.of(32, ...new Uint8Array(32)) },
    ];
    expect((await rejection(() => createGroupInfo(environment, chat.one, { extensions }))).code).toBe(
      "extensions.duplicate",
    );
    const low = await createGroupInfo(environment, chat.one, { externalPub: false, extensions });
    expect((await rejection(() => join(chat, { groupInfo: low }))).class).toBe("bad-key");
  });

  it("[12.2-21] [7.3-13] to a client with a member's signature key, unless it removes that member", async () => {
    const chat = await group();
    const { signer } = chat.state("bob").self;
    expect((await rejection(() => join(chat, { signer }))).code).toBe("tree.duplicate_signature_key");
    expect((await rejection(() => join(chat, { signer, removed: leafIndex(2) }))).code).toBe(
      "tree.duplicate_signature_key",
    );
    await join(chat, { signer, removed: leafIndex(1) });
  });

  it("[13.4-05] [7.3-03] to a client that lacks what the group requires", async () => {
    const able = {
      versions: ["mls10" as const],
      cipherSuites: [1],
      extensions: [0xf001],
      proposals: [],
      credentials: ["basic" as const],
    };
    const extensions: Extension[] = [{ extensionType: 0xf001, extensionData: utf8("x") }];
    const chat = await Chat.of(["alice", "bob"], environment, { extensions, leaves: { capabilities: able } });
    expect((await rejection(() => join(chat))).code).toBe("leaf.group_extension_unsupported");
    const narrow = { ...able, credentials: [] };
    expect((await rejection(() => join(chat, { capabilities: narrow }))).code).toBe("leaf.credential_not_listed");
    await chat.joinExternally("alice", "eve", { capabilities: able });
    chat.agree();
  });

  it("[7.3-13] if its signer is that of another key", async () => {
    const chat = await group();
    const [one, two] = [await person(environment, "x"), await person(environment, "y")];
    const signer = { publicKey: one.signer.publicKey, sign: (octets: Uint8Array) => two.signer.sign(octets) };
    const { message } = await join(chat, { signer });
    expect((await refusals(environment, [chat.one], message))[0]).toMatch(/signature/);
  });

  it("in another suite, even one of the same hash and curve", async () => {
    const chat = await group();
    const another = environmentOf({ suite: suiteOf(3) });
    expect((await rejection(() => join(chat, {}, another))).code).toBe("suite.unknown");
  });

  it("[7.7-03] to a tree that is too wide", async () => {
    const chat = await group();
    const narrow = { ...environment, policy: { maxLeaves: 4 } };
    expect((await rejection(() => join(chat, {}, narrow))).code).toBe("tree.too_large");
    const { message } = await join(chat);
    expect(await refusals(narrow, [chat.one], message)).toEqual(["tree.too_large"]);
  });

  it("[12.4.3.2-09] after another commit, and can be tried again from a newer GroupInfo", async () => {
    const chat = await group();
    const eve = await person(environment, "eve");
    const groupInfo = await createGroupInfo(environment, chat.one);
    const [first, second] = [await join(chat, { ...eve, groupInfo }), await join(chat, { groupInfo })];
    await chat.deliver(undefined, second.message);
    expect(await refusals(environment, [...chat.states.values()], first.message)).toEqual(
      chat.names.map(() => "epoch.past"),
    );
    dropJoin(first.pending);
    chat.states.set("second", acceptJoin(second.pending));
    const again = await joinExternally(environment, {
      ...eve,
      groupInfo: await createGroupInfo(environment, chat.one),
    });
    await chat.deliver(undefined, again.message);
    chat.states.set("eve", acceptJoin(again.pending));
    chat.agree();
  });
});

describe("§14 a pending join", () => {
  it("[14-02] dropped, leaves no secret behind and can't be accepted", async () => {
    const chat = await group();
    const before = fingerprint(chat.one);
    const { pending } = await join(chat);
    const made = [...secretsHeld(initialState(pending.next))];
    expect(new Set(made)).toEqual(new Set(pending.created));
    dropJoin(pending);
    expect(made.every((secret) => secret.disposed)).toBe(true);
    expect((await rejection(() => acceptJoin(pending))).code).toBe("state.not_pending");
    dropJoin(pending);
    expect(fingerprint(chat.one)).toBe(before);
  });

  it("[9.2-04] leaves no secret but those of the new state, and none if it fails", async () => {
    const chat = await group();
    const groupInfo = await createGroupInfo(environment, chat.one);
    const eve = await person(environment, "eve");
    const { environment: e, alive } = watch({ psks, policy: { grease: false } });
    const { pending, message } = await joinExternally(e, { ...eve, groupInfo, removed: leafIndex(2) });
    const held = new Set<Uint8Array>([...secretsHeld(initialState(pending.next))].map(({ bytes }) => bytes));
    expect(alive().filter((octets) => !held.has(octets))).toEqual([]);
    dropJoin(pending);
    expect(alive()).toEqual([]);
    expect((await processMessage(environment, chat.one, message)).output.contentType).toBe("commit");
    const signer = chat.state("bob").self.signer;
    await rejection(() => joinExternally(e, { ...eve, signer, groupInfo }));
    await rejection(() => joinExternally(e, { ...eve, groupInfo, removed: leafIndex(9) }));
    const failing = { publicKey: eve.signer.publicKey, sign: () => Promise.reject(new Error("no")) };
    await expect(joinExternally(e, { ...eve, signer: failing, groupInfo })).rejects.toThrow("no");
    expect(alive()).toEqual([]);
  });

  it("[12.4.2-18] of one client and the pending commit of a member do not know of each other", async () => {
    const chat = await group();
    const { pending } = chat.adopt("alice", await createCommit(environment, chat.state("alice"), {}));
    const joined = await join(chat);
    const old = chat.state("bob");
    const winner = await processMessage(environment, old, joined.message);
    expect((await rejection(() => acceptCommit(environment, winner.state, pending))).code).toBe("state.not_pending");
    expect((await generateSigner(environment.suite, environment.random)).publicKey.length).toBe(32);
  });
});
