/** Import to first key package, each time in a fresh process; copath and the bare primitives in turns. */

import { output } from "../children.ts";
import type { Startup } from "../results.ts";
import { median } from "../statistics.ts";

export async function measureStartup(
  { name, bare, backend }: StartupKind,
  runs: number,
  onProgress: (share: number) => void,
): Promise<Startup> {
  const times: [copath: number, bare: number][] = [];
  for (let i = 0; i < runs; i++) {
    onProgress(i / runs);
    times.push([await once(name), await once(bare)]);
  }
  return {
    backend,
    median: median(times.map(([copath]) => copath)),
    bare: median(times.map(([, each]) => each)),
    ratio: median(times.map(([copath, each]) => copath / each)),
  };
}

export interface StartupKind {
  /** As it is printed. */
  readonly backend: string;
  readonly name: string;
  readonly bare: string;
}

export const STARTUPS: readonly StartupKind[] = [
  { backend: "node", name: "copath-node", bare: "bare-node" },
  { backend: "node, bundled", name: "bundled-node", bare: "bare-node" },
  { backend: "noble", name: "copath-noble", bare: "bare-noble" },
  { backend: "webcrypto", name: "copath-webcrypto", bare: "bare-webcrypto" },
];

async function once(name: string): Promise<number> {
  return Number(await output("startup/child", [name]));
}
