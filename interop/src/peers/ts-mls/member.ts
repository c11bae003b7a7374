/** One member of one group: its state, the commit that is pending, the proposals of the epoch, the PSKs of epochs gone by. */
import { CallError } from "../../interface/client.ts";
import type { CommitOptions, Committed, Engine, Psks, Received, Sight, Wanted } from "./engine.ts";
import { base64, sameOctets } from "./octets.ts";

export interface Seat {
  readonly identity: Uint8Array;
  readonly encryptHandshake: boolean;
}

export class Member<State, Bundle> implements Seat {
  readonly kind = "state";
  readonly identity: Uint8Array;
  readonly encryptHandshake: boolean;
  readonly #engine: Engine<State, Bundle>;
  readonly #psks: Pick<Psks, "external" | "allExternal">;
  readonly #resumption = new Map<bigint, Uint8Array>();
  /** References of the proposals of this epoch, by the octets of their messages. */
  readonly #references = new Map<string, string>();
  readonly #updates = new Map<string, Uint8Array>();
  #state: State;
  #pending: Committed<State> | undefined;

  constructor(engine: Engine<State, Bundle>, { identity, encryptHandshake }: Seat, psks: Psks, state: State) {
    this.identity = identity;
    this.encryptHandshake = encryptHandshake;
    this.#engine = engine;
    this.#psks = psks;
    this.#state = state;
    this.#enter(state);
  }

  get state(): State {
    return this.#state;
  }

  get sight(): Sight {
    return this.#engine.sight(this.#state);
  }

  get psks(): Psks {
    const { groupId } = this.sight;
    const resumption = (id: Uint8Array, epoch: bigint) =>
      sameOctets(id, groupId) ? this.#resumption.get(epoch) : undefined;
    return { ...this.#psks, resumption };
  }

  /** Of the epoch, for those who are in it. */
  get authenticator(): Uint8Array {
    const { removed, epochAuthenticator } = this.sight;
    return removed ? new Uint8Array() : epochAuthenticator;
  }

  async propose(wanted: (member: this) => Wanted): Promise<Uint8Array> {
    const { proposal, state } = await this.#engine.propose(this.#state, wanted(this), this.encryptHandshake);
    this.#remember(proposal, state);
    return proposal;
  }

  async update(): Promise<Uint8Array> {
    const { proposal, state, key } = await this.#engine.update(this.#state, this.encryptHandshake);
    this.#remember(proposal, state);
    this.#updates.set(...key);
    return proposal;
  }

  /** In the place of a commit that is pending. */
  async commit(
    byReference: readonly Uint8Array[],
    options: Omit<CommitOptions, "references" | "encrypted" | "psks">,
  ): Promise<Committed<State>> {
    for (const message of byReference) await this.#hear(message);
    const references = byReference.map((message) => this.#references.get(base64(message)) ?? "");
    const surroundings = { references, encrypted: this.encryptHandshake, psks: this.psks };
    const pending = await this.#engine.commit(this.#state, { ...options, ...surroundings });
    this.#state = pending.current;
    this.#pending = pending;
    return pending;
  }

  acceptPending(): void {
    if (this.#pending === undefined) throw new CallError("FAILED_PRECONDITION", "no commit is pending");
    this.#enter(this.#pending.next);
  }

  async follow(proposals: readonly Uint8Array[], commit: Uint8Array): Promise<void> {
    if (this.#pending !== undefined && sameOctets(this.#pending.commit, commit)) {
      this.acceptPending();
      return;
    }
    for (const proposal of proposals) await this.#hear(proposal);
    const before = this.sight.epoch;
    const { kind, state } = await this.#process(commit);
    const { epoch, removed } = this.#engine.sight(state);
    if (kind !== "handshake" || (epoch === before && !removed))
      throw new CallError("INVALID_ARGUMENT", "this is no commit");
    this.#enter(state);
  }

  async protect(plaintext: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
    const { state, message } = await this.#engine.protect(this.#state, plaintext, aad);
    this.#state = state;
    return message;
  }

  async unprotect(message: Uint8Array): Promise<Extract<Received<State>, { kind: "application" }>> {
    const received = await this.#process(message);
    if (received.kind !== "application") throw new CallError("INVALID_ARGUMENT", "this is no application message");
    this.#state = received.state;
    return received;
  }

  #process(message: Uint8Array): Promise<Received<State>> {
    return this.#engine.process(this.#state, message, this.psks, this.#updates);
  }

  async #hear(proposal: Uint8Array): Promise<void> {
    if (this.#references.has(base64(proposal))) return;
    const { state } = await this.#process(proposal);
    this.#remember(proposal, state);
  }

  #remember(proposal: Uint8Array, state: State): void {
    const before = new Set(this.sight.waiting);
    this.#state = state;
    const [reference] = this.sight.waiting.filter((each) => !before.has(each));
    if (reference === undefined) throw new CallError("INVALID_ARGUMENT", "this is no new proposal");
    this.#references.set(base64(proposal), reference);
  }

  #enter(state: State): void {
    this.#state = state;
    this.#pending = undefined;
    this.#references.clear();
    this.#updates.clear();
    const { epoch, resumptionPsk } = this.sight;
    this.#resumption.set(epoch, resumptionPsk);
  }
}
