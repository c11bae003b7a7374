/** What the attacks of this folder share: budgets, two backends of one member, outcomes as codes. */
import { expect } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { MlsError } from "../../src/errors.ts";
import type { Environment } from "../../src/group/environment.ts";
import { decodeState, encodeState } from "../../src/group/snapshot.ts";
import type { GroupState } from "../../src/group/state.ts";
import { environmentOf, fingerprint, suiteOf } from "../support/group.ts";

/** Inputs of a run with the default budget of 100 000; COPATH_HOSTILE_BUDGET makes all runs longer or shorter alike. */
export function inputs(usual: number): number {
  return Math.ceil((usual * Number(process.env.COPATH_HOSTILE_BUDGET ?? 100_000)) / 100_000);
}

export const seed = Number(process.env.COPATH_HOSTILE_SEED ?? 9420);

/** `accepted`, or the code of the refusal. Whatever is no MlsError, or a bug of the library, fails the test. */
export async function outcome(run: () => unknown, where = ""): Promise<string> {
  try {
    await run();
    return "accepted";
  } catch (error) {
    if (!(error instanceof MlsError)) throw new Error(`no MlsError ${where}: ${String(error)}`, { cause: error });
    if (error.reaction === "internal") throw new Error(`a bug ${where}: ${error.message}`, { cause: error });
    return error.code;
  }
}

export interface Seat {
  readonly environment: Environment;
  readonly state: GroupState;
}

/** The same member on both backends, and what refuses or takes something on both alike. */
export class Twins {
  readonly seats: readonly Seat[];
  readonly #before: readonly string[];

  private constructor(seats: readonly Seat[]) {
    this.seats = seats;
    this.#before = seats.map(({ state }) => fingerprint(state));
  }

  static async of(state: GroupState, overrides: Partial<Environment> = {}): Promise<Twins> {
    const id = state.epoch.groupContext.cipherSuite;
    const seats = [node, noble].map(async (backend) => {
      const environment = environmentOf({ suite: suiteOf(id, backend), ...overrides });
      const bytes = encodeState(environment, state);
      return { environment, state: await decodeState(environment, bytes, { signers: [state.self.signer] }) };
    });
    return new Twins(await Promise.all(seats));
  }

  /** What both say, which is the same. */
  async judge(receive: (seat: Seat) => unknown, where = ""): Promise<string> {
    const codes: string[] = [];
    for (const seat of this.seats) codes.push(await outcome(() => receive(seat), where));
    expect(codes[1], `the backends differ ${where}`).toBe(codes[0]);
    return codes[0] ?? expect.unreachable();
  }

  /** Nothing of what was tried has left a trace. */
  unchanged(): void {
    expect(this.seats.map(({ state }) => fingerprint(state))).toEqual(this.#before);
  }
}
