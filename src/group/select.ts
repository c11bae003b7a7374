/** §12.2, §12.4: which of the proposals received in an epoch a member commits, if nobody says otherwise. */

import { toHex } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { InvalidError, type MlsError, StaleError } from "../errors.ts";
import type { LeafIndex } from "../tree-math.ts";
import { PreSharedKeyID } from "../wire/pre-shared-key.ts";
import type { CachedProposal, GroupState } from "./state.ts";

/** A received proposal that a commit does not cover, and why. */
export interface LeftOut extends CachedProposal {
  /** What is wrong with it, or with it beside the others. */
  readonly reason: MlsError;
}

export interface Selection {
  /** In the order of the candidates. */
  readonly taken: readonly CachedProposal[];
  /** With the rule that the committer would break by them. */
  readonly leftOut: readonly LeftOut[];
}

/**
 * Those that can stand together: Removes win over Updates, later Updates over earlier ones, the first of others, and anything
 * over a ReInit; what the committer cannot commit itself is left for another member.
 */
export function selectProposals(committer: LeafIndex, candidates: readonly CachedProposal[]): Selection {
  const winners = winnersOf(candidates);
  const taken: CachedProposal[] = [];
  const leftOut: LeftOut[] = [];
  for (const each of candidates) {
    const code = ownRule(committer, each) ?? (winners.has(each) ? undefined : subjectOf(each)?.rule);
    if (code === undefined) taken.push(each);
    else leftOut.push({ ...each, reason: new InvalidError(code) });
  }
  return { taken, leftOut };
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

/** §12.2: what a committer cannot commit itself. */
function ownRule(committer: LeafIndex, { proposal, sender }: CachedProposal): InvalidError["code"] | undefined {
  if (proposal.proposalType === "remove" && proposal.removed === committer) return "proposals.committer_removed";
  const byCommitter = sender.senderType === "member" && sender.leafIndex === committer;
  return proposal.proposalType === "update" && byCommitter ? "proposals.update_by_committer" : undefined;
}

interface Subject {
  readonly key: string;
  /** The rule that a second proposal about it breaks. */
  readonly rule: InvalidError["code"];
}

/** What at most one proposal of a commit may be about. */
function subjectOf({ proposal, sender }: CachedProposal): Subject | undefined {
  switch (proposal.proposalType) {
    case "add":
      return {
        key: `client ${toHex(proposal.keyPackage.leafNode.signatureKey)}`,
        rule: "proposals.client_added_twice",
      };
    case "update":
      return sender.senderType === "member" ? changeOf(sender.leafIndex) : undefined;
    case "remove":
      return changeOf(proposal.removed);
    case "psk":
      return { key: `psk ${toHex(encode(PreSharedKeyID, proposal.psk))}`, rule: "proposals.duplicate_psk" };
    case "group_context_extensions":
      return { key: "extensions", rule: "proposals.several_group_context_extensions" };
    case "reinit":
      return { key: "reinit", rule: "proposals.reinit_not_alone" };
    default:
      return undefined;
  }
}

function changeOf(leaf: LeafIndex): Subject {
  return { key: `leaf ${leaf}`, rule: "proposals.leaf_changed_twice" };
}

/** For each subject the proposal that wins; those without a subject do not compete. */
function winnersOf(candidates: readonly CachedProposal[]): ReadonlySet<CachedProposal> {
  const bySubject = new Map<string | CachedProposal, CachedProposal>();
  for (const each of candidates) {
    const key = subjectOf(each)?.key ?? each;
    const winner = bySubject.get(key);
    if (winner === undefined || yields(winner)) bySubject.set(key, each);
  }
  if (bySubject.size > 1) bySubject.delete("reinit");
  return new Set(bySubject.values());
}

/** Whether a proposal gives way to a later one about the same subject. */
function yields({ proposal: { proposalType } }: CachedProposal): boolean {
  return proposalType === "reinit" || proposalType === "update";
}
