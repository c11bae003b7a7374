/**
 * §2.1: structs, and structs whose later fields depend on an earlier one (`select`). Variants are flat: the selected
 * fields stand beside the selector, as they do on the wire.
 */

import { isBytes } from "../bytes.ts";
import { MalformedError, UsageError } from "../errors.ts";
import { type Codec, type Infer, shown, within } from "./codec.ts";
import type { BodyCodec, Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** The codec of a field, or how to choose it when it depends on the fields before it. */
export type Field = Codec<never> | Codec<unknown> | ((before: never) => Codec<unknown>);
/** The fields of a struct, in the order in which they travel. */
export type Fields = Readonly<Record<string, Field>>;

type ValueOf<F> = F extends (before: never) => infer C ? Infer<C> : Infer<F>;
type Values<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };
/** Fields with their names, in order. */
export type FieldList = readonly (readonly [string, Codec<unknown> | ((before: unknown) => Codec<unknown>)])[];
type Flat<T> = { readonly [K in keyof T]: T[K] };

/** A codec that also knows its fields, so that a variant can embed it. */
export interface StructCodec<T> extends Codec<T> {
  /** In their order. */
  readonly fields: Fields;
}

/** A struct with a fixed list of fields. */
/* @__NO_SIDE_EFFECTS__ */
export function struct<const F extends Fields>(name: string, fields: F): StructCodec<Values<F>> {
  const list = fieldList(fields);
  return {
    name,
    fields,
    write: (writer, value) => writeFields(writer, list, value),
    read(reader) {
      const value = {};
      readFields(reader, list, value);
      return value as Values<F>;
    },
  };
}

type Cases = Readonly<Record<string, Fields | StructCodec<never> | StructCodec<unknown>>>;
type CaseValues<C> = C extends StructCodec<infer T> ? T : C extends Fields ? Values<C> : never;

/** A value of a type that has no case: its body is kept as the octets that it is. */
export type CustomValue<S extends string> = Flat<{ readonly [P in S]: number } & { readonly body: Uint8Array }>;

/** Of what a struct with a `select` consists. */
export interface VariantShape<H extends Fields, S extends string, C extends Cases, T extends Fields> {
  /** Fields before the selector. */
  readonly head?: H;
  /** The name of the selector. */
  readonly select: S;
  /** The codec of the selector. */
  readonly from: Codec<string> | Codec<string | number>;
  /** The fields for each value of the selector. */
  readonly cases: C;
  /** Fields behind the cases. */
  readonly tail?: T;
}

/** A codec that also knows its shape, for tools that walk over it. */
export interface VariantCodec<T> extends Codec<T> {
  /** What it was made of. */
  readonly shape: VariantShape<Fields, string, Cases, Fields>;
}

type VariantValue<H extends Fields, S extends string, C extends Cases, T extends Fields> = {
  [K in keyof C & string]: Flat<Values<H> & { readonly [P in S]: K } & CaseValues<C[K]> & Values<T>>;
}[keyof C & string];

type OpenValue<S extends string, C extends Cases> = VariantValue<None, S, C, None> | CustomValue<S>;

/** biome-ignore lint/complexity/noBannedTypes: the neutral element of field lists */
type None = {};

/**
 * A struct with a `select`: head fields, the selector, the fields of its case, tail fields. A selector value without a
 * case is `codec.unsupported`: its body has no length of its own, so nothing behind it can be read.
 */
/* @__NO_SIDE_EFFECTS__ */
export function variant<
  const S extends string,
  const C extends Cases,
  const H extends Fields = None,
  const T extends Fields = None,
>(name: string, shape: VariantShape<H, S, C, T>): VariantCodec<VariantValue<H, S, C, T>> {
  return variantOf(name, shape, () => undefined);
}

/**
 * A `variant` without head and tail to which applications add types of their own (§13). The decode call says how their
 * bodies are read (`CustomBodies`); what it does not name stays `codec.unsupported`. Writing needs no such knowledge.
 */
/* @__NO_SIDE_EFFECTS__ */
export function openVariant<const S extends string, const C extends Cases>(
  name: string,
  shape: VariantShape<None, S, C, None>,
): VariantCodec<OpenValue<S, C>> {
  return variantOf(name, shape, customCase);
}

/** The fields of a type that has no case, as far as they can be known. */
type CaseOfNumber = (body: BodyCodec | undefined) => FieldList | undefined;

const customCase: CaseOfNumber = (body) => (body === undefined ? undefined : [["body", octetsOf(body)]]);

/** The exact octets of a value that another codec reads. */
export function octetsOf(codec: BodyCodec): Codec<Uint8Array> {
  return {
    name: codec.name,
    write(writer, value) {
      if (!isBytes(value)) throw new UsageError("codec.value_out_of_range", { type: "octets", value: typeof value });
      writer.customBody(value);
    },
    read: (reader) => reader.octetsOf(codec),
  };
}

const OCTETS: BodyCodec = { name: "octets", read: () => undefined };

function variantOf<T>(
  name: string,
  shape: VariantShape<Fields, string, Cases, Fields>,
  caseOfNumber: CaseOfNumber,
): VariantCodec<T> {
  const head = fieldList(shape.head ?? {});
  const tail = fieldList(shape.tail ?? {});
  const cases = new Map(Object.entries(shape.cases).map(([key, body]) => [key, fieldList(body)] as const));
  const selector = shape.from as Codec<string | number>;

  return {
    name,
    shape,
    write(writer, value) {
      writeFields(writer, head, value);
      const selected = (value as Record<string, unknown>)[shape.select] as string | number;
      const body = typeof selected === "number" ? caseOfNumber(OCTETS) : cases.get(selected);
      if (body === undefined) {
        throw new UsageError("codec.value_out_of_range", { path: shape.select, type: name, value: shown(selected) });
      }
      writeField(writer, shape.select, selector, selected);
      writeFields(writer, body, value);
      writeFields(writer, tail, value);
    },
    read(reader) {
      const value: Record<string, unknown> = {};
      readFields(reader, head, value);
      const offset = reader.offset;
      const selected = readField(reader, shape.select, selector);
      const body = typeof selected === "number" ? caseOfNumber(reader.customBody(name, selected)) : cases.get(selected);
      if (body === undefined) {
        throw new MalformedError("codec.unsupported", { path: shape.select, type: name, value: selected, offset });
      }
      value[shape.select] = selected;
      readFields(reader, body, value);
      readFields(reader, tail, value);
      return value as T;
    },
  };
}

/** The fields of a struct, or of a case that embeds one. */
export function fieldList(body: Fields | StructCodec<never> | StructCodec<unknown>): FieldList {
  const isStruct = "fields" in body && "read" in body && "write" in body;
  return Object.entries(isStruct ? body.fields : body) as unknown as FieldList;
}

function writeFields(writer: Writer, fields: FieldList, value: unknown): void {
  if (typeof value !== "object" || value === null) {
    throw new UsageError("codec.value_out_of_range", { type: "struct", value: typeof value });
  }
  for (const [field, codec] of fields) {
    const chosen = typeof codec === "function" ? codec(value) : codec;
    writeField(writer, field, chosen, (value as Record<string, unknown>)[field]);
  }
}

function readFields(reader: Reader, fields: FieldList, value: Record<string, unknown>): void {
  reader.compose();
  for (const [field, codec] of fields) {
    value[field] = readField(reader, field, typeof codec === "function" ? codec(value) : codec);
  }
}

function writeField<T>(writer: Writer, field: string, codec: Codec<T>, value: T): void {
  try {
    codec.write(writer, value);
  } catch (error) {
    throw within(field, error);
  }
}

function readField<T>(reader: Reader, field: string, codec: Codec<T>): T {
  try {
    return codec.read(reader);
  } catch (error) {
    throw within(field, error);
  }
}
