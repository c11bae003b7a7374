/**
 * Random histories between copath on noble and copath on node. `COPATH_INTEROP_BUDGET` says how many; beyond the first few
 * the groups get larger, and all cipher suites have their turn.
 */
import { describe, expect, it } from "vitest";
import { randomScenario } from "../../src/histories/random-scenario.ts";
import { playBetween } from "../between-copaths.ts";
import { check } from "./naive-check.ts";
import { playWithTrees } from "./real-trees.ts";

const DEFAULT_BUDGET = 6;
const budget = Number(process.env.COPATH_INTEROP_BUDGET ?? DEFAULT_BUDGET);
const SEEDS = Array.from({ length: budget }, (_, seed) => seed);
const SUITES = [1, 2, 3, 1, 2, 3, 7, 5, 4, 6];

const small = (seed: number) => ({ members: 2 + (seed % 8), epochs: 12 });
const large = (seed: number) => ({ members: 2 + ((seed * 11) % 49), epochs: 20 + (seed % 40) });

describe("two copath clients live through", () => {
  it.each(SEEDS)("the history of seed %i", { timeout: 600_000 }, async (seed) => {
    const scenario = randomScenario({ seed, ...(seed < DEFAULT_BUDGET ? small(seed) : large(seed)) });
    const suite = SUITES[seed % SUITES.length] ?? 1;
    expect(await playBetween(scenario, { encryptHandshake: seed % 2 === 0, seed, suite })).toBeUndefined();
  });

  it.each([1, 2, 3])("the trees that are on paper (seed %i)", async (seed) => {
    const rates = { reinits: 0, branches: 0, messages: 0 };
    const scenario = randomScenario({ seed, members: 12, epochs: 12, rates });
    const { failure, real, onPaper } = await playWithTrees(scenario, { encryptHandshake: seed !== 2, seed });
    expect(failure).toBeUndefined();
    expect(real).toEqual(onPaper);
  });

  it("three hundred epochs", { timeout: 600_000 }, async () => {
    const rates = { messages: 0.05, suiteChanges: 0 };
    const scenario = randomScenario({ seed: "long", members: 4, epochs: 300, rates });
    expect(check(scenario).filter(({ accepted }) => accepted).length).toBeGreaterThan(250);
    expect(await playBetween(scenario, { encryptHandshake: true, seed: "long" })).toBeUndefined();
  });

  it("epochs of up to fifty members", { timeout: 600_000 }, async () => {
    const rates = { adds: 1, removes: 0.3, suiteChanges: 0 };
    const scenario = randomScenario({ seed: "wide", members: 50, epochs: 8, rates });
    const sizes = check(scenario).map(({ after }) => after.filter((name) => name !== undefined).length);
    expect(Math.max(...sizes)).toBeGreaterThan(40);
    expect(await playBetween(scenario, { encryptHandshake: false, seed: "wide" })).toBeUndefined();
  });
});
