/**
 * §7.3, §12.4.2, §12.4.3.1, §16.7: how often each key occurs in a tree, as a persistent map: a change copies a few small
 * tables and leaves the map it came from intact. Keys are filed under their digest, so that nobody can choose keys that
 * crowd one place.
 */

import type { Hash } from "../crypto/cipher-suite.ts";
import { InternalError } from "../errors.ts";

interface Entry {
  readonly digest: string;
  readonly count: number;
}

/** One level of the map: a place for each value of the next four bits of a digest. */
interface Table {
  /** The change that made the table and may still write to it. */
  readonly madeBy: object;
  readonly places: (Entry | Table | undefined)[];
}

const FAN_OUT = 16;

/** The keys of one kind in a tree, with their numbers of occurrences. An immutable value. */
export class KeyIndex {
  /** How many different keys occur more than once. */
  readonly repeated: number;
  readonly #hash: Hash;
  readonly #root: Table;

  private constructor(hash: Hash, root: Table, repeated: number) {
    this.#hash = hash;
    this.#root = root;
    this.repeated = repeated;
  }

  static of(hash: Hash, keys: Iterable<Uint8Array>): KeyIndex {
    return new KeyIndex(hash, emptyTable({}), 0).change([], keys);
  }

  /** How often the key occurs. */
  count(key: Uint8Array): number {
    const digest = digestOf(this.#hash, key);
    let at: Entry | Table | undefined = this.#root;
    for (let depth = 0; at !== undefined && "places" in at; depth++) at = at.places[placeOf(digest, depth)];
    return at?.digest === digest ? at.count : 0;
  }

  /** The index after one occurrence fewer of each key in `removed`, and then one more of each key in `added`. */
  change(removed: Iterable<Uint8Array>, added: Iterable<Uint8Array>): KeyIndex {
    const change = {};
    let root = this.#root;
    let repeated = this.repeated;
    const step = (key: Uint8Array, difference: 1 | -1) => {
      const target: Target = { digest: digestOf(this.#hash, key), difference, change, found: 0 };
      root = tableWith(root, 0, target);
      if (difference === 1 && target.found === 1) repeated++;
      if (difference === -1 && target.found === 2) repeated--;
    };
    for (const key of removed) step(key, -1);
    for (const key of added) step(key, 1);
    return root === this.#root ? this : new KeyIndex(this.#hash, root, repeated);
  }
}

interface Target {
  readonly digest: string;
  readonly difference: 1 | -1;
  readonly change: object;
  /** The count before the change. */
  found: number;
}

function tableWith(table: Table, depth: number, target: Target): Table {
  const place = placeOf(target.digest, depth);
  const changed = changedPlace(table.places[place], depth, target);
  const own = table.madeBy === target.change ? table : { madeBy: target.change, places: table.places.slice() };
  own.places[place] = changed;
  return own;
}

function changedPlace(at: Entry | Table | undefined, depth: number, target: Target): Entry | Table | undefined {
  if (at !== undefined && "places" in at) return collapsed(tableWith(at, depth + 1, target));
  if (at !== undefined && at.digest !== target.digest) {
    const below = emptyTable(target.change);
    below.places[placeOf(at.digest, depth + 1)] = at;
    return tableWith(below, depth + 1, target);
  }
  target.found = at?.count ?? 0;
  const count = target.found + target.difference;
  if (count < 0) throw new InternalError("internal.invariant", { where: "KeyIndex" });
  return count === 0 ? undefined : { digest: target.digest, count };
}

/** A table that holds a single entry gives way to it, so that the map's shape does not depend on its history. */
function collapsed(table: Table): Entry | Table {
  let only: Entry | undefined;
  for (const at of table.places) {
    if (at === undefined) continue;
    if (only !== undefined || "places" in at) return table;
    only = at;
  }
  return only ?? table;
}

function emptyTable(madeBy: object): Table {
  return { madeBy, places: new Array<Entry | Table | undefined>(FAN_OUT).fill(undefined) };
}

/** As a string of one character an octet: compact, and compared by value. */
function digestOf(hash: Hash, key: Uint8Array): string {
  return String.fromCharCode.apply(undefined, hash.digest(key) as ArrayLike<number> as number[]);
}

function placeOf(digest: string, depth: number): number {
  const octet = digest.charCodeAt(Math.floor(depth / 2));
  return depth % 2 === 0 ? octet >> 4 : octet & 0x0f;
}
