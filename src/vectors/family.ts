/**
 * What a kind of vector file is: recognised by its structure, never by its name, and a list of cases that either hold,
 * throw, or lie outside what MLS uses.
 */

import { equal, toHex } from "../bytes.ts";
import type { Backend, CipherSuite } from "../crypto/cipher-suite.ts";
import { InvalidError } from "../errors.ts";
import type { Random } from "../hpke/algorithms.ts";

/** What the cases run on. */
export interface VectorEnvironment {
  /** Who computes. */
  readonly backend: Backend;
  /** The registered suite with this number, if the backend has all its primitives. */
  suite(id: number): CipherSuite | undefined;
  /** For cases that encrypt or sign. */
  readonly random: Random;
}

/** A case that cannot apply says why; one that failed throws. */
export type CaseOutcome = "passed" | { readonly notApplicable: string };

/** One case of a file. */
export interface VectorCase {
  /** Where in the file the case stands, for people. */
  readonly name: string;
  /** The cipher suite of the case, if it has one. */
  readonly suite: number | undefined;
  /** Throws if the case does not hold. */
  run(environment: VectorEnvironment): Promise<CaseOutcome>;
}

/** One kind of vector file. */
export interface VectorFamily {
  /** Of the kind. */
  readonly name: string;
  /** Whether a parsed file is of this kind. Looks at structure only. */
  recognises(file: unknown): boolean;
  /** The cases of a file that was recognised, in its order. */
  cases(file: unknown): Iterable<VectorCase>;
}

/** @throws InvalidError `vectors.mismatch` */
export function expectBytes(what: string, actual: Uint8Array, expected: Uint8Array): void {
  if (equal(actual, expected)) return;
  throw new InvalidError("vectors.mismatch", { what, actual: toHex(actual), expected: toHex(expected) });
}

/** @throws InvalidError `vectors.mismatch` */
export function expectSame(what: string, actual: unknown, expected: unknown): void {
  if (actual === expected) return;
  throw new InvalidError("vectors.mismatch", { what, actual: String(actual), expected: String(expected) });
}

/** Whether a file is a non-empty list of objects that have all these fields. */
export function isListOf(file: unknown, ...fields: readonly string[]): file is readonly Record<string, unknown>[] {
  return Array.isArray(file) && file.length > 0 && file.every((each) => hasFields(each, ...fields));
}

export function hasFields(value: unknown, ...fields: readonly string[]): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && fields.every((field) => Object.hasOwn(value, field));
}
