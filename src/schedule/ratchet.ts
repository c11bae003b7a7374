/**
 * §9.1, §15.3: the hash ratchet of one sender for one kind of message. A ratchet holds the secret of the generation
 * that comes next, never an earlier one, and of the generations it skipped only keys and nonces.
 */

import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { deriveTreeSecret } from "../crypto/labels.ts";
import { StaleError } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { StepSecrets } from "./step-secrets.ts";

/** Key and nonce for one message. */
export interface MessageKey {
  /** Its place in the ratchet. */
  readonly generation: number;
  /** For the AEAD, once. */
  readonly key: Secret;
  /** Before the reuse guard (§6.3.1). */
  readonly nonce: Secret;
}

/** One sender's chain of keys of one kind. */
export interface Ratchet {
  /** The generation that `secret` belongs to: the next to be taken. */
  readonly generation: number;
  /** Of the next generation. */
  readonly secret: Secret;
  /** Keys not taken yet of generations before that, in ascending order. */
  readonly skipped: readonly MessageKey[];
  /** From here on all keys that are gone were taken; before, some were not kept. */
  readonly horizon: number;
}

export interface RatchetStep {
  readonly ratchet: Ratchet;
  readonly messageKey: MessageKey;
}

/** How far to turn, and how many skipped keys to keep in the end. */
export interface RatchetTarget {
  readonly generation: number;
  readonly maxSkipped: number;
}

/** Turns the ratchet to a generation, takes its key, and leaves the ratchet behind it. */
export function advanceRatchet(
  suite: CipherSuite,
  before: Ratchet,
  target: RatchetTarget,
  secrets: StepSecrets,
): RatchetStep {
  const { generation, secret, skipped } = before;
  const newlySkipped: MessageKey[] = [];
  let current = secret;
  for (let at = generation; at < target.generation; at++) {
    // What would fall out of the window at once is not derived in the first place.
    if (target.generation - at <= target.maxSkipped) newlySkipped.push(deriveMessageKey(suite, current, at, secrets));
    current = nextSecret(suite, current, at, secrets);
  }
  const messageKey = deriveMessageKey(suite, current, target.generation, secrets);
  const ratchet = {
    generation: target.generation + 1,
    secret: nextSecret(suite, current, target.generation, secrets),
    skipped: keepNewest(skipped, newlySkipped, target.maxSkipped, secrets),
    horizon: horizonAfter(before, target),
  };
  return { ratchet, messageKey };
}

/**
 * Takes a key that was skipped. The message key is a copy, so that a message that turns out to be forged can be
 * abandoned without losing the key of the real one (§9.2).
 *
 * @throws StaleError `ratchet.generation_used` if the key was taken before, `ratchet.generation_dropped` if it may just not have
 *   been kept
 */
export function takeSkippedKey(ratchet: Ratchet, generation: number, secrets: StepSecrets): RatchetStep {
  const { skipped, horizon } = ratchet;
  const position = positionOf(skipped, generation);
  const found = skipped[position];
  if (found?.generation !== generation) {
    throw new StaleError(generation < horizon ? "ratchet.generation_dropped" : "ratchet.generation_used", {
      generation,
    });
  }
  const messageKey = {
    generation,
    key: secrets.made(Secret.copyOf(found.key.bytes)),
    nonce: secrets.made(Secret.copyOf(found.nonce.bytes)),
  };
  secrets.replaced(found.key);
  secrets.replaced(found.nonce);
  return { ratchet: { ...ratchet, skipped: skipped.toSpliced(position, 1) }, messageKey };
}

function deriveMessageKey(suite: CipherSuite, secret: Secret, generation: number, secrets: StepSecrets): MessageKey {
  const { Nk, Nn } = suite.aead;
  return {
    generation,
    key: secrets.made(deriveTreeSecret(suite, secret, { label: "key", generation, length: Nk })),
    nonce: secrets.made(deriveTreeSecret(suite, secret, { label: "nonce", generation, length: Nn })),
  };
}

function nextSecret(suite: CipherSuite, secret: Secret, generation: number, secrets: StepSecrets): Secret {
  const next = secrets.made(deriveTreeSecret(suite, secret, { label: "secret", generation, length: suite.kdf.Nh }));
  secrets.replaced(secret);
  return next;
}

/** The end of what was not kept: of generations that are skipped now, or of those that were skipped before. */
function horizonAfter({ generation, skipped, horizon }: Ratchet, target: RatchetTarget): number {
  const firstKept = target.generation - target.maxSkipped;
  if (firstKept > generation) return firstKept;
  const surplus = skipped.length + target.generation - generation - target.maxSkipped;
  const lastDropped = skipped[surplus - 1];
  return lastDropped === undefined ? horizon : lastDropped.generation + 1;
}

function keepNewest(
  skipped: readonly MessageKey[],
  newlySkipped: readonly MessageKey[],
  maxSkipped: number,
  secrets: StepSecrets,
): readonly MessageKey[] {
  const surplus = skipped.length + newlySkipped.length - maxSkipped;
  if (newlySkipped.length === 0 && surplus <= 0) return skipped;
  for (const { key, nonce } of skipped.slice(0, Math.max(0, surplus))) {
    secrets.replaced(key);
    secrets.replaced(nonce);
  }
  return [...skipped.slice(Math.max(0, surplus)), ...newlySkipped];
}

/** Where a generation stands in the ascending list, or would stand. */
function positionOf(skipped: readonly MessageKey[], generation: number): number {
  let low = 0;
  let high = skipped.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = skipped[middle];
    if (at !== undefined && at.generation < generation) low = middle + 1;
    else high = middle;
  }
  return low;
}
