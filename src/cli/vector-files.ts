/** Finding and reading vector files: `.json` and `.json.gz` in folders, and any file that is named. */

import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";

export interface VectorFile {
  readonly path: string;
  /** How the file is called in reports. */
  readonly label: string;
}

/** What a compressed file may grow to: more than V8 can hold as one string. */
const MAX_SIZE = 2 ** 30;

/** All files to run, sorted within their folder, each once even if it is reached by two ways. */
export function findVectorFiles(roots: readonly string[]): VectorFile[] {
  const seen = new Set<string>();
  const found: VectorFile[] = [];
  for (const root of roots) {
    for (const path of walk(root, seen)) found.push({ path, label: labelOf(path, root, roots.length) });
  }
  return found;
}

/** The JSON value of a file. @throws whatever the file system, zlib or the JSON parser says */
export function readVectorFile(path: string): unknown {
  const octets = readFileSync(path);
  const isGzip = octets[0] === 0x1f && octets[1] === 0x8b;
  const text = (isGzip ? gunzipSync(octets, { maxOutputLength: MAX_SIZE }) : octets).toString("utf8");
  return JSON.parse(text.startsWith("\ufeff") ? text.slice(1) : text);
}

/** What cannot be listed is yielded like a file, so that reading it tells what is wrong. */
function* walk(path: string, seen: Set<string>): Iterable<string> {
  const real = realPath(path);
  if (seen.has(real)) return;
  seen.add(real);
  const entries = isFolder(path) ? entriesOf(path) : undefined;
  if (entries === undefined) yield path;
  else for (const name of entries) yield* walk(join(path, name), seen);
}

/** The folders and vector files in a folder, by name; undefined if it cannot be listed. */
function entriesOf(folder: string): string[] | undefined {
  try {
    const names = readdirSync(folder).sort();
    return names.filter((name) => (isFolder(join(folder, name)) ? !isSetAside(name) : /\.json(\.gz)?$/i.test(name)));
  } catch {
    return undefined;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isSetAside(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}

/** A link that leads nowhere is itself. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function labelOf(path: string, root: string, roots: number): string {
  const below = relative(root, path);
  return roots > 1 || below === "" ? path : below;
}
