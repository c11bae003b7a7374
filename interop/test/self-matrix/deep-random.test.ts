/**
 * The longest published scenario: hundreds of clients that come and go, sixty at once. Once in each suite, alternating between
 * the kinds of handshake. An eighth of the clients is on noble, so that its arithmetic does not take the hour.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actorsOf } from "../../src/runner/check-scenario.ts";
import { play } from "../../src/runner/play.ts";
import { folder, outcome, scenariosOf } from "./published.ts";
import { type Server, start } from "./servers.ts";

describe.runIf(folder !== undefined)("copath on noble and copath on Node", () => {
  let noble: Server;
  let node: Server;
  beforeAll(async () => {
    [noble, node] = [await start("noble"), await start("node")];
  });
  afterAll(async () => {
    for (const server of [noble, node]) await server.stop();
  });

  it.each([1, 2, 3, 4, 5, 6, 7])("suite %i, deep_random.json", { timeout: 1_800_000 }, async (suite) => {
    for (const scenario of scenariosOf("deep_random.json")) {
      const cast = actorsOf(scenario.steps).map((actor, at) => [actor, at % 8 === suite % 8 ? noble : node] as const);
      const setting = { assignment: new Map(cast), suite, encryptHandshake: suite % 2 === 0 };
      expect(outcome([await play(scenario, setting)], 1)).toEqual([]);
    }
  });
});
