/** Growth: one verb at several sizes at once, in turns, because a quotient of two runs is worth little. */

import { type BenchBackend, suiteOf } from "./backends.ts";
import { floorOf } from "./floor/run-recipe.ts";
import { type Competitor, interleave, ratioOf, type Schedule, type Timing } from "./interleave.ts";
import type { Series } from "./results.ts";
import { setStage } from "./stage.ts";
import { growthOf } from "./statistics.ts";
import type { Verb } from "./verbs/verb.ts";

export interface SeriesTerms {
  readonly verb: Verb;
  readonly suite: number;
  readonly backend: BenchBackend;
  readonly builder: BenchBackend;
  readonly sizes: readonly number[];
}

export async function measureSeries(terms: SeriesTerms, schedule: Schedule): Promise<Series> {
  const { verb, suite, backend, builder, sizes } = terms;
  const competitors: Competitor[] = [];
  for (const size of sizes) {
    const given = { suite: suiteOf(suite), backend, builder, size: size - verb.seats, shape: verb.shape };
    const stage = await setStage(given);
    const { run, recipe } = await verb.prepare(stage);
    competitors.push({ name: `${size}`, run, async: true });
    competitors.push(await floorOf(stage.bare, recipe ?? [], `floor ${size}`));
  }
  const timings = await interleave(competitors, schedule);
  const at = (position: number) => timings[position] as Timing;
  const costs = sizes.map((size, i) => ({ size, median: at(2 * i).median, floor: at(2 * i + 1).median }));
  const last = at(2 * (sizes.length - 1));
  return {
    verb: verb.name,
    suite,
    backend: backend.name,
    costs,
    growth: growthOf(costs.map(({ size, median }) => [size, median])),
    lastTo: sizes.map((size, i) => ({ size, ratio: ratioOf(last, at(2 * i)) })),
  };
}
