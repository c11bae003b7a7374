/** What the naive checker of scenarios knows: groups, who has which state of them, and what was sent. */
import type { Description } from "../../src/runner/scenario.ts";
import { NaiveTree, type PathShape } from "./naive-tree.ts";

export function must(condition: boolean, why: string): asserts condition {
  if (!condition) throw new Error(why);
}

export function there<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}

/** One stay of a client in a group. */
export interface Session {
  readonly name: string;
  readonly group: Group;
  readonly joined: number;
  epoch: number;
  observed: boolean;
  pending: number | undefined;
  readonly psks: Set<number>;
  readonly opened: Set<number>;
}

export class Group {
  epoch: number;
  tree: NaiveTree;
  /** The members of each epoch. */
  readonly rosters = new Map<number, ReadonlyMap<string, Session>>();
  /** The step of the commit that ended an epoch. */
  readonly endings = new Map<number, number>();
  signers: readonly string[] = [];

  constructor(creator: string, epoch = 0) {
    this.tree = new NaiveTree(creator);
    this.epoch = epoch;
  }

  roster(): ReadonlyMap<string, Session> {
    return there(this.rosters.get(this.epoch), `roster of epoch ${this.epoch}`);
  }
}

export type Said = Exclude<Description, { proposalType: "add" | "reinit" }>;

export type Content =
  | Said
  | { readonly proposalType: "add"; readonly client: string; readonly transaction: number }
  | { readonly proposalType: "update" }
  | { readonly proposalType: "reinit" };

export interface Sent {
  readonly content: Content;
  /** A member, or a signer or new member by no more than a name. */
  readonly sender: Session | string;
  readonly group: Group;
  readonly epoch: number;
  /** The external sender that a GroupContextExtensions adds. */
  readonly signer?: string;
}

export interface Transaction {
  readonly step: number;
  readonly psks: Set<number>;
}

/** What a commit met. */
export interface CommitRecord {
  readonly step: number;
  readonly committer: string;
  readonly external: boolean;
  readonly path: PathShape | undefined;
  readonly widthBefore: number;
  readonly before: readonly (string | undefined)[];
  readonly after: readonly (string | undefined)[];
  /** The tree that it leads to. */
  readonly nodes: ReturnType<NaiveTree["nodes"]>;
  readonly removed: readonly string[];
  readonly added: readonly string[];
  readonly kinds: readonly string[];
  /** Whether the members came to use it. */
  accepted: boolean;
}

/** A commit, and the epoch that it leads to if it is the one that the members accept. */
export interface Outcome {
  readonly group: Group;
  readonly from: number;
  readonly committer: Session;
  readonly byReference: readonly number[];
  readonly tree: NaiveTree;
  readonly roster: ReadonlyMap<string, Session>;
  readonly signers: readonly string[];
  readonly record: CommitRecord;
}

export function enter(name: string, group: Group, epoch: number): Session {
  const fresh = { observed: false, pending: undefined, psks: new Set<number>(), opened: new Set<number>() };
  return { name, group, joined: epoch, epoch, ...fresh };
}
