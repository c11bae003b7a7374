/** All results as JSON, octets in hexadecimal; with all calls of the cases that did not pass. */
import { stepJson } from "./failure-report.ts";
import { count } from "./matrix.ts";
import { hex } from "./octets.ts";
import type { CaseResult } from "./play.ts";

export function resultsJson(results: readonly CaseResult[]): string {
  return `${JSON.stringify({ ...count(results), results: results.map(plain) }, readable, 2)}\n`;
}

function plain({ scenario, suite, encryptHandshake, assignment, verdict, ...rest }: CaseResult): object {
  const { failure, transcript } = rest;
  const named = (actor: string) => ({ actor, client: assignment.get(actor)?.name });
  const actors = Object.fromEntries([...assignment].map(([actor, { name }]) => [actor, name]));
  const handshake = encryptHandshake ? "private" : "public";
  const notVerified = rest.notVerified.map(({ actor, rpc }) => ({ ...named(actor), rpc }));
  const result = {
    ...{ scenario, suite, handshake, actors, verdict },
    ...(notVerified.length === 0 ? {} : { notVerified }),
  };
  if (failure === undefined) return result;
  const { at, kind, rpc, status, message } = failure;
  const where = at.phase === "step" ? { step: at.index, action: JSON.parse(stepJson(at.step)) as unknown } : {};
  const blamed = failure.actors.map(named);
  return { ...result, failure: { phase: at.phase, ...where, kind, rpc, blamed, status, message }, transcript };
}

function readable(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value);
  return typeof value === "bigint" ? `${value}` : value;
}
