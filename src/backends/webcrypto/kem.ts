/** RFC 9180 §7.1: the Diffie-Hellman KEMs over the curves of the platform, or in JavaScript where it has none. */

import type { ECDSA } from "@noble/curves/abstract/weierstrass.js";
import { p256 as nobleP256, p384 as nobleP384, p521 as nobleP521 } from "@noble/curves/nist.js";
import { equal } from "../../bytes.ts";
import { after, type Kem } from "../../hpke/algorithms.ts";
import { DHKEM_P256, DHKEM_P384, DHKEM_P521, DHKEM_X448, DHKEM_X25519 } from "../../hpke/dh-parameters.ts";
import { type DhGroup, dhkem } from "../../hpke/dhkem.ts";
import { type NistCurve, P256, P384, P521 } from "../../hpke/nist-curves.ts";
import { hkdfSha256, hkdfSha384, hkdfSha512 } from "../noble/kdf.ts";
import { groupP256, groupP384, groupP521, groupX448, groupX25519 } from "../noble/kem.ts";
import { agreementBy, derivedKeys, ecKeys, type PlatformKeys } from "./keys.ts";
import {
  type AgreementAnswer,
  type AgreementHex,
  agreementAnswer,
  X448_ANSWER,
  X25519_ANSWER,
} from "./known-answers.ts";
import { type Native, native, subtle } from "./platform.ts";

/** A group, and whether the platform computes it. */
interface AskedGroup extends DhGroup {
  readonly native: Native;
}

export const platformX25519: AskedGroup = /* @__PURE__ */ rfc7748({
  name: "X25519",
  pkcs8: "302e020100300506032b656e04220420",
  answer: X25519_ANSWER,
});
const platformX448 = /* @__PURE__ */ rfc7748({
  name: "X448",
  pkcs8: "3046020100300506032b656f043a0438",
  answer: X448_ANSWER,
});

export const x25519: AskedGroup = /* @__PURE__ */ either(platformX25519, groupX25519);
export const x448: AskedGroup = /* @__PURE__ */ either(platformX448, groupX448);
export const p256: AskedGroup = /* @__PURE__ */ either(/* @__PURE__ */ sec1(P256, nobleP256), groupP256);
export const p384: AskedGroup = /* @__PURE__ */ either(/* @__PURE__ */ sec1(P384, nobleP384), groupP384);
export const p521: AskedGroup = /* @__PURE__ */ either(/* @__PURE__ */ sec1(P521, nobleP521), groupP521);

/** RFC 9180 §7.1: DHKEM(P-256, HKDF-SHA256), on the platform where it can, or else in JavaScript. */
export const dhkemP256: Kem = /* @__PURE__ */ dhkem(DHKEM_P256, hkdfSha256, p256);
/** RFC 9180 §7.1: DHKEM(P-384, HKDF-SHA384), on the platform where it can, or else in JavaScript. */
export const dhkemP384: Kem = /* @__PURE__ */ dhkem(DHKEM_P384, hkdfSha384, p384);
/** RFC 9180 §7.1: DHKEM(P-521, HKDF-SHA512), on the platform where it can, or else in JavaScript. */
export const dhkemP521: Kem = /* @__PURE__ */ dhkem(DHKEM_P521, hkdfSha512, p521);
/** RFC 9180 §7.1: DHKEM(X25519, HKDF-SHA256), on the platform where it can, or else in JavaScript. */
export const dhkemX25519: Kem = /* @__PURE__ */ dhkem(DHKEM_X25519, hkdfSha256, x25519);
/** RFC 9180 §7.1: DHKEM(X448, HKDF-SHA512), on the platform where it can, or else in JavaScript. */
export const dhkemX448: Kem = /* @__PURE__ */ dhkem(DHKEM_X448, hkdfSha512, x448);

interface Rfc7748 {
  readonly name: string;
  /** What PKCS #8 puts before a raw key. */
  readonly pkcs8: string;
  readonly answer: AgreementHex;
}

function rfc7748({ name, pkcs8, answer }: Rfc7748): AskedGroup {
  const keys = derivedKeys(agreementBy(name), pkcs8);
  return asked(agreement(name, keys, 4 * answer.product.length), () => agreementAnswer(answer));
}

function sec1(curve: NistCurve, arithmetic: ECDSA): AskedGroup {
  const keys = ecKeys(curve, agreementBy({ name: "ECDH", namedCurve: curve.name }), arithmetic);
  return asked(agreement("ECDH", keys, 8 * curve.length), () => negationOf(curve, arithmetic));
}

function agreement(name: string, keys: PlatformKeys, bits: number): DhGroup {
  return {
    publicKeyOf: (privateKey) => keys.publicKeyOf(privateKey),
    async dh(privateKey, publicKey) {
      const [mine, theirs] = await Promise.all([keys.privateKey(privateKey), keys.publicKey(publicKey)]);
      return new Uint8Array(await subtle().deriveBits({ name, public: theirs }, mine, bits));
    },
  };
}

/** Minus one times the base point is its negation, which has the same x-coordinate. */
function negationOf(curve: NistCurve, { Point }: ECDSA): AgreementAnswer {
  const privateKey = curve.order.slice();
  const last = curve.length - 1;
  privateKey[last] = (privateKey[last] ?? 0) - 1;
  const peer = Point.BASE.toBytes(false);
  const secret = peer.subarray(1, 1 + curve.length);
  return { privateKey, publicKey: Point.BASE.negate().toBytes(false), peer, secret };
}

function asked(platform: DhGroup, answer: () => AgreementAnswer): AskedGroup {
  const works = native(async () => {
    const { privateKey, publicKey, peer, secret } = answer();
    const computed = await platform.publicKeyOf(privateKey);
    return equal(computed, publicKey) && equal(await platform.dh(privateKey, peer), secret);
  });
  return { ...platform, native: works };
}

function either(platform: AskedGroup, javascript: DhGroup): AskedGroup {
  const group = () => after(platform.native(), (yes) => (yes ? platform : javascript));
  return {
    native: platform.native,
    publicKeyOf: (privateKey) => after(group(), (chosen) => chosen.publicKeyOf(privateKey)),
    dh: (privateKey, publicKey) => after(group(), (chosen) => chosen.dh(privateKey, publicKey)),
  };
}
