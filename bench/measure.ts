/** One row after the other: the verb and its floor in turns. */

import { type BenchBackend, suiteOf } from "./backends.ts";
import { floorOf } from "./floor/run-recipe.ts";
import { type Competitor, interleave, ratioOf, type Schedule, type Timing } from "./interleave.ts";
import type { PlannedRow } from "./plan.ts";
import { type Stage, setStage, treeOctets } from "./stage.ts";

/** ms, but for octets. */
export interface Row {
  readonly verb: string;
  readonly suite: number;
  readonly backend: string;
  readonly size: number;
  readonly shape: string;
  readonly median: number;
  readonly p95: number;
  readonly samples: number;
  readonly floor: number | undefined;
  readonly ratio: number | undefined;
  readonly octets: number | undefined;
  /** Of the encoded tree. */
  readonly treeOctets: number;
}

export interface Backends {
  /** Makes the groups. */
  readonly builder: BenchBackend;
  readonly all: readonly BenchBackend[];
}

export class Measurement {
  readonly #backends: Backends;
  readonly #schedule: Schedule;
  #stage: { readonly key: string; readonly stage: Stage } | undefined;

  constructor(backends: Backends, schedule: Schedule) {
    this.#backends = backends;
    this.#schedule = schedule;
  }

  async row(planned: PlannedRow): Promise<Row> {
    const { verb, suite, backend, size, shape } = planned;
    const stage = await this.#stageFor(planned);
    const { run, recipe, octets } = await verb.prepare(stage);
    const competitors: Competitor[] = [{ name: verb.name, run, async: true }];
    if (recipe !== undefined) competitors.push(await floorOf(stage.bare, recipe));
    const [subject, floor] = await interleave(competitors, this.#schedule);
    const { median, p95, samples } = subject as Timing;
    return {
      ...{ verb: verb.name, suite, backend, size, shape, median, p95, samples, octets },
      floor: floor?.median,
      ratio: floor === undefined ? undefined : ratioOf(subject as Timing, floor),
      treeOctets: treeOctets(stage.sender),
    };
  }

  /** The one stage that is kept is the latest: large groups would not fit beside each other. */
  async #stageFor({ suite, backend, size, shape, verb }: PlannedRow): Promise<Stage> {
    const key = `${suite} ${backend} ${size} ${shape} ${verb.seats}`;
    if (this.#stage?.key === key) return this.#stage.stage;
    this.#stage = undefined;
    const { builder, all } = this.#backends;
    const found = all.find((each) => each.name === backend);
    if (found === undefined) throw new Error(`There is no backend ${backend} here.`);
    const stage = await setStage({ suite: suiteOf(suite), backend: found, builder, size: size - verb.seats, shape });
    this.#stage = { key, stage };
    return stage;
  }
}
