/** Errors, and what they mean to people: `copath/errors`. The sentences are in no bundle that does not name this door. */

export {
  type ErrorClass,
  type ErrorCode,
  type ErrorDetails,
  type ErrorRecord,
  InternalError,
  InvalidError,
  MalformedError,
  MlsError,
  type MlsErrorOptions,
  type Reaction,
  StaleError,
  UsageError,
} from "../errors.ts";
export { type Explanation, explain } from "./explain.ts";
export type { Retry } from "./row.ts";
