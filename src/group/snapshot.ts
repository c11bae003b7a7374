/**
 * A state as octets and back: versioned, checked for damage, complete but for signature keys that live elsewhere. A
 * change is what makes one state of an earlier one, alone, and costs what it says; whole snapshots are changes of
 * nothing. Trees of past epochs are written as differences, so a snapshot is little longer than its tree.
 *
 * A snapshot holds secrets. A state that is restored twice can send twice: restore the latest one, and only one.
 */

import { copy, EMPTY, equal, wipe } from "../bytes.ts";
import { decode } from "../codec/codec.ts";
import type { Signer } from "../crypto/signer.ts";
import { UsageError } from "../errors.ts";
import { dispose } from "../secret.ts";
import type { Environment } from "./environment.ts";
import { sendingGenerations } from "./protect.ts";
import { registryOf } from "./registrations.ts";
import { MemberBody, PublicBody } from "./snapshot-body.ts";
import { unwrapSnapshot, wrapSnapshot } from "./snapshot-envelope.ts";
import { memberIdentity, publicIdentity } from "./snapshot-identity.ts";
import { memberBodyOf, memberStateAfter, type SignerSource, secretsReplaced } from "./snapshot-member.ts";
import { publicBodyOf, publicStateAfter } from "./snapshot-public.ts";
import { readSecrets, secretsWithin } from "./snapshot-secrets.ts";
import { type GroupState, type PublicState, requireSuite, type Transition } from "./state.ts";

/** What goes into a snapshot. */
export interface SnapshotOptions {
  /** Whether private signature keys that are in memory are written too. Default: false. */
  readonly signatureKeys?: boolean;
}

/** What a snapshot does not hold. */
export interface RestoreOptions {
  /** Signers for the signature keys that the snapshot does not hold. */
  readonly signers?: readonly Signer[];
}

/** The first argument of what writes and of what needs no more to read. */
type Surroundings = Pick<Environment, "suite" | "policy" | "registrations">;

/**
 * The octets of a state, to be stored in a safe place. Linear in the size of the group.
 *
 * @throws UsageError `state.spent` if the state has sent since, `suite.unknown`
 */
export function encodeState({ suite }: Surroundings, state: GroupState, options: SnapshotOptions = {}): Uint8Array {
  requireSuite(suite, state);
  requireLatest(state);
  const signatureKeys = options.signatureKeys ?? false;
  return wrapSnapshot(suite, "state", MemberBody, memberBodyOf(undefined, state, { base: EMPTY, signatureKeys }));
}

/**
 * The state of a snapshot.
 *
 * @throws MalformedError `snapshot.damaged`, `snapshot.version`, `snapshot.wrong_kind`, `codec.*`
 * @throws UsageError `snapshot.signer_missing`, `suite.unknown` @throws InvalidError `tree.too_large`
 */
export function decodeState(
  environment: Environment,
  bytes: Uint8Array,
  options: RestoreOptions = {},
): Promise<GroupState> {
  return restore(environment, undefined, bytes, options);
}

/**
 * What makes `after` of `before`, a state that it came from by any number of operations: to be stored behind the
 * snapshot of `before`, and as secret. Its size is that of what changed: the ratchets in use and the path of a commit,
 * neither the group nor its other messages. `before` is only compared with: its secrets may be disposed of already.
 *
 * @throws UsageError `state.spent` if `after` has sent since, `suite.unknown`
 */
export function encodeChange(
  { suite }: Surroundings,
  before: GroupState,
  after: GroupState,
  options: SnapshotOptions = {},
): Uint8Array {
  requireSuite(suite, after);
  requireLatest(after);
  const base = memberIdentity(suite, before);
  const signatureKeys = options.signatureKeys ?? false;
  return wrapSnapshot(suite, "state_change", MemberBody, memberBodyOf(before, after, { base, signatureKeys }));
}

/**
 * The state that a change makes of `before`, which is restored from a snapshot and the changes up to then. The value
 * `before` can't send any more what was sent in between. The `output` is empty.
 *
 * @throws MalformedError `snapshot.damaged`, `snapshot.version`, `snapshot.wrong_kind`, `codec.*`
 * @throws UsageError `snapshot.wrong_base` if the change was not made since this state, `snapshot.signer_missing`,
 *   `suite.unknown` @throws InvalidError `tree.too_large`
 */
export async function applyChange(
  environment: Environment,
  before: GroupState,
  bytes: Uint8Array,
  options: RestoreOptions = {},
): Promise<Transition<GroupState, undefined>> {
  const state = await restore(environment, before, bytes, options);
  return { state, output: undefined, spent: secretsReplaced(before, state) };
}

/**
 * The octets of an observer's state. They hold no secret. Linear in the size of the group.
 *
 * @throws UsageError `suite.unknown`
 */
export function encodePublicState({ suite }: Surroundings, state: PublicState): Uint8Array {
  requireSuite(suite, state);
  return wrapSnapshot(suite, "public_state", PublicBody, publicBodyOf(undefined, state, EMPTY));
}

/**
 * The observer's state of a snapshot.
 *
 * @throws MalformedError `snapshot.damaged`, `snapshot.version`, `snapshot.wrong_kind`, `codec.*`
 * @throws UsageError `suite.unknown` @throws InvalidError `tree.too_large`
 */
export function decodePublicState(environment: Surroundings, bytes: Uint8Array): PublicState {
  const body = decode(
    PublicBody,
    unwrapSnapshot(environment.suite, "public_state", copy(bytes)),
    registryOf(environment),
  );
  return publicStateAfter(environment, undefined, body);
}

/** What makes an observer's state of an earlier one, as `encodeChange`. @throws UsageError `suite.unknown` */
export function encodePublicChange({ suite }: Surroundings, before: PublicState, after: PublicState): Uint8Array {
  requireSuite(suite, after);
  const base = publicIdentity(suite, before);
  return wrapSnapshot(suite, "public_state_change", PublicBody, publicBodyOf(before, after, base));
}

/**
 * The observer's state that a change makes of an earlier one, as `applyChange`.
 *
 * @throws MalformedError `snapshot.damaged`, `snapshot.version`, `snapshot.wrong_kind`, `codec.*`
 * @throws UsageError `snapshot.wrong_base`, `suite.unknown` @throws InvalidError `tree.too_large`
 */
export function applyPublicChange(environment: Surroundings, before: PublicState, bytes: Uint8Array): PublicState {
  const { suite } = environment;
  const body = decode(PublicBody, unwrapSnapshot(suite, "public_state_change", copy(bytes)), registryOf(environment));
  if (!equal(body.base, publicIdentity(suite, before))) throw new UsageError("snapshot.wrong_base");
  return publicStateAfter(environment, before, body);
}

/** Restored, a state that has sent since could use a key and nonce again. A removed member sends no more. */
function requireLatest(state: GroupState): void {
  if (state.closed?.reason === "removed") return;
  state.epoch.sending.requireLatest(sendingGenerations(state));
}

async function restore(
  environment: Environment,
  before: GroupState | undefined,
  bytes: Uint8Array,
  options: RestoreOptions,
): Promise<GroupState> {
  const { suite } = environment;
  const owned = copy(bytes);
  const signers: SignerSource = { given: options.signers ?? [], made: [] };
  let body: MemberBody | undefined;
  try {
    const octets = unwrapSnapshot(suite, before === undefined ? "state" : "state_change", owned);
    const registry = registryOf(environment);
    body = readSecrets(() => decode(MemberBody, octets, registry));
    if (before !== undefined && !equal(body.view.base, memberIdentity(suite, before))) {
      throw new UsageError("snapshot.wrong_base");
    }
    const state = await memberStateAfter(environment, before, { body, signers });
    state.epoch.sending.catchUp(sendingGenerations(state));
    return state;
  } catch (error) {
    wipe(owned);
    dispose([...secretsWithin(body), ...signers.made]);
    throw error;
  }
}
