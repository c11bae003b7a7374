import { describe } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { transcriptHashes } from "../../src/vectors/transcript-hashes.ts";
import { describeFamily } from "../support/vector-run.ts";

describe("[8.2-01] published transcript-hashes vectors", () => {
  describeFamily(transcriptHashes, ["mls/transcript-hashes.json"], [noble, node]);
});
