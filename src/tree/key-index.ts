/**
 * §7.3, §12.4.2, §12.4.3.1, §16.7: how often each key occurs in a tree, as a persistent map: a change copies one path of
 * it and leaves the map it came from intact. It splits where keys differ and nowhere else, so that chosen keys, however
 * alike, make it no deeper than they have bits and no larger than their number.
 */

import { toText } from "../bytes.ts";
import { InternalError } from "../errors.ts";

/** What is below has two keys or more. They agree in all bits before `bit`, and part there. */
interface Parting {
  /** The change that made it and may still write to it. */
  readonly madeBy: object;
  readonly bit: number;
  /** Keys with a zero there. */
  zero: Place;
  /** Keys with a one there. */
  one: Place;
}

interface Repeated {
  readonly key: string;
  /** More than 1. */
  readonly count: number;
}

/** A key that occurs once is its own entry. */
type Entry = string | Repeated;
type Place = Entry | Parting;

/** The keys of one kind in a tree, with their numbers of occurrences. An immutable value. */
export class KeyIndex {
  /** How many different keys occur more than once. */
  readonly repeated: number;
  readonly #top: Place | undefined;

  private constructor(top: Place | undefined, repeated: number) {
    this.#top = top;
    this.repeated = repeated;
  }

  static of(keys: Iterable<Uint8Array>): KeyIndex {
    return new KeyIndex(undefined, 0).change([], keys);
  }

  /** How often the key occurs. */
  count(key: Uint8Array): number {
    const text = toText(key);
    let at = this.#top;
    while (isParting(at)) at = sideOf(at, text);
    return at !== undefined && keyOf(at) === text ? countOf(at) : 0;
  }

  /** The index after one occurrence fewer of each key in `removed`, and then one more of each key in `added`. */
  change(removed: Iterable<Uint8Array>, added: Iterable<Uint8Array>): KeyIndex {
    const change: Change = { madeBy: {}, top: this.#top, repeated: this.repeated };
    for (const key of removed) take(change, toText(key));
    for (const key of added) add(change, toText(key));
    return change.top === this.#top ? this : new KeyIndex(change.top, change.repeated);
  }
}

interface Change {
  readonly madeBy: object;
  top: Place | undefined;
  repeated: number;
}

function take(change: Change, key: string): void {
  const { path, found } = find(change.top, key);
  if (found === undefined || keyOf(found) !== key) throw new InternalError("internal.invariant", { where: "KeyIndex" });
  const count = countOf(found) - 1;
  if (count === 1) change.repeated--;
  // Where one of two is gone, the other takes the place of both.
  const above = count > 0 ? undefined : path.pop();
  if (above !== undefined) put(change, path, key, bitOf(key, above.bit) === 0 ? above.one : above.zero);
  else if (count > 0) put(change, path, key, entry(key, count));
  else change.top = undefined;
}

function add(change: Change, key: string): void {
  const { path, found } = find(change.top, key);
  if (found === undefined) {
    change.top = key;
    return;
  }
  const bit = firstDifference(key, keyOf(found));
  if (bit === undefined) {
    const count = countOf(found) + 1;
    if (count === 2) change.repeated++;
    put(change, path, key, entry(key, count));
    return;
  }
  let beside: Place = found;
  for (let last = path.at(-1); last !== undefined && last.bit > bit; last = path.at(-1)) {
    beside = last;
    path.pop();
  }
  const [zero, one] = bitOf(key, bit) === 0 ? [key, beside] : [beside, key];
  put(change, path, key, { madeBy: change.madeBy, bit, zero, one });
}

/** The way to the key's entry, or to one of those that have most in common with it. */
function find(top: Place | undefined, key: string): { path: Parting[]; found: Entry | undefined } {
  const path: Parting[] = [];
  let at = top;
  while (isParting(at)) {
    path.push(at);
    at = sideOf(at, key);
  }
  return { path, found: at };
}

/** Ends a key's path in `place`. What the change itself has made is written to, all else is copied. */
function put(change: Change, path: readonly Parting[], key: string, place: Place): void {
  let below = place;
  for (let i = path.length - 1; i >= 0; i--) {
    const at = path[i] as Parting;
    const isOwn = at.madeBy === change.madeBy;
    const own: Parting = isOwn ? at : { madeBy: change.madeBy, bit: at.bit, zero: at.zero, one: at.one };
    if (bitOf(key, at.bit) === 0) own.zero = below;
    else own.one = below;
    if (isOwn) return;
    below = own;
  }
  change.top = below;
}

function isParting(place: Place | undefined): place is Parting {
  return typeof place === "object" && "bit" in place;
}

function sideOf(parting: Parting, key: string): Place {
  return bitOf(key, parting.bit) === 0 ? parting.zero : parting.one;
}

function entry(key: string, count: number): Entry {
  return count === 1 ? key : { key, count };
}

function keyOf(found: Entry): string {
  return typeof found === "string" ? found : found.key;
}

function countOf(found: Entry): number {
  return typeof found === "string" ? 1 : found.count;
}

/** Nine bits for each octet, the first of which says that it is there: so keys of different lengths differ, too. */
const BITS = 9;

function octetOf(key: string, index: number): number {
  return index < key.length ? 0x100 | key.charCodeAt(index) : 0;
}

function bitOf(key: string, bit: number): number {
  const index = Math.floor(bit / BITS);
  return (octetOf(key, index) >> (BITS - 1 - (bit - index * BITS))) & 1;
}

/** `undefined` if there is none. */
function firstDifference(a: string, b: string): number | undefined {
  if (a === b) return undefined;
  let index = 0;
  while (octetOf(a, index) === octetOf(b, index)) index++;
  const difference = octetOf(a, index) ^ octetOf(b, index);
  return index * BITS + Math.clz32(difference) - (32 - BITS);
}
