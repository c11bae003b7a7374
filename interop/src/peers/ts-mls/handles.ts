/** What the numbers of the interface stand for, and the PSKs that were stored by them. */
import { CallError } from "../../interface/client.ts";
import type { Psks, SignatureKeys } from "./engine.ts";
import type { Member } from "./member.ts";
import { base64 } from "./octets.ts";

export interface Transaction<Bundle> {
  readonly kind: "transaction";
  readonly identity: Uint8Array;
  readonly bundle: Bundle;
}

/** A member whose group has come to its end, with a key package for the next one. */
export interface Ended<State, Bundle> {
  readonly kind: "reinit";
  readonly identity: Uint8Array;
  readonly bundle: Bundle;
  readonly member: Member<State, Bundle>;
}

export interface Signer {
  readonly kind: "signer";
  readonly identity: Uint8Array;
  readonly keys: SignatureKeys;
}

type Held<State, Bundle> = Member<State, Bundle> | Transaction<Bundle> | Ended<State, Bundle> | Signer;
type HeldOf<State, Bundle, K> = Extract<Held<State, Bundle>, { readonly kind: K }>;

export class Handles<State, Bundle> {
  readonly #held = new Map<number, Held<State, Bundle>>();
  readonly #stored = new Map<string, Map<string, Uint8Array>>();
  #last = 0;

  add(held: Held<State, Bundle>): number {
    this.#last += 1;
    this.#held.set(this.#last, held);
    return this.#last;
  }

  find<K extends Held<State, Bundle>["kind"]>(id: number, ...kinds: readonly K[]): HeldOf<State, Bundle, K> {
    const held = this.#held.get(id);
    if (held !== undefined && (kinds as readonly string[]).includes(held.kind)) return held as HeldOf<State, Bundle, K>;
    throw new CallError("NOT_FOUND", `${id} stands for no ${kinds.join(" or ")}`);
  }

  free(id: number): void {
    if (!this.#held.delete(id)) throw new CallError("NOT_FOUND", `${id} stands for nothing`);
  }

  /** Zero stands for neither a state nor a transaction: the key is everybody's. */
  store(id: number, pskId: Uint8Array, psk: Uint8Array): void {
    const whose = id === 0 ? "" : base64(this.find(id, "state", "transaction", "reinit").identity);
    const keys = this.#stored.get(whose) ?? new Map<string, Uint8Array>();
    this.#stored.set(whose, keys.set(base64(pskId), psk));
  }

  /** A key belongs to the client, whichever of its groups it was stored by. */
  psksOf(identity: Uint8Array): Psks {
    const stored = this.#stored;
    const own = base64(identity);
    return {
      external: (id) => stored.get(own)?.get(base64(id)) ?? stored.get("")?.get(base64(id)),
      allExternal: function* () {
        for (const whose of ["", own])
          for (const [id, psk] of stored.get(whose) ?? []) yield [Buffer.from(id, "base64"), psk] as const;
      },
      resumption: () => undefined,
    };
  }
}
