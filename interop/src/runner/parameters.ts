/**
 * Reading of the parameters of a step. Files spell names in two ways (`force_path`, `forcePath`), so that names are compared
 * without case and underscores; what is unknown, missing, given twice or of the wrong type is an error, never ignored.
 */

import type { ScenarioExtension } from "./scenario.ts";
import { type Place, ScenarioError } from "./scenario-error.ts";

/** A value of a file and the way to it, for the sentence that says what is wrong with it. */
class At {
  readonly place: Place;
  readonly path: string;

  constructor(place: Place, path = "") {
    this.place = place;
    this.path = path;
  }

  inside(name: string): At {
    return new At(
      this.place,
      this.path === "" || name.startsWith("[") ? `${this.path}${name}` : `${this.path}.${name}`,
    );
  }

  refuse(fault: string): never {
    throw new ScenarioError(this.place, `${this.path === "" ? "it" : `parameter "${this.path}"`} ${fault}`);
  }
}

export interface Parameter<T> {
  readonly read: (value: unknown, at: At) => T;
  /** Stands for a parameter that is left out; one without it is required. */
  readonly otherwise?: { readonly value: T };
}

export type Shape<T> = { readonly [K in keyof T]-?: Parameter<T[K]> };

/** Names that belong to every step, whether or not its action looks at them. */
const OF_EVERY_STEP = ["action", "actor"];

/** The parameters of a step, or of an object in one. */
export function readStep<T>(shape: Shape<T>, step: Readonly<Record<string, unknown>>, place: Place): T {
  return readObject(shape, step, { at: new At(place), also: OF_EVERY_STEP });
}

/** Both spellings of a name come out the same. */
export function plain(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

interface Reading {
  readonly at: At;
  readonly also: readonly string[];
}

function readObject<T>(shape: Shape<T>, object: Readonly<Record<string, unknown>>, { at, also }: Reading): T {
  const names = Object.keys(shape) as (keyof T & string)[];
  const given = bySpelling(object, [...new Set([...also, ...names])], at);
  const read = names.map((name): [string, unknown] => {
    const { read, otherwise } = shape[name];
    const value = given.get(plain(name));
    if (value !== undefined) return [name, read(value, at.inside(name))];
    if (otherwise === undefined) return at.inside(name).refuse("is missing");
    return [name, otherwise.value];
  });
  return Object.fromEntries(read) as T;
}

function bySpelling(object: Readonly<Record<string, unknown>>, names: readonly string[], at: At): Map<string, unknown> {
  const known = new Set(names.map(plain));
  const spellings = new Map<string, string>();
  const given = new Map<string, unknown>();
  for (const [spelling, value] of Object.entries(object)) {
    const name = plain(spelling);
    if (!known.has(name)) at.inside(spelling).refuse(`is unknown; accepted are: ${names.join(", ")}`);
    const before = spellings.get(name);
    if (before !== undefined) at.inside(spelling).refuse(`is given twice, as "${before}" before`);
    spellings.set(name, spelling);
    given.set(name, value);
  }
  return given;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function optional<T>(parameter: Parameter<T>, value: T): Parameter<T> {
  return { ...parameter, otherwise: { value } };
}

export const text: Parameter<string> = {
  read: (value, at) => (typeof value === "string" ? value : at.refuse("must be a string")),
};

/** An actor. */
export const name: Parameter<string> = {
  read: (value, at) => (typeof value === "string" && value !== "" ? value : at.refuse("must be the name of an actor")),
};

export const perhapsName: Parameter<string | undefined> = optional<string | undefined>(name, undefined);

export const flag: Parameter<boolean> = optional(
  { read: (value, at) => (typeof value === "boolean" ? value : at.refuse("must be true or false")) },
  false,
);

/** The position of an earlier step. */
export const pointer: Parameter<number> = {
  read: (value, at) => (isCount(value) ? value : at.refuse("must be the number of a step")),
};

export const perhapsPointer: Parameter<number | undefined> = optional<number | undefined>(pointer, undefined);

export const epoch: Parameter<bigint> = {
  read: (value, at) => (isCount(value) ? BigInt(value) : at.refuse("must be the number of an epoch")),
};

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

export function list<T>(each: Parameter<T>): Parameter<readonly T[]> {
  return optional(
    {
      read: (value, at) => {
        if (!Array.isArray(value)) return at.refuse("must be a list");
        return value.map((element: unknown, i) => each.read(element, at.inside(`[${i}]`)));
      },
    },
    [],
  );
}

/** Actors who do the same thing one after another, which nobody can do twice. */
export const names: Parameter<readonly string[]> = optional(
  {
    read: (value, at) => {
      const read = list(name).read(value, at);
      const twice = read.find((each, i) => read.indexOf(each) !== i);
      return twice === undefined ? read : at.refuse(`names "${twice}" twice`);
    },
  },
  [],
);

export function object<T>(shape: (value: Readonly<Record<string, unknown>>, at: At) => Shape<T>): Parameter<T> {
  return {
    read: (value, at) => {
      if (!isObject(value)) return at.refuse("must be an object");
      return readObject(shape(value, at), value, { at, also: [] });
    },
  };
}

/** The value of a choice, under whichever spelling; what belongs to it is another shape each. */
export function chosen<C extends string>(
  value: Readonly<Record<string, unknown>>,
  { name, choices }: { readonly name: string; readonly choices: readonly C[] },
  at: At,
): C {
  const [, choice] = Object.entries(value).find(([spelling]) => plain(spelling) === plain(name)) ?? [];
  if (choice === undefined) return at.inside(name).refuse("is missing");
  return choices.find((each) => each === choice) ?? at.inside(name).refuse(`must be one of: ${choices.join(", ")}`);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const octets: Parameter<Uint8Array> = {
  read: (value, at) => {
    if (typeof value !== "string" || !BASE64.test(value)) return at.refuse("must be octets in base64");
    return new Uint8Array(Buffer.from(value, "base64"));
  },
};

const extensionType: Parameter<number> = {
  read: (value, at) => (isCount(value) && value < 0x1_0000 ? value : at.refuse("must be a number below 65536")),
};

export const extensions: Parameter<readonly ScenarioExtension[]> = list(
  object(() => ({ extensionType, extensionData: optional(octets, new Uint8Array()) })),
);
