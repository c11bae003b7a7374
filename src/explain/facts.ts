/** The details of a failure as a sentence: where it happened, and what was found there. */

import type { ErrorDetails } from "../errors.ts";

type Fact = (value: string) => string;

const octets: Fact = (value) => (value === "1" ? "1 octet" : `${value} octets`);
const time: Fact = (value) => {
  const date = new Date(Number(value) * 1000);
  return Number.isNaN(date.getTime()) ? `second ${value}` : date.toISOString().replace(".000Z", "Z");
};

/** In the order in which they are told; what is not here follows as `name: value`. */
const FACTS: Readonly<Record<string, Fact>> = {
  path: (value) => `in ${value}`,
  offset: (value) => `at offset ${value}`,
  needed: (value) => (/^\d+$/.test(value) ? `${octets(value)} needed` : `${value} is needed`),
  available: (value) => `${octets(value)} left`,
  trailing: (value) => `${octets(value)} too many`,
  octet: (value) => `the octet is ${value}`,
  wireFormat: (value) => `in the wire format ${value}`,
  contentType: (value) => `its content is of type ${value}`,
  senderType: (value) => `sent as ${value}`,
  proposalType: (value) => `a proposal of type ${value}`,
  extensionType: (value) => `an extension of type ${value}`,
  credentialType: (value) => `a credential of type ${value}`,
  psktype: (value) => `a pre-shared key of type ${value}`,
  cipherSuite: (value) => `cipher suite ${value}`,
  leaf: (value) => `leaf ${value}`,
  node: (value) => `tree node ${value}`,
  other: (value) => `and tree node ${value}`,
  listedBy: (value) => `listed by tree node ${value}`,
  sender: (value) => `sent from leaf ${value}`,
  committer: (value) => `committed from leaf ${value}`,
  receiver: (value) => `received at leaf ${value}`,
  joiner: (value) => `joining at leaf ${value}`,
  epoch: (value) => `of epoch ${value}`,
  current: (value) => `while the group is in epoch ${value}`,
  generation: (value) => `generation ${value}`,
  next: (value) => `while ${value} is next`,
  notBefore: (value) => `valid from ${time(value)}`,
  notAfter: (value) => `to ${time(value)}`,
  now: (value) => `and it is ${time(value)}`,
  maxLifetime: (value) => `longer than ${value} seconds`,
  length: (value) => `the length is ${value}`,
  count: (value) => `there are ${value}`,
  limit: (value) => `the limit is ${value}`,
  expected: (value) => `${value} is expected`,
  actual: (value) => `${value} was found`,
  place: (value) => `in the list of ${value}`,
  option: (value) => `option ${value}`,
  input: (value) => `argument ${value}`,
  missing: (value) => `${value} is missing`,
};

/** One sentence; empty if there is nothing to tell. */
export function tell(details: ErrorDetails, cause: unknown): string {
  const known = Object.keys(FACTS).filter((name) => details[name] !== undefined);
  const others = Object.keys(details).filter((name) => details[name] !== undefined && FACTS[name] === undefined);
  const told = [...known, ...others].map((name) => {
    const value = String(details[name]);
    return Object.hasOwn(FACTS, name) ? FACTS[name]?.(value) : `${name}: ${value}`;
  });
  if (cause instanceof Error) told.push(`because of ${cause.name}: ${cause.message}`);
  const sentence = told.join(", ");
  return sentence === "" ? "" : `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}
