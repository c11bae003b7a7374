/** One client of the interface on copath: what its handlers share. */
import { epochAuthenticator, type GroupState, type ProposeRequest } from "copath";
import { Base, type BaseOptions } from "./base.ts";
import { Handles } from "./handles.ts";
import type { Held } from "./held.ts";
import type { Psks } from "./keys.ts";
import { Member } from "./member.ts";
import { hex, sameOctets } from "./octets.ts";

export interface ClientOptions extends BaseOptions {
  /** What a harness is shown. */
  readonly name: string;
  /** How many groups, transactions and signers are kept at most; beyond, the one longest out of use ends. */
  readonly maxHandles: number;
}

/** Pre-shared keys of a harness that names neither state nor transaction, at most so many. */
const MAX_COMMON_PSKS = 1_000;

export class Client {
  readonly name: string;
  readonly base: Base;
  readonly handles: Handles;
  readonly #commonPsks: Psks = new Map();

  constructor(options: ClientOptions) {
    this.name = options.name;
    this.base = new Base(options);
    this.handles = new Handles(options.maxHandles);
  }

  member(stateId: number): Member {
    return this.handles.find(stateId, "state");
  }

  /** What surrounds a group of this identity. */
  environment(cipherSuite: number, { identity, psks, encryptHandshake }: Seat) {
    return this.base.environment(cipherSuite, {
      encryptHandshake,
      externalPsk: (pskId) => psks.get(hex(pskId)) ?? this.#pskOf(identity, hex(pskId)),
    });
  }

  /** A number for a new member, with the authenticator of its epoch. */
  seat(seat: Seat, state: GroupState): { stateId: number; epochAuthenticator: Uint8Array } {
    const { identity, psks } = seat;
    const environment = this.environment(state.epoch.groupContext.cipherSuite, seat);
    const stateId = this.handles.add(new Member({ identity, psks, environment, state }));
    return { stateId, epochAuthenticator: epochAuthenticator(state) };
  }

  /** Zero stands for neither a state nor a transaction: the key is everybody's. */
  storePsk(id: number, pskId: Uint8Array, psk: Uint8Array): void {
    const psks = id === 0 ? this.#commonPsks : this.handles.find(id, "state", "transaction", "reinit").psks;
    psks.set(hex(pskId), psk);
    const [oldest] = this.#commonPsks.keys();
    if (this.#commonPsks.size > MAX_COMMON_PSKS && oldest !== undefined) this.#commonPsks.delete(oldest);
  }

  readonly propose = (stateId: number, request: (member: Member) => ProposeRequest) => {
    const member = this.member(stateId);
    return member.inTurn(async () => ({ proposal: await member.propose(request(member)) }));
  };

  /** A key belongs to the client, whichever of its groups it was stored by: it may have joined one anew since. */
  #pskOf(identity: Uint8Array, pskId: string): Uint8Array | undefined {
    for (const held of this.handles.all()) {
      const psk = sameOctets(held.identity, identity) ? held.psks.get(pskId) : undefined;
      if (psk !== undefined) return psk;
    }
    return this.#commonPsks.get(pskId);
  }
}

/** Who sits in a group, and how it sends handshakes. */
export interface Seat extends Pick<Held, "identity" | "psks"> {
  readonly encryptHandshake: boolean;
}
