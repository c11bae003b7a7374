/** The pinned vector files: found, verified and downloaded as test-vectors/README.md says. No network is needed. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { locate, pinnedFiles, publishedVectors, sources } from "../support/vector-files.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../../test-vectors/download.mjs", import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "copath-vectors-"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe("the pins", () => {
  it("name each file once, with a full hash and where it is from", () => {
    const files = sources.flatMap((source) => source.files);
    expect(new Set(files.map(({ file }) => file)).size).toBe(files.length);
    for (const { sha256, bytes } of files) {
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(bytes).toBeGreaterThan(0);
    }
    for (const { repository, commit, transcribedFrom, files } of sources) {
      if (transcribedFrom !== undefined) continue;
      expect(repository).toMatch(/^[^/]+\/[^/]+$/);
      expect(commit).toMatch(/^[0-9a-f]{40}$/);
      expect(files.every(({ path }) => path !== undefined)).toBe(true);
    }
    expect(pinnedFiles("mls/")).toHaveLength(16);
  });

  it("are kept by every file that is present", () => {
    for (const file of pinnedFiles()) if (locate(file) !== undefined) expect(publishedVectors(file)).toBeDefined();
  });
});

describe("finding a file", () => {
  it("refuses a file that is not the pinned one", () => {
    mkdirSync(join(folder, "mls"));
    writeFileSync(join(folder, "mls/tree-math.json"), "[]");
    vi.stubEnv("COPATH_TEST_VECTORS", folder);
    expect(() => publishedVectors("mls/tree-math.json")).toThrow(/not the file that SOURCES\.json pins/);
  });

  it("refuses a name that is not pinned", () => {
    expect(() => locate("mls/another.json")).toThrow(/pins no/);
  });

  it("takes an absent file for a failure in CI only", async () => {
    vi.stubEnv("COPATH_TEST_VECTORS", folder);
    vi.resetModules();
    vi.doMock("node:fs", async (original) => ({
      ...(await original<typeof import("node:fs")>()),
      existsSync: () => false,
    }));
    const elsewhere = await import("../support/vector-files.ts");
    vi.doUnmock("node:fs");
    vi.stubEnv("CI", "");
    expect(elsewhere.publishedVectors("mls/tree-math.json")).toBeUndefined();
    vi.stubEnv("CI", "true");
    expect(() => elsewhere.publishedVectors("mls/tree-math.json")).toThrow(/in CI/);
  });
});

describe("downloading", () => {
  const content = Buffer.from("[1]");
  const sha256 = createHash("sha256").update(content).digest("hex");
  let server: Server;
  let asked: string[];

  beforeEach(async () => {
    cpSync(script, join(folder, "download.mjs"));
    asked = [];
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(request.url?.endsWith("gone.json") === true ? 404 : 200).end(content);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });

  afterEach(() => new Promise((closed) => server.close(closed)));

  const mirror = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const download = (pin: object, from = mirror()) => {
    const source = { repository: "a/b", commit: "c0", files: [{ file: "mls/a.json", ...pin }] };
    const byHand = { transcribedFrom: "a book", files: [{ file: "hpke/b.json", sha256 }] };
    writeFileSync(join(folder, "SOURCES.json"), JSON.stringify({ sources: [source, byHand] }));
    return run(process.execPath, [join(folder, "download.mjs"), "--from", from]);
  };

  it("fetches what is absent from its commit, once", async () => {
    const first = await download({ path: "x/a.json", sha256 });
    expect(first.stdout).toBe("downloaded  mls/a.json\nby hand     hpke/b.json (a book)\n");
    expect(readFileSync(join(folder, "published/mls/a.json"))).toEqual(content);
    const second = await download({ path: "x/a.json", sha256 });
    expect(second.stdout).toContain("present     mls/a.json");
    expect(asked).toEqual(["/a/b/c0/x/a.json"]);
  });

  it("fetches again what is present and wrong", async () => {
    mkdirSync(join(folder, "published/mls"), { recursive: true });
    writeFileSync(join(folder, "published/mls/a.json"), "[2]");
    await download({ path: "x/a.json", sha256 });
    expect(readFileSync(join(folder, "published/mls/a.json"))).toEqual(content);
  });

  it("refuses content that is not the pinned one", async () => {
    const wrong = download({ path: "x/a.json", sha256: "0".repeat(64) });
    await expect(wrong).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("SHA-256 differs") });
    expect(() => readFileSync(join(folder, "published/mls/a.json"))).toThrow();
  });

  it("says what is missing, the file or the network", async () => {
    const gone = download({ path: "gone.json", sha256 });
    await expect(gone).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("answers 404") });
    const offline = download({ path: "x/a.json", sha256 }, "http://127.0.0.1:1");
    await expect(offline).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("Is there a network?") });
  });
});
