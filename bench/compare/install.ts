/** The peers, which lie in a folder of their own and are installed when they are first asked for. */

import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

/** By the exact versions of the folder's own package.json. */
export async function installPeers(folder: string): Promise<void> {
  if (existsSync(join(folder, "node_modules"))) return;
  await promisify(execFile)("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder });
}

interface Manifest {
  readonly version: string;
  readonly main?: string;
  readonly exports?: string | { readonly "."?: Target };
}

type Target = string | { readonly import?: Target; readonly default?: Target };

export interface LoadedPackage {
  readonly version: string;
  readonly module: unknown;
}

/** What `import` of the package in a folder gives. */
export async function loadPackage(folder: string): Promise<LoadedPackage> {
  const { version, main, exports }: Manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const target = typeof exports === "object" ? exports["."] : exports;
  const entry = fileOf(target) ?? main ?? "index.js";
  return { version, module: await import(pathToFileURL(join(folder, entry)).href) };
}

function fileOf(target: Target | undefined): string | undefined {
  return typeof target === "object" ? (fileOf(target.import) ?? fileOf(target.default)) : target;
}
