import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { findVectorFiles, readVectorFile } from "../../src/cli/vector-files.ts";
import { locate } from "../support/vector-files.ts";
import { bad, folderWith, good, run } from "./support.ts";

const lastLine = (text: string) => text.trimEnd().split("\n").at(-1);

describe("copath vectors", () => {
  it("runs all files of a folder and ends with the sum", async () => {
    const folder = folderWith({ "a.json": good, "deep/er/b.JSON": good, "readme.md": "# no", "c.txt": bad });
    const { code, out, err } = await run(["vectors", folder]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^✓ a\.json +deserialization +2 passed$/m);
    expect(out).toMatch(/^✓ deep\/er\/b\.JSON +deserialization +2 passed$/m);
    expect(out).toContain("2 files (2 run), 0 cases not applicable");
    expect(out.endsWith("\n4 passed, 0 failed\n")).toBe(true);
  });

  it("a failed case fails the run, and says why", async () => {
    const folder = folderWith({ "a.json": good, "b.json": bad });
    const { code, out } = await run(["vectors", folder]);
    expect(code).toBe(1);
    expect(out).toMatch(
      /^✗ b\.json +deserialization +0 passed, 1 failed\n {4}0: InvalidError: vectors\.mismatch \(what: length/m,
    );
    expect(lastLine(out)).toBe("2 passed, 1 failed");
  });

  it("many failures are summed up after the first ten", async () => {
    const folder = folderWith({ "a.json": JSON.stringify(new Array(25).fill({ vlbytes_header: "25", length: 1 })) });
    const { out } = await run(["vectors", folder]);
    expect(out.match(/^ {4}\d+: /gm)).toHaveLength(10);
    expect(out).toContain("    and 15 more\n");
    expect(lastLine(out)).toBe("0 passed, 25 failed");
  });

  it.each([
    ["no JSON", "{"],
    ["nothing", ""],
    ["octets", Uint8Array.of(0, 255, 254)],
    ["a broken gzip", gzipSync(good).subarray(0, 20)],
    ["a gzip of no JSON", gzipSync("{")],
  ])("%s is unreadable, which is a failure", async (_name, content) => {
    const { code, out } = await run(["vectors", folderWith({ "a.json": good, "b.json": content })]);
    expect(code).toBe(1);
    expect(out).toMatch(/^✗ b\.json +unreadable: \S/m);
    expect(lastLine(out)).toBe("2 passed, 1 failed");
  });

  it("JSON that holds no vectors is listed, and is no failure", async () => {
    const folder = folderWith({
      "SOURCES.json": `{"sources":[]}`,
      "empty.json": "[]",
      "partial.json": `[{"proofs":[],"tree_hash":""}]`,
    });
    const { code, out } = await run(["vectors", folder]);
    expect(code).toBe(0);
    expect(out).toMatch(/^\? SOURCES\.json +unrecognised$/m);
    expect(out).toMatch(/^- partial\.json +not supported yet: mls-partial membership-proofs$/m);
    expect(out).toContain("3 files (1 not supported yet, 2 unrecognised)");
    expect(lastLine(out)).toBe("0 passed, 0 failed");
  });

  it("a folder without any JSON is a wrong call", async () => {
    expect(await run(["vectors", folderWith({ "a.txt": good })])).toMatchObject({ code: 2, out: "" });
  });

  it("takes several folders and files of any name, each file once", async () => {
    const folder = folderWith({ "a.json": good, "named.data": good });
    const { out } = await run(["vectors", folder, join(folder, "named.data"), join(folder, "a.json")]);
    expect(out).toContain(join(folder, "a.json"));
    expect(lastLine(out)).toBe("4 passed, 0 failed");
  });

  it("reads gzip by its content, whatever the name", async () => {
    const folder = folderWith({
      "a.json.gz": gzipSync(good),
      "b.json": gzipSync(good),
      "c.json.gz": good,
      "d.gz": gzipSync(bad),
    });
    expect(lastLine((await run(["vectors", folder])).out)).toBe("6 passed, 0 failed");
    expect(lastLine((await run(["vectors", join(folder, "d.gz")])).out)).toBe("0 passed, 1 failed");
  });

  it("a byte order mark does not matter", async () => {
    expect(lastLine((await run(["vectors", folderWith({ "a.json": `\ufeff${good}` })])).out)).toBe(
      "2 passed, 0 failed",
    );
  });

  it.each(["noble", "node"])("runs on the %s backend", async (backend) => {
    const { out } = await run(["vectors", "--backend", backend, folderWith({ "a.json": good })]);
    expect(out).toContain(`${backend} backend`);
  });

  it("looks into the folder that COPATH_TEST_VECTORS names, and into that of the package", async () => {
    const folder = folderWith({ "mine.json": bad });
    const { out } = await run(["vectors", "--json"], { env: { COPATH_TEST_VECTORS: folder } });
    const labels = (JSON.parse(out) as { files: { file: string }[] }).files.map(({ file }) => file);
    expect(labels.filter((label) => label.endsWith("mine.json"))).toHaveLength(1);
    expect(labels.some((label) => label.endsWith(join("test-vectors", "SOURCES.json")))).toBe(true);
  });

  it("--json is one value with everything in it", async () => {
    const folder = folderWith({ "a.json": good, "b.json": bad, "c.json": "{", "d.json": "[]" });
    const { code, out, err } = await run(["vectors", "--json", folder], { tty: true });
    expect([code, err]).toEqual([1, ""]);
    const none = { passed: 0, failed: 0, notApplicable: 0 };
    expect(JSON.parse(out)).toEqual({
      backend: "node",
      files: [
        {
          file: "a.json",
          status: "run",
          kind: "deserialization",
          ...none,
          passed: 2,
          suites: [{ ...none, passed: 2 }],
          failures: [],
          reasons: {},
        },
        {
          file: "b.json",
          status: "run",
          kind: "deserialization",
          ...none,
          failed: 1,
          suites: [{ ...none, failed: 1 }],
          failures: [{ name: "0", reason: expect.stringContaining("vectors.mismatch") }],
          reasons: {},
        },
        { file: "c.json", status: "unreadable", reason: expect.any(String) },
        { file: "d.json", status: "unrecognised", ...none, suites: [], failures: [], reasons: {} },
      ],
      passed: 2,
      failed: 2,
      notApplicable: 0,
    });
  });

  it("on a terminal it shows colours and a bar; piped, neither", async () => {
    const folder = folderWith({ "a.json": good });
    const watched = await run(["vectors", folder], { tty: true });
    expect(watched.out).toContain("\u001b[32m✓");
    expect(watched.err.endsWith("█ 100 % a.json 2/2\r\u001b[K")).toBe(true);
    expect(lastLine(watched.out)).toBe("2 passed, 0 failed");
    const piped = await run(["vectors", folder]);
    expect(`${piped.out}${piped.err}`).not.toContain("\u001b");
    expect((await run(["vectors", folder], { tty: true, env: { NO_COLOR: "1" } })).out).not.toContain("\u001b");
  });

  it("names and contents of files cannot drive the terminal", async () => {
    const folder = folderWith({ "a\u001b[2J.json": JSON.stringify({ algorithm: "\u001b[2Jx\ny", testGroups: [] }) });
    const { out } = await run(["vectors", folder]);
    expect(out).not.toContain("\u001b");
    expect(out).toContain("wycheproof x y");
  });

  const hashes = locate("mls/transcript-hashes.json");
  it.skipIf(hashes === undefined)("says which suites passed how often", async () => {
    const file = readFileSync(String(hashes), "utf8");
    const [first, second] = JSON.parse(file) as unknown[];
    const folder = folderWith({
      "all.json": file,
      "one.json": JSON.stringify([first]),
      "odd.json": JSON.stringify([first, second, second]),
    });
    const { out } = await run(["vectors", folder]);
    expect(out).toMatch(/^✓ all\.json +transcript-hashes +7 passed \(suites 1-7: 1 each\)$/m);
    expect(out).toMatch(/^✓ one\.json +transcript-hashes +1 passed \(suite 1\)$/m);
    expect(out).toMatch(/^✓ odd\.json +transcript-hashes +3 passed \(by suite 1: 1, 2: 2\)$/m);
  });
});

describe("finding files", () => {
  it("goes by name within a folder, and leaves hidden folders and packages out", () => {
    const folder = folderWith({
      "b.json": good,
      "a/z.json": good,
      ".git/x.json": good,
      "node_modules/p/package.json": "{}",
      "c.json.gz": good,
      "d.jsonl": good,
    });
    expect(findVectorFiles([folder]).map(({ label }) => label)).toEqual([join("a", "z.json"), "b.json", "c.json.gz"]);
    expect(findVectorFiles([join(folder, ".git")]).map(({ label }) => label)).toEqual(["x.json"]);
  });

  it("follows links, but not in circles, and lists those that lead nowhere", () => {
    const folder = folderWith({ "a/x.json": good });
    symlinkSync(folder, join(folder, "a", "up"));
    symlinkSync(join(folder, "a", "x.json"), join(folder, "again.json"));
    symlinkSync(join(folder, "gone"), join(folder, "dangling.json"));
    const found = findVectorFiles([folder]);
    expect(found.map(({ label }) => label)).toEqual([join("a", "x.json"), "dangling.json"]);
    expect(() => readVectorFile(String(found[1]?.path))).toThrow(/ENOENT/);
  });
});
