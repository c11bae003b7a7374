import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex } from "../../src/bytes.ts";
import { DEFAULT_LIMITS, Reader } from "../../src/codec/reader.ts";
import { MAX_VECTOR_LENGTH, Writer } from "../../src/codec/writer.ts";
import { failure } from "../support/failure.ts";

const over = (hex: string) => Reader.over(fromHex(hex), DEFAULT_LIMITS);

describe("§2.1 numbers", () => {
  it("[2.1-05] reads unsigned integers in network order over their full range", () => {
    const reader = over("ff ffff ffffffff 01 0203 04050607".replaceAll(" ", ""));
    expect([reader.uint(1), reader.uint(2), reader.uint(4)]).toEqual([0xff, 0xffff, 0xffffffff]);
    expect([reader.uint(1), reader.uint(2), reader.uint(4)]).toEqual([1, 0x0203, 0x04050607]);
    expect(reader.remaining).toBe(0);
  });

  it("[2.1-04] reads uint64 without rounding", () => {
    const reader = over("ffffffffffffffff00200000000000010000000000000000");
    expect([reader.uint64(), reader.uint64(), reader.uint64()]).toEqual([2n ** 64n - 1n, 2n ** 53n + 1n, 0n]);
  });

  it.each([
    ["uint8", "", (reader: Reader) => reader.uint(1), 1, 0],
    ["uint16", "00", (reader: Reader) => reader.uint(2), 2, 1],
    ["uint32", "000000", (reader: Reader) => reader.uint(4), 4, 3],
    ["uint64", "00000000000000", (reader: Reader) => reader.uint64(), 8, 7],
    ["octets", "0011", (reader: Reader) => reader.bytes(3), 3, 2],
  ])("a %s that is cut off says what was missing", (_name, hex, read, needed, available) => {
    const reader = over(hex);
    const error = failure(() => read(reader));
    expect(error.code).toBe("codec.truncated");
    expect(error.details).toEqual({ offset: 0, needed, available });
    expect(reader.offset).toBe(0);
  });
});

describe("§2.1.2 length headers", () => {
  it.each([
    ["00", 0],
    ["25", 37],
    ["3f", 63],
    ["4040", 64],
    ["7bbd", 15293],
    ["7fff", 16383],
    ["80004000", 16384],
    ["9d7f3e7d", 494878333],
    ["bfffffff", MAX_VECTOR_LENGTH],
  ])("%s is %i", (hex, length) => {
    const reader = over(hex);
    expect(reader.varint()).toBe(length);
    expect(reader.remaining).toBe(0);
  });

  it.each(["4000", "4025", "403f", "80000000", "80000025", "80000040", "80003fff"])(
    "[2.1.2-02] %s uses more octets than needed",
    (hex) => {
      const error = failure(() => over(hex).varint());
      expect(error.code).toBe("codec.non_minimal_length");
      expect(error.details).toEqual({ offset: 0 });
    },
  );

  it.each(["c0", "c001", "ff", "ffffffff", "ffffffffffffffff"])("[2.1.2-03] %s has the prefix 11", (hex) => {
    expect(failure(() => over(hex).varint()).code).toBe("codec.invalid_length_prefix");
  });

  it.each(["", "40", "7f", "80", "8000", "800040", "bfffff"])("[2.1.2-07] %s is cut off in the header", (hex) => {
    expect(failure(() => over(hex).varint()).code).toBe("codec.truncated");
  });

  it("[2.1.2-04] a length beyond the end of the input is refused, for octets and for vectors", () => {
    for (const read of [(reader: Reader) => reader.opaque(), (reader: Reader) => reader.vector()]) {
      const error = failure(() => read(over("03aabb")));
      expect(error.code).toBe("codec.truncated");
      expect(error.details).toEqual({ offset: 1, needed: 3, available: 2 });
    }
  });

  it("[2.1.2-06] the largest length costs nothing when the octets are not there", () => {
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 1000; i++) failure(() => over("bfffffff").opaque());
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });

  it("[2.1.2-01] every length has one header, the smallest, on both sides of each border", () => {
    const lengths = fc.oneof(fc.integer({ min: 0, max: 70_000 }), fc.constantFrom(0, 63, 64, 16383, 16384, 65535));
    fc.assert(
      fc.property(lengths, (length) => {
        const writer = new Writer();
        writer.opaque(new Uint8Array(length));
        const bytes = writer.finish();
        expect(bytes.length - length).toBe(length < 64 ? 1 : length < 16384 ? 2 : 4);
        expect(Reader.over(bytes, DEFAULT_LIMITS).varint()).toBe(length);
      }),
      { numRuns: 60 },
    );
  });
});

describe("§2.1 bounds", () => {
  it("a vector's reader ends where the vector ends, and its parent goes on behind it", () => {
    const reader = over("02aabbcc");
    const body = reader.vector();
    expect([body.offset, body.remaining, reader.offset, reader.remaining]).toEqual([1, 2, 3, 1]);
    expect(body.uint(1)).toBe(0xaa);
    expect(reader.uint(1)).toBe(0xcc);
    expect(body.uint(1)).toBe(0xbb);
    expect(failure(() => body.uint(1)).code).toBe("codec.partial_element");
  });

  it("[2.1.2-05] what ends inside a vector is a partial element, what ends with the input is truncated", () => {
    expect(failure(() => over("0103ff").vector().uint(2)).code).toBe("codec.partial_element");
    expect(failure(() => over("0203ffff").vector().vector()).code).toBe("codec.partial_element");
    expect(failure(() => over("02ff").vector()).code).toBe("codec.truncated");
  });

  it("[2.1-01] what is left over is an error with its place and size", () => {
    const reader = over("00aabb");
    reader.uint(1);
    const error = failure(() => reader.finish());
    expect(error.code).toBe("codec.trailing_bytes");
    expect(error.details).toEqual({ offset: 1, trailing: 2 });
  });

  it("vectors do not nest without end", () => {
    const nested = (depth: number) => {
      const writer = new Writer();
      const starts = Array.from({ length: depth }, () => writer.openVector());
      for (const start of starts.reverse()) writer.closeVector(start);
      return Reader.over(writer.finish(), DEFAULT_LIMITS);
    };
    const dive = (reader: Reader, depth: number) => {
      let at = reader;
      for (let i = 0; i < depth; i++) at = at.vector();
      return at.remaining;
    };
    expect(dive(nested(32), 32)).toBe(0);
    expect(failure(() => dive(nested(33), 33)).code).toBe("codec.too_deep");
    expect(failure(() => dive(nested(10_000), 10_000)).code).toBe("codec.too_deep");
  });

  it("[2.1.2-06] an input over the limit is refused before it is read", () => {
    const limits = { ...DEFAULT_LIMITS, maxLength: 4 };
    expect(Reader.over(new Uint8Array(4), limits).remaining).toBe(4);
    const error = failure(() => Reader.over(new Uint8Array(5), limits));
    expect(error.code).toBe("codec.limit");
    expect(error.class).toBe("limit");
    expect(error.details).toEqual({ length: 5, limit: 4 });
  });
});

describe("§2.1 views", () => {
  it("[2.1-06] hands out plain views of the input, whatever its class and offset", () => {
    const store = Buffer.from("ffff0203aabb", "hex").subarray(2, 6);
    const view = Reader.over(store, DEFAULT_LIMITS).opaque();
    expect(view).toEqual(fromHex("03aa"));
    expect(view.constructor).toBe(Uint8Array);
    expect(view.buffer).toBe(store.buffer);
  });

  it("what is no octet string is a mistake of the caller", () => {
    for (const input of [
      undefined,
      null,
      "00",
      [0],
      new ArrayBuffer(1),
      new Uint16Array(1),
      new DataView(new ArrayBuffer(1)),
    ]) {
      expect(failure(() => Reader.over(input as unknown as Uint8Array, DEFAULT_LIMITS)).code).toBe("input.invalid");
    }
  });
});
