import { describe, expect, it } from "vitest";
import { BACKENDS } from "../../src/copath/backends.ts";
import { copathClient } from "../../src/copath/handlers.ts";
import { inProcess } from "../../src/interface/client.ts";
import { failures } from "../../src/runner/failure-report.ts";
import { parseScenarios } from "../../src/runner/parse-scenarios.ts";
import { playAll } from "../../src/runner/run-cases.ts";
import type { Scenario } from "../../src/runner/scenario.ts";
import type { Player } from "../../src/runner/stage.ts";

const TEN_MINUTES = 600_000;

function player(name: "noble" | "node"): Player {
  return { name, client: inProcess(copathClient({ name, backend: BACKENDS[name] }).handlers), suites: [1, 2] };
}

async function failuresOf(scenarios: readonly Scenario[], limit: number): Promise<readonly string[]> {
  const players = [player("node"), player("noble")];
  const handshakes = [false, true];
  const plan = { scenarios, players, suites: [1], handshakes, sampling: { limit, seed: 1, fill: false } };
  const results = await playAll(plan, { jobs: 1, failFast: false });
  expect(results.length).toBeGreaterThan(0);
  expect(results.filter(({ verdict }) => verdict === "unsupported")).toEqual([]);
  return failures(results);
}

const create = { action: "createGroup", actor: "alice", members: ["bob", "carol"] };

/** Every action of the format, once. */
const OURS = JSON.stringify({
  scripts: {
    everything: [
      create,
      { action: "createKeyPackage", actor: "dave" },
      { action: "installExternalPSK", clients: ["alice", "bob", "carol", "dave"] },
      { action: "addProposal", actor: "bob", key_package: 1 },
      { action: "externalPSKProposal", actor: "carol", psk_id: 2 },
      { action: "fullCommit", actor: "alice", byReference: [3, 4], members: ["bob", "carol"], joiners: ["dave"] },
      { action: "protect", actor: "dave", authenticatedData: "data", plaintext: "hello" },
      { action: "updateProposal", actor: "dave" },
      { action: "removeProposal", actor: "alice", removed: "carol" },
      { action: "resumptionPSKProposal", actor: "bob", epochID: 2 },
      { action: "commit", actor: "bob", byReference: [7, 8, 9], byValue: [{ proposalType: "externalPSK", pskID: 2 }] },
      { action: "handleCommit", actor: "alice", commit: 10, byReference: [7, 8, 9] },
      { action: "handlePendingCommit", actor: "bob" },
      { action: "handleCommit", actor: "dave", commit: 10, byReference: [7, 8, 9] },
      { action: "unprotect", actor: "alice", ciphertext: 6 },
      { action: "groupInfo", actor: "alice", external_tree: true },
      {
        action: "externalJoin",
        actor: "alice",
        joiner: "erin",
        members: ["bob", "dave"],
        psks: [2],
        externalTree: true,
      },
      { action: "newMemberAddProposal", actor: "alice", joiner: "fred" },
      { action: "fullCommit", actor: "dave", byReference: [17], members: ["alice", "bob", "erin"], joiners: ["fred"] },
      { action: "addExternalSigner", actor: "alice", signer: "ds" },
      { action: "fullCommit", actor: "bob", byReference: [19], members: ["alice", "dave", "erin", "fred"] },
      { action: "addExternalSigner", actor: "bob", signer: "ds2" },
      { action: "fullCommit", actor: "bob", byReference: [21], members: ["alice", "dave", "erin", "fred"] },
      {
        action: "externalSignerProposal",
        actor: "ds2",
        member: "fred",
        description: { proposalType: "remove", removed: "erin" },
      },
      { action: "commit", actor: "fred", byReference: [23], forcePath: true },
      { action: "handlePendingCommit", actor: "fred" },
      { action: "handleCommit", actor: "alice", commit: 24, byReference: [23] },
      { action: "handleCommit", actor: "bob", commit: 24, byReference: [23] },
      { action: "handleCommit", actor: "dave", commit: 24, byReference: [23] },
      { action: "createKeyPackage", actor: "gina" },
      { action: "commit", actor: "alice", byValue: [{ proposalType: "add", keyPackage: 29 }], externalTree: true },
      { action: "handlePendingCommit", actor: "alice" },
      { action: "joinGroup", actor: "gina", welcome: 30 },
      { action: "branch", actor: "alice", members: ["gina"] },
    ],
    reinit: [
      create,
      {
        action: "reinit",
        proposer: "carol",
        committer: "alice",
        welcomer: "bob",
        members: [],
        changeCipherSuite: true,
      },
      { action: "fullCommit", actor: "carol", members: ["alice", "bob"] },
    ],
  },
});

describe("copath, on two backends, plays", () => {
  it("a scenario of all actions, and one that goes on in another suite", { timeout: TEN_MINUTES }, async () => {
    expect(await failuresOf(parseScenarios(OURS, "ours.json"), 4)).toEqual([]);
  });
});
