import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { deserialization } from "../../src/vectors/deserialization.ts";
import { describeFamily, runFamily } from "../support/vector-run.ts";

describe("[2.1.2-01] [2.1.2-02] published deserialization vectors", () => {
  describeFamily(deserialization, ["mls/deserialization.json"], [noble]);

  it.each([
    ["another length", { vlbytes_header: "25", length: 38 }],
    ["a header with octets behind it", { vlbytes_header: "2500", length: 37 }],
    ["a header that is not minimal", { vlbytes_header: "4025", length: 37 }],
    ["a header that is cut off", { vlbytes_header: "40", length: 64 }],
    ["no hexadecimal", { vlbytes_header: "2x", length: 37 }],
  ])("fail for %s", async (_name, vector) => {
    const good = { vlbytes_header: "00", length: 0 };
    const run = await runFamily(deserialization, [good, vector], noble);
    expect([run.passed, run.failed.length]).toEqual([1, 1]);
  });

  it("are told from other files", () => {
    for (const file of [undefined, null, {}, [], [{}], [{ vlbytes_header: "00" }], "text", 5]) {
      expect(deserialization.recognises(file)).toBe(false);
    }
  });
});
