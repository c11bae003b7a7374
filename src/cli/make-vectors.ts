/** `copath vectors --make`: writes vectors of our own, the same octets for the same seed. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { noble } from "../backends/noble/index.ts";
import { cipherSuite } from "../crypto/cipher-suite.ts";
import { REGISTERED_SUITES } from "../suites/registry.ts";
import { joinVectors, type MadeVectors, makeVectors, OWN_SEED, vectorFileText } from "../vectors/make.ts";
import { EXIT, type ExitCode, WrongUsage } from "./command.ts";
import { count, type Terminal, table } from "./terminal.ts";

export interface MakeRequest {
  /** Default: that of our own vectors. */
  readonly seed?: string | undefined;
  /** Numbers of suites, or `all`. */
  readonly suites: readonly string[];
  /** The folder to write to; made if it does not exist. */
  readonly out: string;
  readonly small: boolean;
}

/** @throws WrongUsage for a suite that does not exist, or a folder that cannot be made */
export async function makeVectorFiles(request: MakeRequest, terminal: Terminal): Promise<ExitCode> {
  const { seed = OWN_SEED, out, small } = request;
  const definitions = definitionsOf(request.suites);
  makeFolder(out);
  const parts: MadeVectors[] = [];
  for (const [done, definition] of definitions.entries()) {
    terminal.progress(done, definitions.length, definition.name);
    parts.push(await makeVectors(cipherSuite(definition, noble), seed, { small }));
  }
  const rows = Object.entries(joinVectors(parts)).map(([file, cases]) => {
    const text = vectorFileText(cases);
    writeFileSync(join(out, file), text);
    return [join(out, file), count(cases.length, "case"), count(text.length, "octet")];
  });
  for (const row of table(rows)) terminal.print(row);
  return EXIT.done;
}

/** Before the work, so that nobody waits for a complaint. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new WrongUsage(`cannot write to '${path}': ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** In the order of their numbers, each once. */
function definitionsOf(suites: readonly string[]) {
  const unknown = suites.find((each) => each !== "all" && !REGISTERED_SUITES.some(({ id }) => String(id) === each));
  if (unknown !== undefined) throw new WrongUsage(`--suite is 'all' or one of 1 to 7, not '${unknown}'`);
  return REGISTERED_SUITES.filter(({ id }) => suites.includes("all") || suites.includes(String(id)));
}
