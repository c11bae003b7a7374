/**
 * §3: the two services that MLS leaves to the application, as small as they can be: a delivery service that lets one
 * commit end an epoch, and an Authentication Service that knows whose keys are whose.
 */

import { createHash } from "node:crypto";
import { peek } from "../framing/index.ts";
import type { AuthenticationRequest, AuthenticationService, AuthenticationVerdict, Clock } from "../index.ts";
import { Mismatch } from "./demo-failure.ts";

/** The clock of the demo stands still, so that lifetimes too depend on the seed alone. */
export const CLOCK: Clock = () => 1_800_000_000n;

/** Carries messages that it can't read. What it has carried is one hash: the transcript. */
export class DeliveryService {
  readonly #transcript = createHash("sha256");
  readonly #endedEpochs = new Set<bigint>();
  readonly #kept = new Map<string, Uint8Array>();
  #messages = 0;
  #bytes = 0;

  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** SHA-256 over all messages so far, each with its length before it. */
  get transcript(): string {
    return this.#transcript.copy().digest("hex");
  }

  /** Takes a message for everyone. */
  post(message: Uint8Array): Uint8Array {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(message.length);
    this.#transcript.update(length).update(message);
    this.#messages++;
    this.#bytes += message.length;
    return message;
  }

  /** Takes a commit. Whether it is the first of its epoch: only then may it be delivered (§14). */
  offer(commit: Uint8Array): boolean {
    const head = peek(this.post(commit));
    if (!("contentType" in head) || head.contentType !== "commit") throw new Mismatch("what was offered is no commit");
    if (this.#endedEpochs.has(head.epoch)) return false;
    this.#endedEpochs.add(head.epoch);
    return true;
  }

  /** Keeps a message for someone who will ask for it. */
  keep(name: string, message: Uint8Array): void {
    this.#kept.set(name, message);
  }

  /** Hands out a kept message, once. */
  collect(name: string): Uint8Array {
    const message = this.#kept.get(name);
    if (message === undefined) throw new Mismatch(`nothing is kept as ${name}`);
    this.#kept.delete(name);
    return message;
  }
}

/** Vouches for the keys that people have enrolled with it, and for no other. */
export class Directory implements AuthenticationService {
  readonly #keys = new Map<string, Set<string>>();

  enrol(name: string, signatureKey: Uint8Array): void {
    const keys = this.#keys.get(name) ?? new Set();
    this.#keys.set(name, keys.add(hex(signatureKey)));
  }

  async authenticate(requests: readonly AuthenticationRequest[]): Promise<readonly AuthenticationVerdict[]> {
    return requests.map((request) => this.#judge(request));
  }

  #judge({ credential, signatureKey }: AuthenticationRequest): AuthenticationVerdict {
    if (credential.credentialType !== "basic") return { accepted: false, reason: "names only" };
    const name = text(credential.identity);
    if (this.#keys.get(name)?.has(hex(signatureKey)) !== true) return { accepted: false, reason: "an unknown key" };
    return { accepted: true, client: credential.identity };
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

export function octets(words: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(words);
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
