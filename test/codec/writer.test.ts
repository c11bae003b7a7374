import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equal, fromHex, toHex } from "../../src/bytes.ts";
import { MAX_VECTOR_LENGTH, Writer } from "../../src/codec/writer.ts";
import { failure } from "../support/failure.ts";

/** An octet string in all but memory: only its length can be looked at. */
const lengthOnly = (length: number) => ({ length }) as Uint8Array;

describe("§2.1 writing", () => {
  it("writes integers in network order", () => {
    const writer = new Writer(0);
    writer.uint(1, 0xff);
    writer.uint(2, 0x0102);
    writer.uint(4, 0xfffffffe);
    writer.uint64(2n ** 64n - 2n);
    expect(toHex(writer.finish())).toBe("ff0102fffffffefffffffffffffffe");
    expect(writer.length).toBe(15);
  });

  it("what was handed out is not touched by what is written later", () => {
    const writer = new Writer();
    writer.bytes(fromHex("aabb"));
    const first = writer.finish();
    writer.uint(1, 0xcc);
    writer.clear();
    expect(toHex(first)).toBe("aabb");
    expect(first.buffer.byteLength).toBe(2);
  });

  it("a cleared writer starts over, and keeps nothing of what it wrote", () => {
    const writer = new Writer(4);
    writer.bytes(new Uint8Array(100).fill(0xaa));
    writer.clear();
    expect(writer.length).toBe(0);
    writer.openVector();
    writer.bytes(new Uint8Array(3));
    expect(toHex(writer.finish())).toBe("00000000");
  });

  it("a cleared writer gives large buffers back", () => {
    const writer = new Writer();
    writer.bytes(new Uint8Array(2 ** 20).fill(0xaa));
    writer.clear();
    writer.bytes(fromHex("01"));
    expect(toHex(writer.finish())).toBe("01");
  });
});

describe("§2.1.2 vectors", () => {
  it.each([0, 1, 62, 63, 64, 65, 16382, 16383, 16384, 16385, 70000])(
    "[2.1.2-01] a body of %i octets slides behind the smallest header",
    (length) => {
      const body = Uint8Array.from({ length }, (_, i) => i % 251);
      const streamed = new Writer(1);
      streamed.uint(1, 7);
      const start = streamed.openVector();
      for (const octet of body) streamed.uint(1, octet);
      streamed.closeVector(start);
      streamed.uint(1, 9);

      const whole = new Writer(1);
      whole.uint(1, 7);
      whole.opaque(body);
      whole.uint(1, 9);
      expect(toHex(streamed.finish())).toBe(toHex(whole.finish()));
      expect(streamed.length).toBe(length + 2 + (length < 64 ? 1 : length < 16384 ? 2 : 4));
    },
  );

  it("[2.1.2-01] long octet strings stand where short writes would have put them", () => {
    const pieces = [0, 1, 63, 4095, 4096, 5000, 70_000];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(4), fc.constantFrom(...pieces)), { maxLength: 12 }), (steps) => {
        const [long, short] = [new Writer(1), new Writer(1)];
        const open: [number, number][] = [];
        const both = (write: (writer: Writer) => void) => [long, short].map(write);
        const octetwise = (writer: Writer, value: Uint8Array) => {
          for (const octet of value) writer.uint(1, octet);
        };
        for (const [kind, length] of steps) {
          const value = Uint8Array.from({ length }, (_, i) => i % 251);
          const [ours, theirs] = open.at(-1) ?? [];
          if (kind === 0) open.push([long.openVector(), short.openVector()]);
          else if (kind === 1 && ours !== undefined && theirs !== undefined) {
            long.closeVector(ours);
            short.closeVector(theirs);
            open.pop();
          } else if (kind === 2) {
            long.opaque(value);
            const start = short.openVector();
            octetwise(short, value);
            short.closeVector(start);
          } else if (kind === 3) {
            long.bytes(value);
            octetwise(short, value);
          } else both((writer) => writer.uint(2, length % 65_536));
        }
        for (const [ours, theirs] of open.reverse()) {
          long.closeVector(ours);
          short.closeVector(theirs);
        }
        expect(long.length).toBe(short.length);
        const whole = long.finish();
        expect(equal(whole, short.finish())).toBe(true);
        expect(whole.buffer.byteLength).toBe(whole.length);
      }),
    );
  });

  it("a cleared writer keeps nothing of what it set aside, and leaves long octet strings alone", () => {
    const writer = new Writer();
    const given = new Uint8Array(10_000).fill(0xaa);
    writer.uint(1, 0xbb);
    writer.opaque(given);
    expect(writer.finish()).toHaveLength(10_003);
    writer.clear();
    expect(given.every((octet) => octet === 0xaa)).toBe(true);
    expect([writer.length, writer.finish().length]).toEqual([0, 0]);
    writer.opaque(fromHex("cc"));
    expect(toHex(writer.finish())).toBe("01cc");
  });

  it("a vector inside a vector moves with it", () => {
    const writer = new Writer(2);
    const outer = writer.openVector();
    const inner = writer.openVector();
    writer.bytes(new Uint8Array(64).fill(1));
    writer.closeVector(inner);
    writer.closeVector(outer);
    expect(toHex(writer.finish())).toBe(`4042${"4040"}${"01".repeat(64)}`);
  });

  it("a length that no header can express is refused before anything is allocated", () => {
    const writer = new Writer();
    const error = failure(() => writer.opaque(lengthOnly(MAX_VECTOR_LENGTH + 1)));
    expect(error.code).toBe("codec.too_long");
    expect(error.details).toEqual({ length: MAX_VECTOR_LENGTH + 1 });
    expect(writer.length).toBe(0);
  });

  it("a vector closed before it was opened is a bug", () => {
    expect(failure(() => new Writer().closeVector(0)).code).toBe("internal.invariant");
  });
});
