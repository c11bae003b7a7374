/** §5.1: SHA-2 and HMAC of the platform. */

import { createHmac, hash as digest } from "node:crypto";
import type { Hash, HashName } from "../../hpke/algorithms.ts";
import { own } from "./octets.ts";

/** FIPS 180-4: SHA-256, by OpenSSL. */
export const sha256: Hash = /* @__PURE__ */ hash("SHA-256", "sha256", 32);
/** FIPS 180-4: SHA-384, by OpenSSL. */
export const sha384: Hash = /* @__PURE__ */ hash("SHA-384", "sha384", 48);
/** FIPS 180-4: SHA-512, by OpenSSL. */
export const sha512: Hash = /* @__PURE__ */ hash("SHA-512", "sha512", 64);

function hash(name: HashName, algorithm: string, length: number): Hash {
  return {
    name,
    length,
    digest: (data) => own(digest(algorithm, data, "buffer")),
    hmac: (key, data) => own(createHmac(algorithm, key).update(data).digest()),
  };
}
