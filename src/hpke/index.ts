/** Hybrid public key encryption (RFC 9180): `copath/hpke`. */

export {
  AES_128_GCM,
  AES_256_GCM,
  type AeadCall,
  type AeadParameters,
  type AeadPrimitive,
  aead,
  CHACHA20_POLY1305,
  EXPORT_ONLY,
} from "./aead.ts";
export type {
  Aead,
  Awaitable,
  Bytes,
  Encapsulation,
  Hash,
  HashName,
  Kdf,
  Kem,
  KeyPair,
  Random,
} from "./algorithms.ts";
export { RecipientContext, SenderContext } from "./context.ts";
export {
  DHKEM_P256,
  DHKEM_P384,
  DHKEM_P521,
  DHKEM_X448,
  DHKEM_X25519,
  type DhCurve,
  type DhkemParameters,
} from "./dh-parameters.ts";
export { type DhGroup, dhkem } from "./dhkem.ts";
export { HKDF_SHA256, HKDF_SHA384, HKDF_SHA512, hkdf, type KdfParameters } from "./hkdf.ts";
export { type HpkeSuite, MODE, type Mode, type Psk, type ScheduleInput } from "./key-schedule.ts";
export { isPoint, isScalar, type NistCurve, P256, P384, P521 } from "./nist-curves.ts";
export {
  type OpenInput,
  open,
  type RecipientKeys,
  type Sealed,
  type SealInput,
  type SenderInput,
  seal,
  setupRecipient,
  setupSender,
} from "./single-shot.ts";
