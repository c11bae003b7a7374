/**
 * Secrets as objects (§9.2): a secret that was disposed cannot be read again, and none reaches a log, an error,
 * `JSON.stringify` or `util.inspect` by accident.
 */

import { copy, wipe } from "./bytes.ts";
import { UsageError } from "./errors.ts";

const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/** A secret octet string with an owner who disposes of it. */
export class Secret {
  #bytes: Uint8Array<ArrayBuffer> | undefined;

  /** Takes ownership of `bytes`: the caller keeps no reference. Use `Secret.copyOf` for bytes owned by someone else. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  /** A secret with a copy of octets that someone else owns. */
  static copyOf(bytes: Uint8Array): Secret {
    return new Secret(copy(bytes));
  }

  /**
   * The octets themselves, not a copy: to be used at once and not kept. The identity of the array is stable, so
   * backends can cache imported platform keys by it.
   *
   * @throws UsageError `secret.disposed`
   */
  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#bytes === undefined) throw new UsageError("secret.disposed");
    return this.#bytes;
  }

  /** Whether the octets are gone. */
  get disposed(): boolean {
    return this.#bytes === undefined;
  }

  /** Overwrites the octets with zeros and forgets them. Doing it twice is harmless. */
  dispose(): void {
    if (this.#bytes !== undefined) wipe(this.#bytes);
    this.#bytes = undefined;
  }

  /** Never the octets. */
  toString(): string {
    return "[Secret]";
  }

  /** Never the octets. */
  toJSON(): string {
    return "[Secret]";
  }

  /** For `util.inspect` in Node: never the octets. */
  [INSPECT](): string {
    return "[Secret]";
  }
}

/** Disposes of everything that a transition replaced. To be called by the owner of a state once the new one is stored. */
export function dispose(secrets: Iterable<Secret>): void {
  for (const secret of secrets) secret.dispose();
}
