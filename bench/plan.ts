/** Which rows a run has. Without options: suite 1 on every backend as far as it is bearable, and the other suites once. */

import type { TreeShape } from "copath/testing";
import type { BenchArguments } from "./arguments.ts";
import type { Verb } from "./verbs/verb.ts";
import { VERBS } from "./verbs/verbs.ts";

export interface PlannedRow {
  readonly verb: Verb;
  readonly suite: number;
  readonly backend: string;
  readonly size: number;
  readonly shape: TreeShape;
}

/** Of verbs whose cost has nothing to do with the group. */
const ANY_SIZE = 128;

/** In an order in which rows of one group follow each other. */
export function planRows(given: BenchArguments): PlannedRow[] {
  const rows: PlannedRow[] = [];
  const everything = given.sizes.length === 0 && !given.quick;
  const suites = given.suites.length > 0 ? given.suites : everything ? [1, 2, 3, 4, 5, 6, 7] : [1];
  for (const suite of suites) {
    for (const backend of backendsOf(given, suite)) {
      for (const verb of VERBS.filter((each) => isWanted(given, each))) {
        rows.push(
          ...sizesOf(given, { suite, backend, verb }).map((size) => row({ verb, suite, backend, size }, given)),
        );
      }
    }
  }
  const group = ({ suite, size, shape, verb }: PlannedRow) =>
    `${suite} ${String(size).padStart(7)} ${shape} ${verb.seats}`;
  return rows.sort((a, b) => (group(a) < group(b) ? -1 : group(a) > group(b) ? 1 : 0));
}

export function isWanted({ only }: Pick<BenchArguments, "only">, { name }: { readonly name: string }): boolean {
  return only.length === 0 || only.some((part) => name.includes(part));
}

function row({ verb, suite, backend, size }: Omit<PlannedRow, "shape">, { shape }: BenchArguments): PlannedRow {
  return { verb, suite, backend, size, shape: (shape as TreeShape | undefined) ?? verb.shape };
}

function backendsOf({ backends, quick }: BenchArguments, suite: number): readonly string[] {
  if (backends.length > 0) return backends;
  return suite === 1 && !quick ? ["node", "noble", "webcrypto"] : suite === 1 ? ["node", "noble"] : ["node"];
}

interface Where {
  readonly suite: number;
  readonly backend: string;
  readonly verb: Verb;
}

/** Growth is asked of commits and their processing as far as trees go; of the rest up to where users wait. */
function sizesOf(given: BenchArguments, { suite, backend, verb }: Where): readonly number[] {
  const sizes = given.sizes.length > 0 ? given.sizes : defaultSizes(given, { suite, backend, verb });
  const possible = sizes.filter((size) => size >= verb.from);
  return verb.constant ? possible.slice(0, 1) : possible;
}

function defaultSizes({ quick }: BenchArguments, { suite, backend, verb }: Where): readonly number[] {
  if (verb.constant || suite !== 1) return [ANY_SIZE];
  if (quick) return backend === "node" ? [16, 128, 1024] : [128];
  if (backend !== "node") return [16, 128, 1024];
  return verb.name === "commit" || verb.name === "process"
    ? [2, 16, 128, 1024, 10_000, 65_536, 100_000]
    : [16, 128, 1024, 10_000];
}
