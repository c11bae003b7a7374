/**
 * §6.3.1, §9.1: immutable state values could be used twice to send, and so use a key and nonce twice. All values of one
 * epoch share this cell, which lets each generation be taken once.
 */

import { UsageError } from "../errors.ts";
import type { RatchetKind } from "./secret-tree.ts";

/** The one mutable thing in an epoch: how far this member has sent. */
export class SendGuard {
  readonly #next: Record<RatchetKind, number> = { handshake: 0, application: 0 };

  /**
   * Takes a generation for sending, before anything is encrypted with it.
   *
   * @throws UsageError `state.spent` if that generation or a later one was taken before
   */
  claim(kind: RatchetKind, generation: number): void {
    if (generation < this.#next[kind]) throw new UsageError("state.spent", { kind, generation });
    this.#next[kind] = generation + 1;
  }

  /** Gives back the latest claim; only if nothing was encrypted with its key. Earlier claims stay taken. */
  release(kind: RatchetKind, generation: number): void {
    if (this.#next[kind] === generation + 1) this.#next[kind] = generation;
  }
}
