/** RFC 9180 §7.1: the Diffie-Hellman KEMs over the curves of the platform. */

import { diffieHellman } from "node:crypto";
import type { Kem } from "../../hpke/algorithms.ts";
import { DHKEM_P256, DHKEM_P384, DHKEM_P521, DHKEM_X448, DHKEM_X25519 } from "../../hpke/dh-parameters.ts";
import { type DhGroup, dhkem } from "../../hpke/dhkem.ts";
import { P256, P384, P521 } from "../../hpke/nist-curves.ts";
import { hkdfSha256, hkdfSha384, hkdfSha512 } from "./kdf.ts";
import { type EcKeys, ecKeys, type OkpKeys, okpKeys } from "./keys.ts";
import { own } from "./octets.ts";

/** RFC 9180 §7.1: DHKEM(P-256, HKDF-SHA256), by OpenSSL. */
export const dhkemP256: Kem = /* @__PURE__ */ dhkem(DHKEM_P256, hkdfSha256, /* @__PURE__ */ withEcdh(ecKeys(P256)));
/** RFC 9180 §7.1: DHKEM(P-384, HKDF-SHA384), by OpenSSL. */
export const dhkemP384: Kem = /* @__PURE__ */ dhkem(DHKEM_P384, hkdfSha384, /* @__PURE__ */ withKeys(ecKeys(P384)));
/** RFC 9180 §7.1: DHKEM(P-521, HKDF-SHA512), by OpenSSL. */
export const dhkemP521: Kem = /* @__PURE__ */ dhkem(DHKEM_P521, hkdfSha512, /* @__PURE__ */ withKeys(ecKeys(P521)));
/** RFC 9180 §7.1: DHKEM(X25519, HKDF-SHA256), by OpenSSL. */
export const dhkemX25519: Kem = /* @__PURE__ */ dhkem(
  DHKEM_X25519,
  hkdfSha256,
  /* @__PURE__ */ withOkpKeys(okpKeys("X25519")),
);
/** RFC 9180 §7.1: DHKEM(X448, HKDF-SHA512), by OpenSSL. */
export const dhkemX448: Kem = /* @__PURE__ */ dhkem(
  DHKEM_X448,
  hkdfSha512,
  /* @__PURE__ */ withOkpKeys(okpKeys("X448")),
);

function withKeys(keys: EcKeys | OkpKeys): DhGroup {
  return {
    publicKeyOf: (privateKey) => keys.publicKeyOf(privateKey),
    dh: (privateKey, publicKey) =>
      own(diffieHellman({ privateKey: keys.privateKey(privateKey), publicKey: keys.publicKey(publicKey) })),
  };
}

/** As `withKeys`, of keys that can be exported at once. */
function withOkpKeys(keys: OkpKeys): DhGroup {
  return {
    ...withKeys(keys),
    once(raw, publicKey) {
      const privateKey = keys.importPrivate(raw);
      const secret = own(diffieHellman({ privateKey, publicKey: keys.publicKey(publicKey) }));
      return { enc: keys.exportPublic(privateKey), secret };
    },
  };
}

/** Checks the peer's point once more than needed, which costs less than two imports on P-256 and more on other curves. */
function withEcdh(keys: EcKeys): DhGroup {
  return {
    publicKeyOf: (privateKey) => keys.publicKeyOf(privateKey),
    dh: (privateKey, publicKey) => own(keys.ecdh(privateKey).computeSecret(publicKey)),
  };
}
