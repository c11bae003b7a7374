/**
 * §7.3, §12.4.2, §12.4.3.1, §16.7: how often each key occurs in a tree, as a persistent map: a change copies one path of
 * it and leaves the map it came from intact. It splits where keys differ and nowhere else, so that chosen keys, however
 * alike, make it no deeper than they have digits and no larger than their number.
 */

import { toText } from "../bytes.ts";
import { InternalError } from "../errors.ts";

/** What is below has two keys or more. They agree in all digits before `digit`, and part there. */
interface Parting {
  /** The change that made it and may still write to it. */
  readonly madeBy: object;
  readonly digit: number;
  /** The values of the digit that there are, one bit for each. */
  values: number;
  /** One for each such value, in their order: most partings are between a few. */
  places: Place[];
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
    while (isParting(at)) at = placeOf(at, text);
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
  const other = count > 0 ? undefined : otherOfTwo(path.at(-1), found);
  if (other !== undefined) path.pop();
  put(change, path, key, count > 0 ? entry(key, count) : other);
}

function add(change: Change, key: string): void {
  const { path, found } = find(change.top, key);
  const nearest = found ?? anyBelow(path.at(-1));
  const digit = nearest === undefined ? undefined : firstDifference(key, keyOf(nearest));
  if (nearest === undefined || digit === undefined) {
    const count = nearest === undefined ? 1 : countOf(nearest) + 1;
    if (count === 2) change.repeated++;
    put(change, path, key, entry(key, count));
    return;
  }
  // What differs earlier than the path parts is to part before it.
  let beside: Place | undefined = found;
  for (let last = path.at(-1); last !== undefined && last.digit > digit; last = path.at(-1)) {
    beside = last;
    path.pop();
  }
  put(change, path, key, beside === undefined ? key : partingOf(change, digit, [key, key], [keyOf(nearest), beside]));
}

/** The way to the place that is the key's own, and what is there: nothing, the key's entry, or that of one which is alike so far. */
function find(top: Place | undefined, key: string): { path: Parting[]; found: Entry | undefined } {
  const path: Parting[] = [];
  let at = top;
  while (isParting(at)) {
    path.push(at);
    at = placeOf(at, key);
  }
  return { path, found: at };
}

/** Ends a key's path in `place`. What the change itself has made is written to, all else is copied. */
function put(change: Change, path: readonly Parting[], key: string, place: Place | undefined): void {
  let below = place;
  for (let i = path.length - 1; i >= 0; i--) {
    const at = path[i] as Parting;
    const isOwn = at.madeBy === change.madeBy;
    const own = isOwn ? at : { madeBy: change.madeBy, digit: at.digit, values: at.values, places: at.places.slice() };
    setPlace(own, key, below);
    if (isOwn) return;
    below = own;
  }
  change.top = below;
}

type Side = readonly [key: string, place: Place];

function partingOf({ madeBy }: Change, digit: number, ...sides: readonly Side[]): Parting {
  const parting: Parting = { madeBy, digit, values: 0, places: [] };
  for (const [key, place] of sides) setPlace(parting, key, place);
  return parting;
}

function placeOf({ digit, values, places }: Parting, key: string): Place | undefined {
  const bit = 1 << digitOf(key, digit);
  return (values & bit) === 0 ? undefined : places[rank(values, bit)];
}

function setPlace(parting: Parting, key: string, place: Place | undefined): void {
  const { values, places } = parting;
  const bit = 1 << digitOf(key, parting.digit);
  const at = rank(values, bit);
  const isThere = (values & bit) !== 0;
  if (isThere && place !== undefined) {
    places[at] = place;
    return;
  }
  // Not by `splice`, which keeps room for more.
  parting.places = places.slice(0, at).concat(place ?? [], places.slice(isThere ? at + 1 : at));
  parting.values = values ^ bit;
}

/** How many values are before one: the bits below its own, summed up in pairs, nibbles and octets. */
function rank(values: number, bit: number): number {
  const below = values & (bit - 1);
  const pairs = below - ((below >> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function otherOfTwo(parting: Parting | undefined, one: Entry): Place | undefined {
  const others = parting?.places.filter((place) => place !== one);
  return others?.length === 1 ? others[0] : undefined;
}

function anyBelow(parting: Parting | undefined): Entry | undefined {
  let at: Place | undefined = parting;
  while (isParting(at)) at = at.places[0];
  return at;
}

function isParting(place: Place | undefined): place is Parting {
  return typeof place === "object" && "places" in place;
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

/** Two digits for each octet, and a value of their own behind the last: so keys of different lengths differ, too. */
const END = 16;

function digitOf(key: string, digit: number): number {
  const index = digit >> 1;
  if (index >= key.length) return END;
  const octet = key.charCodeAt(index);
  return digit % 2 === 0 ? octet >> 4 : octet & 0x0f;
}

/** `undefined` if there is none. */
function firstDifference(a: string, b: string): number | undefined {
  if (a === b) return undefined;
  let index = 0;
  while (a.charCodeAt(index) === b.charCodeAt(index)) index++;
  const inFirst = digitOf(a, 2 * index) !== digitOf(b, 2 * index);
  return 2 * index + (inFirst ? 0 : 1);
}
