/** `copath vectors`: runs every vector file that it finds. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Backend } from "../crypto/cipher-suite.ts";
import type { Random } from "../hpke/algorithms.ts";
import type { VectorEnvironment } from "../vectors/family.ts";
import { runVectors, vectorEnvironment } from "../vectors/run.ts";
import { type Command, choice, EXIT, type ExitCode, parse, WrongUsage } from "./command.ts";
import type { MakeRequest } from "./make-vectors.ts";
import { oneLine, type Terminal } from "./terminal.ts";
import { findVectorFiles, readVectorFile, type VectorFile } from "./vector-files.ts";
import { type FileReport, jsonOf, printFile, printSummary, sum } from "./vector-report.ts";

const HELP = `copath vectors [--backend noble|node] [--json] [PATH...]
copath vectors --make [--out DIR] [--seed SEED] [--suite N|all]... [--small]

Runs test vectors: every .json and .json.gz file below the folders given, and any file that is named. Files are
recognised by their structure: the vectors of the MLS working group, of RFC 9180, and of Project Wycheproof for the
primitives of cipher suites 1 to 7. Without a PATH: those in the folder that COPATH_TEST_VECTORS names and, in
a checkout of the repository, those in test-vectors/.

  --backend noble|node   who computes: JavaScript, or node:crypto (the default)
  --json                 one JSON value with all counts and failures, instead of lines
  --help                 this text

The last line is 'N passed, N failed'. The exit code is 0 if nothing failed, 1 if a case failed or a file could not be
read, and 2 for a wrong call. Lifetimes are not judged: the vectors are older than today.

With --make, vectors of our own are written instead, in all formats of the MLS working group:

  --out DIR              where to: one file for each format (default: copath-vectors)
  --seed SEED            what everything is derived from (default: copath); the same seed gives the same octets
  --suite N|all          for which cipher suites (default: all); can be given several times
  --small                all cases for suite 1, but of the others only a share`;

/** Backends are loaded when they are asked for. */
export const BACKENDS = {
  noble: async (): Promise<Backend> => (await import("../backends/noble/index.ts")).noble,
  node: async (): Promise<Backend> => (await import("../backends/node/index.ts")).node,
} as const;

export const vectors: Command = {
  help: HELP,
  async run(args, terminal): Promise<ExitCode> {
    const { values, positionals } = parse(args, {
      backend: { type: "string", default: "node" },
      json: { type: "boolean", default: false },
      make: { type: "boolean", default: false },
      out: { type: "string" },
      seed: { type: "string" },
      suite: { type: "string", multiple: true },
      small: { type: "boolean" },
    });
    const { seed, suite: suites = ["all"], small = false, out = "copath-vectors" } = values;
    if (values.make) return make({ seed, suites, small, out }, positionals, terminal);
    const idle = (["out", "seed", "suite", "small"] as const).find((option) => values[option] !== undefined);
    if (idle !== undefined) throw new WrongUsage(`--${idle} is for --make`);
    const backend = await BACKENDS[choice("backend", values.backend, ["noble", "node"])]();
    const files = filesIn(positionals.length > 0 ? positionals : ownFolders(terminal.env));
    const reports = await runFiles(files, vectorEnvironment(backend, random), terminal, values.json);
    if (values.json) terminal.print(jsonOf(reports, backend.name));
    else printSummary(terminal, reports, backend.name);
    return sum(reports).failed === 0 ? EXIT.done : EXIT.failed;
  },
};

/** Making is loaded when it is asked for. */
async function make(request: MakeRequest, rest: readonly string[], terminal: Terminal): Promise<ExitCode> {
  if (rest[0] !== undefined) throw new WrongUsage(`--make writes to --out, and reads nothing: '${rest[0]}'`);
  return (await import("./make-vectors.ts")).makeVectorFiles(request, terminal);
}

/** The octets of nobody: cases that encrypt or sign check what comes of it, whatever it is. */
const random: Random = (length) => crypto.getRandomValues(new Uint8Array(length));

/** @throws WrongUsage for a path that does not exist, and where there is nothing to run */
export function filesIn(paths: readonly string[]): VectorFile[] {
  if (paths.length === 0) throw new WrongUsage("name a folder: this package came without test vectors");
  const absent = paths.find((path) => !existsSync(path));
  if (absent !== undefined) throw new WrongUsage(`there is no file or folder '${absent}'`);
  const files = findVectorFiles(paths);
  if (files.length === 0) throw new WrongUsage(`there is no .json or .json.gz file in ${paths.join(", ")}`);
  return files;
}

/** The vectors that came with the package, and those that COPATH_TEST_VECTORS names. */
export function ownFolders(env: Terminal["env"]): string[] {
  const packaged = fileURLToPath(new URL("../../test-vectors", import.meta.url));
  const named = env.COPATH_TEST_VECTORS ?? "";
  return [...(existsSync(packaged) ? [packaged] : []), ...(named === "" ? [] : [named])];
}

/** One file at a time, so that only one is in memory. */
async function runFiles(
  files: readonly VectorFile[],
  environment: VectorEnvironment,
  terminal: Terminal,
  silent: boolean,
): Promise<FileReport[]> {
  const width = Math.max(...files.map(({ label }) => label.length));
  const reports: FileReport[] = [];
  for (const [index, file] of files.entries()) {
    const onProgress = (done: number, cases: number) => {
      const place = (index + (cases === 0 ? 0 : done / cases)) / files.length;
      if (!silent) terminal.progress(place, 1, `${oneLine(file.label)} ${done}/${cases}`);
    };
    const report = await runFile(file, environment, onProgress);
    if (!silent) printFile(terminal, report, width);
    reports.push(report);
  }
  terminal.endProgress();
  return reports;
}

async function runFile(
  { path, label }: VectorFile,
  environment: VectorEnvironment,
  onProgress: (done: number, cases: number) => void,
): Promise<FileReport> {
  let content: unknown;
  try {
    content = readVectorFile(path);
  } catch (error) {
    return { file: label, status: "unreadable", reason: error instanceof Error ? error.message : String(error) };
  }
  return { file: label, ...(await runVectors(content, environment, { onProgress })) };
}
