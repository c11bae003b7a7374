import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { opaque } from "../../src/codec/presentation.ts";
import { type CommittedProposal, pathRequired, resolveProposals, sortProposals } from "../../src/group/proposals.ts";
import { registryOf } from "../../src/group/registrations.ts";
import type { CachedProposal } from "../../src/group/state.ts";
import { leafIndex } from "../../src/tree-math.ts";
import type { Proposal } from "../../src/wire/proposal.ts";
import { failure } from "../support/failure.ts";
import { member, PROPOSALS } from "../support/framed.ts";

const reference = (name: string) => utf8(name);
const cached = (name: string, proposal: Proposal, from = member(1)): CachedProposal => ({
  reference: reference(name),
  proposal,
  sender: from,
});
const cacheOf = (...all: CachedProposal[]) => new Map(all.map((each) => [toHex(each.reference), each]));
const committed = (proposal: Proposal, by = member(0)): CommittedProposal => ({
  proposal,
  sender: by,
  reference: undefined,
});

describe("§12.4 the proposals that a commit covers", () => {
  it("are found by value and by reference, with who proposed them, in its order", () => {
    const cache = cacheOf(cached("a", PROPOSALS.update), cached("b", PROPOSALS.remove, member(2)));
    const found = resolveProposals(
      [
        { type: "reference", reference: reference("b") },
        { type: "proposal", proposal: PROPOSALS.psk },
        { type: "reference", reference: reference("a") },
      ],
      cache,
      member(0),
    );
    expect(found.map(({ proposal, sender, reference: by }) => [proposal.proposalType, sender, by])).toEqual([
      ["remove", member(2), reference("b")],
      ["psk", member(0), undefined],
      ["update", member(1), reference("a")],
    ]);
  });

  it("[12.4-07] [12.4-08] must be known, and referenced once", () => {
    const cache = cacheOf(cached("a", PROPOSALS.update));
    const a = { type: "reference", reference: reference("a") } as const;
    expect(
      failure(() => resolveProposals([a, { type: "reference", reference: reference("b") }], cache, member(0))).code,
    ).toBe("proposals.unknown_reference");
    expect(failure(() => resolveProposals([a, a], cache, member(0))).code).toBe("proposals.referenced_twice");
    const value = { type: "proposal", proposal: PROPOSALS.psk } as const;
    expect(resolveProposals([value, value], cache, member(0)).length).toBe(2);
  });

  it("are sorted by type, each list in the order of the commit", () => {
    const removes = [3, 1, 0].map((leaf): Proposal => ({ proposalType: "remove", removed: leafIndex(leaf) }));
    const all = [
      ...removes.map((proposal) => committed(proposal)),
      cached("u", PROPOSALS.update, member(0)),
      committed(PROPOSALS.add),
      committed(PROPOSALS.external_init),
      committed(PROPOSALS.reinit),
      committed(PROPOSALS.group_context_extensions),
      committed(PROPOSALS.psk),
    ];
    const list = sortProposals(all);
    expect(list.removes).toEqual([3, 1, 0]);
    expect(list.updates).toMatchObject([{ sender: 0, reference: toHex(reference("u")) }]);
    expect(list.adds).toMatchObject([{ byReference: false }]);
    expect(
      [list.psks, list.reInits, list.externalInits, list.groupContextExtensions].map(({ length }) => length),
    ).toEqual([1, 1, 1, 1]);
    expect(list.all).toEqual(all);
  });

  it("[12.2-03] [12.1.2-02] have no Update by value, nor one of somebody else than a member", () => {
    expect(failure(() => sortProposals([committed(PROPOSALS.update)])).code).toBe("proposals.update_by_value");
    const foreign = cached("u", PROPOSALS.update, { senderType: "external", senderIndex: 0 });
    expect(failure(() => sortProposals([foreign])).code).toBe("proposals.update_by_value");
  });

  it("[12.4-05] [12.4-06] [17.4-01] need a path unless all are add, psk or reinit", () => {
    const needs = (...proposals: Proposal[]) =>
      pathRequired(sortProposals(proposals.map((proposal, i) => cached(`${i}`, proposal))), registry);
    const body = opaque;
    const registry = registryOf({
      registrations: {
        proposals: [
          { type: 0xf001, body, pathRequired: true },
          { type: 0xf002, body, pathRequired: false },
        ],
      },
    });
    const custom = (proposalType: number): Proposal => ({ proposalType, body: Uint8Array.of(0) });
    expect(needs()).toBe(true);
    for (const each of [PROPOSALS.add, PROPOSALS.psk, PROPOSALS.reinit, custom(0xf002)])
      expect(needs(each)).toBe(false);
    expect(needs(PROPOSALS.add, PROPOSALS.psk)).toBe(false);
    for (const each of [
      PROPOSALS.update,
      PROPOSALS.remove,
      PROPOSALS.external_init,
      PROPOSALS.group_context_extensions,
      custom(0xf001),
      custom(0xf003),
    ]) {
      expect(needs(each)).toBe(true);
      expect(needs(PROPOSALS.add, each, PROPOSALS.psk)).toBe(true);
    }
  });
});
