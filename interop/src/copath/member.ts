/** One member of one group: the current state, the commit that is pending, and the proposals seen in the epoch. */
import {
  acceptCommit,
  type CommitOptions,
  type CreatedCommit,
  createCommit,
  createProposal,
  discard,
  dispose,
  dropCommit,
  type Environment,
  epochAuthenticator,
  type GroupState,
  isOwnCommit,
  type LeafIndex,
  type ProposeRequest,
  processMessage,
  roster,
  type Transition,
} from "copath";
import { CallError } from "../interface/client.ts";
import { type Psks, wipeSigner } from "./keys.ts";
import { sameOctets } from "./octets.ts";

export interface MemberOptions {
  readonly identity: Uint8Array;
  readonly environment: Environment;
  readonly state: GroupState;
  readonly psks: Psks;
}

export class Member {
  readonly kind = "state";
  readonly identity: Uint8Array;
  readonly environment: Environment;
  readonly psks: Psks;
  #state: GroupState;
  #pending: CreatedCommit | undefined;
  /** References of the proposals sent and received in this epoch, by their octets. */
  readonly #references = new Map<string, Uint8Array>();
  #line: Promise<unknown> = Promise.resolve();

  constructor({ identity, environment, state, psks }: MemberOptions) {
    this.identity = identity;
    this.environment = environment;
    this.#state = state;
    this.psks = psks;
  }

  get state(): GroupState {
    return this.#state;
  }

  /** A state sends once: what is asked of a member at the same time is done in order. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#line.then(work);
    this.#line = done.catch(() => undefined);
    return done;
  }

  adopt<T>({ state, output, spent }: Transition<GroupState, T>): T {
    this.#state = state;
    dispose(spent);
    return output;
  }

  async propose(request: ProposeRequest): Promise<Uint8Array> {
    const { message, reference } = this.adopt(await createProposal(this.environment, this.#state, request));
    this.#references.set(nameOf(message), reference);
    return message;
  }

  /** A commit that covers just these proposals, in the place of one that is pending. */
  async commit(byReference: readonly Uint8Array[], options: CommitOptions): Promise<CreatedCommit> {
    const references = await this.#referencesOf(byReference);
    const created = this.adopt(await createCommit(this.environment, this.#state, { ...options, references }));
    this.#drop();
    const refused = created.leftOut.find(({ reason }) => !isConflict(reason.code));
    if (refused !== undefined) {
      dropCommit(created.pending);
      throw refused.reason;
    }
    this.#pending = created;
    return created;
  }

  /** @returns the authenticator of the epoch that begins */
  acceptPending(): Uint8Array {
    if (this.#pending === undefined) throw new CallError("FAILED_PRECONDITION", "no commit is pending");
    this.adopt(acceptCommit(this.environment, this.#state, this.#pending.pending));
    this.#pending = undefined;
    this.#references.clear();
    return epochAuthenticator(this.#state);
  }

  /** @returns the authenticator of the epoch that begins; nothing if this member is removed, and has no part in it */
  async follow(proposals: readonly Uint8Array[], commit: Uint8Array): Promise<Uint8Array> {
    if (this.#pending !== undefined && isOwnCommit(this.#pending.pending, commit)) return this.acceptPending();
    await this.#referencesOf(proposals);
    const received = this.adopt(await processMessage(this.environment, this.#state, commit));
    if (received.contentType !== "commit") throw notA("commit", received.contentType);
    this.#drop();
    this.#references.clear();
    return received.commit.removedSelf ? new Uint8Array() : epochAuthenticator(this.#state);
  }

  /** @throws CallError NOT_FOUND */
  leafOf(identity: Uint8Array): LeafIndex {
    for (const { leafIndex, leafNode } of roster(this.#state)) {
      const { credential } = leafNode;
      if (credential.credentialType === "basic" && sameOctets(credential.identity, identity)) return leafIndex;
    }
    throw new CallError("NOT_FOUND", `${Buffer.from(identity).toString()} is not in the group`);
  }

  free(): void {
    this.#drop();
    discard(undefined, { state: this.#state });
    wipeSigner(this.#state.self.signer);
  }

  #drop(): void {
    if (this.#pending !== undefined) dropCommit(this.#pending.pending);
    this.#pending = undefined;
  }

  /** Own ones, new ones, and such as came before, each once. */
  async #referencesOf(messages: readonly Uint8Array[]): Promise<Uint8Array[]> {
    const found = new Map<string, Uint8Array>();
    for (const message of messages) found.set(nameOf(message), await this.#referenceOf(message));
    return [...found.values()];
  }

  async #referenceOf(message: Uint8Array): Promise<Uint8Array> {
    const known = this.#references.get(nameOf(message));
    if (known !== undefined) return known;
    const received = this.adopt(await processMessage(this.environment, this.#state, message));
    if (received.contentType !== "proposal") throw notA("proposal", received.contentType);
    this.#references.set(nameOf(message), received.reference);
    return received.reference;
  }
}

const nameOf = (message: Uint8Array) => Buffer.from(message).toString("latin1");

export const notA = (expected: string, found: string) =>
  new CallError("INVALID_ARGUMENT", `this message is no ${expected}: it has ${found} in it`);

/**
 * §12.2: of proposals that exclude each other a commit covers one, and an own Update none; the others are for a later
 * commit. A proposal that is wrong by itself is an error, since the harness asked for it.
 */
const isConflict = (code: string) => code.startsWith("proposals.");
