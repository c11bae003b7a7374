/** RFC 9180 §7.1: the constants of the Diffie-Hellman KEMs, and which octets are keys of theirs. */

import { equal, fromHex } from "../bytes.ts";
import { isPoint, isScalar, type NistCurve, P256, P384, P521 } from "./nist-curves.ts";

/** What differs between the two kinds of curves. */
export type DhCurve =
  | { readonly kind: "nist"; readonly curve: NistCurve }
  /** RFC 7748: `lowOrder` has every encoding of a point of low order, the bits that decoding ignores being zero. */
  | { readonly kind: "montgomery"; readonly ignoredBits: number; readonly lowOrder: readonly Uint8Array[] };

/** The constants of a Diffie-Hellman KEM (RFC 9180 §7.1); lengths are in octets. */
export interface DhkemParameters {
  /** RFC 9180 §7.1 */
  readonly id: number;
  /** As RFC 9180 has it. */
  readonly name: string;
  /** Length of a shared secret. */
  readonly Nsecret: number;
  /** Also `Nenc`. */
  readonly Npk: number;
  /** Length of a private key. */
  readonly Nsk: number;
  /** Which octets are keys. */
  readonly curve: DhCurve;
}

/** RFC 9180 §7.1: the constants of DHKEM(P-256, HKDF-SHA256). */
export const DHKEM_P256: DhkemParameters = {
  id: 0x0010,
  name: "DHKEM(P-256, HKDF-SHA256)",
  Nsecret: 32,
  Npk: 65,
  Nsk: 32,
  curve: { kind: "nist", curve: P256 },
};

/** RFC 9180 §7.1: the constants of DHKEM(P-384, HKDF-SHA384). */
export const DHKEM_P384: DhkemParameters = {
  id: 0x0011,
  name: "DHKEM(P-384, HKDF-SHA384)",
  Nsecret: 48,
  Npk: 97,
  Nsk: 48,
  curve: { kind: "nist", curve: P384 },
};

/** RFC 9180 §7.1: the constants of DHKEM(P-521, HKDF-SHA512). */
export const DHKEM_P521: DhkemParameters = {
  id: 0x0012,
  name: "DHKEM(P-521, HKDF-SHA512)",
  Nsecret: 64,
  Npk: 133,
  Nsk: 66,
  curve: { kind: "nist", curve: P521 },
};

/** RFC 9180 §7.1: the constants of DHKEM(X25519, HKDF-SHA256). */
export const DHKEM_X25519: DhkemParameters = {
  id: 0x0020,
  name: "DHKEM(X25519, HKDF-SHA256)",
  Nsecret: 32,
  Npk: 32,
  Nsk: 32,
  curve: /* @__PURE__ */ montgomery(0x80, [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    // p - 1, p and p + 1
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ]),
};

/** RFC 9180 §7.1: the constants of DHKEM(X448, HKDF-SHA512). */
export const DHKEM_X448: DhkemParameters = {
  id: 0x0021,
  name: "DHKEM(X448, HKDF-SHA512)",
  Nsecret: 64,
  Npk: 56,
  Nsk: 56,
  curve: /* @__PURE__ */ montgomery(0x00, [
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
    // p - 1, p and p + 1
    "fefffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "00000000000000000000000000000000000000000000000000000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  ]),
};

/** Whether octets are a private key of the KEM. */
export function isPrivateKey({ curve, Nsk }: DhkemParameters, privateKey: Uint8Array): boolean {
  return curve.kind === "nist" ? isScalar(curve.curve, privateKey) : privateKey.length === Nsk;
}

/**
 * Whether octets are a public key of the KEM: on the curve, and not of low order. On a Montgomery curve or its twist is
 * every string of the right length (RFC 7748 §5).
 */
export function isPublicKey({ curve, Npk }: DhkemParameters, publicKey: Uint8Array): boolean {
  if (curve.kind === "nist") return isPoint(curve.curve, publicKey);
  if (publicKey.length !== Npk) return false;
  const decoded = new Uint8Array(publicKey);
  decoded[Npk - 1] = (decoded[Npk - 1] ?? 0) & ~curve.ignoredBits;
  return !curve.lowOrder.some((point) => equal(point, decoded));
}

function montgomery(ignoredBits: number, lowOrder: readonly string[]): DhCurve {
  return { kind: "montgomery", ignoredBits, lowOrder: lowOrder.map(fromHex) };
}
