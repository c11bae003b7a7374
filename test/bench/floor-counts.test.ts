/**
 * A floor is what the protocol demands: of public-key operations, AEADs and MACs exactly what copath does, and of hashes
 * and KDF steps no more, or the ratios would flatter. copath in turn makes one of them more at most; who joins hashes
 * each parent from both of its sides (§7.9.2).
 */
import { describe, expect, it } from "vitest";
import { suiteOf } from "../../bench/backends.ts";
import { countsOf } from "../../bench/floor/recipe.ts";
import { NODE } from "../../bench/node-backends.ts";
import { environmentOf, setStage } from "../../bench/stage.ts";
import { VERBS } from "../../bench/verbs/verbs.ts";
import { countingSuite, type OperationCounts } from "../../src/testing/index.ts";

const EXACT = [
  "macs",
  "aeadSeals",
  "aeadOpens",
  "deriveKeyPairs",
  "encaps",
  "decaps",
  "signatures",
  "verifications",
] as const;
const AT_MOST = ["hashes", "kdfExtracts", "kdfExpands"] as const;

const suite = suiteOf(1);
const counting = countingSuite(environmentOf(suite, NODE).suite);

async function compare(name: string, size: number): Promise<{ floor: OperationCounts; copath: OperationCounts }> {
  const verb = VERBS.find((each) => each.name === name) ?? expect.unreachable();
  const environment = { ...environmentOf(suite, NODE), suite: counting.suite };
  const terms = { suite, backend: NODE, builder: NODE, environment, size: size - verb.seats, shape: verb.shape };
  const { run, recipe } = await verb.prepare(await setStage(terms));
  await run();
  counting.reset();
  await run();
  return { floor: countsOf(recipe ?? expect.unreachable()), copath: { ...counting.counts } };
}

describe("the floor of a verb, and what copath does for it", () => {
  const names = VERBS.map(({ name }) => name).filter((name) => !/^(?:save|restore|change)/.test(name));
  it.each(names.flatMap((name) => [16, 128, 200].map((size) => [name, size] as const)))(
    "%s, %i members",
    async (name, size) => {
      const { floor, copath } = await compare(name, size);
      for (const what of EXACT) expect(`${what}: ${floor[what]}`).toBe(`${what}: ${copath[what]}`);
      const more = name.endsWith("join") ? size + 8 : 1;
      for (const what of AT_MOST) {
        expect(copath[what] - floor[what], what).toBeGreaterThanOrEqual(0);
        expect(copath[what] - floor[what], what).toBeLessThanOrEqual(more);
      }
    },
  );
});
