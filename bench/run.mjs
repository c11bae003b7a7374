/**
 * Bundles the programs of this folder for Node and runs one. The package itself stays outside of the bundles: what is
 * measured is `dist`, as users get it.
 */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const PROGRAMS = [
  "main.ts",
  "browser/main.ts",
  "memory-child.ts",
  "compare/main.ts",
  "size/main.ts",
  "startup/child.ts",
  "startup/copath-node.ts",
  "startup/copath-noble.ts",
  "startup/copath-webcrypto.ts",
  "startup/bare-node.ts",
  "startup/bare-noble.ts",
  "startup/bare-webcrypto.ts",
];

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [program, ...args] = process.argv.slice(2);
const common = { bundle: true, platform: "node", format: "esm", target: "node20", logLevel: "warning" };
await build({
  ...common,
  entryPoints: PROGRAMS.map(here),
  outdir: here(".build"),
  outbase: here("."),
  outExtension: { ".js": ".mjs" },
  packages: "external",
  sourcemap: "inline",
});
// What an application does that bundles.
await build({
  ...common,
  entryPoints: [here("startup/copath-node.ts")],
  outfile: here(".build/startup/bundled-node.mjs"),
  minify: true,
});

const flags = ["--expose-gc", "--enable-source-maps", "--max-old-space-size=6144"];
const child = spawn(process.execPath, [...flags, here(`.build/${program}.mjs`), ...args], { stdio: "inherit" });
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
