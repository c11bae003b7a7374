/**
 * §5.1.2: verdicts on signatures. What cannot be parsed is not a valid signature; a backend that throws on it says the
 * same as one that does not.
 */

import { copy } from "../bytes.ts";
import { type Awaitable, all } from "../hpke/algorithms.ts";

/** Whether one signature is right. A request consists of octet strings. */
export interface Verification<R> {
  /** Whatever this throws is a `false`. */
  verify(request: R): Awaitable<boolean>;
  /** The same on several threads, where the platform has them. */
  readonly threads?: VerificationThreads<R>;
}

/** For many signatures at once, as when joining a large group. */
export interface VerificationThreads<R> {
  /** How many are under way at a time, and the fewest that are worth it: others wait for the threads, too. */
  readonly width: number;
  /** As the other `verify`; a rejection is a `false`, too. */
  verify(request: R): Promise<boolean>;
}

/** One verdict per request, in order. Those that the scheme refused already are `undefined`. */
export function verdicts<R extends object>(
  requests: readonly (R | undefined)[],
  scheme: Verification<R>,
): Awaitable<readonly boolean[]> {
  const { threads } = scheme;
  if (threads !== undefined && requests.length >= threads.width) return threaded(requests, threads);
  return all(requests.map((request) => verdict(request, scheme)));
}

async function threaded<R extends object>(
  requests: readonly (R | undefined)[],
  threads: VerificationThreads<R>,
): Promise<readonly boolean[]> {
  // They were checked, and wait for their turn while the caller goes on.
  const owned = requests.map((request) => (request === undefined ? undefined : copyOfAll(request)));
  const found: boolean[] = [];
  for (let at = 0; at < owned.length; at += threads.width) {
    const some = owned.slice(at, at + threads.width);
    found.push(...(await Promise.all(some.map((request) => verdict(request, threads)))));
  }
  return found;
}

function copyOfAll<R extends object>(request: R): R {
  return Object.fromEntries(Object.entries(request).map(([name, octets]) => [name, copy(octets)])) as R;
}

function verdict<R extends object>(
  request: R | undefined,
  scheme: Pick<Verification<R>, "verify">,
): Awaitable<boolean> {
  if (request === undefined) return false;
  try {
    const value = scheme.verify(request);
    return value instanceof Promise ? value.catch(() => false) : value;
  } catch {
    return false;
  }
}
