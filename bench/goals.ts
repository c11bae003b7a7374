/** What is to be reached, and whether a run has reached it. Printed, never asserted: machines and hours differ. */

import type { Row } from "./measure.ts";
import type { Results } from "./results.ts";

export interface Goal {
  readonly what: string;
  /** As it is printed before the limit and the value. */
  readonly unit: "x" | "ms" | "octets";
  readonly limit: number;
  /** Nothing if the run has not measured it. */
  value(results: Results): number | undefined;
}

export interface JudgedGoal {
  readonly goal: Goal;
  readonly value: number | undefined;
  readonly met: boolean | undefined;
}

export function judge(results: Results, goals: readonly Goal[] = GOALS): JudgedGoal[] {
  return goals.map((goal) => {
    const value = goal.value(results);
    return { goal, value, met: value === undefined ? undefined : value <= goal.limit };
  });
}

const LARGE = [1024, 10_000, 100_000];

export const GOALS: readonly Goal[] = [
  ...LARGE.map((size) => toFloor("commit", size, 1.6)),
  ...LARGE.map((size) => toFloor("process", size, 2)),
  grown("process", { from: 128, to: 10_000, limit: 1.2 }),
  ...["commit", "process"].map((verb) => grown(verb, { from: 1024, to: 65_536, limit: 1.8 })),
  ...["add", "process add", "remove", "process remove"].flatMap((verb) =>
    [1024, 10_000].map((size) => toFloor(verb, size, 2.5)),
  ),
  toFloor("commit after bulk add", 1024, 1.2),
  ...[1024, 10_000].map((size) => toFloor("join", size, 1.2)),
  toFloor("encrypt 100 B", 1024, 2),
  toFloor("decrypt 100 B", 1024, 1.3),
  toFloor("encrypt 1 MiB", undefined, 1.15),
  toFloor("decrypt 1 MiB", undefined, 1.15),
  toFloor("decrypt after gap", undefined, 1.5),
  {
    what: "every operation on noble, the worst of them",
    unit: "x",
    limit: 1.15,
    value: ({ rows }) => largest(rows.filter(isOfSuite1On("noble")).map(({ ratio }) => ratio)),
  },
  {
    what: "encoded state to encoded tree, N = 1024",
    unit: "x",
    limit: 1.15,
    value: (results) => {
      const row = rowOf(results, "save", 1024);
      return row?.octets === undefined ? undefined : row.octets / row.treeOctets;
    },
  },
  taking("save", 1024, 3),
  taking("restore", 1024, 5),
  ofLength("change of commit", 10_000, 2 ** 16),
  taking("change of commit", 10_000, 2),
  ofLength("change of message", 10_000, 2 ** 10),
  {
    what: "memory of one member to encoded tree, N = 10000",
    unit: "x",
    limit: 5,
    value: ({ memory }) =>
      quotient(
        memory.find(({ size }) => size === 10_000),
        ({ settled, tree }) => settled / tree,
      ),
  },
  {
    what: "memory with 100 retained epochs to memory with one",
    unit: "x",
    limit: 2,
    value: ({ memory }) =>
      quotient(
        memory.find(({ size }) => size === 10_000),
        ({ retained, settled }) => retained / settled,
      ),
  },
  {
    what: "import to first key package, node",
    unit: "x",
    limit: 1.5,
    value: ({ startup }) => startup.find(({ backend }) => backend === "node")?.ratio,
  },
];

function toFloor(verb: string, size: number | undefined, limit: number): Goal {
  const what = size === undefined ? `${verb} to its floor` : `${verb} to its floor, N = ${size}`;
  return { what, unit: "x", limit, value: (results) => rowOf(results, verb, size)?.ratio };
}

function taking(verb: string, size: number, limit: number): Goal {
  return { what: `${verb}, N = ${size}`, unit: "ms", limit, value: (results) => rowOf(results, verb, size)?.median };
}

function ofLength(verb: string, size: number, limit: number): Goal {
  return {
    what: `${verb}, N = ${size}`,
    unit: "octets",
    limit,
    value: (results) => rowOf(results, verb, size)?.octets,
  };
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

function grown(verb: string, { from, to, limit }: Span): Goal {
  return {
    what: `${verb}, N = ${to} to N = ${from}`,
    unit: "x",
    limit,
    value({ series }) {
      const found = series.find((each) => each.verb === verb && each.suite === 1 && each.backend === "node");
      const ratio = (size: number) => found?.lastTo.find((each) => each.size === size)?.ratio;
      const [far, near] = [ratio(from), ratio(to)];
      return far === undefined || near === undefined ? undefined : far / near;
    },
  };
}

function rowOf({ rows }: Results, verb: string, size: number | undefined): Row | undefined {
  return rows
    .filter(isOfSuite1On("node"))
    .find((row) => row.verb === verb && (size === undefined || row.size === size));
}

function isOfSuite1On(backend: string): (row: Row) => boolean {
  return (row) => row.suite === 1 && row.backend === backend;
}

function quotient<T>(value: T | undefined, of: (value: T) => number): number | undefined {
  return value === undefined ? undefined : of(value);
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
