/**
 * §14: making a commit changes nothing until it is accepted; then the group moves on, or the commit is dropped. So it is
 * with a commit by which its maker joins.
 */

import { copy, equal } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import { secretsOfEpoch } from "../schedule/epoch.ts";
import { dispose, type Secret } from "../secret.ts";
import { advance } from "./advance.ts";
import { type Environment, retentionOf } from "./environment.ts";
import { sendingGenerations } from "./protect.ts";
import { type GroupState, initialState, type NextEpoch, requireOpen, type Transition } from "./state.ts";

/** An own commit that the delivery service has not judged yet. */
export interface PendingCommit {
  /** The encoded GroupContext of the epoch that the commit ends. */
  readonly basis: Uint8Array;
  /** The encoded MLSMessage, as it was made: by it the commit is known when it comes back (`isOwnCommit`). */
  readonly message: Uint8Array;
  /** The epoch that the commit leads to. */
  readonly next: NextEpoch;
  /** Secrets that this commit made: disposed of if it is refused. */
  readonly created: readonly Secret[];
}

/** A join that the delivery service has not judged yet. */
export interface PendingJoin {
  /** The epoch that the commit leads to. */
  readonly next: NextEpoch;
  /** What giving the join up disposes of. */
  readonly created: readonly Secret[];
}

/** The pending commit of a state and what it becomes. */
export function pendingCommit(state: GroupState, next: NextEpoch, message: Uint8Array): PendingCommit {
  const before = new Set(state.self.privateKeys.values());
  for (const update of state.pendingUpdates.values()) before.add(update.privateKey);
  const keys = [...next.self.privateKeys.values()].filter((key) => !before.has(key));
  const created = [...secretsOfEpoch(next.epoch), ...keys];
  return { basis: state.epoch.encodedGroupContext, message: copy(message), next, created };
}

/**
 * Whether an encoded MLSMessage that arrived is this commit, so that the delivery service has accepted it. Nothing but
 * its octets proves that: `processMessage` knows a private message by its sender data, which any member can make.
 *
 * @throws UsageError `input.invalid`
 */
export function isOwnCommit(pending: PendingCommit, message: Uint8Array): boolean {
  return equal(copy(message), pending.message);
}

/**
 * The commit was accepted, as the delivery service says or an echo shows (`isOwnCommit`): the state of the next epoch.
 * `state` is the newest value of the epoch that the commit ends.
 *
 * @throws UsageError `state.not_pending` if the commit belongs to another epoch, or was dropped; `state.spent` if the
 * state has sent since; `state.removed` if another commit has removed this member since
 */
export function acceptCommit(
  environment: Environment,
  state: GroupState,
  pending: PendingCommit,
): Transition<GroupState, undefined> {
  requireOpen(environment, state);
  if (!equal(state.epoch.encodedGroupContext, pending.basis)) throw new UsageError("state.not_pending");
  state.epoch.sending.requireLatest(sendingGenerations(state));
  requireAlive(pending);
  const advanced = advance(state, pending.next, retentionOf(environment));
  accepted.add(pending);
  return { ...advanced, output: undefined };
}

/**
 * Another commit won: forgets this one. Only what it made itself is disposed of; the current state lives on.
 *
 * @throws UsageError `state.not_pending` if it was accepted
 */
export function dropCommit(pending: PendingCommit): void {
  drop(pending);
}

/** The commit was accepted: the state of the new member. @throws UsageError `state.not_pending` if it was dropped */
export function acceptJoin(pending: PendingJoin): GroupState {
  requireAlive(pending);
  const state = initialState(pending.next);
  accepted.add(pending);
  return state;
}

/**
 * Another commit won: forgets this join, which may be tried again from a newer GroupInfo.
 *
 * @throws UsageError `state.not_pending` if it was accepted
 */
export function dropJoin(pending: PendingJoin): void {
  drop(pending);
}

/** What was accepted is the live group: dropping it would wipe its keys. */
const accepted = new WeakSet<PendingCommit | PendingJoin>();

function requireAlive({ created }: PendingCommit | PendingJoin): void {
  if (created.some(({ disposed }) => disposed)) throw new UsageError("state.not_pending");
}

function drop(pending: PendingCommit | PendingJoin): void {
  if (accepted.has(pending)) throw new UsageError("state.not_pending");
  dispose(pending.created);
}
