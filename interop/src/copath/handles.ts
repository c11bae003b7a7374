/** What the numbers in the interface's calls stand for: states, transactions, signers. One counter serves them all. */
import type { Held } from "./held.ts";
import { refusal } from "./refusal.ts";

/**
 * A harness never says that it is done with a transaction or a signer, nor of some states. So beyond `limit` handles,
 * the one that was longest out of use ends.
 */
export class Handles {
  readonly #limit: number;
  readonly #held = new Map<number, Held>();
  #last = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#held.size;
  }

  add(held: Held): number {
    const [oldest] = this.#held.keys();
    if (this.#held.size >= this.#limit && oldest !== undefined) void this.#end(oldest);
    do this.#last = (this.#last % 0xffff_ffff) + 1;
    while (this.#held.has(this.#last));
    this.#held.set(this.#last, held);
    return this.#last;
  }

  /** @throws CallError NOT_FOUND */
  find<K extends Held["kind"]>(id: number, ...kinds: readonly K[]): Extract<Held, { readonly kind: K }> {
    const held = this.#held.get(id);
    if (held === undefined || !(kinds as readonly string[]).includes(held.kind)) {
      throw refusal("NOT_FOUND", "handle.unknown", `there is no ${kinds.join(" or ")} ${id} (any more)`);
    }
    // To the end of the line.
    this.#held.delete(id);
    this.#held.set(id, held);
    return held as Extract<Held, { readonly kind: K }>;
  }

  /**
   * Uses something up: while that goes on, its number stands for nothing, so that nobody else can use or end it; if it
   * fails, everything is as before. @throws CallError NOT_FOUND
   */
  async use<K extends Held["kind"], T>(
    id: number,
    kind: K,
    work: (held: Extract<Held, { readonly kind: K }>) => Promise<T>,
  ): Promise<T> {
    const held = this.find(id, kind);
    this.#held.delete(id);
    try {
      return await work(held);
    } catch (error) {
      this.#held.set(id, held);
      throw error;
    }
  }

  /** All that are held, the one longest out of use first. */
  all(): Iterable<Held> {
    return this.#held.values();
  }

  /** Ends what a number stands for, when what is under way there is done. @throws CallError NOT_FOUND */
  free(id: number): void | Promise<void> {
    if (!this.#held.has(id)) {
      throw refusal("NOT_FOUND", "handle.unknown", `there is nothing by the number ${id} (any more)`);
    }
    return this.#end(id);
  }

  #end(id: number): void | Promise<void> {
    const held = this.#held.get(id);
    this.#held.delete(id);
    return held?.free();
  }
}
