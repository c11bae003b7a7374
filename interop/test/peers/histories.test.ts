/**
 * Random histories in which members are ts-mls or copath, whichever the dice say, each stay in the group by itself.
 * `COPATH_INTEROP_BUDGET` says how many; beyond the first few they get longer, and all cipher suites have their turn.
 */
import { describe, expect, it } from "vitest";
import { randomScenario } from "../../src/histories/random-scenario.ts";
import { playSteered } from "./players.ts";

const DEFAULT_BUDGET = 6;
const budget = Number(process.env.COPATH_INTEROP_BUDGET ?? DEFAULT_BUDGET);
const SEEDS = Array.from({ length: budget }, (_, seed) => seed);
const SUITES = [1, 2, 3, 7, 1, 2, 3, 4, 5, 6];

const small = (seed: number) => ({ members: 3 + (seed % 4), epochs: 15 });
const large = (seed: number) => ({ members: 3 + (seed % 14), epochs: 20 + (seed % 60) });

describe("copath and ts-mls live through", () => {
  it.each(SEEDS)("the history of seed %i", { timeout: 600_000 }, async (seed) => {
    const extent = seed < DEFAULT_BUDGET ? small(seed) : large(seed);
    const history = randomScenario({ seed, ...extent, leftHalfStays: true, rates: { externalSigners: 0 } });
    const setting = { encryptHandshake: seed % 2 === 0, suite: SUITES[seed % SUITES.length] ?? 1, seed };
    const { failure, stays } = await playSteered(history, setting);
    expect(failure).toBeUndefined();
    expect(stays["ts-mls"] + stays.copath).toBeGreaterThan(3);
  });

  it("two hundred epochs", { timeout: 600_000 }, async () => {
    const rates = { externalSigners: 0, messages: 0.1, suiteChanges: 0 };
    const history = randomScenario({ seed: "long", members: 4, epochs: 200, leftHalfStays: true, rates });
    const { failure, stays } = await playSteered(history, { encryptHandshake: true, seed: "long" });
    expect(failure).toBeUndefined();
    expect(Math.min(stays["ts-mls"], stays.copath)).toBeGreaterThan(20);
  });
});
