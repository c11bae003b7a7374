/**
 * copath alone, over all published scenario files but the longest, in all suites and with both kinds of handshake: in a
 * sample of the ways to share the roles between the two servers, wider if COPATH_INTEROP_ASSIGNMENTS says so.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { playAll } from "../../src/runner/run-cases.ts";
import { folder, outcome, scenarioFiles, scenariosOf } from "./published.ts";
import { type Server, start } from "./servers.ts";

const limit = Number(process.env.COPATH_INTEROP_ASSIGNMENTS ?? 4);

describe.runIf(folder !== undefined)("copath on noble and copath on Node", () => {
  let servers: readonly Server[];
  beforeAll(async () => {
    servers = [await start("noble"), await start("node")];
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
  });

  const files = scenarioFiles().filter((file) => file !== "deep_random.json");
  it("there are seven such files", () => expect(files).toHaveLength(7));

  describe.each([1, 2, 3, 4, 5, 6, 7])("suite %i", (suite) => {
    it.each(files)("%s", { timeout: 600_000 }, async (file) => {
      const scenarios = scenariosOf(file);
      const sampling = { limit, seed: suite, fill: true };
      const plan = { scenarios, players: servers, suites: [suite], handshakes: [false, true], sampling };
      const results = await playAll(plan, { jobs: 2, failFast: false });
      expect(outcome(results, scenarios.length * 2 * Math.min(limit, 4))).toEqual([]);
    });
  });
});
