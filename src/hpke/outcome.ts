/** What must happen however a computation ends, whether it ends at once or as a promise. */

import { wipe } from "../bytes.ts";
import { MlsError } from "../errors.ts";
import type { Awaitable } from "./algorithms.ts";

/** The result of `run`; what it throws or rejects with is replaced, unless it is an error of this library already. */
export function refusing<T>(run: () => Awaitable<T>, refusal: (cause: unknown) => MlsError): Awaitable<T> {
  const refuse = (cause: unknown): never => {
    throw cause instanceof MlsError ? cause : refusal(cause);
  };
  try {
    const value = run();
    return value instanceof Promise ? value.catch(refuse) : value;
  } catch (cause) {
    return refuse(cause);
  }
}

/** The result of `use`; the temporary secret is wiped when that is done or has failed. */
export function consuming<S extends Uint8Array, T>(secret: S, use: (secret: S) => Awaitable<T>): Awaitable<T> {
  let value: Awaitable<T>;
  try {
    value = use(secret);
  } catch (error) {
    wipe(secret);
    throw error;
  }
  if (value instanceof Promise) return value.finally(() => wipe(secret));
  wipe(secret);
  return value;
}
