/**
 * §2.1: a codec is a name, a way to write and a way to read; nothing else. Every value has exactly one encoding, so
 * `encode(decode(x))` is `x` for all `x` that decode accepts.
 */

import { type ErrorDetails, MalformedError, UsageError } from "../errors.ts";
import { type BodyCodec, type DecodeOptions, Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** How values of a type are written and read. */
export interface Codec<T> {
  /** The name in the RFC, for error reports. */
  readonly name: string;
  /** Appends the value's encoding. @throws UsageError `codec.value_out_of_range`, `codec.too_long` */
  write(writer: Writer, value: T): void;
  /** Takes one value off the front of what is left. @throws MalformedError `codec.*` */
  read(reader: Reader): T;
}

/** The type of the values that a codec encodes. */
export type Infer<C> = C extends Codec<infer T> ? T : never;

/** `Infer` for a `variant`: the union goes by the name that it is declared under, in hovers and in `.d.ts` files. */
export type InferUnion<C> = Distributed<Infer<C>>;
type Distributed<T> = T extends unknown ? T : never;

/**
 * The octets of a value.
 *
 * @throws UsageError `codec.value_out_of_range`, `codec.too_long`, with the field's path in `details`
 */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array<ArrayBuffer> {
  return written(codec, value, (writer) => writer.finish());
}

/** A value in its encoding. */
export interface Encoded<T> {
  /** All of the value's octets, and nothing else. */
  readonly octets: Uint8Array;
  /** The value in them. */
  read(): T;
}

/** @throws UsageError `codec.value_out_of_range`, `codec.too_long` */
export function encodedOf<T>(codec: Codec<T>, value: T): Encoded<T> {
  return { octets: encode(codec, value), read: () => value };
}

function written<T, R>(codec: Codec<T>, value: T, take: (writer: Writer) => R): R {
  const writer = idle ?? new Writer();
  idle = undefined;
  try {
    codec.write(writer, value);
    return take(writer);
  } catch (error) {
    throw within(codec.name, error);
  } finally {
    writer.clear();
    idle = writer;
  }
}

/** The writer of the last encoding, cleared: most encodings are short, and a fresh buffer would cost more than they do. */
let idle: Writer | undefined;

/**
 * The value of the whole input. Octet strings in it are views of `bytes`: copy what is kept (§2.1).
 *
 * @throws MalformedError `codec.*`, with the field's path and the offset in `details`
 */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array, options: DecodeOptions = {}): T {
  try {
    const reader = Reader.over(bytes, options);
    const value = codec.read(reader);
    reader.finish();
    return value;
  } catch (error) {
    throw within(codec.name, error);
  }
}

/** An equal value that shares no memory with the one given: for what is kept. Custom bodies end where they were written to. */
export function copyOf<T>(codec: Codec<T>, value: T): T {
  const { octets, lengths } = written(codec, value, (writer) => ({
    octets: writer.finish(),
    lengths: writer.customLengths.values(),
  }));
  const body: BodyCodec = { name: "body", read: (reader) => reader.bytes(lengths.next().value ?? 0) };
  return decode(codec, octets, { bodies: () => body });
}

/** Puts a struct, a field or an index (`[2]`) in front of the path of a failure that came from inside it. */
export function within(step: string, error: unknown): unknown {
  if (error instanceof MalformedError) return new MalformedError(error.code, below(step, error.details), error);
  if (error instanceof UsageError) return new UsageError(error.code, below(step, error.details), error);
  return error;
}

function below(step: string, details: ErrorDetails): ErrorDetails {
  const inner = details.path;
  if (inner === undefined) return { path: step, ...details };
  const path = String(inner);
  return { ...details, path: path.startsWith("[") ? step + path : `${step}.${path}` };
}

/** What an error says of a value that has no encoding: numbers as they are, of others their type, since they could be anything. */
export function shown(value: unknown): string {
  return typeof value === "number" || typeof value === "bigint" ? String(value) : typeof value;
}
