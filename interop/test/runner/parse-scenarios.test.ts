import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { actorsOf, checkScenario } from "../../src/runner/check-scenario.ts";
import { parseScenarios } from "../../src/runner/parse-scenarios.ts";
import { ScenarioError } from "../../src/runner/scenario-error.ts";

const file = "some/folder/tests.json";
const parse = (steps: unknown, script = "it") => parseScenarios(JSON.stringify({ scripts: { [script]: steps } }), file);
const create = { action: "createGroup", actor: "alice", members: ["bob"] };

function fault(steps: unknown): string {
  try {
    parse(steps);
  } catch (error) {
    expect(error).toBeInstanceOf(ScenarioError);
    return (error as ScenarioError).message;
  }
  throw new Error("no fault was found");
}

describe("scenario files", () => {
  it("give scenarios that are named after file and script, with all defaults", () => {
    expect(parse([{ action: "createGroup", actor: "alice" }])).toEqual([
      { name: "tests/it", steps: [{ action: "createGroup", actor: "alice", members: [] }] },
    ]);
  });

  it("may name a mode, of the two that there are, and nothing else", () => {
    const text = (rest: object) => JSON.stringify({ scripts: { it: [create] }, ...rest });
    expect(parseScenarios(text({ mode: "random" }), file)).toHaveLength(1);
    expect(() => parseScenarios(text({ mode: "sometimes" }), file)).toThrow('"mode" must be one of');
    expect(() => parseScenarios(text({ script: {} }), file)).toThrow('it holds "script"');
    expect(() => parseScenarios(text({ Scripts: {} }), file)).toThrow("each once");
  });

  it("spell parameters in two ways, with the same meaning", () => {
    const extension = { extension_type: 3, extension_data: "AAAA" };
    const other = { extensionType: 3, extensionData: "AAAA" };
    const one = parse([
      create,
      { action: "installExternalPSK", clients: ["alice"] },
      { action: "externalPSKProposal", actor: "alice", pskID: 1 },
      { action: "resumptionPSKProposal", actor: "alice", epochID: 1 },
      { action: "fullCommit", actor: "alice", byReference: [2, 3], force_path: true, external_tree: true },
      { action: "branch", actor: "alice", members: ["bob"], forcePath: true, extensions: [extension] },
      {
        action: "reinit",
        proposer: "alice",
        committer: "bob",
        welcomer: "bob",
        changeCiphersuite: true,
        changeGroupID: true,
      },
    ]);
    const two = parse([
      create,
      { action: "installExternalPSK", clients: ["alice"] },
      { action: "externalPSKProposal", actor: "alice", psk_id: 1 },
      { action: "resumptionPSKProposal", actor: "alice", epoch_id: 1 },
      { action: "fullCommit", actor: "alice", by_reference: [2, 3], forcePath: true, externalTree: true },
      { action: "branch", actor: "alice", members: ["bob"], force_path: true, extensions: [other] },
      {
        action: "reinit",
        proposer: "alice",
        committer: "bob",
        welcomer: "bob",
        change_cipher_suite: true,
        changeGroupId: true,
      },
    ]);
    expect(one).toEqual(two);
    expect(one[0]?.steps[4]).toMatchObject({ forcePath: true, externalTree: true });
    expect(one[0]?.steps[5]).toMatchObject({ extensions: [{ extensionType: 3, extensionData: new Uint8Array(3) }] });
    expect(one[0]?.steps[6]).toMatchObject({ changeCipherSuite: true, changeGroupId: true });
  });

  it("say who acts also in actions that have no actor", () => {
    const step = { action: "installExternalPSK", actor: "alice", clients: ["alice"] };
    expect(parse([create, step])[0]?.steps[1]).toEqual({ action: "installExternalPSK", clients: ["alice"] });
  });

  it.each([
    [
      "unknown parameters",
      [create, { action: "updateProposal", actor: "bob", force: 1 }],
      'some/folder/tests.json, script "it", step 1 (updateProposal): parameter "force" is unknown; accepted are: action, actor',
    ],
    [
      "a parameter that belongs to another action",
      [{ ...create, externalTree: true }],
      'parameter "externalTree" is unknown',
    ],
    [
      "unknown parameters of proposals",
      [
        create,
        { action: "commit", actor: "bob", byValue: [{ proposalType: "remove", removed: "bob", keyPackage: 1 }] },
      ],
      'parameter "byValue[0].keyPackage" is unknown; accepted are: proposalType, removed',
    ],
    [
      "a parameter in both spellings",
      [create, { action: "commit", actor: "bob", force_path: true, forcePath: true }],
      'parameter "forcePath" is given twice, as "force_path" before',
    ],
    [
      "unknown actions",
      [{ action: "createGroups", actor: "alice" }],
      'unknown action "createGroups"; known are: createGroup,',
    ],
    ["actions that every object has", [{ action: "toString", actor: "alice" }], 'unknown action "toString"'],
    ["a step without an action", [{ actor: "alice" }], 'a step must say its "action"'],
    ["a step that is no object", ["createGroup"], "a step must be an object"],
    ["a script that is no list", create, "a script must be a list of steps"],
    ["an empty script", [], "a script must have a step"],
    ["missing parameters", [create, { action: "addProposal", actor: "bob" }], 'parameter "keyPackage" is missing'],
    ["a missing actor", [create, { action: "updateProposal" }], 'parameter "actor" is missing'],
    [
      "a missing type of proposal",
      [create, { action: "commit", actor: "bob", byValue: [{ removed: "bob" }] }],
      'parameter "byValue[0].proposalType" is missing',
    ],
    [
      "an unknown type of proposal",
      [create, { action: "commit", actor: "bob", byValue: [{ proposalType: "psk" }] }],
      "must be one of: add, remove",
    ],
    [
      "a number that is text",
      [create, { action: "unprotect", actor: "bob", ciphertext: "1" }],
      'parameter "ciphertext" must be the number of a step',
    ],
    [
      "a negative number",
      [create, { action: "resumptionPSKProposal", actor: "bob", epochID: -1 }],
      'parameter "epochId" must be the number of an epoch',
    ],
    [
      "a flag that is a number",
      [create, { action: "groupInfo", actor: "bob", externalTree: 1 }],
      'parameter "externalTree" must be true or false',
    ],
    [
      "an actor without a name",
      [{ action: "createGroup", actor: "" }],
      'parameter "actor" must be the name of an actor',
    ],
    ["a list that is none", [{ ...create, members: "bob" }], 'parameter "members" must be a list'],
    ["a member named twice", [{ ...create, members: ["bob", "bob"] }], 'parameter "members" names "bob" twice'],
    [
      "a proposal that is no object",
      [create, { action: "commit", actor: "bob", byValue: ["add"] }],
      'parameter "byValue[0]" must be an object',
    ],
    [
      "data that is no base64",
      [create, { action: "branch", actor: "alice", extensions: [{ extensionType: 3, extensionData: "A" }] }],
      'parameter "extensions[0].extensionData" must be octets in base64',
    ],
    [
      "an extension type that is too large",
      [create, { action: "branch", actor: "alice", extensions: [{ extensionType: 65536 }] }],
      'parameter "extensions[0].extensionType" must be a number below 65536',
    ],
    [
      "pointers to steps that do not exist",
      [create, { action: "commit", actor: "bob", byReference: [7] }],
      'parameter "byReference[0]" points at step 7, but the last one is 1',
    ],
    [
      "pointers to steps that lie ahead",
      [create, { action: "commit", actor: "bob", byReference: [2] }, { action: "updateProposal", actor: "bob" }],
      'parameter "byReference[0]" points at step 2, which has not been played yet',
    ],
    [
      "pointers to the step itself",
      [create, { action: "unprotect", actor: "bob", ciphertext: 1 }],
      "which has not been played yet",
    ],
    [
      "pointers to steps that make something else",
      [create, { action: "unprotect", actor: "bob", ciphertext: 0 }],
      'parameter "ciphertext" points at step 0, but createGroup makes no ciphertext',
    ],
    [
      "pointers of proposals by value",
      [create, { action: "commit", actor: "bob", byValue: [{ proposalType: "add", keyPackage: 0 }] }],
      'parameter "byValue[0].keyPackage" points at step 0, but createGroup makes no key package',
    ],
    [
      "a re-init that points at another proposal",
      [
        create,
        { action: "updateProposal", actor: "bob" },
        { action: "reinit", externalReinitProposal: 1, committer: "bob", welcomer: "bob" },
      ],
      "updateProposal makes no re-init",
    ],
    [
      "a re-init that nobody proposes",
      [create, { action: "reinit", committer: "bob", welcomer: "bob" }],
      'it needs either a "proposer"',
    ],
    [
      "members who are in no group",
      [create, { action: "fullCommit", actor: "alice", members: ["carol"] }],
      '"carol" is in no group yet',
    ],
    [
      "joiners without a key package",
      [create, { action: "fullCommit", actor: "alice", joiners: ["carol"] }],
      '"carol" has made no key package',
    ],
    [
      "a pending commit that was never sent",
      [create, { action: "handlePendingCommit", actor: "bob" }],
      '"bob" has no commit pending',
    ],
    [
      "an external sender that was never let in",
      [
        create,
        {
          action: "externalSignerProposal",
          actor: "ds",
          member: "bob",
          description: { proposalType: "remove", removed: "bob" },
        },
      ],
      '"ds" is no external signer yet',
    ],
  ])("are refused for %s", (_, steps, message) => {
    expect(fault(steps)).toContain(message);
  });

  it.each([
    ["changeCipherSuite", true],
    ["changeGroupId", true],
    ["extensions", [{ extensionType: 3 }]],
  ])("are refused for a re-init from outside with a word of its own on %s", (wish, value) => {
    const reinit = { action: "reinit", externalReinitProposal: 2, committer: "bob", welcomer: "bob" };
    const steps = [
      create,
      { action: "addExternalSigner", actor: "alice", signer: "ds" },
      { action: "externalSignerProposal", actor: "ds", member: "bob", description: { proposalType: "reinit" } },
    ];
    expect(parse([...steps, { ...reinit, forcePath: true }])).toHaveLength(1);
    expect(fault([...steps, { ...reinit, [wish]: value }])).toContain(`"${wish}" is for the proposal of step 2 to say`);
  });

  it("are refused as a whole, when one script of several has a fault", () => {
    const scripts = { good: [create], bad: [{ action: "createGroup" }] };
    expect(() => parseScenarios(JSON.stringify({ scripts }), file)).toThrow('script "bad", step 0 (createGroup)');
  });

  it("are refused when they are no JSON, or no object of lists", () => {
    expect(() => parseScenarios("{", file)).toThrow(`${file}: it is not JSON`);
    expect(() => parseScenarios("[]", file)).toThrow('it must be an object with "scripts"');
    expect(() => parseScenarios("{}", file)).toThrow('"scripts" must be an object');
  });
});

it("a scenario from elsewhere is checked alike, without the name of a file", () => {
  expect(() => checkScenario({ name: "made", steps: [{ action: "updateProposal", actor: "alice" }] })).toThrow(
    /^script "made", step 0 \(updateProposal\): "alice" is in no group yet$/,
  );
});

const folder = process.env.COPATH_INTEROP_CONFIGS;

it.runIf(folder !== undefined)("the published scenario files are read, all of them", () => {
  const files = readdirSync(folder ?? "").filter((name) => name.endsWith(".json"));
  const scenarios = files.flatMap((name) => parseScenarios(readFileSync(`${folder}/${name}`, "utf8"), name));
  expect(files).toHaveLength(8);
  expect(scenarios).toHaveLength(40);
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(40);
  const deep = scenarios.find(({ name }) => name === "deep_random/random");
  expect(actorsOf(deep?.steps ?? [])).toHaveLength(841);
});
