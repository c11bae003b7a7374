import { describe } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { welcome } from "../../src/vectors/welcome.ts";
import { describeFamily } from "../support/vector-run.ts";

describe("[12.4.3.1-04] published welcome vectors", () => {
  describeFamily(welcome, ["mls/welcome.json"], [noble, node]);
});
