/** The working group's scenario files, where they are at hand, and what they come to between two servers. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { failures } from "../../src/runner/failure-report.ts";
import { count } from "../../src/runner/matrix.ts";
import { parseScenarios } from "../../src/runner/parse-scenarios.ts";
import type { CaseResult } from "../../src/runner/play.ts";
import type { Scenario } from "../../src/runner/scenario.ts";

export const folder = process.env.COPATH_INTEROP_CONFIGS;

export function scenarioFiles(): readonly string[] {
  return folder === undefined ? [] : readdirSync(folder).filter((file) => file.endsWith(".json"));
}

export function scenariosOf(file: string): readonly Scenario[] {
  return parseScenarios(readFileSync(join(folder ?? "", file), "utf8"), file);
}

/** Nothing, if all has passed, and at least as many cases as there must be. */
export function outcome(results: readonly CaseResult[], atLeast: number): readonly string[] {
  const { passed, unsupported } = count(results);
  const few = passed >= atLeast ? [] : [`${passed} passed, of ${atLeast} that there must be`];
  const beyond = unsupported === 0 ? [] : [`${unsupported} are said not to be supported`];
  return [...failures(results), ...few, ...beyond];
}
