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
  signWithLabel,
  type Verified,
  verifyManyWithLabel,
  verifyWithLabel,
} from "./labels.ts";
export { generateSigner, type KeySigner, type Signer, signerOf } from "./signer.ts";
