import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { treeMath } from "../../src/vectors/tree-math.ts";
import { describeFamily, runFamily } from "../support/vector-run.ts";

describe("[4.1-01] published tree-math vectors", () => {
  describeFamily(treeMath, ["mls/tree-math.json"], [noble]);

  const good = {
    n_leaves: 2,
    n_nodes: 3,
    root: 1,
    left: [null, 0, null],
    right: [null, 2, null],
    parent: [1, null, 1],
    sibling: [2, null, 0],
  };
  it.each(
    Object.entries({
      n_leaves: 4,
      n_nodes: 5,
      root: 0,
      left: [null, 2, null],
      right: [null, 0, null],
      parent: [1, 1, 1],
      sibling: [2, null],
    }),
  )("fail for another %s", async (field, value) => {
    const run = await runFamily(treeMath, [good, { ...good, [field]: value }], noble);
    expect([run.passed, run.failed.length]).toEqual([1, 1]);
  });
});
