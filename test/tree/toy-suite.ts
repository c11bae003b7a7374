/**
 * A cipher suite that is fast, deterministic and of no use against anybody: whoever sees a public key can open what was
 * sealed to it. It keeps the shape of the real ones, so that large trees and long histories can be tested.
 */
import { createHash, createHmac } from "node:crypto";
import { concat, equal, utf8 } from "../../src/bytes.ts";
import type { CipherSuite, Hash } from "../../src/crypto/cipher-suite.ts";
import { InvalidError } from "../../src/errors.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const sha256 = (...parts: Uint8Array[]): Bytes => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const hmac = (key: Uint8Array, data: Uint8Array): Bytes =>
  new Uint8Array(createHmac("sha256", key).update(data).digest());
const word = (text: string, ...parts: Uint8Array[]): Bytes => sha256(utf8(text), ...parts);

function expand(prk: Uint8Array, info: Uint8Array, length: number): Bytes {
  let block: Bytes = new Uint8Array();
  let out: Bytes = new Uint8Array();
  for (let i = 1; out.length < length; i++) {
    block = hmac(prk, concat(block, info, new Uint8Array([i])));
    out = concat(out, block);
  }
  return out.slice(0, length);
}

const publicKeyOf = (privateKey: Uint8Array): Bytes => word("public", privateKey);
const stream = (key: Uint8Array, nonce: Uint8Array, length: number): Bytes =>
  expand(word("stream", key, nonce), utf8(""), length);
const masked = (data: Uint8Array, mask: Uint8Array): Bytes => data.map((octet, i) => octet ^ (mask[i] ?? 0)) as Bytes;
const tag = (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, data: Uint8Array): Bytes =>
  word("tag", hmac(key, nonce), hmac(key, aad), hmac(key, data)).slice(0, 16);

function checkPublicKey(publicKey: Uint8Array): void {
  if (publicKey.length !== 32 || publicKey.every((octet) => octet === 0)) throw new InvalidError("key.hpke_public");
}

const sha256Hash: Hash = { name: "SHA-256", length: 32, digest: (data) => sha256(data), hmac };

/** With a hash of its own, since what is kept of blank subtrees is kept for each hash object. */
export function toySuite(hash: Hash = { ...sha256Hash }): CipherSuite {
  return {
    id: 0xfff0,
    name: "toy",
    hash,
    kdf: { id: 1, name: "toy", Nh: 32, extract: hmac, expand },
    aead: {
      id: 1,
      name: "toy",
      Nk: 16,
      Nn: 12,
      Nt: 16,
      seal(key, nonce, aad, plaintext) {
        const data = masked(plaintext, stream(key, nonce, plaintext.length));
        return concat(data, tag(key, nonce, aad, data));
      },
      open(key, nonce, aad, ciphertext) {
        const data = ciphertext.subarray(0, -16);
        if (!equal(tag(key, nonce, aad, data), ciphertext.subarray(-16))) throw new InvalidError("aead.open_failed");
        return masked(data, stream(key, nonce, data.length));
      },
    },
    kem: {
      id: 32,
      name: "toy",
      Nsecret: 32,
      Nenc: 32,
      Npk: 32,
      Nsk: 32,
      deriveKeyPair(ikm) {
        const privateKey = word("private", ikm);
        return { privateKey, publicKey: publicKeyOf(privateKey) };
      },
      publicKeyOf,
      checkPublicKey,
      encap(publicKey, random) {
        checkPublicKey(publicKey);
        const enc = word("ephemeral", random(32));
        return { enc, sharedSecret: word("shared", enc, publicKey) };
      },
      decap: (enc, privateKey) => word("shared", enc, publicKeyOf(privateKey)),
    },
    signature: {
      name: "toy",
      generateKeyPair(random) {
        const privateKey = random(32);
        return { privateKey, publicKey: publicKeyOf(privateKey) };
      },
      publicKeyOf,
      checkPublicKey(publicKey) {
        if (publicKey.length !== 32) throw new InvalidError("key.signature_public");
      },
      sign: (privateKey, message) => word("signature", publicKeyOf(privateKey), message),
      verifyMany: (requests) =>
        requests.map(({ publicKey, message, signature }) => equal(signature, word("signature", publicKey, message))),
    },
  };
}

export interface CountingHash extends Hash {
  /** Digests since the last `reset`. */
  count: number;
}

export function countingHash(): CountingHash {
  const hash: CountingHash = {
    ...sha256Hash,
    count: 0,
    digest(data) {
      hash.count++;
      return sha256Hash.digest(data);
    },
  };
  return hash;
}
