/** `npm run interop:run`: from the command line to the exit code. */
import { readFile, writeFile } from "node:fs/promises";
import { UsageError } from "../command-line.ts";
import { randomScenario } from "../histories/random-scenario.ts";
import type { MLSClient } from "../interface/client.ts";
import { checkScenario } from "./check-scenario.ts";
import { failures, notVerified, unsupported } from "./failure-report.ts";
import { count, matrix, summary } from "./matrix.ts";
import { parseScenarios } from "./parse-scenarios.ts";
import type { CaseResult } from "./play.ts";
import { resultsJson } from "./results-json.ts";
import { playAll } from "./run-cases.ts";
import { HELP, type Options, optionsFrom } from "./run-options.ts";
import type { Scenario } from "./scenario.ts";
import { ScenarioError } from "./scenario-error.ts";
import type { Player } from "./stage.ts";

export type Connection = MLSClient & { close(): void };

export interface RunIo {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly connect: (address: string, options: { readonly timeoutSeconds: number }) => Promise<Connection>;
}

/** 0 if something passed and nothing failed, 2 if the command line or a scenario is not as it must be, else 1. */
export async function runMain(args: readonly string[], io: RunIo): Promise<number> {
  try {
    const options = optionsFrom(args);
    if (!options.help) return await run(options, io);
    io.out(HELP.trimEnd());
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ScenarioError)) throw error;
    io.err(error.message);
    if (error instanceof UsageError) io.err("See --help.");
    return 2;
  }
}

async function run(options: Options, io: RunIo): Promise<number> {
  const scenarios = await scenariosFor(options);
  if (options.json !== undefined) await emptied(options.json);
  const connections: Connection[] = [];
  try {
    const players: Player[] = [];
    for (const { name, address } of options.peers) {
      const player = await met(name, address, { options, io, connections });
      if (player === undefined) return 1;
      players.push(player);
    }
    const pace = { ...options, ...progress(options, io) };
    return await report(options, io, await playAll({ ...options, scenarios, players }, pace));
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** Scenarios come from files, and from whatever else makes them. */
async function scenariosFor({ configs, random, only }: Options): Promise<readonly Scenario[]> {
  const read = await Promise.all(configs.map(async (file) => parseScenarios(await textOf(file), file)));
  const made = random.map(({ seed, members, epochs }) =>
    randomScenario({ seed, members, epochs, name: `random/${seed}:${members}:${epochs}` }),
  );
  for (const scenario of made) checkScenario(scenario);
  const all = [...read.flat(), ...made];
  if (only.length === 0) return all;
  const called = (name: string, by: string) => name === by || name.slice(name.indexOf("/") + 1) === by;
  for (const name of only) {
    if (all.some((scenario) => called(scenario.name, name))) continue;
    throw new UsageError(`no scenario is called "${name}"; there are: ${all.map((each) => each.name).join(", ")}`);
  }
  return all.filter((scenario) => only.some((name) => called(scenario.name, name)));
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} can't be read: ${messageOf(error)}`, { cause: error });
  }
}

/** A run may take long: that its results can't be written shows before it. */
async function emptied(file: string): Promise<void> {
  try {
    await writeFile(file, "");
  } catch (error) {
    throw new UsageError(`${file} can't be written: ${messageOf(error)}`, { cause: error });
  }
}

interface Meeting {
  readonly options: Options;
  readonly io: RunIo;
  readonly connections: Connection[];
}

async function met(name: string, address: string, meeting: Meeting): Promise<Player | undefined> {
  const { options, io, connections } = meeting;
  try {
    const client = await io.connect(address, { timeoutSeconds: options.timeoutSeconds });
    connections.push(client);
    const { ciphersuites } = await client.SupportedCiphersuites({});
    if (!options.quiet) {
      const { name: own } = await client.Name({});
      io.err(`${name} at ${address}: ${own}, suites ${ciphersuites.join(", ")}`);
    }
    return { name, client, suites: ciphersuites };
  } catch (error) {
    io.err(`${name} at ${address} can't be reached: ${messageOf(error)}`);
    return undefined;
  }
}

/** A line for each scenario that is played in a suite, and each new failure at once: a run may take long. */
function progress({ quiet }: Options, io: RunIo): { readonly onResult?: (result: CaseResult) => void } {
  if (quiet) return {};
  const said = new Set<string>();
  const say = (line: string) => {
    if (!said.has(line)) io.err(line);
    said.add(line);
  };
  return {
    onResult: ({ scenario, suite, verdict, failure }) => {
      const title = `${scenario}, suite ${suite}`;
      say(`played ${title}`);
      if (verdict === "failed") say(`FAILED ${title}: ${failure?.message}`);
    },
  };
}

async function report(options: Options, { out }: RunIo, results: readonly CaseResult[]): Promise<number> {
  const counts = count(results);
  if (options.json !== undefined) await writeFile(options.json, resultsJson(results));
  if (!options.quiet)
    for (const line of [...matrix(results), ...unsupported(results), ...notVerified(results)]) out(line);
  for (const line of failures(results)) out(line);
  if (counts.failed > 0 || !options.quiet) out("");
  out(summary(counts));
  return counts.passed > 0 && counts.failed === 0 ? 0 : 1;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
