/** Bare `@noble/*`: the functions of the library as they are called by its documentation. */

import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed448, x448 } from "@noble/curves/ed448.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import type { CipherSuiteDefinition } from "copath/crypto";
import {
  aeadOf,
  type Bare,
  type BareAead,
  type BareCurve,
  type BareHash,
  type BareSignature,
  belowOrder,
  kemOf,
} from "./bare.ts";

export function bareNoble(definition: CipherSuiteDefinition): Bare {
  const kem = kemOf(definition);
  return {
    hash: nobleHash(definition.hash),
    kemHash: nobleHash(kem.hash),
    aead: nobleAead(definition),
    curve: nobleCurve(kem.curve, kem.Nsk),
    signature: nobleSignature(definition.signature),
  };
}

const HASHES = { "SHA-256": sha256, "SHA-384": sha384, "SHA-512": sha512 } as const;

export function nobleHash(name: keyof typeof HASHES): BareHash {
  const hash = HASHES[name];
  return {
    length: hash.outputLen,
    digest: (data) => hash(data),
    hmac: (key, data) => hmac(hash, key, data),
  };
}

export function nobleAead(definition: CipherSuiteDefinition): BareAead {
  const { name, Nk } = aeadOf(definition);
  const cipher = name === "chacha20-poly1305" ? chacha20poly1305 : gcm;
  return {
    Nk,
    seal: (key, nonce, plaintext) => cipher(key, nonce).encrypt(plaintext),
    open: (key, nonce, ciphertext) => cipher(key, nonce).decrypt(ciphertext),
  };
}

const MONTGOMERY = { X25519: x25519, X448: x448 } as const;
const NIST = { "P-256": p256, "P-384": p384, "P-521": p521 } as const;

export function nobleCurve(name: keyof typeof MONTGOMERY | keyof typeof NIST, Nsk: number): BareCurve {
  if (name === "X25519" || name === "X448") {
    const curve = MONTGOMERY[name];
    return {
      Nsk,
      keyPair: (secret) => ({ privateKey: secret, publicKey: curve.getPublicKey(secret) }),
      agree: (privateKey, publicKey) => curve.getSharedSecret(privateKey as Uint8Array, publicKey),
    };
  }
  const curve = NIST[name];
  return {
    Nsk,
    keyPair(secret) {
      const privateKey = belowOrder(secret);
      return { privateKey, publicKey: curve.getPublicKey(privateKey, false) };
    },
    agree: (privateKey, publicKey) => curve.getSharedSecret(privateKey as Uint8Array, publicKey).subarray(1),
  };
}

const EDWARDS = { ed25519: { curve: ed25519, Nsk: 32 }, ed448: { curve: ed448, Nsk: 57 } } as const;
const ECDSA = {
  ecdsa_secp256r1_sha256: { curve: p256, Nsk: 32 },
  ecdsa_secp384r1_sha384: { curve: p384, Nsk: 48 },
  ecdsa_secp521r1_sha512: { curve: p521, Nsk: 66 },
} as const;

export function nobleSignature(name: string): BareSignature {
  if (name === "ed25519" || name === "ed448") {
    const { curve, Nsk } = EDWARDS[name];
    return {
      Nsk,
      keyPair: (secret) => ({ privateKey: secret, publicKey: curve.getPublicKey(secret) }),
      sign: (privateKey, message) => curve.sign(message, privateKey as Uint8Array),
      verify: (publicKey, message, signature) => curve.verify(signature, message, publicKey, { zip215: false }),
    };
  }
  const { curve, Nsk } = ECDSA[name as keyof typeof ECDSA];
  return {
    Nsk,
    keyPair(secret) {
      const privateKey = belowOrder(secret);
      return { privateKey, publicKey: curve.getPublicKey(privateKey, false) };
    },
    sign: (privateKey, message) => curve.sign(message, privateKey as Uint8Array, { lowS: false }),
    verify: (publicKey, message, signature) => curve.verify(signature, message, publicKey, { lowS: false }),
  };
}
