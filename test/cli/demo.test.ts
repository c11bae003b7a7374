import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { type DemoTerms, demo, runDemo } from "../../src/cli/demo.ts";
import { findVectorFiles } from "../../src/cli/vector-files.ts";
import type { CipherSuite } from "../../src/crypto/index.ts";
import { suitesOf } from "../support/vector-run.ts";
import { bad, folderWith, good, memoryTerminal, type RunTerms, run } from "./support.ts";

const STEPS = [
  "key packages",
  "create",
  "add",
  "welcome",
  "messages",
  "update",
  "rotation",
  "race",
  "remove",
  "external join",
  "external PSK",
  "resumption PSK",
];

function suiteOf(id: number, backend = node): CipherSuite {
  const suite = suitesOf(backend)(id);
  if (suite === undefined) throw new Error(`${backend.name} lacks suite ${id}`);
  return suite;
}

const small = (terms: Partial<DemoTerms> = {}): DemoTerms => ({
  suite: suiteOf(1),
  backend: node,
  seed: "a test",
  size: 4,
  sizes: [4, 8],
  files: [],
  reduced: false,
  sample: { ofSuite: 1, withoutSuite: 2, caseSize: 2 ** 20 },
  ...terms,
});

async function play(terms: DemoTerms, asJson = false, terminalTerms: RunTerms = {}) {
  const { terminal, stdout, stderr } = memoryTerminal(terminalTerms);
  const code = await runDemo(terms, terminal, asJson);
  return { code, out: stdout.text, err: stderr.text, lines: stdout.text.trimEnd().split("\n") };
}

async function playJson(terms: DemoTerms) {
  const { code, out, err } = await play(terms, true);
  return { code, err, report: JSON.parse(out) };
}

/** What a seed decides. */
const withoutTimings = (report: unknown) =>
  JSON.parse(JSON.stringify(report), (name, value) =>
    ["ms", "joinMs", "membersPerSecond"].includes(name) ? undefined : value,
  );

describe("the demo", () => {
  it.each([
    [1, "node", node],
    [1, "noble", noble],
    [2, "node", node],
    [7, "node", node],
  ] as const)("is told to its end with suite %i on %s", async (id, _, backend) => {
    const { code, lines, err } = await play(small({ suite: suiteOf(id, backend), backend }));
    expect([code, err]).toEqual([0, ""]);
    const told = lines.filter((line) => line.startsWith(" ✔ ")).map((line) => line.slice(3, 18).trim());
    expect(told).toEqual([...STEPS, "transcript", "for real"]);
    expect(lines.at(-1)).toMatch(/^All 12 steps .* agree, in \d+\.\d s\.$/);
  });

  it("reports every step, size and count as JSON", async () => {
    const { code, err, report } = await playJson(small());
    expect([code, err]).toEqual([0, ""]);
    expect(report).toMatchObject({ suite: { id: 1 }, backend: "node", seed: "a test", passed: true });
    expect(report.steps.map(({ step }: { step: string }) => step)).toEqual(STEPS);
    for (const step of report.steps) {
      expect(step.checks).toBeGreaterThan(0);
      expect(step.ms).toBeGreaterThan(0);
    }
    expect(report.steps[0].authenticator).toBeUndefined();
    expect(report.steps[1]).toMatchObject({ epoch: 0, members: 1, messages: 0, bytes: 0 });
    expect(report.steps.at(-1)).toMatchObject({ epoch: 9, members: 5, messages: 1 });
    const sent = report.steps.reduce((sum: number, { bytes }: { bytes: number }) => sum + bytes, 0);
    expect(report.transcript).toMatchObject({ bytes: sent, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(report.costs).toMatchObject([
      { members: 4, log2: 2, commit: { hpke: 2 }, process: { hpke: 1 } },
      { members: 8, log2: 3, commit: { hpke: 3 }, process: { hpke: 1 } },
    ]);
    expect(report.crowd).toMatchObject({ members: 4, commits: 1, epoch: 1 });
    expect(report.vectors).toMatchObject({ files: 0, cases: 0, passed: 0 });
  });

  it("on noble, a seed decides every byte, and another seed makes another story", async () => {
    const terms = small({ suite: suiteOf(2, noble), backend: noble });
    const [one, again] = [await playJson(terms), await playJson(terms)];
    expect(withoutTimings(again.report)).toEqual(withoutTimings(one.report));
    const other = await playJson({ ...terms, seed: "another" });
    expect(other.code).toBe(0);
    expect(other.report.transcript.hash).not.toBe(one.report.transcript.hash);
    expect(other.report.steps.at(-1).authenticator).not.toBe(one.report.steps.at(-1).authenticator);
  });

  it("the bytes of deterministic suites are those of every backend", async () => {
    const [onNoble, onNode] = [
      await playJson(small({ suite: suiteOf(1, noble), backend: noble })),
      await playJson(small()),
    ];
    expect(onNode.report.transcript).toEqual(onNoble.report.transcript);
  });

  it("adds members in several commits if they are many", async () => {
    const { code, report } = await playJson(small({ size: 102 }));
    expect(code).toBe(0);
    expect(report.crowd).toMatchObject({ members: 102, commits: 3, epoch: 3 });
  });

  it("the smallest crowd has two members", async () => {
    const { report } = await playJson(small({ size: 2 }));
    expect(report.crowd).toMatchObject({ members: 2, commits: 1, epoch: 1 });
  });

  it("shows a bar and colour on a terminal only, and no colour with NO_COLOR", async () => {
    const colour = String.fromCharCode(27);
    const onTerminal = await play(small(), false, { tty: true });
    expect(onTerminal.err).toContain("█");
    expect(onTerminal.out).toContain(colour);
    const plain = await play(small(), false, { tty: true, env: { NO_COLOR: "1" } });
    expect(plain.out).not.toContain(colour);
    const json = await play(small(), true, { tty: true });
    expect(json.err).toBe("");
    expect(JSON.parse(json.out).passed).toBe(true);
  });
});

describe("a demo that fails", () => {
  /** Decrypts whatever was made of the ciphertext: the last octet of the tag is not looked at. */
  const carelessAead = (suite: CipherSuite): CipherSuite => {
    const seen = new Map<string, Uint8Array<ArrayBuffer>>();
    const name = (bytes: Uint8Array) => Buffer.from(bytes.subarray(0, -1)).toString("hex");
    const { aead } = suite;
    return {
      ...suite,
      aead: {
        ...aead,
        seal: (...args: Parameters<typeof aead.seal>) => {
          const sealed = aead.seal(...args);
          seen.set(name(sealed), sealed);
          return sealed;
        },
        open: (key, nonce, aad, ciphertext) => aead.open(key, nonce, aad, seen.get(name(ciphertext)) ?? ciphertext),
      },
    };
  };

  /** Breaks down at the n-th encapsulation. */
  const brittleKem = (suite: CipherSuite, lastCall: number): CipherSuite => {
    let calls = 0;
    const { kem } = suite;
    return {
      ...suite,
      kem: {
        ...kem,
        publicKeyOf: (privateKey) => kem.publicKeyOf(privateKey),
        checkPublicKey: (publicKey) => kem.checkPublicKey(publicKey),
        deriveKeyPair: (ikm) => kem.deriveKeyPair(ikm),
        decap: (enc, privateKey) => kem.decap(enc, privateKey),
        encap: (publicKey, random) => {
          if (calls++ === lastCall) throw new Error("the backend broke");
          return kem.encap(publicKey, random);
        },
      },
    };
  };

  it("names the step whose check does not hold, with exit code 1", async () => {
    const { code, lines } = await play(small({ suite: carelessAead(suiteOf(1)) }));
    expect(code).toBe(1);
    expect(lines.at(-3)).toMatch(/^ ✘ messages +Mismatch: .*aead\.open_failed/);
    expect(lines.at(-1)).toBe("The demo failed at the step 'messages'.");
  });

  it("names it in JSON too, with the steps before it", async () => {
    const { code, report } = await playJson(small({ suite: carelessAead(suiteOf(1)) }));
    expect(code).toBe(1);
    expect(report).toMatchObject({ passed: false, failure: { step: "messages" } });
    expect(report.steps.map(({ step }: { step: string }) => step)).toEqual(STEPS.slice(0, 4));
    expect(report.crowd).toBeUndefined();
  });

  it("whatever breaks in a step, breaks there", async () => {
    const counted = [0, 4, 6];
    const failures: string[] = [];
    for (const lastCall of counted) {
      const { code, report } = await playJson(small({ suite: brittleKem(suiteOf(1), lastCall) }));
      expect(code).toBe(1);
      expect(report.failure.reason).toContain("the backend broke");
      failures.push(report.failure.step);
    }
    expect(failures).toEqual(["add", "update", "rotation"]);
  });
});

describe("the vectors of the demo", () => {
  const samples = { ofSuite: 1, withoutSuite: 2, caseSize: 2 ** 20 };
  const many = JSON.stringify(Array.from({ length: 5 }, (_, i) => ({ vlbytes_header: `0${i}`, length: i })));
  const filesOf = (files: Record<string, string>) => findVectorFiles([folderWith(files)]);

  it("are a sample, which says so", async () => {
    const files = filesOf({ "good.json": good, "many.json": many, "SOURCES.json": "{}" });
    const { report } = await playJson(small({ files }));
    expect(report.vectors).toMatchObject({ files: 2, cases: 7, passed: 4, notApplicable: 0, suites: [] });
    const { out } = await play(small({ files }));
    expect(out).toMatch(/✔ vectors +2 files: 4 cases passed, 0 failed/);
    expect(out).toContain("a sample of 4 out of 7 cases · copath vectors runs all");
  });

  it("leave out files whose cases are too large", async () => {
    const { report } = await playJson(
      small({ files: filesOf({ "a.json": good }), sample: { ...samples, caseSize: 9 } }),
    );
    expect(report.vectors).toMatchObject({ files: 1, cases: 2, passed: 0 });
  });

  it.each([
    ["a case that fails", bad, "vectors.mismatch"],
    ["a file that is no JSON", "{", "wrong.json"],
  ])("%s fails the demo", async (_, content, reason) => {
    const { code, report } = await playJson(small({ files: filesOf({ "wrong.json": content }) }));
    expect(code).toBe(1);
    expect(report.failure).toMatchObject({ step: "vectors" });
    expect(report.failure.reason).toContain("wrong.json");
    expect(report.failure.reason.toLowerCase()).toContain(reason);
  });
});

describe("copath demo", () => {
  it.each([
    [["--size", "1"], "not '1'"],
    [["--size", "many"], "not 'many'"],
    [["--size", "2.5"], "not '2.5'"],
    [["--size", ""], "not ''"],
    [["--size", "100001"], "not '100001'"],
    [["--suite", "8"], "not '8'"],
    [["--suite", "01"], "not '01'"],
    [["--backend", "abacus"], "not 'abacus'"],
    [["--nonsense"], "'--nonsense'"],
    [["nonsense"], "'nonsense'"],
  ])("%j is called wrongly", async (args, message) => {
    const { code, out, err } = await run(["demo", ...args]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
    expect(err).toMatch(/^copath demo: .*\nSee copath demo --help\.\n$/);
  });

  it("COPATH_TEST_VECTORS must name a folder", async () => {
    const { code, err } = await run(["demo"], { env: { COPATH_TEST_VECTORS: "/does/not/exist" } });
    expect(code).toBe(2);
    expect(err).toContain("'/does/not/exist'");
  });

  it("--help explains it", async () => {
    expect((await run(["demo", "--help"])).out).toBe(`${demo.help}\n`);
  });

  it("plays with the options given", async () => {
    const { code, out } = await run(["demo", "--size", "3", "--suite", "2", "--seed", "x", "--json"]);
    expect(code).toBe(0);
    const report = JSON.parse(out);
    expect(report).toMatchObject({ suite: { id: 2 }, seed: "x", backend: "node", crowd: { members: 3 } });
    expect(report.costs.map(({ members }: { members: number }) => members)).toEqual([10, 100, 1000]);
    for (const { members, commit } of report.costs) expect(commit.hpke).toBe(Math.ceil(Math.log2(members)));
  });
});
