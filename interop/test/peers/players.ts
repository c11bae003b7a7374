/** copath and ts-mls side by side in this process, and what came of a scenario that they played. */
import { BACKENDS } from "../../src/copath/backends.ts";
import { copathClient } from "../../src/copath/handlers.ts";
import { inProcess, type MLSClient } from "../../src/interface/client.ts";
import { tsMlsClient } from "../../src/peers/ts-mls.ts";
import { actorsOf } from "../../src/runner/check-scenario.ts";
import { play } from "../../src/runner/play.ts";
import type { Scenario } from "../../src/runner/scenario.ts";
import type { Player } from "../../src/runner/stage.ts";
import { chameleon } from "./chameleon.ts";
import { type Side, steered } from "./steering.ts";

export const tsMls = (): MLSClient => inProcess(tsMlsClient());
export const copath = (): MLSClient => inProcess(copathClient({ backend: BACKENDS.node }).handlers);

const SUITES = [1, 2, 3, 4, 5, 6, 7];

export interface Setting {
  readonly encryptHandshake: boolean;
  readonly suite?: number;
}

/** Every actor is one of the two, as `sideOf` says by the actor's position. Undefined if all went well, else what happened. */
export async function playBetween(
  scenario: Scenario,
  { encryptHandshake, suite = 1 }: Setting,
  sideOf: (position: number) => Side,
): Promise<string | undefined> {
  const players = { "ts-mls": playerOf("ts-mls", tsMls()), copath: playerOf("copath", copath()) };
  const cast = actorsOf(scenario.steps).map((actor, at) => [actor, players[sideOf(at)]] as const);
  return outcomeOf(scenario, { encryptHandshake, suite }, new Map(cast));
}

/** Every stay of an actor is one of the two, by dice, and around what ts-mls gets wrong. */
export async function playSteered(
  history: Scenario,
  { encryptHandshake, suite = 1, seed, share }: Setting & { readonly seed: string | number; readonly share?: number },
): Promise<{ readonly failure: string | undefined; readonly stays: Readonly<Record<Side, number>> }> {
  const { scenario, entries, count } = steered(history, seed, share);
  const player = playerOf("both", chameleon({ "ts-mls": tsMls(), copath: copath() }, entries));
  const assignment = new Map(actorsOf(scenario.steps).map((actor) => [actor, player]));
  return { failure: await outcomeOf(scenario, { encryptHandshake, suite }, assignment), stays: count };
}

const playerOf = (name: string, client: MLSClient): Player => ({ name, client, suites: SUITES });

async function outcomeOf(
  scenario: Scenario,
  setting: Required<Setting>,
  assignment: ReadonlyMap<string, Player>,
): Promise<string | undefined> {
  const { verdict, failure } = await play(scenario, { ...setting, assignment });
  if (failure === undefined) return undefined;
  const { actors, rpc, message, at } = failure;
  const who = actors.map((actor) => `${actor} (${assignment.get(actor)?.name})`).join(", ");
  const when = at.phase === "step" ? `step ${at.index}, ${at.step.action}` : at.phase;
  return `${scenario.name}: ${verdict}: ${rpc} of ${who}: ${message} [${when}]`;
}
