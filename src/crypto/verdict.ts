/** §5.1.2: what cannot be parsed is not a valid signature; a backend that throws on it says the same as one that does not. */

import type { Awaitable } from "../hpke/algorithms.ts";

/** Whether a verification holds; `false` if it throws or rejects. */
export function verdict(verify: () => Awaitable<boolean>): Awaitable<boolean> {
  try {
    const value = verify();
    return value instanceof Promise ? value.catch(() => false) : value;
  } catch {
    return false;
  }
}
