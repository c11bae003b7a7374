/** §5.1: the AEAD of a suite, computed by whichever cipher of the backend is faster for the length. */

import type { AeadCall } from "../hpke/aead.ts";
import type { Aead, Awaitable, Bytes } from "../hpke/algorithms.ts";

/** @throws UsageError `aead.too_long`, `input.invalid` */
export function sealBySize(aead: Aead, { key, nonce, aad }: AeadCall, plaintext: Uint8Array): Awaitable<Bytes> {
  return cipherFor(aead, plaintext).seal(key, nonce, aad, plaintext);
}

/** @throws InvalidError `aead.open_failed` */
export function openBySize(aead: Aead, { key, nonce, aad }: AeadCall, ciphertext: Uint8Array): Awaitable<Bytes> {
  return cipherFor(aead, ciphertext).open(key, nonce, aad, ciphertext);
}

function cipherFor(aead: Aead, { length }: Uint8Array) {
  const { large } = aead;
  return large !== undefined && length >= large.threshold ? large : aead;
}
