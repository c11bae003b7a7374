/** Bare `node:crypto`, by the fastest way there is for each: RFC 7748 and EdDSA keys as JWK, NIST keys as ECDH objects and DER. */

import {
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash as digest,
  type ECDH,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
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

export function bareNode(definition: CipherSuiteDefinition): Bare {
  const { name, Nk } = aeadOf(definition);
  const kem = kemOf(definition);
  return {
    hash: hashOf(definition.hash),
    kemHash: hashOf(kem.hash),
    aead: aeadBy(name as CipherGCMTypes, Nk),
    curve: kem.curve === "X25519" || kem.curve === "X448" ? montgomery(kem.curve, kem.Nsk) : nist(kem.curve, kem.Nsk),
    signature: signatureOf(definition.signature),
  };
}

const LENGTHS = { "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 } as const;

function hashOf(name: keyof typeof LENGTHS): BareHash {
  const algorithm = name.toLowerCase().replace("-", "");
  return {
    length: LENGTHS[name],
    digest: (data) => digest(algorithm, data, "buffer"),
    hmac: (key, data) => createHmac(algorithm, key).update(data).digest(),
  };
}

function aeadBy(name: CipherGCMTypes, Nk: number): BareAead {
  const options = { authTagLength: 16 };
  return {
    Nk,
    seal(key, nonce, plaintext) {
      const cipher = createCipheriv(name, key, nonce, options);
      const out = new Uint8Array(plaintext.length + 16);
      out.set(cipher.update(plaintext));
      cipher.final();
      out.set(cipher.getAuthTag(), plaintext.length);
      return out;
    },
    open(key, nonce, ciphertext) {
      const end = ciphertext.length - 16;
      const decipher = createDecipheriv(name, key, nonce, options);
      decipher.setAuthTag(ciphertext.subarray(end));
      const plaintext = decipher.update(ciphertext.subarray(0, end));
      decipher.final();
      return plaintext;
    },
  };
}

function montgomery(crv: "X25519" | "X448", Nsk: number): BareCurve {
  return {
    Nsk,
    keyPair: (secret) => okpPair(crv, secret),
    agree: (privateKey, publicKey) =>
      diffieHellman({ privateKey: privateKey as KeyObject, publicKey: okpPublic(crv, publicKey) }),
  };
}

function okpPair(crv: string, secret: Uint8Array) {
  const d = Buffer.from(secret.buffer, secret.byteOffset, secret.length).toString("base64url");
  const privateKey = createPrivateKey({ format: "jwk", key: { kty: "OKP", crv, d, x: "" } });
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  return { privateKey, publicKey: Buffer.from(x, "base64url") };
}

function okpPublic(crv: string, raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString("base64url");
  return createPublicKey({ format: "jwk", key: { kty: "OKP", crv, x } });
}

const OPENSSL = { "P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1" } as const;

function nist(name: keyof typeof OPENSSL, Nsk: number): BareCurve {
  return {
    Nsk,
    keyPair(secret) {
      const privateKey = createECDH(OPENSSL[name]);
      privateKey.setPrivateKey(belowOrder(secret));
      return { privateKey, publicKey: privateKey.getPublicKey() };
    },
    agree: (privateKey, publicKey) => (privateKey as ECDH).computeSecret(publicKey),
  };
}

const ECDSA = {
  ecdsa_secp256r1_sha256: { curve: "P-256", hash: "sha256", length: 32 },
  ecdsa_secp384r1_sha384: { curve: "P-384", hash: "sha384", length: 48 },
  ecdsa_secp521r1_sha512: { curve: "P-521", hash: "sha512", length: 66 },
} as const;

function signatureOf(name: string): BareSignature {
  if (name === "ed25519") return edwards("Ed25519", 32);
  if (name === "ed448") return edwards("Ed448", 57);
  const { curve, hash, length } = ECDSA[name as keyof typeof ECDSA];
  const jwk = (point: Uint8Array) => {
    const part = (from: number) => Buffer.from(point.subarray(from, from + length)).toString("base64url");
    return { kty: "EC", crv: curve, x: part(1), y: part(1 + length) };
  };
  return {
    Nsk: length,
    keyPair(secret) {
      const scalar = belowOrder(secret);
      const ecdh = createECDH(OPENSSL[curve]);
      ecdh.setPrivateKey(scalar);
      const publicKey = ecdh.getPublicKey();
      const d = Buffer.from(scalar).toString("base64url");
      return { privateKey: createPrivateKey({ format: "jwk", key: { ...jwk(publicKey), d } }), publicKey };
    },
    sign: (privateKey, message) => sign(hash, message, privateKey as KeyObject),
    verify: (publicKey, message, signature) => verify(hash, message, { format: "jwk", key: jwk(publicKey) }, signature),
  };
}

function edwards(crv: "Ed25519" | "Ed448", Nsk: number): BareSignature {
  return {
    Nsk,
    keyPair: (secret) => okpPair(crv, secret),
    sign: (privateKey, message) => sign(null, message, privateKey as KeyObject),
    verify: (publicKey, message, signature) => verify(null, message, okpPublic(crv, publicKey), signature),
  };
}
