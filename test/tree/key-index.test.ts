import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyIndex } from "../../src/tree/key-index.ts";
import { failure } from "../support/failure.ts";

/** The numbers 0 to 15 as keys: of one octet each, alike but for their last four bits, or each the beginning of the next. */
const KEYS: Record<string, (value: number) => Uint8Array> = {
  short: (value) => new Uint8Array([value]),
  alike: (value) => new Uint8Array(32).fill(0x5a).fill(value, 31),
  "beginnings of each other": (value) => new Uint8Array(value),
  "long and different early": (value) => new Uint8Array(3000).fill(17 * value),
};

const key = (value: number) => new Uint8Array([value]);
const changes = fc.array(fc.array(fc.tuple(fc.boolean(), fc.nat(15)), { maxLength: 8 }), { maxLength: 30 });

describe("§16.7 counts of keys", () => {
  it.each(Object.entries(KEYS))("follow a plain map where keys are %s", (_, key) => {
    fc.assert(
      fc.property(changes, (steps) => {
        const model = new Map<number, number>();
        let index = KeyIndex.of([]);
        const history: [KeyIndex, Map<number, number>][] = [];
        for (const step of steps) {
          const removed: Uint8Array[] = [];
          const added: Uint8Array[] = [];
          const before = new Map(model);
          for (const [add, value] of step) {
            if (!add && (before.get(value) ?? 0) === 0) continue;
            if (!add) before.set(value, (before.get(value) ?? 0) - 1);
            (add ? added : removed).push(key(value));
            model.set(value, (model.get(value) ?? 0) + (add ? 1 : -1));
          }
          index = index.change(removed, added);
          history.push([index, new Map(model)]);
        }
        for (const [each, counts] of history) {
          for (let value = 0; value < 16; value++) expect(each.count(key(value))).toBe(counts.get(value) ?? 0);
          expect(each.repeated).toBe([...counts.values()].filter((count) => count > 1).length);
        }
      }),
    );
  });

  it("are the same whether built at once or one by one", () => {
    const keys = Array.from({ length: 2000 }, (_, i) => new Uint8Array([i % 256, Math.floor(i / 256), i % 7]));
    const atOnce = KeyIndex.of(keys);
    const oneByOne = keys.reduce((index, each) => index.change([], [each]), KeyIndex.of([]));
    const there = keys.reduce((index, each) => index.change([each], [each]), oneByOne);
    for (const index of [atOnce, oneByOne, there]) {
      expect(keys.every((each) => index.count(each) === 1)).toBe(true);
      expect(index.count(new Uint8Array([1, 2, 3, 4]))).toBe(0);
      expect(index.repeated).toBe(0);
    }
    expect(keys.reduce((index, each) => index.change([each], []), atOnce).count(keys[0]!)).toBe(0);
  });

  it("are right where each key is the beginning of the next, and every one parts from all others", () => {
    const chain = Array.from({ length: 3000 }, (_, length) => new Uint8Array(length));
    const index = KeyIndex.of(chain);
    expect(chain.every((each) => index.count(each) === 1)).toBe(true);
    expect(index.count(new Uint8Array(3000))).toBe(0);
    const without = index.change(chain.slice(1), []);
    expect(without.count(new Uint8Array(0))).toBe(1);
    expect(without.count(new Uint8Array(1))).toBe(0);
  });

  it("do not lose count: a key that is not there cannot go", () => {
    const index = KeyIndex.of([key(1)]);
    expect(failure(() => index.change([key(2)], [])).code).toBe("internal.invariant");
    expect(failure(() => index.change([key(1), key(1)], [])).code).toBe("internal.invariant");
    expect(index.count(key(1))).toBe(1);
  });

  it("need nothing new where nothing changes", () => {
    const index = KeyIndex.of([key(1)]);
    expect(index.change([], [])).toBe(index);
  });
});
