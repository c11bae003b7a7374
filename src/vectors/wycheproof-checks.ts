/**
 * What each kind of Wycheproof group asks of a backend. A check says what the backend did with a case, and throws if
 * that was neither a refusal nor the value in the file.
 */

import { concat, EMPTY, equal, fromHex } from "../bytes.ts";
import type { Backend } from "../crypto/cipher-suite.ts";
import { MlsError } from "../errors.ts";
import type { Awaitable } from "../hpke/algorithms.ts";
import { labeledExpand, labeledExtract, labeledKdf } from "../hpke/key-schedule.ts";
import { expectBytes } from "./family.ts";
import { padded } from "./private-key.ts";

export type Verdict = "accepted" | "refused" | { readonly notApplicable: string };

export type JsonObject = Readonly<Record<string, unknown>>;

export type Check = (backend: Backend, group: JsonObject, test: JsonObject) => Awaitable<Verdict>;

const AEADS: Readonly<Record<string, string>> = {
  "AES-GCM 128": "AES-128-GCM",
  "AES-GCM 256": "AES-256-GCM",
  "CHACHA20-POLY1305 256": "ChaCha20Poly1305",
};

export function aeadCheck(algorithm: string): Check {
  return (backend, group, test) => {
    const name = AEADS[`${algorithm} ${String(group.keySize)}`];
    const aead = backend.aeads.find((each) => each.name === name);
    if (aead === undefined) return { notApplicable: "no suite has this cipher and key size" };
    if (group.ivSize !== 8 * aead.Nn || group.tagSize !== 8 * aead.Nt) {
      return { notApplicable: "MLS uses nonces of 96 and tags of 128 bits" };
    }
    const [key, nonce, aad, plaintext] = [octets(test.key), octets(test.iv), octets(test.aad), octets(test.msg)];
    const ciphertext = concat(octets(test.ct), octets(test.tag));
    return verdictOf(() => {
      expectBytes("msg", aead.open(key, nonce, aad, ciphertext), plaintext);
      expectBytes("ct", aead.seal(key, nonce, aad, plaintext), ciphertext);
    });
  };
}

const GROUPS: Readonly<Record<string, { readonly kem: number; readonly kdf: number }>> = {
  secp256r1: { kem: 0x0010, kdf: 0x0001 },
  secp384r1: { kem: 0x0011, kdf: 0x0002 },
  secp521r1: { kem: 0x0012, kdf: 0x0003 },
  curve25519: { kem: 0x0020, kdf: 0x0001 },
  curve448: { kem: 0x0021, kdf: 0x0003 },
};

/** A KEM does not show its Diffie-Hellman result, so what RFC 9180 §4.1 makes of the one in the file is compared. */
export const dhCheck: Check = (backend, group, test) => {
  const ids = GROUPS[String(group.curve)];
  const kem = backend.kems.find(({ id }) => id === ids?.kem);
  const kdf = backend.kdfs.find(({ id }) => id === ids?.kdf);
  if (kem === undefined || kdf === undefined) return { notApplicable: "the backend has no KEM on this curve" };
  const enc = octets(test.public);
  const isWeierstrass = String(group.curve).startsWith("secp");
  if (isWeierstrass && (enc[0] === 0x02 || enc[0] === 0x03)) return { notApplicable: "MLS has no compressed points" };
  const privateKey = isWeierstrass ? padded(octets(test.private), kem.Nsk) : octets(test.private);
  return verdictOf(async () => {
    const sharedSecret = await kem.decap(enc, privateKey);
    const labeled = labeledKdf(kdf, "KEM", [kem.id]);
    const prk = labeledExtract(labeled, EMPTY, "eae_prk", octets(test.shared));
    const info = concat(enc, await kem.publicKeyOf(privateKey));
    const expected = labeledExpand(labeled, prk, "shared_secret", { info, length: kem.Nsecret });
    expectBytes("shared_secret", sharedSecret, expected);
  });
};

const SCHEMES: Readonly<Record<string, string>> = {
  "secp256r1 SHA-256": "ecdsa_secp256r1_sha256",
  "secp384r1 SHA-384": "ecdsa_secp384r1_sha384",
  "secp521r1 SHA-512": "ecdsa_secp521r1_sha512",
  edwards25519: "ed25519",
  edwards448: "ed448",
};

export const ecdsaCheck: Check = (backend, group, test) => {
  const { curve, uncompressed } = fieldsOf(group.publicKey);
  return verify(backend, `${String(curve)} ${String(group.sha)}`, { ...test, publicKey: uncompressed });
};

export const eddsaCheck: Check = (backend, group, test) => {
  const { curve, pk } = fieldsOf(group.publicKey);
  return verify(backend, String(curve), { ...test, publicKey: pk });
};

async function verify(backend: Backend, kind: string, test: JsonObject): Promise<Verdict> {
  const scheme = backend.signatures.find(({ name }) => name === SCHEMES[kind]);
  if (scheme === undefined) return { notApplicable: "no suite has this curve and hash" };
  const request = { publicKey: octets(test.publicKey), message: octets(test.msg), signature: octets(test.sig) };
  const [valid] = await scheme.verifyMany([request]);
  return valid === true ? "accepted" : "refused";
}

export function hkdfCheck(name: string): Check {
  return (backend, _, test) => {
    const kdf = backend.kdfs.find((each) => each.name === name);
    if (kdf === undefined) return { notApplicable: "the backend has no such KDF" };
    return verdictOf(() => {
      const prk = kdf.extract(octets(test.salt), octets(test.ikm));
      expectBytes("okm", kdf.expand(prk, octets(test.info), Number(test.size)), octets(test.okm));
    });
  };
}

export function hmacCheck(name: string): Check {
  return (backend, group, test) => {
    const hash = backend.hashes.find((each) => each.name === name);
    if (hash === undefined) return { notApplicable: "the backend has no such hash" };
    if (group.tagSize !== 8 * hash.length) return { notApplicable: "MLS truncates no MAC" };
    return equal(hash.hmac(octets(test.key), octets(test.msg)), octets(test.tag)) ? "accepted" : "refused";
  };
}

/** What a failure of the backend says; a wrong value is none, and goes on up. */
async function verdictOf(run: () => Awaitable<void>): Promise<Verdict> {
  try {
    await run();
    return "accepted";
  } catch (error) {
    if (error instanceof MlsError && error.code !== "vectors.mismatch") return "refused";
    throw error;
  }
}

function octets(hex: unknown): Uint8Array {
  return fromHex(String(hex));
}

function fieldsOf(value: unknown): JsonObject {
  return typeof value === "object" && value !== null ? (value as JsonObject) : {};
}
