import { describe } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { passiveClient } from "../../src/vectors/passive-client.ts";
import { describeFamily } from "../support/vector-run.ts";

const FILES = ["welcome", "random", "handling-commit"].map((kind) => `mls/passive-client-${kind}.json`);

describe("[12.4.2-10] [12.4.3.1-16] published passive-client vectors", () => {
  describeFamily(passiveClient, FILES, [noble, node]);
});
