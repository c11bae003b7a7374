/** Results for a terminal: a table for each set of clients that played together and each kind of handshake. */
import type { CaseResult } from "./play.ts";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly unsupported: number;
}

export function count(results: readonly CaseResult[]): Counts {
  const counts = { passed: 0, failed: 0, unsupported: 0 };
  for (const { verdict } of results) counts[verdict]++;
  return counts;
}

/** The last line of a run. */
export function summary({ passed, failed, unsupported }: Counts): string {
  return `${passed} passed, ${failed} failed${unsupported === 0 ? "" : `, ${unsupported} unsupported`}`;
}

export function handshake({ encryptHandshake }: Pick<CaseResult, "encryptHandshake">): string {
  return encryptHandshake ? "private handshake" : "public handshake";
}

/** The clients that took part, in alphabetical order. */
export function clientsOf({ assignment }: Pick<CaseResult, "assignment">): readonly string[] {
  return [...new Set([...assignment.values()].map(({ name }) => name))].sort();
}

export function matrix(results: readonly CaseResult[]): readonly string[] {
  const lines = [];
  for (const [clients, together] of grouped(results, (result) => clientsOf(result).join(" + "))) {
    for (const [kind, cases] of grouped(together, handshake)) lines.push("", `${clients}, ${kind}`, ...table(cases));
  }
  const { failed, unsupported } = count(results);
  if (failed + unsupported > 0) lines.push("");
  if (failed > 0) lines.push("x: not all passed");
  if (unsupported > 0) lines.push("u: a client does not support what is asked for");
  return lines;
}

function table(results: readonly CaseResult[]): readonly string[] {
  const suites = [...new Set(results.map(({ suite }) => suite))].sort((a, b) => a - b);
  const rows = [...grouped(results, ({ scenario }) => scenario)].map(([scenario, cases]) => [
    scenario,
    ...suites.map((suite) => cell(cases.filter((each) => each.suite === suite))),
  ]);
  const head = ["", ...suites.map((suite) => `suite ${suite}  `)];
  const widths = head.map((_, i) => [head, ...rows].reduce((most, row) => Math.max(most, row[i]?.length ?? 0), 0));
  return [head, ...rows].map((row) => {
    const cells = row.map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)));
    return `  ${cells.join("  ")}`.trimEnd();
  });
}

/** How many passed of how many, and a mark of one letter in a column of its own. */
function cell(results: readonly CaseResult[]): string {
  if (results.length === 0) return "-  ";
  const { passed, failed, unsupported } = count(results);
  return `${passed}/${results.length} ${failed > 0 ? "x" : unsupported > 0 ? "u" : " "}`;
}

function grouped(results: readonly CaseResult[], key: (result: CaseResult) => string): Map<string, CaseResult[]> {
  const groups = new Map<string, CaseResult[]>();
  for (const result of results) {
    const group = groups.get(key(result)) ?? [];
    groups.set(key(result), group);
    group.push(result);
  }
  return groups;
}
