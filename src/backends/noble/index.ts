/**
 * The reference backend, in JavaScript throughout: complete, synchronous, the same everywhere, and deterministic given
 * its randomness: `copath/backends/noble`. Bundles that name single primitives hold no others.
 */

import type { Backend } from "../../crypto/cipher-suite.ts";
import { aes128Gcm, aes256Gcm } from "./aead.ts";
import { chacha20Poly1305 } from "./chacha20-poly1305.ts";
import { sha256, sha384, sha512 } from "./hash.ts";
import { hkdfSha256, hkdfSha384, hkdfSha512 } from "./kdf.ts";
import { dhkemP256, dhkemP384, dhkemP521, dhkemX448, dhkemX25519 } from "./kem.ts";
import { ecdsaP256, ecdsaP384, ecdsaP521, ed448, ed25519 } from "./signature.ts";

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
export const noble: Backend = {
  name: "noble",
  kems: [dhkemP256, dhkemP384, dhkemP521, dhkemX25519, dhkemX448],
  kdfs: [hkdfSha256, hkdfSha384, hkdfSha512],
  aeads: [aes128Gcm, aes256Gcm, chacha20Poly1305],
  hashes: [sha256, sha384, sha512],
  signatures: [ed25519, ed448, ecdsaP256, ecdsaP384, ecdsaP521],
};
