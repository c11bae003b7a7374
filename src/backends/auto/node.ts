/**
 * The best backend for where the program runs: `copath/backends/auto` in Node. What a build of Node lacks on public keys
 * (builds on another library than OpenSSL have no Ed448) is JavaScript, loaded when it is first used.
 */

import type { Backend, SignatureScheme } from "../../crypto/cipher-suite.ts";
import { ECDSA_P256, ECDSA_P384, ECDSA_P521, ecdsa } from "../../crypto/ecdsa.ts";
import { ED448, ED25519, eddsa } from "../../crypto/eddsa.ts";
import type { Kem } from "../../hpke/algorithms.ts";
import { DHKEM_P256, DHKEM_P384, DHKEM_P521, DHKEM_X448, DHKEM_X25519 } from "../../hpke/dh-parameters.ts";
import { type DhGroup, dhkem } from "../../hpke/dhkem.ts";
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

/** What this build of Node has of suites 1 to 7, and in any case all KEMs and signature schemes. */
export const auto: Backend = {
  ...node,
  kems: [...node.kems, ...lateKems.filter(({ id }) => node.kems.every((native) => native.id !== id))],
  signatures: [
    ...node.signatures,
    ...lateSignatures.filter(({ name }) => node.signatures.every((native) => native.name !== name)),
  ],
};

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
