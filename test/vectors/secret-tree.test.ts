import { describe } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { secretTree } from "../../src/vectors/secret-tree.ts";
import { describeFamily } from "../support/vector-run.ts";

describe("[9-01] [6.3.2-02] published secret-tree vectors", () => {
  describeFamily(secretTree, ["mls/secret-tree.json"], [noble, node]);
});
