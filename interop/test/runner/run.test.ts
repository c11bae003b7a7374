import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CallError } from "../../src/interface/client.ts";
import { runMain } from "../../src/runner/run-main.ts";
import { optionsFrom } from "../../src/runner/run-options.ts";
import { type Tricks, toyPlayer } from "./toy-client.ts";

const folder = mkdtempSync(join(tmpdir(), "interop-run-"));
afterAll(() => rmSync(folder, { recursive: true }));

const small = join(folder, "small.json");
const create = { action: "createGroup", actor: "alice", members: ["bob"] };
const extension = { extension_type: 3, extension_data: "AAAA" };
writeFileSync(
  small,
  JSON.stringify({
    scripts: {
      hello: [create],
      extensions: [
        create,
        { action: "groupContextExtensionsProposal", actor: "alice", extensions: [extension] },
        { action: "fullCommit", actor: "bob", byReference: [1], members: ["alice"] },
      ],
      branch: [create, { action: "branch", actor: "alice", members: ["bob"] }],
    },
  }),
);

/** Two peers, of which the second plays tricks. */
async function run(args: readonly string[], tricks: Tricks = {}) {
  const clients = { "a:1": toyPlayer("a"), "b:2": toyPlayer("b", tricks) };
  const out: string[] = [];
  const err: string[] = [];
  let open = 0;
  const code = await runMain(args, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    connect: async (address) => {
      const player = clients[address as keyof typeof clients];
      if (player === undefined) throw new CallError("UNAVAILABLE", `nobody answers at ${address}`);
      open++;
      return { ...player.client, close: () => open-- };
    },
  });
  return { code, out: out.join("\n"), err: err.join("\n"), open };
}

const both = ["--peer", "copath=a:1", "--peer", "other=b:2", "--config", small];

describe("a run", () => {
  it("plays every scenario in every suite, handshake format and assignment, and shows a matrix", async () => {
    const { code, out, open } = await run(both);
    expect(code).toBe(0);
    expect(open).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "
      copath, public handshake
                          suite 1    suite 2
        small/hello           1/1        1/1
        small/extensions      1/1        1/1
        small/branch          1/1        1/1

      copath, private handshake
                          suite 1    suite 2
        small/hello           1/1        1/1
        small/extensions      1/1        1/1
        small/branch          1/1        1/1

      copath + other, public handshake
                          suite 1    suite 2
        small/hello           2/2        2/2
        small/extensions      2/2        2/2
        small/branch          2/2        2/2

      copath + other, private handshake
                          suite 1    suite 2
        small/hello           2/2        2/2
        small/extensions      2/2        2/2
        small/branch          2/2        2/2

      other, public handshake
                          suite 1    suite 2
        small/hello           1/1        1/1
        small/extensions      1/1        1/1
        small/branch          1/1        1/1

      other, private handshake
                          suite 1    suite 2
        small/hello           1/1        1/1
        small/extensions      1/1        1/1
        small/branch          1/1        1/1

      48 passed, 0 failed"
    `);
  });

  it("shows what failed and what is not supported, each apart", async () => {
    const { code, out } = await run([...both, "--suite", "1", "--public"], {
      HandleBranch: async () => Promise.reject(new CallError("UNIMPLEMENTED", "no branches yet")),
      HandleCommit: async () => Promise.reject(new CallError("INTERNAL", "bad signature")),
      Export: async (request, answer) => {
        const { exportedSecret } = await answer(request);
        return { exportedSecret: exportedSecret.map(() => 7) };
      },
    });
    expect(code).toBe(1);
    expect(out.replaceAll(/[0-9a-f]{64}/g, "SECRET").replaceAll("07".repeat(32), "SEVENS")).toMatchInlineSnapshot(`
      "
      copath, public handshake
                          suite 1
        small/hello           1/1
        small/extensions      1/1
        small/branch          1/1

      copath + other, public handshake
                          suite 1
        small/hello           0/2 x
        small/extensions      0/2 x
        small/branch          0/2 x

      other, public handshake
                          suite 1
        small/hello           1/1
        small/extensions      0/1 x
        small/branch          0/1 u

      x: not all passed
      u: a client does not support what is asked for
      unsupported in 2 cases: other does not support HandleBranch: no branches yet

      FAILED small/hello, suite 1, public handshake
        actors   alice = copath, bob = other
        after    the last step, when live members are compared
        call     Export
        differ   alice (copath) and bob (other): bob exports SECRET, alice SECRET

      FAILED small/hello, suite 1, public handshake
        actors   alice = other, bob = copath
        after    the last step, when live members are compared
        call     Export
        differ   alice (other) and bob (copath): bob exports SECRET, alice SECRET

      FAILED small/extensions, suite 1, public handshake
        actors   alice = copath, bob = other
        after    the last step, when live members are compared
        call     Export
        differ   alice (copath) and bob (other): bob exports SECRET, alice SECRET

      FAILED small/extensions, suite 1, public handshake
        actors   alice = other, bob = copath
        step 2   {"action":"fullCommit","actor":"bob","byReference":[1],"members":["alice"]}
        call     HandleCommit
        refused  by alice (other): INTERNAL: bad signature

      FAILED small/extensions, suite 1, public handshake
        actors   all are other
        step 2   {"action":"fullCommit","actor":"bob","byReference":[1],"members":["alice"]}
        call     HandleCommit
        refused  by alice (other): INTERNAL: bad signature

      FAILED small/branch, suite 1, public handshake
        actors   alice = other, bob = copath
        after    the last step, when live members are compared
        call     Export
        differ   alice (other) and bob (copath): bob exports SECRET, alice SECRET

      4 passed, 6 failed, 2 unsupported"
    `);
  });

  it("skips in the end what a client has not, and says so once", async () => {
    const refuse = async () => Promise.reject(new CallError("UNIMPLEMENTED", "no"));
    const file = join(folder, "skipped.json");
    const args = [...both, "--suite", "1", "--public", "--only", "hello", "--json", file];
    const { code, out } = await run(args, { Export: refuse, StateAuth: refuse });
    expect(code).toBe(0);
    expect(out.match(/^not verified.*$/gm)).toEqual([
      "not verified in 3 cases: other has no StateAuth",
      "not verified in 3 cases: other has no Export",
    ]);
    expect(out).toMatch(/4 passed, 0 failed$/);
    const { results } = JSON.parse(readFileSync(file, "utf8"));
    expect(results[0]).not.toHaveProperty("notVerified");
    expect(results[1].notVerified).toEqual([
      { actor: "bob", client: "other", rpc: "StateAuth" },
      { actor: "bob", client: "other", rpc: "Export" },
    ]);
  });

  it("stops at the first failure when asked to, and shows nothing but it when quiet", async () => {
    const refuse = async () => Promise.reject(new CallError("INTERNAL", "bad signature"));
    const { out, err } = await run([...both, "--fail-fast", "--quiet"], { JoinGroup: refuse });
    expect(err).toBe("");
    expect(out).toMatch(/^\nFAILED small\/hello, suite 1, public handshake\n/);
    expect(out).toMatch(/\n1 passed, 1 failed$/);
  });

  it("ends with one line when quiet and all is well", async () => {
    expect(await run([...both, "--quiet"])).toMatchObject({ code: 0, out: "48 passed, 0 failed", err: "" });
    expect(await run([...both, "--quiet", "--jobs", "5"])).toMatchObject({ code: 0, out: "48 passed, 0 failed" });
  });

  it("plays what it is told to play: suites, formats, scenarios, assignments", async () => {
    const last = async (...args: readonly string[]) => (await run([...both, "--quiet", ...args])).out;
    expect(await last("--suite", "2")).toBe("24 passed, 0 failed");
    expect(await last("--suite", "2", "--suite", "1", "--private")).toBe("24 passed, 0 failed");
    expect(await last("--only", "hello")).toBe("16 passed, 0 failed");
    expect(await last("--only", "small/hello", "--only", "branch", "--public")).toBe("16 passed, 0 failed");
    expect(await last("--assignments", "3")).toBe("36 passed, 0 failed");
    expect(await last("--assignments", "all")).toBe("48 passed, 0 failed");
  });

  it("is no success when nothing was played, or nothing is supported", async () => {
    expect(await run([...both, "--suite", "77", "--quiet"])).toMatchObject({ code: 1, out: "0 passed, 0 failed" });
    const refuse = async () => Promise.reject(new CallError("UNIMPLEMENTED", "no"));
    const only = ["--peer", "other=b:2", "--config", small, "--quiet"];
    expect(await run(only, { CreateGroup: refuse })).toMatchObject({
      code: 1,
      out: "0 passed, 0 failed, 12 unsupported",
    });
  });

  it("writes all results as JSON, with the calls of what failed", async () => {
    const file = join(folder, "results.json");
    const refuse = async () => Promise.reject(new CallError("INTERNAL", "bad signature"));
    await run([...both, "--suite", "1", "--json", file], { HandleCommit: refuse });
    const { results, ...counts } = JSON.parse(readFileSync(file, "utf8"));
    expect(counts).toEqual({ passed: 20, failed: 4, unsupported: 0 });
    expect(results).toHaveLength(24);
    expect(results[0]).toEqual({
      scenario: "small/hello",
      suite: 1,
      handshake: "public",
      actors: { alice: "copath", bob: "copath" },
      verdict: "passed",
    });
    const failed = results.find(({ verdict }: { verdict: string }) => verdict === "failed");
    expect(failed.failure).toEqual({
      phase: "step",
      step: 2,
      action: { action: "fullCommit", actor: "bob", members: ["alice"], byReference: [1] },
      kind: "refused",
      rpc: "HandleCommit",
      blamed: [{ actor: "alice", client: "other" }],
      status: "INTERNAL",
      message: "bad signature",
    });
    const proposal = failed.transcript.find(({ rpc }: { rpc: string }) => rpc === "GroupContextExtensionsProposal");
    expect(proposal.request.extensions).toEqual([{ extensionType: 3, extensionData: "000000" }]);
    expect(proposal).toMatchObject({
      actor: "alice",
      client: "other",
      response: { proposal: expect.stringMatching(/^7b/) },
    });
  });

  it("plays random scenarios, which a seed decides", async () => {
    const { code, out } = await run(["--peer", "a=a:1", "--random", "7:4:5", "--suite", "1", "--public"]);
    expect(out).toContain("random/7:4:5");
    expect(out).toMatch(/1 passed, 0 failed$/);
    expect(code).toBe(0);
  });

  it("says so when nobody answers, and closes what it has opened", async () => {
    const { code, err, open } = await run([...both, "--peer", "gone=c:3", "--quiet"]);
    expect({ code, err, open }).toEqual({
      code: 1,
      err: "gone at c:3 can't be reached: nobody answers at c:3",
      open: 0,
    });
  });
});

describe("a command line that is not as it must be", () => {
  it.each([
    ["misspelt options", [...both, "--asignments", "3"], "Unknown option '--asignments'"],
    ["what is no option", [...both, "--quiet", "file.json"], "Unexpected argument 'file.json'"],
    ["results that can't be written", [...both, "--json", join(folder, "none", "results.json")], "can't be written"],
    ["an option without its value", [...both, "--suite"], "Option '--suite <value>' argument missing"],
    ["a run without peers", ["--config", small], "there is nobody to play: give --peer NAME=HOST:PORT"],
    ["a run without scenarios", ["--peer", "a=a:1"], "there is nothing to play: give --config FILE"],
    ["a peer without a name", ["--peer", "a:1", "--config", small], '--peer takes NAME=HOST:PORT, not "a:1"'],
    ["a peer without a port", ["--peer", "a=host", "--config", small], '--peer takes NAME=HOST:PORT, not "a=host"'],
    ["two peers of one name", [...both, "--peer", "copath=b:2"], 'two peers are called "copath"'],
    [
      "a suite that is no number",
      [...both, "--suite", "x25519"],
      '--suite takes a whole number from 1 to 999999999, not "x25519"',
    ],
    ["no jobs", [...both, "--jobs", "0"], '--jobs takes a whole number from 1 to 1000, not "0"'],
    ["assignments that are no number", [...both, "--assignments", "many"], "--assignments takes a whole number from 1"],
    ["a random scenario of two numbers", [...both, "--random", "1:2"], '--random takes SEED:MEMBERS:EPOCHS, not "1:2"'],
    [
      "scenarios that there are not",
      [...both, "--only", "helo"],
      'no scenario is called "helo"; there are: small/hello,',
    ],
    ["files that there are not", ["--peer", "a=a:1", "--config", join(folder, "none.json")], "can't be read"],
  ])("ends with code 2 and a sentence, for %s", async (_, args, message) => {
    const { code, err, out } = await run(args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(out).toBe("");
  });

  it("ends so, too, for a scenario with a fault, before anybody is asked anything", async () => {
    const file = join(folder, "fault.json");
    writeFileSync(file, JSON.stringify({ scripts: { it: [{ action: "createGroup", actr: "alice" }] } }));
    const { code, err, out } = await run(["--peer", "gone=c:3", "--config", file]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toBe(
      `${file}, script "it", step 0 (createGroup): parameter "actr" is unknown; accepted are: action, actor, members`,
    );
  });

  it("is shown how it must be when it asks for help", async () => {
    const { code, out } = await run(["--help"]);
    expect(code).toBe(0);
    expect(out).toContain("--peer NAME=HOST:PORT");
  });
});

it("options have the defaults that the help tells", () => {
  const options = optionsFrom(["--peer", "a=[::1]:50051", "--config", "x"]);
  expect(options).toMatchObject({
    peers: [{ name: "a", address: "[::1]:50051" }],
    suites: undefined,
    handshakes: [false, true],
    sampling: { limit: 64, seed: "1", fill: false },
    jobs: 1,
    timeoutSeconds: 120,
  });
  const files = ["--config", "a.json", "b.json", "--quiet", "--config=c.json", "d.json"];
  expect(optionsFrom(["--peer", "a=a:1", ...files]).configs).toEqual(["a.json", "b.json", "c.json", "d.json"]);
  expect(optionsFrom([...both, "--public", "--private"]).handshakes).toEqual([false, true]);
  expect(optionsFrom([...both, "--private"]).handshakes).toEqual([true]);
  expect(optionsFrom([...both, "--public"]).handshakes).toEqual([false]);
});
