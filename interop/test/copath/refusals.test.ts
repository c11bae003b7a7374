/** What a harness may get wrong, or a peer: a clean status, and nothing lost. */
import { describe, expect, it } from "vitest";
import { CallError } from "../../src/interface/client.ts";
import { type Actor, agree, client, follow, groupOf, hex, refusal, text, utf8 } from "./support.ts";

describe("statuses", () => {
  it("numbers that stand for nothing, or for something else", async () => {
    const [alice] = (await groupOf(["alice"])) as [Actor];
    const { client: shared, stateId } = alice;
    const { transactionId } = await shared.CreateKeyPackage({ cipherSuite: 1, identity: utf8("bob") });
    expect(await refusal(shared.StateAuth({ stateId: 99 }))).toBe("NOT_FOUND handle.unknown");
    expect(await refusal(shared.StateAuth({ stateId: transactionId }))).toBe("NOT_FOUND handle.unknown");
    expect(await refusal(shared.JoinGroup({ transactionId: stateId }))).toBe("NOT_FOUND handle.unknown");
    expect(await refusal(shared.StorePSK({ stateOrTransactionId: 99 }))).toBe("NOT_FOUND handle.unknown");
    expect(await refusal(shared.Free({ stateId: 99 }))).toBe("NOT_FOUND handle.unknown");
    expect(await refusal(shared.RemoveProposal({ stateId, removedId: utf8("mallory") }))).toBe(
      "NOT_FOUND member.unknown",
    );
  });

  it("suites, proposals and extension types that there are not", async () => {
    const [alice] = (await groupOf(["alice"])) as [Actor];
    const { client: shared, stateId } = alice;
    expect(await refusal(shared.CreateGroup({ cipherSuite: 0xffff }))).toBe("UNIMPLEMENTED suite.unknown");
    expect(await refusal(shared.CreateKeyPackage({ cipherSuite: 77 }))).toBe("UNIMPLEMENTED suite.unknown");
    const byValue = [{ proposalType: utf8("selfRemove") }];
    expect(await refusal(shared.Commit({ stateId, byValue }))).toBe("INVALID_ARGUMENT proposal.unknown_type");
    const extensions = [{ extensionType: 0x10000 }];
    expect(await refusal(shared.GroupContextExtensionsProposal({ stateId, extensions }))).toBe(
      "INVALID_ARGUMENT extension.type_too_large",
    );
    const reInit = { stateId, cipherSuite: 0xff00, groupId: utf8("next") };
    const { proposal } = await shared.ReInitProposal({ ...reInit, cipherSuite: 1 });
    expect(proposal.length).toBeGreaterThan(0);
    expect(await refusal(shared.ReInitProposal(reInit))).toBe("UNIMPLEMENTED proposal.reinit_suite");
  });

  it("octets that are no message, and messages that are something else", async () => {
    const [alice, bob] = (await groupOf(["alice", "bob"])) as [Actor, Actor];
    const { client: shared, stateId } = alice;
    // The version is right, and then it ends.
    const junk = Uint8Array.of(0, 1, 0);
    const calls = [
      () => shared.Unprotect({ stateId, ciphertext: junk }),
      () => shared.HandleCommit({ stateId, commit: junk }),
      () => shared.AddProposal({ stateId, keyPackage: junk }),
      () => shared.ExternalJoin({ groupInfo: junk }),
      () => shared.NewMemberAddProposal({ groupInfo: junk }),
      () => shared.Commit({ stateId, byReference: [junk] }),
      () => shared.AddExternalSigner({ stateId, externalSender: junk.subarray(1) }),
    ];
    for (const call of calls) expect(await refusal(call())).toMatch(/^INVALID_ARGUMENT codec\./);
    const { ciphertext } = await bob.client.Protect({ stateId: bob.stateId, plaintext: utf8("hi") });
    const { proposal } = await bob.client.ExternalPSKProposal({ stateId: bob.stateId, pskId: utf8("psk") });
    await shared.StorePSK({ stateOrTransactionId: 0, pskId: utf8("psk"), pskSecret: utf8("secret") });
    expect(await refusal(shared.HandleCommit({ stateId, commit: ciphertext }))).toBe(
      "INVALID_ARGUMENT message.wrong_content",
    );
    expect(await refusal(shared.Unprotect({ stateId, ciphertext: proposal }))).toBe(
      "INVALID_ARGUMENT message.wrong_content",
    );
    // Neither is used up by that.
    expect(text((await shared.Unprotect({ stateId, ciphertext })).plaintext)).toBe("hi");
    await follow(alice, [bob], await shared.Commit({ stateId, byReference: [proposal] }));
  });

  it("random octets are a malformed message, not one that copath lacks", async () => {
    const [alice] = (await groupOf(["alice"])) as [Actor];
    const { client: shared, stateId } = alice;
    const { transactionId } = await shared.CreateKeyPackage({ cipherSuite: 1, identity: utf8("bob") });
    const junk = new Uint8Array(100).fill(0x77);
    for (const call of [
      () => shared.JoinGroup({ transactionId, welcome: junk }),
      () => shared.HandleCommit({ stateId, commit: junk }),
      () => shared.Unprotect({ stateId, ciphertext: junk }),
    ])
      expect(await refusal(call())).toBe("INVALID_ARGUMENT codec.unsupported");
  });

  it("a prior leaf cannot be found without a tree", async () => {
    const [alice] = (await groupOf(["alice"])) as [Actor];
    const { groupInfo } = await alice.client.GroupInfo({ stateId: alice.stateId, externalTree: true });
    const request = { groupInfo, identity: utf8("alice"), removePrior: true };
    expect(await refusal(alice.client.ExternalJoin(request))).toBe("FAILED_PRECONDITION tree.missing");
  });

  it("the code of copath stands in front, and the sentence of its rule behind", async () => {
    const [alice] = (await groupOf(["alice"])) as [Actor];
    const failed = await alice.client.HandlePendingCommit({ stateId: alice.stateId }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(CallError);
    const { ciphertext } = await alice.client.Protect({ stateId: alice.stateId });
    await expect(alice.client.Unprotect({ stateId: alice.stateId, ciphertext })).rejects.toThrow(
      /^content\.own_message.*: .*\.$/,
    );
  });
});

describe("pending commits", () => {
  it("do not move the group; another one takes their place, or a commit of somebody else's", async () => {
    const [alice, bob] = (await groupOf(["alice", "bob"])) as [Actor, Actor];
    const { client: shared, stateId } = alice;
    await shared.Commit({ stateId });
    await agree(alice, bob);
    const second = await shared.Commit({ stateId, forcePath: true });
    await follow(alice, [bob], second);
    await shared.Commit({ stateId });
    const won = await bob.client.Commit({ stateId: bob.stateId });
    await follow(bob, [alice], won);
    expect(await refusal(shared.HandlePendingCommit({ stateId }))).toBe("FAILED_PRECONDITION commit.none_pending");
  });

  it("stay when another one is refused, and when what is asked is a re-initialisation", async () => {
    const [alice, bob] = (await groupOf(["alice", "bob"])) as [Actor, Actor];
    const { client: shared, stateId } = alice;
    const { commit } = await shared.Commit({ stateId });
    const psk = await bob.client.ExternalPSKProposal({ stateId: bob.stateId, pskId: utf8("nobody's") });
    const another = shared.Commit({ stateId, byReference: [psk.proposal] });
    expect(await refusal(another)).toBe("FAILED_PRECONDITION psk.missing");
    const code = "FAILED_PRECONDITION commit.no_reinit";
    expect(await refusal(shared.HandlePendingReInitCommit({ stateId }))).toBe(code);
    expect(await refusal(bob.client.HandleReInitCommit({ stateId: bob.stateId, commit }))).toBe(code);
    await follow(alice, [bob], { commit });
  });

  it("are accepted when they come back by themselves", async () => {
    const [alice, bob] = (await groupOf(["alice", "bob"])) as [Actor, Actor];
    const { commit } = await alice.client.Commit({ stateId: alice.stateId });
    for (const { client: each, stateId } of [alice, bob]) await each.HandleCommit({ stateId, commit });
    await agree(alice, bob);
  });

  it("[12.2-08] leave to a later commit what excludes something better, and refuse what is wrong by itself", async () => {
    const [alice, bob, carol] = (await groupOf(["alice", "bob", "carol"])) as [Actor, Actor, Actor];
    const update = await carol.client.UpdateProposal({ stateId: carol.stateId });
    const remove = await bob.client.RemoveProposal({ stateId: bob.stateId, removedId: utf8("carol") });
    const byReference = [update.proposal, remove.proposal];
    const { commit } = await alice.client.Commit({ stateId: alice.stateId, byReference });
    await follow(alice, [bob], { commit, proposal: byReference });
    const unknown = await bob.client.StorePSK({
      stateOrTransactionId: bob.stateId,
      pskId: utf8("bob's"),
      pskSecret: utf8("secret"),
    });
    expect(unknown).toEqual({});
    const psk = await bob.client.ExternalPSKProposal({ stateId: bob.stateId, pskId: utf8("nobody's") });
    const refused = alice.client.Commit({ stateId: alice.stateId, byReference: [psk.proposal] });
    expect(await refusal(refused)).toBe("FAILED_PRECONDITION psk.missing");
    await follow(alice, [bob], await alice.client.Commit({ stateId: alice.stateId }));
  });
});

describe("pre-shared keys", () => {
  const psk = { pskId: utf8("psk"), pskSecret: utf8("secret") };
  const proposing = async (committer: Actor) => {
    const byValue = [{ proposalType: utf8("externalPSK"), pskId: psk.pskId }];
    return committer.client.Commit({ stateId: committer.stateId, byValue });
  };

  it("number 0 stands for everybody", async () => {
    const [alice, bob] = (await groupOf(["alice", "bob"])) as [Actor, Actor];
    await alice.client.StorePSK({ stateOrTransactionId: 0, ...psk });
    await follow(alice, [bob], await proposing(alice));
  });

  it("belong to the client, by whichever of its numbers they were stored; not to others", async () => {
    const [alice, bob] = (await groupOf(["alice", "bob"])) as [Actor, Actor];
    await alice.client.StorePSK({ stateOrTransactionId: alice.stateId, ...psk });
    const transaction = await bob.client.CreateKeyPackage({ cipherSuite: 1, identity: utf8("bob") });
    const { commit } = await proposing(alice);
    const following = { stateId: bob.stateId, commit };
    expect(await refusal(bob.client.HandleCommit(following))).toBe("FAILED_PRECONDITION psk.missing");
    await bob.client.StorePSK({ stateOrTransactionId: transaction.transactionId, ...psk });
    await follow(alice, [bob], { commit });
  });
});

describe("numbers end", () => {
  it("with Free, whatever they stand for, and then hold nothing", async () => {
    const shared = client();
    const actors = await groupOf(["alice", "bob"], { on: () => shared });
    const { transactionId } = await shared.CreateKeyPackage({ cipherSuite: 1, identity: utf8("bob") });
    const { signerId } = await shared.CreateExternalSigner({ cipherSuite: 1, identity: utf8("ds") });
    expect(shared.handleCount()).toBe(4);
    for (const stateId of [...actors.map((each) => each.stateId), transactionId, signerId])
      await shared.Free({ stateId });
    expect(shared.handleCount()).toBe(0);
  });

  it("beyond the limit, the one that was longest out of use", async () => {
    const shared = client("node", { maxHandles: 2 });
    const create = async () => (await shared.CreateGroup({ cipherSuite: 1, groupId: utf8("x") })).stateId;
    const [first, second] = [await create(), await create()];
    await shared.StateAuth({ stateId: first });
    await create();
    expect(await refusal(shared.StateAuth({ stateId: first }))).toBe("answered");
    expect(await refusal(shared.StateAuth({ stateId: second }))).toBe("NOT_FOUND handle.unknown");
  });

  it("a group that was freed has no successor", async () => {
    const [alice, bob] = (await groupOf(["alice", "bob"])) as [Actor, Actor];
    const parameters = { stateId: alice.stateId, cipherSuite: 1, groupId: utf8("next") };
    const { proposal } = await alice.client.ReInitProposal(parameters);
    const { commit } = await bob.client.ReInitCommit({ stateId: bob.stateId, byReference: [proposal] });
    const ended = await alice.client.HandleReInitCommit({ stateId: alice.stateId, commit, proposal: [proposal] });
    const other = await bob.client.HandlePendingReInitCommit({ stateId: bob.stateId });
    await alice.client.Free({ stateId: alice.stateId });
    const made = alice.client.ReInitWelcome({ reinitId: ended.reinitId, keyPackage: [other.keyPackage] });
    expect(await refusal(made)).toBe("NOT_FOUND handle.unknown");
  });

  it("a key package is used once, whoever asks at the same time", async () => {
    const [alice] = (await groupOf(["alice"])) as [Actor];
    const bob = await alice.client.CreateKeyPackage({ cipherSuite: 1, identity: utf8("bob") });
    const byValue = [{ proposalType: utf8("add"), keyPackage: bob.keyPackage }];
    const { welcome } = await alice.client.Commit({ stateId: alice.stateId, byValue });
    const joins = [1, 2, 3].map(() => refusal(alice.client.JoinGroup({ ...bob, welcome })));
    expect(await Promise.all(joins)).toEqual(["answered", "NOT_FOUND handle.unknown", "NOT_FOUND handle.unknown"]);
  });

  it("a join that fails leaves the transaction as it was", async () => {
    const [alice] = (await groupOf(["alice"])) as [Actor];
    const bob = await alice.client.CreateKeyPackage({ cipherSuite: 1, identity: utf8("bob") });
    const byValue = [{ proposalType: utf8("add"), keyPackage: bob.keyPackage }];
    const { welcome } = await alice.client.Commit({ stateId: alice.stateId, byValue });
    await alice.client.HandlePendingCommit({ stateId: alice.stateId });
    const broken = welcome.map((octet, at) => (at === welcome.length - 1 ? octet ^ 1 : octet));
    expect(await refusal(alice.client.JoinGroup({ ...bob, welcome: broken }))).toMatch(/^INVALID_ARGUMENT /);
    expect(await refusal(alice.client.JoinGroup({ ...bob, welcome }))).toBe("answered");
    expect(await refusal(alice.client.JoinGroup({ ...bob, welcome }))).toBe("NOT_FOUND handle.unknown");
  });
});

describe("calls at the same time", () => {
  it("see the epoch that calls before them lead to, and a state is freed when they are done", async () => {
    const [alice, bob] = (await groupOf(["alice", "bob"])) as [Actor, Actor];
    const { client: shared, stateId } = alice;
    await shared.Commit({ stateId, forcePath: true });
    const accepted = shared.HandlePendingCommit({ stateId });
    const use = { stateId, label: "label", context: utf8("context"), keyLength: 16 };
    const later = [shared.StateAuth({ stateId }), shared.Export(use), shared.Free({ stateId })] as const;
    const [{ stateAuthSecret }, { exportedSecret }] = await Promise.all(later);
    expect(hex(stateAuthSecret)).toBe(hex((await accepted).epochAuthenticator));
    expect(exportedSecret.length).toBe(16);
    const reading = bob.client.Protect({ stateId: bob.stateId });
    await bob.client.Free({ stateId: bob.stateId });
    expect(await refusal(reading)).toBe("answered");
  });

  it("on one member are done in turn: nothing is sent twice with one key", async () => {
    const [alice, bob] = (await groupOf(["alice", "bob"])) as [Actor, Actor];
    const sent = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        alice.client.Protect({ stateId: alice.stateId, plaintext: utf8(`message ${i}`) }),
      ),
    );
    expect(new Set(sent.map(({ ciphertext }) => hex(ciphertext))).size).toBe(20);
    const read = await Promise.all(
      sent.reverse().map(({ ciphertext }) => bob.client.Unprotect({ stateId: bob.stateId, ciphertext })),
    );
    expect(new Set(read.map(({ plaintext }) => text(plaintext))).size).toBe(20);
    const commits = await Promise.all([1, 2, 3].map(() => alice.client.Commit({ stateId: alice.stateId })));
    await follow(alice, [bob], commits[2] as { commit: Uint8Array });
  });
});
