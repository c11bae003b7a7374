/** §17.1: cipher suite 1, its definition. */

import type { CipherSuiteDefinition } from "../crypto/cipher-suite.ts";

/** §17.1: cipher suite 1, the one that every client must support: X25519, AES-128-GCM, SHA-256, Ed25519. */
export const MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519: CipherSuiteDefinition = {
  id: 0x0001,
  name: "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
  kem: 0x0020,
  kdf: 0x0001,
  aead: 0x0001,
  hash: "SHA-256",
  signature: "ed25519",
};
