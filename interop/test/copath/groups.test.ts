/** Every call of the interface, on every backend: what a harness does in a group's life. */
import { decode, encode } from "copath/codec";
import { KeyPackage, MLSMessage, RatchetTreeNodes, Welcome } from "copath/wire";
import { describe, expect, it } from "vitest";
import type { BackendName } from "../../src/copath/backends.ts";
import { type Actor, agree, authenticatorOf, client, follow, groupOf, hex, refusal, text, utf8 } from "./support.ts";

const BACKEND_NAMES: readonly BackendName[] = ["noble", "node", "webcrypto"];

describe.each(BACKEND_NAMES)("on %s", (backend) => {
  it("names itself and its suites", async () => {
    const one = client(backend, { name: "me" });
    expect(await one.Name({})).toEqual({ name: "me" });
    expect(await one.SupportedCiphersuites({})).toEqual({ ciphersuites: [1, 2, 3, 4, 5, 6, 7] });
  });

  it.each([1, 2, 3, 4, 5, 6, 7])("suite %i: a group, messages, a commit, an external joiner", async (suite) => {
    const shared = client(backend);
    const [alice, bob] = (await groupOf(["alice", "bob"], { suite, on: () => shared })) as [Actor, Actor];
    const { proposal } = await bob.client.UpdateProposal({ stateId: bob.stateId });
    const { commit } = await alice.client.Commit({ stateId: alice.stateId, byReference: [proposal] });
    await follow(alice, [bob], { commit, proposal: [proposal] });
    const { ciphertext } = await alice.client.Protect({ stateId: alice.stateId, plaintext: utf8("hi") });
    expect(text((await bob.client.Unprotect({ stateId: bob.stateId, ciphertext })).plaintext)).toBe("hi");
    const info = await alice.client.GroupInfo({ stateId: alice.stateId });
    const joined = await shared.ExternalJoin({ ...info, identity: utf8("carol"), encryptHandshake: true });
    for (const { stateId } of [alice, bob]) await shared.HandleCommit({ stateId, commit: joined.commit });
    await agree(alice, bob, { name: "carol", client: shared, stateId: joined.stateId });
  });
});

describe("members on different backends", () => {
  it("are one group", async () => {
    const actors = await groupOf(["alice", "bob", "carol"], {
      on: (position) => client(BACKEND_NAMES[position] as BackendName),
    });
    for (const committer of actors) {
      const others = actors.filter((each) => each !== committer);
      const { commit } = await committer.client.Commit({ stateId: committer.stateId, forcePath: true });
      await follow(committer, others, { commit });
    }
  });
});

describe.each([true, false])("handshakes encrypted: %s", (encrypted) => {
  const wireFormat = encrypted ? "mls_private_message" : "mls_public_message";
  const formatOf = (message: Uint8Array) => decode(MLSMessage, message).wireFormat;

  it("proposals of every type, by reference and by value, as members make them", async () => {
    const [alice, bob] = (await groupOf(["alice", "bob", "carol"], { encrypted })) as [Actor, Actor, Actor];
    const { stateId } = bob;
    for (const each of [alice, bob])
      await each.client.StorePSK({ stateOrTransactionId: each.stateId, pskId: utf8("psk"), pskSecret: utf8("secret") });
    const dave = await bob.client.CreateKeyPackage({ cipherSuite: 1, identity: utf8("dave") });
    const psk = { pskId: utf8("psk"), pskSecret: utf8("secret") };
    await bob.client.StorePSK({ stateOrTransactionId: dave.transactionId, ...psk });
    const extensions = [{ extensionType: 3, extensionData: new Uint8Array(3) }];
    const { GroupContextExtensionsProposal, ...made } = bob.client;
    const proposals = [
      await made.AddProposal({ stateId, keyPackage: dave.keyPackage }),
      await made.UpdateProposal({ stateId }),
      await made.RemoveProposal({ stateId, removedId: utf8("carol") }),
      await made.ExternalPSKProposal({ stateId, pskId: utf8("psk") }),
      await GroupContextExtensionsProposal({ stateId, extensions }),
    ].map(({ proposal }) => proposal);
    for (const proposal of proposals) expect(formatOf(proposal)).toBe(wireFormat);
    const byReference = [...proposals, ...proposals.slice(0, 1)];
    const { commit, welcome } = await alice.client.Commit({ stateId: alice.stateId, byReference });
    expect(formatOf(commit)).toBe(wireFormat);
    await follow(alice, [bob], { commit, proposal: byReference });
    const joined = await bob.client.JoinGroup({ ...dave, welcome, encryptHandshake: encrypted });
    await agree(alice, bob, { name: "dave", client: bob.client, stateId: joined.stateId });

    // Dave was not there in epoch 1, and could not follow what takes its PSK.
    const resumption = await made.ResumptionPSKProposal({ stateId, epochId: 1n });
    const byValue = [
      { proposalType: utf8("remove"), removedId: utf8("dave") },
      { proposalType: utf8("externalPSK"), pskId: utf8("psk") },
      { proposalType: utf8("resumptionPSK"), epochId: 2n },
      { proposalType: utf8("groupContextExtensions"), extensions: [] },
    ];
    const second = await bob.client.Commit({ stateId, byValue, byReference: [resumption.proposal] });
    expect(second.welcome.length).toBe(0);
    expect(second.ratchetTree.length).toBe(0);
    await follow(bob, [alice], { commit: second.commit, proposal: [resumption.proposal] });
    // Who is removed is told so, by an epoch that has nothing for it.
    const removed = { stateId: joined.stateId, commit: second.commit, proposal: [resumption.proposal] };
    expect((await bob.client.HandleCommit(removed)).epochAuthenticator.length).toBe(0);
    expect(await refusal(bob.client.Protect({ stateId: joined.stateId }))).toBe("FAILED_PRECONDITION state.removed");
  });

  it("the tree travels beside the Welcome and the GroupInfo if that is asked", async () => {
    const [alice] = (await groupOf(["alice"], { encrypted })) as [Actor];
    const { stateId } = alice;
    const bob = await alice.client.CreateKeyPackage({ cipherSuite: 1, identity: utf8("bob") });
    const byValue = [{ proposalType: utf8("add"), keyPackage: bob.keyPackage }];
    const { welcome, ratchetTree } = await alice.client.Commit({ stateId, byValue, externalTree: true });
    await alice.client.HandlePendingCommit({ stateId });
    expect(decode(RatchetTreeNodes, ratchetTree).length).toBe(3);
    expect(await refusal(alice.client.JoinGroup({ ...bob, welcome }))).toBe("FAILED_PRECONDITION tree.missing");
    await alice.client.JoinGroup({ ...bob, welcome, ratchetTree });
    const info = await alice.client.GroupInfo({ stateId, externalTree: true });
    const carol = { identity: utf8("carol"), groupInfo: info.groupInfo };
    expect(await refusal(alice.client.ExternalJoin(carol))).toBe("FAILED_PRECONDITION tree.missing");
    expect(await refusal(alice.client.ExternalJoin({ ...carol, ratchetTree: info.ratchetTree }))).toBe("answered");
  });

  it("an external joiner brings pre-shared keys and takes its older place", async () => {
    const [alice, bob] = (await groupOf(["alice", "bob"], { encrypted })) as [Actor, Actor];
    const psk = { pskId: utf8("psk"), pskSecret: utf8("secret") };
    await alice.client.StorePSK({ stateOrTransactionId: alice.stateId, ...psk });
    const info = await alice.client.GroupInfo({ stateId: alice.stateId });
    const request = { ...info, identity: utf8("bob"), removePrior: true, psks: [psk], encryptHandshake: encrypted };
    const joined = await bob.client.ExternalJoin(request);
    expect(formatOf(joined.commit)).toBe("mls_public_message");
    await alice.client.HandleCommit({ stateId: alice.stateId, commit: joined.commit });
    const again = { ...bob, stateId: joined.stateId };
    await agree(alice, again);
    const { commit } = await again.client.Commit({ stateId: again.stateId });
    expect(formatOf(commit)).toBe(wireFormat);
    await follow(again, [alice], { commit });
    const stranger = { ...info, identity: utf8("mallory"), removePrior: true };
    expect(await refusal(bob.client.ExternalJoin(stranger))).toBe("NOT_FOUND member.unknown");
  });

  it.each([true, false])("a group is re-initialised, the tree outside: %s", async (externalTree) => {
    const actors = (await groupOf(["alice", "bob", "carol"], { encrypted })) as [Actor, Actor, Actor];
    const [alice, bob, carol] = actors;
    const extensions = [{ extensionType: 5, extensionData: Uint8Array.of(0) }];
    const parameters = { stateId: alice.stateId, cipherSuite: 2, groupId: utf8("next"), extensions };
    const { proposal } = await alice.client.ReInitProposal(parameters);
    const { commit } = await bob.client.ReInitCommit({ stateId: bob.stateId, byReference: [proposal] });
    const ended = [
      await alice.client.HandleReInitCommit({ stateId: alice.stateId, commit, proposal: [proposal] }),
      await bob.client.HandlePendingReInitCommit({ stateId: bob.stateId }),
      await carol.client.HandleReInitCommit({ stateId: carol.stateId, commit, proposal: [proposal] }),
    ] as const;
    expect(new Set(ended.map(({ epochAuthenticator }) => hex(epochAuthenticator))).size).toBe(1);
    const [ofAlice, ofBob, ofCarol] = ended;
    const made = await carol.client.ReInitWelcome({
      reinitId: ofCarol.reinitId,
      keyPackage: [ofAlice.keyPackage, ofBob.keyPackage],
      externalTree,
      forcePath: true,
    });
    expect(made.ratchetTree.length > 0).toBe(externalTree);
    const { welcome, ratchetTree } = made;
    for (const { reinitId } of [ofAlice, ofBob]) {
      const joined = await alice.client.HandleReInitWelcome({ reinitId, welcome, ratchetTree });
      expect(hex(joined.epochAuthenticator)).toBe(hex(made.epochAuthenticator));
    }
    // The old groups are given up with that.
    for (const { client: each, stateId } of actors)
      expect(await refusal(each.StateAuth({ stateId }))).toBe("NOT_FOUND handle.unknown");
  });

  it.each([true, false])("a group branches and goes on, the tree outside: %s", async (externalTree) => {
    const [alice, bob] = (await groupOf(["alice", "bob", "carol"], { encrypted })) as [Actor, Actor];
    const transaction = await bob.client.CreateKeyPackage({ cipherSuite: 1, identity: utf8("bob") });
    const made = await alice.client.CreateBranch({
      stateId: alice.stateId,
      groupId: utf8("branch"),
      keyPackages: [transaction.keyPackage],
      externalTree,
      forcePath: externalTree,
    });
    const { welcome, ratchetTree } = made;
    const request = { stateId: bob.stateId, transactionId: transaction.transactionId, welcome, ratchetTree };
    const joined = await bob.client.HandleBranch(request);
    expect(hex(joined.epochAuthenticator)).toBe(hex(made.epochAuthenticator));
    await agree(alice, bob);
    expect(await authenticatorOf(alice)).not.toBe(hex(made.epochAuthenticator));
  });
});

describe("from outside", () => {
  it("a client asks to be added, and a service proposes all that it may", async () => {
    const [alice, bob] = (await groupOf(["alice", "bob", "carol"])) as [Actor, Actor];
    const { client: shared } = alice;
    const services = [];
    for (const name of ["first", "second"]) {
      const made = await shared.CreateExternalSigner({ cipherSuite: 1, identity: utf8(name) });
      const { proposal } = await shared.AddExternalSigner({ stateId: alice.stateId, ...made });
      const { commit } = await bob.client.Commit({ stateId: bob.stateId, byReference: [proposal] });
      await follow(bob, [alice], { commit, proposal: [proposal] });
      services.push(made);
    }
    for (const { stateId } of [alice, bob])
      await shared.StorePSK({ stateOrTransactionId: stateId, pskId: utf8("psk"), pskSecret: utf8("secret") });
    const dave = await shared.CreateKeyPackage({ cipherSuite: 1, identity: utf8("dave") });
    const descriptions = [
      { proposalType: utf8("add"), keyPackage: dave.keyPackage },
      { proposalType: utf8("remove"), removedId: utf8("carol") },
      { proposalType: utf8("externalPSK"), pskId: utf8("psk") },
      { proposalType: utf8("resumptionPSK"), epochId: 2n },
    ];
    for (const [position, description] of descriptions.entries()) {
      const { signerId } = services[position % 2] as { signerId: number };
      const info = await shared.GroupInfo({ stateId: alice.stateId, externalTree: true });
      // The place among the senders is not known to the harness of the working group, which says 0.
      const { proposal } = await shared.ExternalSignerProposal({ signerId, signerIndex: 0, ...info, description });
      const { commit } = await bob.client.Commit({ stateId: bob.stateId, byReference: [proposal] });
      await follow(bob, [alice], { commit, proposal: [proposal] });
    }

    const info = await shared.GroupInfo({ stateId: alice.stateId });
    const asked = await shared.NewMemberAddProposal({ groupInfo: info.groupInfo, identity: utf8("eve") });
    expect([asked.initPriv.length, asked.encryptionPriv.length, asked.signaturePriv.length]).toEqual([32, 32, 32]);
    const made = await bob.client.Commit({ stateId: bob.stateId, byReference: [asked.proposal] });
    await follow(bob, [alice], { commit: made.commit, proposal: [asked.proposal] });
    const joined = await shared.JoinGroup({ transactionId: asked.transactionId, welcome: made.welcome });
    await agree(alice, bob, { name: "eve", client: shared, stateId: joined.stateId });
    expect(await refusal(shared.ExternalSignerProposal({ signerId: services[0]?.signerId ?? 0 }))).toBe(
      "INVALID_ARGUMENT proposal.not_described",
    );
  });
});

describe("octets", () => {
  it.each([1, 5])("suite %i: key packages and Welcomes come in a message or bare", async (suite) => {
    const [alice] = (await groupOf(["alice"], { suite })) as [Actor];
    const bob = await alice.client.CreateKeyPackage({ cipherSuite: suite, identity: utf8("bob") });
    const message = decode(MLSMessage, bob.keyPackage);
    if (message.wireFormat !== "mls_key_package") throw new Error(message.wireFormat);
    const byValue = [{ proposalType: utf8("add"), keyPackage: encode(KeyPackage, message.keyPackage) }];
    const { welcome } = await alice.client.Commit({ stateId: alice.stateId, byValue });
    await alice.client.HandlePendingCommit({ stateId: alice.stateId });
    const wrapped = decode(MLSMessage, welcome);
    if (wrapped.wireFormat !== "mls_welcome") throw new Error(wrapped.wireFormat);
    const joined = await alice.client.JoinGroup({ ...bob, welcome: encode(Welcome, wrapped.welcome) });
    await agree(alice, { name: "bob", client: alice.client, stateId: joined.stateId });
  });

  it("an exported secret is of the asked length, and both have it", async () => {
    const actors = (await groupOf(["alice", "bob"])) as [Actor, Actor];
    const secrets = await Promise.all(
      actors.map(async ({ client: of, stateId }) => {
        const use = { stateId, label: "label", context: utf8("context"), keyLength: 48 };
        return hex((await of.Export(use)).exportedSecret);
      }),
    );
    expect(secrets[0]).toHaveLength(96);
    expect(secrets[0]).toBe(secrets[1]);
  });
});
