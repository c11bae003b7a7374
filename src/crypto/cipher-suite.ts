/**
 * §5.1: a cipher suite is a definition (which primitives) combined with a backend (who computes them). Suites are told
 * apart by their definition; the number is their entry in the registry of §17.1.
 */

import { UsageError } from "../errors.ts";

export type { Awaitable, Bytes, Hash, KeyPair, Random } from "../hpke/algorithms.ts";

import type { Aead, Awaitable, Bytes, Hash, HashName, Kdf, Kem, KeyPair, Random } from "../hpke/algorithms.ts";

/** The signature schemes of the suites of §17.1, by their names in the TLS registry. */
export type SignatureName =
  | "ed25519"
  | "ed448"
  | "ecdsa_secp256r1_sha256"
  | "ecdsa_secp384r1_sha384"
  | "ecdsa_secp521r1_sha512";

/** One signature to be judged. */
export interface VerifyRequest {
  /** Of whoever is said to have signed. */
  readonly publicKey: Uint8Array;
  /** As it was given to `sign`. */
  readonly message: Uint8Array;
  /** What is judged. */
  readonly signature: Uint8Array;
}

/** §5.1.2: ECDSA signatures are DER, EdDSA signatures R || S; ECDSA public keys are uncompressed points. */
export interface SignatureScheme {
  /** Of the TLS registry, for the schemes of §17.1. */
  readonly name: SignatureName | (string & {});
  /** A fresh key pair. */
  generateKeyPair(random: Random): Awaitable<KeyPair>;
  /** @throws InvalidError `key.signature_private` */
  publicKeyOf(privateKey: Uint8Array): Awaitable<Bytes>;
  /** Refuses what any backend could judge differently: wrong length, off the curve, small order, non-canonical.
   * @throws InvalidError `key.signature_public` */
  checkPublicKey(publicKey: Uint8Array): void;
  /** The signature of a message, which is given as it is. */
  sign(privateKey: Uint8Array, message: Uint8Array): Awaitable<Bytes>;
  /** Whether no signature is valid under a key that `checkPublicKey` refuses. Default: false. */
  readonly verifiesKeys?: boolean;
  /** One verdict per request, in order. A key or signature that cannot be parsed is `false`, not an error. */
  verifyMany(requests: readonly VerifyRequest[]): Awaitable<readonly boolean[]>;
}

/** What a suite is made of: RFC 9180 numbers, and names of the hash and the signature scheme. */
export interface CipherSuiteDefinition {
  /** §17.1 */
  readonly id: number;
  /** For people. */
  readonly name: string;
  /** RFC 9180 §7.1 */
  readonly kem: number;
  /** RFC 9180 §7.2 */
  readonly kdf: number;
  /** RFC 9180 §7.3 */
  readonly aead: number;
  /** Also of the MACs (§5.1). */
  readonly hash: HashName;
  /** Of the TLS registry, for the schemes of §17.1. */
  readonly signature: SignatureName | (string & {});
}

/** Primitives to choose from. Mix several by spreading their lists into one. */
export interface Backend {
  /** For errors. */
  readonly name: string;
  /** Found by their numbers. */
  readonly kems: readonly Kem[];
  /** Found by their numbers. */
  readonly kdfs: readonly Kdf[];
  /** Found by their numbers. */
  readonly aeads: readonly Aead[];
  /** Found by their names. */
  readonly hashes: readonly Hash[];
  /** Found by their names. */
  readonly signatures: readonly SignatureScheme[];
}

/** The primitives of a suite, ready for use. Made by `cipherSuite`. */
export interface CipherSuite {
  /** §17.1 */
  readonly id: number;
  /** Of the definition. */
  readonly name: string;
  /** For HPKE. */
  readonly kem: Kem;
  /** For HPKE and the key schedule. */
  readonly kdf: Kdf;
  /** For HPKE and private messages. */
  readonly aead: Aead;
  /** For references, tree and transcript hashes, and MACs. */
  readonly hash: Hash;
  /** For all that is signed. */
  readonly signature: SignatureScheme;
}

/**
 * The suite of a definition, computed by a backend.
 *
 * @throws UsageError `suite.primitive_missing` if the backend lacks one
 */
export function cipherSuite(definition: CipherSuiteDefinition, backend: Backend): CipherSuite {
  const { id, name } = definition;
  const found = <T>(kind: string, value: T | undefined): T => {
    if (value === undefined)
      throw new UsageError("suite.primitive_missing", { suite: name, backend: backend.name, kind });
    return value;
  };
  return {
    id,
    name,
    kem: found(
      "kem",
      backend.kems.find((each) => each.id === definition.kem),
    ),
    kdf: found(
      "kdf",
      backend.kdfs.find((each) => each.id === definition.kdf),
    ),
    aead: found(
      "aead",
      backend.aeads.find((each) => each.id === definition.aead),
    ),
    hash: found(
      "hash",
      backend.hashes.find((each) => each.name === definition.hash),
    ),
    signature: found(
      "signature",
      backend.signatures.find((each) => each.name === definition.signature),
    ),
  };
}

/** Whether a backend has every primitive of a definition. */
export function supports(backend: Backend, definition: CipherSuiteDefinition): boolean {
  return (
    backend.kems.some((each) => each.id === definition.kem) &&
    backend.kdfs.some((each) => each.id === definition.kdf) &&
    backend.aeads.some((each) => each.id === definition.aead) &&
    backend.hashes.some((each) => each.name === definition.hash) &&
    backend.signatures.some((each) => each.name === definition.signature)
  );
}
