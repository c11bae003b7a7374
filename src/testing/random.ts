/** Deterministic randomness: the same seed gives the same octets. For tests and demonstrations only. */

import { sha256 } from "../backends/noble/hash.ts";
import { concat, utf8 } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { uint32 } from "../codec/presentation.ts";
import type { Random } from "../crypto/cipher-suite.ts";

/** A stream of octets that depends on the seed alone: SHA-256 in counter mode. Anyone who knows the seed knows them all. */
export function seededRandom(seed: string | number): Random {
  const key = sha256.digest(utf8(`copath ${seed}`));
  let counter = 0;
  let block = new Uint8Array(0);
  return (length) => {
    const out = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      if (block.length === 0) block = sha256.digest(concat(key, encode(uint32, counter++)));
      const taken = block.subarray(0, length - filled);
      out.set(taken, filled);
      filled += taken.length;
      block = block.slice(taken.length);
    }
    return out;
  };
}
