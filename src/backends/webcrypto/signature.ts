/**
 * §5.1.2: EdDSA and ECDSA of the platform, or in JavaScript where it has none or has other verdicts. The platform's
 * ECDSA takes randomness of its own.
 */

import type { ECDSA } from "@noble/curves/abstract/weierstrass.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { EMPTY, equal, fromHex } from "../../bytes.ts";
import type { SignatureScheme, VerifyRequest } from "../../crypto/cipher-suite.ts";
import {
  ECDSA_P256,
  ECDSA_P384,
  ECDSA_P521,
  type EcdsaParameters,
  type EcdsaPrimitive,
  type EcdsaRequest,
  ecdsa,
} from "../../crypto/ecdsa.ts";
import { ED448, ED25519, type EddsaPrimitive, eddsa } from "../../crypto/eddsa.ts";
import { type Awaitable, after, type Bytes } from "../../hpke/algorithms.ts";
import { bareEd448, bareEd25519, bareP256, bareP384, bareP521 } from "../noble/signature.ts";
import { derivedKeys, ecKeys, type PlatformKeys, signingBy } from "./keys.ts";
import { ED448_ANSWER, ED25519_ANSWER, type EddsaAnswer } from "./known-answers.ts";
import { type Native, native, plain, subtle } from "./platform.ts";

/** What EdDSA and ECDSA have in common. */
export interface Bare<Request, Signature> {
  publicKeyOf(privateKey: Uint8Array): Awaitable<Bytes>;
  sign(privateKey: Uint8Array, message: Uint8Array): Awaitable<Signature>;
  verify(request: Request): Awaitable<boolean>;
}

/** A scheme, and whether the platform computes it. */
type Asked<B> = B & { readonly native: Native };

/** The hash that goes with a curve in the schemes of §17.1. */
export const HASHES: Readonly<Record<EcdsaParameters["curve"]["name"], string>> = {
  "P-256": "SHA-256",
  "P-384": "SHA-384",
  "P-521": "SHA-512",
};

export const platformEd25519: Asked<EddsaPrimitive> = /* @__PURE__ */ edwards({
  name: "Ed25519",
  pkcs8: "302e020100300506032b657004220420",
  answer: ED25519_ANSWER,
});
const platformEd448 = /* @__PURE__ */ edwards({
  name: "Ed448",
  pkcs8: "3047020100300506032b6571043b0439",
  answer: ED448_ANSWER,
});

export const eitherEd25519: Asked<EddsaPrimitive> = /* @__PURE__ */ either(platformEd25519, bareEd25519);
export const eitherEd448: Asked<EddsaPrimitive> = /* @__PURE__ */ either(platformEd448, bareEd448);
export const eitherP256: Asked<EcdsaPrimitive> = /* @__PURE__ */ either(
  /* @__PURE__ */ nist(ECDSA_P256, p256),
  bareP256,
);
export const eitherP384: Asked<EcdsaPrimitive> = /* @__PURE__ */ either(
  /* @__PURE__ */ nist(ECDSA_P384, p384),
  bareP384,
);
export const eitherP521: Asked<EcdsaPrimitive> = /* @__PURE__ */ either(
  /* @__PURE__ */ nist(ECDSA_P521, p521),
  bareP521,
);

/** RFC 8032: Ed25519, on the platform where it can, or else in JavaScript. */
export const ed25519: SignatureScheme = /* @__PURE__ */ eddsa(ED25519, eitherEd25519);
/** RFC 8032: Ed448, on the platform where it can, or else in JavaScript. */
export const ed448: SignatureScheme = /* @__PURE__ */ eddsa(ED448, eitherEd448);
/** FIPS 186-5: ECDSA on P-256 with SHA-256, on the platform where it can, or else in JavaScript; signatures in DER. */
export const ecdsaP256: SignatureScheme = /* @__PURE__ */ ecdsa(ECDSA_P256, eitherP256);
/** FIPS 186-5: ECDSA on P-384 with SHA-384, on the platform where it can, or else in JavaScript; signatures in DER. */
export const ecdsaP384: SignatureScheme = /* @__PURE__ */ ecdsa(ECDSA_P384, eitherP384);
/** FIPS 186-5: ECDSA on P-521 with SHA-512, on the platform where it can, or else in JavaScript; signatures in DER. */
export const ecdsaP521: SignatureScheme = /* @__PURE__ */ ecdsa(ECDSA_P521, eitherP521);

interface Rfc8032 {
  readonly name: string;
  /** What PKCS #8 puts before a raw key. */
  readonly pkcs8: string;
  readonly answer: EddsaAnswer;
}

function edwards({ name, pkcs8, answer }: Rfc8032): Asked<EddsaPrimitive> {
  const platform = operations(derivedKeys(signingBy(name), pkcs8), name);
  const works = native(async () => {
    const publicKey = fromHex(answer.publicKey);
    const signature = fromHex(answer.signature);
    const seed = new Uint8Array(publicKey.length).fill(1);
    const mixedKey = fromHex(answer.mixedKey);
    const holds = (key: Uint8Array, rs: Uint8Array, message: Uint8Array = EMPTY) =>
      platform.verify({ publicKey: key, message, rs });
    return (
      equal(await platform.publicKeyOf(seed), publicKey) &&
      equal(await platform.sign(seed, EMPTY), signature) &&
      (await holds(publicKey, signature)) &&
      !(await holds(publicKey, signature, seed)) &&
      (await holds(mixedKey, fromHex(answer.holdsEitherWay))) &&
      (await holds(mixedKey, fromHex(answer.holdsWithCofactor))) === answer.clearsCofactor
    );
  });
  const verify = ({ publicKey, message, signature }: VerifyRequest) =>
    platform.verify({ publicKey, message, rs: signature });
  return { ...platform, verify, native: works };
}

function nist({ curve }: EcdsaParameters, arithmetic: ECDSA): Asked<EcdsaPrimitive> {
  const keys = ecKeys(curve, signingBy({ name: "ECDSA", namedCurve: curve.name }), arithmetic);
  const platform = operations(keys, { name: "ECDSA", hash: HASHES[curve.name] });
  const works = native(async () => {
    const [publicKey, message] = [arithmetic.Point.BASE.toBytes(false), Uint8Array.of(1)];
    const one = new Uint8Array(curve.length);
    one[curve.length - 1] = 1;
    const rs = await platform.sign(one, EMPTY);
    return (
      rs.length === 2 * curve.length &&
      equal(await platform.publicKeyOf(one), publicKey) &&
      (await platform.verify({ publicKey, message: EMPTY, rs })) &&
      !(await platform.verify({ publicKey, message, rs }))
    );
  });
  return { ...platform, native: works };
}

function operations(keys: PlatformKeys, algorithm: AlgorithmIdentifier | EcdsaParams) {
  return {
    publicKeyOf: (privateKey: Uint8Array) => keys.publicKeyOf(privateKey),
    async sign(privateKey: Uint8Array, message: Uint8Array): Promise<Bytes> {
      const key = await keys.privateKey(privateKey);
      return new Uint8Array(await subtle().sign(algorithm, key, plain(message)));
    },
    async verify({ publicKey, message, rs }: EcdsaRequest): Promise<boolean> {
      const key = await keys.publicKey(publicKey);
      return subtle().verify(algorithm, key, plain(rs), plain(message));
    },
  };
}

function either<R, S>(platform: Asked<Bare<R, S>>, javascript: Bare<R, S>): Asked<Bare<R, S>> {
  const scheme = () => after(platform.native(), (yes) => (yes ? platform : javascript));
  return {
    native: platform.native,
    publicKeyOf: (privateKey) => after(scheme(), (chosen) => chosen.publicKeyOf(privateKey)),
    sign: (privateKey, message) => after(scheme(), (chosen) => chosen.sign(privateKey, message)),
    verify: (request) => after(scheme(), (chosen) => chosen.verify(request)),
  };
}
