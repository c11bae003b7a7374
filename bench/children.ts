/** Programs that need a process of their own, because they measure one. */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What the program prints. Programs lie beside each other in the folder of bundles. */
export async function output(program: string, args: readonly string[], flags: readonly string[] = []): Promise<string> {
  const path = fileURLToPath(new URL(`./${program}.mjs`, import.meta.url));
  const { stdout } = await run(process.execPath, [...flags, path, ...args]);
  return stdout;
}
