/** The committed scenarios between copath on noble and copath on node: every one, handshakes encrypted in every second. */
import { describe, expect, it } from "vitest";
import { playBetween } from "../between-copaths.ts";
import { committed } from "./committed.ts";

describe("two copath clients play", () => {
  const cases = committed.map((scenario, at) => ({ scenario, name: scenario.name, encryptHandshake: at % 2 === 0 }));
  it.each(cases)("$name (handshakes encrypted: $encryptHandshake)", async ({ scenario, encryptHandshake }) => {
    expect(await playBetween(scenario, { encryptHandshake, seed: scenario.name })).toBeUndefined();
  });
});
