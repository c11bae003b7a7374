/**
 * Bare Web Cryptography for curves and for the AEAD of large data; the rest in JavaScript, because each call of the
 * platform costs more than a small hash does. Private keys are imported as PKCS #8 (RFC 8410, RFC 5915).
 */

import type { CipherSuiteDefinition } from "copath/crypto";
import { aeadOf, type Bare, type BareAead, type BareCurve, type BareSignature, belowOrder, kemOf } from "./bare.ts";
import { nobleAead, nobleCurve, nobleHash, nobleSignature } from "./bare-noble.ts";

export async function bareWebcrypto(definition: CipherSuiteDefinition): Promise<Bare> {
  const kem = kemOf(definition);
  const [curve, javascript] = [platformCurve(kem.curve, kem.Nsk), nobleCurve(kem.curve, kem.Nsk)];
  const signature = platformSignature(definition.signature);
  return {
    hash: nobleHash(definition.hash),
    kemHash: nobleHash(kem.hash),
    aead: eitherAead(definition),
    // A platform may lack a curve; then JavaScript is the best there is.
    curve: curve !== undefined && (await works(() => curve.keyPair(sample(kem.Nsk)))) ? curve : javascript,
    signature:
      signature !== undefined && (await works(() => signature.keyPair(sample(signature.Nsk))))
        ? signature
        : nobleSignature(definition.signature),
  };
}

const PKCS8 = {
  X25519: "302e020100300506032b656e04220420",
  Ed25519: "302e020100300506032b657004220420",
  "P-256": "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420",
} as const;

function platformCurve(name: string, Nsk: number): BareCurve | undefined {
  if (name !== "X25519" && name !== "P-256") return undefined;
  const algorithm = name === "X25519" ? { name } : { name: "ECDH", namedCurve: name };
  return {
    Nsk,
    keyPair: (secret) => platformPair(PKCS8[name], algorithm, { secret, usage: "deriveBits" }),
    async agree(privateKey, publicKey) {
      const peer = await crypto.subtle.importKey("raw", own(publicKey), algorithm, false, []);
      const call = { name: algorithm.name, public: peer };
      return new Uint8Array(await crypto.subtle.deriveBits(call, privateKey as CryptoKey, 256));
    },
  };
}

function platformSignature(name: string): BareSignature | undefined {
  const isEdwards = name === "ed25519";
  if (!isEdwards && name !== "ecdsa_secp256r1_sha256") return undefined;
  const algorithm = isEdwards ? { name: "Ed25519" } : { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  return {
    Nsk: 32,
    keyPair: (secret) => platformPair(PKCS8[isEdwards ? "Ed25519" : "P-256"], algorithm, { secret, usage: "sign" }),
    async sign(privateKey, message) {
      return new Uint8Array(await crypto.subtle.sign(algorithm, privateKey as CryptoKey, own(message)));
    },
    async verify(publicKey, message, signature) {
      const key = await crypto.subtle.importKey("raw", own(publicKey), algorithm, false, ["verify"]);
      return crypto.subtle.verify(algorithm, key, own(signature), own(message));
    },
  };
}

interface PlatformSecret {
  readonly secret: Uint8Array;
  readonly usage: "deriveBits" | "sign";
}

async function platformPair(prefix: string, algorithm: AlgorithmIdentifier, { secret, usage }: PlatformSecret) {
  const head = Uint8Array.from(prefix.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const der = new Uint8Array(head.length + secret.length);
  der.set(head);
  der.set(prefix === PKCS8["P-256"] ? belowOrder(secret) : secret, head.length);
  const privateKey = await crypto.subtle.importKey("pkcs8", der, algorithm, true, [usage]);
  const { x = "", y } = await crypto.subtle.exportKey("jwk", privateKey);
  return { privateKey, publicKey: y === undefined ? ofBase64url(x) : join(ofBase64url(x), ofBase64url(y)) };
}

/** The platform costs about as much as JavaScript at this length, and far less above it. */
const LARGE = 2048;

function eitherAead(definition: CipherSuiteDefinition): BareAead {
  const { name, Nk } = aeadOf(definition);
  const javascript = nobleAead(definition);
  if (name === "chacha20-poly1305") return javascript;
  const imported = (key: Uint8Array, usage: "encrypt" | "decrypt") =>
    crypto.subtle.importKey("raw", own(key), "AES-GCM", false, [usage]);
  const call = (iv: Uint8Array) => ({ name: "AES-GCM", iv: own(iv) });
  return {
    Nk,
    seal(key, nonce, plaintext) {
      if (plaintext.length < LARGE) return javascript.seal(key, nonce, plaintext);
      return imported(key, "encrypt")
        .then((aes) => crypto.subtle.encrypt(call(nonce), aes, own(plaintext)))
        .then((sealed) => new Uint8Array(sealed));
    },
    open(key, nonce, ciphertext) {
      if (ciphertext.length < LARGE) return javascript.open(key, nonce, ciphertext);
      return imported(key, "decrypt")
        .then((aes) => crypto.subtle.decrypt(call(nonce), aes, own(ciphertext)))
        .then((opened) => new Uint8Array(opened));
    },
  };
}

async function works(attempt: () => unknown): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch {
    return false;
  }
}

function sample(length: number): Uint8Array {
  return new Uint8Array(length).fill(1);
}

function own(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return data as Uint8Array<ArrayBuffer>;
}

function ofBase64url(text: string): Uint8Array {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

function join(x: Uint8Array, y: Uint8Array): Uint8Array {
  const point = new Uint8Array(1 + x.length + y.length);
  point[0] = 4;
  point.set(x, 1);
  point.set(y, 1 + x.length);
  return point;
}
