// The tests on every supported version of Node: `npm run test:matrix -- [VERSION...] [-- ARGUMENT OF VITEST...]`.
// The binaries come from the registry, as packages that hold nothing else and run no script.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const VERSIONS = ["20.20.2", "22.23.3", "24.21.0", "26.10.0"];

const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const folder = join(root, "node_modules/.cache/copath-matrix");

const split = process.argv.indexOf("--");
const asked = split === -1 ? process.argv.slice(2) : process.argv.slice(2, split);
const rest = split === -1 ? [] : process.argv.slice(split + 1);
const versions = asked.length === 0 ? VERSIONS : asked.map(versionOf);

const failed = versions.filter((version) => {
  console.log(`\n== Node ${version}`);
  const binary = binaryOf(version);
  // What the tests start is of the same version.
  const env = { ...process.env, PATH: dirname(binary) + delimiter + process.env.PATH };
  const { status } = spawnSync(binary, [vitest, "run", ...rest], { cwd: root, env, stdio: "inherit" });
  return status !== 0;
});
console.log(
  `\n${versions.length - failed.length} versions passed, ${failed.length} failed${failed.map((each) => ` ${each}`)}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function versionOf(wanted) {
  const found = VERSIONS.find((version) => version === wanted || version.startsWith(`${wanted}.`));
  if (found === undefined) throw new Error(`one of ${VERSIONS.join(", ")}, not ${wanted}`);
  return found;
}

function binaryOf(version) {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const prefix = join(folder, version);
  const binary = join(prefix, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(binary)) {
    mkdirSync(prefix, { recursive: true });
    const options = [
      "--prefix",
      prefix,
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--no-save",
      "--no-package-lock",
    ];
    execFileSync("npm", ["install", ...options, `${name}@${version}`], { cwd: prefix, stdio: "inherit" });
  }
  const reported = execFileSync(binary, ["--version"]).toString().trim();
  if (reported !== `v${version}`) throw new Error(`${binary} is ${reported}`);
  return binary;
}
