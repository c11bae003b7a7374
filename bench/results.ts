/** What a run has measured, as it is written by `--json`. */

import type { Row } from "./measure.ts";
import type { Growth } from "./statistics.ts";

/** One verb at several sizes, measured in turns, so that the costs can be divided by each other. */
export interface Series {
  readonly verb: string;
  readonly suite: number;
  readonly backend: string;
  readonly costs: readonly { readonly size: number; readonly median: number; readonly floor: number | undefined }[];
  readonly growth: Growth | undefined;
  /** Medians of ratios of rounds: the last size to each. */
  readonly lastTo: readonly { readonly size: number; readonly ratio: number }[];
}

/** In octets. */
export interface Memory {
  readonly size: number;
  readonly tree: number;
  /** A member whose state was restored. */
  readonly restored: number;
  /** The same with all that it has made by its first commit: tree hashes, and the index of keys. */
  readonly settled: number;
  /** The same after a hundred commits, all epochs kept for late messages. */
  readonly retained: number;
  readonly epochs: number;
  /** How much the process grew at most while it restored the state and processed the commits. */
  readonly peak: number;
}

/** Of the paths that any member might send next, without their leaves. */
export interface PathOctets {
  readonly average: number;
  readonly most: number;
}

/** How paths shrink after a bulk add, commit by commit. */
export interface Filling {
  readonly size: number;
  readonly steps: readonly {
    readonly commits: number;
    readonly advised: PathOctets;
    readonly fromTheLeft: PathOctets;
  }[];
}

/** In ms. */
export interface Startup {
  readonly backend: string;
  readonly median: number;
  readonly bare: number;
  readonly ratio: number;
}

export interface Results {
  readonly command: string;
  readonly runtime: string;
  readonly rows: readonly Row[];
  readonly series: readonly Series[];
  readonly memory: readonly Memory[];
  readonly filling: readonly Filling[];
  readonly startup: readonly Startup[];
}
