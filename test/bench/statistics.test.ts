import { describe, expect, it } from "vitest";
import { interleave, ratioOf, type Timing } from "../../bench/interleave.ts";
import { fitLine, growthOf, median, quantile } from "../../bench/statistics.ts";

describe("medians and quantiles", () => {
  it("stand between two samples if need be, in any order", () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(quantile([10, 0], 0.95)).toBeCloseTo(9.5);
    expect(quantile([7], 0.95)).toBe(7);
    expect(median([])).toBeNaN();
  });
});

describe("fits", () => {
  it("finds the line that the points are on", () => {
    expect(
      fitLine([
        [1, 5],
        [2, 7],
        [4, 11],
      ]),
    ).toEqual({ slope: 2, intercept: 3, r2: 1 });
  });

  it("has no line through one place", () => {
    expect(
      fitLine([
        [1, 5],
        [1, 7],
      ]),
    ).toBeUndefined();
    expect(growthOf([[1024, 3]])).toBeUndefined();
  });

  it("tells logarithmic growth from linear growth", () => {
    const sizes = [16, 128, 1024, 8192];
    const logarithmic = growthOf(sizes.map((size) => [size, 1 + 0.5 * Math.log2(size)]));
    expect(logarithmic?.perDoubling).toBeCloseTo(0.5);
    expect(logarithmic?.r2).toBeCloseTo(1);
    expect(logarithmic?.exponent).toBeLessThan(0.3);
    expect(growthOf(sizes.map((size) => [size, 3 * size]))?.exponent).toBeCloseTo(1);
    expect(growthOf(sizes.map((size) => [size, 4]))).toMatchObject({ perDoubling: 0, exponent: 0 });
  });
});

describe("competitors in turns", () => {
  const timing = (rounds: readonly number[]): Timing => ({ name: "", median: 0, p95: 0, samples: 0, rounds });

  it("the ratio is that of most rounds, whatever one of them was disturbed by", () => {
    expect(ratioOf(timing([2, 2, 50]), timing([1, 1, 1]))).toBe(2);
    expect(ratioOf(timing([2, 20, 200]), timing([1, 10, 100]))).toBe(2);
  });

  it("runs all of them in each round, those that answer later one after the other", async () => {
    let [running, together] = [0, 0];
    const later = async () => {
      together = Math.max(together, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
    };
    let runs = 0;
    const timings = await interleave(
      [
        { name: "later", async: true, run: later },
        { name: "at once", async: false, run: () => runs++ },
      ],
      { milliseconds: 6, rounds: 3 },
    );
    expect(together).toBe(1);
    expect(runs).toBeGreaterThan(3);
    expect(timings.map(({ name, rounds }) => [name, rounds.length])).toEqual([
      ["later", 3],
      ["at once", 3],
    ]);
  });

  it("fails with what failed", async () => {
    const failing = { name: "fails", async: true, run: () => Promise.reject(new Error("no")) };
    await expect(interleave([failing], { milliseconds: 1, rounds: 1 })).rejects.toThrow("no");
  });
});
