/** Plays scenarios between two copath clients, one on the noble and one on the node backend. */
import { BACKENDS } from "../src/copath/backends.ts";
import { copathClient } from "../src/copath/handlers.ts";
import { type Handlers, inProcess } from "../src/interface/client.ts";
import { actorsOf } from "../src/runner/check-scenario.ts";
import { play } from "../src/runner/play.ts";
import type { Scenario } from "../src/runner/scenario.ts";
import { seeded } from "../src/runner/seeded.ts";
import type { Player } from "../src/runner/stage.ts";

async function player(name: "noble" | "node", watch?: (handlers: Handlers) => Handlers): Promise<Player> {
  const { handlers } = copathClient({ name, backend: BACKENDS[name] });
  const client = inProcess(watch?.(handlers) ?? handlers);
  const { ciphersuites } = await client.SupportedCiphersuites({});
  return { name, client, suites: ciphersuites };
}

/** About so many actors are on noble: its arithmetic takes its time. */
const ON_NOBLE = 3;

export interface Casting {
  readonly encryptHandshake: boolean;
  /** Decides who plays whom. */
  readonly seed: string | number;
  readonly suite?: number;
  /** Stands between the runner and each client. */
  readonly watch?: (handlers: Handlers) => Handlers;
}

/** What went wrong, in one line; `undefined` if all went well. */
export async function playBetween(scenario: Scenario, casting: Casting): Promise<string | undefined> {
  const { encryptHandshake, seed, suite = 1, watch } = casting;
  const players = [await player("noble", watch), await player("node", watch)] as const;
  const choose = seeded(seed);
  const actors = actorsOf(scenario.steps);
  const oneOf = Math.max(2, Math.round(actors.length / ON_NOBLE));
  const assignment = new Map(actors.map((actor) => [actor, players[choose(oneOf) === 0 ? 0 : 1]]));
  const { verdict, failure } = await play(scenario, { assignment, suite, encryptHandshake });
  if (verdict === "passed") return undefined;
  const said = JSON.stringify(failure, (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value));
  return `${scenario.name}: ${verdict}: ${said}`;
}
