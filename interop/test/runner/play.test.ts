import { describe, expect, it } from "vitest";
import { CallError } from "../../src/interface/client.ts";
import { actorsOf } from "../../src/runner/check-scenario.ts";
import { failures } from "../../src/runner/failure-report.ts";
import { parseScenarios } from "../../src/runner/parse-scenarios.ts";
import { type CaseResult, play } from "../../src/runner/play.ts";
import type { Scenario } from "../../src/runner/scenario.ts";
import { type ToyPlayer, type Tricks, toyPlayer } from "./toy-client.ts";

function scenario(...steps: readonly object[]): Scenario {
  const [only] = parseScenarios(JSON.stringify({ scripts: { it: steps } }), "test.json");
  return only as Scenario;
}

/** The named actors are played by the second player, all others by the first. */
function perform(
  of: Scenario,
  players: readonly [ToyPlayer, ToyPlayer],
  second: readonly string[],
): Promise<CaseResult> {
  const assignment = new Map(actorsOf(of.steps).map((actor) => [actor, players[second.includes(actor) ? 1 : 0]]));
  return play(of, { assignment, suite: 1, encryptHandshake: true });
}

const text = (octets: Uint8Array) => new TextDecoder().decode(octets);
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const good = () => toyPlayer("good");
const both = (tricks: Tricks, steps: Scenario = everything) => {
  const bad = toyPlayer("bad", tricks);
  return perform(steps, [good(), bad], ["bob", "dave"]);
};

const create = { action: "createGroup", actor: "alice", members: ["bob", "carol"] };

const everything = scenario(
  create,
  { action: "createKeyPackage", actor: "dave" },
  { action: "installExternalPSK", clients: ["alice", "bob", "carol", "dave"] },
  { action: "addProposal", actor: "bob", keyPackage: 1 },
  { action: "externalPSKProposal", actor: "carol", pskID: 2 },
  { action: "fullCommit", actor: "alice", byReference: [3, 4], members: ["bob", "carol"], joiners: ["dave"] },
  { action: "protect", actor: "dave", authenticatedData: "data", plaintext: "hello" },
  { action: "updateProposal", actor: "bob" },
  { action: "removeProposal", actor: "bob", removed: "carol" },
  { action: "resumptionPSKProposal", actor: "bob", epochID: 1 },
  { action: "groupContextExtensionsProposal", actor: "bob", extensions: [] },
  {
    action: "commit",
    actor: "bob",
    byReference: [7, 8, 9, 10],
    byValue: [{ proposalType: "resumptionPSK", epochID: 2 }],
  },
  { action: "handleCommit", actor: "alice", commit: 11, byReference: [7, 8, 9, 10] },
  { action: "handlePendingCommit", actor: "bob" },
  { action: "handleCommit", actor: "dave", commit: 11, byReference: [7, 8, 9, 10] },
  { action: "unprotect", actor: "alice", ciphertext: 6 },
  { action: "groupInfo", actor: "alice" },
  { action: "externalJoin", actor: "alice", joiner: "erin", members: ["bob", "dave"], psks: [2] },
  { action: "newMemberAddProposal", actor: "alice", joiner: "fred" },
  { action: "addExternalSigner", actor: "alice", signer: "ds" },
  {
    action: "externalSignerProposal",
    actor: "ds",
    member: "alice",
    description: { proposalType: "remove", removed: "erin" },
  },
  { action: "fullCommit", actor: "dave", byReference: [18, 19, 20], members: ["alice", "bob"], joiners: ["fred"] },
  { action: "branch", actor: "alice", members: ["bob", "fred"] },
  { action: "reinit", proposer: "alice", committer: "bob", welcomer: "fred", members: [], changeCipherSuite: true },
);

describe("a scenario that is played", () => {
  it("passes where all peers behave, whether they keep their ids or not", async () => {
    for (const newIds of [false, true]) {
      const players = [toyPlayer("one", {}, { newIds }), toyPlayer("two", {}, { newIds })] as const;
      const result = await perform(everything, players, ["bob", "dave", "ds"]);
      expect(result.failure).toBeUndefined();
      expect(result).toMatchObject({ verdict: "passed", scenario: "test/it", transcript: [] });
    }
  });

  it("leaves no state behind at any peer, also after a failure", async () => {
    const players = [good(), good()] as const;
    await perform(everything, players, ["bob", "dave"]);
    expect(players.map(({ toy }) => toy.held)).toEqual([0, 0]);
    const failing = [good(), toyPlayer("bad", { ReInitWelcome: async () => Promise.reject(new Error("no")) })] as const;
    expect((await perform(everything, failing, ["bob", "dave", "fred"])).verdict).toBe("failed");
    expect(failing.map(({ toy }) => toy.held)).toEqual([0, 0]);
  });

  it("says that identity, suite and handshake format are the scenario's", async () => {
    const player = good();
    await perform(scenario({ action: "createGroup", actor: "älice" }), [player, player], []);
    const request = player.calls.find(({ rpc }) => rpc === "CreateGroup")?.request;
    expect(request).toMatchObject({
      cipherSuite: 1,
      encryptHandshake: true,
      identity: new TextEncoder().encode("älice"),
    });
  });

  it("goes on with the next suite that all clients support, after a re-init that changes it", async () => {
    const player = good();
    await perform(
      scenario(
        create,
        {
          action: "reinit",
          proposer: "alice",
          committer: "bob",
          welcomer: "carol",
          members: [],
          changeCiphersuite: true,
        },
        { action: "createKeyPackage", actor: "dave" },
      ),
      [player, player],
      [],
    );
    expect(player.calls.find(({ rpc }) => rpc === "ReInitProposal")?.request).toMatchObject({ cipherSuite: 2 });
    expect(player.calls.filter(({ rpc }) => rpc === "CreateKeyPackage").at(-1)?.request).toMatchObject({
      cipherSuite: 2,
    });
  });

  it("keeps the id of a re-initialised group, unless a new one is asked for", async () => {
    const ids = async (changeGroupID: boolean) => {
      const player = good();
      const reinit = { action: "reinit", proposer: "alice", committer: "bob", welcomer: "bob", changeGroupID };
      await perform(scenario(create, reinit), [player, player], []);
      const of = (name: string) => {
        const { request } = player.calls.find(({ rpc }) => rpc === name) ?? {};
        return (request as { groupId: Uint8Array }).groupId;
      };
      return { before: text(of("CreateGroup")), after: text(of("ReInitProposal")) };
    };
    const kept = await ids(false);
    expect(kept.before).toMatch(UUID);
    expect(kept.after).toBe(kept.before);
    const changed = await ids(true);
    expect(changed.after).toBe(`${changed.before}++`);
  });

  it("gives a branch an id of its own, in the working group's way", async () => {
    const player = good();
    await perform(scenario(create, { action: "branch", actor: "alice" }), [player, player], []);
    const { request } = player.calls.find(({ rpc }) => rpc === "CreateBranch") ?? {};
    expect(text((request as { groupId: Uint8Array }).groupId)).toMatch(UUID);
  });

  it("is not supported where the suite has to change and the clients have no other in common", async () => {
    const lonely = { ...good(), suites: [1] };
    const reinit = { action: "reinit", proposer: "alice", committer: "bob", welcomer: "bob", changeCipherSuite: true };
    const result = await perform(scenario(create, reinit), [good(), lonely], ["bob"]);
    expect(result).toMatchObject({
      verdict: "unsupported",
      failure: { message: expect.stringContaining("no cipher suite") },
    });
  });

  it("takes the suite and the group id from the proposal of an external sender", async () => {
    const player = good();
    const description = { proposalType: "reinit", changeCipherSuite: true, changeGroupID: true };
    const result = await perform(
      scenario(
        create,
        { action: "addExternalSigner", actor: "alice", signer: "ds" },
        { action: "externalSignerProposal", actor: "ds", member: "alice", description },
        { action: "reinit", externalReinitProposal: 2, committer: "bob", welcomer: "carol", members: ["alice"] },
        { action: "createKeyPackage", actor: "dave" },
      ),
      [player, player],
      [],
    );
    expect(result.verdict).toBe("passed");
    const proposed = player.calls.find(({ rpc }) => rpc === "ExternalSignerProposal")?.request;
    expect(proposed).toMatchObject({ description: { cipherSuite: 2 } });
    expect(player.calls.filter(({ rpc }) => rpc === "CreateKeyPackage").at(-1)?.request).toMatchObject({
      cipherSuite: 2,
    });
  });

  it("does not say which place an external sender has: that is the peers' to look up in the group", async () => {
    const player = good();
    const description = { proposalType: "remove", removed: "bob" };
    const result = await perform(
      scenario(
        create,
        { action: "addExternalSigner", actor: "alice", signer: "ds" },
        { action: "addExternalSigner", actor: "alice", signer: "ds2" },
        { action: "externalSignerProposal", actor: "ds2", member: "alice", description },
      ),
      [player, player],
      [],
    );
    expect(result.verdict).toBe("passed");
    const { request } = player.calls.find(({ rpc }) => rpc === "ExternalSignerProposal") ?? {};
    expect(request).not.toHaveProperty("signerIndex");
  });

  it("hands the tree to joiners when it travels outside of the Welcome, also in a step of their own", async () => {
    for (const externalTree of [true, false]) {
      const player = good();
      const result = await perform(
        scenario(
          create,
          { action: "createKeyPackage", actor: "dave" },
          { action: "createKeyPackage", actor: "erin" },
          { action: "fullCommit", actor: "alice", externalTree, members: ["bob", "carol"], joiners: ["dave"] },
          { action: "joinGroup", actor: "erin", welcome: 3 },
        ),
        [player, player],
        [],
      );
      expect(result.verdict).toBe("passed");
      const trees = player.calls.filter(({ rpc }) => rpc === "JoinGroup").slice(-2);
      expect(trees.map(({ request }) => (request as { ratchetTree: Uint8Array }).ratchetTree.length > 0)).toEqual([
        externalTree,
        externalTree,
      ]);
    }
  });

  it("stores a PSK with states and with key packages that wait, and is not stopped by who has neither", async () => {
    const player = good();
    const result = await perform(
      scenario(
        create,
        { action: "createKeyPackage", actor: "bob" },
        { action: "createKeyPackage", actor: "dave" },
        { action: "installExternalPSK", clients: ["alice", "bob", "dave", "erin"] },
      ),
      [player, player],
      [],
    );
    expect(result.verdict).toBe("passed");
    expect(player.toy.psks).toHaveLength(4);
    expect(new Set(player.toy.psks.map(({ psk }) => psk)).size).toBe(1);
  });
});

describe("a PSK that is stored for good measure", () => {
  const store = scenario(create, { action: "installExternalPSK", clients: ["erin"] });
  const outcome = async (error: Error) => {
    const erin = toyPlayer("erin", { StorePSK: async () => Promise.reject(error) });
    return (await perform(store, [good(), erin], ["erin"])).failure;
  };

  it("may be refused", async () => {
    for (const status of ["NOT_FOUND", "UNIMPLEMENTED", "UNKNOWN"])
      expect(await outcome(new CallError(status, "no"))).toBeUndefined();
  });

  it("fails where nobody answers any more, or what is thrown is no refusal", async () => {
    for (const status of ["UNAVAILABLE", "DEADLINE_EXCEEDED"])
      expect(await outcome(new CallError(status, "gone"))).toMatchObject({
        status,
        actors: ["erin"],
        at: { index: 1 },
      });
    expect(await outcome(new TypeError("oops"))).toMatchObject({ message: "oops", actors: ["erin"], at: { index: 1 } });
  });
});

describe("who is live in the end", () => {
  const compared = ({ calls }: ToyPlayer) => calls.filter(({ rpc }) => rpc === "StateAuth").length;
  const readers = ({ calls }: ToyPlayer) => calls.filter(({ rpc }) => rpc === "Unprotect").length;
  const heard = async (...steps: readonly object[]) => {
    const player = good();
    const result = await perform(scenario(create, ...steps), [player, player], []);
    expect(result.failure).toBeUndefined();
    return [compared(player), readers(player)];
  };

  it("is every member, and each is heard by every other", async () => {
    expect(await heard()).toEqual([3, 6]);
    expect(await heard({ action: "fullCommit", actor: "bob", members: ["alice", "carol"] })).toEqual([3, 6]);
  });

  it("is not who was removed, and not who has missed a commit", async () => {
    const remove = { action: "removeProposal", actor: "alice", removed: "carol" };
    expect(await heard(remove, { action: "fullCommit", actor: "alice", byReference: [1], members: ["bob"] })).toEqual([
      2, 2,
    ]);
    expect(
      await heard({ action: "commit", actor: "alice" }, { action: "handleCommit", actor: "bob", commit: 1 }),
    ).toEqual([1, 0]);
  });

  it("is who follows late, once the newest commit is reached", async () => {
    const steps = [
      { action: "commit", actor: "alice" },
      { action: "handleCommit", actor: "bob", commit: 1 },
      { action: "fullCommit", actor: "bob" },
      { action: "handlePendingCommit", actor: "alice" },
    ];
    expect(await heard(...steps)).toEqual([1, 0]);
    expect(await heard(...steps, { action: "handleCommit", actor: "alice", commit: 3 })).toEqual([2, 2]);
  });

  it("is not changed by a commit that nobody has followed", async () => {
    expect(await heard({ action: "commit", actor: "alice" })).toEqual([3, 6]);
  });

  it("is counted in each group by itself after a branch", async () => {
    expect(await heard({ action: "branch", actor: "alice", members: ["bob"] })).toEqual([3, 2]);
  });

  it("is nobody of a re-initialised group any more who has not gone on", async () => {
    expect(await heard({ action: "reinit", proposer: "alice", committer: "bob", welcomer: "bob" })).toEqual([2, 2]);
  });

  it("only listens while proposals wait that it has sent, or was given with a commit that is not taken up (§12.4)", async () => {
    const update = { action: "updateProposal", actor: "bob" };
    expect(await heard(update)).toEqual([3, 4]);
    expect(await heard(update, { action: "commit", actor: "alice", byReference: [1] })).toEqual([3, 2]);
    const covered = { action: "fullCommit", actor: "alice", byReference: [1], members: ["bob", "carol"] };
    expect(await heard(update, covered)).toEqual([3, 6]);
    expect(await heard(update, { action: "externalJoin", actor: "alice", joiner: "dave", members: ["bob"] })).toEqual([
      3, 6,
    ]);
  });

  it("may send when a proposal comes from outside, and when it goes on in another group", async () => {
    const invite = { action: "newMemberAddProposal", actor: "alice", joiner: "dave" };
    const description = { proposalType: "remove", removed: "carol" };
    const sign = { action: "addExternalSigner", actor: "alice", signer: "ds" };
    const add = { action: "fullCommit", actor: "bob", byReference: [2], members: ["alice", "carol"] };
    const remove = { action: "externalSignerProposal", actor: "ds", member: "alice", description };
    expect(await heard(invite, sign, add, remove)).toEqual([3, 6]);
    const branch = { action: "branch", actor: "alice", members: ["bob"] };
    expect(await heard({ action: "updateProposal", actor: "bob" }, branch)).toEqual([3, 2]);
    expect(await heard({ action: "updateProposal", actor: "carol" }, branch)).toEqual([3, 2]);
  });

  it("is who has joined from outside, with one leaf alone", async () => {
    const rejoin = { action: "externalJoin", actor: "alice", joiner: "bob", members: ["carol"], removePrior: true };
    expect(await heard(rejoin)).toEqual([3, 6]);
  });
});

describe("a peer that does wrong is found", () => {
  const flipped = (octets: Uint8Array) => octets.map((octet, i) => (i === 0 ? octet ^ 1 : octet));

  it("when it lies about its authenticator after a commit", async () => {
    const result = await both({
      HandleCommit: async (request, answer) => {
        const { epochAuthenticator, ...rest } = await answer(request);
        return { ...rest, epochAuthenticator: flipped(epochAuthenticator) };
      },
    });
    expect(result).toMatchObject({
      verdict: "failed",
      failure: { kind: "wrong answer", rpc: "HandleCommit", actors: ["alice", "bob"], at: { phase: "step", index: 5 } },
    });
    expect(result.failure?.message).toMatch(
      /^the epoch authenticator of bob is [0-9a-f]{64}, that of alice [0-9a-f]{64}$/,
    );
  });

  it.each([
    ["when it joins by a Welcome", "JoinGroup", 0, ["alice", "bob"]],
    ["when it confirms its own commit after another member has followed", "HandlePendingCommit", 13, ["alice", "bob"]],
    ["when it branches off", "HandleBranch", 22, ["alice", "bob"]],
    ["when it joins a re-initialised group", "HandleReInitWelcome", 23, ["fred", "bob"]],
  ] as const)("when it lies about its authenticator %s", async (_, rpc, index, actors) => {
    const result = await both({
      [rpc]: async (request: object, answer: (request: object) => Promise<{ epochAuthenticator: Uint8Array }>) => {
        const { epochAuthenticator, ...rest } = await answer(request);
        return { ...rest, epochAuthenticator: flipped(epochAuthenticator) };
      },
    } as Tricks);
    expect(result.failure).toMatchObject({ kind: "wrong answer", rpc, actors, at: { phase: "step", index } });
  });

  const silent = <R extends object>(answer: R): R => ({ ...answer, epochAuthenticator: new Uint8Array() });
  const mute = {
    HandleCommit: async (request, answer) => silent(await answer(request)),
    HandlePendingCommit: async (request, answer) => silent(await answer(request)),
    JoinGroup: async (request, answer) => silent(await answer(request)),
  } satisfies Tricks;

  it.each([
    ["HandlePendingCommit", { action: "createGroup", actor: "bob", members: ["alice"] }, 0],
    ["JoinGroup", create, 0],
    ["HandleCommit", { action: "fullCommit", actor: "alice", members: ["bob"] }, 1],
  ] as const)("when %s says no authenticator where a step compares it", async (rpc, step, index) => {
    const result = await both({ [rpc]: mute[rpc] }, index === 0 ? scenario(step) : scenario(create, step));
    expect(result.failure).toMatchObject({ kind: "wrong answer", at: { phase: "step", index } });
    expect(result.failure?.actors).toContain("bob");
  });

  it("but in steps of one call it need not say an authenticator before the end", async () => {
    const steps = scenario(
      { action: "createGroup", actor: "bob" },
      { action: "createKeyPackage", actor: "alice" },
      { action: "createKeyPackage", actor: "dave" },
      { action: "commit", actor: "bob" },
      { action: "handlePendingCommit", actor: "bob" },
      { action: "joinGroup", actor: "dave", welcome: 3 },
      { action: "joinGroup", actor: "alice", welcome: 3 },
      { action: "commit", actor: "alice" },
      { action: "handleCommit", actor: "bob", commit: 7 },
      { action: "handlePendingCommit", actor: "alice" },
      { action: "handleCommit", actor: "dave", commit: 7 },
    );
    expect((await both(mute, steps)).failure).toBeUndefined();
    const lying = await both({ ...mute, StateAuth: async () => ({ stateAuthSecret: Uint8Array.of(1) }) }, steps);
    expect(lying.failure).toMatchObject({ rpc: "StateAuth", actors: ["alice", "bob"], at: { phase: "verification" } });
  });

  it.each([
    ["StateAuth", "stateAuthSecret"],
    ["Export", "exportedSecret"],
  ] as const)("when %s differs in the end, or is empty", async (rpc, field) => {
    for (const change of [flipped, () => new Uint8Array()]) {
      const result = await both({
        [rpc]: async (request: object, answer: (request: object) => Promise<Record<string, Uint8Array>>) => ({
          [field]: change((await answer(request))[field] as Uint8Array),
        }),
      } as Tricks);
      expect(result).toMatchObject({ verdict: "failed", failure: { rpc, at: { phase: "verification" } } });
      expect(result.failure?.actors).toContain("bob");
    }
  });

  it("when it reads something else than what was sent, in a step and in the end", async () => {
    for (const field of ["plaintext", "authenticatedData"] as const) {
      const tricks: Tricks = {
        Unprotect: async (request, answer) => {
          const read = await answer(request);
          return { ...read, [field]: flipped(read[field]) };
        },
      };
      const inStep = await perform(everything, [toyPlayer("bad", tricks), good()], ["bob", "dave"]);
      expect(inStep.failure).toMatchObject({
        rpc: "Unprotect",
        actors: ["dave", "alice"],
        at: { phase: "step", index: 15 },
      });
      const atEnd = await both(tricks, scenario(create));
      expect(atEnd.failure).toMatchObject({
        rpc: "Unprotect",
        actors: ["alice", "bob"],
        at: { phase: "verification" },
      });
    }
  });

  it("when it refuses, with its status and message", async () => {
    const refuse = async () => Promise.reject(new CallError("INTERNAL", "bad signature"));
    const result = await both({ UpdateProposal: refuse });
    expect(result).toMatchObject({
      verdict: "failed",
      failure: {
        kind: "refused",
        rpc: "UpdateProposal",
        actors: ["bob"],
        status: "INTERNAL",
        message: "bad signature",
      },
    });
    expect(result.failure?.at).toMatchObject({
      phase: "step",
      index: 7,
      step: { action: "updateProposal", actor: "bob" },
    });
    const last = result.transcript.filter(({ rpc }) => rpc !== "Free").at(-1);
    expect(last).toMatchObject({
      actor: "bob",
      client: "bad",
      refusal: { status: "INTERNAL", message: "bad signature" },
    });
  });

  it("when it drops out, and is not asked for more", async () => {
    let calls = 0;
    const gone = async () => {
      calls++;
      return Promise.reject(new CallError("UNAVAILABLE", "connection refused"));
    };
    const result = await both({ HandleCommit: gone, Free: gone });
    expect(result.failure).toMatchObject({ kind: "refused", status: "UNAVAILABLE", actors: ["bob"] });
    expect(calls).toBe(2);
  });

  it("when what it throws is no refusal at all", async () => {
    const result = await both(
      { GroupInfo: async () => Promise.reject(new TypeError("oops")) },
      scenario(create, { action: "groupInfo", actor: "bob" }),
    );
    expect(result.failure).toMatchObject({ kind: "refused", status: "UNKNOWN", message: "oops" });
  });

  it.each([
    ["AddProposal", { proposal: new Uint8Array() }, "proposal", 3],
    ["CreateKeyPackage", { transactionId: 1, keyPackage: new Uint8Array() }, "key package", 0],
    ["Protect", { ciphertext: new Uint8Array() }, "ciphertext", 6],
  ])("when %s gives nothing, before others are blamed for it", async (rpc, answer, what, index) => {
    const result = await both({ [rpc]: async () => answer } as Tricks);
    expect(result.failure).toMatchObject({ kind: "wrong answer", rpc, at: { index } });
    expect(result.failure?.message).toContain(`holds no ${what}`);
  });

  it("when its commit brings no Welcome for those who are to join", async () => {
    const result = await perform(
      scenario(
        create,
        { action: "createKeyPackage", actor: "dave" },
        { action: "commit", actor: "bob" },
        { action: "joinGroup", actor: "dave", welcome: 2 },
      ),
      [
        good(),
        toyPlayer("bad", {
          Commit: async (request, answer) => ({ ...(await answer(request)), welcome: new Uint8Array() }),
        }),
      ],
      ["bob"],
    );
    expect(result.failure).toMatchObject({
      rpc: "Commit",
      actors: ["bob"],
      message: expect.stringContaining("no welcome"),
    });
  });

  it("when it will not free a state, but not when it has let go of one by itself", async () => {
    const refuse = (status: string) => async () => Promise.reject(new CallError(status, "no"));
    for (const tolerated of ["NOT_FOUND", "UNIMPLEMENTED"] as const)
      expect((await both({ Free: refuse(tolerated) })).verdict).toBe("passed");
    expect((await both({ Free: refuse("INTERNAL") })).failure).toMatchObject({ rpc: "Free", at: { phase: "freeing" } });
  });

  it("but is not called wrong for what it does not support", async () => {
    const result = await both({ CreateBranch: async () => Promise.reject(new CallError("UNIMPLEMENTED", "not yet")) });
    expect(result.verdict).toBe("passed");
    const asked = await perform(
      everything,
      [
        toyPlayer("less", { CreateBranch: async () => Promise.reject(new CallError("UNIMPLEMENTED", "not yet")) }),
        good(),
      ],
      [],
    );
    expect(asked).toMatchObject({ verdict: "unsupported", failure: { rpc: "CreateBranch", status: "UNIMPLEMENTED" } });
  });
});

it("a mistake of the runner fails the case, and no other", async () => {
  const unchecked: Scenario = { name: "unchecked", steps: [{ action: "updateProposal", actor: "alice" }] };
  const result = await perform(unchecked, [good(), good()], []);
  expect(result).toMatchObject({ verdict: "failed", failure: { kind: "runner", actors: [], at: { index: 0 } } });
  expect(result.failure?.message).toMatch(/^Error: the runner has lost a state of alice\n +at /);
  expect(failures([result]).join("\n")).toMatch(/\n {2}runner +Error: the runner has lost a state of alice\n/);
});

it("no two calls to one client are under way at once, even when many listen to one message", async () => {
  let [now, most] = [0, 0];
  const slow: Tricks = {
    Unprotect: async (request, answer) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
      return answer(request);
    },
  };
  const members = Array.from({ length: 20 }, (_, i) => `m${i}`);
  const player = toyPlayer("slow", slow);
  const large = scenario({ action: "createGroup", actor: "alice", members });
  const result = await perform(large, [player, good()], members.slice(0, 10));
  expect(result.verdict).toBe("passed");
  expect(most).toBe(1);
  expect(player.calls.filter(({ rpc }) => rpc === "Unprotect")).toHaveLength(11 * 20);
});
