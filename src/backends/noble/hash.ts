/** §5.1: SHA-2 and HMAC in JavaScript. */

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as nobleSha256, sha384 as nobleSha384, sha512 as nobleSha512 } from "@noble/hashes/sha2.js";
import type { CHash } from "@noble/hashes/utils.js";
import type { Hash, HashName } from "../../hpke/algorithms.ts";

/** FIPS 180-4: SHA-256, in JavaScript. */
export const sha256: Hash = /* @__PURE__ */ hash("SHA-256", nobleSha256);
/** FIPS 180-4: SHA-384, in JavaScript. */
export const sha384: Hash = /* @__PURE__ */ hash("SHA-384", nobleSha384);
/** FIPS 180-4: SHA-512, in JavaScript. */
export const sha512: Hash = /* @__PURE__ */ hash("SHA-512", nobleSha512);

function hash(name: HashName, digest: CHash): Hash {
  return {
    name,
    length: digest.outputLen,
    digest: (data) => digest(data),
    hmac: (key, data) => hmac(digest, key, data),
  };
}
