/**
 * The platform's cryptography in Node: `copath/backends/node`. Synchronous, but for the verification of many signatures
 * at once, which takes the platform's threads. A build of Node that lacks a primitive leaves it out of the lists.
 */

import { getCipherInfo, getCurves } from "node:crypto";
import type { Backend } from "../../crypto/cipher-suite.ts";
import { aes128Gcm, aes256Gcm, chacha20Poly1305 } from "./aead.ts";
import { sha256, sha384, sha512 } from "./hash.ts";
import { hkdfSha256, hkdfSha384, hkdfSha512 } from "./kdf.ts";
import { dhkemP256, dhkemP384, dhkemP521, dhkemX448, dhkemX25519 } from "./kem.ts";
import { okpKeys } from "./keys.ts";
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

const curves = /* @__PURE__ */ getCurves();

/** What this build of Node has of suites 1 to 7. */
export const node: Backend = {
  name: "node",
  kems: [
    ...(curves.includes("prime256v1") ? [dhkemP256] : []),
    ...(curves.includes("secp384r1") ? [dhkemP384] : []),
    ...(curves.includes("secp521r1") ? [dhkemP521] : []),
    ...(imports("X25519", 32) ? [dhkemX25519] : []),
    ...(imports("X448", 56) ? [dhkemX448] : []),
  ],
  kdfs: [hkdfSha256, hkdfSha384, hkdfSha512],
  aeads: [aes128Gcm, aes256Gcm, ...(getCipherInfo("chacha20-poly1305") === undefined ? [] : [chacha20Poly1305])],
  hashes: [sha256, sha384, sha512],
  signatures: [
    ...(imports("Ed25519", 32) ? [ed25519] : []),
    ...(imports("Ed448", 57) ? [ed448] : []),
    ...(curves.includes("prime256v1") ? [ecdsaP256] : []),
    ...(curves.includes("secp384r1") ? [ecdsaP384] : []),
    ...(curves.includes("secp521r1") ? [ecdsaP521] : []),
  ],
};

/** There is no list of these curves to look into. */
function imports(curve: Parameters<typeof okpKeys>[0], length: number): boolean {
  try {
    okpKeys(curve).publicKey(new Uint8Array(length).fill(9));
    return true;
  } catch {
    return false;
  }
}
