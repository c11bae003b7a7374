import { describe, expect, it } from "vitest";
import { benchArguments } from "../../bench/arguments.ts";
import { planRows } from "../../bench/plan.ts";

describe("the command line", () => {
  it("takes lists by commas and by repetition", () => {
    const given = benchArguments([
      "--only",
      "commit",
      "--size",
      "128,1024",
      "--size",
      "10_000",
      "--suite",
      "1",
      "--backend",
      "node",
    ]);
    expect(given).toMatchObject({ only: ["commit"], sizes: [128, 1024, 10_000], suites: [1], backends: ["node"] });
    expect(given).toMatchObject({ quick: false, milliseconds: 1000, clock: "wall", json: undefined, plot: undefined });
  });

  it.each([
    [["--size", "1"], "--size"],
    [["--size", "many"], "--size"],
    [["--suite", "8"], "--suite"],
    [["--backend", "openssl"], "node, noble, webcrypto"],
    [["--shape", "round"], "full, blank, churn"],
    [["--clock", "sun"], "wall, cpu"],
    [["--fast"], "--fast"],
  ])("refuses %j by name", (args, word) => {
    expect(() => benchArguments(args)).toThrow(word);
  });
});

describe("the plan", () => {
  const plan = (...args: string[]) => planRows(benchArguments(args));

  it("is what the command says, and nothing else", () => {
    const rows = plan("--only", "commit", "--only", "join", "--size", "1024", "--suite", "2", "--backend", "noble");
    expect(rows.map(({ verb }) => verb.name).sort()).toEqual([
      "change of commit",
      "commit",
      "commit after bulk add",
      "external join",
      "join",
    ]);
    expect(new Set(rows.map(({ size, suite, backend }) => `${size} ${suite} ${backend}`))).toEqual(
      new Set(["1024 2 noble"]),
    );
  });

  it("measures every suite, every backend and every verb without options", () => {
    const rows = plan();
    expect(new Set(rows.map(({ suite }) => suite))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]));
    expect(new Set(rows.map(({ backend }) => backend))).toEqual(new Set(["node", "noble", "webcrypto"]));
    expect(rows.some(({ verb, size }) => verb.name === "commit" && size === 100_000)).toBe(true);
  });

  it("leaves out sizes that a verb makes no sense with, and repeats none that cost the same everywhere", () => {
    const rows = plan("--size", "2,16", "--backend", "node");
    expect(rows.filter(({ verb }) => verb.name === "remove").map(({ size }) => size)).toEqual([16]);
    expect(rows.filter(({ verb }) => verb.name === "create")).toHaveLength(1);
  });

  it("measures in another tree if asked", () => {
    expect(new Set(plan("--shape", "churn", "--size", "64").map(({ shape }) => shape))).toEqual(new Set(["churn"]));
  });
});
