/** §17.1: cipher suite 5, its definition. */

import type { CipherSuiteDefinition } from "../crypto/cipher-suite.ts";

/** §17.1: cipher suite 5: P-521, AES-256-GCM, SHA-512, ECDSA on P-521. */
export const MLS_256_DHKEMP521_AES256GCM_SHA512_P521: CipherSuiteDefinition = {
  id: 0x0005,
  name: "MLS_256_DHKEMP521_AES256GCM_SHA512_P521",
  kem: 0x0012,
  kdf: 0x0003,
  aead: 0x0002,
  hash: "SHA-512",
  signature: "ecdsa_secp521r1_sha512",
};
