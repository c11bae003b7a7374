/** The executable as a process: built once into a folder of its own, laid out like the package. */
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { bad, folderWith, good } from "./support.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
let main = "";

function copath(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

beforeAll(() => {
  const home = folderWith({});
  copyFileSync(join(root, "package.json"), join(home, "package.json"));
  symlinkSync(join(root, "node_modules"), join(home, "node_modules"));
  const { status, stderr } = spawnSync(process.execPath, [join(root, "build.mjs"), join(home, "dist")]);
  expect(status, String(stderr)).toBe(0);
  main = join(home, "dist", "cli", "main.js");
}, 120_000);

describe("the executable", () => {
  it("is one", () => {
    expect(readFileSync(main, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it("says its version and how it is used", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(copath("--version")).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
    expect(copath("vectors", "--help")).toMatchObject({ status: 0, stderr: "" });
  });

  it("exits with 0, 1 or 2", () => {
    const folder = folderWith({ "good.json": good, "bad.json": bad });
    expect(copath("vectors", join(folder, "good.json"))).toMatchObject({ status: 0, stderr: "" });
    const failed = copath("vectors", folder);
    expect(failed).toMatchObject({ status: 1, stderr: "" });
    expect(failed.stdout.endsWith("\n2 passed, 1 failed\n")).toBe(true);
    expect(copath("vectors", "--colour")).toMatchObject({ status: 2, stdout: "" });
  });

  it("without test vectors of its own it asks for a folder", () => {
    const { status, stderr } = spawnSync(process.execPath, [main, "vectors"], { encoding: "utf8", env: {} });
    expect(status).toBe(2);
    expect(stderr).toContain("name a folder");
  });

  it("makes vectors in a folder of their own, which then pass", () => {
    const cwd = folderWith({});
    const make = [main, "vectors", "--make", "--seed", "5", "--suite", "1", "--small"];
    expect(spawnSync(process.execPath, make, { encoding: "utf8", cwd })).toMatchObject({ status: 0, stderr: "" });
    const { status, stdout } = copath("vectors", join(cwd, "copath-vectors"));
    expect([status, stdout.includes("16 files (16 run)")]).toEqual([0, true]);
  });

  it("reads standard input", () => {
    const args = [main, "inspect", "-", "--as", "Remove"];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8", input: "00000007\n" });
    expect(status).toBe(0);
    expect(stdout).toContain("removed: 7\n");
  });

  it("reads files of tens of megabytes", () => {
    const header = { vlbytes_header: "4040", length: 64, comment: "x".repeat(2000) };
    const file = gzipSync(JSON.stringify(new Array(20_000).fill(header)));
    const { status, stdout } = copath("vectors", folderWith({ "large.json.gz": file }));
    expect(status).toBe(0);
    expect(stdout.endsWith("\n20000 passed, 0 failed\n")).toBe(true);
  });

  it("takes it well when nobody reads on", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 3000 }, (_, i) => [`${String(i).padStart(100, "0")}.json`, "[]"]),
    );
    const child = spawn(process.execPath, [main, "vectors", folderWith(files)], { stdio: ["ignore", "pipe", "pipe"] });
    let complaints = "";
    child.stderr.on("data", (chunk) => {
      complaints += String(chunk);
    });
    child.stdout.once("data", () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.once("close", resolve));
    expect([status, complaints]).toEqual([0, ""]);
  });
});
