import { describe } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { pskSecret } from "../../src/vectors/psk-secret.ts";
import { describeFamily } from "../support/vector-run.ts";

describe("[8.4-04] published psk-secret vectors", () => {
  describeFamily(pskSecret, ["mls/psk_secret.json"], [noble, node]);
});
