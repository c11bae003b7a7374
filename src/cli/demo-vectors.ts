/**
 * A summary of the vectors at hand. A demo has no time for all cases of large files: it runs a sample that has cases of
 * every suite, always the same ones, and says so.
 */

import { statSync } from "node:fs";
import { recognise, runFamily, type VectorCase, type VectorEnvironment, type VectorFamily } from "../vectors/index.ts";
import { Mismatch } from "./demo-failure.ts";
import { readVectorFile, type VectorFile } from "./vector-files.ts";

export interface VectorSummary {
  /** Of kinds that can be run. */
  readonly files: number;
  readonly cases: number;
  readonly passed: number;
  readonly notApplicable: number;
  /** Suites with cases that passed. */
  readonly suites: readonly number[];
  readonly ms: number;
}

/** How much of a file is run. */
export interface Sample {
  /** Cases of each suite. */
  readonly ofSuite: number;
  /** Cases without a suite, such as those for primitives. */
  readonly withoutSuite: number;
  /** Octets that the cases of a file may have on average. */
  readonly caseSize: number;
}

/** @throws Mismatch if a case fails, or a file cannot be read */
export async function sampleVectors(
  files: readonly VectorFile[],
  environment: VectorEnvironment,
  sample: Sample,
  onProgress: (done: number) => void,
): Promise<VectorSummary> {
  const start = performance.now();
  const suites = new Set<number>();
  const sum = { files: 0, cases: 0, passed: 0, notApplicable: 0 };
  for (const [done, file] of files.entries()) {
    onProgress(done);
    const content = contentOf(file);
    const family = recognise(content)?.family;
    if (family === undefined) continue;
    const cases = [...family.cases(content)];
    const chosen = statSync(file.path).size > sample.caseSize * cases.length ? [] : choose(cases, sample);
    const report = await runFamily(onlyCases(family, chosen), content, environment);
    const [failure] = report.failures;
    if (failure !== undefined) throw new Mismatch(`${file.label}, ${failure.name}: ${failure.reason}`);
    sum.files++;
    sum.cases += cases.length;
    sum.passed += report.passed;
    sum.notApplicable += report.notApplicable;
    for (const { suite, passed } of report.suites) if (suite !== undefined && passed > 0) suites.add(suite);
  }
  return { ...sum, suites: [...suites].sort((a, b) => a - b), ms: performance.now() - start };
}

/** @throws Mismatch if there is none to read */
function contentOf({ path, label }: VectorFile): unknown {
  try {
    return readVectorFile(path);
  } catch (error) {
    throw new Mismatch(`${label}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function onlyCases(family: VectorFamily, cases: readonly VectorCase[]): VectorFamily {
  return { ...family, cases: () => cases };
}

/** Spread evenly over the cases of each suite. */
function choose(cases: readonly VectorCase[], { ofSuite, withoutSuite }: Sample): VectorCase[] {
  const bySuite = new Map<number | undefined, VectorCase[]>();
  for (const each of cases) {
    const ofSame = bySuite.get(each.suite);
    if (ofSame === undefined) bySuite.set(each.suite, [each]);
    else ofSame.push(each);
  }
  return [...bySuite].flatMap(([suite, all]) => spread(all, suite === undefined ? withoutSuite : ofSuite));
}

function spread<T>(all: readonly T[], count: number): T[] {
  const step = Math.max(1, all.length / count);
  return all.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step)).slice(0, count);
}
