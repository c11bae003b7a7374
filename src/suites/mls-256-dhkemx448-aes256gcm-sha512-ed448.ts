/** §17.1: cipher suite 4, its definition. */

import type { CipherSuiteDefinition } from "../crypto/cipher-suite.ts";

/** §17.1: cipher suite 4: X448, AES-256-GCM, SHA-512, Ed448. */
export const MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448: CipherSuiteDefinition = {
  id: 0x0004,
  name: "MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448",
  kem: 0x0021,
  kdf: 0x0003,
  aead: 0x0002,
  hash: "SHA-512",
  signature: "ed448",
};
