import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  concat,
  constantTimeEqual,
  copy,
  EMPTY,
  equal,
  fromBase64Url,
  fromHex,
  fromText,
  isBytes,
  toBase64Url,
  toHex,
  toText,
  utf8,
  wipe,
} from "../../src/bytes.ts";
import { failure } from "../support/failure.ts";

const octets = fc.uint8Array({ maxLength: 100 });

describe("octet strings", () => {
  it("concat joins any number of parts into an array of its own", () => {
    const part = fromHex("0102");
    expect(concat()).toEqual(EMPTY);
    const joined = concat(part, EMPTY, fromHex("03"));
    part.fill(9);
    expect(toHex(joined)).toBe("010203");
  });

  it("copies share no memory, whatever they were made from", () => {
    const original = Buffer.from("0102", "hex");
    const copied = copy(original);
    original.fill(9);
    expect(toHex(copied)).toBe("0102");
    expect(copied.constructor).toBe(Uint8Array);
    expect(copied.buffer.byteLength).toBe(2);
  });

  it("text is UTF-8", () => {
    expect(toHex(utf8("MLS é"))).toBe("4d4c5320c3a9");
  });

  it("knows an octet string from what only looks like one", () => {
    for (const value of [EMPTY, Buffer.from("00", "hex")]) expect(isBytes(value)).toBe(true);
    for (const value of [
      undefined,
      null,
      "",
      [],
      { length: 0 },
      new ArrayBuffer(0),
      new Int8Array(0),
      new Uint8ClampedArray(0),
    ]) {
      expect(isBytes(value)).toBe(false);
    }
  });

  it("takes nothing for octets that disguises itself, or whose memory is gone", () => {
    const detached = new Uint8Array(4);
    structuredClone(detached, { transfer: [detached.buffer] });
    const disguised = Object.defineProperty(new DataView(new ArrayBuffer(2)), Symbol.toStringTag, {
      value: "Uint8Array",
    });
    const heir = Object.create(Uint8Array.prototype) as Uint8Array;
    const proxy = new Proxy(new Uint8Array(2), {});
    const memory = Reflect.construct(ArrayBuffer, [8, { maxByteLength: 16 }]) as ArrayBuffer & {
      resize(length: number): void;
    };
    const [outside, inside] = [new Uint8Array(memory, 4, 4), new Uint8Array(memory, 0, 2)];
    memory.resize(2);
    expect([isBytes(inside), isBytes(inside.subarray(2))]).toEqual([true, true]);
    for (const value of [detached, disguised, heir, proxy, outside]) {
      expect(isBytes(value)).toBe(false);
      expect(failure(() => copy(value as Uint8Array)).code).toBe("input.invalid");
    }
    const marked = Object.defineProperty(Uint8Array.of(1, 2), Symbol.toStringTag, { value: "something" });
    expect(toHex(copy(marked))).toBe("0102");
  });

  it("wipe leaves zeros in all of them", () => {
    const [a, b] = [fromHex("0102"), fromHex("03")];
    wipe(a, EMPTY, b);
    expect([toHex(a), toHex(b)]).toEqual(["0000", "00"]);
  });
});

describe("[6.2-05] comparison", () => {
  it.each([
    ["equal", equal],
    ["constantTimeEqual", constantTimeEqual],
  ])("%s looks at every octet and at the length", (_name, same) => {
    fc.assert(fc.property(octets, (value) => same(value, copy(value))));
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.nat(39),
        fc.integer({ min: 0, max: 7 }),
        (value, at, bit) => {
          const other = copy(value);
          const index = at % value.length;
          other[index] = (other[index] ?? 0) ^ (1 << bit);
          return !same(value, other) && !same(other, value);
        },
      ),
    );
    fc.assert(fc.property(octets, (value) => !same(value, concat(value, Uint8Array.of(0)))));
    fc.assert(fc.property(octets, (value) => !same(concat(value, value, Uint8Array.of(0)), value)));
  });

  it("a prefix is not equal, an empty one included, also where the difference of lengths is 256 or 65536", () => {
    for (const same of [equal, constantTimeEqual]) {
      expect(same(EMPTY, EMPTY)).toBe(true);
      for (const length of [1, 256, 65536]) expect(same(EMPTY, new Uint8Array(length))).toBe(false);
    }
  });
});

describe("hex", () => {
  it("goes both ways, upper case included", () => {
    fc.assert(
      fc.property(octets, (value) => {
        expect(toHex(value)).toBe(Buffer.from(value).toString("hex"));
        expect(equal(fromHex(toHex(value)), value) && equal(fromHex(toHex(value).toUpperCase()), value)).toBe(true);
      }),
    );
  });

  it.each([
    "0",
    "abc",
    "zz",
    "0g",
    "g0",
    "0x",
    " 00",
    "0 ",
    "-1",
    "+1",
    "1.",
    "é0",
    "0\u0130",
    "00\n",
    "１１",
    "\ud83d\ude00",
  ])("refuses %j", (text) => {
    expect(failure(() => fromHex(text)).code).toBe("input.not_hex");
  });
});

describe("base64url", () => {
  it.each([
    ["", ""],
    ["66", "Zg"],
    ["666f", "Zm8"],
    ["666f6f", "Zm9v"],
    ["666f6f62", "Zm9vYg"],
    ["666f6f6261", "Zm9vYmE"],
    ["666f6f626172", "Zm9vYmFy"],
    ["fbeff0", "--_w"],
    ["00", "AA"],
    ["ff", "_w"],
  ])("of %s is %s, as in RFC 4648, and back", (hex, text) => {
    expect(toBase64Url(fromHex(hex))).toBe(text);
    expect(toHex(fromBase64Url(text))).toBe(hex);
  });

  it("of any octets is what the platform makes of them", () => {
    const octets = Uint8Array.from({ length: 600 }, (_, i) => (i * 167 + (i >> 3)) & 255);
    for (let length = 0; length < 600; length += 7) {
      const part = octets.subarray(600 - length);
      const text = toBase64Url(part);
      const padded = btoa(String.fromCharCode(...part));
      expect(text).toBe(padded.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""));
      expect(fromBase64Url(text)).toEqual(new Uint8Array(part));
    }
  });

  it.each([
    "A",
    "AAAAA",
    "AB",
    "_x",
    "AAB",
    "Zg==",
    "Zm8=",
    "+_8A",
    "/_8A",
    "Zm 9",
    "Zm9v\n",
    "Zm9\u00e9",
    "Zm9\ud83d",
  ])("refuses %j", (text) => {
    expect(failure(() => fromBase64Url(text)).code).toBe("input.not_base64url");
  });

  it("takes octets and texts alone", () => {
    for (const other of [undefined, null, 1, {}, ["A", "A"]]) {
      expect(failure(() => fromBase64Url(other as never)).code).toBe("input.not_base64url");
      expect(failure(() => toBase64Url(other as never)).code).toBe("input.invalid");
    }
  });
});

describe("octets as text of one character each", () => {
  it("come back as they were, however long", () => {
    for (const length of [0, 1, 32, 1023, 1024, 1025, 300_000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) % 256);
      expect(toText(bytes)).toHaveLength(length);
      expect(fromText(toText(bytes))).toEqual(bytes);
    }
    expect(toText(new Uint8Array([0, 0x41, 0xff]))).toBe("\u0000A\u00ff");
  });
});
