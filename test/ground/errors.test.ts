import { inspect } from "node:util";
import { describe, expect, expectTypeOf, it } from "vitest";
import { CODES, partsOf } from "../../src/error-codes.ts";
import * as errors from "../../src/errors.ts";
import { InternalError, InvalidError, MalformedError, MlsError, StaleError, UsageError } from "../../src/errors.ts";

const classes = {
  malformed: MalformedError,
  invalid: InvalidError,
  stale: StaleError,
  usage: UsageError,
  internal: InternalError,
} as const;

const rows = Object.entries(CODES).flatMap(([reaction, codes]) =>
  Object.entries(codes).map(([code, row]) => {
    const [errorClass, section] = partsOf(row);
    return { reaction, code, errorClass, section };
  }),
);

describe("the code table", () => {
  it("a code stands once, in one reaction", () => {
    expect(new Set(rows.map((row) => row.code)).size).toBe(rows.length);
  });

  it.each(rows)("$code is well formed", ({ code, errorClass, section }) => {
    expect(code).toMatch(/^[a-z_]+\.[a-z_0-9]+$/);
    expect(errorClass).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(section).toMatch(/^(-|\d{1,2}(\.\d{1,2}){0,3}|[A-Z][A-Za-z-]* ?[\d. ]*)$/);
  });

  it("each reaction has a class that carries it", () => {
    expect(Object.keys(classes)).toEqual(Object.keys(CODES));
    for (const { reaction, code, errorClass, section } of rows) {
      const Class = classes[reaction as keyof typeof classes] as new (code: string) => MlsError;
      const error = new Class(code);
      expect(error).toBeInstanceOf(MlsError);
      expect(error).toBeInstanceOf(Error);
      expect(error).toMatchObject({ reaction, code, section, class: errorClass, details: {} });
      expect(error.name).toBe(Class.name);
      expect(errors).toHaveProperty(error.name);
    }
  });

  it("a class takes the codes of its reaction only", () => {
    expectTypeOf<MalformedError["code"]>().toEqualTypeOf<keyof (typeof CODES)["malformed"]>();
    expectTypeOf<"signature.invalid">().not.toExtend<MalformedError["code"]>();
  });
});

describe("an error", () => {
  it("says its code and its facts, leaving out what is undefined", () => {
    const error = new StaleError("epoch.past", { epoch: 2n ** 63n, current: 5, known: true, group: undefined });
    expect(error.message).toBe("epoch.past (epoch: 9223372036854775808, current: 5, known: true)");
    expect(new StaleError("epoch.past").message).toBe("epoch.past");
    expect(error.stack).toContain("errors.test");
    expect(inspect(error)).toContain("StaleError");
  });

  it("goes into a log as JSON, 64-bit facts included", () => {
    const error = new StaleError("epoch.past", { epoch: 2n ** 63n, current: 0 });
    expect(JSON.parse(JSON.stringify({ error }))).toEqual({
      error: {
        name: "StaleError",
        code: "epoch.past",
        section: error.section,
        details: { epoch: "9223372036854775808", current: 0 },
      },
    });
  });

  it("keeps its cause, and has none without one", () => {
    const cause = new TypeError("inner");
    expect(new InternalError("internal.backend", {}, { cause }).cause).toBe(cause);
    expect("cause" in new InternalError("internal.backend")).toBe(false);
  });
});
