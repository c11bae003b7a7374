/** How the demo reads, for people. Every number comes from the run. */

import type { Cost } from "./demo-costs.ts";
import type { Crowd } from "./demo-crowd.ts";
import type { StepFailed } from "./demo-failure.ts";
import type { StepReport } from "./demo-story.ts";
import type { VectorSummary } from "./demo-vectors.ts";
import { count, oneLine, pad, type Terminal, table } from "./terminal.ts";

/** What the demo runs on. */
export interface DemoHead {
  readonly suite: { readonly id: number; readonly name: string };
  readonly backend: string;
  readonly seed: string;
  /** The version of Node. */
  readonly node: string;
  /** Whether there are fewer members and vectors than by default, for speed. */
  readonly reduced: boolean;
}

/** Everything that was sent in the story. */
export interface Transcript {
  readonly messages: number;
  readonly bytes: number;
  readonly checks: number;
  /** SHA-256, in hexadecimal. */
  readonly hash: string;
}

/** What a run of the demo came to, as far as it came. */
export interface DemoReport extends DemoHead {
  readonly steps: StepReport[];
  transcript?: Transcript;
  costs?: readonly Cost[];
  crowd?: Crowd;
  vectors?: VectorSummary;
  failure?: { readonly step: string; readonly reason: string };
  ms?: number;
}

const STEP_WIDTH = 15;
const WHAT_WIDTH = 46;
/** Notes that fit share a line. */
const NOTES_WIDTH = 84;

export function printHead(terminal: Terminal, { suite, backend, seed, node, reduced }: DemoHead): void {
  const where = `suite ${suite.id} · ${backend} backend · seed ${oneLine(seed)} · Node ${node}`;
  terminal.print(`${terminal.style("bold", "copath demo")} · ${where}`);
  terminal.print(terminal.style("dim", suite.name));
  if (reduced)
    terminal.print(terminal.style("dim", "with fewer members and vectors than by default, to take seconds here too"));
  terminal.print();
}

export function printStep(terminal: Terminal, report: StepReport): void {
  const { epoch, authenticator, members } = report;
  const agreement = members > 1 ? `   ${members} agree` : "";
  const place = epoch === undefined ? "" : `epoch ${epoch}   auth ${short(authenticator)}${agreement}`;
  printLine(terminal, report.step, `${pad(report.what, WHAT_WIDTH)} ${place}`);
  printNotes(terminal, report.notes);
}

export function printTranscript(terminal: Terminal, { messages, bytes, checks, hash }: Transcript): void {
  printLine(terminal, "transcript", `${count(messages, "message")}, ${size(bytes)}, ${count(checks, "check")}`);
  printNotes(terminal, [`SHA-256 ${hash}`]);
  terminal.print();
}

/** Growth by the number of members, beside its logarithm. */
export function printCosts(terminal: Terminal, costs: readonly Cost[]): void {
  const head = [
    "members",
    "log2",
    "commit",
    "seals",
    "hashes",
    "size",
    "process",
    "opens",
    "hashes",
    "join",
    "Welcome",
  ];
  const rows = costs.map(({ members, log2, commit, process, join }) => [
    `${members}`,
    log2.toFixed(1),
    time(commit.ms),
    `${commit.hpke}`,
    `${commit.hashes}`,
    size(commit.bytes),
    time(process.ms),
    `${process.hpke}`,
    `${process.hashes}`,
    time(join.ms),
    size(join.bytes),
  ]);
  for (const [index, line] of table(rightAligned([head, ...rows])).entries()) {
    terminal.print(` ${index === 0 ? terminal.style("dim", line) : line}`);
  }
  terminal.print();
  const [first, last] = [costs[0], costs.at(-1)];
  if (first !== undefined && last !== undefined && first !== last) printGrowth(terminal, first, last);
}

function printGrowth(terminal: Terminal, first: Cost, last: Cost): void {
  const growth = (of: (cost: Cost) => number) => `×${(of(last) / of(first)).toFixed(1)}`;
  const levels = growth(({ log2 }) => log2);
  const seals = growth(({ commit }) => commit.hpke);
  const hashes = growth(({ commit }) => commit.hashes);
  const octets = growth(({ commit }) => commit.bytes);
  const times = (last.members / first.members).toFixed(0);
  terminal.print(
    ` ${times} times the members: log2 ${levels}; commit: seals ${seals}, hashes ${hashes}, size ${octets}`,
  );
  terminal.print();
}

export function printCrowd(terminal: Terminal, crowd: Crowd): void {
  const { members, commits, membersPerSecond, epoch, authenticator } = crowd;
  const what = `${members} members in ${count(commits, "commit")}, ${membersPerSecond.toFixed(0)} a second`;
  printLine(terminal, "for real", `${pad(what, WHAT_WIDTH)} epoch ${epoch}   auth ${short(authenticator)}`);
  printNotes(terminal, [
    `the last one joins in ${time(crowd.joinMs)} by a Welcome of ${size(crowd.welcomeBytes)}`,
    "creator, follower of every commit, and last joiner agree",
  ]);
}

export function printVectors(terminal: Terminal, vectors: VectorSummary): void {
  const { files, cases, passed, notApplicable, suites } = vectors;
  if (files === 0) {
    terminal.print(` - ${pad("vectors", STEP_WIDTH)} there are none at hand`);
    return;
  }
  const run = passed + notApplicable;
  const ofSuites = suites.length === 0 ? "" : `, suites ${suites.join(" ")}`;
  printLine(terminal, "vectors", `${count(files, "file")}: ${passed} cases passed, 0 failed${ofSuites}`);
  printNotes(terminal, [
    ...(notApplicable > 0 ? [`${notApplicable} not applicable`] : []),
    ...(run < cases ? [`a sample of ${run} out of ${cases} cases`, "copath vectors runs all"] : []),
  ]);
}

export function printFailure(terminal: Terminal, { step, message }: StepFailed): void {
  terminal.print(` ${terminal.style("red", `✘ ${pad(step, STEP_WIDTH)} ${oneLine(message)}`)}`);
  terminal.print();
  terminal.print(`The demo failed at the step '${step}'.`);
}

export function printEnd(terminal: Terminal, { steps, ms = 0 }: DemoReport): void {
  terminal.print();
  terminal.print(`All ${steps.length} steps of the story and all that followed agree, in ${(ms / 1000).toFixed(1)} s.`);
}

function printLine(terminal: Terminal, step: string, told: string): void {
  terminal.print(` ${terminal.style("green", "✔")} ${pad(step, STEP_WIDTH)} ${told}`.trimEnd());
}

function printNotes(terminal: Terminal, notes: readonly string[]): void {
  const lines: string[] = [];
  for (const note of notes) {
    const joined = `${lines.at(-1)} · ${note}`;
    if (lines.length > 0 && joined.length <= NOTES_WIDTH) lines[lines.length - 1] = joined;
    else lines.push(note);
  }
  for (const line of lines) terminal.print(`   ${" ".repeat(STEP_WIDTH)} ${terminal.style("dim", line)}`);
}

/** Numbers stand below each other by their last digits. */
function rightAligned(rows: readonly (readonly string[])[]): string[][] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)));
}

function short(authenticator = ""): string {
  return `${authenticator.slice(0, 4)}…${authenticator.slice(-2)}`;
}

function time(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function size(bytes: number): string {
  return bytes < 10_000 ? `${bytes} B` : `${(bytes / 1024).toFixed(0)} KiB`;
}
