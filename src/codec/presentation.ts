/**
 * §2.1: the constructs of the presentation language as combinators. Structs and their variants are in `struct.ts`.
 */

import { isBytes } from "../bytes.ts";
import { MalformedError, UsageError } from "../errors.ts";
import { type Codec, type Encoded, type Infer, shown, within } from "./codec.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** RFC 8446 §3.3: `uint8`, one octet. */
export const uint8: Codec<number> = uint("uint8", 1);
/** RFC 8446 §3.3: `uint16`, two octets in network order. */
export const uint16: Codec<number> = uint("uint16", 2);
/** RFC 8446 §3.3: `uint32`, four octets in network order. */
export const uint32: Codec<number> = uint("uint32", 4);

/** RFC 8446 §3.3: `uint64`, eight octets in network order, a `bigint`. */
export const uint64: Codec<bigint> = {
  name: "uint64",
  write(writer, value) {
    if (typeof value !== "bigint" || value < 0n || value > 0xffffffffffffffffn) {
      throw new UsageError("codec.value_out_of_range", { type: "uint64", value: shown(value) });
    }
    writer.uint64(value);
  },
  read: (reader) => reader.uint64(),
};

/** `opaque<V>` */
export const opaque: Codec<Uint8Array> = {
  name: "opaque",
  write(writer, value) {
    if (!isBytes(value)) throw new UsageError("codec.value_out_of_range", { type: "opaque", value: typeof value });
    writer.opaque(value);
  },
  read: (reader) => reader.opaque(),
};

/** `opaque[length]` */
/* @__NO_SIDE_EFFECTS__ */
export function fixed(length: number): Codec<Uint8Array> {
  const name = `opaque[${length}]`;
  return {
    name,
    write(writer, value) {
      if (!isBytes(value) || value.length !== length) throw new UsageError("codec.value_out_of_range", { type: name });
      writer.bytes(value);
    },
    read: (reader) => reader.bytes(length),
  };
}

/** What all empty vectors are read as: a tree has thousands, and nobody can write to it. */
const NOTHING: readonly never[] = /* @__PURE__ */ Object.freeze([]);

/** A codec that also knows that of its elements, for tools that walk over it. */
export interface VectorCodec<T> extends Codec<readonly T[]> {
  /** Of one element. */
  readonly element: Codec<T>;
}

/** `T<V>`: elements of at least one octet each, filling the vector exactly. */
/* @__NO_SIDE_EFFECTS__ */
export function vector<T>(element: Codec<T>): VectorCodec<T> {
  const name = `${element.name}<V>`;
  return {
    name,
    element,
    write(writer, values) {
      if (!Array.isArray(values)) throw new UsageError("codec.value_out_of_range", { type: name });
      const start = writer.openVector();
      let index = 0;
      try {
        for (; index < values.length; index++) element.write(writer, values[index]);
      } catch (error) {
        throw within(`[${index}]`, error);
      }
      writer.closeVector(start);
    },
    read(reader) {
      const body = reader.vector();
      const values: T[] = [];
      try {
        while (body.remaining > 0) {
          if (values.length >= body.limits.maxElements) {
            throw new MalformedError("codec.limit", { offset: body.offset, limit: body.limits.maxElements });
          }
          values.push(element.read(body));
        }
      } catch (error) {
        throw within(`[${values.length}]`, error);
      }
      return values.length === 0 ? NOTHING : values;
    },
  };
}

/** A codec that also knows that of the value, for tools that walk over it. */
export interface OptionalCodec<T> extends Codec<T | undefined> {
  /** Of the value, if it is there. */
  readonly value: Codec<T>;
}

/** §2.1.1 `optional<T>`; absent is `undefined`. */
/* @__NO_SIDE_EFFECTS__ */
export function optional<T>(value: Codec<T>): OptionalCodec<T> {
  return {
    name: `optional<${value.name}>`,
    value,
    write(writer, present) {
      writer.uint(1, present === undefined ? 0 : 1);
      if (present !== undefined) value.write(writer, present);
    },
    read(reader) {
      const offset = reader.offset;
      const presence = reader.uint(1);
      if (presence > 1) throw new MalformedError("codec.presence_octet", { offset, octet: presence });
      return presence === 1 ? value.read(reader) : undefined;
    },
  };
}

/** The value beside the octets that it was read from, for those who keep the octets; they are written as they are. */
/* @__NO_SIDE_EFFECTS__ */
export function encoded<T>(codec: Codec<T>): Codec<Encoded<T>> {
  return {
    name: codec.name,
    write: (writer, { octets }) => writer.bytes(octets),
    read(reader) {
      const start = reader.offset;
      const value = codec.read(reader);
      return { octets: reader.since(start), read: () => value };
    },
  };
}

/** A field that the struct's shape leaves out: no octets, and no value. */
export const absent: Codec<undefined> = {
  name: "absent",
  write(_writer, value) {
    if (value !== undefined) throw new UsageError("codec.value_out_of_range", { type: "absent" });
  },
  read: () => undefined,
};

/** A closed enumeration: a value without a name is malformed. */
/* @__NO_SIDE_EFFECTS__ */
export function enumeration<const M extends Readonly<Record<string, number>>>(
  name: string,
  width: 1 | 2,
  values: M,
): Codec<keyof M & string> {
  const names = new Map<number, keyof M & string>(Object.entries(values).map(([key, value]) => [value, key]));
  return {
    name,
    write(writer, key) {
      const value = Object.hasOwn(values, key) ? values[key] : undefined;
      if (value === undefined) throw new UsageError("codec.value_out_of_range", { type: name, value: shown(key) });
      writer.uint(width, value);
    },
    read(reader) {
      const offset = reader.offset;
      const value = reader.uint(width);
      const key = names.get(value);
      if (key === undefined) throw new MalformedError("codec.undefined_value", { type: name, value, offset });
      return key;
    },
  };
}

/**
 * An open registry of §17: registered values are their names, all others stay numbers. A registered value written as
 * a number is refused, so that one value has one representation.
 */
/* @__NO_SIDE_EFFECTS__ */
export function registry<const M extends Readonly<Record<string, number>>>(
  name: string,
  values: M,
): Codec<(keyof M & string) | number> {
  const names = new Map<number, keyof M & string>(Object.entries(values).map(([key, value]) => [value, key]));
  return {
    name,
    write(writer, key) {
      const value = typeof key === "number" ? key : Object.hasOwn(values, key) ? values[key] : undefined;
      if (value === undefined || (typeof key === "number" && names.has(key))) {
        throw new UsageError("codec.value_out_of_range", { type: name, value: shown(key) });
      }
      uint16.write(writer, value);
    },
    read(reader) {
      const value = reader.uint(2);
      return names.get(value) ?? value;
    },
  };
}

/** A field that has only one legal value, and is not part of the decoded struct's freedom. */
/* @__NO_SIDE_EFFECTS__ */
export function constant<C extends Codec<string | number>, const V extends Infer<C>>(codec: C, value: V): Codec<V> {
  return {
    name: `${codec.name} = ${String(value)}`,
    write(writer: Writer, given: V) {
      if (given !== value) throw new UsageError("codec.value_out_of_range", { type: codec.name, value: shown(given) });
      codec.write(writer, value);
    },
    read(reader: Reader) {
      const offset = reader.offset;
      const found = codec.read(reader);
      if (found !== value) throw new MalformedError("codec.unsupported", { type: codec.name, value: found, offset });
      return value;
    },
  };
}

/** A value of the same encoding under another name or a narrower type (a brand, for example). */
/* @__NO_SIDE_EFFECTS__ */
export function named<T>(name: string, codec: Codec<unknown>): Codec<T> {
  return { name, write: (writer, value) => codec.write(writer, value), read: (reader) => codec.read(reader) as T };
}

/* @__NO_SIDE_EFFECTS__ */
function uint(name: string, width: 1 | 2 | 4): Codec<number> {
  const limit = 2 ** (8 * width);
  return {
    name,
    write(writer, value) {
      if (!Number.isInteger(value) || value < 0 || value >= limit) {
        throw new UsageError("codec.value_out_of_range", { type: name, value: shown(value) });
      }
      writer.uint(width, value);
    },
    read: (reader) => reader.uint(width),
  };
}
