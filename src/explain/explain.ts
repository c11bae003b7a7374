/** What an error means to people: its rule, what happened, whether trying again helps, and what to do. */

import { CODES, type ErrorRow, partsOf } from "../error-codes.ts";
import type { ErrorClass, ErrorCode, ErrorDetails, MlsError, Reaction } from "../errors.ts";
import { tell } from "./facts.ts";
import type { Retry, Row } from "./row.ts";
import { SENTENCES } from "./table.ts";

/** An error, explained. */
export interface Explanation {
  /** `undefined` if the error is none of this library's. */
  readonly code: ErrorCode | undefined;
  /** The section of RFC 9420 that decides; `-` where none does. */
  readonly section: string;
  /** The coarse class of the code. */
  readonly class: ErrorClass;
  /** What the caller should do. */
  readonly reaction: Reaction;
  /** The rule that was broken, in one sentence. */
  readonly rule: string;
  /** What happened, from the details: where, and what was found there. Empty if the code says it all. */
  readonly happened: string;
  /** Those of the error. */
  readonly details: ErrorDetails;
  /** Whether the same operation can succeed another time. */
  readonly retry: Retry;
  /** What to do now. */
  readonly advice: string;
  /** All of this, as lines for a log or a terminal. */
  readonly text: string;
}

/**
 * Explains any error: those of this library by their code, also if they were thrown by another copy of it, and all
 * others as foreign. Never throws.
 */
export function explain(error: unknown): Explanation {
  const known = isMlsError(error) ? rowsOf(error.reaction, error.code) : undefined;
  if (known === undefined || !isMlsError(error)) return withText(foreign(error));
  const [[errorClass, section], [rule, { retry, advice }]] = known;
  const { code, reaction, details } = error;
  const happened = tell(details, error.cause);
  return withText({ code, section, class: errorClass, reaction, rule, happened, details, retry, advice });
}

const RETRIES: Readonly<Record<Retry, string>> = {
  never: "no, it will fail again",
  after_fetch: "yes, once what is missing is here",
  after_fix: "yes, once something is changed",
  later: "yes, at another time",
};

function withText(explanation: Omit<Explanation, "text">): Explanation {
  const { code, section, reaction, rule, happened, retry, advice } = explanation;
  const decides = section === "-" ? "" : `, ${/^[\dA-Z]/.test(section) ? `RFC 9420 §${section}` : section}`;
  const lines = [
    `${code ?? "not an error of copath"} (${reaction}${decides})`,
    ...(happened === "" ? [] : [`  What happened  ${happened}`]),
    `  The rule       ${rule}`,
    `  Try again?     ${RETRIES[retry]}`,
    `  What to do     ${advice}`,
  ];
  return { ...explanation, text: lines.join("\n") };
}

/** By its shape, since two copies of a package have two classes of one name. */
function isMlsError(error: unknown): error is MlsError {
  if (!(error instanceof Error) || !("code" in error && "reaction" in error && "details" in error)) return false;
  return typeof error.code === "string" && typeof error.details === "object" && error.details !== null;
}

function rowsOf(reaction: string, code: string): readonly [readonly [ErrorClass, string], Row] | undefined {
  if (!Object.hasOwn(CODES, reaction)) return undefined;
  const codes: Readonly<Record<string, ErrorRow>> = CODES[reaction as Reaction];
  const sentences: Readonly<Record<string, Row>> = SENTENCES[reaction as Reaction];
  const row = Object.hasOwn(codes, code) ? codes[code] : undefined;
  const sentence = Object.hasOwn(sentences, code) ? sentences[code] : undefined;
  return row === undefined || sentence === undefined ? undefined : [partsOf(row), sentence];
}

function foreign(error: unknown): Omit<Explanation, "text"> {
  return {
    code: undefined,
    section: "-",
    class: "internal",
    reaction: "internal",
    rule: "What this library throws is an MlsError; other errors come from the application's own functions, or from a bug.",
    happened: tell({}, error instanceof Error ? error : new Error(describe(error))),
    details: {},
    retry: "after_fix",
    advice: "Look at its stack: if only this library is in it, please report it.",
  };
}

function describe(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}
