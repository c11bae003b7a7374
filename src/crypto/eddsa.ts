/**
 * §5.1.1, §5.1.2, RFC 8032: EdDSA over a primitive that a backend supplies. What libraries judge differently is refused
 * before they see it: points that are non-canonical or of small order, and an S that is not below the order.
 */

import { equal, fromHex, toHex } from "../bytes.ts";
import { InvalidError } from "../errors.ts";
import { type Awaitable, after, type Bytes } from "../hpke/algorithms.ts";
import { refusing } from "../hpke/outcome.ts";
import type { SignatureScheme, VerifyRequest } from "./cipher-suite.ts";
import { type Verification, verdicts } from "./verdict.ts";

/** The curve ax² + y² = 1 + dx²y² over the field of p elements. Octet strings are little-endian, as RFC 8032 has them. */
export interface EddsaParameters {
  /** Of the TLS registry. */
  readonly name: "ed25519" | "ed448";
  /** Length of a seed, of a public key, and of each half of a signature. */
  readonly length: number;
  /** Of the curve's equation. */
  readonly a: bigint;
  /** Of the curve's equation. */
  readonly d: bigint;
  /** The field's prime, little-endian. */
  readonly p: Uint8Array;
  /** Of the base point, little-endian. */
  readonly order: Uint8Array;
  /** The y-coordinates of the points of small order. Some platforms take them for R or for a key, and others don't. */
  readonly smallOrder: readonly Uint8Array[];
}

const ZERO_25519 = "0000000000000000000000000000000000000000000000000000000000000000";
const ONE_25519 = "0100000000000000000000000000000000000000000000000000000000000000";
const MINUS_ONE_25519 = "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";

/** RFC 8032 §5.1: the constants of Ed25519. */
export const ED25519: EddsaParameters = {
  name: "ed25519",
  length: 32,
  a: -1n,
  d: 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n,
  p: /* @__PURE__ */ fromHex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
  order: /* @__PURE__ */ fromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"),
  smallOrder: /* @__PURE__ */ octets(
    ZERO_25519,
    ONE_25519,
    MINUS_ONE_25519,
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  ),
};

const ZERO_448 =
  "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";
const ONE_448 =
  "010000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";
const MINUS_ONE_448 =
  "fefffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffffffffffffffffff00";

/** RFC 8032 §5.2: the constants of Ed448. */
export const ED448: EddsaParameters = {
  name: "ed448",
  length: 57,
  a: 1n,
  d: -39081n,
  p: /* @__PURE__ */ fromHex(
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffffffffffffffffff00",
  ),
  order: /* @__PURE__ */ fromHex(
    "f34458ab92c27823558fc58d72c26c219036d6ae49db4ec4e923ca7cffffffffffffffffffffffffffffffffffffffffffffffffffffff3f00",
  ),
  smallOrder: /* @__PURE__ */ octets(ZERO_448, ONE_448, MINUS_ONE_448),
};

/** The bare scheme. Lengths and keys are checked before it is called; whatever its `verify` throws is a `false`. */
export interface EddsaPrimitive extends Verification<VerifyRequest> {
  /** The public key of a seed. */
  publicKeyOf(seed: Uint8Array): Awaitable<Bytes>;
  /** R || S, with an empty context. */
  sign(seed: Uint8Array, message: Uint8Array): Awaitable<Bytes>;
  /** Whether the signature is right, by the equation without the cofactor. */
  verify(request: VerifyRequest): Awaitable<boolean>;
}

/** A signature scheme made of a backend's EdDSA. Private keys are seeds. */
export function eddsa(parameters: EddsaParameters, primitive: EddsaPrimitive): SignatureScheme {
  const { name, length } = parameters;
  const seedRefused = (seed: Uint8Array) =>
    new InvalidError("key.signature_private", { scheme: name, length: seed.length });
  const checked = (seed: Uint8Array): Uint8Array => {
    if (seed.length !== length) throw seedRefused(seed);
    return seed;
  };
  const publicKeyOf = (seed: Uint8Array) =>
    refusing(
      () => primitive.publicKeyOf(checked(seed)),
      () => seedRefused(seed),
    );
  return {
    name,
    // Canonical and not of small order by `isPlausible`, on the curve because it is decoded.
    verifiesKeys: true,
    publicKeyOf,
    generateKeyPair(random) {
      const privateKey = random(length);
      return after(publicKeyOf(privateKey), (publicKey) => ({ publicKey, privateKey }));
    },
    checkPublicKey(publicKey) {
      if (isCanonical(parameters, publicKey) && isOnCurve(parameters, publicKey)) return;
      throw new InvalidError("key.signature_public", { scheme: name, length: publicKey.length });
    },
    sign: (seed, message) =>
      refusing(
        () => primitive.sign(checked(seed), message),
        () => seedRefused(seed),
      ),
    verifyMany: (requests) =>
      verdicts(
        requests.map((request) => (isPlausible(parameters, request) ? request : undefined)),
        primitive,
      ),
  };
}

/** §5.1.7 of RFC 8032, as far as it takes no arithmetic on the curve. */
function isPlausible(parameters: EddsaParameters, { publicKey, signature }: VerifyRequest): boolean {
  const { length, order } = parameters;
  return (
    signature.length === 2 * length &&
    isBelow(signature.subarray(length), order) &&
    isCanonical(parameters, signature.subarray(0, length)) &&
    isCanonical(parameters, publicKey)
  );
}

/** Whether a point has the right length and a reduced y-coordinate, which is not one of small order. */
function isCanonical({ length, p, smallOrder }: EddsaParameters, point: Uint8Array): boolean {
  if (point.length !== length) return false;
  const y = yOf(point);
  return isBelow(y, p) && !smallOrder.some((each) => equal(each, y));
}

/** Whether there is an x for the y: x² = (y² - 1) / (dy² - a), so that numerator times denominator is a square. */
function isOnCurve({ a, d, p }: EddsaParameters, publicKey: Uint8Array): boolean {
  const prime = numberOf(p);
  const y2 = numberOf(yOf(publicKey)) ** 2n % prime;
  return jacobi(((y2 - 1n) * (d * y2 - a)) % prime, prime) !== -1;
}

/** The y-coordinate of an encoded point, without the sign of x. */
function yOf(point: Uint8Array): Bytes {
  const y = new Uint8Array(point);
  y[y.length - 1] = (y[y.length - 1] ?? 0) & 0x7f;
  return y;
}

function octets(...hex: readonly string[]): readonly Uint8Array[] {
  return hex.map(fromHex);
}

function numberOf(littleEndian: Uint8Array): bigint {
  return BigInt(`0x${toHex(new Uint8Array(littleEndian).reverse())}`);
}

/** Comparison of public little-endian numbers of one length. */
function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = a.length - 1; i >= 0; i--) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The Jacobi symbol by reciprocity: -1 for what is not a square. A sixth of the cost of finding the root. */
function jacobi(value: bigint, prime: bigint): number {
  let a = value < 0n ? value + prime : value;
  let n = prime;
  let symbol = 1;
  while (a !== 0n) {
    for (; (a & 1n) === 0n; a >>= 1n) if ((n & 7n) === 3n || (n & 7n) === 5n) symbol = -symbol;
    if ((a & 3n) === 3n && (n & 3n) === 3n) symbol = -symbol;
    [a, n] = [n % a, a];
  }
  return n === 1n ? symbol : 0;
}
