/**
 * Public-key cryptography and large AEAD of the platform (Web Cryptography), everything else in JavaScript, and all of it
 * where the platform cannot: `copath/backends/webcrypto`. What it can is found out when a primitive is first used.
 * Octets that are passed in must stay as they are until the result is there.
 */

import type { Backend } from "../../crypto/cipher-suite.ts";
import { sha256, sha384, sha512 } from "../noble/hash.ts";
import { hkdfSha256, hkdfSha384, hkdfSha512 } from "../noble/kdf.ts";
import { aes128Gcm, aes256Gcm, chacha20Poly1305 } from "./aead.ts";
import { dhkemP256, dhkemP384, dhkemP521, dhkemX448, dhkemX25519 } from "./kem.ts";
import { ecdsaP256, ecdsaP384, ecdsaP521, ed448, ed25519 } from "./signature.ts";

export { type Curve25519, platformCurve25519 } from "./curve25519.ts";
export { type CryptoKeySigner, generateCryptoKeySigner, type StoredKeyPair, signerOfCryptoKey } from "./signer.ts";
export { type ComputedBy, type Computers, type SupportReport, supportReport } from "./support.ts";
export {
  aes128Gcm,
  aes256Gcm,
  chacha20Poly1305,
  dhkemP256,
  dhkemP384,
  dhkemP521,
  dhkemX448,
  dhkemX25519,
  ecdsaP256,
  ecdsaP384,
  ecdsaP521,
  ed448,
  ed25519,
  hkdfSha256,
  hkdfSha384,
  hkdfSha512,
  sha256,
  sha384,
  sha512,
};

/** Everything that suites 1 to 7 take. */
export const webcrypto: Backend = {
  name: "webcrypto",
  kems: [dhkemP256, dhkemP384, dhkemP521, dhkemX25519, dhkemX448],
  kdfs: [hkdfSha256, hkdfSha384, hkdfSha512],
  aeads: [aes128Gcm, aes256Gcm, chacha20Poly1305],
  hashes: [sha256, sha384, sha512],
  signatures: [ed25519, ed448, ecdsaP256, ecdsaP384, ecdsaP521],
};
