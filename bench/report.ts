/** Results as people read them. */

import { pad, type Terminal, table } from "../src/cli/terminal.ts";
import { type JudgedGoal, judge } from "./goals.ts";
import type { Row } from "./measure.ts";
import type { Results, Series } from "./results.ts";
import { VERBS } from "./verbs/verbs.ts";

export function printResults(terminal: Terminal, results: Results): void {
  printRows(terminal, results.rows);
  printSeries(terminal, results.series);
  printMemory(terminal, results);
  printFilling(terminal, results);
  printStartup(terminal, results);
  printGoals(terminal, judge(results));
}

/** A table for each suite and backend. */
function printRows(terminal: Terminal, rows: readonly Row[]): void {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const title = `suite ${row.suite}, ${row.backend}`;
    groups.set(title, [...(groups.get(title) ?? []), row]);
  }
  for (const [title, group] of groups) {
    heading(terminal, title);
    const head = ["verb", "tree", "N", "median", "p95", "floor", "ratio", "octets", "runs"];
    const cells = inReadingOrder(group).map((row) => [
      row.verb,
      row.shape,
      String(row.size),
      milliseconds(row.median),
      milliseconds(row.p95),
      row.floor === undefined ? "-" : milliseconds(row.floor),
      row.ratio === undefined ? "-" : `${row.ratio.toFixed(2)}x`,
      row.octets === undefined ? "-" : String(row.octets),
      String(row.samples),
    ]);
    printTable(terminal, [head, ...cells], 2);
  }
}

/** By verb as they are listed, then by size. */
function inReadingOrder(rows: readonly Row[]): Row[] {
  const verbs = VERBS.map(({ name }) => name);
  return [...rows].sort((a, b) => verbs.indexOf(a.verb) - verbs.indexOf(b.verb) || a.size - b.size);
}

function printSeries(terminal: Terminal, series: readonly Series[]): void {
  if (series.length === 0) return;
  heading(terminal, "growth with the number of members, all sizes in turns");
  const rows = series.map(({ verb, suite, backend, costs, growth, lastTo }) => [
    `${verb}, suite ${suite}, ${backend}`,
    costs.map(({ size, median }) => `${size}: ${milliseconds(median)}`).join("  "),
    growth === undefined ? "" : `${milliseconds(growth.perDoubling)} a doubling, N^${growth.exponent.toFixed(2)}`,
    lastTo
      .slice(0, -1)
      .map(({ size, ratio }) => `${ratio.toFixed(2)}x of N=${size}`)
      .join("  "),
  ]);
  for (const line of table(rows)) terminal.print(line);
}

function printMemory(terminal: Terminal, { memory }: Results): void {
  if (memory.length === 0) return;
  heading(terminal, "memory of one member, MiB");
  const head = ["", "N", "tree", "restored", "member", "to tree", "100 epochs", "to member", "peak"];
  const rows = memory.map(({ size, tree, restored, settled, retained, peak }) => [
    "",
    String(size),
    mebibytes(tree),
    mebibytes(restored),
    mebibytes(settled),
    `${(settled / tree).toFixed(2)}x`,
    mebibytes(retained),
    `${(retained / settled).toFixed(2)}x`,
    mebibytes(peak),
  ]);
  printTable(terminal, [head, ...rows], 1);
}

function printFilling(terminal: Terminal, { filling }: Results): void {
  for (const { size, steps } of filling) {
    heading(terminal, `octets of the next commit's path after a bulk add, N = ${size}`);
    const head = ["", "commits", "planned: average", "largest", "leaf by leaf: average", "largest"];
    const rows = steps.map(({ commits, advised, fromTheLeft }) => [
      "",
      String(commits),
      ...[advised.average, advised.most, fromTheLeft.average, fromTheLeft.most].map((octets) => octets.toFixed(0)),
    ]);
    printTable(terminal, [head, ...rows], 1);
  }
}

function printStartup(terminal: Terminal, { startup }: Results): void {
  if (startup.length === 0) return;
  heading(terminal, "import to first key package");
  const head = ["backend", "copath", "bare", "ratio"];
  const rows = startup.map(({ backend, median, bare, ratio }) => [
    backend,
    milliseconds(median),
    milliseconds(bare),
    `${ratio.toFixed(2)}x`,
  ]);
  printTable(terminal, [head, ...rows], 1);
}

function printGoals(terminal: Terminal, judged: readonly JudgedGoal[]): void {
  if (judged.every(({ value }) => value === undefined)) return;
  heading(terminal, "goals (suite 1, node unless said; `npm run size` has the rest)");
  const rows = judged
    .filter(({ value }) => value !== undefined)
    .map(({ goal, value = 0, met }) => [
      met === true ? terminal.style("green", "met") : terminal.style("red", "not met"),
      goal.what,
      `at most ${amount(goal.limit, goal.unit)}`,
      amount(value, goal.unit),
    ]);
  for (const line of table(rows)) terminal.print(line);
  const counted = judged.filter(({ met }) => met !== undefined);
  terminal.print();
  terminal.print(
    `${counted.filter(({ met }) => met === true).length} of ${counted.length} goals met; ${judged.length - counted.length} not measured in this run`,
  );
}

function heading(terminal: Terminal, text: string): void {
  terminal.print();
  terminal.print(terminal.style("bold", text));
}

/** The first columns are words, the others numbers. */
export function printTable(terminal: Terminal, rows: readonly (readonly string[])[], words: number): void {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  for (const [at, row] of rows.entries()) {
    const cells = row.map((cell, i) => (i < words ? pad(cell, widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
    const line = cells.join("  ").trimEnd();
    terminal.print(at === 0 ? terminal.style("dim", line) : line);
  }
}

export function milliseconds(ms: number): string {
  if (ms >= 100) return `${ms.toFixed(0)} ms`;
  if (ms >= 1) return `${ms.toPrecision(3)} ms`;
  return `${(1000 * ms).toPrecision(3)} µs`;
}

export function amount(value: number, unit: "x" | "ms" | "octets"): string {
  if (unit === "ms") return milliseconds(value);
  return unit === "x" ? `${value.toFixed(2)}x` : `${value} octets`;
}

function mebibytes(octets: number): string {
  return (octets / 2 ** 20).toFixed(2);
}
