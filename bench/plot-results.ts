/** The curves of a run: each verb that was measured at two sizes or more, and its floor. */

import type { Row } from "./measure.ts";
import { type Curve, plot } from "./plot.ts";
import type { Results } from "./results.ts";

/** More in one picture cannot be told apart. */
const MOST = 8;

/** @returns `undefined` if nothing was measured at two sizes */
export function plotResults({ rows, series }: Results): string | undefined {
  const groups = new Map<string, Curve[]>();
  for (const { verb, suite, backend, costs } of series) {
    const points = costs.map(({ size, median, floor }) => ({ size, median, floor }));
    groups.set(nameOf({ verb, suite, backend }), curvesOf(nameOf({ verb, suite, backend }), points));
  }
  for (const name of new Set(rows.map(nameOf))) {
    if (groups.has(name)) continue;
    const curves = curvesOf(
      name,
      rows.filter((row) => nameOf(row) === name),
    );
    if (curves.length > 0) groups.set(name, curves);
  }
  const curves = [...groups.values()].slice(0, MOST).flat();
  return curves.length === 0
    ? undefined
    : plot(curves, { title: "cost of an operation by group size", x: "members", y: "median" });
}

function nameOf({ verb, suite, backend }: Pick<Row, "verb" | "suite" | "backend">): string {
  return suite === 1 ? `${verb}, ${backend}` : `${verb}, ${backend}, suite ${suite}`;
}

interface Costs {
  readonly size: number;
  readonly median: number;
  readonly floor: number | undefined;
}

function curvesOf(group: string, costs: readonly Costs[]): Curve[] {
  if (new Set(costs.map(({ size }) => size)).size < 2) return [];
  const sorted = [...costs].sort((a, b) => a.size - b.size);
  const floors = sorted.flatMap(({ size, floor }) => (floor === undefined ? [] : [[size, floor] as const]));
  const own: Curve = { label: group, group, dashed: false, points: sorted.map(({ size, median }) => [size, median]) };
  return floors.length < 2 ? [own] : [own, { label: "its floor", group, dashed: true, points: floors }];
}
