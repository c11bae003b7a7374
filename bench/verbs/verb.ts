/** What is measured of a verb. */

import type { TreeShape } from "copath/testing";
import type { Recipe } from "../floor/recipe.ts";
import type { Stage } from "../stage.ts";

/** A verb on a stage. */
export interface Prepared {
  /** Once. Only this is timed. */
  run(): Promise<unknown>;
  /** What the protocol demands for it; none where the protocol says nothing. */
  readonly recipe: Recipe | undefined;
  /** Of what it sends or stores. */
  readonly octets?: number;
}

export type Prepare = (stage: Stage) => Promise<Prepared>;

export interface Verb {
  readonly name: string;
  /** The tree that it is measured in, if the command does not say. */
  readonly shape: TreeShape;
  /** Members fewer than the size says: a newcomer makes it complete. */
  readonly seats: 0 | 1;
  /** The fewest members that it makes sense with. */
  readonly from: number;
  /** Whether its cost has nothing to do with the group, so that one size is enough. */
  readonly constant: boolean;
  readonly prepare: Prepare;
}
