/** The program as a harness meets it: started on a port, called, watched by its log, and stopped. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../src/interface/grpc.ts";
import { utf8 } from "./copath/support.ts";

const program = fileURLToPath(new URL("../dist/serve.js", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...args: readonly string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  const ready = new Promise<string>((resolve) => {
    child.stdout.on("data", (data: Buffer) => {
      stdout += data.toString();
      if (stdout.includes("\n")) resolve(stdout);
    });
  });
  child.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
  });
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
  return { child, ready, ended };
}

describe("a server", () => {
  let folder: string;
  let log: string;
  let child: ChildProcess;
  let ended: Promise<Ended>;
  let address: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "copath-interop-"));
    log = join(folder, "calls.jsonl");
    const started = start("--port", "0", "--backend", "noble", "--log", log);
    ({ child, ended } = started);
    const [, at] = /^copath \(noble\) listens on (127\.0\.0\.1:\d+)\n$/.exec(await started.ready) ?? [];
    address = at ?? "";
  });
  afterAll(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  it("answers on loopback, writes down each call, and stops when it is told to", async () => {
    const client = await connect(address, { timeoutSeconds: 10 });
    expect(await client.Name({})).toEqual({ name: "copath-noble" });
    const identity = utf8("alice");
    const { stateId } = await client.CreateGroup({ cipherSuite: 1, groupId: utf8("g"), identity });
    await client.Free({ stateId });
    await client.ResumptionPSKProposal({ stateId, epochId: 2n ** 64n - 1n }).catch(() => undefined);
    client.close();
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0, stderr: "" });

    const lines = readFileSync(log, "utf8").trim().split("\n");
    const calls = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(calls.map(({ rpc }) => rpc)).toEqual(["Name", "CreateGroup", "Free", "ResumptionPSKProposal"]);
    expect(calls[1]).toMatchObject({ request: { identity: "616c696365", cipherSuite: 1 }, response: { stateId } });
    expect(calls[3]).toMatchObject({ request: { epochId: "18446744073709551615" }, error: { status: "NOT_FOUND" } });
    // There are secrets in it.
    expect(statSync(log).mode & 0o077).toBe(0);
  });
});

describe("options", () => {
  it.each([
    [["--prot", "1"], "--prot"],
    [["--backend", "openssl"], 'no backend is called "openssl"'],
    [["--port", "65536"], "--port takes"],
    [["--port", "1x"], "--port takes"],
    [["--max-handles", "0"], "--max-handles takes"],
    [["--log", "/nowhere/calls.jsonl"], "--log: "],
    [["extra"], "extra"],
  ])("%j: wrong calls are told what is wrong, with all the options", async (args, words) => {
    const { code, stdout, stderr } = await start(...args).ended;
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(words);
    expect(stderr).toContain("--max-handles N");
  });

  it("help is no mistake", async () => {
    const { code, stdout, stderr } = await start("--help").ended;
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("--no-grease");
  });
});
