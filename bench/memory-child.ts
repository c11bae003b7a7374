/**
 * What a member takes: memory after a collection with its state, less memory without it. The group that the member comes
 * from is gone by then; what is left of it are octets.
 */

import { acceptCommit, createCommit, decodeState, type Environment, encodeState, processMessage } from "copath";
import { dispose } from "copath/schedule";
import { suiteOf } from "./backends.ts";
import { NODE } from "./node-backends.ts";
import type { Memory } from "./results.ts";
import { environmentOf, setStage, treeOctets } from "./stage.ts";

const EPOCHS = 100;

const size = Number(process.argv[2]);
const environment: Environment = {
  ...environmentOf(suiteOf(1), NODE),
  policy: { maxPastEpochs: EPOCHS, maxResumptionPsks: EPOCHS, maxPastAge: undefined },
};
const { snapshot, signers, commits, tree } = await octetsOfGroup();
const empty = await used();
let highest = empty;
let state = await decodeState(environment, snapshot, { signers });
const restored = (await used()) - empty;
const follow = async (some: readonly Uint8Array[]) => {
  for (const commit of some) {
    const step = await processMessage(environment, state, commit);
    state = step.state;
    dispose(step.spent);
    highest = Math.max(highest, total());
  }
  return (await used()) - empty;
};
// Tree hashes and the index of keys are made for the first commit.
const settled = await follow(commits.slice(0, 1));
const retained = await follow(commits.slice(1));
if (state.past.length !== EPOCHS) throw new Error(`Kept were ${state.past.length} epochs.`);
const memory: Memory = { size, tree, restored, settled, retained, epochs: EPOCHS, peak: highest - empty };
process.stdout.write(JSON.stringify(memory));

/** A receiver's snapshot, and the commits that others make. */
async function octetsOfGroup() {
  const stage = await setStage({ suite: suiteOf(1), backend: NODE, builder: NODE, size, shape: "full" });
  const sent: Uint8Array[] = [];
  let { sender } = stage;
  for (let i = 0; i < EPOCHS; i++) {
    const { state: spent, output } = await createCommit(environment, sender, { forcePath: true });
    sent.push(output.message);
    sender = acceptCommit(environment, spent, output.pending).state;
  }
  const { receiver } = stage;
  return {
    snapshot: encodeState(environment, receiver),
    signers: [receiver.self.signer],
    commits: sent,
    tree: treeOctets(receiver),
  };
}

/** After what can be collected is gone; what finalisers hold goes in later turns. */
async function used(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return total();
}

function total(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
