/** Cryptographic objects (§5): `copath/crypto`. */

export {
  type Backend,
  type CipherSuite,
  type CipherSuiteDefinition,
  cipherSuite,
  type SignatureName,
  type SignatureScheme,
  supports,
  type VerifyRequest,
} from "./cipher-suite.ts";
export {
  ECDSA_P256,
  ECDSA_P384,
  ECDSA_P521,
  type EcdsaParameters,
  type EcdsaPrimitive,
  type EcdsaRequest,
  ecdsa,
} from "./ecdsa.ts";
export { ED448, ED25519, type EddsaParameters, type EddsaPrimitive, eddsa } from "./eddsa.ts";
export {
  decryptWithLabel,
  deriveMany,
  deriveSecret,
  deriveTreeSecret,
  encryptManyWithLabel,
  expandWithLabel,
  generateHpkeKeyPair,
  type HpkeKeyPair,
  makeKeyPackageRef,
  makeProposalRef,
  refHash,
  type SignedContent,
  signWithLabel,
  type Verified,
  verifyManyWithLabel,
  verifyWithLabel,
} from "./labels.ts";
export { generateSigner, type KeySigner, type Signer, signerOf } from "./signer.ts";
export type { Verification, VerificationThreads } from "./verdict.ts";
