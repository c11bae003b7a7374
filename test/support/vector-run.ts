/** Runs a vector family over a published file on a backend: what `copath vectors` does, as a test per file and backend. */
import { describe, expect, it } from "vitest";
import type { Backend, CipherSuite } from "../../src/crypto/cipher-suite.ts";
import { seededRandom } from "../../src/testing/random.ts";
import type { VectorFamily } from "../../src/vectors/family.ts";
import { runFamily as runCases, vectorEnvironment } from "../../src/vectors/run.ts";
import { publishedVectors } from "./vector-files.ts";

export { seededRandom };

export interface FamilyRun {
  readonly passed: number;
  readonly failed: readonly string[];
  /** Why a case does not apply, once for each. */
  readonly notApplicable: readonly string[];
}

export function suitesOf(backend: Backend): (id: number) => CipherSuite | undefined {
  return vectorEnvironment(backend, seededRandom(1)).suite;
}

export async function runFamily(family: VectorFamily, file: unknown, backend: Backend): Promise<FamilyRun> {
  const report = await runCases(family, file, vectorEnvironment(backend, seededRandom(1)));
  const failed = report.failures.map(({ name, reason }) => `${name}: ${reason}`);
  const notApplicable = [...report.reasons].flatMap(([reason, cases]) => new Array<string>(cases).fill(reason));
  return { passed: report.passed, failed, notApplicable };
}

/** One test per file and backend: recognised by this family, at least one case, none failed. */
export function describeFamily(family: VectorFamily, files: readonly string[], backends: readonly Backend[]): void {
  describe.each(files)("%s", (name) => {
    const file = publishedVectors(name);
    it.skipIf(file === undefined).each(backends.map((backend) => [backend.name, backend] as const))(
      `holds on %s as ${family.name}`,
      async (_, backend) => {
        expect(family.recognises(file)).toBe(true);
        const { failed, passed } = await runFamily(family, file, backend);
        expect(failed).toEqual([]);
        expect(passed).toBeGreaterThan(0);
      },
      300_000,
    );
  });
}
