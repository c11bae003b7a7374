/** That the vector families look at every value: none of them may be changed without a failure. */
import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import type { VectorFamily } from "../../src/vectors/family.ts";
import { keySchedule } from "../../src/vectors/key-schedule.ts";
import { messageProtection } from "../../src/vectors/message-protection.ts";
import { pskSecret } from "../../src/vectors/psk-secret.ts";
import { secretTree } from "../../src/vectors/secret-tree.ts";
import { transcriptHashes } from "../../src/vectors/transcript-hashes.ts";
import { publishedVectors } from "../support/vector-files.ts";
import { runFamily } from "../support/vector-run.ts";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Each text with its first hexadecimal digit changed, each number with one added; one change at a time. */
function* changes(value: Json, path = ""): Iterable<{ path: string; changed: Json }> {
  if (typeof value === "number") yield { path, changed: value + 1 };
  else if (typeof value === "string") {
    const digit = (Number.parseInt(value.slice(0, 1), 16) ^ 1).toString(16);
    if (value !== "") yield { path, changed: digit + value.slice(1) };
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      for (const { path: below, changed } of changes(inner, `${path}.${key}`)) {
        const copy = structuredClone(value) as Record<string, Json>;
        copy[key] = changed;
        yield { path: below, changed: copy };
      }
    }
  }
}

const families: readonly (readonly [string, VectorFamily, number])[] = [
  ["key-schedule", keySchedule, 0],
  ["psk_secret", pskSecret, 2],
  ["secret-tree", secretTree, 0],
  ["transcript-hashes", transcriptHashes, 0],
  ["message-protection", messageProtection, 0],
];

describe.each(families)("changed values in %s", (name, family, index) => {
  const file = publishedVectors(`mls/${name}.json`) as Json[] | undefined;

  it.skipIf(file === undefined)("make it fail, each by itself", async () => {
    const vector = file?.[index];
    if (vector === undefined) throw new Error("no such vector");
    const unnoticed: string[] = [];
    let seen = 0;
    for (const { path, changed } of changes(vector)) {
      if (path === ".cipher_suite") continue;
      seen++;
      const { failed } = await runFamily(family, [changed], noble);
      if (failed.length === 0) unnoticed.push(path);
    }
    expect(seen).toBeGreaterThan(4);
    expect(unnoticed).toEqual([]);
  });

  it("are not recognised as another family", () => {
    const others = families.filter(([, other]) => other !== family).map(([, other]) => other);
    expect(others.map((other) => other.recognises(file ?? []))).toEqual(others.map(() => false));
    expect(family.recognises([])).toBe(false);
    expect(family.recognises(null)).toBe(false);
    expect(family.recognises([{}])).toBe(false);
  });
});

describe("a suite that the backend lacks", () => {
  it.each(families)("makes cases of %s inapplicable, not failed", async (name, family) => {
    const file = publishedVectors(`mls/${name}.json`);
    const run = await runFamily(family, file ?? [], { ...noble, aeads: [] });
    expect(run.failed).toEqual([]);
    expect(run.passed).toBe(0);
    expect(run.notApplicable.length > 0).toBe(file !== undefined);
  });
});
