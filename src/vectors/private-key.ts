/** Private keys as vector files have them: big-endian integers, with zeros in front or without. */

import type { Bytes } from "../hpke/algorithms.ts";

/**
 * A scalar in the fixed length of RFC 9180 SerializePrivateKey, shorter ones filled up. Longer ones lose zeros only, so
 * that what is no key of the curve stays none.
 */
export function padded(scalar: Uint8Array, length: number): Bytes {
  const first = scalar.findIndex((octet) => octet !== 0);
  const significant = first === -1 ? scalar.subarray(scalar.length) : scalar.subarray(first);
  const out = new Uint8Array(Math.max(length, significant.length));
  out.set(significant, out.length - significant.length);
  return out;
}
