/**
 * What one performance of a scenario knows while it goes on: who plays whom, the ids that clients have handed out, what each
 * step has made, and the transcript of all calls.
 */
import type { MLSClient } from "../interface/client.ts";
import type { ResponseOf, Rpc } from "../interface/messages.ts";
import { type Epoch, Epochs, nextEpoch } from "./epochs.ts";
import { CaseFailed, refused, wrongAnswer } from "./failure.ts";
import { equal, shown } from "./octets.ts";

/** A client with what the runner knows of it. */
export interface Player {
  readonly name: string;
  readonly client: MLSClient;
  /** The cipher suites that it supports. */
  readonly suites: readonly number[];
}

export type Assignment = ReadonlyMap<string, Player>;

export interface Setting {
  readonly assignment: Assignment;
  readonly suite: number;
  readonly encryptHandshake: boolean;
}

export interface TranscriptEntry {
  readonly actor: string;
  readonly client: string;
  readonly rpc: Rpc;
  readonly request: object;
  response: object | undefined;
  refusal: { readonly status: string | undefined; readonly message: string } | undefined;
}

export interface SentCommit {
  readonly octets: Uint8Array;
  readonly to: Epoch;
}

/** What later steps can point at. */
interface Products {
  readonly proposal: Uint8Array;
  readonly commit: SentCommit;
  /** Who made it is to blame if it is empty. */
  readonly welcome: { readonly committer: string; readonly octets: Uint8Array; readonly ratchetTree: Uint8Array };
  readonly keyPackage: Uint8Array;
  readonly psk: { readonly pskId: Uint8Array; readonly pskSecret: Uint8Array };
  readonly message: {
    readonly sender: string;
    readonly ciphertext: Uint8Array;
    readonly authenticatedData: Uint8Array;
    readonly plaintext: Uint8Array;
  };
  /** The id of the group that a re-init proposed from outside leads to. */
  readonly successor: Uint8Array;
}

/** A call that an actor's client does not implement, and without which the case goes on. */
export interface NotVerified {
  readonly actor: string;
  readonly rpc: Rpc;
}

/** A state id, and whose it is. */
export interface HeldState {
  readonly actor: string;
  readonly stateId: number;
}

/**
 * Peers have learnt what to answer from the working group's runner, which compares authenticators only within a step: in the
 * steps of one call some answer none. What they answer in the end then decides.
 */
export type Silence = "wrong" | "allowed";

/** An epoch authenticator as an actor has it. */
interface Claim {
  readonly actor: string;
  readonly rpc: Rpc;
  readonly value: Uint8Array;
  readonly silence?: Silence;
}

export class Stage {
  readonly assignment: Assignment;
  readonly encryptHandshake: boolean;
  readonly transcript: TranscriptEntry[] = [];
  readonly epochs = new Epochs();
  readonly notVerified: NotVerified[] = [];
  /** The key packages that wait for a Welcome, by their transaction. */
  readonly transactions = new Map<string, { readonly id: number; used: boolean }>();
  /** The ids of external senders. Their places in the list that the group keeps of them are for peers to find. */
  readonly signers = new Map<string, number>();
  readonly pending = new Map<string, SentCommit>();
  /** States whose actor has gone on to another group, or has come anew. */
  readonly left: HeldState[] = [];
  readonly #states = new Map<string, number>();
  readonly #products = new Map<number, Partial<Products>>();
  #suite: number;

  constructor({ assignment, suite, encryptHandshake }: Setting) {
    this.assignment = assignment;
    this.encryptHandshake = encryptHandshake;
    this.#suite = suite;
  }

  get suite(): number {
    return this.#suite;
  }

  /** The next suite that all clients support, in a circle, so that a run can be repeated. */
  changeSuite(): void {
    const [first, ...others] = [...new Set(this.assignment.values())];
    const common = (first?.suites ?? []).filter((suite) => others.every(({ suites }) => suites.includes(suite)));
    const [lowest, ...rest] = common.filter((suite) => suite !== this.#suite).sort((a, b) => a - b);
    if (lowest === undefined) {
      const message = `the clients have no cipher suite in common besides ${this.#suite}`;
      throw new CaseFailed({ kind: "unsupported", rpc: undefined, actors: [], status: undefined, message });
    }
    this.#suite = [lowest, ...rest].find((suite) => suite > this.#suite) ?? lowest;
  }

  player(actor: string): Player {
    return known(this.assignment.get(actor), `a client for ${actor}`);
  }

  async call<R extends Rpc>(actor: string, rpc: R, request: Parameters<MLSClient[R]>[0]): Promise<ResponseOf<R>> {
    const { name, client } = this.player(actor);
    const entry: TranscriptEntry = { actor, client: name, rpc, request, response: undefined, refusal: undefined };
    this.transcript.push(entry);
    try {
      const calls = client as Readonly<Record<R, (request: object) => Promise<ResponseOf<R>>>>;
      const response = await calls[rpc](request);
      entry.response = response;
      return response;
    } catch (error) {
      const failed = refused(actor, rpc, error);
      entry.refusal = failed.failure;
      throw failed;
    }
  }

  /** As `call`, for what a client may lack: then nothing comes back, and the result of the case says so. */
  async callIfThere<R extends Rpc>(
    actor: string,
    rpc: R,
    request: Parameters<MLSClient[R]>[0],
  ): Promise<ResponseOf<R> | undefined> {
    try {
      return await this.call(actor, rpc, request);
    } catch (error) {
      if (!(error instanceof CaseFailed && error.failure.kind === "unsupported")) throw error;
      this.notVerified.push({ actor, rpc });
      return undefined;
    }
  }

  keep(step: number, products: Partial<Products>): void {
    this.#products.set(step, { ...this.#products.get(step), ...products });
  }

  product<K extends keyof Products>(step: number, kind: K): Products[K] {
    return known<Products[K]>((this.#products.get(step) as Products | undefined)?.[kind], `a ${kind} of step ${step}`);
  }

  /** A Welcome that somebody is to join by, so that there must be one. */
  welcome(step: number): Products["welcome"] {
    const welcome = this.product(step, "welcome");
    present(welcome.committer, "Commit", { welcome: welcome.octets });
    return welcome;
  }

  state(actor: string): number {
    return known(this.#states.get(actor), `a state of ${actor}`);
  }

  hasState(actor: string): boolean {
    return this.#states.has(actor);
  }

  states(): readonly HeldState[] {
    return [...this.#states].map(([actor, stateId]) => ({ actor, stateId }));
  }

  /** The transaction that an actor joins by. */
  useTransaction(actor: string): number {
    const transaction = known(this.transactions.get(actor), `a transaction of ${actor}`);
    transaction.used = true;
    return transaction.id;
  }

  signer(actor: string): number {
    return known(this.signers.get(actor), `an external signer of ${actor}`);
  }

  /** The commit that an actor has sent, and now takes for its own. */
  takePending(actor: string): SentCommit {
    const sent = known(this.pending.get(actor), `a pending commit of ${actor}`);
    this.pending.delete(actor);
    return sent;
  }

  epoch(actor: string): Epoch {
    return known(this.epochs.of(actor), `an epoch of ${actor}`);
  }

  next(actor: string): Epoch {
    return nextEpoch(this.epoch(actor));
  }

  /** A member goes on to the next epoch; the state id that it had is superseded. */
  follow({ actor, stateId }: HeldState, epoch: Epoch): void {
    this.#states.set(actor, stateId);
    this.epochs.enter(actor, epoch);
  }

  /** An actor enters a group; the state that it had elsewhere, or before, is left behind. */
  join({ actor, stateId }: HeldState, epoch: Epoch): void {
    const before = this.#states.get(actor);
    if (before !== undefined) this.left.push({ actor, stateId: before });
    this.follow({ actor, stateId }, epoch);
  }

  /** Everybody in an epoch has the same authenticator as the first who entered it. */
  agree(epoch: Epoch, { actor, rpc, value, silence = "wrong" }: Claim) {
    const { authenticator } = epoch;
    if (value.length === 0 && silence === "allowed") return;
    if (authenticator === undefined) epoch.authenticator = { actor, value };
    else if (!equal(authenticator.value, value)) {
      const [ours, theirs] = [shown(value), shown(authenticator.value)];
      const actors = [authenticator.actor, actor];
      throw wrongAnswer(actors, rpc, `the epoch authenticator of ${actor} is ${ours}, that of ${actors[0]} ${theirs}`);
    }
  }
}

/** An answer that others depend on is not empty: else they would be blamed for what they do with it. */
export function present(actor: string, rpc: Rpc, parts: Readonly<Record<string, Uint8Array>>): void {
  for (const [name, octets] of Object.entries(parts)) {
    if (octets.length === 0) throw wrongAnswer([actor], rpc, `the answer of ${actor} holds no ${name}`);
  }
}

/** The check of the scenario has seen to it: what is missing here is a mistake of the runner. */
function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the runner has lost ${what}`);
  return value;
}
