import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { deriveSecret, expandWithLabel } from "../../src/crypto/labels.ts";
import { mlsExporter } from "../../src/schedule/exporter.ts";
import { Secret } from "../../src/secret.ts";
import { failure } from "../support/failure.ts";
import { arraysOf, nobleSuite, spyOn } from "../support/spying-suite.ts";

const suite = nobleSuite();
const exporterSecret = new Secret(new Uint8Array(32).fill(1));
const exported = (label: string, context: string, length = 32) =>
  toHex(mlsExporter(suite, exporterSecret, { label, context: utf8(context), length }).bytes);

describe("§8.5 exporters", () => {
  it("[8.5-01] derive from the exporter secret, the label, the hash of the context, and the length", () => {
    const derived = deriveSecret(suite, exporterSecret, "purpose");
    const context = suite.hash.digest(utf8("context"));
    const expected = expandWithLabel(suite, derived, { label: "exported", context, length: 40 });
    expect(exported("purpose", "context", 40)).toBe(toHex(expected.bytes));
  });

  it("[8.5-01] differ by each of them", () => {
    const other = new Secret(new Uint8Array(32).fill(2));
    const results = [
      exported("a", ""),
      exported("b", ""),
      exported("a", "c"),
      exported("", ""),
      exported("a", "", 33).slice(0, 64),
      toHex(mlsExporter(suite, other, { label: "a", context: new Uint8Array(0), length: 32 }).bytes),
    ];
    expect(new Set(results).size).toBe(results.length);
  });

  it("[8-02] can be as long as the KDF allows and no longer", () => {
    expect(exported("a", "", 255 * 32).length).toBe(2 * 255 * 32);
    for (const length of [255 * 32 + 1, 65535, 65536, 2 ** 32]) {
      expect(failure(() => exported("a", "", length)).code).toBe("kdf.too_long");
    }
  });

  it.each([-1, 1.5, Number.NaN])("refuse %d as a length", (length) => {
    expect(failure(() => exported("a", "", length)).code).toBe("codec.value_out_of_range");
  });

  it("leave nothing in between, and the exporter secret where it is", () => {
    const spy = spyOn(suite);
    const secret = mlsExporter(spy.suite, exporterSecret, { label: "a", context: utf8("b"), length: 16 });
    expect(spy.alive()).toEqual(arraysOf([secret]));
    expect(exporterSecret.disposed).toBe(false);
  });

  it("refuse a disposed exporter secret", () => {
    const gone = new Secret(new Uint8Array(32).fill(1));
    gone.dispose();
    const error = failure(() => mlsExporter(suite, gone, { label: "a", context: utf8(""), length: 16 }));
    expect(error.code).toBe("secret.disposed");
  });
});
