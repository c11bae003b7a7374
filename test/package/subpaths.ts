/** The subpaths of the package, as package.json lists them, each with the source file that it is built from. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Subpath {
  /** As it is imported: `copath/tree`. */
  readonly name: string;
  /** From the root of the repository: `src/tree/index.ts`. */
  readonly source: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

export const manifest: Manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** All that can be imported, patterns expanded by the files that there are. */
export const subpaths: readonly Subpath[] = Object.entries(manifest.exports).flatMap(([subpath, target]) => {
  if (typeof target === "string") return [];
  const source = target.default.replace("./dist/", "src/").replace(/\.js$/, ".ts");
  const name = manifest.name + subpath.slice(1);
  if (!name.includes("*")) return [{ name, source }];
  const [folder = "", suffix = ""] = source.split("*");
  const files = readdirSync(join(root, folder)).filter((file) => file.endsWith(suffix));
  return files.map((file) => ({
    name: name.replace("*", file.slice(0, -suffix.length)),
    source: folder + file,
  }));
});

/** Without the rooms that know Node. */
export const browserSubpaths: readonly Subpath[] = subpaths.filter(({ name }) => name !== "copath/backends/node");

/** The source file behind an import by the package's own name. */
export function sourceOf(name: string): string {
  const found = subpaths.find((each) => each.name === name);
  if (found === undefined) throw new Error(`package.json exports no ${name}`);
  return join(root, found.source);
}
