/** §5.1.2: EdDSA and ECDSA of the platform. Its ECDSA takes randomness of its own. */

import { sign, verify } from "node:crypto";
import type { SignatureScheme } from "../../crypto/cipher-suite.ts";
import { ECDSA_P256, ECDSA_P384, ECDSA_P521, type EcdsaParameters, ecdsa } from "../../crypto/ecdsa.ts";
import { ED448, ED25519, type EddsaParameters, eddsa } from "../../crypto/eddsa.ts";
import { ecKeys, okpKeys } from "./keys.ts";
import { own } from "./octets.ts";

/** Enough to keep the threads of the pool at work, and few enough for files and names not to wait for long. */
const WIDTH = 32;

/** RFC 8032: Ed25519, by OpenSSL. */
export const ed25519: SignatureScheme = /* @__PURE__ */ edwards(ED25519, "Ed25519");
/** RFC 8032: Ed448, by OpenSSL. */
export const ed448: SignatureScheme = /* @__PURE__ */ edwards(ED448, "Ed448");
/** FIPS 186-5: ECDSA on P-256 with SHA-256, by OpenSSL; signatures in DER. */
export const ecdsaP256: SignatureScheme = /* @__PURE__ */ nist(ECDSA_P256, "sha256");
/** FIPS 186-5: ECDSA on P-384 with SHA-384, by OpenSSL; signatures in DER. */
export const ecdsaP384: SignatureScheme = /* @__PURE__ */ nist(ECDSA_P384, "sha384");
/** FIPS 186-5: ECDSA on P-521 with SHA-512, by OpenSSL; signatures in DER. */
export const ecdsaP521: SignatureScheme = /* @__PURE__ */ nist(ECDSA_P521, "sha512");

function edwards(parameters: EddsaParameters, crv: "Ed25519" | "Ed448"): SignatureScheme {
  const keys = okpKeys(crv);
  return eddsa(parameters, {
    publicKeyOf: (seed) => keys.publicKeyOf(seed),
    sign: (seed, message) => own(sign(null, message, keys.privateKey(seed))),
    verify: ({ publicKey, message, signature }) => verify(null, message, keys.publicKey(publicKey), signature),
    threads: {
      width: WIDTH,
      verify: ({ publicKey, message, signature }) =>
        later((done) => verify(null, message, keys.importPublic(publicKey), signature, done)),
    },
  });
}

function nist(parameters: EcdsaParameters, hash: string): SignatureScheme {
  const keys = ecKeys(parameters.curve);
  const dsaEncoding = "ieee-p1363";
  return ecdsa(parameters, {
    publicKeyOf: (privateKey) => keys.publicKeyOf(privateKey),
    sign: (privateKey, message) => sign(hash, message, { key: keys.privateKey(privateKey), dsaEncoding }),
    verify: ({ publicKey, message, rs }) => verify(hash, message, { key: keys.publicKey(publicKey), dsaEncoding }, rs),
    threads: {
      width: WIDTH,
      verify: ({ publicKey, message, rs }) =>
        later((done) => verify(hash, message, { key: keys.publicKey(publicKey), dsaEncoding }, rs, done)),
    },
  });
}

function later<T>(start: (done: (error: Error | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error === null ? resolve(value) : reject(error)));
  });
}
