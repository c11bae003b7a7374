/** Structs with types that an application adds: their bodies are named for each decode call, and nowhere else. */
import * as fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes.ts";
import { type Codec, copyOf, decode, encode, type InferUnion } from "../../src/codec/codec.ts";
import { opaque, registry, uint8, uint16, vector } from "../../src/codec/presentation.ts";
import type { BodyCodec, CustomBodies } from "../../src/codec/reader.ts";
import { octetsOf, openVariant, struct } from "../../src/codec/struct.ts";
import { UsageError } from "../../src/errors.ts";
import { failure } from "../support/failure.ts";

const choice = openVariant("Choice", {
  select: "type",
  from: registry("Type", { a: 1, b: 2 }),
  cases: { a: { value: uint8 } },
});
type Choice = InferUnion<typeof choice>;
const list = struct("List", { before: uint8, choices: vector(choice), after: uint8 });

const topic = struct("Topic", { minutes: uint16, name: opaque });
const empty = struct("Empty", {});
const bodies = (table: Readonly<Record<number, BodyCodec>>): { readonly bodies: CustomBodies } => ({
  bodies: (name, type) => (name === "Choice" ? table[type] : undefined),
});
const known = bodies({ 3: topic, 4: empty });

describe("§13 a type whose body the decode call names", () => {
  it("keeps its number and its exact octets", () => {
    const bytes = fromHex("0003" + "0005" + "03c0ffee");
    const decoded = decode(choice, bytes, known);
    expect(decoded).toEqual({ type: 3, body: fromHex("000503c0ffee") });
    expect(toHex(encode(choice, decoded))).toBe(toHex(bytes));
  });

  it("ends where its codec says, among others", () => {
    const value: readonly Choice[] = [
      { type: 3, body: fromHex("000000") },
      { type: "a", value: 9 },
      { type: 4, body: fromHex("") },
      { type: 3, body: fromHex("00010107") },
    ];
    const bytes = encode(list, { before: 7, choices: value, after: 8 });
    expect(toHex(bytes)).toBe("07100003000000000109000400030001010708");
    expect(decode(list, bytes, known)).toEqual({ before: 7, choices: value, after: 8 });
  });

  it("is unsupported without the call's word, whatever other calls were told", () => {
    const bytes = fromHex("0003" + "0005" + "00");
    expect(decode(choice, bytes, known)).toBeDefined();
    for (const options of [{}, bodies({}), bodies({ 4: empty }), { bodies: undefined }]) {
      const error = failure(() => decode(choice, bytes, options));
      expect([error.code, error.class]).toEqual(["codec.unsupported", "unsupported"]);
      expect(error.details).toMatchObject({ path: "Choice.type", type: "Choice", value: 3, offset: 0 });
    }
  });

  it("a type that the registry names has no custom body", () => {
    const any = { bodies: () => empty };
    expect(failure(() => decode(choice, fromHex("0002"), any)).code).toBe("codec.unsupported");
    expect(failure(() => encode(choice, { type: 1, body: fromHex("00") })).code).toBe("codec.value_out_of_range");
  });

  it("is written without any word, and copied", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 90 })), (octets) => {
        const choices = octets.map((body, i): Choice => ({ type: 100 + i, body }));
        const value = { before: 0, choices, after: 1 };
        const copied = copyOf(list, value);
        expect(copied).toEqual(value);
        for (const body of octets) body.fill(0xee);
        expect(encode(list, copied)).toHaveLength(encode(list, value).length);
        for (const each of copied.choices) {
          if ("body" in each && each.body.length > 0)
            expect(each.body.buffer).not.toBe(octets[each.type - 100]?.buffer);
        }
      }),
    );
  });

  it("refuses to write what is no body, or no type", () => {
    for (const body of [undefined, null, "abc", [1, 2], 7, new Uint16Array(2), { length: 1 }]) {
      const error = failure(() => encode(choice, { type: 3, body } as never));
      expect([error.code, error.details.path]).toEqual(["codec.value_out_of_range", "Choice.body"]);
    }
    for (const type of [-1, 65536, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "c", "3", undefined, null, {}]) {
      const error = failure(() => encode(choice, { type, body: fromHex("00") } as never));
      expect([error.code, error.details.path]).toEqual(["codec.value_out_of_range", "Choice.type"]);
    }
  });

  it("a failed encoding leaves nothing to the next copy", () => {
    const bad = { before: 0, choices: [{ type: 5, body: fromHex("aabb") }], after: 999 };
    expect(failure(() => encode(list, bad)).code).toBe("codec.value_out_of_range");
    const good = { before: 0, choices: [{ type: 5, body: fromHex("cc") }], after: 9 };
    expect(copyOf(list, good)).toEqual(good);
  });

  it("infers a union that narrows by the body", () => {
    expectTypeOf<Extract<Choice, { readonly body: Uint8Array }>>().toEqualTypeOf<{
      readonly type: number;
      readonly body: Uint8Array;
    }>();
    expectTypeOf<Extract<Choice, { readonly type: "a" }>>().toEqualTypeOf<{
      readonly type: "a";
      readonly value: number;
    }>();
  });
});

describe("a codec of the application's", () => {
  it("that finds the body malformed says where", () => {
    const error = failure(() => decode(list, fromHex("07" + "05" + "0003000502" + "08"), known));
    expect(error.code).toBe("codec.partial_element");
    expect(error.details).toMatchObject({ path: "List.choices[0].body.name", offset: 7 });
  });

  const throwing = (error: unknown): BodyCodec => ({
    name: "Thrower",
    read: () => {
      throw error;
    },
  });

  it.each([
    ["an error of its own", new Error("mine")],
    ["a type error", new TypeError("x is not a function")],
    ["an error that blames the caller", new UsageError("input.invalid")],
    ["something that is no error", "no"],
    ["nothing", undefined],
  ])("that throws %s makes the input malformed", (_, thrown) => {
    const error = failure(() => decode(list, fromHex("07" + "02" + "0003" + "08"), bodies({ 3: throwing(thrown) })));
    expect([error.code, error.reaction]).toEqual(["codec.custom_body", "malformed"]);
    expect(error.details).toMatchObject({ path: "List.choices[0].body", type: "Thrower", offset: 4 });
    expect(error.cause === undefined || error.cause === thrown || (error.cause as Error).cause === thrown).toBe(true);
  });

  it("that is not done when it returns makes the input malformed, and what comes later is nobody's to handle", async () => {
    const later = {
      name: "Later",
      async read() {
        throw new Error("too late");
      },
    };
    const error = failure(() => decode(list, fromHex("07" + "02" + "0003" + "08"), bodies({ 3: later })));
    expect(error.code).toBe("codec.custom_body");
    // A rejection that nobody handles fails the run, here and in browsers.
    await new Promise((resolve) => setTimeout(resolve));
  });

  it("cannot read over the end of what holds it", () => {
    const greedy: BodyCodec = { name: "Greedy", read: (reader) => reader.bytes(reader.remaining + 1) };
    const error = failure(() => decode(list, fromHex("07" + "03" + "000300" + "08"), bodies({ 3: greedy })));
    expect(error.code).toBe("codec.partial_element");
  });

  it("is held to the limits of the call", () => {
    const many = struct("Many", { elements: vector(uint8) });
    const bytes = fromHex("0003" + "05" + "0102030405");
    expect(decode(choice, bytes, { ...bodies({ 3: many }), maxElements: 5 })).toBeDefined();
    const error = failure(() => decode(choice, bytes, { ...bodies({ 3: many }), maxElements: 4 }));
    expect([error.code, error.details.path]).toEqual(["codec.limit", "Choice.body.elements[4]"]);
  });

  it("may hold the struct itself, up to a depth", () => {
    const nested: Codec<unknown> = struct("Nested", { inner: choice });
    const within = (depth: number) => fromHex(`${"0003".repeat(depth)}000109`);
    const decoded = decode(choice, within(32), bodies({ 3: nested }));
    expect(decoded).toEqual({ type: 3, body: within(32).subarray(2) });
    for (const depth of [33, 1000, 30_000]) {
      expect(failure(() => decode(choice, within(depth), bodies({ 3: nested }))).code).toBe("codec.too_deep");
    }
  });

  it("counts its structs with those of the whole input", () => {
    const dense = struct("Dense", { all: vector(struct("One", { value: uint8 })) });
    const bytes = encode(choice, { type: 3, body: encode(dense, { all: Array(90_000).fill({ value: 0 }) }) });
    expect(failure(() => decode(choice, bytes, bodies({ 3: dense }))).code).toBe("codec.limit");
  });
});

describe("octetsOf", () => {
  it("is the exact octets of one value of another codec", () => {
    expect(decode(octetsOf(topic), fromHex("000503c0ffee"))).toEqual(fromHex("000503c0ffee"));
    expect(failure(() => decode(octetsOf(topic), fromHex("00050000"))).code).toBe("codec.trailing_bytes");
    expect(failure(() => decode(octetsOf(topic), fromHex("0005")).length).code).toBe("codec.truncated");
    expect(encode(octetsOf(topic), fromHex("aa"))).toEqual(fromHex("aa"));
    expect(failure(() => encode(octetsOf(topic), "aa" as never)).code).toBe("codec.value_out_of_range");
  });
});
