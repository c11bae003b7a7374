import { describe, expect, expectTypeOf, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes.ts";
import { type Codec, decode, encode, type Infer, type InferUnion } from "../../src/codec/codec.ts";
import {
  absent,
  enumeration,
  opaque,
  optional,
  registry,
  uint8,
  uint16,
  uint64,
  vector,
} from "../../src/codec/presentation.ts";
import { struct, variant } from "../../src/codec/struct.ts";
import { failure } from "../support/failure.ts";

const point = struct("Point", { x: uint8, y: uint16 });
const tag = enumeration("Tag", 1, { empty: 1, number: 2, point: 3 });
const shape = variant("Shape", {
  head: { before: uint8 },
  select: "tag",
  from: tag,
  cases: { empty: {}, number: { value: uint16 }, point },
  tail: { after: uint8 },
});

describe("§2.1 struct", () => {
  it("fields follow each other in the order of the declaration", () => {
    expect(toHex(encode(point, { y: 0x0203, x: 1 }))).toBe("010203");
    expect(Object.keys(decode(point, fromHex("010203")))).toEqual(["x", "y"]);
  });

  it("has no octets without fields", () => {
    expect(encode(struct("Empty", {}), {})).toHaveLength(0);
  });

  it("a field that is missing or wrong is named", () => {
    const error = failure(() => encode(point, { x: 1 } as never));
    expect(error.code).toBe("codec.value_out_of_range");
    expect(error.details).toMatchObject({ path: "Point.y" });
    for (const value of [undefined, null, 5, "text"]) {
      expect(failure(() => encode(point, value as never)).details).toMatchObject({ path: "Point" });
    }
  });

  it("infers the type of its values", () => {
    expectTypeOf<Infer<typeof point>>().toEqualTypeOf<{ readonly x: number; readonly y: number }>();
    const all = struct("All", {
      a: uint64,
      b: opaque,
      c: optional(point),
      d: vector(tag),
      e: registry("R", { one: 1 }),
    });
    expectTypeOf<Infer<typeof all>>().toEqualTypeOf<{
      readonly a: bigint;
      readonly b: Uint8Array;
      readonly c: { readonly x: number; readonly y: number } | undefined;
      readonly d: readonly ("empty" | "number" | "point")[];
      readonly e: "one" | number;
    }>();
  });
});

describe("§2.1 a field that depends on those before it", () => {
  const dependent = struct("Dependent", {
    flag: uint8,
    body: ({ flag }: { flag: number }) => (flag === 0 ? absent : uint16),
  });

  it("has the codec that they choose", () => {
    expectTypeOf<Infer<typeof dependent>>().toEqualTypeOf<{
      readonly flag: number;
      readonly body: number | undefined;
    }>();
    expect(toHex(encode(dependent, { flag: 0, body: undefined }))).toBe("00");
    expect(toHex(encode(dependent, { flag: 1, body: 2 }))).toBe("010002");
    expect(decode(dependent, fromHex("010002"))).toEqual({ flag: 1, body: 2 });
    expect(decode(dependent, fromHex("00"))).toEqual({ flag: 0, body: undefined });
  });

  it("is neither dropped nor made up", () => {
    for (const value of [
      { flag: 0, body: 2 },
      { flag: 1, body: undefined },
    ]) {
      const error = failure(() => encode(dependent, value));
      expect(error.code).toBe("codec.value_out_of_range");
      expect(error.details).toMatchObject({ path: "Dependent.body" });
    }
    expect(failure(() => decode(dependent, fromHex("0100"))).details).toMatchObject({
      path: "Dependent.body",
      offset: 1,
    });
    expect(failure(() => decode(dependent, fromHex("0000"))).code).toBe("codec.trailing_bytes");
  });
});

describe("§2.1 select", () => {
  it.each([
    [{ before: 9, tag: "empty", after: 8 }, "090108"],
    [{ before: 9, tag: "number", value: 0x0a0b, after: 8 }, "09020a0b08"],
    [{ before: 9, tag: "point", x: 1, y: 2, after: 8 }, "090301000208"],
  ] as const)("%o is %s", (value, hex) => {
    expect(toHex(encode(shape, value))).toBe(hex);
    const decoded = decode(shape, fromHex(hex));
    expect(decoded).toEqual(value);
    expect(Object.keys(decoded)).toEqual(Object.keys(value));
  });

  it("[2.1-02] an undefined selector is malformed", () => {
    for (const octet of ["00", "04", "ff"]) {
      const error = failure(() => decode(shape, fromHex(`09${octet}08`)));
      expect(error.code).toBe("codec.undefined_value");
      expect(error.details).toMatchObject({ path: "Shape.tag", offset: 1 });
    }
  });

  it("a selector without a case is unsupported: nothing says how long its body is", () => {
    const open = variant("Open", { select: "type", from: registry("Type", { a: 1, b: 2 }), cases: { a: {} } });
    for (const hex of ["0002", "0003", "0a0a", "0000"]) {
      const error = failure(() => decode(open, fromHex(hex)));
      expect(error.code).toBe("codec.unsupported");
      expect(error.class).toBe("unsupported");
      expect(error.details).toMatchObject({ path: "Open.type", type: "Open", offset: 0 });
    }
    for (const type of ["b", "c", 3, undefined, "toString"]) {
      expect(failure(() => encode(open, { type } as never)).code).toBe("codec.value_out_of_range");
    }
  });

  it("a field of another case is not written", () => {
    const value = { before: 0, tag: "empty", value: 5, after: 0 } as const;
    expect(toHex(encode(shape, value))).toBe("000100");
  });

  it("infers a union that narrows by its selector", () => {
    type Shape = InferUnion<typeof shape>;
    expectTypeOf<Shape["tag"]>().toEqualTypeOf<"empty" | "number" | "point">();
    expectTypeOf<Extract<Shape, { tag: "point" }>>().toEqualTypeOf<{
      readonly before: number;
      readonly tag: "point";
      readonly x: number;
      readonly y: number;
      readonly after: number;
    }>();
    expectTypeOf<Extract<Shape, { tag: "empty" }>>().not.toHaveProperty("value");
    expectTypeOf(shape).toExtend<Codec<Shape>>();
  });
});
