/** §17.1: cipher suite 3, its definition. */

import type { CipherSuiteDefinition } from "../crypto/cipher-suite.ts";

/** §17.1: cipher suite 3: X25519, ChaCha20-Poly1305, SHA-256, Ed25519. */
export const MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519: CipherSuiteDefinition = {
  id: 0x0003,
  name: "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
  kem: 0x0020,
  kdf: 0x0001,
  aead: 0x0003,
  hash: "SHA-256",
  signature: "ed25519",
};
