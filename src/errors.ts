/**
 * Every failure that leaves the library. The subclass says what the caller should do, the code says what happened, and
 * the code's row says where RFC 9420 decides it. Codes are stable; sentences for people live elsewhere.
 */

import { CODES, type ErrorClass, type ErrorRow, partsOf } from "./error-codes.ts";

export type { ErrorClass } from "./error-codes.ts";

type Table = typeof CODES;
/** What the caller of a failed operation should do. */
export type Reaction = keyof Table;
/** The stable, machine-readable names of everything that can go wrong. */
export type ErrorCode = { [R in Reaction]: keyof Table[R] }[Reaction];
/** Public facts about a failure: indices, lengths, offsets and names. Never a key, a secret or a plaintext. */
export type ErrorDetails = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

/** What may come with a failure besides its code and details. */
export interface MlsErrorOptions {
  /** What another library or the application threw. */
  readonly cause?: unknown;
}

/** An error for logs and reports. Indices and epochs of 64 bits, which JSON has no number for, are written in decimal. */
export interface ErrorRecord {
  /** Of the class. */
  readonly name: string;
  /** What happened. */
  readonly code: ErrorCode;
  /** As `MlsError.section`. */
  readonly section: string;
  /** Public facts, as plain values. */
  readonly details: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** The base of all errors thrown by this library. Nothing else leaves it on hostile input. */
export abstract class MlsError extends Error {
  /** What the caller should do. */
  abstract readonly reaction: Reaction;
  /** What happened; stable over releases. */
  readonly code: ErrorCode;
  /** Public facts: indices, lengths, offsets, names. */
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options: MlsErrorOptions = {}) {
    super(describe(code, details), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = details;
  }

  /** The section of RFC 9420 (or the other document named) that decides. */
  get section(): string {
    return rowOf(this.reaction, this.code)[1];
  }

  /** The coarse class that the code belongs to, as conformance tests use it. */
  get class(): ErrorClass {
    return rowOf(this.reaction, this.code)[0];
  }

  /** For logs. */
  toJSON(): ErrorRecord {
    const facts = Object.entries(this.details).map(
      ([name, value]) => [name, typeof value === "bigint" ? `${value}` : value] as const,
    );
    return { name: this.name, code: this.code, section: this.section, details: Object.fromEntries(facts) };
  }
}

/** The input is not what it claims to be: drop it. */
export class MalformedError extends MlsError {
  override readonly name = "MalformedError";
  readonly reaction = "malformed";
  declare readonly code: keyof Table["malformed"];
  constructor(code: keyof Table["malformed"], details?: ErrorDetails, options?: MlsErrorOptions) {
    super(code, details, options);
  }
}

/** A peer broke a rule of the protocol: drop the input, perhaps report its sender. */
export class InvalidError extends MlsError {
  override readonly name = "InvalidError";
  readonly reaction = "invalid";
  declare readonly code: keyof Table["invalid"];
  constructor(code: keyof Table["invalid"], details?: ErrorDetails, options?: MlsErrorOptions) {
    super(code, details, options);
  }
}

/** The input does not belong to this state, or something it needs is not here yet: wait, fetch, or resynchronise. */
export class StaleError extends MlsError {
  override readonly name = "StaleError";
  readonly reaction = "stale";
  declare readonly code: keyof Table["stale"];
  constructor(code: keyof Table["stale"], details?: ErrorDetails, options?: MlsErrorOptions) {
    super(code, details, options);
  }
}

/** The call itself cannot be carried out: fix the caller. */
export class UsageError extends MlsError {
  override readonly name = "UsageError";
  readonly reaction = "usage";
  declare readonly code: keyof Table["usage"];
  constructor(code: keyof Table["usage"], details?: ErrorDetails, options?: MlsErrorOptions) {
    super(code, details, options);
  }
}

/** A bug in this library, or in a backend: report it. */
export class InternalError extends MlsError {
  override readonly name = "InternalError";
  readonly reaction = "internal";
  declare readonly code: keyof Table["internal"];
  constructor(code: keyof Table["internal"], details?: ErrorDetails, options?: MlsErrorOptions) {
    super(code, details, options);
  }
}

function rowOf(reaction: Reaction, code: ErrorCode): readonly [ErrorClass, string] {
  const rows: Readonly<Record<string, ErrorRow>> = CODES[reaction];
  return partsOf(rows[code] ?? "internal -");
}

function describe(code: ErrorCode, details: ErrorDetails): string {
  const facts = Object.entries(details).filter(([, value]) => value !== undefined);
  if (facts.length === 0) return code;
  return `${code} (${facts.map(([name, value]) => `${name}: ${String(value)}`).join(", ")})`;
}
