/** What went wrong, for whoever has to find out why: one block for each case that failed. */
import { handshake } from "./matrix.ts";
import type { CaseResult } from "./play.ts";
import type { Step } from "./scenario.ts";
import type { Assignment } from "./stage.ts";

export function failures(results: readonly CaseResult[]): readonly string[] {
  return results.filter(({ verdict }) => verdict === "failed").flatMap((result) => ["", ...block(result)]);
}

function block(result: CaseResult): readonly string[] {
  const { scenario, suite, assignment, failure } = result;
  if (failure === undefined) return [];
  const who = failure.actors.map((actor) => `${actor} (${assignment.get(actor)?.name})`);
  const rows: readonly (readonly [string, string])[] = [
    ...actorsAndClients(assignment, failure.actors).map((line, i): [string, string] => [i === 0 ? "actors" : "", line]),
    moment(failure),
    ["call", failure.rpc ?? "none"],
    failure.kind === "runner"
      ? ["runner", failure.message]
      : failure.status === undefined
        ? [who.length > 1 ? "differ" : "wrong", `${who.join(" and ")}: ${failure.message}`]
        : ["refused", `by ${who.join(" and ")}: ${failure.status}: ${failure.message}`],
  ];
  const title = `FAILED ${scenario}, suite ${suite}, ${handshake(result)}`;
  return [title, ...rows.map(([name, text]) => `  ${name.padEnd(9)}${text}`.trimEnd())];
}

function moment({ at }: NonNullable<CaseResult["failure"]>): readonly [string, string] {
  if (at.phase === "step") return [`step ${at.index}`, stepJson(at.step)];
  return [
    "after",
    at.phase === "verification" ? "the last step, when live members are compared" : "all, when states are freed",
  ];
}

/** More actors than this are not written out: the JSON output has them all. */
const MANY_ACTORS = 16;

function actorsAndClients(assignment: Assignment, concerned: readonly string[]): readonly string[] {
  const clients = new Set([...assignment.values()].map(({ name }) => name));
  if (clients.size === 1) return [`all are ${[...clients].join()}`];
  const shown = [...assignment].filter(([actor]) => assignment.size <= MANY_ACTORS || concerned.includes(actor));
  const line = shown.map(([actor, { name }]) => `${actor} = ${name}`).join(", ");
  const rest = assignment.size - shown.length;
  return rest === 0 ? [line] : [line, `and ${rest} more, of ${[...clients].sort().join(" and ")}`];
}

/** A step as a file would have it, without what is left at its default. */
export function stepJson(step: Step): string {
  return JSON.stringify(step, (_, value: unknown) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
    if (typeof value === "bigint") return Number(value);
    return value === false || (Array.isArray(value) && value.length === 0) ? undefined : value;
  });
}

/** What clients lack of the calls that serve to compare them in the end, and in how many cases that was asked for. */
export function notVerified(results: readonly CaseResult[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { notVerified, assignment } of results) {
    for (const what of new Set(notVerified.map(({ actor, rpc }) => `${assignment.get(actor)?.name} has no ${rpc}`))) {
      counts.set(what, (counts.get(what) ?? 0) + 1);
    }
  }
  return [...counts].map(([what, cases]) => `not verified in ${cases} ${cases === 1 ? "case" : "cases"}: ${what}`);
}

/** Who does not support what, and in how many cases that showed. */
export function unsupported(results: readonly CaseResult[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { verdict, failure, assignment } of results) {
    if (verdict !== "unsupported" || failure === undefined) continue;
    const { actors, rpc, message } = failure;
    const clients = actors.map((actor) => assignment.get(actor)?.name).join(" and ");
    const what = rpc === undefined ? message : `${clients} does not support ${rpc}: ${message}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, cases]) => `unsupported in ${cases} ${cases === 1 ? "case" : "cases"}: ${what}`);
}
