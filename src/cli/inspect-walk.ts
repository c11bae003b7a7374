/**
 * §2.1: walks over octets by the shape of a codec, and notes where every field lies. The codec alone judges; the walk
 * goes as far as the codec came. Bodies of known extensions, which travel as opaque octets, are walked too.
 */

import { type Codec, decode } from "../codec/codec.ts";
import type { OptionalCodec, VectorCodec } from "../codec/presentation.ts";
import { DEFAULT_LIMITS, Reader } from "../codec/reader.ts";
import { type FieldList, fieldList, type StructCodec, type VariantCodec } from "../codec/struct.ts";
import { MlsError } from "../errors.ts";
import { Extension } from "../wire/extension.ts";
import { EXTENSION_BODIES } from "./inspect-types.ts";

/** A field, an element or a whole object, and where it lies. */
export interface Part {
  /** In the spelling of the RFC; `[2]` for an element; the type's name for a whole object. */
  readonly name: string;
  type: string;
  readonly offset: number;
  /** Octets, headers included; as far as they were read. */
  size: number;
  /** Of what has no parts; `undefined` for an absent optional. */
  value?: unknown;
  /** The number behind a value that is a name in a registry. */
  number?: number;
  /** The value of the field that selects what follows. */
  selected?: unknown;
  parts?: Part[];
  /** The code of a failure, at the innermost part that has it. */
  failure?: string;
}

export interface Failure {
  /** In the spelling of the RFC. */
  readonly path: string;
  readonly offset: number;
  readonly error: MlsError;
}

export interface Walked {
  readonly part: Part;
  readonly failures: readonly Failure[];
}

/** Where an object stands in another one. */
interface Place {
  readonly offset: number;
  readonly path: string;
}

/** The object in all of `octets`, as far as it is one. */
export function walk(codec: Codec<unknown>, octets: Uint8Array, name = codec.name): Walked {
  return walkWhole(codec, octets, { name, place: { offset: 0, path: name } });
}

function walkWhole(codec: Codec<unknown>, octets: Uint8Array, at: { name: string; place: Place }): Walked {
  const error = verdict(codec, octets);
  const part: Part = { name: at.name, type: at.name, offset: at.place.offset, size: octets.length };
  if (error?.code === "codec.limit") return { part, failures: [failureOf(error, at.place, at.place.path)] };
  const steps = new Steps(octets, at.place);
  const stopped = steps.over(codec, part);
  if (error === undefined) return { part, failures: steps.failures };
  const { innermost, path } = stopped ?? { innermost: part, path: at.place.path };
  innermost.failure = error.code;
  return { part, failures: [...steps.failures, failureOf(error, at.place, path)] };
}

function verdict(codec: Codec<unknown>, octets: Uint8Array): MlsError | undefined {
  try {
    decode(codec, octets);
    return undefined;
  } catch (error) {
    if (error instanceof MlsError) return error;
    throw error;
  }
}

function failureOf(error: MlsError, { offset }: Place, path: string): Failure {
  return { error, path, offset: offset + Number(error.details.offset ?? 0) };
}

/** `encryption_key` for `encryptionKey`. */
export function rfcSpelling(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The octets cannot be read further by the shape: the codec's verdict says why. */
class Stop extends Error {
  override readonly name = "Stop";
}

interface Stopped {
  readonly innermost: Part;
  readonly path: string;
}

class Steps {
  readonly failures: Failure[] = [];
  readonly #octets: Uint8Array;
  readonly #place: Place;
  /** The names from the whole object down to where the walk is. */
  readonly #names: string[] = [];
  #stopped: Stopped | undefined;

  constructor(octets: Uint8Array, place: Place) {
    this.#octets = octets;
    this.#place = place;
  }

  /** Walks over the whole, and says where it had to stop, if it had to. */
  over(codec: Codec<unknown>, part: Part): Stopped | undefined {
    try {
      this.#contents(codec, Reader.over(this.#octets, DEFAULT_LIMITS), part);
    } catch (error) {
      if (!(error instanceof MlsError || error instanceof Stop)) throw error;
      this.#stopped ??= { innermost: part, path: this.#path() };
    }
    return this.#stopped;
  }

  #step(name: string, codec: Codec<unknown>, reader: Reader, above: Part): unknown {
    const start = reader.offset;
    const part: Part = { name, type: codec.name, offset: this.#place.offset + start, size: 0 };
    above.parts ??= [];
    above.parts.push(part);
    this.#names.push(name);
    try {
      return this.#contents(codec, reader, part);
    } catch (error) {
      this.#stopped ??= { innermost: part, path: this.#path() };
      throw error;
    } finally {
      this.#names.pop();
      part.size = reader.offset - start;
    }
  }

  /** What the codec would have read. */
  #contents(codec: Codec<unknown>, reader: Reader, part: Part): unknown {
    if (isVector(codec)) return this.#elements(codec.element, reader, part);
    if (isOptional(codec)) return this.#optional(codec.value, reader, part);
    if (isVariant(codec)) return this.#variant(codec, reader, part);
    if (isStruct(codec)) return this.#struct(codec, reader, part);
    const start = reader.offset;
    part.value = codec.read(reader);
    if (typeof part.value === "string") part.number = numberIn(this.#octets.subarray(start, reader.offset));
    return part.value;
  }

  #elements(element: Codec<unknown>, reader: Reader, part: Part): readonly unknown[] {
    const body = reader.vector();
    const values: unknown[] = [];
    part.parts = [];
    while (body.remaining > 0) values.push(this.#step(`[${values.length}]`, element, body, part));
    return values;
  }

  #optional(value: Codec<unknown>, reader: Reader, part: Part): unknown {
    const presence = reader.uint(1);
    if (presence > 1) throw new Stop();
    return presence === 0 ? undefined : this.#contents(value, reader, part);
  }

  #struct(codec: StructCodec<unknown>, reader: Reader, part: Part): unknown {
    const value: Record<string, unknown> = {};
    part.parts = [];
    this.#fields(fieldList(codec), value, reader, part);
    if ((codec as Codec<unknown>) === Extension) this.#extension(value as Partial<Extension>, part);
    return value;
  }

  #variant({ shape }: VariantCodec<unknown>, reader: Reader, part: Part): unknown {
    const value: Record<string, unknown> = {};
    this.#fields(fieldList(shape.head ?? {}), value, reader, part);
    const selected = this.#step(rfcSpelling(shape.select), shape.from, reader, part);
    part.selected = selected;
    const body =
      typeof selected === "string" && Object.hasOwn(shape.cases, selected) ? shape.cases[selected] : undefined;
    if (body === undefined) {
      this.#stopped = { innermost: part.parts?.at(-1) ?? part, path: `${this.#path()}.${rfcSpelling(shape.select)}` };
      throw new Stop();
    }
    value[shape.select] = selected;
    this.#fields(fieldList(body), value, reader, part);
    this.#fields(fieldList(shape.tail ?? {}), value, reader, part);
    return value;
  }

  #fields(fields: FieldList, value: Record<string, unknown>, reader: Reader, part: Part): void {
    for (const [name, field] of fields) {
      const codec = typeof field === "function" ? field(value) : field;
      if (codec.name === "absent") continue;
      value[name] = this.#step(rfcSpelling(name), codec, reader, part);
    }
  }

  #extension({ extensionType, extensionData }: Partial<Extension>, part: Part): void {
    part.selected = extensionType;
    const body = typeof extensionType === "string" ? EXTENSION_BODIES[extensionType] : undefined;
    const data = part.parts?.at(-1);
    if (body === undefined || data === undefined || extensionData === undefined) return;
    const offset = data.offset + data.size - extensionData.length;
    const place = { offset, path: `${this.#path()}.${data.name}` };
    const { part: whole, failures } = walkWhole(body.codec, extensionData, { name: body.name, place });
    data.type = whole.type;
    data.parts = whole.parts ?? [];
    if (whole.failure !== undefined) data.failure = whole.failure;
    this.failures.push(...failures);
  }

  #path(): string {
    return this.#names.reduce(
      (path, name) => (name.startsWith("[") ? path + name : `${path}.${name}`),
      this.#place.path,
    );
  }
}

function numberIn(octets: Uint8Array): number {
  return octets.reduce((number, octet) => number * 256 + octet, 0);
}

function isStruct(codec: Codec<unknown>): codec is StructCodec<unknown> {
  return "fields" in codec;
}

function isVariant(codec: Codec<unknown>): codec is VariantCodec<unknown> {
  return "shape" in codec;
}

function isVector(codec: Codec<unknown>): codec is VectorCodec<unknown> {
  return "element" in codec;
}

function isOptional(codec: Codec<unknown>): codec is OptionalCodec<unknown> {
  return "value" in codec;
}
