/** Plays one scenario with one assignment of clients to actors: its steps, what must hold in the end, and the tidying up. */
import { CaseFailed, type Failure, isGone } from "./failure.ts";
import type { Handlers } from "./handler.ts";
import { COMMIT_ACTIONS } from "./play-commits.ts";
import { GROUP_ACTIONS } from "./play-groups.ts";
import { PROPOSAL_ACTIONS } from "./play-proposals.ts";
import { SUCCESSOR_ACTIONS } from "./play-successors.ts";
import type { Action, Scenario, Step } from "./scenario.ts";
import { type HeldState, type NotVerified, type Player, type Setting, Stage, type TranscriptEntry } from "./stage.ts";
import { verify } from "./verify.ts";

/** Where a case failed. */
export type Moment =
  | { readonly phase: "step"; readonly index: number; readonly step: Step }
  | { readonly phase: "verification" }
  | { readonly phase: "freeing" };

export interface CaseResult extends Setting {
  readonly scenario: string;
  /** A client that says it can't do something has not failed, and has passed nothing. */
  readonly verdict: "passed" | "failed" | "unsupported";
  readonly failure: (Failure & { readonly at: Moment }) | undefined;
  /** What could not be compared in the end. */
  readonly notVerified: readonly NotVerified[];
  /** All calls, of a case that did not pass. */
  readonly transcript: readonly TranscriptEntry[];
}

const ACTIONS: Handlers<Action> = { ...GROUP_ACTIONS, ...PROPOSAL_ACTIONS, ...COMMIT_ACTIONS, ...SUCCESSOR_ACTIONS };

/** Never throws: neither for what a client does nor for a mistake of ours. The scenario has been checked. */
export async function play({ name, steps }: Scenario, setting: Setting): Promise<CaseResult> {
  const stage = new Stage(setting);
  const failure = (await perform(stage, steps)) ?? (await free(stage));
  const result = { ...setting, scenario: name, failure, notVerified: stage.notVerified };
  if (failure === undefined) return { ...result, verdict: "passed", transcript: [] };
  if (failure.at.phase !== "freeing") await free(stage);
  const verdict = failure.kind === "unsupported" ? "unsupported" : "failed";
  return { ...result, verdict, transcript: stage.transcript };
}

async function perform(stage: Stage, steps: readonly Step[]): Promise<CaseResult["failure"]> {
  let at: Moment = { phase: "verification" };
  try {
    for (const [index, step] of steps.entries()) {
      at = { phase: "step", index, step };
      await (ACTIONS[step.action] as (...of: readonly unknown[]) => Promise<void>)(stage, step, index);
    }
    at = { phase: "verification" };
    await verify(stage);
    return undefined;
  } catch (error) {
    return { ...failureOf(error), at };
  }
}

/** Clients need not free anything, nor keep what is over. */
const MAY_BE_SAID_OF_FREE: readonly (string | undefined)[] = ["NOT_FOUND", "UNIMPLEMENTED"];

/**
 * Every state is freed that was handed out and not superseded. Clients may have let go of a state by themselves; what they
 * say about one that its actor has left behind tells nothing.
 */
async function free(stage: Stage): Promise<CaseResult["failure"]> {
  let first: Failure | undefined;
  const done = new Map<Player, Set<number>>();
  const gone = new Set<Player>();
  const freeOne = async ({ actor, stateId }: HeldState): Promise<Failure | undefined> => {
    const player = stage.player(actor);
    const freed = done.get(player) ?? new Set();
    if (freed.has(stateId) || gone.has(player)) return undefined;
    done.set(player, freed.add(stateId));
    try {
      await stage.call(actor, "Free", { stateId });
      return undefined;
    } catch (error) {
      const failure = failureOf(error);
      if (isGone(failure)) gone.add(player);
      return failure;
    }
  };
  for (const held of stage.states()) {
    const failure = await freeOne(held);
    if (!MAY_BE_SAID_OF_FREE.includes(failure?.status)) first ??= failure;
  }
  for (const held of stage.left) await freeOne(held);
  return first === undefined ? undefined : { ...first, at: { phase: "freeing" } };
}

function failureOf(error: unknown): Failure {
  if (error instanceof CaseFailed) return error.failure;
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { kind: "runner", rpc: undefined, actors: [], status: undefined, message };
}
