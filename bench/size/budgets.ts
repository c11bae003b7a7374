/** Budgets: what may not grow unnoticed, and beside it what is to be reached. */

import type { Weight } from "./bundles.ts";

/** In octets, gzipped. */
export interface Budget {
  readonly name: string;
  readonly budget: number;
  readonly goal?: number;
}

export interface JudgedWeight extends Weight {
  readonly budget: number | undefined;
  readonly goal: number | undefined;
  /** Without a budget nothing is within it: a new entry point needs one. */
  readonly within: boolean;
  readonly reached: boolean | undefined;
}

export function judgeWeights(weights: readonly Weight[], budgets: readonly Budget[]): JudgedWeight[] {
  return weights.map((weight) => {
    const found = budgets.find(({ name }) => name === weight.name);
    return {
      ...weight,
      budget: found?.budget,
      goal: found?.goal,
      within: found !== undefined && weight.gzipped <= found.budget,
      reached: found?.goal === undefined ? undefined : weight.gzipped <= found.goal,
    };
  });
}

/** Budgets of nothing that is weighed, which would hide a renamed entry point. */
export function unused(weights: readonly Weight[], budgets: readonly Budget[]): string[] {
  return budgets.map(({ name }) => name).filter((name) => weights.every((weight) => weight.name !== name));
}
