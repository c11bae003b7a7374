/**
 * Runs vector files. Whatever a file holds, and whatever goes wrong in a case, ends up in the report: running never
 * throws.
 */

import { type Backend, cipherSuite, supports } from "../crypto/cipher-suite.ts";
import type { Random } from "../hpke/algorithms.ts";
import { REGISTERED_SUITES } from "../suites/registry.ts";
import type { VectorCase, VectorEnvironment, VectorFamily } from "./family.ts";
import { recognise } from "./recognise.ts";

/** How many cases came out in which way. */
export interface Counts {
  /** Cases that hold. */
  readonly passed: number;
  /** Cases that do not. */
  readonly failed: number;
  /** Cases outside of what MLS uses. */
  readonly notApplicable: number;
}

/** The cases of one cipher suite, or those that belong to none. */
export interface SuiteCounts extends Counts {
  /** None for cases of no suite. */
  readonly suite: number | undefined;
}

/** A case that did not hold. */
export interface CaseFailure {
  /** Its place in the file. */
  readonly name: string;
  /** Its cipher suite, if it has one. */
  readonly suite: number | undefined;
  /** What went wrong. */
  readonly reason: string;
}

/** What came of a file. Only a file of the status `run` has cases. */
export interface VectorReport extends Counts {
  /** Whether it could be run. */
  readonly status: "run" | "unsupported" | "unrecognised";
  /** Which kind of file it is, if that is known. */
  readonly kind: string | undefined;
  /** By number, those without a suite first. */
  readonly suites: readonly SuiteCounts[];
  /** One for each failed case. */
  readonly failures: readonly CaseFailure[];
  /** Why cases were not applicable, and how many each. */
  readonly reasons: ReadonlyMap<string, number>;
}

/** How a run reports on its way. */
export interface RunOptions {
  /** Called before the first case and after each. */
  readonly onProgress?: (done: number, cases: number) => void;
}

/** What the cases run on: the registered suites of a backend. */
export function vectorEnvironment(backend: Backend, random: Random): VectorEnvironment {
  const definitions = REGISTERED_SUITES.filter((definition) => supports(backend, definition));
  const suites = new Map(definitions.map((definition) => [definition.id, cipherSuite(definition, backend)]));
  return { backend, suite: (id) => suites.get(id), random };
}

/** Runs all cases of a parsed file of any kind. */
export async function runVectors(
  file: unknown,
  environment: VectorEnvironment,
  options: RunOptions = {},
): Promise<VectorReport> {
  const recognition = recognise(file);
  if (recognition?.family !== undefined) return runFamily(recognition.family, file, environment, options);
  const status = recognition === undefined ? "unrecognised" : "unsupported";
  return { ...new Tally().report(), status, kind: recognition?.kind };
}

/** Runs a file whose kind is known already. */
export async function runFamily(
  family: VectorFamily,
  file: unknown,
  environment: VectorEnvironment,
  { onProgress }: RunOptions = {},
): Promise<VectorReport> {
  const tally = new Tally();
  const cases = casesOf(family, file, tally);
  onProgress?.(0, cases.length);
  for (const [index, each] of cases.entries()) {
    await runCase(each, environment, tally);
    onProgress?.(index + 1, cases.length);
  }
  return { ...tally.report(), status: "run", kind: family.name };
}

/** A file whose structure does not hold what it promised has one failed case. */
function casesOf(family: VectorFamily, file: unknown, tally: Tally): readonly VectorCase[] {
  try {
    return [...family.cases(file)];
  } catch (error) {
    tally.failed({ name: "the file", suite: undefined, reason: reasonOf(error) });
    return [];
  }
}

async function runCase(each: VectorCase, environment: VectorEnvironment, tally: Tally): Promise<void> {
  try {
    const outcome = await each.run(environment);
    if (outcome === "passed") tally.passed(each.suite);
    else tally.notApplicable(each.suite, outcome.notApplicable);
  } catch (error) {
    tally.failed({ name: each.name, suite: each.suite, reason: reasonOf(error) });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

type MutableCounts = { -readonly [K in keyof SuiteCounts]: SuiteCounts[K] };

/** Counts while cases run. */
class Tally {
  readonly #suites = new Map<number | undefined, MutableCounts>();
  readonly #failures: CaseFailure[] = [];
  readonly #reasons = new Map<string, number>();

  passed(suite: number | undefined): void {
    this.#countsOf(suite).passed++;
  }

  failed(failure: CaseFailure): void {
    this.#countsOf(failure.suite).failed++;
    this.#failures.push(failure);
  }

  notApplicable(suite: number | undefined, reason: string): void {
    this.#countsOf(suite).notApplicable++;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  report(): Omit<VectorReport, "status" | "kind"> {
    const suites = [...this.#suites.values()].sort((a, b) => (a.suite ?? -1) - (b.suite ?? -1));
    return { ...total(suites), suites, failures: this.#failures, reasons: this.#reasons };
  }

  #countsOf(suite: number | undefined): MutableCounts {
    const counts = this.#suites.get(suite) ?? { suite, passed: 0, failed: 0, notApplicable: 0 };
    this.#suites.set(suite, counts);
    return counts;
  }
}

/** The sum of counts. */
export function total(all: Iterable<Counts>): Counts {
  const sum = { passed: 0, failed: 0, notApplicable: 0 };
  for (const { passed, failed, notApplicable } of all) {
    sum.passed += passed;
    sum.failed += failed;
    sum.notApplicable += notApplicable;
  }
  return sum;
}
