/**
 * §5.1: SHA-2 in JavaScript, and HMAC (RFC 2104) made of it. One object computes all digests of a hash: what the library
 * allocates for each takes longer than a short digest does. It wipes the object when a digest is done.
 */

import { sha256 as nobleSha256, sha384 as nobleSha384, sha512 as nobleSha512 } from "@noble/hashes/sha2.js";
import type { CHash } from "@noble/hashes/utils.js";
import { wipe } from "../../bytes.ts";
import type { Bytes, Hash, HashName } from "../../hpke/algorithms.ts";

/** FIPS 180-4: SHA-256, in JavaScript. */
export const sha256: Hash = /* @__PURE__ */ hash("SHA-256", nobleSha256);
/** FIPS 180-4: SHA-384, in JavaScript. */
export const sha384: Hash = /* @__PURE__ */ hash("SHA-384", nobleSha384);
/** FIPS 180-4: SHA-512, in JavaScript. */
export const sha512: Hash = /* @__PURE__ */ hash("SHA-512", nobleSha512);

function hash(name: HashName, { blockLen, outputLen, create }: CHash): Hash {
  const fresh = create();
  const shared = create();
  const begin = () => fresh._cloneInto(shared);
  const digest = (...parts: readonly Uint8Array[]): Bytes => {
    const running = begin();
    for (const part of parts) running.update(part);
    return running.digest();
  };
  return {
    name,
    length: outputLen,
    digest: (data) => digest(data),
    hmac(key, data) {
      const pad = new Uint8Array(blockLen);
      pad.set(key.length > blockLen ? digest(key) : key);
      for (let i = 0; i < blockLen; i++) pad[i] = (pad[i] as number) ^ 0x36;
      const inner = digest(pad, data);
      for (let i = 0; i < blockLen; i++) pad[i] = (pad[i] as number) ^ 0x36 ^ 0x5c;
      const tag = digest(pad, inner);
      wipe(pad, inner);
      return tag;
    },
  };
}
