/**
 * copath: Messaging Layer Security (MLS, RFC 9420) in TypeScript.
 *
 * @packageDocumentation
 */

export * from "./errors.ts";
export * from "./group/index.ts";
export * from "./wire/index.ts";
