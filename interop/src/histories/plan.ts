/** Which of the wishes and proposals one commit takes: a list that §12.2 accepts from this committer. */
import type { History, Membership, OpenProposal, Proposal } from "./group.ts";
import { keyPackage } from "./wishes.ts";

export interface Plan {
  readonly committer: Membership;
  readonly byReference: readonly OpenProposal[];
  readonly byValue: readonly Proposal[];
}

const isPsk = ({ type }: Proposal) => type === "externalPSK" || type === "resumptionPSK";

export function planned(history: History, committer: Membership, wishes: readonly Proposal[]): Plan {
  const { choice, open, rates } = history;
  const list = new List(history, committer);
  const byReference: OpenProposal[] = [];
  const byValue: Proposal[] = [];
  const sent = choice.shuffled(open).filter(() => choice.chance(0.9));
  const wished = wishes.filter(() => choice.chance(0.9));
  // Who knows a PSK depends on who leaves and joins, so these come last.
  for (const psks of [false, true]) {
    for (const each of sent) if (isPsk(each.proposal) === psks && list.take(each.proposal)) byReference.push(each);
    if (!psks && choice.chance(rates.replacements)) byValue.push(...replacement(history, list));
    for (const wish of wished) if (isPsk(wish) === psks && list.take(wish)) byValue.push(wish);
  }
  return { committer, byReference, byValue };
}

export function proposalsOf({ byReference, byValue }: Plan): Proposal[] {
  return [...byReference.map(({ proposal }) => proposal), ...byValue];
}

/** The same client leaves one leaf and gets one by a new key package. */
function replacement(history: History, list: List): Proposal[] {
  const of = history.choice.one(history.present());
  if (of === undefined || !list.take({ type: "remove", of })) return [];
  const add: Proposal = { type: "add", name: of.name, keyPackage: keyPackage(history, of.name) };
  list.take(add);
  return [{ type: "remove", of }, add];
}

class List {
  readonly #history: History;
  readonly #committer: Membership;
  readonly #changed = new Set<Membership>();
  readonly #removed = new Set<string>();
  readonly #added = new Set<string>();
  readonly #psks = new Set<string>();
  #context = false;

  constructor(history: History, committer: Membership) {
    this.#history = history;
    this.#committer = committer;
  }

  /** Takes a proposal if it goes together with those taken so far. */
  take(proposal: Proposal): boolean {
    switch (proposal.type) {
      case "add":
        return this.#takeAdd(proposal.name, proposal.keyPackage);
      case "update":
      case "remove":
        return this.#takeChange(proposal.of, proposal.type);
      case "externalPSK":
        return this.#knowAll(proposal.psk) && this.#takePsk(`external ${proposal.psk}`);
      case "resumptionPSK":
        return this.#rememberAll(proposal.epoch) && this.#takePsk(`resumption ${proposal.epoch}`);
      case "groupContextExtensions":
        if (this.#context) return false;
        this.#context = true;
        return true;
    }
  }

  #takeAdd(name: string, step: number | undefined): boolean {
    const open = this.#history.transactions.get(name);
    // A runner joins with the last transaction of a client: an earlier key package has been forgotten.
    if (open === undefined || (step === undefined ? !open.own : open.step !== step)) return false;
    const inside = this.#history.memberNamed(name) !== undefined && !this.#removed.has(name);
    const count = this.#history.members().length - this.#removed.size + this.#added.size;
    if (inside || this.#added.has(name) || count >= this.#history.size) return false;
    this.#added.add(name);
    return true;
  }

  #takeChange(of: Membership, type: "update" | "remove"): boolean {
    if (of === this.#committer || of.stay !== "member" || this.#changed.has(of)) return false;
    if (type === "remove" && !this.#mayLeave(of)) return false;
    this.#changed.add(of);
    if (type === "remove") this.#removed.add(of.name);
    return true;
  }

  /** Who joins with the same commit does not count: that nobody is left for now is enough. */
  #mayLeave(of: Membership): boolean {
    if (!this.#history.leftHalfStays) return true;
    const stays = (leaf: Membership | undefined) => leaf !== undefined && leaf !== of && !this.#removed.has(leaf.name);
    const occupied = this.#history.leaves.map(stays);
    const width = 2 ** Math.ceil(Math.log2(occupied.lastIndexOf(true) + 1));
    return width < 2 || occupied.slice(0, width / 2).includes(true);
  }

  #takePsk(id: string): boolean {
    if (this.#psks.has(id)) return false;
    this.#psks.add(id);
    return true;
  }

  #staying(): Membership[] {
    return this.#history.members().filter(({ name }) => !this.#removed.has(name));
  }

  #knowAll(psk: number): boolean {
    const joining = [...this.#added].map((name) => this.#history.transactions.get(name)?.psks.has(psk) ?? false);
    return this.#staying().every((member) => member.psks.has(psk)) && joining.every((knows) => knows);
  }

  /** Who joins knows no earlier epoch, and peers keep the last few only. */
  #rememberAll(epoch: number): boolean {
    const old = this.#history.epoch - epoch > 2;
    return !old && this.#added.size === 0 && this.#staying().every((member) => member.joined <= epoch);
  }
}
