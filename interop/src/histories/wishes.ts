/** What members wish for in an epoch, before anybody decides who proposes it, and who commits it. */
import type { ScenarioExtension } from "../runner/scenario.ts";
import type { History, Membership, Proposal } from "./group.ts";

const REQUIRED_CAPABILITIES = 3;
const EXTERNAL_SENDERS = 5;

/** Group contexts that every client accepts: no requirements, the basic credential as one, and nobody as external sender. */
const CONTEXTS: readonly (readonly ScenarioExtension[])[] = [
  [],
  [{ extensionType: REQUIRED_CAPABILITIES, extensionData: Uint8Array.of(0, 0, 0) }],
  [{ extensionType: REQUIRED_CAPABILITIES, extensionData: Uint8Array.of(0, 0, 2, 0, 1) }],
  [
    { extensionType: REQUIRED_CAPABILITIES, extensionData: Uint8Array.of(0, 0, 0) },
    { extensionType: EXTERNAL_SENDERS, extensionData: Uint8Array.of(0) },
  ],
];

export function wishes(history: History): Proposal[] {
  const { choice, rates } = history;
  const all: Proposal[] = [];
  const add = (rate: number, make: (history: History) => Proposal[]) => {
    if (choice.chance(rate)) all.push(...make(history));
  };
  add(rates.adds, joiners);
  add(rates.removes, leavers);
  add(rates.updates, updaters);
  // After the joiners: those who are new get the PSK, too.
  add(rates.externalPsks, externalPsks);
  add(rates.resumptionPsks, resumptionPsks);
  add(rates.groupContextExtensions, (of) => [groupContext(of)]);
  return all;
}

export function groupContext(history: History): Proposal {
  return { type: "groupContextExtensions", extensions: context(history), signer: undefined };
}

export function context(history: History): readonly ScenarioExtension[] {
  return history.choice.one(CONTEXTS) ?? [];
}

/** Makes a key package of this client: its open transaction from now on. */
export function keyPackage(history: History, name: string): number {
  const step = history.write({ action: "createKeyPackage", actor: name });
  history.transactions.set(name, { step, own: false, psks: new Set() });
  return step;
}

function joiners(history: History): Proposal[] {
  const { choice, size, target } = history;
  const count = history.members().length;
  const missing = Math.min(target - count, Math.ceil(size / 3));
  const adds = new Map<string, Proposal>();
  for (let wanted = missing > 0 ? 1 + choice.below(missing) : choice.below(2); wanted > 0; wanted--) {
    const name = newcomer(history);
    if (name === undefined || adds.has(name)) continue;
    const open = history.transactions.get(name);
    const reused = open !== undefined && !open.own && choice.chance(0.5);
    adds.set(name, { type: "add", name, keyPackage: reused ? open.step : keyPackage(history, name) });
  }
  return [...adds.values()];
}

function leavers(history: History): Proposal[] {
  const { choice, target } = history;
  const members = history.members();
  const surplus = members.length - target;
  const wanted = surplus > 0 ? 1 + choice.below(surplus) : choice.below(2);
  const whole = choice.chance(0.15) ? half(history) : [];
  const leaving = whole.length > 0 ? whole : choice.shuffled(members).slice(0, wanted);
  return leaving.map((of) => ({ type: "remove", of }));
}

/** All members on one side of the root: without them it has no more than one child. */
function half({ leaves, choice }: History): Membership[] {
  const width = 2 ** Math.ceil(Math.log2(Math.max(leaves.length, 1)));
  const right = choice.chance(0.5);
  return leaves
    .filter((leaf, at) => leaf !== undefined && at >= width / 2 === right)
    .filter((leaf) => leaf !== undefined);
}

function updaters(history: History): Proposal[] {
  const free = history.choice.shuffled(history.free());
  const some = free.slice(0, 1 + history.choice.below(Math.ceil(free.length / 3)));
  return some.map((of) => ({ type: "update", of }));
}

function externalPsks(history: History): Proposal[] {
  const { choice, psks } = history;
  const known = psks.filter((psk) => history.members().every((member) => member.psks.has(psk)));
  const old = choice.one(known);
  const chosen = old === undefined || choice.chance(0.6) ? installed(history) : old;
  const second = choice.one(known.filter((psk) => psk !== chosen));
  const both = second !== undefined && choice.chance(0.3) ? [chosen, second] : [chosen];
  return both.map((psk) => ({ type: "externalPSK", psk }));
}

/** A new PSK at all members, and in the transactions of those who never had a state. */
export function installed(history: History): number {
  const members = history.members();
  const fresh = [...history.transactions].filter(([name]) => !history.stays.has(name));
  const clients = [...members.map(({ name }) => name), ...fresh.map(([name]) => name)];
  const step = history.write({ action: "installExternalPSK", clients: history.choice.shuffled(clients) });
  for (const member of members) member.psks.add(step);
  for (const [, transaction] of fresh) transaction.psks.add(step);
  history.psks.push(step);
  return step;
}

function resumptionPsks(history: History): Proposal[] {
  const { choice, epoch } = history;
  const last = [epoch, epoch - 1, epoch - 2].filter((each) => each >= 0);
  const known = last.filter((each) => history.members().every((member) => member.joined <= each));
  const chosen = choice.shuffled(choice.chance(0.8) ? known : last).slice(0, 1 + choice.below(2));
  return chosen.map((each) => ({ type: "resumptionPSK", epoch: each }));
}

/** Somebody outside, known to the group or not. */
export function newcomer(history: History): string | undefined {
  const { choice, rates, stays } = history;
  const outsiders = history.outsiders();
  const wanted = choice.chance(rates.returning);
  const preferred = outsiders.filter((name) => stays.has(name) === wanted);
  return choice.one(preferred.length > 0 ? preferred : outsiders);
}
