/** Runs a vector family over a published file on a backend: what `copath vectors` does, as a test per file and backend. */
import { describe, expect, it } from "vitest";
import { type Backend, type CipherSuite, cipherSuite, supports } from "../../src/crypto/cipher-suite.ts";
import type { Random } from "../../src/hpke/algorithms.ts";
import { REGISTERED_SUITES } from "../../src/suites/registry.ts";
import type { VectorFamily } from "../../src/vectors/family.ts";
import { drawsOf } from "./generate.ts";
import { publishedVectors } from "./vector-files.ts";

export interface FamilyRun {
  passed: number;
  readonly failed: string[];
  readonly notApplicable: string[];
}

/** Octets that look random and are the same each time. */
export function seededRandom(seed: number): Random {
  const draw = drawsOf(seed);
  return (length) => Uint8Array.from({ length }, () => Math.floor(draw() * 256));
}

export function suitesOf(backend: Backend): (id: number) => CipherSuite | undefined {
  const suites = REGISTERED_SUITES.filter((each) => supports(backend, each)).map((each) => cipherSuite(each, backend));
  return (id) => suites.find((suite) => suite.id === id);
}

export async function runFamily(family: VectorFamily, file: unknown, backend: Backend): Promise<FamilyRun> {
  const run: FamilyRun = { passed: 0, failed: [], notApplicable: [] };
  const environment = { backend, suite: suitesOf(backend), random: seededRandom(1) };
  for (const each of family.cases(file)) {
    try {
      const outcome = await each.run(environment);
      if (outcome === "passed") run.passed++;
      else run.notApplicable.push(`${each.name}: ${outcome.notApplicable}`);
    } catch (error) {
      run.failed.push(`${each.name}: ${String(error)}`);
    }
  }
  return run;
}

/** One test per file and backend: recognised by this family, at least one case, none failed. */
export function describeFamily(family: VectorFamily, files: readonly string[], backends: readonly Backend[]): void {
  describe.each(files)("%s", (name) => {
    const file = publishedVectors(name);
    it.skipIf(file === undefined).each(backends.map((backend) => [backend.name, backend] as const))(
      `holds on %s as ${family.name}`,
      async (_, backend) => {
        expect(family.recognises(file)).toBe(true);
        const run = await runFamily(family, file, backend);
        expect(run.failed).toEqual([]);
        expect(run.passed).toBeGreaterThan(0);
      },
    );
  });
}
