import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes.ts";
import { type Codec, decode, encode, within } from "../../src/codec/codec.ts";
import { opaque, optional, uint8, uint16, vector } from "../../src/codec/presentation.ts";
import { struct, variant } from "../../src/codec/struct.ts";
import { InvalidError, MalformedError, UsageError } from "../../src/errors.ts";
import { failure } from "../support/failure.ts";

const inner = struct("Inner", { first: uint8, list: vector(uint16) });
const choice = variant("Choice", { select: "kind", from: kindCodec(), cases: { a: { inner }, b: {} } });
const outer = struct("Outer", { choices: vector(choice), note: optional(opaque) });

function kindCodec(): Codec<string> {
  return {
    name: "Kind",
    write: (writer, value) => writer.uint(1, value.charCodeAt(0)),
    read: (reader) => String.fromCharCode(reader.uint(1)),
  };
}

describe("§2.1 a whole value", () => {
  it("[2.1-03] encoding and decoding are inverse", () => {
    const value = {
      choices: [{ kind: "b" as const }, { kind: "a" as const, inner: { first: 0, list: [1, 0] } }],
      note: undefined,
    };
    const bytes = encode(outer, value);
    expect(toHex(bytes)).toBe("086261000400010000" + "00");
    expect(decode(outer, bytes)).toEqual(value);
  });

  it("[2.1-01] nothing may follow", () => {
    const error = failure(() => decode(outer, fromHex("000000")));
    expect(error.code).toBe("codec.trailing_bytes");
    expect(error.details).toEqual({ path: "Outer", offset: 2, trailing: 1 });
  });

  it("no input is not a value", () => {
    expect(failure(() => decode(outer, new Uint8Array())).code).toBe("codec.truncated");
  });

  it("limits of the caller hold", () => {
    expect(failure(() => decode(outer, fromHex("0000"), { maxLength: 1 })).code).toBe("codec.limit");
    expect(decode(outer, fromHex("026262" + "00"), { maxElements: 2 }).choices).toHaveLength(2);
    expect(failure(() => decode(outer, fromHex("03626262" + "00"), { maxElements: 2 })).details).toEqual({
      path: "Outer.choices[2]",
      offset: 3,
      limit: 2,
    });
  });

  it("an encoding is an array of its own, and encodings inside encodings do not mix", () => {
    const nested: Codec<Uint8Array> = {
      name: "Nested",
      write(writer, value) {
        writer.uint(1, 0xee);
        writer.opaque(encode(opaque, value));
      },
      read: (reader) => reader.bytes(reader.remaining),
    };
    const first = encode(nested, fromHex("0102"));
    const second = encode(nested, fromHex("03"));
    expect([toHex(first), toHex(second)]).toEqual(["ee03020102", "ee020103"]);
    expect(first.buffer.byteLength).toBe(5);
  });
});

describe("§2.1 a failure names its place", () => {
  it.each([
    ["05" + "62" + "61" + "00" + "0101" + "00", "codec.partial_element", "Outer.choices[1].inner.list[0]", 5],
    ["02" + "6263" + "00", "codec.unsupported", "Outer.choices[1].kind", 2],
    ["01" + "61" + "00", "codec.partial_element", "Outer.choices[0].inner.first", 2],
    ["04" + "61" + "00" + "4001" + "00", "codec.non_minimal_length", "Outer.choices[0].inner.list", 3],
    ["00" + "02", "codec.presence_octet", "Outer.note", 1],
    ["00" + "01" + "c0", "codec.invalid_length_prefix", "Outer.note", 2],
    ["00" + "01", "codec.truncated", "Outer.note", 2],
    ["00", "codec.truncated", "Outer.note", 1],
    ["01", "codec.truncated", "Outer.choices", 1],
  ])("%s: %s at %s", (hex, code, path, offset) => {
    const error = failure(() => decode(outer, fromHex(hex)));
    expect(error).toBeInstanceOf(MalformedError);
    expect(error.code).toBe(code);
    expect(error.details).toMatchObject({ path, offset });
    expect(error.section).toMatch(/^2\.1|^13/);
  });

  it("also when encoding", () => {
    const value = { choices: [{ kind: "a" as const, inner: { first: 0, list: [5, 65536] } }], note: undefined };
    const error = failure(() => encode(outer, value));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.code).toBe("codec.value_out_of_range");
    expect(error.details).toMatchObject({ path: "Outer.choices[0].inner.list[1]", type: "uint16", value: "65536" });
  });

  it("nothing is shown of a value that could be anything", () => {
    for (const secret of ["correct horse", ["correct horse"], { toString: () => "correct horse" }]) {
      const error = failure(() => encode(outer, { choices: [{ kind: secret as never }], note: undefined }));
      expect(`${error} ${JSON.stringify(error)}`).not.toContain("correct");
      expect(error.details.value).toBe(typeof secret);
    }
  });

  it("a failed encoding leaves nothing to the next one", () => {
    failure(() => encode(outer, { choices: [{ kind: "b" }], note: 5 as never }));
    expect(toHex(encode(outer, { choices: [], note: undefined }))).toBe("0000");
  });

  it("errors of other kinds pass unchanged", () => {
    const foreign = new InvalidError("signature.invalid");
    expect(within("Outer", foreign)).toBe(foreign);
    expect(within("Outer", "text")).toBe("text");
  });

  it("the path grows from the inside out, indices without a dot, and the cause stays", () => {
    const cause = new Error("why");
    const error = within(
      "Outer",
      within("[3]", within("x", new MalformedError("codec.truncated", { offset: 9 }, { cause }))),
    );
    expect(error).toBeInstanceOf(MalformedError);
    expect((error as MalformedError).details).toEqual({ offset: 9, path: "Outer[3].x" });
    expect((error as MalformedError).cause).toBe(cause);
  });
});
