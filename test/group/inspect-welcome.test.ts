import { describe, expect, it } from "vitest";
import { EMPTY, toHex, utf8 } from "../../src/bytes.ts";
import { type CommitOptions, createCommit } from "../../src/group/create-commit.ts";
import { type InspectOptions, inspectWelcome } from "../../src/group/inspect-welcome.ts";
import { joinGroup } from "../../src/group/join.ts";
import { protect } from "../../src/group/messages.ts";
import { acceptCommit } from "../../src/group/pending.ts";
import { branch } from "../../src/group/resumption.ts";
import { discard, epochOf, groupIdOf } from "../../src/group/state.ts";
import { agree, authenticationBy, Chat, copiesOf, environmentOf, keyPackageFor, person } from "../support/group.ts";
import { insiderWelcome } from "../support/group-insider.ts";
import { watch } from "../support/group-secrets.ts";
import { rejection } from "../support/rejection.ts";

const psks = { external: (id: Uint8Array) => Uint8Array.of(1, ...id) };
const environment = environmentOf({ psks });
const group = copiesOf(() => Chat.of(["alice", "bob", "carol"], environment));
const external = (name: string) => ({ proposalType: "psk", psk: { psktype: "external", pskId: utf8(name) } }) as const;

async function invited(options: CommitOptions = {}) {
  const chat = await group();
  const dave = await keyPackageFor(environment, "dave");
  const proposals = [...(options.proposals ?? []), { proposalType: "add", keyPackage: dave.keyPackage } as const];
  const created = chat.adopt("alice", await createCommit(environment, chat.one, { ...options, proposals }));
  await chat.deliver("alice", created.message);
  chat.adopt("alice", acceptCommit(environment, chat.one, created.pending));
  const welcome = created.welcomes[0] ?? EMPTY;
  const inspect = (more: Partial<InspectOptions> = {}, e = environment) =>
    inspectWelcome(e, { welcome, keyPackages: [dave], ...more });
  return { chat, dave, created, welcome, inspect };
}

describe("§12.4.3.1 a Welcome is looked into before it is accepted", () => {
  it("and says which group it is, who is in it, and who sent it", async () => {
    const { chat, dave, inspect } = await invited();
    const seen = await inspect();
    expect(seen.keyPackage).toBe(dave);
    expect([seen.psks, seen.missing, seen.continues]).toEqual([[], [], undefined]);
    expect(seen.group?.groupInfo.groupContext).toEqual(chat.one.epoch.groupContext);
    expect(seen.group?.committer).toBe(0);
    expect(seen.group?.roster?.map(({ leafIndex }) => leafIndex)).toEqual([0, 1, 2, 3]);
    expect(seen.group?.roster?.[3]?.leafNode).toEqual(dave.keyPackage.leafNode);
  });

  it("[12.4.3.1-20] nothing is used up, nothing is left over, nobody is asked; then it is joined like any other", async () => {
    const { chat, dave, welcome, inspect } = await invited({ forcePath: true, proposals: [external("key")] });
    const { environment: watched, alive } = watch({ psks });
    const authentication = authenticationBy();
    const keys = [dave.initPrivateKey, dave.encryptionPrivateKey].map(({ bytes }) => toHex(bytes));
    for (let i = 0; i < 2; i++) await inspect({}, { ...watched, authentication });
    expect(alive()).toEqual([]);
    expect(authentication.calls).toEqual([]);
    expect([dave.initPrivateKey, dave.encryptionPrivateKey].map(({ bytes }) => toHex(bytes))).toEqual(keys);
    const joined = await joinGroup(environment, { welcome, keyPackages: [dave] });
    agree(joined.state, chat.one);
    expect((await protect(environment, joined.state, EMPTY)).state).not.toBe(joined.state);
  });

  it("a join that was made can be declined as well", async () => {
    const { dave, welcome, chat } = await invited({ forcePath: true });
    const { environment: watched, alive } = watch({ psks });
    discard(undefined, await joinGroup(watched, { welcome, keyPackages: [dave] }));
    expect(alive()).toEqual([]);
    expect(dave.initPrivateKey.disposed || dave.encryptionPrivateKey.disposed).toBe(false);
    agree((await joinGroup(environment, { welcome, keyPackages: [dave] })).state, chat.one);
  });

  it("[12.4.3.1-05] says which pre-shared keys are missing, and no more than that", async () => {
    const { inspect } = await invited({ proposals: [external("one"), external("two"), external("three")] });
    const some = { external: (id: Uint8Array) => (toHex(id) === toHex(utf8("two")) ? psks.external(id) : undefined) };
    const { environment: watched, alive } = watch({ psks: some });
    const seen = await inspect({}, watched);
    expect(seen.psks.length).toBe(3);
    expect(seen.missing).toEqual([seen.psks[0], seen.psks[2]]);
    expect(seen.group).toBeUndefined();
    expect(alive()).toEqual([]);
    expect((await inspect({}, environmentOf())).missing).toEqual(seen.psks);
    expect((await inspect()).missing).toEqual([]);
  });

  it("[12.4.3.1-01] without its tree it still says which group it is, so that the tree can be fetched", async () => {
    const { chat, created, inspect } = await invited({ ratchetTree: false });
    const { group: without } = await inspect();
    expect(without?.roster).toBeUndefined();
    expect(without?.groupInfo.groupContext.groupId).toEqual(groupIdOf(chat.one));
    const { group: complete } = await inspect({ ratchetTree: created.ratchetTree });
    expect(complete?.roster?.length).toBe(4);
    const wrong = await rejection(() => inspect({ ratchetTree: created.ratchetTree.slice(0, -2) }));
    expect(wrong.code).toBe("tree.hash_mismatch");
  });

  it("[11.3-04] of a successor, names the group that it continues; the key for that comes from nowhere else", async () => {
    const chat = await group();
    const bob = await keyPackageFor(environment, "bob", await personOf(chat, "bob"));
    const me = await personOf(chat, "alice");
    const made = await branch(environment, chat.one, { ...me, keyPackages: [bob.keyPackage] });
    const welcome = made.welcomes[0] ?? EMPTY;
    const lenient = { ...environment, psks: { ...psks, resumption: () => new Uint8Array(32) } };
    const closed = await inspectWelcome(lenient, { welcome, keyPackages: [bob] });
    expect(closed.continues).toEqual({
      usage: "branch",
      pskGroupId: groupIdOf(chat.one),
      pskEpoch: epochOf(chat.one),
    });
    expect(closed.missing).toEqual(closed.psks);
    const predecessor = chat.state("bob");
    const open = await inspectWelcome(environment, { welcome, keyPackages: [bob], predecessor });
    expect(open.missing).toEqual([]);
    expect(open.group?.roster?.length).toBe(2);
  });
});

describe("§12.4.3.1 a Welcome that cannot be looked into", () => {
  it("[11.2-03] continues no group although one is given: its PSKs are not taken for that, as when joining", async () => {
    const old = await Chat.of(["alice", "dave"], environment);
    const psk = old.one.epoch.secrets.resumptionPsk.bytes.slice();
    const informed = environmentOf({ psks: { resumption: () => psk } });
    const chat = await Chat.of(["alice", "bob"], informed);
    const dave = await keyPackageFor(informed, "dave");
    const [pskGroupId, pskEpoch] = [groupIdOf(old.one), epochOf(old.one)];
    const { output } = await createCommit(informed, chat.one, {
      proposals: [
        { proposalType: "add", keyPackage: dave.keyPackage },
        { proposalType: "psk", psk: { psktype: "resumption", pskGroupId, pskEpoch } },
      ],
    });
    const welcome = output.welcomes[0] ?? EMPTY;
    const options = { welcome, keyPackages: [dave], predecessor: old.state("dave") };
    for (const look of [joinGroup, inspectWelcome])
      expect((await rejection(() => look(environment, options))).code).toBe("welcome.resumption");
    const { missing } = await inspectWelcome(environment, { welcome, keyPackages: [dave] });
    expect(missing).toHaveLength(1);
  });

  it("[8.4-04] names more PSKs than can be used: none is asked for", async () => {
    const { chat, dave } = await invited();
    const psks = Array.from({ length: 0x10000 }, (_, i) => {
      return { psktype: "external", pskId: Uint8Array.of(i >> 16, i >> 8, i), pskNonce: new Uint8Array(32) } as const;
    });
    const signed = { signer: chat.one.self.signer, signerIndex: chat.one.self.leafIndex };
    const plan = { joiner: dave, tree: chat.one.tree, psks, ...signed };
    const welcome = await insiderWelcome(environment, chat.one.epoch.groupContext, plan);
    let asked = 0;
    const counting = environmentOf({ psks: { external: () => void asked++ as undefined } });
    for (const look of [joinGroup, inspectWelcome])
      expect((await rejection(() => look(counting, { welcome, keyPackages: [dave] }))).code).toBe("proposals.limit");
    expect(asked).toBe(0);
  });

  it("[12.4.3.1-02] is not for this client", async () => {
    const { inspect } = await invited();
    const other = await keyPackageFor(environment, "eve");
    expect((await rejection(() => inspect({ keyPackages: [other] }))).code).toBe("welcome.no_key_package");
  });

  it("[6-09] is another message, or none", async () => {
    const { created, inspect } = await invited();
    expect((await rejection(() => inspect({ welcome: created.message }))).code).toBe("message.wrong_wire_format");
    expect((await rejection(() => inspect({ welcome: EMPTY }))).code).toBe("codec.truncated");
  });

  it("[12.4.3-05] has a GroupInfo that its member did not sign, and leaves nothing behind", async () => {
    const { chat, dave } = await invited();
    const { tree, epoch, self } = chat.one;
    const welcome = await insiderWelcome(environment, epoch.groupContext, {
      joiner: dave,
      tree,
      signer: chat.state("bob").self.signer,
      signerIndex: self.leafIndex,
    });
    const { environment: watched, alive } = watch({ psks });
    const error = await rejection(() => inspectWelcome(watched, { welcome, keyPackages: [dave] }));
    expect(error.code).toBe("group_info.signature");
    expect(alive()).toEqual([]);
  });
});

/** Somebody of that name, as a client of its own. */
async function personOf(chat: Chat, name: string) {
  const { signer } = await person(environment, name);
  const { credential } = chat.state(name).tree.leaf(chat.state(name).self.leafIndex) ?? {};
  if (credential === undefined) throw new Error(`${name} has no leaf`);
  return { signer, credential };
}
