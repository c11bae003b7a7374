/** One member of one group: the current state, the commit that is pending, and the proposals seen in the epoch. */
import {
  acceptCommit,
  type CommitOptions,
  type CommitSummary,
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
  protect,
  type Received,
  roster,
  type Transition,
} from "copath";
import { peek } from "copath/framing";
import { type Psks, wipeSigner } from "./keys.ts";
import { leafNamed } from "./leaves.ts";
import { refusal } from "./refusal.ts";

export interface MemberOptions {
  readonly identity: Uint8Array;
  readonly environment: Environment;
  readonly state: GroupState;
  readonly psks: Psks;
}

type Content = Received["contentType"];

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

  /** A state sends once, and answers for one epoch: what is asked of a member at the same time is done in order. */
  inTurn<T>(work: () => Promise<T> | T): Promise<T> {
    const done = this.#line.then(work);
    this.#line = done.catch(() => undefined);
    return done;
  }

  async protect(plaintext: Uint8Array, authenticatedData: Uint8Array): Promise<Uint8Array> {
    return this.#adopt(await protect(this.environment, this.#state, plaintext, { authenticatedData }));
  }

  /** @throws CallError INVALID_ARGUMENT for another content, which stays to be received as what it is */
  async receive<C extends Content>(message: Uint8Array, expected: C): Promise<Extract<Received, { contentType: C }>> {
    requireContent(message, expected);
    const received = this.#adopt(await processMessage(this.environment, this.#state, message));
    return received as Extract<Received, { contentType: C }>;
  }

  async propose(request: ProposeRequest): Promise<Uint8Array> {
    const { message, reference } = this.#adopt(await createProposal(this.environment, this.#state, request));
    this.#references.set(nameOf(message), reference);
    return message;
  }

  /** A commit that covers just these proposals, in the place of one that is pending. */
  async commit(byReference: readonly Uint8Array[], options: CommitOptions): Promise<CreatedCommit> {
    const references = await this.#referencesOf(byReference);
    const created = this.#adopt(await createCommit(this.environment, this.#state, { ...options, references }));
    const refused = created.leftOut.find(({ reason }) => !CONFLICTS.has(reason.code));
    if (refused !== undefined) {
      dropCommit(created.pending);
      throw refused.reason;
    }
    this.#drop();
    this.#pending = created;
    return created;
  }

  /** @returns the authenticator of the epoch that begins */
  acceptPending(allowed: (commit: CommitSummary) => void = anyCommit): Uint8Array {
    if (this.#pending === undefined) {
      throw refusal("FAILED_PRECONDITION", "commit.none_pending", "no commit of this member waits");
    }
    allowed(this.#pending.commit);
    this.#adopt(acceptCommit(this.environment, this.#state, this.#pending.pending));
    this.#pending = undefined;
    this.#references.clear();
    return epochAuthenticator(this.#state);
  }

  /** @returns the authenticator of the epoch that begins; nothing if this member is removed, and has no part in it */
  async follow(
    proposals: readonly Uint8Array[],
    message: Uint8Array,
    allowed: (commit: CommitSummary) => void = anyCommit,
  ): Promise<Uint8Array> {
    if (this.#pending !== undefined && isOwnCommit(this.#pending.pending, message)) return this.acceptPending(allowed);
    requireContent(message, "commit");
    await this.#referencesOf(proposals);
    const received = await processMessage(this.environment, this.#state, message);
    if (received.output.contentType !== "commit") return this.#unexpected(received);
    const { commit } = received.output;
    try {
      allowed(commit);
    } catch (error) {
      discard(this.#state, received);
      throw error;
    }
    this.#adopt(received);
    this.#drop();
    this.#references.clear();
    return commit.removedSelf ? new Uint8Array() : epochAuthenticator(this.#state);
  }

  /** @throws CallError NOT_FOUND */
  leafOf(identity: Uint8Array): LeafIndex {
    return leafNamed(
      roster(this.#state).map(({ leafIndex, leafNode }) => [leafIndex, leafNode]),
      identity,
    );
  }

  /** When what is under way is done. */
  free(): Promise<void> {
    return this.inTurn(() => {
      this.#drop();
      discard(undefined, { state: this.#state });
      wipeSigner(this.#state.self.signer);
    });
  }

  #adopt<T>({ state, output, spent }: Transition<GroupState, T>): T {
    this.#state = state;
    dispose(spent);
    return output;
  }

  #unexpected(transition: Transition<GroupState, Received>): never {
    discard(this.#state, transition);
    throw wrongContent("commit", transition.output.contentType);
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
    const { reference } = await this.receive(message, "proposal");
    this.#references.set(nameOf(message), reference);
    return reference;
  }
}

const anyCommit = () => undefined;
const nameOf = (message: Uint8Array) => Buffer.from(message).toString("latin1");

const wrongContent = (expected: Content, found: Content | string) =>
  refusal("INVALID_ARGUMENT", "message.wrong_content", `this is no ${expected}: it has ${found} in it`);

/** What a message says of itself is enough to leave it alone; who lies in it is found out when it is opened. */
function requireContent(message: Uint8Array, expected: Content): void {
  const head = peek(message);
  const found = "contentType" in head ? head.contentType : head.wireFormat;
  if (found !== expected) throw wrongContent(expected, found);
}

/**
 * §12.2: proposals that exclude each other, or that this member cannot commit itself: a commit covers what it may, and the
 * others are for a later one. What is wrong by itself is an error, since the harness asked for it.
 */
const CONFLICTS: ReadonlySet<string> = new Set([
  "proposals.committer_removed",
  "proposals.update_by_committer",
  "proposals.leaf_changed_twice",
  "proposals.client_added_twice",
  "proposals.duplicate_psk",
  "proposals.several_group_context_extensions",
  "proposals.reinit_not_alone",
]);
