/** RFC 9180 over bare primitives: the sequence of calls, with inputs of the right lengths made beforehand. */

import type { Awaitable, Bare, Imported } from "./bare.ts";

export interface HpkeKeys {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}

/** The inputs that a suite's own steps have beside the secrets. */
export class BareHpke {
  readonly #bare: Bare;
  readonly #ikm: Uint8Array;
  readonly #secretInfo: Uint8Array;
  readonly #extracted: Uint8Array;
  readonly #sharedInfo: Uint8Array;
  readonly #secretLabel = octetsOf(26);
  readonly #context: Uint8Array;

  constructor(bare: Bare) {
    this.#bare = bare;
    const { curve, hash, kemHash } = bare;
    this.#ikm = octetsOf(kemHash.length + LABEL);
    this.#secretInfo = octetsOf(LABEL);
    this.#extracted = octetsOf(curve.Nsk + LABEL);
    this.#sharedInfo = octetsOf(2 * curve.Nsk + LABEL + 8);
    this.#context = octetsOf(2 * hash.length + LABEL + 12);
  }

  /** §7.1.3 DeriveKeyPair: extract, expand, and the public key. */
  derive(): Awaitable<{ readonly privateKey: Imported; readonly publicKey: Uint8Array }> {
    const { kemHash, curve } = this.#bare;
    const prk = kemHash.hmac(EMPTY, this.#ikm);
    const secret = kemHash.hmac(prk, this.#secretInfo);
    return curve.keyPair(secret.length === curve.Nsk ? secret : fitted(secret, curve.Nsk));
  }

  /** §4.1 Encap as far as the DH: an ephemeral key of random octets. */
  encap(publicKey: Uint8Array): Awaitable<Uint8Array> {
    const { curve } = this.#bare;
    const random = globalThis.crypto.getRandomValues(new Uint8Array(curve.Nsk));
    return after(curve.keyPair(random), ({ privateKey }) => curve.agree(privateKey, publicKey));
  }

  infoHash(info: Uint8Array): Uint8Array {
    return this.#bare.hash.hmac(EMPTY, info);
  }

  seal(publicKey: Uint8Array, plaintext: Uint8Array): Awaitable<Uint8Array> {
    return after(this.encap(publicKey), (dh) => {
      const { key, nonce } = this.keys(dh);
      return this.#bare.aead.seal(key, nonce, plaintext);
    });
  }

  open(privateKey: Imported, enc: Uint8Array, ciphertext: Uint8Array): Awaitable<Uint8Array> {
    return after(this.#bare.curve.agree(privateKey, enc), (dh) => {
      const { key, nonce } = this.keys(dh);
      return this.#bare.aead.open(key, nonce, ciphertext);
    });
  }

  /** §5.1 up to key and nonce; `psk_id_hash` is a constant of the suite. */
  keys(dh: Uint8Array): HpkeKeys {
    const { hash, aead } = this.#bare;
    const secret = hash.hmac(this.#sharedSecret(dh), this.#secretLabel);
    return {
      key: hash.hmac(secret, this.#context).subarray(0, aead.Nk),
      nonce: hash.hmac(secret, this.#context).subarray(0, 12),
    };
  }

  /** §5.3: one secret exported from a context. */
  exported(publicKey: Uint8Array): Awaitable<Uint8Array> {
    const { hash } = this.#bare;
    return after(this.encap(publicKey), (dh) => {
      const secret = hash.hmac(this.#sharedSecret(dh), this.#secretLabel);
      return hash.hmac(hash.hmac(secret, this.#context), this.#secretInfo);
    });
  }

  /** §4.1 ExtractAndExpand. The DH itself is bound in, so that nothing can be computed beforehand. */
  #sharedSecret(dh: Uint8Array): Uint8Array {
    const { kemHash } = this.#bare;
    this.#extracted.set(dh, LABEL);
    return kemHash.hmac(kemHash.hmac(EMPTY, this.#extracted), this.#sharedInfo);
  }
}

/** Of a label with the version and the suite before it. */
const LABEL = 24;
const EMPTY = new Uint8Array(0);

export function after<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

function fitted(secret: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(secret.subarray(0, length));
  return out;
}

/** Octets that are neither zero nor alike. */
export function octetsOf(length: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length);
  for (let i = 0; i < length; i++) out[i] = (i * 31 + 7) & 0xff;
  return out;
}
