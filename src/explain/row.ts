/** What is said about one code: the rule, in one sentence, and what can be done when it was broken. */

import type { CODES } from "../error-codes.ts";

/** Whether the same operation can succeed another time. */
export type Retry =
  /** The same input fails again, whatever is done. */
  | "never"
  /** Once something that is not here yet was fetched, or has arrived. */
  | "after_fetch"
  /** Once the call, the options, the policy or the environment was changed. */
  | "after_fix"
  /** As it is, at another time: what failed was outside this library. */
  | "later";

/** What to do after a failure. */
export interface Remedy {
  readonly retry: Retry;
  readonly advice: string;
}

/** One sentence with the rule, and the remedy. */
export type Row = readonly [rule: string, remedy: Remedy];

/** The rows of some codes of one reaction. */
export type Rows<Reaction extends keyof typeof CODES> = Readonly<Partial<Record<keyof (typeof CODES)[Reaction], Row>>>;

export const never = (advice: string): Remedy => ({ retry: "never", advice });
export const afterFetch = (advice: string): Remedy => ({ retry: "after_fetch", advice });
export const afterFix = (advice: string): Remedy => ({ retry: "after_fix", advice });
export const later = (advice: string): Remedy => ({ retry: "later", advice });
