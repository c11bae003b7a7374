/** §17.1: cipher suite 6, its definition. */

import type { CipherSuiteDefinition } from "../crypto/cipher-suite.ts";

/** §17.1: cipher suite 6: X448, ChaCha20-Poly1305, SHA-512, Ed448. */
export const MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448: CipherSuiteDefinition = {
  id: 0x0006,
  name: "MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448",
  kem: 0x0021,
  kdf: 0x0003,
  aead: 0x0003,
  hash: "SHA-512",
  signature: "ed448",
};
