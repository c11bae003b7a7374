/** Reads a file of scenarios: JSON with `scripts`, each a list of steps. Nothing is played of a file that has a fault. */
import { checkScenario } from "./check-scenario.ts";
import * as parameter from "./parameters.ts";
import { type Parameter, plain, readStep, type Shape } from "./parameters.ts";
import type { Action, Description, Scenario, Step } from "./scenario.ts";
import { type Place, ScenarioError } from "./scenario-error.ts";

/** The scenarios of a file, each named as `file/script`: scripts of different files share names. */
export function parseScenarios(text: string, file: string): readonly Scenario[] {
  const stem = file.replace(/^.*[/\\]/, "").replace(/\.json$/, "");
  return Object.entries(scriptsOf(json(text, file), file)).map(([script, steps]) => {
    const place = { file, script };
    if (!Array.isArray(steps)) throw new ScenarioError(place, "a script must be a list of steps");
    const scenario = {
      name: `${stem}/${script}`,
      steps: steps.map((step: unknown, i) => parseStep(step, { ...place, step: i })),
    };
    checkScenario(scenario, place);
    return scenario;
  });
}

function json(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new ScenarioError({ file }, `it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The file may say how its authors assign clients to actors. Here the caller decides, so that this is only read. */
const MODES: readonly unknown[] = ["allCombinations", "random"];

function scriptsOf(document: unknown, file: string): Readonly<Record<string, unknown>> {
  if (!parameter.isObject(document)) throw new ScenarioError({ file }, 'it must be an object with "scripts"');
  let scripts: unknown;
  for (const [key, value] of Object.entries(document)) {
    if (plain(key) === "scripts" && scripts === undefined) scripts = value;
    else if (plain(key) !== "mode") {
      throw new ScenarioError({ file }, `it holds "${key}"; known are "scripts" and "mode", each once`);
    } else if (!MODES.includes(value)) {
      throw new ScenarioError({ file }, `"mode" must be one of: ${MODES.join(", ")}`);
    }
  }
  if (!parameter.isObject(scripts)) {
    throw new ScenarioError({ file }, '"scripts" must be an object, with a list of steps under the name of each');
  }
  return scripts;
}

const { name, names, flag, pointer, perhapsName, perhapsPointer, list, extensions, epoch, text } = parameter;

type Descriptions = { readonly [D in Description as D["proposalType"]]: Shape<Omit<D, "proposalType">> };

const DESCRIPTIONS: Descriptions = {
  add: { keyPackage: pointer },
  remove: { removed: name },
  externalPSK: { pskId: pointer },
  resumptionPSK: { epochId: epoch },
  groupContextExtensions: { extensions },
  reinit: { changeGroupId: flag, changeCipherSuite: flag, extensions },
};

const description: Parameter<Description> = parameter.object<Description>((value, at) => {
  const choices = Object.keys(DESCRIPTIONS) as (keyof Descriptions)[];
  const type = parameter.chosen(value, { name: "proposalType", choices }, at);
  return { proposalType: text, ...DESCRIPTIONS[type] } as unknown as Shape<Description>;
});

const commit = {
  actor: name,
  byReference: list(pointer),
  byValue: list(description),
  forcePath: flag,
  externalTree: flag,
};

type Actions = { readonly [A in Action]: Shape<Omit<Extract<Step, { readonly action: A }>, "action">> };

const ACTIONS: Actions = {
  createGroup: { actor: name, members: names },
  createKeyPackage: { actor: name },
  joinGroup: { actor: name, welcome: pointer },
  externalJoin: {
    actor: name,
    joiner: name,
    members: names,
    externalTree: flag,
    removePrior: flag,
    psks: list(pointer),
  },
  installExternalPSK: { clients: { read: names.read } },
  groupInfo: { actor: name, externalTree: flag },
  addProposal: { actor: name, keyPackage: pointer },
  updateProposal: { actor: name },
  removeProposal: { actor: name, removed: name },
  externalPSKProposal: { actor: name, pskId: pointer },
  resumptionPSKProposal: { actor: name, epochId: epoch },
  groupContextExtensionsProposal: { actor: name, extensions },
  fullCommit: { ...commit, members: names, joiners: names },
  commit,
  handleCommit: { actor: name, commit: pointer, byReference: list(pointer) },
  handlePendingCommit: { actor: name },
  protect: { actor: name, authenticatedData: parameter.optional(text, ""), plaintext: text },
  unprotect: { actor: name, ciphertext: pointer },
  reinit: {
    proposer: perhapsName,
    externalReinitProposal: perhapsPointer,
    committer: name,
    welcomer: name,
    members: names,
    changeCipherSuite: flag,
    changeGroupId: flag,
    extensions,
    forcePath: flag,
    externalTree: flag,
  },
  branch: { actor: name, members: names, extensions, forcePath: flag, externalTree: flag },
  newMemberAddProposal: { actor: name, joiner: name },
  addExternalSigner: { actor: name, signer: name },
  externalSignerProposal: { actor: name, member: name, description },
};

function parseStep(step: unknown, place: Place): Step {
  if (!parameter.isObject(step)) throw new ScenarioError(place, "a step must be an object");
  const [, action] = Object.entries(step).find(([spelling]) => plain(spelling) === "action") ?? [];
  if (typeof action !== "string") throw new ScenarioError(place, 'a step must say its "action"');
  if (!Object.hasOwn(ACTIONS, action)) {
    throw new ScenarioError(place, `unknown action "${action}"; known are: ${Object.keys(ACTIONS).join(", ")}`);
  }
  const shape = ACTIONS[action as Action] as Shape<object>;
  return { action, ...readStep<object>(shape, step, { ...place, action }) } as Step;
}
