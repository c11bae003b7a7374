import { describe, expect, it } from "vitest";
import { EMPTY, toHex, utf8 } from "../../src/bytes.ts";
import type { SentProposal } from "../../src/group/propose.ts";
import { proposalsByReference, selectProposals } from "../../src/group/select.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { failure } from "../support/failure.ts";
import { Chat, copiesOf, environmentOf, keyPackageFor } from "../support/group.ts";
import { insiderProposal } from "../support/group-insider.ts";

const environment = environmentOf({ psks: { external: () => utf8("psk") } });
const group = copiesOf(() => Chat.of(["alice", "bob", "carol", "dave"], environment));
const update = { proposalType: "update" } as const;
const removeDave = { proposalType: "remove", removed: leafIndex(3) } as const;
const reinit = {
  proposalType: "reinit",
  groupId: utf8("next"),
  version: "mls10",
  cipherSuite: 1,
  extensions: [],
} as const;
const gce = { proposalType: "group_context_extensions", extensions: [] } as const;

const selected = (chat: Chat, name: string) =>
  selectProposals(chat.state(name).self.leafIndex, [...chat.state(name).proposals.values()]);
const taken = (chat: Chat, name = "alice") => selected(chat, name).taken.map(({ reference }) => toHex(reference));
const reasons = (chat: Chat, name = "alice") => selected(chat, name).leftOut.map(({ reason }) => reason.code);
const these = (...sent: SentProposal[]) => sent.map(({ reference }) => toHex(reference));

describe("§12.2, §12.4 what a member commits of what was proposed", () => {
  it("[12.4-03] all of it, in the order of arrival", async () => {
    const chat = await group();
    const { keyPackage } = await keyPackageFor(environment, "eve");
    const sent = [
      await chat.propose("bob", update),
      await chat.propose("carol", { proposalType: "add", keyPackage }),
      await chat.propose("carol", { proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } }),
      await chat.propose("bob", gce),
      await chat.propose("bob", removeDave),
    ];
    expect(taken(chat)).toEqual(these(...sent));
    await chat.commit("alice");
    chat.agree();
  });

  it("[12.2-06] a Remove rather than Updates of the same leaf, else the latest Update", async () => {
    const chat = await group();
    await chat.propose("dave", update);
    const second = await chat.propose("dave", update);
    expect(taken(chat)).toEqual(these(second));
    const remove = await chat.propose("bob", removeDave);
    expect(taken(chat)).toEqual(these(remove));
    await chat.propose("dave", update);
    await chat.propose("carol", removeDave);
    expect(taken(chat)).toEqual(these(remove));
    expect(reasons(chat)).toEqual(Array(4).fill("proposals.leaf_changed_twice"));
    await chat.commit("alice");
    chat.states.delete("dave");
    chat.agree();
  });

  it("[12.2-03] [12.2-04] nothing about its own leaf: that is for others", async () => {
    for (const name of ["alice", "carol"]) {
      const chat = await group();
      await chat.propose(name, update);
      await chat.propose("bob", { proposalType: "remove", removed: chat.state(name).self.leafIndex });
      const other = await chat.propose("bob", { proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } });
      expect(taken(chat, name)).toEqual(these(other));
      expect(reasons(chat, name)).toEqual(["proposals.update_by_committer", "proposals.committer_removed"]);
      expect(taken(chat, "dave").length).toBe(2);
      await chat.commit(name);
      chat.agree();
    }
  });

  it("[12.2-07] [12.2-09] [12.2-10] the first of several that exclude each other", async () => {
    const chat = await group();
    const bundle = await keyPackageFor(environment, "eve");
    const again = await keyPackageFor(environment, "eve", { signer: bundle.signer });
    const first = await chat.propose("bob", { proposalType: "add", keyPackage: bundle.keyPackage });
    await chat.propose("carol", { proposalType: "add", keyPackage: again.keyPackage });
    const extensions = await chat.propose("bob", gce);
    await chat.propose("carol", gce);
    const psk = {
      proposalType: "psk",
      psk: { psktype: "external", pskId: utf8("id"), pskNonce: new Uint8Array(32) },
    } as const;
    const one = await insiderProposal(environment, chat.state("bob"), psk);
    const two = await insiderProposal(environment, chat.state("carol"), psk);
    for (const { message } of [one, two]) await chat.deliver(undefined, message);
    expect(taken(chat)).toEqual(these(first, extensions, one));
    expect(reasons(chat)).toEqual([
      "proposals.client_added_twice",
      "proposals.several_group_context_extensions",
      "proposals.duplicate_psk",
    ]);
    await chat.commit("alice");
    chat.agree();
  });

  it("[12.2-12] anything rather than a ReInit, and a ReInit alone", async () => {
    const chat = await group();
    const first = await chat.propose("bob", reinit);
    expect(taken(chat)).toEqual(these(first));
    const second = await chat.propose("carol", reinit);
    expect(taken(chat)).toEqual(these(second));
    const other = await chat.propose("carol", update);
    expect(taken(chat)).toEqual(these(other));
    expect(reasons(chat)).toEqual(["proposals.reinit_not_alone", "proposals.reinit_not_alone"]);
    await chat.commit("alice");
    expect(chat.one.closed).toBeUndefined();
    chat.agree();
  });

  it("nothing if nothing was proposed", async () => {
    expect(taken(await group())).toEqual([]);
  });

  it("[12.4-08] what it is told to, each once and known", async () => {
    const chat = await group();
    const [one, two] = [await chat.propose("bob", update), await chat.propose("carol", update)];
    expect(
      proposalsByReference(chat.one, [two.reference, one.reference]).map(({ reference }) => toHex(reference)),
    ).toEqual(these(two, one));
    expect(failure(() => proposalsByReference(chat.one, [one.reference, one.reference])).code).toBe(
      "proposals.referenced_twice",
    );
    expect(failure(() => proposalsByReference(chat.one, [EMPTY])).code).toBe("proposals.unknown_reference");
  });
});

describe("§12.4 nobody can hold up the commits of others", () => {
  it("by proposals that can't be committed", async () => {
    const chat = await group();
    const { signer } = chat.state("carol").self;
    const twin = await keyPackageFor(environment, "carol's twin", { signer });
    const hostile = [
      { proposalType: "add", keyPackage: twin.keyPackage },
      { proposalType: "group_context_extensions", extensions: [{ extensionType: 0xf00d, extensionData: EMPTY }] },
      {
        proposalType: "psk",
        psk: {
          psktype: "resumption",
          usage: "application",
          pskGroupId: utf8("?"),
          pskEpoch: 1n,
          pskNonce: new Uint8Array(32),
        },
      },
    ] as const;
    for (const proposal of hostile)
      await chat.deliver(undefined, (await insiderProposal(environment, chat.state("bob"), proposal)).message);
    const good = await chat.propose("dave", update);
    const { leftOut, received } = await chat.commit("alice");
    chat.agree();
    expect(leftOut.map(({ reason }) => reason.code).sort()).toEqual([
      "proposal.extension_unsupported",
      "proposals.client_already_member",
      "psk.missing",
    ]);
    const commit = received.get("bob");
    expect(
      commit?.contentType === "commit" && commit.commit.list.all.map(({ reference }) => reference && toHex(reference)),
    ).toEqual(these(good));
  });
});
