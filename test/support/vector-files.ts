/**
 * The published vector files, by the local name that test-vectors/SOURCES.json pins them under. They are looked for in
 * COPATH_TEST_VECTORS, then in test-vectors/published/. A file that is not the pinned one is never used.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface Pin {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** `transcribedFrom` stands in place of a repository for what can't be downloaded from one. */
export interface Source {
  readonly repository?: string;
  readonly commit?: string;
  readonly transcribedFrom?: string;
  readonly files: readonly (Pin & { readonly path?: string })[];
}

const folder = fileURLToPath(new URL("../../test-vectors/", import.meta.url));

export const sources: readonly Source[] = JSON.parse(readFileSync(join(folder, "SOURCES.json"), "utf8")).sources;

const pins: ReadonlyMap<string, Pin> = new Map(sources.flatMap(({ files }) => files.map((pin) => [pin.file, pin])));

/** The names of all pinned files, `mls/key-schedule.json` for one, or of those in one folder. */
export function pinnedFiles(inFolder = ""): string[] {
  return [...pins.keys()].filter((file) => file.startsWith(inFolder));
}

/** Where a pinned file is, or undefined where it is absent. With CI=true an absent file throws. */
export function locate(file: string): string | undefined {
  if (!pins.has(file)) throw new Error(`test-vectors/SOURCES.json pins no ${file}`);
  const folders = [process.env.COPATH_TEST_VECTORS ?? "", join(folder, "published")];
  const found = folders.filter((place) => place !== "").find((place) => existsSync(join(place, file)));
  if (found !== undefined) return join(found, file);
  if (process.env.CI === "true") throw new Error(`${file} is absent, and in CI a missing vector file is a failure`);
  return undefined;
}

/** The parsed JSON of a pinned file, or undefined where it is absent: the caller reports that, and checks the shape. */
export function publishedVectors(file: string): unknown {
  const path = locate(file);
  if (path === undefined) return undefined;
  const content = readFileSync(path);
  const sha256 = createHash("sha256").update(content).digest("hex");
  if (sha256 !== pins.get(file)?.sha256) throw new Error(`${path} is not the file that SOURCES.json pins`);
  return JSON.parse(content.toString("utf8"));
}
