import { describe, expect, it } from "vitest";
import { GOALS, judge } from "../../bench/goals.ts";
import { markdownOf } from "../../bench/markdown.ts";
import type { Row } from "../../bench/measure.ts";
import { plot } from "../../bench/plot.ts";
import { plotResults } from "../../bench/plot-results.ts";
import { milliseconds, printResults } from "../../bench/report.ts";
import type { Results } from "../../bench/results.ts";
import { judgeWeights, unused } from "../../bench/size/budgets.ts";
import { Terminal } from "../../src/cli/terminal.ts";

const NOTHING: Results = { command: "", runtime: "", rows: [], series: [], memory: [], filling: [], startup: [] };

const row = (values: Partial<Row>): Row => ({
  ...{ verb: "commit", suite: 1, backend: "node", size: 1024, shape: "full", median: 2, p95: 3, samples: 9 },
  ...{ floor: 1, ratio: 2, octets: 1558, treeOctets: 270_000 },
  ...values,
});

function printed(results: Results): string {
  let text = "";
  const stream = { write: (part: string) => (text += part) };
  printResults(new Terminal({ stdout: stream, stderr: stream, env: {} }), results);
  return text;
}

describe("goals", () => {
  const of = (results: Results, what: string) => judge(results).find(({ goal }) => goal.what === what);

  it("are met, missed, or not measured", () => {
    const [near, far] = ["commit to its floor, N = 1024", "commit to its floor, N = 10000"];
    expect(of({ ...NOTHING, rows: [row({ ratio: 1.6 })] }, near)).toMatchObject({ value: 1.6, met: true });
    expect(of({ ...NOTHING, rows: [row({ ratio: 1.61 })] }, near)).toMatchObject({ met: false });
    expect(of({ ...NOTHING, rows: [row({})] }, far)).toMatchObject({ value: undefined, met: undefined });
  });

  it("of noble is that of its worst operation, and of suite 1 alone", () => {
    const rows = [
      row({ backend: "noble", ratio: 1.1 }),
      row({ backend: "noble", ratio: 1.3, verb: "join" }),
      row({ backend: "noble", ratio: 9, suite: 2 }),
    ];
    expect(of({ ...NOTHING, rows }, "every operation on noble, the worst of them")).toMatchObject({ value: 1.3 });
  });

  it("of growth are quotients of sizes in one series", () => {
    const lastTo = [
      { size: 1024, ratio: 3 },
      { size: 10_000, ratio: 2 },
      { size: 65_536, ratio: 1 },
    ];
    const series = [{ verb: "commit", suite: 1, backend: "node", costs: [], growth: undefined, lastTo }];
    expect(of({ ...NOTHING, series }, "commit, N = 65536 to N = 1024")).toMatchObject({ value: 3, met: false });
  });

  it("have a name of their own each", () => {
    expect(new Set(GOALS.map(({ what, unit }) => `${what} ${unit}`)).size).toBe(GOALS.length);
  });
});

describe("the printed table", () => {
  it("has the verbs in the order of users, sizes within, and says what is met", () => {
    const rows = [
      row({ verb: "join", size: 128, ratio: 1 }),
      row({ size: 1024 }),
      row({ size: 16, ratio: undefined, floor: undefined }),
    ];
    const lines = printed({ ...NOTHING, rows }).split("\n");
    const cells = lines.map((line) => line.trim().split(/\s{2,}/));
    expect(
      cells.filter(([verb]) => verb === "commit" || verb === "join").map(([verb, , size]) => [verb, size]),
    ).toEqual([
      ["commit", "16"],
      ["commit", "1024"],
      ["join", "128"],
    ]);
    expect(lines.some((line) => /^not met +commit to its floor, N = 1024 +at most 1\.60x +2\.00x$/.test(line))).toBe(
      true,
    );
    expect(lines.some((line) => line.startsWith(`0 of 1 goals met; ${GOALS.length - 1} not measured`))).toBe(true);
  });

  it("writes times in the unit that fits", () => {
    expect([0.0123, 1.234, 12.34, 1234].map(milliseconds)).toEqual(["12.3 µs", "1.23 ms", "12.3 ms", "1234 ms"]);
  });
});

describe("tables of documentation", () => {
  it("have a column for each size, and the ratio in brackets", () => {
    const text = markdownOf({ ...NOTHING, rows: [row({ size: 16 }), row({ size: 1024, ratio: 1.5 })] });
    expect(text).toContain("|  | N = 16 | N = 1024 |");
    expect(text).toContain("| commit | 2.00 ms (2.00) | 2.00 ms (1.50) |");
    expect(text).toContain("| commit to its floor, N = 1024 | 1.60x | 1.50x | met |");
  });
});

describe("the plot", () => {
  it("are not made of single points", () => {
    expect(plotResults({ ...NOTHING, rows: [row({}), row({ verb: "join" })] })).toBeUndefined();
  });

  it("draws a verb that was measured at two sizes or more, and its floor", () => {
    const svg =
      plotResults({ ...NOTHING, rows: [row({ size: 16 }), row({ size: 1024 }), row({ verb: "join" })] }) ??
      expect.unreachable();
    expect(svg.match(/<path /g)).toHaveLength(2);
    expect(svg).toContain("commit, node");
    expect(svg).not.toContain("join");
  });

  it("is well-formed whatever the labels hold", () => {
    const points = [
      [2, 1],
      [4, 2],
    ] as const;
    const svg = plot([{ label: "<&>", group: "a", dashed: false, points }], { title: "a & b", x: "x", y: "y" });
    expect(svg).toContain("&lt;&amp;>");
    expect(svg).toContain("a &amp; b");
    expect(svg).not.toContain("NaN");
  });
});

describe("budgets of size", () => {
  const weights = [{ name: "copath", minified: 9, gzipped: 5 }];

  it("fail what is over its budget, and what has none", () => {
    expect(judgeWeights(weights, [{ name: "copath", budget: 5, goal: 4 }])).toMatchObject([
      { within: true, reached: false },
    ]);
    expect(judgeWeights(weights, [{ name: "copath", budget: 4 }])).toMatchObject([
      { within: false, reached: undefined },
    ]);
    expect(judgeWeights(weights, [])).toMatchObject([{ within: false }]);
  });

  it("say which of them are of nothing", () => {
    expect(
      unused(weights, [
        { name: "copath", budget: 1 },
        { name: "copath/gone", budget: 1 },
      ]),
    ).toEqual(["copath/gone"]);
  });
});

describe("how a tree is filled again", () => {
  it("is printed step by step", () => {
    const octets = { average: 84_244.4, most: 84_300 };
    const filling = [{ size: 1024, steps: [{ commits: 1, advised: octets, fromTheLeft: { average: 2, most: 3 } }] }];
    const cells = ["1", "84244", "84300", "2", "3"];
    const text = printed({ ...NOTHING, filling });
    expect(text).toContain("N = 1024");
    expect(text.split("\n").some((line) => line.trim().split(/ +/).join() === cells.join())).toBe(true);
    expect(markdownOf({ ...NOTHING, filling })).toContain(`| ${cells.join(" | ")} |`);
  });
});
