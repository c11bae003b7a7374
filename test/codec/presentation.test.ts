import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes.ts";
import { type Codec, decode, encode } from "../../src/codec/codec.ts";
import {
  absent,
  constant,
  enumeration,
  fixed,
  named,
  opaque,
  optional,
  registry,
  uint8,
  uint16,
  uint32,
  uint64,
  vector,
} from "../../src/codec/presentation.ts";
import { failure } from "../support/failure.ts";

const refusesToEncode = <T>(codec: Codec<T>, value: unknown) =>
  expect(failure(() => encode(codec, value as T)).code).toBe("codec.value_out_of_range");
const decodeCode = (codec: Codec<unknown>, hex: string) => failure(() => decode(codec, fromHex(hex))).code;

describe("§2.1 integers", () => {
  it.each([
    ["uint8", uint8, 255, "ff"],
    ["uint16", uint16, 65535, "ffff"],
    ["uint32", uint32, 4294967295, "ffffffff"],
  ])("[2.1-05] %s goes from 0 to its maximum and no further", (_name, codec, max, hex) => {
    expect(toHex(encode(codec, max))).toBe(hex);
    expect(decode(codec, fromHex(hex))).toBe(max);
    expect(decode(codec, encode(codec, 0))).toBe(0);
    for (const value of [-1, max + 1, 0.5, Number.NaN, Infinity, "1", 1n, null, undefined])
      refusesToEncode(codec, value);
  });

  it("[2.1-04] uint64 is a bigint over its full range", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        expect(decode(uint64, encode(uint64, value))).toBe(value);
      }),
    );
    expect(toHex(encode(uint64, 2n ** 64n - 1n))).toBe("ffffffffffffffff");
    for (const value of [-1n, 2n ** 64n, 5, "5", null, undefined]) refusesToEncode(uint64, value);
  });
});

describe("§2.1 octet strings", () => {
  it("opaque<V> keeps any octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000, size: "max" }), (value) => {
        expect(toHex(decode(opaque, encode(opaque, value)))).toBe(toHex(value));
      }),
      { numRuns: 20 },
    );
    for (const value of [undefined, null, "00", [0], 0, new ArrayBuffer(2), new Uint16Array(2)])
      refusesToEncode(opaque, value);
  });

  it("opaque takes the subclasses and the realms of others", () => {
    expect(toHex(encode(opaque, Buffer.from("aa", "hex")))).toBe("01aa");
  });

  it("opaque[n] has exactly n octets", () => {
    const guard = fixed(4);
    expect(toHex(encode(guard, fromHex("01020304")))).toBe("01020304");
    expect(decode(guard, fromHex("01020304"))).toEqual(fromHex("01020304"));
    for (const value of [fromHex("010203"), fromHex("0102030405"), undefined, "abcd", [1, 2, 3, 4]])
      refusesToEncode(guard, value);
    expect(decodeCode(guard, "010203")).toBe("codec.truncated");
    expect(decodeCode(guard, "0102030405")).toBe("codec.trailing_bytes");
  });
});

describe("§2.1.2 T<V>", () => {
  const list = vector(uint16);

  it("the elements fill the vector exactly", () => {
    expect(toHex(encode(list, [1, 2]))).toBe("0400010002");
    expect(decode(list, fromHex("0400010002"))).toEqual([1, 2]);
    expect(decode(list, fromHex("00"))).toEqual([]);
  });

  it("[2.1.2-05] a partial last element is malformed, not ignored", () => {
    const error = failure(() => decode(list, fromHex("03000102")));
    expect(error.code).toBe("codec.partial_element");
    expect(error.details).toEqual({ path: "uint16<V>[1]", offset: 3, needed: 2, available: 1 });
  });

  it("[2.1.2-04] a vector may not reach beyond the one it is in", () => {
    const lists = vector(list);
    expect(decode(lists, fromHex("03020001"))).toEqual([[1]]);
    expect(decodeCode(lists, "0302000100")).toBe("codec.trailing_bytes");
    expect(decodeCode(lists, "03040001")).toBe("codec.partial_element");
    expect(decodeCode(lists, "04020001")).toBe("codec.truncated");
  });

  it("[2.1.2-06] more elements than allowed are refused at the first one too many", () => {
    const many = vector(uint8);
    expect(decode(many, encode(many, new Array(100).fill(0)), { maxElements: 100 })).toHaveLength(100);
    const error = failure(() => decode(many, encode(many, new Array(101).fill(0)), { maxElements: 100 }));
    expect(error.code).toBe("codec.limit");
    expect(error.details).toEqual({ path: "uint8<V>[100]", offset: 102, limit: 100 });
  });

  it("elements without octets cannot keep it busy", () => {
    expect(failure(() => decode(vector(absent), fromHex("01ff"), { maxElements: 50 })).code).toBe("codec.limit");
  });

  it.each([31, 32, 8191, 8192])("[2.1.2-01] %i elements of two octets have the smallest header", (count) => {
    const values = Array.from({ length: count }, (_, i) => i);
    const bytes = encode(list, values);
    expect(bytes.length).toBe(2 * count + (2 * count < 64 ? 1 : 2 * count < 16384 ? 2 : 4));
    expect(decode(list, bytes)).toEqual(values);
  });

  it("what is no list is refused", () => {
    for (const value of [undefined, null, "ab", { length: 1 }, new Set([1]), new Uint16Array(1)])
      refusesToEncode(list, value);
    refusesToEncode(list, [1, undefined]);
  });
});

describe("§2.1.1 optional<T>", () => {
  const maybe = optional(uint16);

  it("[2.1.1-03] absent is 00, present is 01 and the value", () => {
    expect(toHex(encode(maybe, undefined))).toBe("00");
    expect(toHex(encode(maybe, 0))).toBe("010000");
    expect(decode(maybe, fromHex("00"))).toBeUndefined();
    expect(decode(maybe, fromHex("010000"))).toBe(0);
  });

  it("[2.1.1-01] no other presence octet is accepted", () => {
    for (let octet = 2; octet < 256; octet++) {
      const error = failure(() => decode(maybe, Uint8Array.of(octet, 0, 0)));
      expect(error.code).toBe("codec.presence_octet");
      expect(error.details).toEqual({ path: "optional<uint16>", offset: 0, octet });
    }
  });

  it.each(["", "01", "0100"])("[2.1.1-02] cut off after '%s' it is malformed, not absent", (hex) => {
    expect(decodeCode(maybe, hex)).toBe("codec.truncated");
  });

  it("an absent value has no octets", () => {
    expect(decodeCode(maybe, "000000")).toBe("codec.trailing_bytes");
  });
});

describe("§2.1 enumerations", () => {
  const colour = enumeration("Colour", 1, { red: 1, blue: 7 });
  const wide = enumeration("Wide", 2, { one: 1, far: 0x0102 });

  it("a name stands for its number", () => {
    expect([toHex(encode(colour, "blue")), toHex(encode(wide, "far"))]).toEqual(["07", "0102"]);
    expect([decode(colour, fromHex("01")), decode(wide, fromHex("0001"))]).toEqual(["red", "one"]);
  });

  it("[2.1-02] 0 and unassigned values are malformed", () => {
    for (const octet of [0, 2, 6, 8, 255]) {
      const error = failure(() => decode(colour, Uint8Array.of(octet)));
      expect(error.code).toBe("codec.undefined_value");
      expect(error.details).toEqual({ path: "Colour", type: "Colour", value: octet, offset: 0 });
    }
    expect(decodeCode(wide, "0000")).toBe("codec.undefined_value");
  });

  it("only names can be written", () => {
    for (const value of [1, "green", "toString", "__proto__", undefined, null]) refusesToEncode(colour, value);
  });
});

describe("§17 registries", () => {
  const type = registry("Type", { known: 1, other: 0x0203 });

  it("registered values are names, all others stay numbers and keep their octets", () => {
    expect([decode(type, fromHex("0001")), decode(type, fromHex("0203"))]).toEqual(["known", "other"]);
    for (const value of [0, 2, 0x0a0a, 0xffff]) {
      const bytes = encode(type, value);
      expect(decode(type, bytes)).toBe(value);
    }
  });

  it("[2.1-03] one value has one representation", () => {
    refusesToEncode(type, 1);
    for (const value of ["unknown", "constructor", -1, 65536, 1.5, undefined, null, 1n]) refusesToEncode(type, value);
  });
});

describe("§2.1 constants and names", () => {
  it("a constant has one legal value; another one is unsupported", () => {
    const version = constant(registry("Version", { v1: 1 }), "v1");
    expect(toHex(encode(version, "v1"))).toBe("0001");
    expect(decode(version, fromHex("0001"))).toBe("v1");
    const error = failure(() => decode(version, fromHex("0002")));
    expect(error.code).toBe("codec.unsupported");
    expect(error.details).toMatchObject({ type: "Version", value: 2, offset: 0 });
    refusesToEncode(version, "v2");
    refusesToEncode(version, 2);
  });

  it("a named codec differs in nothing but its name", () => {
    const key = named<Uint8Array>("Key", opaque);
    expect(key.name).toBe("Key");
    expect(decode(key, encode(key, fromHex("aabb")))).toEqual(fromHex("aabb"));
    expect(failure(() => decode(key, fromHex("02aa"))).details.path).toBe("Key");
  });

  it("what a shape leaves out has neither octets nor a value", () => {
    expect(encode(absent, undefined)).toHaveLength(0);
    expect(decode(absent, new Uint8Array())).toBeUndefined();
    refusesToEncode(absent, new Uint8Array());
    refusesToEncode(absent, null);
  });
});
