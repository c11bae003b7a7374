/** How a run over vector files reads, for people and for programs. */

import type { Counts, SuiteCounts, VectorReport } from "../vectors/run.ts";
import { count, oneLine, pad, type Terminal } from "./terminal.ts";

/** A file that was run, or that could not be read. */
export type FileReport = { readonly file: string } & (
  | VectorReport
  | { readonly status: "unreadable"; readonly reason: string }
);

const SHOWN_FAILURES = 10;
const KIND_WIDTH = 18;
const MAX_LABEL_WIDTH = 48;

/** One line per file, and below it the cases that failed. */
export function printFile(terminal: Terminal, report: FileReport, labelWidth: number): void {
  const failed = hasFailed(report);
  const style = failed ? "red" : report.status === "run" ? "green" : "dim";
  const mark = { run: failed ? "✗" : "✓", unreadable: "✗", unsupported: "-", unrecognised: "?" }[report.status];
  const kind = report.status === "run" ? (report.kind ?? "") : "";
  const head = `${mark} ${pad(oneLine(report.file), Math.min(labelWidth, MAX_LABEL_WIDTH))}  ${pad(kind, KIND_WIDTH)}`;
  terminal.print(`${terminal.style(style, head)}  ${outcomeOf(report)}`);
  if (report.status === "run") printFailures(terminal, report);
}

/** The last lines: what was found, and how it went. */
export function printSummary(terminal: Terminal, reports: readonly FileReport[], backend: string): void {
  const found = (["run", "unsupported", "unrecognised", "unreadable"] as const).flatMap((status) => {
    const files = reports.filter((report) => report.status === status).length;
    return files === 0 ? [] : [`${files} ${status === "unsupported" ? "not supported yet" : status}`];
  });
  const { passed, failed, notApplicable } = sum(reports);
  terminal.print();
  terminal.print(
    `${count(reports.length, "file")} (${found.join(", ")}), ${count(notApplicable, "case")} not applicable, ${backend} backend`,
  );
  terminal.print(`${passed} passed, ${failed} failed`);
}

/** The whole run as one JSON value. */
export function jsonOf(reports: readonly FileReport[], backend: string): string {
  const files = reports.map((report) =>
    report.status === "unreadable" ? report : { ...report, reasons: Object.fromEntries(report.reasons) },
  );
  return JSON.stringify({ backend, files, ...sum(reports) }, undefined, 2);
}

/** An unreadable file counts as one failure. */
export function sum(reports: readonly FileReport[]): Counts {
  const counts = { passed: 0, failed: 0, notApplicable: 0 };
  for (const report of reports) {
    if (report.status === "unreadable") counts.failed++;
    else {
      counts.passed += report.passed;
      counts.failed += report.failed;
      counts.notApplicable += report.notApplicable;
    }
  }
  return counts;
}

function hasFailed(report: FileReport): boolean {
  return report.status === "unreadable" || report.failed > 0;
}

function outcomeOf(report: FileReport): string {
  if (report.status === "unreadable") return `unreadable: ${oneLine(report.reason)}`;
  if (report.status === "unsupported") return `not supported yet: ${oneLine(report.kind ?? "")}`;
  if (report.status === "unrecognised") return "unrecognised";
  const parts = [`${report.passed} passed${suitesOf(report.suites)}`];
  if (report.failed > 0) parts.push(`${report.failed} failed`);
  if (report.notApplicable > 0)
    parts.push(`${report.notApplicable} not applicable (${[...report.reasons.keys()].join("; ")})`);
  return parts.join(", ");
}

/** ` (suites 1-7: 11 each)`, or the number of each suite where they differ; nothing where cases have no suite. */
function suitesOf(suites: readonly SuiteCounts[]): string {
  const passed = suites.filter((each) => each.suite !== undefined && each.passed > 0);
  const [first] = passed;
  if (first === undefined) return "";
  if (passed.length === 1) return ` (suite ${String(first.suite)})`;
  const names = passed.map(({ suite }) => String(suite));
  if (passed.every((each) => each.passed === first.passed)) return ` (suites ${rangesOf(names)}: ${first.passed} each)`;
  return ` (by suite ${passed.map((each) => `${String(each.suite)}: ${each.passed}`).join(", ")})`;
}

/** `1-3, 7` for 1, 2, 3, 7. */
function rangesOf(names: readonly string[]): string {
  const ranges: [string, string][] = [];
  for (const name of names) {
    const last = ranges.at(-1);
    if (last !== undefined && Number(last[1]) + 1 === Number(name)) last[1] = name;
    else ranges.push([name, name]);
  }
  return ranges.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(", ");
}

function printFailures(terminal: Terminal, { failures }: VectorReport): void {
  for (const { name, suite, reason } of failures.slice(0, SHOWN_FAILURES)) {
    const where = suite === undefined ? name : `${name} (suite ${suite})`;
    terminal.print(`    ${terminal.style("red", oneLine(where))}: ${oneLine(reason)}`);
  }
  if (failures.length > SHOWN_FAILURES) terminal.print(`    and ${failures.length - SHOWN_FAILURES} more`);
}
