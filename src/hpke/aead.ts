/**
 * RFC 9180 §7.3: the AEADs, over primitives that a backend supplies. What is refused, and how, is decided here, so that
 * backends cannot differ in it.
 */

import { InvalidError, UsageError } from "../errors.ts";
import type { Aead, Awaitable, Bytes } from "./algorithms.ts";
import { refusing } from "./outcome.ts";

/** The constants of an AEAD (RFC 9180 §7.3): its number, and the lengths of key, nonce and tag in octets. */
export interface AeadParameters {
  /** RFC 9180 §7.3 */
  readonly id: number;
  /** As RFC 9180 has it. */
  readonly name: string;
  /** Length of a key. */
  readonly Nk: number;
  /** Length of a nonce. */
  readonly Nn: number;
  /** Length of a tag. */
  readonly Nt: number;
}

export const AES_128_GCM: AeadParameters = { id: 0x0001, name: "AES-128-GCM", Nk: 16, Nn: 12, Nt: 16 };
export const AES_256_GCM: AeadParameters = { id: 0x0002, name: "AES-256-GCM", Nk: 32, Nn: 12, Nt: 16 };
export const CHACHA20_POLY1305: AeadParameters = { id: 0x0003, name: "ChaCha20Poly1305", Nk: 32, Nn: 12, Nt: 16 };

/** One call of the cipher: what is secret and what is bound to it. */
export interface AeadCall {
  /** `Nk` octets. */
  readonly key: Uint8Array;
  /** `Nn` octets. */
  readonly nonce: Uint8Array;
  /** Authenticated, not encrypted. */
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
  return {
    ...parameters,
    seal(key, nonce, aad, plaintext) {
      return primitive.seal(sealing(parameters, { key, nonce, aad }, plaintext), plaintext);
    },
    open(key, nonce, aad, ciphertext) {
      const input = opening(parameters, { key, nonce, aad }, ciphertext);
      return refusing(() => primitive.open(input, ciphertext), refusal) as Bytes;
    },
  };
}

/** The cipher of a platform that answers later. */
export interface LaterAeadPrimitive {
  seal(call: AeadCall, plaintext: Uint8Array): Awaitable<Bytes>;
  open(call: AeadCall, ciphertext: Uint8Array): Awaitable<Bytes>;
}

/** An AEAD with another cipher for data of `threshold` octets or more. */
export function withLarge(small: Aead, threshold: number, primitive: LaterAeadPrimitive): Aead {
  return {
    ...small,
    large: {
      threshold,
      seal(key, nonce, aad, plaintext) {
        return primitive.seal(sealing(small, { key, nonce, aad }, plaintext), plaintext);
      },
      open(key, nonce, aad, ciphertext) {
        const input = opening(small, { key, nonce, aad }, ciphertext);
        return refusing(() => primitive.open(input, ciphertext), refusal);
      },
    },
  };
}

const refusal = () => new InvalidError("aead.open_failed");

function sealing(parameters: AeadParameters, call: AeadCall, { length }: Uint8Array): AeadCall {
  if (length > LONGEST) throw new UsageError("aead.too_long", { length });
  return checked(parameters, call);
}

function opening(parameters: AeadParameters, call: AeadCall, { length }: Uint8Array): AeadCall {
  checked(parameters, call);
  if (length < parameters.Nt || length > LONGEST + parameters.Nt) throw refusal();
  return call;
}

function checked({ Nk, Nn, name }: AeadParameters, call: AeadCall): AeadCall {
  const [key, nonce] = [call.key.length, call.nonce.length];
  if (key !== Nk || nonce !== Nn) throw new UsageError("input.invalid", { aead: name, key, nonce });
  return call;
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
