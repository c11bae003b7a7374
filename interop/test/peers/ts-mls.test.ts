/** ts-mls behind the interface, with itself: every call that its API allows, and how the others are answered. */
import { describe, expect, it } from "vitest";
import { type Actor, agree, authenticatorOf, follow, groupOf, hex, refusal, text, utf8 } from "../copath/support.ts";
import { tsMls } from "./players.ts";

const one = tsMls();
const join = { encryptHandshake: true } as const;
const noRequirements = [{ extensionType: 3, extensionData: new Uint8Array(3) }];
const described = (proposalType: string, more: object = {}) => ({ proposalType: utf8(proposalType), ...more });

async function trio(encrypted = true): Promise<[Actor, Actor, Actor]> {
  return (await groupOf(["alice", "bob", "carol"], { encrypted, on: () => one })) as [Actor, Actor, Actor];
}

async function say(sender: Actor, receiver: Actor): Promise<void> {
  const said = { plaintext: utf8("hi"), authenticatedData: utf8("data") };
  const { ciphertext } = await one.Protect({ stateId: sender.stateId, ...said });
  const heard = await one.Unprotect({ stateId: receiver.stateId, ciphertext });
  expect([text(heard.plaintext), text(heard.authenticatedData)]).toEqual(["hi", "data"]);
}

describe("ts-mls with itself", () => {
  it("names itself and its suites", async () => {
    expect(await one.Name({})).toEqual({ name: "ts-mls" });
    expect(await one.SupportedCiphersuites({})).toEqual({ ciphersuites: [1, 2, 3, 4, 5, 6, 7] });
  });

  it.each([1, 2, 3, 4, 5, 6, 7])("suite %i: a group, an Update, messages, an external joiner", async (suite) => {
    const [alice, bob] = (await groupOf(["alice", "bob"], { suite, on: () => one })) as [Actor, Actor];
    const { proposal } = await one.UpdateProposal({ stateId: bob.stateId });
    const { commit } = await one.Commit({ stateId: alice.stateId, byReference: [proposal] });
    await follow(alice, [bob], { commit, proposal: [proposal] });
    await say(bob, alice);
    const info = await one.GroupInfo({ stateId: alice.stateId });
    const joined = await one.ExternalJoin({ ...info, ...join, identity: utf8("carol") });
    for (const { stateId } of [alice, bob]) await one.HandleCommit({ stateId, commit: joined.commit });
    await agree(alice, bob, { name: "carol", client: one, stateId: joined.stateId });
  });

  it.each([true, false])("proposals by reference and by value (handshakes encrypted: %s)", async (encrypted) => {
    const [alice, bob, carol] = await trio(encrypted);
    const { stateId } = bob;
    const psk = { pskId: utf8("psk"), pskSecret: utf8("secret") };
    for (const actor of [alice, bob, carol]) await one.StorePSK({ stateOrTransactionId: actor.stateId, ...psk });
    const dave = await one.CreateKeyPackage({ cipherSuite: 1, identity: utf8("dave") });
    await one.StorePSK({ stateOrTransactionId: dave.transactionId, ...psk });
    const made = [
      await one.AddProposal({ stateId, keyPackage: dave.keyPackage }),
      await one.UpdateProposal({ stateId }),
      await one.RemoveProposal({ stateId, removedId: utf8("carol") }),
      await one.ExternalPSKProposal({ stateId, pskId: utf8("psk") }),
    ].map(({ proposal }) => proposal);
    const request = { stateId: alice.stateId, byReference: made, externalTree: true };
    const { commit, welcome, ratchetTree } = await one.Commit(request);
    await follow(alice, [bob], { commit, proposal: made });
    const { transactionId } = dave;
    const joined = await one.JoinGroup({ transactionId, welcome, ratchetTree, ...join, identity: utf8("dave") });
    const newcomer = { name: "dave", client: one, stateId: joined.stateId };
    await agree(alice, bob, newcomer);
    const byValue = [
      described("remove", { removedId: utf8("dave") }),
      described("externalPSK", { pskId: utf8("psk") }),
      described("resumptionPSK", { epochId: 1n }),
    ];
    const next = await one.Commit({ stateId: bob.stateId, byValue });
    await follow(bob, [alice], { commit: next.commit });
    const resumed = await one.ResumptionPSKProposal({ stateId: alice.stateId, epochId: 2n });
    const context = await one.GroupContextExtensionsProposal({ stateId: alice.stateId, extensions: noRequirements });
    const proposal = [resumed.proposal, context.proposal];
    const last = await one.Commit({ stateId: bob.stateId, byReference: proposal });
    await follow(bob, [alice], { commit: last.commit, proposal });
    await say(alice, bob);
  });

  it("what is exported, and messages in another order, also of an epoch before", async () => {
    const [alice, bob] = await trio();
    const secret = { label: "label", context: utf8("context"), keyLength: 20 };
    const exported = async ({ stateId }: Actor) => hex((await one.Export({ stateId, ...secret })).exportedSecret);
    expect(await exported(alice)).toBe(await exported(bob));
    const sent = [];
    for (const word of ["one", "two", "three"])
      sent.push(await one.Protect({ stateId: alice.stateId, plaintext: utf8(word) }));
    const { commit } = await one.Commit({ stateId: alice.stateId });
    await follow(alice, [bob], { commit });
    const heard = [];
    for (const { ciphertext } of sent.reverse())
      heard.push(text((await one.Unprotect({ stateId: bob.stateId, ciphertext })).plaintext));
    expect(heard).toEqual(["three", "two", "one"]);
  });

  it("a commit in vain, and another's that wins; one's own that comes back", async () => {
    const [alice, bob, carol] = await trio();
    await one.Commit({ stateId: alice.stateId });
    const { commit } = await one.Commit({ stateId: bob.stateId });
    await one.HandleCommit({ stateId: bob.stateId, commit });
    for (const { stateId } of [alice, carol]) await one.HandleCommit({ stateId, commit });
    await agree(alice, bob, carol);
    // A commit that nobody uses has cost a generation all the same.
    await one.Commit({ stateId: alice.stateId });
    const { proposal } = await one.UpdateProposal({ stateId: alice.stateId });
    const next = await one.Commit({ stateId: bob.stateId, byReference: [proposal] });
    await follow(bob, [alice, carol], { commit: next.commit, proposal: [proposal] });
  });

  it("a member that lost its state, and a new member that asks to be added", async () => {
    const [alice, bob] = await trio();
    const info = await one.GroupInfo({ stateId: alice.stateId, externalTree: true });
    const back = await one.ExternalJoin({ ...info, ...join, identity: utf8("carol"), removePrior: true });
    for (const { stateId } of [alice, bob]) await one.HandleCommit({ stateId, commit: back.commit });
    const { groupInfo } = await one.GroupInfo({ stateId: bob.stateId });
    const { proposal, transactionId } = await one.NewMemberAddProposal({ groupInfo, identity: utf8("dave") });
    const { commit, welcome } = await one.Commit({ stateId: bob.stateId, byReference: [proposal] });
    await follow(bob, [alice], { commit, proposal: [proposal] });
    const joined = await one.JoinGroup({ transactionId, welcome, ...join, identity: utf8("dave") });
    await agree(alice, bob, { name: "dave", client: one, stateId: joined.stateId });
  });

  it.each([true, false])("a re-initialised group (its tree outside the Welcome: %s)", async (externalTree) => {
    const [alice, bob, carol] = await trio();
    const next = { cipherSuite: 3, groupId: utf8("next"), extensions: noRequirements };
    const { proposal } = await one.ReInitProposal({ stateId: carol.stateId, ...next });
    const { commit } = await one.ReInitCommit({ stateId: alice.stateId, byReference: [proposal] });
    const ended = [await one.HandlePendingReInitCommit({ stateId: alice.stateId })];
    for (const { stateId } of [bob, carol])
      ended.push(await one.HandleReInitCommit({ stateId, commit, proposal: [proposal] }));
    const [first, ...others] = ended.map(({ reinitId, keyPackage }) => ({ reinitId, keyPackage }));
    const keyPackage = others.map((each) => each.keyPackage);
    const request = { reinitId: first?.reinitId ?? 0, keyPackage, externalTree };
    const made = await one.ReInitWelcome(request);
    for (const { reinitId } of others) {
      const joined = await one.HandleReInitWelcome({ reinitId, welcome: made.welcome, ratchetTree: made.ratchetTree });
      expect(hex(joined.epochAuthenticator)).toBe(hex(made.epochAuthenticator));
    }
    expect(made.ratchetTree.length > 0).toBe(externalTree);
  });

  it.each([true, false])("a branch (its tree outside the Welcome: %s)", async (externalTree) => {
    const [alice, bob] = await trio();
    const { keyPackage, transactionId } = await one.CreateKeyPackage({ cipherSuite: 1, identity: utf8("bob") });
    const subgroup = { groupId: utf8("branch"), extensions: noRequirements, keyPackages: [keyPackage], externalTree };
    const made = await one.CreateBranch({ stateId: alice.stateId, ...subgroup });
    const { welcome, ratchetTree } = made;
    const joined = await one.HandleBranch({ stateId: bob.stateId, transactionId, welcome, ratchetTree });
    expect(hex(joined.epochAuthenticator)).toBe(hex(made.epochAuthenticator));
    await one.Free({ stateId: alice.stateId });
    await say({ ...alice, stateId: made.stateId }, { ...bob, stateId: joined.stateId });
  });

  it("an external signer's proposals, though no group of its own lets one in", async () => {
    const [alice] = await trio();
    const { externalSender } = await one.CreateExternalSigner({ cipherSuite: 1, identity: utf8("signer") });
    const { proposal } = await one.AddExternalSigner({ stateId: alice.stateId, externalSender });
    expect(proposal.length).toBeGreaterThan(0);
  });

  it("refusals", async () => {
    const [alice, bob] = await trio();
    const { stateId } = alice;
    expect(await refusal(one.StateAuth({ stateId: 2 ** 20 }))).toBe("NOT_FOUND 1048576");
    expect(await refusal(one.RemoveProposal({ stateId, removedId: utf8("nobody") }))).toBe("NOT_FOUND nobody");
    expect(await refusal(one.HandlePendingCommit({ stateId }))).toBe("FAILED_PRECONDITION no");
    expect(await refusal(one.HandlePendingReInitCommit({ stateId }))).toBe("FAILED_PRECONDITION no");
    expect(await refusal(one.CreateKeyPackage({ cipherSuite: 99, identity: utf8("x") }))).toBe("UNIMPLEMENTED ts-mls");
    const info = await one.GroupInfo({ stateId });
    const psks = [{ pskId: utf8("a"), pskSecret: utf8("b") }];
    expect(await refusal(one.ExternalJoin({ ...info, identity: utf8("x"), psks }))).toBe("UNIMPLEMENTED ts-mls");
    const { keyPackage } = await one.CreateKeyPackage({ cipherSuite: 1, identity: utf8("x") });
    const forced = { stateId, byValue: [described("add", { keyPackage })], forcePath: true };
    expect(await refusal(one.Commit(forced))).toBe("UNIMPLEMENTED ts-mls");
    expect(await refusal(one.Commit({ stateId, byValue: [described("?")] }))).toBe("INVALID_ARGUMENT no");
    const { ciphertext } = await one.Protect({ stateId, plaintext: utf8("hi") });
    await one.Unprotect({ stateId: bob.stateId, ciphertext });
    expect(await refusal(one.Unprotect({ stateId: bob.stateId, ciphertext }))).toMatch(/^UNKNOWN /);
    expect(await refusal(one.Unprotect({ stateId: bob.stateId, ciphertext: utf8("no") }))).toBe(
      "INVALID_ARGUMENT ts-mls",
    );
    expect(await refusal(one.HandleCommit({ stateId: bob.stateId, commit: ciphertext }))).toMatch(/^(UNKNOWN|INVALID)/);
    await one.Free({ stateId });
    expect(await refusal(one.Free({ stateId }))).toMatch(/^NOT_FOUND/);
    expect(await authenticatorOf(bob)).not.toBe("");
  });
});
