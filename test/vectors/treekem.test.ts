import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { treekem } from "../../src/vectors/treekem.ts";
import { publishedVectors } from "../support/vector-files.ts";
import { describeFamily, runFamily } from "../support/vector-run.ts";

const FILE = "mls/treekem.json";

describe("[7.4-01] [7.5-05] [7.6-03] [7.9.2-04] published treekem vectors", () => {
  describeFamily(treekem, [FILE], [node]);

  const file = publishedVectors(FILE) as
    | { cipher_suite: number; update_paths: { commit_secret: string }[] }[]
    | undefined;
  const suites = [1, 2, 3, 4, 5, 6, 7];
  it.skipIf(file === undefined).each(suites)(
    "hold on noble in suite %i",
    async (suite) => {
      const run = await runFamily(
        treekem,
        file?.filter(({ cipher_suite }) => cipher_suite === suite),
        noble,
      );
      expect([run.passed, run.failed]).toEqual([11, []]);
    },
    180_000,
  );

  it.skipIf(file === undefined)("fail for another commit secret", async () => {
    const [first] = file ?? [];
    const update_paths = first?.update_paths.map((path) => ({ ...path, commit_secret: "00" }));
    const run = await runFamily(treekem, [first, { ...first, update_paths }], node);
    expect([run.passed, run.failed.length]).toEqual([1, 1]);
  });
});
