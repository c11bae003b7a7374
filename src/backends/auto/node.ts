/**
 * The best backend for where the program runs: `copath/backends/auto` in Node. What a build of Node lacks (those on
 * another library than OpenSSL have no X448, Ed448 and ChaCha20-Poly1305) is JavaScript; curves are loaded when used.
 */

import type { Backend, SignatureScheme } from "../../crypto/cipher-suite.ts";
import { ECDSA_P256, ECDSA_P384, ECDSA_P521, ecdsa } from "../../crypto/ecdsa.ts";
import { ED448, ED25519, eddsa } from "../../crypto/eddsa.ts";
import type { Kem } from "../../hpke/algorithms.ts";
import { DHKEM_P256, DHKEM_P384, DHKEM_P521, DHKEM_X448, DHKEM_X25519 } from "../../hpke/dh-parameters.ts";
import { type DhGroup, dhkem } from "../../hpke/dhkem.ts";
import { chacha20Poly1305 } from "../noble/chacha20-poly1305.ts";
import { hkdfSha256, hkdfSha384, hkdfSha512, node } from "../node/index.ts";
import type { Bare } from "../webcrypto/signature.ts";

const kems = () => import("../noble/kem.ts");
const signatures = () => import("../noble/signature.ts");

const lateKems: readonly Kem[] = [
  /* @__PURE__ */ dhkem(
    DHKEM_P256,
    hkdfSha256,
    /* @__PURE__ */ lateGroup(async () => (await kems()).groupP256),
  ),
  /* @__PURE__ */ dhkem(
    DHKEM_P384,
    hkdfSha384,
    /* @__PURE__ */ lateGroup(async () => (await kems()).groupP384),
  ),
  /* @__PURE__ */ dhkem(
    DHKEM_P521,
    hkdfSha512,
    /* @__PURE__ */ lateGroup(async () => (await kems()).groupP521),
  ),
  /* @__PURE__ */ dhkem(
    DHKEM_X25519,
    hkdfSha256,
    /* @__PURE__ */ lateGroup(async () => (await kems()).groupX25519),
  ),
  /* @__PURE__ */ dhkem(
    DHKEM_X448,
    hkdfSha512,
    /* @__PURE__ */ lateGroup(async () => (await kems()).groupX448),
  ),
];

const lateSignatures: readonly SignatureScheme[] = [
  /* @__PURE__ */ eddsa(
    ED25519,
    /* @__PURE__ */ lateScheme(async () => (await signatures()).bareEd25519),
  ),
  /* @__PURE__ */ eddsa(
    ED448,
    /* @__PURE__ */ lateScheme(async () => (await signatures()).bareEd448),
  ),
  /* @__PURE__ */ ecdsa(
    ECDSA_P256,
    /* @__PURE__ */ lateScheme(async () => (await signatures()).bareP256),
  ),
  /* @__PURE__ */ ecdsa(
    ECDSA_P384,
    /* @__PURE__ */ lateScheme(async () => (await signatures()).bareP384),
  ),
  /* @__PURE__ */ ecdsa(
    ECDSA_P521,
    /* @__PURE__ */ lateScheme(async () => (await signatures()).bareP521),
  ),
];

/** Everything that suites 1 to 7 take. */
export const auto: Backend = {
  ...node,
  kems: completed(node.kems, lateKems),
  aeads: completed(node.aeads, [chacha20Poly1305]),
  signatures: completed(node.signatures, lateSignatures),
};

function completed<T extends { readonly name: string }>(native: readonly T[], others: readonly T[]): readonly T[] {
  return [...native, ...others.filter(({ name }) => native.every((each) => each.name !== name))];
}

function lateGroup(load: () => Promise<DhGroup>): DhGroup {
  return {
    publicKeyOf: async (privateKey) => (await load()).publicKeyOf(privateKey),
    dh: async (privateKey, publicKey) => (await load()).dh(privateKey, publicKey),
  };
}

function lateScheme<R, S>(load: () => Promise<Bare<R, S>>): Bare<R, S> {
  return {
    publicKeyOf: async (privateKey) => (await load()).publicKeyOf(privateKey),
    sign: async (privateKey, message) => (await load()).sign(privateKey, message),
    verify: async (request) => (await load()).verify(request),
  };
}
