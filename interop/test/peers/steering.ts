/**
 * Who of ts-mls and copath plays whom in a scenario: each stay of an actor is cast by itself. What ts-mls is known to get wrong
 * (known-faults.test.ts shows each) is steered around, and nothing else.
 */
import type { Scenario, ScenarioExtension, Step } from "../../src/runner/scenario.ts";
import { seeded } from "../../src/runner/seeded.ts";
import { check } from "../histories/naive-check.ts";
import type { CommitRecord } from "../histories/naive-group.ts";

export type Side = "ts-mls" | "copath";

export interface Casting {
  readonly scenario: Scenario;
  /** For each identity the sides of its key packages, groups and external joins, in their order. */
  readonly entries: ReadonlyMap<string, readonly Side[]>;
  /** How many stays are played by each. */
  readonly count: Readonly<Record<Side, number>>;
}

interface Entry {
  side: Side;
}

export function steered(scenario: Scenario, seed: string | number, share = 2): Casting {
  const without = { ...scenario, steps: scenario.steps.map(readable) };
  // The same dice in every round: an entry that had to become copath stays so, and the others are as before.
  const forced = new Set<number>();
  for (;;) {
    const before = forced.size;
    const choose = seeded(seed);
    const walk = new Walk((index) => {
      const side = choose(share) === 0 ? "copath" : "ts-mls";
      return forced.has(index) ? "copath" : side;
    });
    const steps = without.steps.map((step, at) => walk.adapted(step, at));
    const adapted = { ...without, steps };
    for (const index of new Faults(walk, check(adapted)).copaths()) forced.add(index);
    if (forced.size === before) return walk.casting(adapted);
  }
}

const EXTERNAL_SENDERS = 5;
const NO_REQUIREMENTS: ScenarioExtension = { extensionType: 3, extensionData: Uint8Array.of(0, 0, 0) };

/** No external senders, which ts-mls can't read, and no group context that loses all extensions, which ts-mls keeps. */
function readable(step: Step): Step {
  const left = (extensions: readonly ScenarioExtension[]) =>
    extensions.filter(({ extensionType }) => extensionType !== EXTERNAL_SENDERS);
  const some = (extensions: readonly ScenarioExtension[]) => {
    const [first = NO_REQUIREMENTS, ...others] = left(extensions);
    return [first, ...others];
  };
  if (step.action === "groupContextExtensionsProposal") return { ...step, extensions: some(step.extensions) };
  if ("extensions" in step) return { ...step, extensions: left(step.extensions) };
  if (!("byValue" in step)) return step;
  const byValue = step.byValue.map((each) =>
    each.proposalType === "groupContextExtensions" ? { ...each, extensions: some(each.extensions) } : each,
  );
  return { ...step, byValue };
}

/** Goes through a scenario as a runner does, and knows who plays whom at every step. */
class Walk {
  readonly entries: Entry[] = [];
  readonly joins: { readonly step: number; readonly entry: number }[] = [];
  readonly commits: { readonly step: number; readonly entry: number }[] = [];
  readonly starts: number[] = [];
  readonly #side: (index: number) => Side;
  readonly #ofActor = new Map<string, number[]>();
  readonly #staying = new Map<string, number>();
  readonly #waiting = new Map<string, number>();
  readonly #kinds = new Map<number, string>();

  constructor(side: (index: number) => Side) {
    this.#side = side;
  }

  adapted(step: Step, at: number): Step {
    switch (step.action) {
      case "createGroup":
        this.starts.push(at);
        for (const name of [step.actor, ...step.members]) this.#staying.set(name, this.#enter(name));
        return step;
      case "createKeyPackage":
        this.#waiting.set(step.actor, this.#enter(step.actor));
        return step;
      case "newMemberAddProposal":
        this.#waiting.set(step.joiner, this.#enter(step.joiner));
        this.#kinds.set(at, "add");
        return step;
      case "joinGroup":
        this.#join(step.actor, step.welcome);
        return step;
      case "externalJoin": {
        const entry = this.#enter(step.joiner);
        this.#staying.set(step.joiner, entry);
        this.joins.push({ step: at, entry });
        return this.#isTsMls(step.joiner) ? { ...step, psks: [] } : step;
      }
      case "addProposal":
      case "externalPSKProposal":
      case "resumptionPSKProposal":
        this.#kinds.set(at, "pathless");
        return step;
      case "commit":
      case "fullCommit": {
        this.commits.push({ step: at, entry: this.#stay(step.actor) });
        const adapted = {
          ...step,
          forcePath: step.forcePath && !(this.#isTsMls(step.actor) && this.#isPathless(step)),
        };
        if (step.action === "fullCommit") for (const joiner of step.joiners) this.#join(joiner, at);
        return adapted;
      }
      case "branch": {
        this.starts.push(at);
        for (const name of step.members) this.#again(name);
        return { ...step, forcePath: step.forcePath && !this.#isTsMls(step.actor) };
      }
      case "reinit":
        this.starts.push(at);
        return { ...step, forcePath: step.forcePath && !this.#isTsMls(step.welcomer) };
      default:
        return step;
    }
  }

  casting(scenario: Scenario): Casting {
    const sides = (indices: readonly number[]) => indices.map((index) => this.entries[index]?.side ?? "copath");
    const entries = new Map([...this.#ofActor].map(([name, indices]) => [name, sides(indices)]));
    const count = { "ts-mls": 0, copath: 0 };
    for (const { side } of this.entries) count[side] += 1;
    return { scenario, entries, count };
  }

  #enter(name: string): number {
    const index = this.entries.push({ side: this.#side(this.entries.length) }) - 1;
    this.#note(name, index);
    return index;
  }

  /** A key package of a member for a subgroup: of the side that has the member's state. */
  #again(name: string): void {
    this.#note(name, this.#stay(name));
  }

  #note(name: string, index: number): void {
    const indices = this.#ofActor.get(name) ?? [];
    this.#ofActor.set(name, indices);
    indices.push(index);
  }

  #join(name: string, step: number): void {
    const entry = this.#waiting.get(name);
    if (entry === undefined) throw new Error(`${name} has no key package`);
    this.#staying.set(name, entry);
    this.joins.push({ step, entry });
  }

  #stay(name: string): number {
    const entry = this.#staying.get(name);
    if (entry === undefined) throw new Error(`${name} is nowhere`);
    return entry;
  }

  #isTsMls(name: string): boolean {
    return this.entries[this.#stay(name)]?.side === "ts-mls";
  }

  #isPathless({ byReference, byValue }: Extract<Step, { action: "commit" | "fullCommit" }>): boolean {
    const types = ["add", "externalPSK", "resumptionPSK"];
    const count = byReference.length + byValue.length;
    return (
      count > 0 &&
      byReference.every((step) => this.#kinds.has(step)) &&
      byValue.every(({ proposalType }) => types.includes(proposalType))
    );
  }
}

/** Where ts-mls is known to fail. */
class Faults {
  readonly #walk: Walk;
  readonly #records: ReadonlyMap<number, CommitRecord>;

  constructor(walk: Walk, records: readonly CommitRecord[]) {
    this.#walk = walk;
    this.#records = new Map(records.map((record) => [record.step, record]));
    for (const { step, path, accepted } of records)
      if (accepted && path?.rootFiltered) throw new Error(`step ${step}: the root is not on the filtered direct path`);
  }

  /** The entries that copath has to play. */
  *copaths(): Generator<number> {
    for (const { step, entry } of this.#walk.commits) {
      const record = this.#records.get(step);
      if (record?.accepted && record.kinds.includes("groupContextExtensions")) yield entry;
    }
    for (const { step, entry } of this.#walk.joins) {
      const record = this.#records.get(step);
      if (record !== undefined && refusesTree(record.external ? this.#before(record) : record.nodes)) yield entry;
    }
  }

  /** The tree that a joiner from outside finds. */
  #before({ step }: CommitRecord): CommitRecord["nodes"] {
    const start = this.#walk.starts.findLast((each) => each < step) ?? -1;
    const earlier = [...this.#records.values()].filter(
      (each) => each.accepted && each.step < step && each.step > start,
    );
    return earlier.at(-1)?.nodes ?? [];
  }
}

/**
 * §12.4.3.1 wants an unmerged leaf listed by all parents between it and the one that lists it. ts-mls wants all that
 * are not blank, from the leaf to the root, to have equal lists.
 */
function refusesTree(nodes: CommitRecord["nodes"]): boolean {
  const lists = nodes.map((node, at) => (at % 2 === 1 && typeof node === "object" ? node : undefined));
  return lists.some((list) =>
    list?.some((name) => {
      const direct = directPath(2 * nodes.filter((_, at) => at % 2 === 0).indexOf(name), nodes.length);
      return direct.some((index) => lists[index] !== undefined && `${lists[index]}` !== `${list}`);
    }),
  );
}

/** App. C: the nodes above a leaf, up to the root, by their index in a whole tree. */
function directPath(leaf: number, count: number): number[] {
  const path: number[] = [];
  for (let [node, level] = [leaf, 0]; 2 ** (level + 1) <= count; level++) {
    node = (node | (1 << level)) & ~(1 << (level + 1));
    path.push(node);
  }
  return path;
}
