/** Choices that depend on a seed alone. */
import { seededRandom } from "copath/testing";

export interface Choice {
  /** A whole number from 0 to `bound - 1`. */
  readonly below: (bound: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly one: <T>(list: readonly T[]) => T | undefined;
  readonly shuffled: <T>(list: readonly T[]) => T[];
}

export function seededChoice(seed: string | number): Choice {
  const random = seededRandom(seed);
  const fraction = () => new DataView(random(4).buffer).getUint32(0) / 2 ** 32;
  const below = (bound: number) => Math.floor(fraction() * bound);
  const shuffled = <T>(list: readonly T[]): T[] =>
    list
      .map((value) => ({ value, rank: fraction() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ value }) => value);
  return {
    below,
    // Always draws, so that a rate changes what it is about and not everything after it.
    chance: (probability) => fraction() < probability,
    one: (list) => list[below(list.length)],
    shuffled,
  };
}
