/** Random histories: what a seed gives, that every step is allowed, and that all there is does happen. */
import { describe, expect, it } from "vitest";
import { randomScenario } from "../../src/histories/random-scenario.ts";
import { toJson } from "../../src/histories/to-json.ts";
import { parseScenarios } from "../../src/runner/parse-scenarios.ts";
import type { Scenario, Step } from "../../src/runner/scenario.ts";
import { check } from "./naive-check.ts";

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);
const of = (seed: number): Scenario => randomScenario({ seed, members: 1 + ((seed * 7) % 50), epochs: 40 });
const all = SEEDS.map(of);

describe("the generator of histories", () => {
  it("gives the same history for the same seed, and another one for another", () => {
    expect(of(3)).toEqual(of(3));
    expect(randomScenario({ seed: 3, members: 9, epochs: 9 })).not.toEqual(
      randomScenario({ seed: 4, members: 9, epochs: 9 }),
    );
  });

  it("lets as many epochs pass and has as many members as asked for", () => {
    const records = check(randomScenario({ seed: 1, members: 50, epochs: 200 }));
    const sizes = records.map(({ after }) => after.filter((name) => name !== undefined).length);
    expect(records.filter(({ accepted }) => accepted).length).toBeGreaterThan(150);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(50);
    expect(Math.max(...sizes)).toBeGreaterThan(33);
  });

  it.each(SEEDS)("writes legal steps only (seed %i)", (seed) => {
    expect(() => check(of(seed))).not.toThrow();
  });

  it("is legal without late messages, too", () => {
    const scenario = randomScenario({ seed: 5, members: 12, epochs: 60, lateEpochs: 0 });
    expect(() => check(scenario, { lateEpochs: 0 })).not.toThrow();
  });
});

describe("the files that histories are written to", () => {
  it.each(SEEDS)("are read as the same steps (seed %i)", (seed) => {
    const scenario = of(seed);
    const [read] = parseScenarios(toJson(scenario), "file.json");
    expect(read?.steps).toEqual(scenario.steps);
  });

  it("hold many scenarios", () => {
    const read = parseScenarios(toJson({ ...of(0), name: "a" }, { ...of(1), name: "b" }), "file.json");
    expect(read.map(({ name }) => name)).toEqual(["file/a", "file/b"]);
  });

  it("spell paths and trees as the working group's runner reads them", () => {
    const commit = { actor: "a", byReference: [], byValue: [], forcePath: true, externalTree: true } as const;
    const group = { members: ["b"], extensions: [], forcePath: true, externalTree: true } as const;
    const roles = { proposer: "a", externalReinitProposal: undefined, committer: "a", welcomer: "a" } as const;
    const changes = { changeCipherSuite: true, changeGroupId: true } as const;
    const steps: readonly Step[] = [
      { action: "fullCommit", ...commit, members: ["b"], joiners: [] },
      { action: "commit", ...commit },
      { action: "branch", actor: "a", ...group },
      { action: "reinit", ...roles, ...group, ...changes },
      { action: "groupInfo", actor: "a", externalTree: true },
      { action: "resumptionPSKProposal", actor: "a", epochId: 3n },
    ];
    const written: unknown = JSON.parse(toJson({ name: "x", steps }));
    const paths = { force_path: true, external_tree: true };
    expect(written).toEqual({
      scripts: {
        x: [
          { action: "fullCommit", actor: "a", members: ["b"], ...paths },
          { action: "commit", actor: "a", ...paths },
          { action: "branch", actor: "a", members: ["b"], ...paths },
          {
            action: "reinit",
            proposer: "a",
            committer: "a",
            welcomer: "a",
            members: ["b"],
            changeCipherSuite: true,
            changeGroupID: true,
            forcePath: true,
            externalTree: true,
          },
          { action: "groupInfo", actor: "a", externalTree: true },
          { action: "resumptionPSKProposal", actor: "a", epochID: 3 },
        ],
      },
    });
  });
});

/** What may be seen in steps: everything that a rate is about. */
const FEATURES: Readonly<Record<string, (step: Step, scenario: Scenario) => boolean>> = {
  adds: (step) => step.action === "addProposal",
  "joins by an inline tree": (step) => step.action === "fullCommit" && step.joiners.length > 0 && !step.externalTree,
  "joins by an external tree": (step) => step.action === "fullCommit" && step.joiners.length > 0 && step.externalTree,
  "joins in a step of their own": (step) => step.action === "joinGroup",
  "adds by value": (step) => byValue(step, "add"),
  "removes by value": (step) => byValue(step, "remove"),
  "external PSKs by value": (step) => byValue(step, "externalPSK"),
  "resumption PSKs by value": (step) => byValue(step, "resumptionPSK"),
  "group context extensions by value": (step) => byValue(step, "groupContextExtensions"),
  "adds and PSKs in one commit": (step) => byValue(step, "add") && byValue(step, "externalPSK"),
  updates: (step) => step.action === "updateProposal",
  "forced paths": (step) => step.action === "fullCommit" && step.forcePath,
  "commits of nothing": (step) =>
    step.action === "fullCommit" && step.byReference.length === 0 && step.byValue.length === 0,
  "external joins": (step) => step.action === "externalJoin" && !step.removePrior,
  "external joins that remove the prior leaf": (step) => step.action === "externalJoin" && step.removePrior,
  "external joins with PSKs": (step) => step.action === "externalJoin" && step.psks.length > 0,
  "external joins by an external tree": (step) => step.action === "externalJoin" && step.externalTree,
  "PSKs of joiners": (step, { steps }) =>
    step.action === "installExternalPSK" &&
    step.clients.some((name) => steps.some((each) => each.action === "createKeyPackage" && each.actor === name)),
  "proposals of external senders": (step) => step.action === "externalSignerProposal",
  "self-signed adds": (step) => step.action === "newMemberAddProposal",
  "re-inits": (step) => step.action === "reinit" && step.proposer !== undefined,
  "re-inits of external senders": (step) => step.action === "reinit" && step.proposer === undefined,
  branches: (step) => step.action === "branch",
  "group infos": (step) => step.action === "groupInfo",
  "own commits handled": (step) => step.action === "handlePendingCommit",
};

function byValue(step: Step, type: string): boolean {
  if (step.action !== "fullCommit" && step.action !== "commit") return false;
  return step.byValue.some(({ proposalType }) => proposalType === type);
}

describe("a handful of histories", () => {
  it.each(Object.keys(FEATURES))("has %s", (feature) => {
    const seen = FEATURES[feature];
    expect(all.some((scenario) => scenario.steps.some((step) => seen?.(step, scenario)))).toBe(true);
  });

  it("has every action", () => {
    expect(new Set(all.flatMap(({ steps }) => steps.map(({ action }) => action))).size).toBe(23);
  });

  it("has commits that lose, unmerged leaves on copaths, filtered roots, shrinking trees, returning and replaced members", () => {
    const records = all.flatMap((scenario) => check(scenario));
    expect(records.some(({ accepted }) => !accepted)).toBe(true);
    expect(records.some(({ path }) => path?.rootFiltered)).toBe(true);
    expect(records.some(({ path }) => (path?.unmergedOnCopath.length ?? 0) > 0)).toBe(true);
    expect(records.some(({ before, after }) => after.length < before.length)).toBe(true);
    expect(
      records.some(({ removed, added, external }) => !external && removed.some((name) => added.includes(name))),
    ).toBe(true);
  });

  it("has messages that are late by up to three epochs, and none that is later", () => {
    const late = (lateEpochs: number) => () => {
      for (const scenario of all) check(scenario, { lateEpochs });
    };
    expect(late(3)).not.toThrow();
    expect(late(2)).toThrow("too late");
  });
});

describe("rates", () => {
  const rates = {
    externalJoins: 0,
    resyncs: 0,
    reinits: 0,
    branches: 0,
    externalSigners: 0,
    newMemberProposals: 0,
    messages: 0,
    separateSteps: 0,
    races: 0,
    lag: 0,
    externalPsks: 0,
    resumptionPsks: 0,
    groupContextExtensions: 0,
    groupInfos: 0,
  };

  it("of nothing switch a feature off", () => {
    const steps = SEEDS.flatMap((seed) => randomScenario({ seed, members: 9, epochs: 20, rates }).steps);
    const known = ["createGroup", "createKeyPackage", "fullCommit", "addProposal", "removeProposal", "updateProposal"];
    expect(new Set(steps.map(({ action }) => action))).toEqual(new Set(known));
  });

  it("of one make it happen always", () => {
    const { steps } = randomScenario({ seed: 1, members: 5, epochs: 30, rates: { ...rates, resyncs: 1 } });
    expect(steps.filter(({ action }) => action === "externalJoin").length).toBeGreaterThan(20);
  });
});
