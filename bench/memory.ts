/** Memory, in a process of its own. */

import { output } from "./children.ts";
import type { Memory } from "./results.ts";

export async function measureMemory(size: number): Promise<Memory> {
  return JSON.parse(await output("memory-child", [String(size)], ["--expose-gc", "--max-old-space-size=6144"]));
}
