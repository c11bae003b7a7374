/** §14: making a commit changes nothing until it is accepted; then the group moves on, or the commit is dropped. */

import { equal } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import { secretsOfEpoch } from "../schedule/epoch.ts";
import { dispose, type Secret } from "../secret.ts";
import { advance } from "./advance.ts";
import { type Environment, retentionOf } from "./environment.ts";
import { type GroupState, type NextEpoch, requireOpen, type Transition } from "./state.ts";

/** An own commit that the delivery service has not judged yet. */
export interface PendingCommit {
  /** The encoded GroupContext of the epoch that the commit ends. */
  readonly basis: Uint8Array;
  /** The epoch that the commit leads to. */
  readonly next: NextEpoch;
  /** Secrets that this commit made: disposed of if it is refused. */
  readonly created: readonly Secret[];
}

/** The pending commit of a state and what it becomes. */
export function pendingCommit(state: GroupState, next: NextEpoch): PendingCommit {
  const before = new Set(state.self.privateKeys.values());
  for (const update of state.pendingUpdates.values()) before.add(update.privateKey);
  const keys = [...next.self.privateKeys.values()].filter((key) => !before.has(key));
  return { basis: state.epoch.encodedGroupContext, next, created: [...secretsOfEpoch(next.epoch), ...keys] };
}

/**
 * The commit was accepted: the state of the next epoch. `state` is the newest value of the epoch that the commit ends.
 *
 * @throws UsageError `state.not_pending` if the commit belongs to another epoch, or was dropped; `state.removed` if
 * another commit has removed this member since
 */
export function acceptCommit(
  environment: Environment,
  state: GroupState,
  pending: PendingCommit,
): Transition<GroupState, undefined> {
  requireOpen(environment, state);
  if (!equal(state.epoch.encodedGroupContext, pending.basis) || pending.created.some(({ disposed }) => disposed)) {
    throw new UsageError("state.not_pending");
  }
  const advanced = advance(state, pending.next, retentionOf(environment));
  accepted.add(pending);
  return { ...advanced, output: undefined };
}

/** What was accepted is the live group: dropping it would wipe its keys. */
const accepted = new WeakSet<PendingCommit>();

/** Another commit won: forgets this one. Only what it made itself is disposed of; the current state lives on. */
export function dropCommit(pending: PendingCommit): void {
  if (accepted.has(pending)) throw new UsageError("state.not_pending");
  dispose(pending.created);
}
