/** `npm run bench`: measures copath beside the bare cryptography. `--help` has the options. */

import { writeFile } from "node:fs/promises";
import { Terminal } from "../src/cli/terminal.ts";
import { type BenchArguments, benchArguments, USAGE } from "./arguments.ts";
import { clockOf } from "./clock.ts";
import { measureFilling } from "./filling.ts";
import type { Schedule } from "./interleave.ts";
import { markdownOf } from "./markdown.ts";
import { Measurement, type Row } from "./measure.ts";
import { measureMemory } from "./memory.ts";
import { runMicro } from "./micro.ts";
import { NODE, NODE_BACKENDS } from "./node-backends.ts";
import { isWanted, planRows } from "./plan.ts";
import { plotResults } from "./plot-results.ts";
import { printResults } from "./report.ts";
import type { Filling, Memory, Results, Series, Startup } from "./results.ts";
import { measureSeries } from "./series.ts";
import { measureStartup, STARTUPS } from "./startup/startup.ts";
import { VERBS } from "./verbs/verbs.ts";

const ROUNDS = 7;

async function main(args: readonly string[]): Promise<void> {
  const terminal = new Terminal({ stdout: process.stdout, stderr: process.stderr, env: process.env });
  const given = benchArguments(args);
  if (given.help) return terminal.print(USAGE);
  const schedule = { milliseconds: given.milliseconds, rounds: ROUNDS, now: clockOf(given.clock) };
  if (given.micro) return runMicro(terminal, given, schedule);
  let results: Results = {
    command: ["npm run bench", ...(args.length === 0 ? [] : ["--"]), ...args].join(" "),
    runtime: `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`,
    ...{ rows: [], series: [], memory: [], filling: [], startup: [] },
  };
  // A run of hours that is interrupted leaves what it has.
  const add = async (part: Partial<Results>) => {
    results = { ...results, ...part };
    if (given.json !== undefined) await writeFile(given.json, `${JSON.stringify(results, null, 2)}\n`);
    const picture = given.plot === undefined ? undefined : plotResults(results);
    if (given.plot !== undefined && picture !== undefined) await writeFile(given.plot, picture);
    if (given.markdown !== undefined) await writeFile(given.markdown, markdownOf(results));
  };
  await add({ startup: await allStartup(terminal, given) });
  await add({ memory: await allMemory(terminal, given) });
  await add({ filling: await allFilling(terminal, given) });
  await allRows(terminal, given, { schedule, onRow: (rows) => add({ rows }) });
  await add({ series: await allSeries(terminal, given, schedule) });
  printResults(terminal, results);
  if (given.plot !== undefined && plotResults(results) === undefined)
    terminal.complain("There is no plot: a curve takes two sizes.");
  const { rows, memory, filling, startup } = results;
  if ([rows, memory, filling, startup].every(({ length }) => length === 0)) throw new Error("Nothing matches.");
}

interface Rows {
  readonly schedule: Schedule;
  readonly onRow: (rows: readonly Row[]) => Promise<void>;
}

async function allRows(terminal: Terminal, given: BenchArguments, { schedule, onRow }: Rows): Promise<void> {
  const planned = planRows(given);
  const measurement = new Measurement({ builder: NODE, all: NODE_BACKENDS }, schedule);
  const rows: Row[] = [];
  for (const [done, row] of planned.entries()) {
    const { verb, suite, backend, size } = row;
    terminal.progress(done, planned.length, `${verb.name}, N = ${size}, suite ${suite}, ${backend}`);
    rows.push(await measurement.row(row));
    await onRow(rows);
  }
  terminal.endProgress();
}

/** Only where the command leaves the sizes open: growth has sizes of its own. */
async function allSeries(terminal: Terminal, given: BenchArguments, schedule: Schedule): Promise<Series[]> {
  if (given.sizes.length > 0 || !allows(given, "node")) return [];
  const series: Series[] = [];
  for (const [name, sizes] of GROWING) {
    const verb = VERBS.find((each) => each.name === name);
    if (verb === undefined || !isWanted(given, verb)) continue;
    const chosen = given.quick ? sizes.filter((size) => size <= 1024) : sizes;
    for (const suite of given.suites.length > 0 ? given.suites : [1]) {
      terminal.progress(series.length, GROWING.length, `growth of ${name}`);
      series.push(await measureSeries({ verb, suite, backend: NODE, builder: NODE, sizes: chosen }, schedule));
    }
  }
  terminal.endProgress();
  return series;
}

const GROWING = [
  ["commit", [128, 1024, 10_000, 65_536]],
  ["process", [128, 1024, 10_000, 65_536]],
  ["join", [128, 1024, 10_000]],
  ["decrypt 100 B", [128, 1024, 10_000]],
] as const;

async function allMemory(terminal: Terminal, given: BenchArguments): Promise<Memory[]> {
  if (!isWanted(given, { name: "memory" }) || !allows(given, "node")) return [];
  const memory: Memory[] = [];
  const sizes = given.sizes.length > 0 ? given.sizes : given.quick ? [1024] : [1024, 10_000];
  for (const [done, size] of sizes.entries()) {
    terminal.progress(done, sizes.length, `memory, N = ${size}`);
    memory.push(await measureMemory(size));
  }
  terminal.endProgress();
  return memory;
}

/** Of a group of a moderate size: every path until the last parent is filled is made. */
async function allFilling(terminal: Terminal, given: BenchArguments): Promise<Filling[]> {
  if (!isWanted(given, { name: "filling" }) || !allows(given, "node")) return [];
  const size = given.sizes[0] ?? (given.quick ? 128 : 1024);
  terminal.progress(0, 1, `filling, N = ${size}`);
  const filling = await measureFilling(NODE, size);
  terminal.endProgress();
  return [filling];
}

async function allStartup(terminal: Terminal, given: BenchArguments): Promise<Startup[]> {
  if (!isWanted(given, { name: "startup" })) return [];
  const startup: Startup[] = [];
  for (const kind of STARTUPS.filter(({ backend }) => allows(given, backend.replace(/,.*/, "")))) {
    const onProgress = (share: number) => terminal.progress(share, 1, `startup, ${kind.backend}`);
    startup.push(await measureStartup(kind, given.quick ? 5 : 25, onProgress));
  }
  terminal.endProgress();
  return startup;
}

function allows({ backends }: BenchArguments, name: string): boolean {
  return backends.length === 0 || backends.includes(name);
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env.DEBUG !== undefined) console.error(error);
  process.exitCode = 1;
});
