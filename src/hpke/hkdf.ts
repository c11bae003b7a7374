/** RFC 5869, the KDF of RFC 9180 §7.2: HKDF over the hash that a backend supplies. Intermediate blocks are wiped. */

import { concat, wipe } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import type { Bytes, Hash, Kdf } from "./algorithms.ts";

/** The number and name of a KDF (RFC 9180 §7.2). */
export interface KdfParameters {
  /** RFC 9180 §7.2 */
  readonly id: number;
  /** As RFC 9180 has it. */
  readonly name: string;
}

/** RFC 9180 §7.2: the identity of HKDF-SHA256. */
export const HKDF_SHA256: KdfParameters = { id: 0x0001, name: "HKDF-SHA256" };
/** RFC 9180 §7.2: the identity of HKDF-SHA384. */
export const HKDF_SHA384: KdfParameters = { id: 0x0002, name: "HKDF-SHA384" };
/** RFC 9180 §7.2: the identity of HKDF-SHA512. */
export const HKDF_SHA512: KdfParameters = { id: 0x0003, name: "HKDF-SHA512" };

/** HKDF with a hash of a backend, as an HPKE KDF. */
export function hkdf(parameters: KdfParameters, hash: Hash): Kdf {
  return {
    ...parameters,
    Nh: hash.length,
    extract: (salt, ikm) => hash.hmac(salt, ikm),
    expand: (prk, info, length) => expand(hash, prk, info, length),
  };
}

function expand(hash: Hash, prk: Uint8Array, info: Uint8Array, length: number): Bytes {
  if (length > 255 * hash.length) throw new UsageError("kdf.too_long", { length, limit: 255 * hash.length });
  const first = new Uint8Array(info.length + 1);
  first.set(info);
  first[info.length] = 1;
  let block = hash.hmac(prk, first);
  if (length === block.length) return block;
  const out = new Uint8Array(length);
  out.set(block.subarray(0, length));
  for (let counter = 2, filled = block.length; filled < length; counter++, filled += hash.length) {
    const input = concat(block, info, Uint8Array.of(counter));
    wipe(block);
    block = hash.hmac(prk, input);
    wipe(input);
    out.set(block.subarray(0, length - filled), filled);
  }
  wipe(block);
  return out;
}
