/**
 * RFC 9180 §7.3: the AEADs, over primitives that a backend supplies. What is refused, and how, is decided here, so that
 * backends cannot differ in it.
 */

import { InvalidError, UsageError } from "../errors.ts";
import type { Aead, Bytes } from "./algorithms.ts";

/** The constants of an AEAD (RFC 9180 §7.3): its number, and the lengths of key, nonce and tag in octets. */
export interface AeadParameters {
  readonly id: number;
  readonly name: string;
  readonly Nk: number;
  readonly Nn: number;
  readonly Nt: number;
}

export const AES_128_GCM: AeadParameters = { id: 0x0001, name: "AES-128-GCM", Nk: 16, Nn: 12, Nt: 16 };
export const AES_256_GCM: AeadParameters = { id: 0x0002, name: "AES-256-GCM", Nk: 32, Nn: 12, Nt: 16 };
export const CHACHA20_POLY1305: AeadParameters = { id: 0x0003, name: "ChaCha20Poly1305", Nk: 32, Nn: 12, Nt: 16 };

/** One call of the cipher: what is secret and what is bound to it. */
export interface AeadCall {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
}

/** The bare cipher: lengths are checked before it is called, and anything that its `open` throws is a refusal. */
export interface AeadPrimitive {
  /** Ciphertext, then tag. */
  seal(call: AeadCall, plaintext: Uint8Array): Bytes;
  /** Throws anything at all if the tag is wrong. */
  open(call: AeadCall, ciphertext: Uint8Array): Bytes;
}

/** What a platform's cipher takes in one call. */
const LONGEST = 0x7fffffff - 16;

/** An HPKE AEAD made of a backend's cipher. */
export function aead(parameters: AeadParameters, primitive: AeadPrimitive): Aead {
  const { Nk, Nn, Nt, name } = parameters;
  const call = (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array): AeadCall => {
    if (key.length !== Nk || nonce.length !== Nn) {
      throw new UsageError("input.invalid", { aead: name, key: key.length, nonce: nonce.length });
    }
    return { key, nonce, aad };
  };
  return {
    ...parameters,
    seal(key, nonce, aad, plaintext) {
      if (plaintext.length > LONGEST) throw new UsageError("aead.too_long", { length: plaintext.length });
      return primitive.seal(call(key, nonce, aad), plaintext);
    },
    open(key, nonce, aad, ciphertext) {
      const input = call(key, nonce, aad);
      if (ciphertext.length < Nt || ciphertext.length > LONGEST + Nt) throw new InvalidError("aead.open_failed");
      try {
        return primitive.open(input, ciphertext);
      } catch {
        throw new InvalidError("aead.open_failed");
      }
    },
  };
}

/** RFC 9180 §7.3: no AEAD at all, for contexts that only export. Needs no backend. */
export const EXPORT_ONLY: Aead = {
  id: 0xffff,
  name: "Export-only",
  Nk: 0,
  Nn: 0,
  Nt: 0,
  seal: refuse,
  open: refuse,
};

function refuse(): never {
  throw new UsageError("hpke.export_only");
}
