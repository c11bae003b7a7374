/**
 * The committed scenarios between copath on noble and copath on node: every one, handshakes encrypted in every second.
 * Their trees are as they are on paper.
 */
import { describe, expect, it } from "vitest";
import { playWithTrees } from "../histories/real-trees.ts";
import { committed } from "./committed.ts";

describe("two copath clients play", () => {
  const cases = committed.map((scenario, at) => ({ scenario, name: scenario.name, encryptHandshake: at % 2 === 0 }));
  it.each(cases)("$name (handshakes encrypted: $encryptHandshake)", async ({ scenario, encryptHandshake }) => {
    const { failure, real, onPaper } = await playWithTrees(scenario, { encryptHandshake, seed: scenario.name });
    expect(failure).toBeUndefined();
    expect(real).toEqual(onPaper);
  });
});
