/**
 * §6.3.1, §9.1: immutable state values could be used twice to send, and so use a key and nonce twice. All values of one
 * epoch share this cell, which lets each generation be taken once.
 */

import { toHex } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import type { RatchetKind } from "./secret-tree.ts";

/** The one mutable thing in an epoch: how far this member has sent. */
export class SendGuard {
  readonly #next: Record<RatchetKind, number> = { handshake: 0, application: 0 };
  readonly #successors = new Map<string, SendGuard>();

  /**
   * Takes a generation for sending, before anything is encrypted with it.
   *
   * @throws UsageError `state.spent` if that generation or a later one was taken before
   */
  claim(kind: RatchetKind, generation: number): void {
    if (generation < this.#next[kind]) throw new UsageError("state.spent", { kind, generation });
    this.#next[kind] = generation + 1;
  }

  /** Takes all generations before these: what they protected was sent by a state that is restored now. */
  catchUp(at: Readonly<Record<RatchetKind, number>>): void {
    for (const kind of ["handshake", "application"] as const) this.#next[kind] = Math.max(this.#next[kind], at[kind]);
  }

  /**
   * Whether a state at these generations is the latest that has sent: an older one would lose what was sent since.
   *
   * @throws UsageError `state.spent`
   */
  requireLatest(at: Readonly<Record<RatchetKind, number>>): void {
    for (const kind of ["handshake", "application"] as const) {
      if (at[kind] < this.#next[kind]) throw new UsageError("state.spent", { kind, generation: at[kind] });
    }
  }

  /** The guard of the epoch that a commit with this confirmation tag leads to: the same, however often it is processed. */
  successor(confirmationTag: Uint8Array): SendGuard {
    const tag = toHex(confirmationTag);
    const known = this.#successors.get(tag);
    if (known !== undefined) return known;
    const guard = new SendGuard();
    this.#successors.set(tag, guard);
    return guard;
  }

  /** Gives back the latest claim; only if nothing was encrypted with its key. Earlier claims stay taken. */
  release(kind: RatchetKind, generation: number): void {
    if (this.#next[kind] === generation + 1) this.#next[kind] = generation;
  }
}
