/**
 * A peer without cryptography, which behaves: its messages are JSON, and everything secret follows from the commits. What a
 * peer does wrong is put in front of it, so that tests see what the runner makes of it.
 */
import { createHash } from "node:crypto";
import { CallError, type Handlers, inProcess, type MLSClient } from "../../src/interface/client.ts";
import type { Rpc } from "../../src/interface/messages.ts";
import type { Player } from "../../src/runner/stage.ts";

interface State {
  readonly identity: string;
  readonly group: string;
  readonly secret: string;
  readonly past: readonly string[];
  readonly pending?: Uint8Array;
}

interface Entrance {
  readonly group: string;
  readonly secret: string;
}

const wrap = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const unwrap = (octets: Uint8Array) => JSON.parse(text(octets)) as Record<string, string>;
const text = (octets: Uint8Array) => new TextDecoder().decode(octets);
const hex = (octets: Uint8Array) => Buffer.from(octets).toString("hex");
const hash = (...parts: (string | Uint8Array)[]) => {
  const all = createHash("sha256");
  for (const part of parts) all.update(part).update("|");
  return new Uint8Array(all.digest());
};

export class Toy {
  readonly #states = new Map<number, State>();
  readonly #transactions = new Map<number, string>();
  readonly #reinits = new Map<number, { readonly state: State; readonly group: string }>();
  readonly #newIds: boolean;
  /** What has been stored, at which id. */
  readonly psks: { readonly id: number; readonly psk: string }[] = [];
  #id = 0;

  /** Peers give a new id for each epoch, or keep the one. */
  constructor({ newIds = false } = {}) {
    this.#newIds = newIds;
  }

  get held(): number {
    return this.#states.size;
  }

  #seat(state: State): { stateId: number; epochAuthenticator: Uint8Array } {
    const stateId = ++this.#id;
    this.#states.set(stateId, state);
    return { stateId, epochAuthenticator: hash("authenticator", state.secret) };
  }

  #state(id: number): State {
    const state = this.#states.get(id);
    if (state === undefined) throw new CallError("NOT_FOUND", `there is no state ${id}`);
    return state;
  }

  #advance(stateId: number, commit: Uint8Array) {
    const state = this.#state(stateId);
    if (unwrap(commit).from !== state.secret) throw new CallError("INVALID_ARGUMENT", "a commit of another epoch");
    const next = { ...state, secret: hex(hash(commit)), past: [...state.past, state.secret] };
    if (this.#newIds) {
      this.#states.delete(stateId);
      return this.#seat(next);
    }
    this.#states.set(stateId, next);
    return { stateId, epochAuthenticator: hash("authenticator", next.secret) };
  }

  #commit(stateId: number, proposals: readonly string[]) {
    const state = this.#state(stateId);
    const commit = wrap({ from: state.secret, proposals, nonce: ++this.#id, by: state.identity });
    this.#states.set(stateId, { ...state, pending: commit });
    const entrance: Entrance = { group: state.group, secret: hex(hash(commit)) };
    return { commit, welcome: wrap(entrance), ratchetTree: wrap({ tree: entrance.secret }) };
  }

  #acceptPending(stateId: number) {
    const { pending } = this.#state(stateId);
    if (pending === undefined) throw new CallError("FAILED_PRECONDITION", "there is no commit pending");
    return this.#advance(stateId, pending);
  }

  #enter(identity: string, welcome: Uint8Array) {
    const { group = "", secret = "" } = unwrap(welcome);
    return this.#seat({ identity, group, secret, past: [] });
  }

  #transaction(identity: string) {
    const transactionId = ++this.#id;
    this.#transactions.set(transactionId, identity);
    return { transactionId, keyPackage: wrap({ identity, nonce: transactionId }) };
  }

  #use(transactionId: number): string {
    const identity = this.#transactions.get(transactionId);
    if (identity === undefined) throw new CallError("NOT_FOUND", `there is no transaction ${transactionId}`);
    this.#transactions.delete(transactionId);
    return identity;
  }

  #end(stateId: number, group: string) {
    const state = this.#state(stateId);
    const reinitId = ++this.#id;
    this.#reinits.set(reinitId, { state, group });
    const authenticator = hash("authenticator", state.secret);
    return { reinitId, keyPackage: wrap({ identity: state.identity }), epochAuthenticator: authenticator };
  }

  #found(state: State, group: Uint8Array) {
    const entrance: Entrance = { group: hex(group), secret: hex(hash(group, `${++this.#id}`)) };
    const welcome = wrap(entrance);
    return { ...this.#enter(state.identity, welcome), welcome, ratchetTree: wrap({ tree: entrance.secret }) };
  }

  handlers(): Handlers {
    const propose = async (request: { stateId: number }) => {
      const { secret } = this.#state(request.stateId);
      return { proposal: wrap({ from: secret, nonce: ++this.#id }) };
    };
    const commit: Handlers["Commit"] = async ({ stateId, byReference, byValue }) =>
      this.#commit(stateId, [...byReference.map(hex), ...byValue.map(({ proposalType }) => text(proposalType))]);
    return {
      Name: async () => ({ name: "toy" }),
      SupportedCiphersuites: async () => ({ ciphersuites: [1, 2] }),
      CreateGroup: async ({ groupId, identity }) => {
        const [group, secret] = [hex(groupId), hex(hash(groupId))];
        return { stateId: this.#seat({ identity: text(identity), group, secret, past: [] }).stateId };
      },
      CreateKeyPackage: async ({ identity }) => this.#transaction(text(identity)),
      JoinGroup: async ({ transactionId, welcome }) => this.#enter(this.#use(transactionId), welcome),
      ExternalJoin: async ({ groupInfo, identity }) => {
        const { secret: from, group = "" } = unwrap(groupInfo);
        const made = wrap({ from, joiner: text(identity), nonce: ++this.#id });
        return { commit: made, ...this.#enter(text(identity), wrap({ group, secret: hex(hash(made)) })) };
      },
      GroupInfo: async ({ stateId }) => {
        const { group, secret } = this.#state(stateId);
        return { groupInfo: wrap({ group, secret }), ratchetTree: wrap({}) };
      },
      StateAuth: async ({ stateId }) => ({ stateAuthSecret: hash("authenticator", this.#state(stateId).secret) }),
      Export: async ({ stateId, label, context, keyLength }) => ({
        exportedSecret: hash(this.#state(stateId).secret, label, context).slice(0, keyLength),
      }),
      Protect: async ({ stateId, authenticatedData, plaintext }) => {
        const { secret } = this.#state(stateId);
        return { ciphertext: wrap({ secret, data: text(authenticatedData), plaintext: text(plaintext) }) };
      },
      Unprotect: async ({ stateId, ciphertext }) => {
        const { secret, past } = this.#state(stateId);
        const { data, plaintext, ...sent } = unwrap(ciphertext);
        if (![secret, ...past].includes(sent.secret ?? "")) throw new CallError("INVALID_ARGUMENT", "no key for it");
        const encode = (value: string | undefined) => new TextEncoder().encode(value);
        return { authenticatedData: encode(data), plaintext: encode(plaintext) };
      },
      StorePSK: async ({ stateOrTransactionId: id, pskId }) => {
        const known = this.#states.has(id) || this.#transactions.has(id);
        if (!known) throw new CallError("NOT_FOUND", `there is neither a state nor a transaction ${id}`);
        this.psks.push({ id, psk: hex(pskId) });
        return {};
      },
      AddProposal: propose,
      UpdateProposal: propose,
      RemoveProposal: propose,
      ExternalPSKProposal: propose,
      ResumptionPSKProposal: propose,
      GroupContextExtensionsProposal: propose,
      Commit: commit,
      HandleCommit: async ({ stateId, commit }) => this.#advance(stateId, commit),
      HandlePendingCommit: async ({ stateId }) => this.#acceptPending(stateId),
      ReInitProposal: async ({ groupId }) => ({ proposal: wrap({ group: hex(groupId), nonce: ++this.#id }) }),
      ReInitCommit: commit,
      HandlePendingReInitCommit: async ({ stateId }) => this.#end(this.#acceptPending(stateId).stateId, ""),
      HandleReInitCommit: async ({ stateId, proposal: [proposal], commit }) =>
        this.#end(this.#advance(stateId, commit).stateId, unwrap(proposal as Uint8Array).group ?? ""),
      ReInitWelcome: async ({ reinitId }) => this.#found(this.#reinit(reinitId).state, hash(`${reinitId}`)),
      HandleReInitWelcome: async ({ reinitId, welcome }) => this.#enter(this.#reinit(reinitId).state.identity, welcome),
      CreateBranch: async ({ stateId, groupId }) => this.#found(this.#state(stateId), groupId),
      HandleBranch: async ({ transactionId, welcome }) => this.#enter(this.#use(transactionId), welcome),
      NewMemberAddProposal: async ({ identity }) => {
        const { transactionId, keyPackage } = this.#transaction(text(identity));
        return { transactionId, proposal: keyPackage };
      },
      CreateExternalSigner: async ({ identity }) => ({ signerId: ++this.#id, externalSender: identity }),
      AddExternalSigner: propose,
      ExternalSignerProposal: async ({ description }) => ({
        proposal: wrap({ group: hex(description?.groupId ?? new Uint8Array()), nonce: ++this.#id }),
      }),
      Free: async ({ stateId }) => {
        this.#state(stateId);
        this.#states.delete(stateId);
        return {};
      },
    };
  }

  #reinit(id: number) {
    const reinit = this.#reinits.get(id);
    if (reinit === undefined) throw new CallError("NOT_FOUND", `there is no re-init ${id}`);
    return reinit;
  }
}

/** Calls in front of a client: each may answer by itself, or let the client answer and change that. */
export type Tricks = {
  readonly [R in Rpc]?: (
    request: Parameters<MLSClient[R]>[0],
    answer: MLSClient[R],
  ) => Promise<Awaited<ReturnType<MLSClient[R]>>>;
};

export function tricked(client: MLSClient, tricks: Tricks): MLSClient {
  const tricky = Object.entries(tricks).map(([rpc, trick]) => {
    const answer = client[rpc as Rpc] as (request: object) => Promise<unknown>;
    return [rpc, (request: object) => (trick as (...args: unknown[]) => unknown)(request, answer)];
  });
  return { ...client, ...(Object.fromEntries(tricky) as Partial<MLSClient>) };
}

export interface ToyPlayer extends Player {
  readonly toy: Toy;
  /** The calls that it got, in order. */
  readonly calls: { readonly rpc: Rpc; readonly request: object }[];
}

export function toyPlayer(name: string, tricks: Tricks = {}, options: { newIds?: boolean } = {}): ToyPlayer {
  const toy = new Toy(options);
  const calls: { rpc: Rpc; request: object }[] = [];
  const client = tricked(inProcess(toy.handlers()), tricks);
  const seen = Object.entries(client).map(([rpc, answer]) => [
    rpc,
    (request: object) => {
      calls.push({ rpc: rpc as Rpc, request });
      return (answer as (request: object) => Promise<unknown>)(request);
    },
  ]);
  return { name, toy, calls, client: Object.fromEntries(seen) as MLSClient, suites: [1, 2] };
}
