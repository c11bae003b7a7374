/** §17.1: cipher suite 2, its definition. */

import type { CipherSuiteDefinition } from "../crypto/cipher-suite.ts";

/** §17.1: cipher suite 2: P-256, AES-128-GCM, SHA-256, ECDSA on P-256. */
export const MLS_128_DHKEMP256_AES128GCM_SHA256_P256: CipherSuiteDefinition = {
  id: 0x0002,
  name: "MLS_128_DHKEMP256_AES128GCM_SHA256_P256",
  kem: 0x0010,
  kdf: 0x0001,
  aead: 0x0001,
  hash: "SHA-256",
  signature: "ecdsa_secp256r1_sha256",
};
