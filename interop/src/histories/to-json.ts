/**
 * Scenarios as files in the working group's format, spelled as its own runner reads them: it ignores what it does not know,
 * and for paths and trees it knows one spelling in some steps and another one in others. Defaults are left out.
 */
import type { CommitStep, Description, Scenario, ScenarioExtension, Step } from "../runner/scenario.ts";

type Fields = Readonly<Record<string, unknown>>;

/** One file of scenarios, with one step a line. Scenarios of one file have different names. */
export function toJson(...scenarios: readonly Scenario[]): string {
  const scripts = scenarios.map(({ name, steps }) => {
    const lines = steps.map((step) => `      ${JSON.stringify(fieldsOf(step))}`);
    return `    ${JSON.stringify(name)}: [\n${lines.join(",\n")}\n    ]`;
  });
  return `{\n  "scripts": {\n${scripts.join(",\n")}\n  }\n}\n`;
}

function fieldsOf(step: Step): Fields {
  switch (step.action) {
    case "createGroup":
      return { action: step.action, actor: step.actor, ...list({ members: step.members }) };
    case "externalJoin": {
      const { action, actor, joiner, members, psks, removePrior, externalTree } = step;
      return { action, actor, joiner, ...list({ members, psks }), ...flags({ removePrior, externalTree }) };
    }
    case "groupInfo":
      return { action: step.action, actor: step.actor, ...flags({ externalTree: step.externalTree }) };
    case "externalPSKProposal":
      return { action: step.action, actor: step.actor, pskID: step.pskId };
    case "resumptionPSKProposal":
      return { action: step.action, actor: step.actor, epochID: Number(step.epochId) };
    case "groupContextExtensionsProposal":
      return { ...step, extensions: step.extensions.map(extension) };
    case "fullCommit":
      return { action: step.action, ...commit(step), ...list({ members: step.members, joiners: step.joiners }) };
    case "commit":
      return { action: step.action, ...commit(step) };
    case "handleCommit": {
      const { action, actor, byReference } = step;
      return { action, actor, commit: step.commit, ...list({ byReference }) };
    }
    case "reinit":
      return reinit(step);
    case "branch": {
      const { action, actor, members, extensions, forcePath, externalTree } = step;
      const said = { members, extensions: extensions.map(extension) };
      return { action, actor, ...list(said), ...flags({ force_path: forcePath, external_tree: externalTree }) };
    }
    case "externalSignerProposal":
      return { ...step, description: describe(step.description) };
    default:
      return { ...step };
  }
}

function commit({ actor, byReference, byValue, forcePath, externalTree }: CommitStep): Fields {
  const proposals = list({ byReference, byValue: byValue.map(describe) });
  return { actor, ...proposals, ...flags({ force_path: forcePath, external_tree: externalTree }) };
}

function reinit(step: Extract<Step, { readonly action: "reinit" }>): Fields {
  const { action, proposer, externalReinitProposal, committer, welcomer, members } = step;
  const { changeCipherSuite, changeGroupId: changeGroupID, forcePath, externalTree } = step;
  return {
    action,
    ...(proposer === undefined ? { externalReinitProposal } : { proposer }),
    committer,
    welcomer,
    ...list({ members, extensions: step.extensions.map(extension) }),
    ...flags({ changeCipherSuite, changeGroupID, forcePath, externalTree }),
  };
}

function describe(description: Description): Fields {
  const { proposalType } = description;
  switch (proposalType) {
    case "externalPSK":
      return { proposalType, pskID: description.pskId };
    case "resumptionPSK":
      return { proposalType, epochID: Number(description.epochId) };
    case "groupContextExtensions":
      return { proposalType, extensions: description.extensions.map(extension) };
    case "reinit": {
      const { changeCipherSuite, changeGroupId: changeGroupID, extensions } = description;
      const said = list({ extensions: extensions.map(extension) });
      return { proposalType, ...flags({ changeCipherSuite, changeGroupID }), ...said };
    }
    default:
      return { ...description };
  }
}

function extension({ extensionType, extensionData }: ScenarioExtension): Fields {
  return { extension_type: extensionType, extension_data: Buffer.from(extensionData).toString("base64") };
}

function flags(given: Readonly<Record<string, boolean>>): Fields {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value));
}

function list(given: Readonly<Record<string, readonly unknown[]>>): Fields {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value.length > 0));
}
