/**
 * SEC 1, RFC 9180 §7.1: what is constant about the NIST curves, and which octets are keys on them. Decided here and not
 * by the backends, so that no two of them can differ.
 */

import { fromHex, toHex } from "../bytes.ts";
import { InternalError } from "../errors.ts";
import type { Bytes } from "./algorithms.ts";

/** y² = x³ - 3x + b over the field of p elements. */
export interface NistCurve {
  /** As FIPS 186-5 has it. */
  readonly name: "P-256" | "P-384" | "P-521";
  /** Length of a field element, and of a scalar. */
  readonly length: number;
  /** The field's prime. */
  readonly p: bigint;
  /** Of the curve's equation. */
  readonly b: bigint;
  /** The order of the group, as a big-endian scalar. */
  readonly order: Bytes;
  /** RFC 9180 §7.1.3: what the first octet of a candidate is masked with. */
  readonly bitmask: number;
}

/** The curve P-256. */
export const P256: NistCurve = /* @__PURE__ */ curve("P-256", 0xff, {
  p: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
  b: "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
  order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
});

/** The curve P-384. */
export const P384: NistCurve = /* @__PURE__ */ curve("P-384", 0xff, {
  p: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
  b: "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
  order: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
});

/** The curve P-521. */
export const P521: NistCurve = /* @__PURE__ */ curve("P-521", 0x01, {
  p: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  b: "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
  order:
    "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
});

/** Whether octets are a private key: a scalar of the right length, neither zero nor the order or more. */
export function isScalar({ order, length }: NistCurve, scalar: Uint8Array): boolean {
  if (scalar.length !== length) return false;
  let bits = 0;
  for (const octet of scalar) bits |= octet;
  return bits !== 0 && isBelow(scalar, order);
}

/** Whether octets are a public key: an uncompressed point (SEC 1 §2.3.4) with reduced coordinates, on the curve. */
export function isPoint({ length, p, b }: NistCurve, point: Uint8Array): boolean {
  if (point.length !== 1 + 2 * length || point[0] !== 0x04) return false;
  const x = BigInt(`0x${toHex(point.subarray(1, 1 + length))}`);
  const y = BigInt(`0x${toHex(point.subarray(1 + length))}`);
  return x < p && y < p && (y * y - (x * x - 3n) * x - b) % p === 0n;
}

/**
 * The first of up to 256 candidates that is a private key; candidates are masked in place. One in 2^32 is none on
 * P-256 and far fewer on the others, so running out means a broken source.
 *
 * @throws InternalError `internal.backend`
 */
export function firstScalar(curve: NistCurve, candidateOf: (counter: number) => Bytes): Bytes {
  for (let counter = 0; counter < 256; counter++) {
    const candidate = candidateOf(counter);
    candidate[0] = (candidate[0] ?? 0) & curve.bitmask;
    if (isScalar(curve, candidate)) return candidate;
  }
  throw new InternalError("internal.backend", { curve: curve.name });
}

type Hex = Readonly<Record<"p" | "b" | "order", string>>;

function curve(name: NistCurve["name"], bitmask: number, { p, b, order }: Hex): NistCurve {
  return { name, length: order.length / 2, p: BigInt(`0x${p}`), b: BigInt(`0x${b}`), order: fromHex(order), bitmask };
}

/** Comparison of big-endian numbers of one length, in time that depends on the length alone. */
function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  let borrow = 0;
  for (let i = a.length - 1; i >= 0; i--) borrow = (((a[i] ?? 0) - (b[i] ?? 0) - borrow) >> 31) & 1;
  return borrow === 1;
}
