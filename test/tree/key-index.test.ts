import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Hash } from "../../src/crypto/cipher-suite.ts";
import { KeyIndex } from "../../src/tree/key-index.ts";
import { failure } from "../support/failure.ts";
import { countingHash } from "./toy-suite.ts";

const sha256 = countingHash();
/** All digests share 31 octets and a half: the map has to go to its last level to tell them apart. */
const crowded: Hash = {
  ...sha256,
  digest(data) {
    const digest = new Uint8Array(32);
    digest[31] = (data[0] ?? 0) % 16;
    return digest;
  },
};

const key = (value: number) => new Uint8Array([value]);
const changes = fc.array(fc.array(fc.tuple(fc.boolean(), fc.nat(15)), { maxLength: 8 }), { maxLength: 30 });

describe("§16.7 counts of keys", () => {
  it.each([
    ["spread", sha256],
    ["crowded", crowded],
  ])("follow a plain map where digests are %s", (_, hash) => {
    fc.assert(
      fc.property(changes, (steps) => {
        const model = new Map<number, number>();
        let index = KeyIndex.of(hash, []);
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
    const atOnce = KeyIndex.of(sha256, keys);
    const oneByOne = keys.reduce((index, each) => index.change([], [each]), KeyIndex.of(sha256, []));
    const there = keys.reduce((index, each) => index.change([each], [each]), oneByOne);
    for (const index of [atOnce, oneByOne, there]) {
      expect(keys.every((each) => index.count(each) === 1)).toBe(true);
      expect(index.count(new Uint8Array([1, 2, 3, 4]))).toBe(0);
      expect(index.repeated).toBe(0);
    }
    expect(keys.reduce((index, each) => index.change([each], []), atOnce).count(keys[0]!)).toBe(0);
  });

  it("compute one digest for each key that is looked up, comes or goes", () => {
    const index = KeyIndex.of(
      sha256,
      Array.from({ length: 100 }, (_, i) => key(i)),
    );
    sha256.count = 0;
    index.count(key(1));
    index.change([key(1), key(2)], [key(200)]);
    expect(sha256.count).toBe(4);
  });

  it("do not lose count: a key that is not there cannot go", () => {
    const index = KeyIndex.of(sha256, [key(1)]);
    expect(failure(() => index.change([key(2)], [])).code).toBe("internal.invariant");
    expect(failure(() => index.change([key(1), key(1)], [])).code).toBe("internal.invariant");
    expect(index.count(key(1))).toBe(1);
  });

  it("need nothing new where nothing changes", () => {
    const index = KeyIndex.of(sha256, [key(1)]);
    expect(index.change([], [])).toBe(index);
  });
});
