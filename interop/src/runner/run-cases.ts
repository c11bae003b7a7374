/** All cases of a run: each scenario in each cipher suite, both kinds of handshake, and all assignments that are wanted. */
import { castings, type Sampling } from "./assignments.ts";
import { actorsOf } from "./check-scenario.ts";
import { type CaseResult, play } from "./play.ts";
import type { Scenario } from "./scenario.ts";
import type { Player, Setting } from "./stage.ts";

export interface Plan {
  readonly scenarios: readonly Scenario[];
  readonly players: readonly Player[];
  /** Default: all that somebody supports. */
  readonly suites: readonly number[] | undefined;
  /** Handshake messages as PrivateMessage, or not. */
  readonly handshakes: readonly boolean[];
  readonly sampling: Sampling;
}

interface Case {
  readonly scenario: Scenario;
  readonly setting: Setting;
}

/** One by one: there may be more than fit anywhere. In each suite play those who support it. */
export function* casesOf({ scenarios, players, suites, handshakes, sampling }: Plan): Generator<Case> {
  const supported = [...new Set(players.flatMap((player) => player.suites))].sort((a, b) => a - b);
  for (const suite of suites ?? supported) {
    const able = players.filter((player) => player.suites.includes(suite));
    for (const scenario of scenarios) {
      const actors = actorsOf(scenario.steps);
      for (const encryptHandshake of handshakes) {
        for (const casting of castings({ actors: actors.length, clients: able.length }, sampling)) {
          const cast = actors.map((actor, i) => [actor, able[casting[i] ?? 0]] as const);
          const assignment = new Map(cast.filter((each): each is readonly [string, Player] => each[1] !== undefined));
          yield { scenario, setting: { assignment, suite, encryptHandshake } };
        }
      }
    }
  }
}

export interface Pace {
  /** How many cases are under way at once. */
  readonly jobs: number;
  /** Begins no case any more once one has failed. */
  readonly failFast: boolean;
  readonly onResult?: (result: CaseResult) => void;
}

/** The results in the order of the cases, whichever was over first. */
export async function playAll(plan: Plan, { jobs, failFast, onResult }: Pace): Promise<readonly CaseResult[]> {
  const cases = casesOf(plan);
  const results: CaseResult[] = [];
  let begun = 0;
  let stopped = false;
  const work = async () => {
    while (!stopped) {
      const { value, done } = cases.next();
      if (done === true) return;
      const index = begun++;
      const result = await play(value.scenario, value.setting);
      results[index] = result;
      onResult?.(result);
      if (failFast && result.verdict === "failed") stopped = true;
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return results;
}
