import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { treeValidation } from "../../src/vectors/tree-validation.ts";
import { publishedVectors } from "../support/vector-files.ts";
import { describeFamily, runFamily } from "../support/vector-run.ts";

const FILE = "mls/tree-validation.json";

describe("[4.1.1-01] [7.8-01] [7.9.2-01] [7.3-02] published tree-validation vectors", () => {
  describeFamily(treeValidation, [FILE], [noble, node]);

  const file = publishedVectors(FILE) as { group_id: string; resolutions: number[][] }[] | undefined;
  it.skipIf(file === undefined)("fail for another group, or another resolution", async () => {
    const [first] = file ?? [];
    const elsewhere = { ...first, group_id: "00" };
    const unresolved = { ...first, resolutions: first?.resolutions.map(() => [0]) };
    const run = await runFamily(treeValidation, [first, elsewhere, unresolved], node);
    expect([run.passed, run.failed.length]).toEqual([1, 2]);
  });
});
