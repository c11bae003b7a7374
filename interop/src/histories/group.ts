/**
 * What the writer of a history knows about its group. Invariant: everything here follows from the steps written so far,
 * so that a step is legal (RFC 9420) when this says so.
 */
import type { ScenarioExtension, Step } from "../runner/scenario.ts";
import { type Choice, seededChoice } from "./choice.ts";
import { DEFAULT_RATES, type HistoryOptions, type Rates } from "./options.ts";

/** One stay of a client in the group. Who comes back has another one, and knows nothing of what was before. */
export interface Membership {
  readonly name: string;
  /** The first epoch that it knows. */
  readonly joined: number;
  /** The epoch that it has reached. */
  epoch: number;
  /** Knows of proposals that wait for a commit in its epoch: then §12.4 forbids application data. */
  observed: boolean;
  /** Has made a commit in its epoch that nobody has accepted yet. */
  pending: boolean;
  stay: "member" | "removed" | "replaced";
  /** External PSKs that were stored with its states: positions of steps. */
  readonly psks: Set<number>;
}

export type Proposal =
  | { readonly type: "add"; readonly name: string; readonly keyPackage: number | undefined }
  | { readonly type: "update"; readonly of: Membership }
  | { readonly type: "remove"; readonly of: Membership }
  | { readonly type: "externalPSK"; readonly psk: number }
  | { readonly type: "resumptionPSK"; readonly epoch: number }
  | {
      readonly type: "groupContextExtensions";
      readonly extensions: readonly ScenarioExtension[];
      readonly signer: string | undefined;
    };

/** A proposal that was sent in this epoch. */
export interface OpenProposal {
  readonly step: number;
  readonly proposal: Proposal;
}

/** An open transaction of someone outside: its last key package, or the one of its own proposal. */
export interface Transaction {
  readonly step: number;
  readonly own: boolean;
  readonly psks: Set<number>;
}

export interface Message {
  readonly step: number;
  readonly epoch: number;
  readonly waiting: Set<Membership>;
}

/** What ended an epoch, for those who handle it later. */
export interface Ending {
  readonly commit: number;
  readonly byReference: readonly number[];
}

export class History {
  readonly steps: Step[] = [];
  readonly choice: Choice;
  readonly rates: Rates;
  readonly size: number;
  readonly lateEpochs: number;
  readonly leftHalfStays: boolean;
  readonly names: readonly string[];
  /** The last stay of each client. With one, a runner stores PSKs with its state, and no longer with a transaction. */
  readonly stays = new Map<string, Membership>();
  readonly transactions = new Map<string, Transaction>();
  readonly endings = new Map<number, Ending>();
  readonly rosters = new Map<number, readonly Membership[]>();
  readonly psks: number[] = [];
  leaves: (Membership | undefined)[] = [];
  open: OpenProposal[] = [];
  messages: Message[] = [];
  epoch = 0;
  ended = 0;
  reinitialized = false;
  /** How many members the group strives for. */
  target: number;
  /** The external sender that the group context lists first, and alone. */
  signer: string | undefined = undefined;
  signers = 0;

  constructor(options: HistoryOptions) {
    this.choice = seededChoice(`history ${options.seed}`);
    this.rates = { ...DEFAULT_RATES, ...options.rates };
    this.size = options.members;
    this.target = options.members;
    this.lateEpochs = options.lateEpochs ?? 3;
    this.leftHalfStays = options.leftHalfStays ?? false;
    const everybody = options.members + Math.ceil(options.members / 2);
    this.names = Array.from({ length: everybody }, (_, at) => `actor${at}`);
  }

  /** Writes a step; its position is how later steps name it. */
  write(step: Step): number {
    return this.steps.push(step) - 1;
  }

  members(): Membership[] {
    return this.leaves.filter((leaf) => leaf !== undefined);
  }

  /** Those who have reached this epoch. */
  present(): Membership[] {
    return this.members().filter((member) => member.epoch === this.epoch);
  }

  /** Present, and without a commit that waits: who may propose, commit, and tell others of the group. */
  free(): Membership[] {
    return this.present().filter((member) => !member.pending);
  }

  memberNamed(name: string): Membership | undefined {
    return this.members().find((member) => member.name === name);
  }

  outsiders(): string[] {
    const inside = new Set(this.members().map((member) => member.name));
    return this.names.filter((name) => !inside.has(name));
  }

  /** A new stay; what the client knew by an earlier one is no longer reached. */
  enter(name: string, epoch: number): Membership {
    const former = this.stays.get(name);
    if (former !== undefined) {
      former.stay = "replaced";
      for (const { waiting } of this.messages) waiting.delete(former);
    }
    this.transactions.delete(name);
    const state = { epoch, observed: false, pending: false, psks: new Set<number>() };
    const member: Membership = { name, joined: epoch, stay: "member", ...state };
    this.stays.set(name, member);
    return member;
  }

  /** Takes the leftmost free leaf (§7.7). */
  seat(member: Membership): void {
    const free = this.leaves.indexOf(undefined);
    if (free === -1) this.leaves.push(member);
    else this.leaves[free] = member;
  }

  unseat(member: Membership): void {
    this.leaves[this.leaves.indexOf(member)] = undefined;
    while (this.leaves.length > 0 && this.leaves.at(-1) === undefined) this.leaves.pop();
    member.stay = "removed";
  }

  /** The group's next epoch; members reach it one by one. */
  advance(ending: Ending): void {
    this.endings.set(this.epoch, ending);
    this.epoch += 1;
    this.ended += 1;
    this.open = [];
    this.rosters.set(this.epoch, this.members());
  }

  reach(member: Membership, epoch: number): void {
    member.epoch = epoch;
    member.observed = false;
    member.pending = false;
  }

  /** Another group takes the place of this one (§11.2, §11.3): its members start anew. */
  succeed(names: readonly string[]): void {
    this.messages = [];
    this.transactions.clear();
    this.endings.clear();
    this.rosters.clear();
    this.open = [];
    this.signer = undefined;
    this.leaves = names.map((name) => this.enter(name, 1));
    this.epoch = 1;
    this.ended += 1;
    this.rosters.set(1, this.members());
  }
}
