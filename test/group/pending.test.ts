import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { deriveSenderDataKey } from "../../src/framing/private-message.ts";
import { type CommitOptions, createCommit } from "../../src/group/create-commit.ts";
import { joinGroup } from "../../src/group/join.ts";
import { epochAuthenticator } from "../../src/group/members.ts";
import { processMessage, protect } from "../../src/group/messages.ts";
import { acceptCommit, dropCommit, isOwnCommit } from "../../src/group/pending.ts";
import { createProposal } from "../../src/group/propose.ts";
import { type GroupState, secretsHeld } from "../../src/group/state.ts";
import { dispose } from "../../src/secret.ts";
import { type LeafIndex, leafIndex } from "../../src/tree-math.ts";
import { MLSMessage, SenderData, SenderDataAAD } from "../../src/wire/message.ts";
import {
  agree,
  Chat,
  copiesOf,
  copyOfState,
  environmentOf,
  fingerprint,
  keyPackageFor,
  refusals,
} from "../support/group.ts";
import { byValue, insiderCommit } from "../support/group-insider.ts";
import { rejection } from "../support/rejection.ts";

const psks = { external: () => utf8("psk") };
const environment = environmentOf({ psks });
const group = copiesOf(async () => {
  const chat = await Chat.of(["alice", "bob", "carol", "dave"], environment);
  await chat.fill();
  return chat;
});

/** Commits of all shapes, by name. */
const COMMITS: readonly (readonly [string, () => Promise<CommitOptions>])[] = [
  ["with a path alone", async () => ({})],
  [
    "with an Add and no path",
    async () => ({
      proposals: [{ proposalType: "add", keyPackage: (await keyPackageFor(environment, "eve")).keyPackage }],
    }),
  ],
  [
    "with an Add and a path",
    async () => ({
      forcePath: true,
      proposals: [{ proposalType: "add", keyPackage: (await keyPackageFor(environment, "eve")).keyPackage }],
    }),
  ],
  ["with a Remove", async () => ({ proposals: [{ proposalType: "remove", removed: leafIndex(3) }] })],
  [
    "with a PSK",
    async () => ({ proposals: [{ proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } }] }),
  ],
  [
    "with a new signer",
    async () => ({ leaf: { signer: await generateSigner(environment.suite, environment.random) } }),
  ],
  [
    "with a ReInit",
    async () => ({
      proposals: [{ proposalType: "reinit", groupId: utf8("next"), version: "mls10", cipherSuite: 1, extensions: [] }],
    }),
  ],
];
const FORMATS = ["mls_public_message", "mls_private_message"] as const;

/** Everything but how far the own ratchet for handshakes has turned. */
const withoutRatchets = (state: GroupState, reference: GroupState) =>
  fingerprint({ ...state, epoch: { ...state.epoch, secretTree: reference.epoch.secretTree } });

describe("§14 creating a commit changes nothing", () => {
  it.each(COMMITS)("[14-03] %s", async (_, make) => {
    for (const wireFormat of FORMATS) {
      const chat = await group();
      const alice = chat.state("alice");
      const before = fingerprint(alice);
      const created = await createCommit(environment, alice, { ...(await make()), wireFormat });
      expect(fingerprint(alice)).toBe(before);
      if (wireFormat === "mls_public_message") expect(created.state).toBe(alice);
      else expect(withoutRatchets(created.state, alice)).toBe(before);
      expect(created.state.epoch.groupContext.epoch).toBe(alice.epoch.groupContext.epoch);
    }
  });

  it.each(COMMITS)("[14-03] and another member's commit is followed all the same: %s", async (_, make) => {
    const chat = await group();
    const { pending } = chat.adopt("alice", await createCommit(environment, chat.state("alice"), await make()));
    await chat.commit("bob");
    chat.agree();
    expect((await rejection(() => acceptCommit(environment, chat.state("alice"), pending))).code).toBe(
      "state.not_pending",
    );
    dropCommit(pending);
    chat.agree();
    await chat.commit("alice");
    await chat.deliver("alice", await chat.send("alice", "still here"));
    chat.agree();
  });

  it.each(COMMITS)("[14-01] accepted, everyone is in the next epoch: %s", async (_, make) => {
    for (const wireFormat of FORMATS) {
      const chat = await group();
      const created = chat.adopt(
        "alice",
        await createCommit(environment, chat.state("alice"), { ...(await make()), wireFormat }),
      );
      await chat.deliver("alice", created.message);
      chat.adopt("alice", acceptCommit(environment, chat.state("alice"), created.pending));
      chat.agree();
    }
  });
});

describe("§14 a pending commit", () => {
  it("is accepted although messages and proposals came and went meanwhile", async () => {
    const chat = await group();
    const { message, pending } = chat.adopt("alice", await createCommit(environment, chat.state("alice"), {}));
    const said = [await chat.send("bob", "one"), await chat.send("bob", "two"), await chat.send("carol", "three")];
    for (const each of said) await chat.receive("alice", each);
    await chat.deliver("alice", await chat.send("alice", "four"));
    const update = chat.adopt(
      "dave",
      await createProposal(environment, chat.state("dave"), { proposalType: "update" }),
    );
    await chat.deliver("dave", update.message);
    await chat.deliver("alice", message);
    chat.adopt("alice", acceptCommit(environment, chat.state("alice"), pending));
    chat.agree();
    expect(chat.state("alice").proposals.size).toBe(0);
    const late = await rejection(() => chat.receive("alice", said[0] ?? new Uint8Array(0)));
    expect(late.code).toBe("ratchet.generation_used");
    await chat.deliver("alice", await chat.send("alice", "five"));
  });

  it("[12.1.2-04] of a member with an own Update ends that Update", async () => {
    const chat = await group();
    await chat.propose("alice", { proposalType: "update" });
    const [update] = chat.state("alice").pendingUpdates.values();
    const { message, pending } = chat.adopt("alice", await createCommit(environment, chat.state("alice"), {}));
    await chat.deliver("alice", message);
    chat.adopt("alice", acceptCommit(environment, chat.state("alice"), pending));
    chat.agree();
    expect([chat.state("alice").pendingUpdates.size, update?.privateKey.disposed]).toEqual([0, true]);
  });

  it("can be one of several, of which one wins", async () => {
    const chat = await group();
    const first = chat.adopt("alice", await createCommit(environment, chat.state("alice"), {}));
    const second = chat.adopt("alice", await createCommit(environment, chat.state("alice"), { forcePath: true }));
    await chat.deliver("alice", second.message);
    dropCommit(first.pending);
    chat.adopt("alice", acceptCommit(environment, chat.state("alice"), second.pending));
    chat.agree();
    expect((await rejection(() => acceptCommit(environment, chat.state("alice"), first.pending))).code).toBe(
      "state.not_pending",
    );
  });

  it("can't be accepted twice, nor after it was dropped", async () => {
    const chat = await group();
    const { message, pending } = chat.adopt("alice", await createCommit(environment, chat.state("alice"), {}));
    await chat.deliver("alice", message);
    chat.adopt("alice", acceptCommit(environment, chat.state("alice"), pending));
    expect((await rejection(() => acceptCommit(environment, chat.state("alice"), pending))).code).toBe(
      "state.not_pending",
    );
    chat.agree();
    const next = chat.adopt("alice", await createCommit(environment, chat.state("alice"), {}));
    dropCommit(next.pending);
    expect((await rejection(() => acceptCommit(environment, chat.state("alice"), next.pending))).code).toBe(
      "state.not_pending",
    );
    await chat.commit("alice");
    chat.agree();
  });

  it("[14-01] is known by its octets when it comes back, not by what a message says of its sender", async () => {
    const chat = await group();
    const first = chat.adopt("alice", await createCommit(environment, chat.state("alice"), {}));
    const second = chat.adopt("alice", await createCommit(environment, chat.state("alice"), {}));
    const forged = ownMessageForged(chat.state("bob"), leafIndex(0));
    // The victim can't tell it from an echo; the others see that it is none.
    for (const message of [first.message, second.message, forged])
      expect((await rejection(() => chat.receive("alice", message))).code).toBe("content.own_message");
    expect(await refusals(environment, [chat.state("carol")], forged)).toEqual(["aead.open_failed"]);
    const messages = [first.message, second.message, forged, first.message.slice(1), new Uint8Array(0)];
    expect(messages.map((message) => isOwnCommit(first.pending, message))).toEqual([true, false, false, false, false]);
    expect(isOwnCommit(second.pending, second.message)).toBe(true);
  });

  it("is known although the caller's octets change; what are no octets is refused", async () => {
    const chat = await group();
    const { message, pending } = chat.adopt("alice", await createCommit(environment, chat.state("alice"), {}));
    const echo = message.slice();
    message.fill(0);
    expect([isOwnCommit(pending, echo), isOwnCommit(pending, message)]).toEqual([true, false]);
    expect((await rejection(async () => isOwnCommit(pending, null as never))).code).toBe("input.invalid");
  });

  it("is accepted by the newest value of the epoch alone", async () => {
    const chat = await group();
    const before = chat.state("alice");
    const { state, output } = await createCommit(environment, before, {});
    const sent = await protect(environment, state, utf8("meanwhile"));
    for (const older of [before, state])
      expect((await rejection(() => acceptCommit(environment, older, output.pending))).code).toBe("state.spent");
    const accepted = acceptCommit(environment, sent.state, output.pending);
    await chat.deliver("alice", sent.output);
    await chat.deliver("alice", output.message);
    agree(accepted.state, chat.state("bob"));
  });

  it("can't be accepted in another group, or with another suite", async () => {
    const [chat, another] = [await group(), await Chat.of(["alice"], environment)];
    const { pending } = chat.adopt("alice", await createCommit(environment, chat.state("alice"), {}));
    expect((await rejection(() => acceptCommit(environment, another.one, pending))).code).toBe("state.not_pending");
  });

  it.each(COMMITS)("[14-02] dropped, takes with it what it made and nothing else: %s", async (_, make) => {
    const chat = await group();
    const before = fingerprint(chat.state("alice"));
    const alice = chat.state("alice");
    const { output } = await createCommit(environment, alice, { ...(await make()), wireFormat: "mls_public_message" });
    const held = new Set(secretsHeld(alice));
    const next = [...secretsHeld({ ...alice, ...output.pending.next, past: [], resumptionPsks: [] })];
    dropCommit(output.pending);
    expect(next.filter((secret) => secret.disposed)).toEqual(next.filter((secret) => !held.has(secret)));
    expect(fingerprint(alice)).toBe(before);
    dropCommit(output.pending);
    await chat.commit("bob");
    chat.agree();
  });

  it.each(COMMITS)(
    "[14-02] [7.5-06] accepted, names as spent what the new state does not hold: %s",
    async (_, make) => {
      const chat = await group();
      const alice = chat.state("alice");
      const created = await createCommit(environment, alice, { ...(await make()), wireFormat: "mls_public_message" });
      const { state, spent } = acceptCommit(environment, created.state, created.output.pending);
      const held = new Set(secretsHeld(state));
      const gone = [...secretsHeld(alice)].filter((secret) => !held.has(secret));
      expect(new Set(spent)).toEqual(new Set(gone));
      dispose(spent);
      expect([...held].some((secret) => secret.disposed)).toBe(false);
      await chat.deliver("alice", created.output.message);
      agree(state, chat.state("bob"));
    },
  );
});

describe("§14 commits of one epoch", () => {
  it("[14-01] race: one wins, the other is dropped and made again", async () => {
    const chat = await group();
    const { keyPackage } = await keyPackageFor(environment, "eve");
    const ofAlice = chat.adopt("alice", await createCommit(environment, chat.state("alice"), {}));
    const ofBob = chat.adopt(
      "bob",
      await createCommit(environment, chat.state("bob"), { proposals: [{ proposalType: "add", keyPackage }] }),
    );
    await chat.deliver("alice", ofAlice.message);
    chat.adopt("alice", acceptCommit(environment, chat.state("alice"), ofAlice.pending));
    dropCommit(ofBob.pending);
    expect(await refusals(environment, [...chat.states.values()], ofBob.message)).toEqual(
      chat.names.map(() => "epoch.past"),
    );
    await chat.commit("bob", { proposals: [{ proposalType: "add", keyPackage }] });
    chat.agree();
    expect(chat.one.tree.memberCount).toBe(5);
  });

  it("[12.4.2-18] an external commit wins over a pending one", async () => {
    const chat = await group();
    const { pending } = chat.adopt("alice", await createCommit(environment, chat.state("alice"), {}));
    await chat.joinExternally("bob", "eve");
    chat.agree();
    expect((await rejection(() => acceptCommit(environment, chat.state("alice"), pending))).code).toBe(
      "state.not_pending",
    );
  });

  it("[12.4.2-18] a commit that removes the one with the pending commit wins", async () => {
    const chat = await group();
    const { pending } = chat.adopt("dave", await createCommit(environment, chat.state("dave"), {}));
    const { message } = await insiderCommit(environment, chat.state("alice"), {
      proposals: [byValue({ proposalType: "remove", removed: leafIndex(3) })],
    });
    const { output, state } = await processMessage(environment, chat.state("dave"), message);
    expect(output.contentType === "commit" && output.commit.removedSelf).toBe(true);
    expect((await rejection(() => acceptCommit(environment, state, pending))).code).toBe("state.removed");
    dropCommit(pending);
    const late = await chat.send("bob", "bye, dave");
    expect((await processMessage(environment, state, late)).output).toMatchObject({
      applicationData: utf8("bye, dave"),
    });
  });
});

describe("§14 Welcomes", () => {
  it("[14-04] come with the pending commit, apart from it; if it is dropped, they lead to a group of nobody else", async () => {
    const chat = await group();
    const bundle = await keyPackageFor(environment, "eve");
    const { welcomes, pending } = chat.adopt(
      "alice",
      await createCommit(environment, chat.state("alice"), {
        proposals: [{ proposalType: "add", keyPackage: bundle.keyPackage }],
      }),
    );
    dropCommit(pending);
    await chat.commit("bob");
    const joined = await joinGroup(environment, { welcome: welcomes[0] ?? new Uint8Array(0), keyPackages: [bundle] });
    expect(await refusals(environment, [joined.state], await chat.send("bob", "hello"))).toEqual(["aead.open_failed"]);
    expect(epochAuthenticator(joined.state)).not.toEqual(epochAuthenticator(chat.one));
  });
});

describe("[15.2-02] the new epoch comes before new messages", () => {
  it("messages carry the epoch of the state that sends them", async () => {
    const chat = await group();
    const old = copyOfState(chat.state("alice"));
    await chat.commit("bob");
    const sent = await protect(environment, chat.state("alice"), utf8("new"));
    expect((await processMessage(environment, chat.state("bob"), sent.output)).output.epoch).toBe(
      old.epoch.groupContext.epoch + 1n,
    );
  });
});

/** A private commit that any member can make: its sender data names another, its content is noise. */
function ownMessageForged({ epoch: known }: GroupState, victim: LeafIndex): Uint8Array {
  const { suite, random } = environment;
  const { groupId, epoch } = known.groupContext;
  const head = { groupId, epoch, contentType: "commit" } as const;
  const ciphertext = random(200);
  const { key, nonce } = deriveSenderDataKey(suite, known.secrets.senderDataSecret, ciphertext);
  const senderData = encode(SenderData, { leafIndex: victim, generation: 0, reuseGuard: new Uint8Array(4) });
  const encryptedSenderData = suite.aead.seal(key.bytes, nonce.bytes, encode(SenderDataAAD, head), senderData);
  const privateMessage = { ...head, authenticatedData: new Uint8Array(0), encryptedSenderData, ciphertext };
  return encode(MLSMessage, { version: "mls10", wireFormat: "mls_private_message", privateMessage });
}
