/**
 * §12.4.2, §15.3: how a member's state moves on, and what it keeps of the epochs behind it. Everything that a new state
 * does not hold any more is named here, in the function that drops it.
 */

import type { Epoch } from "../schedule/epoch.ts";
import { secretsOf } from "../schedule/secret-tree.ts";
import { Secret } from "../secret.ts";
import {
  epochKeysOf,
  type GroupState,
  initialState,
  type NextEpoch,
  type PastEpoch,
  resumptionPsks,
  type Self,
} from "./state.ts";

/** What is kept of past epochs: the policy's limits, and the time. */
export interface Retention {
  readonly maxPastEpochs: number;
  readonly maxPastAge: bigint | undefined;
  readonly maxResumptionPsks: number;
  readonly now: bigint;
}

/** Adopts the next epoch: the one place where a member's state moves on (§12.4.2). */
export function advance(
  before: GroupState,
  next: NextEpoch,
  limits: Retention,
): { state: GroupState; spent: readonly Secret[] } {
  const { state, spent: expired } = withoutExpired(before, limits);
  const { epoch } = state;
  const past = [{ ...epochKeysOf(state), endedAt: limits.now }, ...state.past];
  const kept = resumptionPsks(state);
  const advanced: GroupState = {
    ...initialState(next),
    past: past.slice(0, limits.maxPastEpochs),
    resumptionPsks: kept.slice(0, limits.maxResumptionPsks),
  };
  const spent = [
    ...expired,
    ...endedWith(epoch),
    ...replacedKeys(state, next.self),
    ...past.slice(limits.maxPastEpochs).flatMap(secretsOfPast),
    ...kept.slice(limits.maxResumptionPsks).map(({ psk }) => psk),
  ];
  return { state: advanced, spent };
}

/** §15.3: the state without the past epochs that ended too long ago; a clock that was set back ends none. */
export function withoutExpired(
  state: GroupState,
  { maxPastAge, now }: Pick<Retention, "maxPastAge" | "now">,
): { state: GroupState; spent: readonly Secret[] } {
  const isExpired = ({ endedAt }: PastEpoch) => maxPastAge !== undefined && now - endedAt > maxPastAge;
  const expired = state.past.filter(isExpired);
  if (expired.length === 0) return { state, spent: [] };
  return {
    state: { ...state, past: state.past.filter((past) => !isExpired(past)) },
    spent: expired.flatMap(secretsOfPast),
  };
}

/**
 * §12.4.2: what a removed member keeps: the keys of messages that are late, those of its last epoch for as long as those
 * of any that is over, and the PSKs of epochs it was part of.
 */
export function closeRemoved(before: GroupState, limits: Retention): { state: GroupState; spent: readonly Secret[] } {
  const { state, spent: expired } = withoutExpired(before, limits);
  const { epoch, self } = state;
  const past = [{ ...epochKeysOf(state), endedAt: limits.now }, ...state.past];
  const gone = () => new Secret(new Uint8Array(0));
  const { resumptionPsk, epochAuthenticator } = epoch.secrets;
  const secrets = {
    senderDataSecret: gone(),
    resumptionPsk,
    epochAuthenticator,
    exporterSecret: gone(),
    externalSecret: gone(),
    confirmationKey: gone(),
    membershipKey: gone(),
    initSecret: gone(),
  };
  const closed: GroupState = {
    ...state,
    epoch: { ...epoch, secrets, secretTree: { ...epoch.secretTree, root: gone() } },
    self: { ...self, privateKeys: new Map() },
    past: past.slice(0, limits.maxPastEpochs),
    proposals: new Map(),
    pendingUpdates: new Map(),
    closed: { reason: "removed" },
  };
  const ended = endedWith(epoch).filter((secret) => secret !== epochAuthenticator);
  const dropped = past.slice(limits.maxPastEpochs).flatMap(secretsOfPast);
  return { state: closed, spent: [...expired, ...ended, ...replacedKeys(state, closed.self), ...dropped] };
}

/** §9.2: of an epoch that is over, only what opens its messages and its resumption PSK live on. */
function endedWith({ secrets }: Epoch): Secret[] {
  const { exporterSecret, externalSecret, confirmationKey, membershipKey, epochAuthenticator, initSecret } = secrets;
  return [exporterSecret, externalSecret, confirmationKey, membershipKey, epochAuthenticator, initSecret];
}

/** §7.5, §12.1.2: private keys that the next epoch does not use, and those of own Updates that no commit took. */
function replacedKeys({ self, pendingUpdates }: GroupState, next: Self): Secret[] {
  const kept = new Set(next.privateKeys.values());
  const held = [...self.privateKeys.values(), ...[...pendingUpdates.values()].map((update) => update.privateKey)];
  return held.filter((secret) => !kept.has(secret));
}

function secretsOfPast({ senderDataSecret, secretTree }: PastEpoch): Secret[] {
  return [senderDataSecret, ...secretsOf(secretTree)];
}
