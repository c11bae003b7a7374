/** The tables of a run for a page of documentation. */

import { judge } from "./goals.ts";
import type { Row } from "./measure.ts";
import { amount, milliseconds } from "./report.ts";
import type { Filling, Results } from "./results.ts";
import { VERBS } from "./verbs/verbs.ts";

/** One table for each suite and backend: a line for each verb, a column for each size; then goals. */
export function markdownOf(results: Results): string {
  const groups = new Set(results.rows.map(({ suite, backend }) => `suite ${suite}, ${backend}`));
  const tables = [...groups].flatMap((group) => [
    `### ${group[0]?.toUpperCase()}${group.slice(1)}`,
    "",
    ...tableOf(results.rows.filter(({ suite, backend }) => `suite ${suite}, ${backend}` === group)),
    "",
  ]);
  const filling = results.filling.flatMap((each) => [...fillingOf(each), ""]);
  return [`\`${results.command}\`, ${results.runtime}`, "", ...tables, ...filling, ...goalsOf(results), ""].join("\n");
}

/** Median, and in brackets the ratio to the floor. */
function tableOf(rows: readonly Row[]): string[] {
  const sizes = [...new Set(rows.map(({ size }) => size))].sort((a, b) => a - b);
  const verbs = VERBS.map(({ name }) => name).filter((name) => rows.some(({ verb }) => verb === name));
  const cell = (verb: string, size: number) => {
    const row = rows.find((each) => each.verb === verb && each.size === size);
    if (row === undefined) return "";
    return row.ratio === undefined ? milliseconds(row.median) : `${milliseconds(row.median)} (${row.ratio.toFixed(2)})`;
  };
  return [
    line(["", ...sizes.map((size) => `N = ${size}`)]),
    line(["---", ...sizes.map(() => "--:")]),
    ...verbs.map((verb) => line([verb, ...sizes.map((size) => cell(verb, size))])),
  ];
}

function fillingOf({ size, steps }: Filling): string[] {
  return [
    `Octets of the next commit's path after a bulk add, N = ${size}`,
    "",
    line(["commits", "planned: average", "largest", "leaf by leaf: average", "largest"]),
    line(["--:", "--:", "--:", "--:", "--:"]),
    ...steps.map(({ commits, advised, fromTheLeft }) =>
      line(
        [commits, advised.average, advised.most, fromTheLeft.average, fromTheLeft.most].map((each) => each.toFixed(0)),
      ),
    ),
  ];
}

function goalsOf(results: Results): string[] {
  const judged = judge(results).filter(({ value }) => value !== undefined);
  if (judged.length === 0) return [];
  return [
    line(["goal", "at most", "measured", ""]),
    line(["---", "--:", "--:", "---"]),
    ...judged.map(({ goal, value = 0, met }) =>
      line([goal.what, amount(goal.limit, goal.unit), amount(value, goal.unit), met === true ? "met" : "**not met**"]),
    ),
  ];
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
