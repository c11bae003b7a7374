/** §5.1.2: EdDSA and ECDSA in JavaScript. Signing is deterministic (RFC 8032, RFC 6979). */

import type { ECDSA } from "@noble/curves/abstract/weierstrass.js";
import { ed448 as nobleEd448 } from "@noble/curves/ed448.js";
import { ed25519 as nobleEd25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { bytesToNumberLE } from "@noble/curves/utils.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concat, equal } from "../../bytes.ts";
import type { SignatureScheme, VerifyRequest } from "../../crypto/cipher-suite.ts";
import { ECDSA_P256, ECDSA_P384, ECDSA_P521, type EcdsaPrimitive, ecdsa } from "../../crypto/ecdsa.ts";
import { ED448, ED25519, type EddsaPrimitive, eddsa } from "../../crypto/eddsa.ts";

/** The bare schemes, for backends that fall back on them. */
export const bareEd25519: EddsaPrimitive = {
  publicKeyOf: (seed) => nobleEd25519.getPublicKey(seed),
  sign: (seed, message) => nobleEd25519.sign(message, seed),
  verify: verifyEd25519,
};
export const bareEd448: EddsaPrimitive = {
  publicKeyOf: (seed) => nobleEd448.getPublicKey(seed),
  sign: (seed, message) => nobleEd448.sign(message, seed),
  verify: ({ publicKey, message, signature }) => nobleEd448.verify(signature, message, publicKey, { zip215: false }),
};
export const bareP256: EcdsaPrimitive = /* @__PURE__ */ primitive(p256);
export const bareP384: EcdsaPrimitive = /* @__PURE__ */ primitive(p384);
export const bareP521: EcdsaPrimitive = /* @__PURE__ */ primitive(p521);

/** RFC 8032: Ed25519, in JavaScript. */
export const ed25519: SignatureScheme = /* @__PURE__ */ eddsa(ED25519, bareEd25519);
/** RFC 8032: Ed448, in JavaScript. */
export const ed448: SignatureScheme = /* @__PURE__ */ eddsa(ED448, bareEd448);
/** FIPS 186-5: ECDSA on P-256 with SHA-256, in JavaScript; signatures in DER. */
export const ecdsaP256: SignatureScheme = /* @__PURE__ */ ecdsa(ECDSA_P256, bareP256);
/** FIPS 186-5: ECDSA on P-384 with SHA-384, in JavaScript; signatures in DER. */
export const ecdsaP384: SignatureScheme = /* @__PURE__ */ ecdsa(ECDSA_P384, bareP384);
/** FIPS 186-5: ECDSA on P-521 with SHA-512, in JavaScript; signatures in DER. */
export const ecdsaP521: SignatureScheme = /* @__PURE__ */ ecdsa(ECDSA_P521, bareP521);

/** High values of s are as valid as low ones: half of what other libraries sign has them. */
function primitive(curve: ECDSA): EcdsaPrimitive {
  return {
    publicKeyOf: (privateKey) => curve.getPublicKey(privateKey, false),
    sign: (privateKey, message) => curve.sign(message, privateKey, { lowS: false }),
    verify: ({ publicKey, message, rs }) => curve.verify(rs, message, publicKey, { lowS: false }),
  };
}

/**
 * RFC 8032 §5.1.7 without the cofactor, as platforms do it: R must be the very encoding of [S]B - [k]A. The library's own
 * verification multiplies by the cofactor, and would accept signatures with a component of small order that others refuse.
 */
function verifyEd25519({ publicKey, message, signature }: VerifyRequest): boolean {
  const { Point } = nobleEd25519;
  const R = signature.subarray(0, 32);
  const S = bytesToNumberLE(signature.subarray(32));
  const A = Point.fromBytes(publicKey);
  const k = Point.Fn.create(bytesToNumberLE(sha512(concat(R, publicKey, message))));
  return equal(Point.BASE.multiplyUnsafe(S).subtract(A.multiplyUnsafe(k)).toBytes(), R);
}
