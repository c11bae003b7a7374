import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  noPadding,
  type PaddingPolicy,
  padme,
  padToMultipleOf,
  padToSizes,
  padWithin,
} from "../../src/framing/padding.ts";
import { failure } from "../support/failure.ts";

const length = fc.oneof(fc.nat(300), fc.nat(2 ** 30));

describe("§15.1 padding", () => {
  const policies: readonly (readonly [string, PaddingPolicy])[] = [
    ["none", noPadding],
    ["multiples", padToMultipleOf(128)],
    ["sizes", padToSizes(1000, 100, 10_000)],
    ["padmé", padme],
    ["within", padWithin(500, padToMultipleOf(256))],
  ];
  it.each(policies)("is a whole number of octets, never negative: %s", (_, policy) => {
    fc.assert(
      fc.property(length, (content) => {
        const padding = policy(content);
        expect(Number.isSafeInteger(padding) && padding >= 0).toBe(true);
      }),
    );
  });

  it("is none by default", () => {
    expect([0, 1, 63, 4096].map(noPadding)).toEqual([0, 0, 0, 0]);
  });

  it("reaches the next multiple, and adds nothing to one", () => {
    expect([0, 1, 15, 16, 17, 31, 32].map(padToMultipleOf(16))).toEqual([0, 15, 1, 0, 15, 1, 0]);
    expect([0, 1, 2, 99].map(padToMultipleOf(1))).toEqual([0, 0, 0, 0]);
    fc.assert(
      fc.property(length, fc.integer({ min: 1, max: 5000 }), (content, block) => {
        const padded = content + padToMultipleOf(block)(content);
        expect(padded % block).toBe(0);
        expect(padded - content).toBeLessThan(block);
      }),
    );
  });

  it("reaches the smallest size that is large enough, and beyond the largest its multiples", () => {
    const policy = padToSizes(1000, 100);
    const padded = [0, 1, 100, 101, 1000, 1001, 2001].map((content) => content + policy(content));
    expect(padded).toEqual([100, 100, 100, 1000, 1000, 2000, 3000]);
    expect(padToSizes()(17)).toBe(0);
  });

  it("after Padmé leaves few lengths and costs little", () => {
    const padded = [0, 1, 2, 3, 8, 9, 17, 18, 100, 1000, 1_000_000].map((content) => content + padme(content));
    expect(padded).toEqual([0, 1, 2, 3, 8, 10, 18, 18, 104, 1024, 1_015_808]);
    fc.assert(
      fc.property(length, (content) => {
        expect(padme(content)).toBeLessThanOrEqual(0.12 * content);
        expect(padme(content + padme(content))).toBe(0);
      }),
    );
    const lengths = new Set(Array.from({ length: 100_000 }, (_, content) => content + padme(content)));
    expect(lengths.size).toBeLessThan(200);
  });

  it("[15.1-01] shrinks at a maximum, and never cuts the content", () => {
    const policy = padWithin(100, padToMultipleOf(64));
    const padded = [0, 1, 64, 65, 99, 100, 101, 500].map((content) => content + policy(content));
    expect(padded).toEqual([0, 64, 64, 100, 100, 100, 101, 500]);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses %d as a size", (size) => {
    for (const make of [
      padToMultipleOf,
      (each: number) => padToSizes(1, each),
      (each: number) => padWithin(each, padme),
    ]) {
      expect(failure(() => make(size)).code).toBe("option.invalid");
    }
  });
});
