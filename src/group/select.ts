/** §12.2, §12.4: which of the proposals received in an epoch a member commits, if nobody says otherwise. */

import { toHex } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { InvalidError, StaleError } from "../errors.ts";
import type { LeafIndex } from "../tree-math.ts";
import { PreSharedKeyID } from "../wire/pre-shared-key.ts";
import type { CachedProposal, GroupState } from "./state.ts";

/**
 * All received proposals that can stand together: Removes win over Updates, later Updates over earlier ones, anything
 * over a ReInit; what the committer cannot commit itself is left for another member.
 */
export function selectProposals(state: GroupState): CachedProposal[] {
  const cached = [...state.proposals.values()];
  const others = cached.filter(({ proposal }) => proposal.proposalType !== "reinit");
  if (others.length === 0) return cached.slice(-1);
  const winners = winnersByLeaf(others);
  const taken = new Set<string>();
  return others.filter((each) => {
    const subject = subjectOf(each);
    if (subject === undefined) return true;
    if (subject === `leaf ${state.self.leafIndex}` || (winners.get(subject) ?? each) !== each || taken.has(subject))
      return false;
    taken.add(subject);
    return true;
  });
}

/** The received proposals with these references. @throws StaleError `proposals.unknown_reference` @throws InvalidError `proposals.referenced_twice` */
export function proposalsByReference(state: GroupState, references: readonly Uint8Array[]): CachedProposal[] {
  const seen = new Set<string>();
  return references.map((reference) => {
    const key = toHex(reference);
    if (seen.has(key)) throw new InvalidError("proposals.referenced_twice", { reference: key });
    seen.add(key);
    const cached = state.proposals.get(key);
    if (cached === undefined) throw new StaleError("proposals.unknown_reference", { reference: key });
    return cached;
  });
}

/** What at most one proposal of a commit may be about. */
function subjectOf({ proposal, sender }: CachedProposal): string | undefined {
  switch (proposal.proposalType) {
    case "add":
      return `client ${toHex(proposal.keyPackage.leafNode.signatureKey)}`;
    case "update":
      return leafSubject(sender.senderType === "member" ? sender.leafIndex : undefined);
    case "remove":
      return leafSubject(proposal.removed);
    case "psk":
      return `psk ${toHex(encode(PreSharedKeyID, proposal.psk))}`;
    case "group_context_extensions":
      return "extensions";
    default:
      return undefined;
  }
}

function leafSubject(leaf: LeafIndex | undefined): string | undefined {
  return leaf === undefined ? undefined : `leaf ${leaf}`;
}

function winnersByLeaf(proposals: readonly CachedProposal[]): ReadonlyMap<string, CachedProposal> {
  const winners = new Map<string, CachedProposal>();
  for (const each of proposals) {
    const { proposalType } = each.proposal;
    if (proposalType !== "update" && proposalType !== "remove") continue;
    const subject = subjectOf(each) ?? "";
    if (winners.get(subject)?.proposal.proposalType !== "remove") winners.set(subject, each);
  }
  return winners;
}
