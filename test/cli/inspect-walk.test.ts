/** The walk sees what the codec reads: every octet once, and every failure where the codec has it. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TYPES } from "../../src/cli/inspect-types.ts";
import { type Part, rfcSpelling, walk } from "../../src/cli/inspect-walk.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { MlsError } from "../../src/errors.ts";
import { arbitraryOf } from "../support/generate.ts";

const runs = { numRuns: 12 };

/** Parts follow each other without gap or overlap; before the first there is at most a header. */
function checkTiling(part: Part, end: number): void {
  expect(part.offset + part.size).toBe(end);
  const { name, parts } = part;
  const [first] = parts ?? [];
  // Bodies of extensions are made up here, and need not be well-formed.
  if (parts === undefined || first === undefined || name === "extension_data") return;
  expect(first.offset - part.offset).toBeLessThanOrEqual(5);
  for (const [i, each] of parts.entries()) checkTiling(each, parts[i + 1]?.offset ?? end);
}

/** The codec's own verdict, with the path spelled as the walk spells it. */
function verdict(codec: Parameters<typeof walk>[0], octets: Uint8Array) {
  try {
    decode(codec, octets);
    return undefined;
  } catch (error) {
    if (!(error instanceof MlsError)) throw error;
    const [, ...path] = String(error.details.path).split(/(?=[.[])/);
    return { code: error.code, offset: error.details.offset, path: rfcSpelling(path.join("").replaceAll(">", "")) };
  }
}

describe("§2.1 walking over objects", () => {
  it.each(TYPES.map(({ name, codec }) => [name, codec] as const))(
    "%s: every octet belongs to a field",
    (name, codec) => {
      fc.assert(
        fc.property(arbitraryOf(codec), (value) => {
          const octets = encode(codec, value);
          const { part, failures } = walk(codec, octets, name);
          // Bodies of extensions are made up here, and need not be well-formed.
          expect(failures.filter(({ path }) => !path.includes("extension_data"))).toEqual([]);
          checkTiling(part, octets.length);
        }),
        runs,
      );
    },
  );

  it.each(TYPES.map(({ name, codec }) => [name, codec] as const))("%s: fails where the codec fails", (name, codec) => {
    const damaged = fc.tuple(arbitraryOf(codec), fc.nat(), fc.nat(255), fc.boolean()).map(([value, at, octet, cut]) => {
      const octets = encode(codec, value);
      const place = at % (octets.length + 1);
      if (cut) return octets.subarray(0, place);
      octets[place] = octet;
      return octets;
    });
    fc.assert(
      fc.property(damaged, (octets) => {
        const expected = verdict(codec, octets);
        const { failures } = walk(codec, octets, name);
        const own = failures.at(-1);
        if (expected === undefined) {
          expect(failures.every(({ path }) => path.includes("extension_data"))).toBe(true);
          return;
        }
        expect({ code: own?.error.code, offset: own?.offset }).toEqual({
          code: expected.code,
          offset: expected.offset,
        });
        expect(own?.path.slice(name.length)).toBe(expected.path);
      }),
      runs,
    );
  });
});
