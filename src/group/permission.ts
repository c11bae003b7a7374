/**
 * §12.2, §12.1.8: the application's own rules. They are asked when those of the protocol hold, for what is received and
 * for what this member is about to send.
 */

import type { Awaitable } from "../crypto/cipher-suite.ts";
import { InvalidError, UsageError } from "../errors.ts";
import type { LeafIndex } from "../tree-math.ts";
import type { Sender } from "../wire/framed-content.ts";
import type { LeafNode } from "../wire/leaf-node.ts";
import type { Proposal } from "../wire/proposal.ts";
import type { ProposalList } from "./proposals.ts";
import type { CommitKind } from "./rules.ts";
import type { CachedProposal, PublicState } from "./state.ts";

/** What a commit does, for those who follow the group. */
export interface CommitSummary {
  /** By whom, and for what. */
  readonly kind: CommitKind;
  /** The committer's leaf, in the new epoch. */
  readonly committer: LeafIndex;
  /** Its proposals, by type. */
  readonly list: ProposalList;
  /** Where the added members stand, in the order of their Adds. */
  readonly added: readonly LeafIndex[];
  /** Whether the commit removes this member: its state is closed then. */
  readonly removedSelf: boolean;
  /** The committer's new leaf; none without a path, or while an own commit is about to be made. */
  readonly newLeaf: LeafNode | undefined;
  /** Proposals known here that the commit does not cover, which end with the epoch (§12.4): own ones may be made anew. */
  readonly dropped: readonly CachedProposal[];
}

/** The known proposals that a list does not cover. What it refers to are the very objects that are known. */
export function droppedBy({ all }: ProposalList, proposals: PublicState["proposals"]): readonly CachedProposal[] {
  const covered = new Set(all.map(({ reference }) => reference));
  return [...proposals.values()].filter(({ reference }) => !covered.has(reference));
}

/** The application's rules. What is not given is allowed; throwing propagates. Only `true` allows, only `false` refuses. */
export interface Permission {
  /** Whether a proposal may be committed: asked when it arrives or is made. `state` is that of its epoch. */
  proposal?(state: PublicState, proposal: Proposal, sender: Sender): Awaitable<boolean>;
  /** Whether a commit may take effect. `state` is the one before it. */
  commit?(state: PublicState, commit: CommitSummary): Awaitable<boolean>;
}

/** @throws InvalidError `proposal.unauthorised` @throws UsageError `option.invalid` if the answer is neither yes nor no */
export async function requireProposalPermission(
  permission: Permission | undefined,
  state: PublicState,
  { proposal, sender }: { readonly proposal: Proposal; readonly sender: Sender },
): Promise<void> {
  if (permission?.proposal === undefined) return;
  if (isAllowed(await permission.proposal(state, proposal, sender), "permission.proposal")) return;
  throw new InvalidError("proposal.unauthorised", {
    proposalType: proposal.proposalType,
    senderType: sender.senderType,
  });
}

/** Proposals that a commit carries by value are asked about with it. @throws InvalidError `proposal.unauthorised` */
export async function requirePermissionByValue(
  permission: Permission | undefined,
  state: PublicState,
  { all }: ProposalList,
): Promise<void> {
  for (const each of all) if (each.reference === undefined) await requireProposalPermission(permission, state, each);
}

/** @throws InvalidError `commit.unauthorised` @throws UsageError `option.invalid` if the answer is neither yes nor no */
export async function requireCommitPermission(
  permission: Permission | undefined,
  state: PublicState,
  commit: CommitSummary,
): Promise<void> {
  if (permission?.commit === undefined) return;
  if (isAllowed(await permission.commit(state, commit), "permission.commit")) return;
  throw new InvalidError("commit.unauthorised", { committer: commit.committer, kind: commit.kind });
}

/** A forgotten `return` must not decide, and neither must an object that is always true. */
function isAllowed(answer: unknown, option: string): boolean {
  if (typeof answer !== "boolean") throw new UsageError("option.invalid", { option, type: typeof answer });
  return answer;
}
