import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { hpke } from "../../src/vectors/hpke.ts";
import { publishedVectors } from "../support/vector-files.ts";
import { describeFamily, runFamily } from "../support/vector-run.ts";

const backends = [noble, node];

describe("RFC 9180 appendix A", () => {
  describeFamily(hpke, ["hpke/rfc9180.json"], backends);

  const file = publishedVectors("hpke/rfc9180.json");
  it.skipIf(file === undefined)("has 14 set-ups in base and PSK mode, and 14 whose mode is refused", async () => {
    const run = await runFamily(hpke, file, noble);
    expect(run.passed).toBe(14);
    expect(run.notApplicable).toHaveLength(14);
  });

  const postQuantum = publishedVectors("hpke-pq/test-vectors.json");
  it.skipIf(postQuantum === undefined)("does not claim the post-quantum file", () => {
    expect(hpke.recognises(postQuantum)).toBe(false);
  });
});
