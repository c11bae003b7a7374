/**
 * copath: Messaging Layer Security (MLS, RFC 9420) in TypeScript.
 *
 * @packageDocumentation
 */

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
} from "./errors.ts";
export * from "./group/index.ts";
export * from "./wire/index.ts";
