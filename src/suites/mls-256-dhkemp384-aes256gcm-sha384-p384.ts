/** §17.1: cipher suite 7, its definition. */

import type { CipherSuiteDefinition } from "../crypto/cipher-suite.ts";

/** §17.1: cipher suite 7: P-384, AES-256-GCM, SHA-384, ECDSA on P-384. */
export const MLS_256_DHKEMP384_AES256GCM_SHA384_P384: CipherSuiteDefinition = {
  id: 0x0007,
  name: "MLS_256_DHKEMP384_AES256GCM_SHA384_P384",
  kem: 0x0011,
  kdf: 0x0002,
  aead: 0x0002,
  hash: "SHA-384",
  signature: "ecdsa_secp384r1_sha384",
};
