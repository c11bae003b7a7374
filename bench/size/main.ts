/** `npm run size`: gzipped octets of each entry point against its budget in `budgets.json`. Over budget is a failure. */

import { readFile } from "node:fs/promises";
import { Terminal } from "../../src/cli/terminal.ts";
import { printTable } from "../report.ts";
import { type Budget, type JudgedWeight, judgeWeights, unused } from "./budgets.ts";
import { type Weight, weigh, weighedOf } from "./bundles.ts";

const root = process.cwd();
const terminal = new Terminal({ stdout: process.stdout, stderr: process.stderr, env: process.env });
const read = async (path: string): Promise<unknown> => JSON.parse(await readFile(`${root}/${path}`, "utf8"));

const { exports } = (await read("package.json")) as { exports: Readonly<Record<string, unknown>> };
const subpaths = Object.keys(exports)
  .filter((path) => path !== "./package.json")
  .map((path) => `copath${path.slice(1)}`);
const budgets = (await read("bench/size/budgets.json")) as readonly Budget[];
const weights: Weight[] = [];
const weighed = weighedOf(subpaths);
for (const [done, each] of weighed.entries()) {
  terminal.progress(done, weighed.length, each.name);
  weights.push(await weigh(each, root));
}
terminal.endProgress();

const judged = judgeWeights(weights, budgets);
const head = ["KiB", "minified", "gzip", "budget", "goal", ""];
printTable(terminal, [head, ...judged.map(cells)], 1);
const [over, stale] = [judged.filter(({ within }) => !within), unused(weights, budgets)];
for (const { name, gzipped, budget } of over) {
  terminal.complain(budget === undefined ? `${name} has no budget` : `${name}: ${gzipped} octets, ${budget} budgeted`);
}
for (const name of stale) terminal.complain(`${name} has a budget, but is not there`);
const missed = judged.filter(({ reached }) => reached === false).length;
terminal.print();
terminal.print(`${judged.length - over.length} of ${judged.length} within budget; ${missed} goals not reached`);
if (over.length + stale.length > 0) process.exitCode = 1;

function cells({ name, minified, gzipped, budget, goal, within, reached }: JudgedWeight): string[] {
  const mark = !within
    ? "over budget"
    : reached === false
      ? "goal not reached"
      : reached === true
        ? "goal reached"
        : "";
  return [name, kibibytes(minified), kibibytes(gzipped), kibibytes(budget), kibibytes(goal), mark];
}

function kibibytes(octets: number | undefined): string {
  return octets === undefined ? "-" : (octets / 1024).toFixed(1);
}
