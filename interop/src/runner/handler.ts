/** The steps of one action, and what plays them. */
import type { Action, Step } from "./scenario.ts";
import type { Stage } from "./stage.ts";

export type StepOf<A extends Action> = Extract<Step, { readonly action: A }>;

export type Handlers<A extends Action> = {
  readonly [K in A]: (stage: Stage, step: StepOf<K>, index: number) => Promise<void>;
};
