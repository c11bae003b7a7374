/** What `copath/errors` says: a sentence for every code, and an explanation for any error. */
import { describe, expect, it } from "vitest";
import { decode } from "../../src/codec/codec.ts";
import { CODES } from "../../src/error-codes.ts";
import { InternalError, InvalidError, MalformedError, StaleError, UsageError } from "../../src/errors.ts";
import { explain } from "../../src/explain/explain.ts";
import type { Row } from "../../src/explain/row.ts";
import { SENTENCES } from "../../src/explain/table.ts";
import { GroupContext } from "../../src/wire/group-context.ts";

const codesOf = (table: object) =>
  Object.entries(table).flatMap(([reaction, codes]) => Object.keys(codes).map((code) => `${reaction} ${code}`));
const rows = Object.values(SENTENCES).flatMap((codes) => Object.entries<Row>(codes));

describe("the table of sentences", () => {
  it("has a row for every code, and no row without a code", () => {
    expect(codesOf(SENTENCES).sort()).toEqual(codesOf(CODES).sort());
  });

  it("has one sentence for each rule, and an advice", () => {
    for (const [code, [rule, { advice }]] of rows) {
      expect(rule, code).toMatch(/^[A-Z][^\n]*[^.]\.$/);
      expect(rule, code).not.toMatch(/\.\s+[A-Z]/);
      expect(advice, code).toMatch(/^[`A-Z][^\n]+\.$/);
    }
  });

  it("promises no success where the reaction excludes it", () => {
    for (const [code, [, { retry }]] of rows) {
      if (Object.hasOwn(CODES.malformed, code)) expect(["never", "after_fix"], code).toContain(retry);
      if (Object.hasOwn(CODES.internal, code)) expect(retry, code).toBe("never");
    }
  });
});

describe("explain", () => {
  it("says where decoding failed", () => {
    const error = caught(() => decode(GroupContext, Uint8Array.of(0, 1, 0, 1, 5, 1, 2)));
    const { text, ...explanation } = explain(error);
    expect(explanation).toEqual({
      code: "codec.truncated",
      section: "2.1",
      class: "malformed",
      reaction: "malformed",
      rule: "The input ends only after all of its fields.",
      happened: "In GroupContext.groupId, at offset 5, 5 octets needed, 2 octets left.",
      details: { path: "GroupContext.groupId", offset: 5, needed: 5, available: 2 },
      retry: "never",
      advice: expect.stringContaining("copath inspect"),
    });
    expect(text.split("\n")).toEqual([
      "codec.truncated (malformed, RFC 9420 §2.1)",
      `  What happened  ${explanation.happened}`,
      `  The rule       ${explanation.rule}`,
      "  Try again?     no, it will fail again",
      `  What to do     ${explanation.advice}`,
    ]);
  });

  it("names leaf 0", () => {
    expect(explain(new InvalidError("leaf.blank", { leaf: 0 })).happened).toBe("Leaf 0.");
  });

  it("tells what a message, proposal or extension was", () => {
    const forbidden = { senderType: "external", contentType: "proposal", proposalType: "update" };
    expect(explain(new MalformedError("content.sender_type_forbidden", forbidden)).happened).toBe(
      "Its content is of type proposal, sent as external, a proposal of type update.",
    );
    expect(explain(new InvalidError("leaf.credential_unsupported", { credentialType: "x509", leaf: 0 })).happened).toBe(
      "A credential of type x509, leaf 0.",
    );
    expect(explain(new StaleError("psk.missing", { psktype: "external" })).happened).toBe(
      "A pre-shared key of type external.",
    );
  });

  it("tells times as times, and 64-bit numbers in full", () => {
    const late = new InvalidError("leaf.lifetime", { leaf: 3, notBefore: 0n, notAfter: 86_400n, now: 2n ** 64n - 1n });
    expect(explain(late).happened).toBe(
      "Leaf 3, valid from 1970-01-01T00:00:00Z, to 1970-01-02T00:00:00Z, and it is second 18446744073709551615.",
    );
  });

  it("tells what it has no words for by its name, and leaves out what is not there", () => {
    const error = new UsageError("option.invalid", { option: "size", size: 1, of: undefined });
    expect(explain(error).happened).toBe("Option size, size: 1.");
    expect(explain(new UsageError("state.removed")).text).not.toContain("What happened");
  });

  it("whether trying again helps", () => {
    expect(explain(new StaleError("epoch.future", { epoch: 7n, current: 5n }))).toMatchObject({
      retry: "after_fetch",
      happened: "Of epoch 7, while the group is in epoch 5.",
    });
    expect(explain(new StaleError("epoch.past")).retry).toBe("never");
    expect(explain(new UsageError("state.spent")).retry).toBe("after_fix");
    expect(explain(new InternalError("internal.invariant", { where: "here" })).happened).toBe("Where: here.");
  });

  it("tells the cause", () => {
    const error = new InvalidError("credential.hook_failed", { requests: 1 }, { cause: new TypeError("no network") });
    expect(explain(error)).toMatchObject({
      retry: "later",
      happened: "Requests: 1, because of TypeError: no network.",
    });
  });

  it("knows errors of another copy of this package by their shape", () => {
    class MlsError extends Error {
      readonly code = "tree.missing";
      readonly reaction = "stale";
      readonly details = {};
    }
    expect(explain(new MlsError()).code).toBe("tree.missing");
  });

  it.each([
    [new TypeError("x is not a function"), "Because of TypeError: x is not a function."],
    ["a string", "Because of Error: a string."],
    [undefined, "Because of Error: undefined."],
    [Object.create(null), "Because of Error: object."],
    [Object.assign(new Error("ENOENT"), { code: "ENOENT" }), "Because of Error: ENOENT."],
    [
      Object.assign(new Error("odd"), { code: "toString", reaction: "malformed", details: {} }),
      "Because of Error: odd.",
    ],
    [
      Object.assign(new Error("odd"), { code: "codec.limit", reaction: "__proto__", details: {} }),
      "Because of Error: odd.",
    ],
  ])("%o is not of this library", (error, happened) => {
    expect(explain(error)).toMatchObject({ code: undefined, class: "internal", section: "-", happened });
  });
});

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedError);
    return error;
  }
  return expect.fail("nothing was thrown");
}
