import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { InvalidError } from "../../src/errors.ts";
import { seededRandom } from "../../src/testing/random.ts";
import type { CaseOutcome, VectorFamily } from "../../src/vectors/family.ts";
import { runFamily, runVectors, total, vectorEnvironment } from "../../src/vectors/run.ts";

const environment = vectorEnvironment(noble, seededRandom(1));

type Case = readonly [suite: number | undefined, run: () => CaseOutcome];

const familyOf = (cases: readonly Case[]): VectorFamily => ({
  name: "made-up",
  recognises: () => true,
  cases: () => cases.map(([suite, run], index) => ({ name: `case ${index}`, suite, run: async () => run() })),
});

const pass = (): CaseOutcome => "passed";
const skip = (reason: string) => (): CaseOutcome => ({ notApplicable: reason });
const fail = (error: unknown) => (): CaseOutcome => {
  throw error;
};

describe("running vectors", () => {
  it("counts cases by suite, those without a suite first, and says why what failed or does not apply", async () => {
    const cases: Case[] = [
      [7, pass],
      [1, pass],
      [1, fail(new InvalidError("vectors.mismatch", { what: "tag" }))],
      [undefined, skip("no reason")],
      [7, skip("no reason")],
      [7, skip("another reason")],
      [undefined, fail("thrown text")],
    ];
    expect(await runFamily(familyOf(cases), [], environment)).toEqual({
      status: "run",
      kind: "made-up",
      passed: 2,
      failed: 2,
      notApplicable: 3,
      suites: [
        { suite: undefined, passed: 0, failed: 1, notApplicable: 1 },
        { suite: 1, passed: 1, failed: 1, notApplicable: 0 },
        { suite: 7, passed: 1, failed: 0, notApplicable: 2 },
      ],
      failures: [
        { name: "case 2", suite: 1, reason: "InvalidError: vectors.mismatch (what: tag)" },
        { name: "case 6", suite: undefined, reason: "thrown text" },
      ],
      reasons: new Map([
        ["no reason", 2],
        ["another reason", 1],
      ]),
    });
  });

  it("tells how far it is, before the first case and after each", async () => {
    const seen: string[] = [];
    const onProgress = (done: number, cases: number) => seen.push(`${done}/${cases}`);
    await runFamily(
      familyOf([
        [1, pass],
        [1, fail(1)],
        [1, skip("")],
      ]),
      [],
      environment,
      { onProgress },
    );
    expect(seen).toEqual(["0/3", "1/3", "2/3", "3/3"]);
  });

  it("a file that does not hold what its structure promised has failed", async () => {
    const broken: VectorFamily = {
      name: "broken",
      recognises: () => true,
      *cases() {
        yield { name: "first", suite: 1, run: async () => "passed" as const };
        throw new TypeError("epochs is not iterable");
      },
    };
    const report = await runFamily(broken, [], environment);
    expect([report.passed, report.failed]).toEqual([0, 1]);
    expect(report.failures).toEqual([
      { name: "the file", suite: undefined, reason: "TypeError: epochs is not iterable" },
    ]);
  });

  it("finds the family of a file by itself", async () => {
    expect(await runVectors([{ vlbytes_header: "25", length: 37 }], environment)).toMatchObject({
      status: "run",
      kind: "deserialization",
      passed: 1,
      failed: 0,
    });
  });

  it("what is known or unknown but cannot be run has no cases", async () => {
    const nothing = { passed: 0, failed: 0, notApplicable: 0, suites: [], failures: [], reasons: new Map() };
    const partial = [{ proofs: [], tree_hash: "" }];
    expect(await runVectors(partial, environment)).toEqual({
      ...nothing,
      status: "unsupported",
      kind: "mls-partial membership-proofs",
    });
    expect(await runVectors({ sources: [] }, environment)).toEqual({
      ...nothing,
      status: "unrecognised",
      kind: undefined,
    });
  });

  it("fields of the wrong type fail their cases, and nothing else", async () => {
    const wrong = [null, 5, "zz", [], {}].map((value) => ({ vlbytes_header: value, length: value }));
    const report = await runVectors([{ vlbytes_header: "25", length: 37 }, ...wrong], environment);
    expect([report.passed, report.failed]).toEqual([1, wrong.length]);
  });

  it("offers the suites that the backend has", () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((id) => environment.suite(id)?.id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(environment.suite(0)).toBeUndefined();
    expect(environment.suite(8)).toBeUndefined();
    const without = vectorEnvironment({ ...noble, signatures: [] }, seededRandom(1));
    expect(without.suite(1)).toBeUndefined();
  });

  it("adds counts up", () => {
    const counts = { passed: 1, failed: 2, notApplicable: 3 };
    expect(total([counts, counts])).toEqual({ passed: 2, failed: 4, notApplicable: 6 });
    expect(total([])).toEqual({ passed: 0, failed: 0, notApplicable: 0 });
  });
});
