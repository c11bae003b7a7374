/**
 * Starts what is in this folder: `node interop/start.mjs serve|run|test [options]`. First it installs and builds what that takes, if
 * it is missing or older than its sources: the folder's own dependencies, copath itself, and the programs.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const bin = (name) => join(root, "node_modules", ".bin", name);

function run(command, args, cwd, stdio) {
  const { status, error } = spawnSync(command, args, { cwd, stdio, shell: process.platform === "win32" });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
/** Steps on the way: what they print goes to standard error, so that a program's output is its own. */
const step = (command, args, cwd) => run(command, args, cwd, ["ignore", 2, 2]);

const timeOf = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
const newestIn = (folder) =>
  Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => timeOf(join(entry.parentPath, entry.name))),
  );

function install() {
  if (!existsSync(join(root, "node_modules"))) step("npm", ["ci", "--no-audit", "--no-fund"], root);
  const lock = join(here, "package-lock.json");
  if (timeOf(join(here, "node_modules", ".package-lock.json")) < timeOf(lock)) {
    step("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], here);
  }
  // The package beside, by its own name, as whoever installs it sees it.
  const link = join(here, "node_modules", "copath");
  if (!existsSync(link)) {
    rmSync(link, { force: true });
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), root), link, "dir");
  }
}

function build() {
  if (timeOf(join(root, "dist", "index.js")) < newestIn(join(root, "src"))) step("npm", ["run", "build"], root);
  if (timeOf(join(here, "dist", "serve.js")) < newestIn(join(here, "src"))) step(bin("tsc"), ["-p", "."], here);
}

const [what, ...args] = process.argv.slice(2);
install();
build();
if (what === "serve" || what === "run" || what === "scenario") {
  // In this process, so that signals and the exit code are the program's.
  const program = join(here, "dist", `${what}.js`);
  process.argv = [process.execPath, program, ...args];
  await import(pathToFileURL(program).href);
} else if (what === "test") {
  step(bin("tsc"), ["-p", "tsconfig.test.json"], here);
  step(bin("knip"), ["--directory", "interop"], root);
  run(bin("vitest"), ["run", "--config", join("interop", "vitest.config.ts"), ...args], root, "inherit");
} else {
  process.stderr.write("usage: node interop/start.mjs serve|run|scenario|test [options]\n");
  process.exitCode = 2;
}
