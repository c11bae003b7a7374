/**
 * RFC 9180 §4: what a backend supplies. Symmetric primitives are synchronous everywhere; public-key operations may be
 * promises, and a synchronous backend returns plain values so that nothing waits for the event loop.
 *
 * Octet strings passed in are never modified or kept, except private keys, whose imported platform form may be cached
 * by the identity of the array. Octet strings returned are the caller's own.
 */

/** A value now, or later. */
export type Awaitable<T> = T | Promise<T>;
/** Octets over memory of their own, as WebCrypto takes them. What the library returns is of this type. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Fresh random octets. Injected, so that a seed replays everything. */
export type Random = (length: number) => Bytes;

/** The hash functions of the suites of §17.1. */
export type HashName = "SHA-256" | "SHA-384" | "SHA-512";

/** A hash function, and HMAC with it. */
export interface Hash {
  /** As FIPS 180-4 has it. */
  readonly name: HashName;
  /** Length of a digest in octets. */
  readonly length: number;
  /** The digest of all of `data`. */
  digest(data: Uint8Array): Bytes;
  /** HMAC (RFC 2104) with this hash: the MAC of all suites of §17.1. */
  hmac(key: Uint8Array, data: Uint8Array): Bytes;
}

/** A KDF with the constants of RFC 9180 §7.2. */
export interface Kdf {
  /** RFC 9180 §7.2 */
  readonly id: number;
  /** As RFC 9180 has it. */
  readonly name: string;
  /** Length of an extracted key. */
  readonly Nh: number;
  /** Extract: `Nh` octets. */
  extract(salt: Uint8Array, ikm: Uint8Array): Bytes;
  /** @throws UsageError `kdf.too_long` over 255 * Nh */
  expand(prk: Uint8Array, info: Uint8Array, length: number): Bytes;
}

/** An AEAD with the constants of RFC 9180 §7.3; lengths are in octets. */
export interface Aead {
  /** RFC 9180 §7.3 */
  readonly id: number;
  /** As RFC 9180 has it. */
  readonly name: string;
  /** Length of a key. */
  readonly Nk: number;
  /** Length of a nonce. */
  readonly Nn: number;
  /** Length of the tag at the end of a ciphertext. */
  readonly Nt: number;
  /** The ciphertext, its tag at the end. @throws UsageError `aead.too_long`, `input.invalid` */
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Bytes;
  /** @throws InvalidError `aead.open_failed` */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Bytes;
  /** The same operations where a platform is faster but answers later: worth it for large data. */
  readonly large?: LargeAead | undefined;
}

/** What `Aead` does, perhaps later; octet strings passed in stay as they are until then. */
export interface LargeAead {
  /** From how many octets on it is faster. */
  readonly threshold: number;
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Awaitable<Bytes>;
  /** @throws InvalidError `aead.open_failed` */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Awaitable<Bytes>;
}

/** Both halves of a key, as octets. */
export interface KeyPair {
  /** In the format of the scheme. */
  readonly publicKey: Bytes;
  /** In the format of the scheme. */
  readonly privateKey: Bytes;
}

/** What Encap returns: a secret for the sender, and `enc`, from which the recipient gets the same secret. */
export interface Encapsulation {
  /** For the sender; to be wiped after use. */
  readonly sharedSecret: Bytes;
  /** For the recipient. */
  readonly enc: Bytes;
}

/** A KEM with the constants of RFC 9180 §7.1; lengths are in octets. */
export interface Kem {
  /** RFC 9180 §7.1 */
  readonly id: number;
  /** As RFC 9180 has it. */
  readonly name: string;
  /** Length of a shared secret. */
  readonly Nsecret: number;
  /** Length of an encapsulated key. */
  readonly Nenc: number;
  /** Length of a public key. */
  readonly Npk: number;
  /** Length of a private key. */
  readonly Nsk: number;
  /** DeriveKeyPair */
  deriveKeyPair(ikm: Uint8Array): Awaitable<KeyPair>;
  /** @throws InvalidError `key.hpke_private` */
  publicKeyOf(privateKey: Uint8Array): Awaitable<Bytes>;
  /** Whether a public key is one: length, on the curve, not of low order. @throws InvalidError `key.hpke_public` */
  checkPublicKey(publicKey: Uint8Array): void;
  /** Encap, its ephemeral key derived from `random(Nsk)`. @throws InvalidError `key.hpke_public` */
  encap(publicKey: Uint8Array, random: Random): Awaitable<Encapsulation>;
  /** Decap. @throws InvalidError `hpke.open_failed`, `key.hpke_private` */
  decap(enc: Uint8Array, privateKey: Uint8Array): Awaitable<Bytes>;
}

/** Goes on with a value at once if it is one, later if it is a promise. */
export function after<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** The values of all, without a wait if none is a promise. */
export function all<T>(values: readonly Awaitable<T>[]): Awaitable<readonly T[]> {
  return values.some((value) => value instanceof Promise) ? Promise.all(values) : (values as readonly T[]);
}
