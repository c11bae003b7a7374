/**
 * §5.1.2: signature keys that the platform keeps. One that is not extractable never leaves it, and can be stored as it
 * is (IndexedDB takes a `CryptoKey`), so that whoever reads the store cannot take the key away.
 */

import { copy, EMPTY, isBytes } from "../../bytes.ts";
import type { CipherSuite } from "../../crypto/cipher-suite.ts";
import { derOf, ECDSA_P256, ECDSA_P384, ECDSA_P521 } from "../../crypto/ecdsa.ts";
import type { Signer } from "../../crypto/signer.ts";
import { InvalidError, UsageError } from "../../errors.ts";
import type { Bytes } from "../../hpke/algorithms.ts";
import { plain, subtle } from "./platform.ts";
import { HASHES } from "./signature.ts";

/** A signer over a key of the platform. */
export interface CryptoKeySigner extends Signer {
  /** To be stored together with `publicKey`. */
  readonly privateKey: CryptoKey;
}

/** The halves of a key, as `generateKey` returns them or as they come back from a store. */
export interface StoredKeyPair {
  /** May be non-extractable. */
  readonly privateKey: CryptoKey;
  /** As a key, or as octets. */
  readonly publicKey: CryptoKey | Uint8Array;
}

/**
 * A signer over a fresh key, which cannot be extracted. Its randomness is the platform's own.
 *
 * @throws UsageError `suite.primitive_missing` if the platform lacks the suite's signature scheme
 */
export async function generateCryptoKeySigner(suite: CipherSuite): Promise<CryptoKeySigner> {
  const { keys } = schemeOf(suite);
  const pair = await subtle()
    .generateKey(keys, false, ["sign", "verify"])
    .catch((cause: unknown) => {
      throw missing(suite, cause);
    });
  return signerOfCryptoKey(suite, pair as CryptoKeyPair);
}

/**
 * A signer over a key that the platform has. It signs once to see that the halves belong together.
 *
 * @throws InvalidError `key.signature_private` if the key may not sign, is of another scheme than the suite's, or is not
 *   the other half of the public key
 * @throws InvalidError `key.signature_public`
 * @throws UsageError `suite.primitive_missing`
 */
export async function signerOfCryptoKey(suite: CipherSuite, pair: StoredKeyPair): Promise<CryptoKeySigner> {
  const { privateKey } = pair;
  const scheme = schemeOf(suite);
  const publicKey = await octetsOf(suite, pair.publicKey);
  suite.signature.checkPublicKey(publicKey);
  const sign = async (message: Uint8Array): Promise<Uint8Array> => {
    const signature = new Uint8Array(await subtle().sign(scheme.signing, privateKey, plain(message)));
    return scheme.isEcdsa ? derOf(signature) : signature;
  };
  // What MLS signs is never empty, so this signature can't be taken for another.
  const signature = isOf(scheme, privateKey) ? await sign(EMPTY) : EMPTY;
  const [belongs] = await suite.signature.verifyMany([{ publicKey, message: EMPTY, signature }]);
  if (belongs !== true) throw new InvalidError("key.signature_private", { scheme: suite.signature.name });
  return { publicKey, privateKey, sign };
}

/** A signature scheme in the platform's words. */
interface PlatformScheme {
  readonly keys: EcKeyGenParams | { readonly name: string };
  readonly signing: EcdsaParams | { readonly name: string };
  readonly isEcdsa: boolean;
}

/** @throws UsageError `suite.primitive_missing` */
function schemeOf(suite: CipherSuite): PlatformScheme {
  const scheme = suite.signature.name;
  const curve = [ECDSA_P256, ECDSA_P384, ECDSA_P521].find(({ name }) => name === scheme)?.curve.name;
  if (curve !== undefined) {
    const signing = { name: "ECDSA", hash: HASHES[curve] };
    return { keys: { name: "ECDSA", namedCurve: curve }, signing, isEcdsa: true };
  }
  if (scheme !== "ed25519" && scheme !== "ed448") throw missing(suite);
  const algorithm = { name: scheme === "ed25519" ? "Ed25519" : "Ed448" };
  return { keys: algorithm, signing: algorithm, isEcdsa: false };
}

function missing(suite: CipherSuite, cause?: unknown): UsageError {
  const details = { suite: suite.name, backend: "webcrypto", kind: "signature" };
  return new UsageError("suite.primitive_missing", details, { cause });
}

function isOf({ keys }: PlatformScheme, { type, usages, algorithm }: CryptoKey): boolean {
  const curve = (key: { readonly name: string; readonly namedCurve?: string }) => key.namedCurve;
  return (
    type === "private" && usages.includes("sign") && algorithm.name === keys.name && curve(algorithm) === curve(keys)
  );
}

async function octetsOf(suite: CipherSuite, publicKey: StoredKeyPair["publicKey"]): Promise<Bytes> {
  if (isBytes(publicKey)) return copy(publicKey);
  try {
    return new Uint8Array(await subtle().exportKey("raw", publicKey));
  } catch (cause) {
    throw new InvalidError("key.signature_public", { scheme: suite.signature.name }, { cause });
  }
}
