/**
 * Primitives with nothing around them: no checks, no typed errors, no copies, one call of the platform or of a library
 * each. Keys that an engine could keep (the own signature key, the own private keys of the tree) are imported once; keys
 * that come with the input (those that are encrypted to, those that have signed) are imported each time.
 */

import type { CipherSuiteDefinition } from "copath/crypto";

export type Awaitable<T> = T | Promise<T>;

/** A private key in the form that is fastest to use again. */
export type Imported = unknown;

export interface BareHash {
  readonly length: number;
  digest(data: Uint8Array): Uint8Array;
  hmac(key: Uint8Array, data: Uint8Array): Uint8Array;
}

export interface BareAead {
  readonly Nk: number;
  seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Awaitable<Uint8Array>;
  open(key: Uint8Array, nonce: Uint8Array, ciphertext: Uint8Array): Awaitable<Uint8Array>;
}

export interface BareCurve {
  /** Of a private key. */
  readonly Nsk: number;
  /** Makes a key of random octets. */
  keyPair(secret: Uint8Array): Awaitable<{ readonly privateKey: Imported; readonly publicKey: Uint8Array }>;
  agree(privateKey: Imported, publicKey: Uint8Array): Awaitable<Uint8Array>;
}

export interface BareSignature {
  keyPair(secret: Uint8Array): Awaitable<{ readonly privateKey: Imported; readonly publicKey: Uint8Array }>;
  readonly Nsk: number;
  sign(privateKey: Imported, message: Uint8Array): Awaitable<Uint8Array>;
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Awaitable<boolean>;
}

/** The primitives of one suite. */
export interface Bare {
  readonly hash: BareHash;
  /** Of the KEM, which differs from that of the suite in none of the seven but is named apart by RFC 9180. */
  readonly kemHash: BareHash;
  readonly aead: BareAead;
  readonly curve: BareCurve;
  readonly signature: BareSignature;
}

/** The curves and hashes of the KEMs of RFC 9180 §7.1. */
export const KEMS = {
  16: { curve: "P-256", hash: "SHA-256", Nsk: 32 },
  17: { curve: "P-384", hash: "SHA-384", Nsk: 48 },
  18: { curve: "P-521", hash: "SHA-512", Nsk: 66 },
  32: { curve: "X25519", hash: "SHA-256", Nsk: 32 },
  33: { curve: "X448", hash: "SHA-512", Nsk: 56 },
} as const;

export type KemEntry = (typeof KEMS)[keyof typeof KEMS];

export function kemOf({ kem }: CipherSuiteDefinition): KemEntry {
  const entry = (KEMS as Readonly<Record<number, KemEntry>>)[kem];
  if (entry === undefined) throw new Error(`There is no floor for KEM ${kem}.`);
  return entry;
}

/** The AEADs of RFC 9180 §7.3. */
export function aeadOf({ aead }: CipherSuiteDefinition): {
  readonly name: "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305";
  readonly Nk: number;
} {
  if (aead === 1) return { name: "aes-128-gcm", Nk: 16 };
  if (aead === 2) return { name: "aes-256-gcm", Nk: 32 };
  return { name: "chacha20-poly1305", Nk: 32 };
}

/** A private key below the order of any of the curves: the first octet of the order is larger than that of the key. */
export function belowOrder(secret: Uint8Array): Uint8Array {
  const scalar = secret.slice();
  scalar[0] = scalar.length === 66 ? 0 : (scalar[0] ?? 0) & 0x7f;
  return scalar;
}
