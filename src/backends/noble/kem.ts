/** RFC 9180 §7.1: the Diffie-Hellman KEMs in JavaScript. */

import type { ECDSA } from "@noble/curves/abstract/weierstrass.js";
import { x448 } from "@noble/curves/ed448.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { wipe } from "../../bytes.ts";
import type { Kem } from "../../hpke/algorithms.ts";
import { DHKEM_P256, DHKEM_P384, DHKEM_P521, DHKEM_X448, DHKEM_X25519 } from "../../hpke/dh-parameters.ts";
import { type DhGroup, dhkem } from "../../hpke/dhkem.ts";
import { hkdfSha256, hkdfSha384, hkdfSha512 } from "./kdf.ts";

/** The bare groups, for backends that fall back on them. */
export const groupP256: DhGroup = /* @__PURE__ */ nist(p256);
export const groupP384: DhGroup = /* @__PURE__ */ nist(p384);
export const groupP521: DhGroup = /* @__PURE__ */ nist(p521);
export const groupX25519: DhGroup = /* @__PURE__ */ montgomery(x25519);
export const groupX448: DhGroup = /* @__PURE__ */ montgomery(x448);

/** RFC 9180 §7.1: DHKEM(P-256, HKDF-SHA256), in JavaScript. */
export const dhkemP256: Kem = /* @__PURE__ */ dhkem(DHKEM_P256, hkdfSha256, groupP256);
/** RFC 9180 §7.1: DHKEM(P-384, HKDF-SHA384), in JavaScript. */
export const dhkemP384: Kem = /* @__PURE__ */ dhkem(DHKEM_P384, hkdfSha384, groupP384);
/** RFC 9180 §7.1: DHKEM(P-521, HKDF-SHA512), in JavaScript. */
export const dhkemP521: Kem = /* @__PURE__ */ dhkem(DHKEM_P521, hkdfSha512, groupP521);
/** RFC 9180 §7.1: DHKEM(X25519, HKDF-SHA256), in JavaScript. */
export const dhkemX25519: Kem = /* @__PURE__ */ dhkem(DHKEM_X25519, hkdfSha256, groupX25519);
/** RFC 9180 §7.1: DHKEM(X448, HKDF-SHA512), in JavaScript. */
export const dhkemX448: Kem = /* @__PURE__ */ dhkem(DHKEM_X448, hkdfSha512, groupX448);

function nist(curve: ECDSA): DhGroup {
  return {
    publicKeyOf: (privateKey) => curve.getPublicKey(privateKey, false),
    // The shared point comes compressed: one octet of parity, then x.
    dh(privateKey, publicKey) {
      const point = curve.getSharedSecret(privateKey, publicKey);
      const x = point.slice(1);
      wipe(point);
      return x;
    },
  };
}

function montgomery(curve: Pick<typeof x25519, "getPublicKey" | "getSharedSecret">): DhGroup {
  return {
    publicKeyOf: (privateKey) => curve.getPublicKey(privateKey),
    dh: (privateKey, publicKey) => curve.getSharedSecret(privateKey, publicKey),
  };
}
