/** What changed is what a change costs: in octets and in hashes it grows as log2 N in a full tree, by the same step each time. */
import { beforeAll, describe, expect, it } from "vitest";
import { node } from "../../src/backends/node/index.ts";
import { utf8 } from "../../src/bytes.ts";
import { cipherSuite } from "../../src/crypto/cipher-suite.ts";
import {
  applyChange,
  applyPublicChange,
  createCommit,
  decodePublicState,
  decodeState,
  type Environment,
  encodeChange,
  encodePublicChange,
  encodePublicState,
  encodeState,
  type GroupState,
  processMessage,
  protect,
} from "../../src/group/index.ts";
import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "../../src/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519.ts";
import {
  type CountingSuite,
  countingSuite,
  dangerouslyAcceptEveryCredential,
  seededRandom,
  syntheticGroup,
} from "../../src/testing/index.ts";
import { leafIndex } from "../../src/tree-math.ts";

const DEPTHS = Array.from({ length: 9 }, (_, i) => i + 6);

interface Cost {
  readonly octets: number;
  readonly written: number;
  readonly applied: number;
}
type What = "message" | "firstMessage" | "commit" | "publicCommit";

const counting: CountingSuite = countingSuite(cipherSuite(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, node));
const environment: Environment = {
  suite: counting.suite,
  random: seededRandom("snapshot cost"),
  clock: () => 1_800_000_000n,
  authentication: dangerouslyAcceptEveryCredential,
};
const costs = new Map<number, Record<What, Cost>>();

async function counted<T>(work: () => T | Promise<T>): Promise<[T, number]> {
  counting.reset();
  const result = await work();
  return [result, counting.counts.hashes];
}

async function measure(depth: number): Promise<Record<What, Cost>> {
  const size = 2 ** depth;
  const group = await syntheticGroup(environment, { size, seed: depth });
  const first = await group.member(leafIndex(0));
  let stored = await decodeState(environment, encodeState(environment, first), { signers: [first.self.signer] });
  const cost = async (before: GroupState, after: GroupState): Promise<Cost> => {
    const [change, written] = await counted(() => encodeChange(environment, before, after));
    const [{ state }, applied] = await counted(() => applyChange(environment, stored, change));
    stored = state;
    return { octets: change.length, written, applied };
  };
  const one = await protect(environment, await group.member(leafIndex(size / 2)), utf8("one"));
  const two = await protect(environment, one.state, utf8("two"));
  const commit = await createCommit(environment, two.state, { wireFormat: "mls_public_message" });
  const afterOne = (await processMessage(environment, first, one.output)).state;
  const afterTwo = (await processMessage(environment, afterOne, two.output)).state;
  const afterCommit = (await processMessage(environment, afterTwo, commit.output.message)).state;

  const watching = decodePublicState(environment, encodePublicState(environment, afterTwo));
  const [seen, written] = await counted(() => encodePublicChange(environment, afterTwo, afterCommit));
  const [, applied] = await counted(() => applyPublicChange(environment, watching, seen));
  return {
    firstMessage: await cost(first, afterOne),
    message: await cost(afterOne, afterTwo),
    commit: await cost(afterTwo, afterCommit),
    publicCommit: { octets: seen.length, written, applied },
  };
}

/** The growth from each depth to the next. */
function steps(what: What, of: keyof Cost): number[] {
  const values = DEPTHS.map((depth) => (costs.get(depth) as Record<What, Cost>)[what][of]);
  return values.slice(1).map((value, i) => value - (values[i] as number));
}

describe("cost of a change of a state in a full tree of 2^6 to 2^14 members", () => {
  beforeAll(async () => {
    for (const depth of DEPTHS) costs.set(depth, await measure(depth));
  }, 240_000);

  it.each<[What, number, number]>([
    ["message", 2, 512],
    ["firstMessage", 40, 1024],
    ["commit", 128, 4096],
    ["publicCommit", 128, 4096],
  ])("a %s: octets grow by one step, of at most %i, to less than %i", (what, step, most) => {
    const growth = steps(what, "octets");
    // The committer's name has its number in it.
    expect(Math.max(...growth) - Math.min(...growth), growth.join(" ")).toBeLessThanOrEqual(1);
    expect(Math.max(...growth)).toBeLessThanOrEqual(step);
    expect(costs.get(14)?.[what].octets).toBeLessThan(most);
  });

  it.each<What>(["message", "firstMessage", "commit", "publicCommit"])(
    "a %s: hashes to write and to apply it grow by one step of at most two",
    (what) => {
      for (const of of ["written", "applied"] as const) {
        const growth = steps(what, of);
        expect(new Set(growth).size, `${of}: ${growth.join(" ")}`).toBe(1);
        expect(growth[0]).toBeLessThanOrEqual(2);
      }
    },
  );
});
