/** Numbers about samples. Medians throughout: a shared machine interrupts now and then, and never makes anything faster. */

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Between two samples where it falls there. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/** A straight line through points, by least squares. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** How much of the variation it explains: 1 if all points are on it. */
  readonly r2: number;
}

export type Point = readonly [x: number, y: number];

/** @returns nothing for fewer than two different x */
export function fitLine(points: readonly Point[]): Line | undefined {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([each]) => each)), mean(points.map(([, each]) => each))];
  const sum = (of: (point: Point) => number) => points.reduce((total, point) => total + of(point), 0);
  const xx = sum(([each]) => (each - x) ** 2);
  if (!(xx > 0)) return undefined;
  const slope = sum(([px, py]) => (px - x) * (py - y)) / xx;
  const intercept = y - slope * x;
  const yy = sum(([, each]) => (each - y) ** 2);
  const rest = sum(([px, py]) => (py - intercept - slope * px) ** 2);
  return { slope, intercept, r2: yy === 0 ? 1 : 1 - rest / yy };
}

/** How a cost grows: by so many ms with each doubling of the group, and so many times from one size to another. */
export interface Growth {
  /** ms for each doubling. */
  readonly perDoubling: number;
  readonly r2: number;
  /** The exponent of the power law through the same points: 0 for a constant, 1 for linear. */
  readonly exponent: number;
}

/** By group size. @returns nothing for fewer than two sizes */
export function growthOf(costs: readonly Point[]): Growth | undefined {
  const logarithmic = fitLine(costs.map(([size, cost]) => [Math.log2(size), cost]));
  const power = fitLine(costs.map(([size, cost]) => [Math.log2(size), Math.log2(cost)]));
  if (logarithmic === undefined || power === undefined) return undefined;
  return { perDoubling: logarithmic.slope, r2: logarithmic.r2, exponent: power.slope };
}
