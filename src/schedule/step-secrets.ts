/** §9.2: the books of one step through an immutable structure of secrets: what it made and what it replaced. */

import { dispose, type Secret } from "../secret.ts";

export class StepSecrets {
  readonly #fresh = new Set<Secret>();
  readonly #spent: Secret[] = [];

  /** What the step made and what is still in use. */
  get fresh(): readonly Secret[] {
    return [...this.#fresh];
  }

  /** What the step found and its result no longer uses. */
  get spent(): readonly Secret[] {
    return this.#spent;
  }

  /** Enters a secret that the step made. */
  made(secret: Secret): Secret {
    this.#fresh.add(secret);
    return secret;
  }

  /** Strikes out a secret. One that the step made itself was only in between and is gone at once. */
  replaced(secret: Secret): void {
    if (this.#fresh.delete(secret)) secret.dispose();
    else this.#spent.push(secret);
  }

  /** Undoes the step: nothing of what it found is touched. */
  abandon(): void {
    dispose(this.#fresh);
  }
}
