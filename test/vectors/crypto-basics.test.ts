import { describe } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { cryptoBasics } from "../../src/vectors/crypto-basics.ts";
import { describeFamily } from "../support/vector-run.ts";

describe("[5.1.2-02] [5.1.3-01] [5.2-01] [8-01] published crypto-basics vectors", () => {
  describeFamily(cryptoBasics, ["mls/crypto-basics.json"], [noble, node]);
});
