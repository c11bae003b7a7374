/** Finding and reading vector files: `.json` and `.json.gz` in folders, and any file that is named. */

import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
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

function* walk(path: string, seen: Set<string>): Iterable<string> {
  const real = realpathSync(path);
  if (seen.has(real)) return;
  seen.add(real);
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const below = join(path, entry.name);
    if (isFolder(below)) {
      if (!isHidden(entry.name)) yield* walk(below, seen);
    } else if (/\.json(\.gz)?$/i.test(entry.name)) yield* walk(below, seen);
  }
}
