/** How an inspected object reads: a tree with offsets and sizes, what is wrong and the octets around it, or JSON. */

import { toHex } from "../bytes.ts";
import { explain } from "../explain/explain.ts";
import { tell } from "../explain/facts.ts";
import type { Encoding } from "./inspect-input.ts";
import { meaningOf, textOf, valueText } from "./inspect-values.ts";
import type { Failure, Part, Walked } from "./inspect-walk.ts";
import { count, type Terminal } from "./terminal.ts";

/** What was inspected, and as what. */
export interface Inspected extends Walked {
  readonly octets: Uint8Array;
  readonly encoding: Encoding;
  readonly type: string;
  /** Other types that the octets could be. */
  readonly others: readonly string[];
}

const MAX_INLINE = 96;
const SHOWN_ELEMENTS = 32;
const SHOWN_FAILURES = 5;
const ROW = 16;
const RATCHET_TREE = "ratchet_tree";

/** The whole tree. */
export function printTree(terminal: Terminal, inspected: Inspected, full: boolean): void {
  const { part, octets, encoding, type, others } = inspected;
  const also = others.length === 0 ? "" : `; could also be: ${others.join(", ")}`;
  terminal.print(`${terminal.style("bold", type)}, ${count(octets.length, "octet")}, read as ${encoding}${also}`);
  terminal.print();
  const width = Math.max(6, String(octets.length).length);
  const tree = new Tree(terminal, width, full);
  terminal.print(terminal.style("dim", tree.columns("offset", "size")));
  tree.print(part, 0);
}

class Tree {
  readonly #terminal: Terminal;
  readonly #width: number;
  readonly #full: boolean;

  constructor(terminal: Terminal, width: number, full: boolean) {
    this.#terminal = terminal;
    this.#width = width;
    this.#full = full;
  }

  columns(offset: number | string, size: number | string): string {
    return `${String(offset).padStart(this.#width)} ${String(size).padStart(this.#width)}`;
  }

  print(part: Part, depth: number, above?: Part): void {
    const { parts } = part;
    const inline = this.#inline(part);
    this.#line(part, depth, inline ?? this.#summary(part, above));
    if (parts === undefined || inline !== undefined) return;
    const isLong = !this.#full && parts.length > 2 * SHOWN_ELEMENTS && parts[0]?.name === "[0]";
    const shown = isLong ? parts.filter((each, i) => i < SHOWN_ELEMENTS || hasFailed(each)) : parts;
    for (const each of shown) this.print(each, depth + 1, part);
    const left = parts.length - shown.length;
    if (left > 0) this.#note(depth + 1, `… ${left} more (--full shows them)`);
  }

  #line(part: Part, depth: number, text: string): void {
    const { offset, size, name, failure } = part;
    const columns = this.#terminal.style("dim", this.columns(offset, size));
    const wrong = failure === undefined ? "" : this.#terminal.style("red", `  ✗ ${failure}`);
    const label = depth === 0 ? "" : `${name}: `;
    this.#terminal.print(`${columns}  ${"  ".repeat(depth)}${label}${text}${wrong}`);
  }

  #note(depth: number, text: string): void {
    const note = this.#terminal.style("dim", text);
    this.#terminal.print(`${this.columns("", "")}  ${"  ".repeat(depth)}${note}`);
  }

  /** A vector of short values on one line; undefined for everything else. */
  #inline({ type, parts, failure }: Part): string | undefined {
    if (parts === undefined || failure !== undefined) return undefined;
    if (parts.length === 0) return `${this.#terminal.style("dim", type)} empty`;
    if (parts[0]?.name !== "[0]" || parts.some((each) => each.parts !== undefined || hasFailed(each))) return undefined;
    if (parts.some(({ value }) => value === undefined || value instanceof Uint8Array)) return undefined;
    const text = parts.map((each) => valueText(each, this.#full)).join(", ");
    return text.length <= MAX_INLINE ? `${this.#terminal.style("dim", type)} ${text}` : undefined;
  }

  #summary(part: Part, above: Part | undefined): string {
    const { name, type, parts, selected, value } = part;
    const place = above?.type === RATCHET_TREE ? nodePlace(name) : "";
    if (parts === undefined) {
      if (part.failure !== undefined && value === undefined) return this.#terminal.style("dim", type);
      const plain = /^(?:opaque|u?int\d+)/.test(type) || typeof value !== "object";
      const text = valueText(part, this.#full);
      return `${plain ? "" : `${this.#terminal.style("dim", type)} `}${text}${place}`;
    }
    const chosen = selected === undefined ? "" : ` (${this.#selected(selected, part)})`;
    const elements = parts[0]?.name === "[0]" ? `, ${count(parts.length, "element")}` : "";
    return `${this.#terminal.style("cyan", type)}${chosen}${elements}${place}`;
  }

  #selected(selected: unknown, { parts = [] }: Part): string {
    const selector = parts.find(({ value }) => value === selected);
    if (selector === undefined || typeof selected === "string") return String(selected);
    return valueText(selector, false);
  }
}

/** §4.1.1: in a ratchet tree, which leaf or parent an element is. */
function nodePlace(name: string): string {
  const index = Number(name.slice(1, -1));
  return index % 2 === 0 ? `, leaf ${index / 2}` : ", parent";
}

function hasFailed(part: Part): boolean {
  return part.failure !== undefined || (part.parts ?? []).some(hasFailed);
}

/** What is wrong, where, and the octets there. */
export function complainOf(terminal: Terminal, { failures, octets }: Inspected): void {
  for (const { path, offset, error } of failures.slice(0, SHOWN_FAILURES)) {
    terminal.complain("");
    terminal.complain(terminal.style("red", `${error.code} in ${path}, at offset ${offset} of ${octets.length}`));
    for (const line of around(octets, offset)) terminal.complain(`  ${line}`);
    terminal.complain(`  ${explain(error).rule} ${factsOf(error)}`.trimEnd());
  }
  if (failures.length > SHOWN_FAILURES) terminal.complain(`and ${failures.length - SHOWN_FAILURES} more failures`);
}

function factsOf({ details: { path: _path, offset: _offset, ...details } }: Failure["error"]): string {
  return tell(details, undefined);
}

/** The rows of octets before, at and behind an offset; the octet there stands in brackets. */
function around(octets: Uint8Array, offset: number): string[] {
  const first = Math.max(0, Math.floor(offset / ROW) - 1) * ROW;
  const lines: string[] = [];
  for (let start = first; start < Math.min(first + 3 * ROW, octets.length + 1); start += ROW) {
    const row = [...octets.subarray(start, start + ROW)].map((octet, i) =>
      mark(toHex(Uint8Array.of(octet)), start + i === offset),
    );
    if (start + row.length === octets.length && row.length < ROW) row.push(mark("end", offset === octets.length));
    lines.push(`${String(start).padStart(String(octets.length).length)} |${row.join("")}`.trimEnd());
  }
  return lines;
}

function mark(text: string, here: boolean): string {
  return here ? `[${text}]` : ` ${text} `;
}

/** All of it as one JSON value: octets in hexadecimal, 64-bit numbers in decimal. */
export function jsonOf(inspected: Inspected): string {
  const { type, encoding, octets, others, part, failures } = inspected;
  const errors = failures.map(({ path, offset, error }) => {
    const from = Math.max(0, offset - ROW);
    const near = { offset: from, octets: toHex(octets.subarray(from, offset + ROW)) };
    return { ...error.toJSON(), class: error.class, path, offset, rule: explain(error).rule, near };
  });
  const value = { type, encoding, size: octets.length, others, object: jsonPart(part), errors };
  return JSON.stringify(value, undefined, 2);
}

function jsonPart(part: Part): object {
  const { name, type, offset, size, value, number, parts, failure } = part;
  const isOctets = value instanceof Uint8Array;
  const scalar = typeof value === "bigint" ? String(value) : isOctets ? toHex(value) : value;
  return {
    name,
    type,
    offset,
    size,
    ...(value === undefined ? {} : { [isOctets ? "octets" : "value"]: scalar }),
    number,
    text: textOf(part),
    meaning: typeof value === "number" ? meaningOf(value, type) : undefined,
    parts: parts?.map(jsonPart),
    failure,
  };
}
