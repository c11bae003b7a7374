import { p256, p384, p521 } from "@noble/curves/nist.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, copy, toHex } from "../../src/bytes.ts";
import { firstScalar, isPoint, isScalar, type NistCurve, P256, P384, P521 } from "../../src/hpke/nist-curves.ts";
import { failure } from "../support/failure.ts";

const curves = [
  ["P-256", P256, p256],
  ["P-384", P384, p384],
  ["P-521", P521, p521],
] as const;

const bigEndian = (value: bigint, length: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 0xffn));

const point = (curve: NistCurve, x: bigint, y: bigint, prefix = 0x04) =>
  concat(Uint8Array.of(prefix), bigEndian(x, curve.length), bigEndian(y, curve.length));

describe.each(curves)("SEC 1 %s", (_, curve, noble) => {
  const { Point } = noble;
  const G = Point.BASE.toAffine();

  it("has the curve's constants", () => {
    const { p, b, n } = Point.CURVE();
    expect(curve.p).toBe(p);
    expect(curve.b).toBe(b);
    expect(toHex(curve.order)).toBe(
      toHex(Point.Fn.toBytes(n - 1n)).slice(0, -2) +
        Number(n & 0xffn)
          .toString(16)
          .padStart(2, "0"),
    );
    expect(curve.length).toBe(Point.Fn.BYTES);
  });

  it("[5.1.1-03] takes points on the curve", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 2n ** 250n), (scalar) => {
        expect(isPoint(curve, Point.BASE.multiply(scalar).toBytes(false))).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  it.each([
    ["no octets", new Uint8Array(0)],
    ["the point at infinity", Uint8Array.of(0)],
    ["a compressed point", Point.BASE.toBytes(true)],
    ["a hybrid point", point(curve, G.x, G.y, Number(G.y & 1n) + 6)],
    ["another first octet", point(curve, G.x, G.y, 0x05)],
    ["a point that is cut short", Point.BASE.toBytes(false).slice(0, -1)],
    ["a point with an octet too many", concat(Point.BASE.toBytes(false), Uint8Array.of(0))],
    ["zeros", point(curve, 0n, 0n)],
    ["x out of the field", point(curve, curve.p, G.y)],
    ["y out of the field", point(curve, G.x, curve.p)],
    ["a point off the curve", point(curve, G.x, G.y + 1n)],
    ["a point of another curve", point(curve, G.y, G.x)],
  ])("[5.1.1-03] refuses %s", (_, octets) => {
    expect(isPoint(curve, octets)).toBe(false);
  });

  it("[5.1.1-03] refuses an unreduced coordinate of a point on the curve", () => {
    // x = small with x + p still fitting: found by trying, where the field leaves room above p.
    const room = 2n ** BigInt(8 * curve.length) - curve.p;
    for (let x = 0n; x < room && x < 50n; x++) {
      const y2 = (x * x * x - 3n * x + curve.b) % curve.p;
      let y: bigint;
      try {
        y = Point.Fp.sqrt(((y2 % curve.p) + curve.p) % curve.p);
      } catch {
        continue;
      }
      expect(isPoint(curve, point(curve, x, y))).toBe(true);
      expect(isPoint(curve, point(curve, x + curve.p, y))).toBe(false);
      return;
    }
    expect.unreachable("no such point");
  });

  it("takes scalars from 1 to the order less 1", () => {
    const { n } = Point.CURVE();
    const scalar = (value: bigint) => isScalar(curve, bigEndian(value, curve.length));
    expect([0n, 1n, n - 1n, n, n + 1n].map(scalar)).toEqual([false, true, true, false, false]);
    expect(isScalar(curve, new Uint8Array(curve.length).fill(0xff))).toBe(false);
    expect(isScalar(curve, bigEndian(1n, curve.length - 1))).toBe(false);
    expect(isScalar(curve, bigEndian(1n, curve.length + 1))).toBe(false);
  });

  it("RFC 9180 §7.1.3: goes on to the next candidate after one that is none", () => {
    const candidates = [new Uint8Array(curve.length), copy(curve.order), bigEndian(7n, curve.length)];
    const counters: number[] = [];
    const scalar = firstScalar(curve, (counter) => {
      counters.push(counter);
      return copy(candidates[counter] ?? new Uint8Array(0));
    });
    expect(toHex(scalar)).toBe(toHex(bigEndian(7n, curve.length)));
    expect(counters).toEqual([0, 1, 2]);
  });

  it("RFC 9180 §7.1.3: masks the first octet", () => {
    const scalar = firstScalar(curve, () => new Uint8Array(curve.length).fill(0xfe).fill(0x7e, 1));
    expect(scalar[0]).toBe(0xfe & curve.bitmask);
  });

  it("gives up on a source of zeros", () => {
    expect(failure(() => firstScalar(curve, () => new Uint8Array(curve.length))).code).toBe("internal.backend");
  });
});
