/**
 * RFC 9180 §5.1, §6.1: setting up the two contexts, and sealing or opening one message. Whatever is wrong with what a
 * peer sent is one and the same failure.
 */

import { EMPTY } from "../bytes.ts";
import { type Awaitable, after, all, type Bytes, type Random } from "./algorithms.ts";
import { openOnce, RecipientContext, SenderContext } from "./context.ts";
import {
  type ContextKeys,
  contextKeys,
  type HpkeSuite,
  infoHashOf,
  type KeySchedule,
  keySchedule,
  type ScheduleInput,
} from "./key-schedule.ts";

/** What the sender puts in: as the recipient, and randomness. */
export interface SenderInput extends ScheduleInput {
  /** Makes the ephemeral key. */
  readonly random: Random;
}

/** The encapsulated key that came with the message, and the private key it is for. */
export interface RecipientKeys {
  /** The encapsulated key from the sender. */
  readonly enc: Uint8Array;
  /** In the format of the KEM. */
  readonly privateKey: Uint8Array;
}

/**
 * §5.1.1 SetupBaseS, §5.1.2 SetupPSKS.
 *
 * @throws InvalidError `key.hpke_public`
 * @throws UsageError `hpke.mode_unsupported`, `hpke.psk_inconsistent`
 */
export function setupSender(suite: HpkeSuite, publicKey: Uint8Array, input: SenderInput): Awaitable<SenderContext> {
  return after(
    suite.kem.encap(publicKey, input.random),
    ({ sharedSecret, enc }) => new SenderContext(suite, keySchedule(suite, sharedSecret, input), enc),
  );
}

/**
 * §5.1.1 SetupBaseR, §5.1.2 SetupPSKR.
 *
 * @throws InvalidError `hpke.open_failed`, `key.hpke_private`
 * @throws UsageError `hpke.mode_unsupported`, `hpke.psk_inconsistent`
 */
export function setupRecipient(
  suite: HpkeSuite,
  keys: RecipientKeys,
  input: ScheduleInput,
): Awaitable<RecipientContext> {
  return after(
    suite.kem.decap(keys.enc, keys.privateKey),
    (sharedSecret) => new RecipientContext(suite, keySchedule(suite, sharedSecret, input)),
  );
}

/** One message to be sealed. */
export interface SealInput extends SenderInput {
  /** Authenticated, not encrypted. Default: empty. */
  readonly aad?: Uint8Array | undefined;
  /** What is encrypted. */
  readonly plaintext: Uint8Array;
}

/** What travels to the recipient. */
export interface Sealed {
  /** The encapsulated key, for the recipient. */
  readonly enc: Bytes;
  /** With its tag. */
  readonly ciphertext: Bytes;
}

/**
 * §6.1 Seal: one message to a public key. Done at once if the KEM is synchronous.
 *
 * @throws InvalidError `key.hpke_public`
 * @throws UsageError `hpke.export_only`, `hpke.mode_unsupported`, `hpke.psk_inconsistent`
 */
export function seal(suite: HpkeSuite, publicKey: Uint8Array, input: SealInput): Awaitable<Sealed> {
  return sealUnder(suite, publicKey, input);
}

/** One of many messages under the same `info`. */
export interface Addressed {
  readonly publicKey: Uint8Array;
  readonly plaintext: Uint8Array;
}

/**
 * §6.1 Seal for many, in order, each under randomness of its own. `info` is hashed once, however many they are.
 *
 * @throws as `seal`
 */
export function sealMany(
  suite: HpkeSuite,
  input: SenderInput,
  messages: readonly Addressed[],
): Awaitable<readonly Sealed[]> {
  if (messages.length === 0) return [];
  const infoHash = infoHashOf(suite, input.info);
  return all(
    messages.map(({ publicKey, plaintext }) => sealUnder(suite, publicKey, { ...input, plaintext }, infoHash)),
  );
}

function sealUnder(suite: HpkeSuite, publicKey: Uint8Array, input: SealInput, infoHash?: Bytes): Awaitable<Sealed> {
  const { aad = EMPTY, plaintext, random } = input;
  return after(suite.kem.encap(publicKey, random), ({ sharedSecret, enc }) => ({
    enc,
    ciphertext: withKeys(suite, keySchedule(suite, sharedSecret, input, infoHash), ({ key, baseNonce }) =>
      suite.aead.seal(key.bytes, baseNonce.bytes, aad, plaintext),
    ),
  }));
}

/** One sealed message. */
export interface OpenInput extends ScheduleInput {
  /** The encapsulated key from the sender. */
  readonly enc: Uint8Array;
  /** As the sender gave it. Default: empty. */
  readonly aad?: Uint8Array | undefined;
  /** With its tag. */
  readonly ciphertext: Uint8Array;
}

/**
 * §6.1 Open. Done at once if the KEM is synchronous.
 *
 * @throws InvalidError `hpke.open_failed`, `key.hpke_private`
 * @throws UsageError `hpke.export_only`, `hpke.mode_unsupported`, `hpke.psk_inconsistent`
 */
export function open(suite: HpkeSuite, privateKey: Uint8Array, input: OpenInput): Awaitable<Bytes> {
  const { enc, aad = EMPTY, ciphertext } = input;
  return after(suite.kem.decap(enc, privateKey), (sharedSecret) =>
    withKeys(suite, keySchedule(suite, sharedSecret, input), ({ key, baseNonce }) =>
      openOnce(suite.aead, { key: key.bytes, nonce: baseNonce.bytes, aad, ciphertext }),
    ),
  );
}

/** One message has sequence number zero, so its nonce is the base nonce itself. Disposes of the schedule's secret. */
function withKeys(suite: HpkeSuite, schedule: KeySchedule, use: (keys: ContextKeys) => Bytes): Bytes {
  const keys = contextKeys(suite, schedule);
  schedule.secret.dispose();
  try {
    return use(keys);
  } finally {
    keys.key.dispose();
    keys.baseNonce.dispose();
  }
}
