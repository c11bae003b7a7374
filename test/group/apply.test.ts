import { describe, expect, it } from "vitest";
import { toHex } from "../../src/bytes.ts";
import { applyProposals } from "../../src/group/apply.ts";
import { sortProposals } from "../../src/group/proposals.ts";
import { leafIndex } from "../../src/tree-math.ts";
import type { Proposal } from "../../src/wire/proposal.ts";
import { failure } from "../support/failure.ts";
import { member } from "../support/framed.ts";
import { Chat, keyPackageFor } from "../support/group.ts";
import { updateProposal } from "../support/group-insider.ts";

const chat = await Chat.of(["alice", "bob", "carol", "dave"]);
await chat.fill();
const { environment } = chat;
const { tree } = chat.one;
const add = async (name: string): Promise<Proposal> => ({
  proposalType: "add",
  keyPackage: (await keyPackageFor(environment, name)).keyPackage,
});
const [eve, frank] = [await add("eve"), await add("frank")];
const update = await updateProposal(environment, chat.state("bob"));
const remove: Proposal = { proposalType: "remove", removed: leafIndex(2) };
const extensions: Proposal = { proposalType: "group_context_extensions", extensions: [] };

const listOf = (...proposals: Proposal[]) =>
  sortProposals(
    proposals.map((proposal) => ({
      proposal,
      sender: member(1),
      reference: Uint8Array.of(proposals.indexOf(proposal)),
    })),
  );
const before = [{ extensionType: 0xf001, extensionData: Uint8Array.of(1) }];

describe("§12.3 a list of proposals is applied", () => {
  it("[12.3-01] in the order of the section, whatever the order of the list", () => {
    const orders = [
      [eve, update, remove, extensions],
      [extensions, remove, update, eve],
      [update, eve, extensions, remove],
    ];
    const results = orders.map((order) => applyProposals(tree, before, listOf(...order), {}));
    expect(new Set(results.map(({ tree: after }) => toHex(after.hash))).size).toBe(1);
    for (const { added, extensions: after } of results) expect([added, after]).toEqual([[2], []]);
    expect(results[0]?.tree.leaf(leafIndex(1))).toEqual(update.leafNode);
  });

  it("[12.1.1-02] new members sit down from the left, in the order of their Adds", () => {
    const keyOf = (proposal: Proposal) => proposal.proposalType === "add" && proposal.keyPackage.leafNode;
    for (const order of [
      [eve, frank],
      [frank, eve],
    ] as const) {
      const { tree: after, added } = applyProposals(tree, before, listOf(remove, ...order), {});
      expect(added).toEqual([2, 4]);
      expect(added.map((leaf) => after.leaf(leaf))).toEqual(order.map(keyOf));
      expect(after.leafCount).toBe(8);
    }
  });

  it("[12.1.1-03] [12.1.2-03] [12.1.3-02] blanking what is above those who change, and unmerged above those who come", () => {
    const changed = applyProposals(tree, before, listOf(update), {}).tree;
    expect([1, 3, 5].map((node) => changed.parentNode(node as never) === undefined)).toEqual([true, true, false]);
    const joined = applyProposals(tree, before, listOf(remove, eve), {}).tree;
    expect(joined.parentNode(1 as never)?.unmergedLeaves).toEqual([]);
    const wide = applyProposals(tree, before, listOf(eve), {}).tree;
    expect(wide.parentNode(7 as never)).toBeUndefined();
    expect(wide.parentNode(3 as never)).toEqual(tree.parentNode(3 as never));
  });

  it("[8.1-01] extensions stay unless a proposal replaces them", () => {
    expect(applyProposals(tree, before, listOf(update), {}).extensions).toBe(before);
    expect(applyProposals(tree, before, listOf(extensions), {}).extensions).toEqual([]);
  });

  it("[7.7-03] up to the widest tree allowed, and the tree given stays as it was", () => {
    const hash = toHex(tree.hash);
    expect(failure(() => applyProposals(tree, before, listOf(eve), { maxLeaves: 4 })).code).toBe("tree.too_large");
    applyProposals(tree, before, listOf(remove, eve), { maxLeaves: 4 });
    expect(toHex(tree.hash)).toBe(hash);
  });
});
