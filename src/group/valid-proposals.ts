/**
 * §12.4.1: the proposals that a commit will cover. What its creator asks for by value must be valid; received proposals
 * that are not, or not together with the rest, are left out and named, so that no other member can hold up a commit.
 */

import { InvalidError, MalformedError, type MlsError, StaleError } from "../errors.ts";
import { type AppliedProposals, applyProposals } from "./apply.ts";
import { type Environment, policyOf } from "./environment.ts";
import { checkNewLeaves, checkTreeAfter, type NewLeaves } from "./new-leaves.ts";
import { type CommittedProposal, type ProposalList, sortProposals } from "./proposals.ts";
import { pskSecretFor } from "./psks.ts";
import { registryOf } from "./registrations.ts";
import { type CommitKind, checkProposalList } from "./rules.ts";
import { type LeftOut, selectProposals } from "./select.ts";
import type { CachedProposal, GroupState } from "./state.ts";

export interface ValidProposals {
  readonly committed: readonly CommittedProposal[];
  readonly list: ProposalList;
  readonly applied: AppliedProposals;
  readonly leftOut: readonly LeftOut[];
}

export interface Candidates {
  readonly kind: CommitKind;
  /** Received proposals that are left out if they are not valid. */
  readonly referenced: readonly CachedProposal[];
  readonly byValue: readonly CommittedProposal[];
  /** Whose resumption PSKs may be named. */
  readonly states: readonly GroupState[];
}

/** Attempts on lists that turn out not to be valid. Beyond them the rest waits for the next commit. */
const MAX_FAILURES = 64;

/** @throws InvalidError, StaleError, MalformedError if the proposals by value are not valid by themselves */
export async function validProposals(
  environment: Environment,
  state: GroupState,
  { kind, referenced, byValue, states }: Candidates,
): Promise<ValidProposals> {
  const { taken, leftOut: passedOver } = selectProposals(state.self.leafIndex, referenced);
  const leftOut = [...passedOver];
  const attempt = (some: readonly CachedProposal[]) =>
    judge(environment, state, { kind, states }, [...some, ...byValue]);

  const whole = await settled(attempt(taken));
  if ("value" in whole) return { ...whole.value, leftOut };
  if (taken.length === 0) throw whole.reason;
  await attempt([]);
  let failures = 0;

  /** The proposals of `rest` that can join `base`, found by halving: a few bad ones among many cost few attempts. */
  const joining = async (
    base: readonly CachedProposal[],
    rest: readonly CachedProposal[],
  ): Promise<CachedProposal[]> => {
    const outcome = await settled(attempt([...base, ...rest]));
    if ("value" in outcome) return [...rest];
    if (++failures > MAX_FAILURES) {
      for (const each of rest) leftOut.push({ ...each, reason: outcome.reason });
      return [];
    }
    const [only, ...others] = rest;
    if (only !== undefined && others.length === 0) {
      leftOut.push({ ...only, reason: outcome.reason });
      return [];
    }
    const half = Math.ceil(rest.length / 2);
    const before = await joining(base, rest.slice(0, half));
    return [...before, ...(await joining([...base, ...before], rest.slice(half)))];
  };
  const valid = await joining([], taken);
  return { ...(await attempt(valid)), leftOut };
}

type Judged = Omit<ValidProposals, "leftOut">;

/** Everything that can be said of a list without signatures and credentials, which were verified on receipt. */
async function judge(
  environment: Environment,
  state: GroupState,
  { kind, states }: Pick<Candidates, "kind" | "states">,
  committed: readonly CommittedProposal[],
): Promise<Judged> {
  const { suite, psks } = environment;
  const { groupId, extensions } = state.epoch.groupContext;
  const list = sortProposals(committed);
  const { reInitSuites } = policyOf(environment);
  const committer = state.self.leafIndex;
  const registry = registryOf(environment);
  checkProposalList(kind, list, { suite, tree: state.tree, committer, reInitSuites, registry });
  const applied = applyProposals(state.tree, extensions, list, policyOf(environment));
  const leaves: NewLeaves = {
    list,
    applied,
    groupId,
    previousExtensions: extensions,
    pathLeaf: undefined,
    pathRequests: [],
    clients: state.clients,
    sending: true,
  };
  checkNewLeaves(environment, leaves);
  checkTreeAfter(environment, applied.tree, { ...leaves, before: state.tree });
  if (list.psks.length > 0) (await pskSecretFor({ suite, psks, states }, list.psks)).dispose();
  return { committed, list, applied };
}

/** The result of an attempt, or why the list is not valid; other failures go through. */
async function settled<T>(attempt: Promise<T>): Promise<{ value: T } | { reason: MlsError }> {
  try {
    return { value: await attempt };
  } catch (reason) {
    if (reason instanceof InvalidError || reason instanceof StaleError || reason instanceof MalformedError)
      return { reason };
    throw reason;
  }
}
