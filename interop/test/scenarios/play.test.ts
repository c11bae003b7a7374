/**
 * The committed scenarios between copath on noble and copath on node: every one, handshakes encrypted in every second, in the
 * seven suites by turns, but for the longest, which noble takes too long for in most.
 * The trees of groups that have no successor are as they are on paper.
 */
import { describe, expect, it } from "vitest";
import { playWithTrees } from "../histories/real-trees.ts";
import { committed } from "./committed.ts";

describe("two copath clients play", () => {
  const isLong = (name: string) => /^(large-groups|long-history)\//.test(name);
  const cases = committed.map((scenario, at) => ({
    scenario,
    name: scenario.name,
    encryptHandshake: at % 2 === 0,
    suite: isLong(scenario.name) ? 1 : (at % 7) + 1,
  }));
  it.each(cases)("$name (suite $suite, handshakes encrypted: $encryptHandshake)", async ({ scenario, ...setting }) => {
    const { failure, real, onPaper } = await playWithTrees(scenario, { ...setting, seed: scenario.name });
    expect(failure).toBeUndefined();
    expect(real).toEqual(onPaper);
  });
});
