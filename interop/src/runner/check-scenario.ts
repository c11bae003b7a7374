/**
 * What must be true of a scenario before it is played, wherever it comes from: pointers lead back to steps that made what is
 * asked for, and everybody is in a position to do what they do. What only MLS can decide is left to the clients.
 */

import type { Action, Description, Scenario, Step } from "./scenario.ts";
import { type Place, ScenarioError } from "./scenario-error.ts";

type Product = "proposal" | "commit" | "welcome" | "key package" | "PSK" | "ciphertext" | "re-init";

const PRODUCTS: Readonly<Partial<Record<Action, readonly Product[]>>> = {
  createKeyPackage: ["key package"],
  externalJoin: ["commit"],
  installExternalPSK: ["PSK"],
  addProposal: ["proposal"],
  updateProposal: ["proposal"],
  removeProposal: ["proposal"],
  externalPSKProposal: ["proposal"],
  resumptionPSKProposal: ["proposal"],
  groupContextExtensionsProposal: ["proposal"],
  newMemberAddProposal: ["proposal"],
  addExternalSigner: ["proposal"],
  externalSignerProposal: ["proposal"],
  fullCommit: ["commit", "welcome"],
  commit: ["commit", "welcome"],
  protect: ["ciphertext"],
};

export function checkScenario({ name, steps }: Scenario, place: Place = { script: name }): void {
  if (steps.length === 0) throw new ScenarioError(place, "a script must have a step");
  const standing = new Standing();
  for (const [i, step] of steps.entries()) {
    const here = { ...place, step: i, action: step.action };
    for (const pointer of pointersOf(step)) checkPointer(pointer, { steps, before: i }, here);
    const fault = standing.faultOf(step);
    if (fault !== undefined) throw new ScenarioError(here, fault);
    standing.after(step);
  }
}

interface Pointer {
  readonly parameter: string;
  readonly to: number;
  readonly product: Product;
}

function checkPointer(
  { parameter, to, product }: Pointer,
  { steps, before }: { readonly steps: readonly Step[]; readonly before: number },
  place: Place,
): void {
  const fault = (why: string) => new ScenarioError(place, `parameter "${parameter}" points at step ${to}, ${why}`);
  const step = steps[to];
  if (step === undefined) throw fault(`but the last one is ${steps.length - 1}`);
  if (to >= before) throw fault("which has not been played yet");
  if (!productsOf(step).includes(product)) throw fault(`but ${step.action} makes no ${product}`);
}

function productsOf(step: Step): readonly Product[] {
  if (step.action === "externalSignerProposal" && step.description.proposalType === "reinit")
    return ["proposal", "re-init"];
  return PRODUCTS[step.action] ?? [];
}

function pointersOf(step: Step): readonly Pointer[] {
  const at = (parameter: string, to: number | undefined, product: Product): readonly Pointer[] =>
    to === undefined ? [] : [{ parameter, to, product }];
  const each = (parameter: string, all: readonly number[], product: Product) =>
    all.flatMap((to, i) => at(`${parameter}[${i}]`, to, product));
  switch (step.action) {
    case "joinGroup":
      return at("welcome", step.welcome, "welcome");
    case "externalJoin":
      return each("psks", step.psks, "PSK");
    case "addProposal":
      return at("keyPackage", step.keyPackage, "key package");
    case "externalPSKProposal":
      return at("pskId", step.pskId, "PSK");
    case "commit":
    case "fullCommit":
      return [
        ...each("byReference", step.byReference, "proposal"),
        ...step.byValue.flatMap((description, i) => describedPointers(description, `byValue[${i}]`)),
      ];
    case "handleCommit":
      return [...at("commit", step.commit, "commit"), ...each("byReference", step.byReference, "proposal")];
    case "unprotect":
      return at("ciphertext", step.ciphertext, "ciphertext");
    case "reinit":
      return at("externalReinitProposal", step.externalReinitProposal, "re-init");
    case "externalSignerProposal":
      return describedPointers(step.description, "description");
    default:
      return [];
  }
}

function describedPointers(description: Description, parameter: string): readonly Pointer[] {
  switch (description.proposalType) {
    case "add":
      return [{ parameter: `${parameter}.keyPackage`, to: description.keyPackage, product: "key package" }];
    case "externalPSK":
      return [{ parameter: `${parameter}.pskId`, to: description.pskId, product: "PSK" }];
    default:
      return [];
  }
}

/** Who has been in a group, has made a key package, is an external sender, or has sent a commit, so far. */
class Standing {
  readonly #members = new Set<string>();
  readonly #invited = new Set<string>();
  readonly #signers = new Set<string>();
  readonly #committers = new Set<string>();

  faultOf(step: Step): string | undefined {
    const stranger = membersOf(step).find((actor) => !this.#members.has(actor));
    if (stranger !== undefined) return `"${stranger}" is in no group yet`;
    const uninvited = joinersOf(step).find((actor) => !this.#invited.has(actor));
    if (uninvited !== undefined) return `"${uninvited}" has made no key package to join with`;
    switch (step.action) {
      case "externalSignerProposal":
        return this.#signers.has(step.actor) ? undefined : `"${step.actor}" is no external signer yet`;
      case "handlePendingCommit":
        return this.#committers.has(step.actor) ? undefined : `"${step.actor}" has no commit pending`;
      case "reinit":
        return reinitFault(step);
      default:
        return undefined;
    }
  }

  after(step: Step): void {
    for (const actor of joinersOf(step)) this.#members.add(actor);
    switch (step.action) {
      case "createGroup":
        for (const actor of [step.actor, ...step.members]) this.#members.add(actor);
        break;
      case "externalJoin":
        this.#members.add(step.joiner);
        break;
      case "createKeyPackage":
        this.#invited.add(step.actor);
        break;
      case "newMemberAddProposal":
        this.#invited.add(step.joiner);
        break;
      case "addExternalSigner":
        this.#signers.add(step.signer);
        break;
      case "commit":
        this.#committers.add(step.actor);
        break;
      case "fullCommit":
      case "handlePendingCommit":
        this.#committers.delete(step.actor);
        break;
    }
  }
}

/** What follows a re-init is said by who proposes it, and by nobody else. */
function reinitFault(step: Extract<Step, { readonly action: "reinit" }>): string | undefined {
  const { proposer, externalReinitProposal: external, changeCipherSuite, changeGroupId, extensions } = step;
  if ((proposer === undefined) === (external === undefined)) {
    return 'it needs either a "proposer" or an "externalReinitProposal"';
  }
  const wishes = { changeCipherSuite, changeGroupId, extensions: extensions.length > 0 };
  const [wish] = Object.entries(wishes).find(([, wished]) => wished) ?? [];
  if (external === undefined || wish === undefined) return undefined;
  return `"${wish}" is for the proposal of step ${external} to say`;
}

/** Those who join by a Welcome. */
function joinersOf(step: Step): readonly string[] {
  if (step.action === "joinGroup") return [step.actor];
  return step.action === "fullCommit" ? step.joiners : [];
}

/** Those who must be members to do what the step says. */
function membersOf(step: Step): readonly string[] {
  switch (step.action) {
    case "createGroup":
    case "createKeyPackage":
    case "joinGroup":
    case "installExternalPSK":
      return [];
    case "externalJoin":
    case "fullCommit":
    case "branch":
      return [step.actor, ...step.members];
    case "reinit":
      return [...(step.proposer === undefined ? [] : [step.proposer]), step.committer, step.welcomer, ...step.members];
    case "externalSignerProposal":
      return [step.member];
    default:
      return [step.actor];
  }
}

/** Everybody who appears in a scenario, in the order in which they do. */
export function actorsOf(steps: readonly Step[]): readonly string[] {
  const named = steps.flatMap((step) => {
    switch (step.action) {
      case "createGroup":
        return [step.actor, ...step.members];
      case "installExternalPSK":
        return step.clients;
      case "externalJoin":
      case "newMemberAddProposal":
        return [step.actor, step.joiner];
      case "addExternalSigner":
        return [step.actor, step.signer];
      case "externalSignerProposal":
        return [step.actor, step.member];
      case "createKeyPackage":
        return [step.actor];
      default:
        return [...membersOf(step), ...joinersOf(step)];
    }
  });
  return [...new Set(named)];
}
