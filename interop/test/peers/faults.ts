/** What ts-mls 1.6.4 gets wrong, as it shows when a scenario fails; docs/interop.md says which section decides. */
import type { Side } from "./steering.ts";

export interface Fault {
  readonly name: string;
  readonly shows: RegExp;
}

const refusedBy = (side: Side, rpc: string, message: string) =>
  new RegExp(`: ${rpc} of \\S+ \\(${side}\\): ${message}`);

export const FAULTS: readonly Fault[] = [
  {
    name: "unmerged leaves",
    shows: /\(ts-mls\): non-blank intermediate node must list leaf node in its unmerged_leaves/,
  },
  { name: "filtered root", shows: refusedBy("copath", "HandleCommit", "content\\.confirmation_tag") },
  { name: "filtered root", shows: refusedBy("ts-mls", "HandleCommit", "Could not verify confirmation tag") },
  { name: "external_senders", shows: /\(ts-mls\): Could not decode external_senders/ },
  { name: "no path for a new group context", shows: refusedBy("copath", "HandleCommit", "commit\\.path_required") },
  { name: "path under the old group context", shows: refusedBy("copath", "HandleCommit", "hpke\\.open_failed") },
  { name: "path under the old group context", shows: refusedBy("ts-mls", "HandleCommit", "OpenError") },
];

/** What ts-mls has no function for. */
export const BEYOND: readonly Fault[] = [
  { name: "forced path", shows: /unsupported: .*\(ts-mls\): ts-mls makes no path for proposals that need none/ },
  { name: "PSKs of an external join", shows: /unsupported: .*\(ts-mls\): ts-mls takes no PSKs for an external join/ },
];

export const known = (failure: string): boolean => [...FAULTS, ...BEYOND].some(({ shows }) => shows.test(failure));
