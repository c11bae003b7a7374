/**
 * Measures competitors in turns: in each round every one of them runs for a share of the time, by tinybench, so that
 * what disturbs the machine disturbs all. A ratio is the median of the ratios of the rounds.
 */

import { Bench, type Task } from "tinybench";
import { median, quantile } from "./statistics.ts";

export interface Competitor {
  readonly name: string;
  run(): unknown;
  /** Whether it answers later. Said, because finding it out takes a run of its own beside the first that is timed. */
  readonly async: boolean;
}

export interface Schedule {
  /** Of all rounds together, for each competitor. */
  readonly milliseconds: number;
  readonly rounds: number;
  /** ms. Default: the wall's. */
  readonly now?: () => number;
}

export interface Timing {
  readonly name: string;
  /** ms */
  readonly median: number;
  readonly p95: number;
  readonly samples: number;
  /** The median of each round, to make ratios of. */
  readonly rounds: readonly number[];
}

/** ms. An engine that has just started interprets what it will soon have compiled, and what is large suffers most. */
const WARM_UP = 500;

export async function interleave(competitors: readonly Competitor[], schedule: Schedule): Promise<Timing[]> {
  const samples = competitors.map((): number[] => []);
  const rounds = competitors.map((): number[] => []);
  const time = schedule.milliseconds / schedule.rounds;
  for (let round = 0; round < schedule.rounds; round++) {
    const bench = new Bench({
      time,
      iterations: 1,
      warmup: round === 0,
      warmupIterations: 1,
      warmupTime: Math.max(WARM_UP, time / 2),
      retainSamples: true,
      throws: true,
      now: schedule.now ?? (() => performance.now()),
    });
    for (const each of competitors) bench.add(each.name, () => each.run(), { async: each.async });
    for (const [at, task] of bench.tasks.entries()) {
      if (round === 0) await task.warmup();
      const taken = samplesOf(await task.run());
      samples[at]?.push(...taken);
      rounds[at]?.push(median(taken));
    }
  }
  return competitors.map(({ name }, at) => timing(name, samples[at] ?? [], rounds[at] ?? []));
}

/** The median of what `subject` took of `base` in each round. */
export function ratioOf(subject: Timing, base: Timing): number {
  return median(subject.rounds.map((each, round) => each / (base.rounds[round] ?? Number.NaN)));
}

function timing(name: string, samples: readonly number[], rounds: readonly number[]): Timing {
  return { name, median: median(samples), p95: quantile(samples, 0.95), samples: samples.length, rounds };
}

function samplesOf(task: Task): readonly number[] {
  const { result } = task;
  if (result.state !== "completed" || result.latency.samples === undefined) {
    throw new Error(`${task.name} was not measured.`, { cause: "error" in result ? result.error : undefined });
  }
  return result.latency.samples;
}
