/** States as octets. The protocol demands nothing here, so there is no floor: goals are octets and milliseconds. */

import {
  acceptCommit,
  createCommit,
  decodeState,
  encodeChange,
  encodeState,
  type GroupState,
  processMessage,
  protect,
} from "copath";
import { octetsOf } from "../floor/bare-hpke.ts";
import { again, type Stage } from "../stage.ts";
import type { Prepared } from "./verb.ts";

/** After a commit, so that what is kept of the epoch before is saved, too. */
export async function measureSave(stage: Stage): Promise<Prepared> {
  const { environment } = stage;
  const state = await afterCommit(stage);
  return {
    run: async () => encodeState(environment, state),
    recipe: undefined,
    octets: encodeState(environment, state).length,
  };
}

export async function measureRestore(stage: Stage): Promise<Prepared> {
  const { environment } = stage;
  const state = await afterCommit(stage);
  const octets = encodeState(environment, state);
  const signers = [state.self.signer];
  return {
    run: () => decodeState(environment, octets, { signers }),
    recipe: undefined,
    octets: octets.length,
  };
}

/** What a member waits for that is woken by a commit. Whatever a restored state computes late is computed here. */
export async function measureAwakening(stage: Stage): Promise<Prepared> {
  const { environment, sender, receiver } = stage;
  const { output } = await createCommit(environment, again(sender), { forcePath: true });
  const octets = encodeState(environment, receiver);
  const signers = [receiver.self.signer];
  return {
    run: async () => processMessage(environment, await decodeState(environment, octets, { signers }), output.message),
    recipe: undefined,
    octets: octets.length,
  };
}

export function measureChange(what: "commit" | "message") {
  return async (stage: Stage): Promise<Prepared> => {
    const { environment, sender, receiver } = stage;
    let [before, after] = [receiver, await afterCommit(stage)];
    if (what === "message") {
      const first = await protect(environment, again(sender), octetsOf(1));
      const second = await protect(environment, first.state, octetsOf(100));
      before = (await processMessage(environment, receiver, first.output)).state;
      after = (await processMessage(environment, before, second.output)).state;
    }
    return {
      run: async () => encodeChange(environment, before, after),
      recipe: undefined,
      octets: encodeChange(environment, before, after).length,
    };
  };
}

async function afterCommit({ environment, sender, receiver }: Stage): Promise<GroupState> {
  const { state, output } = await createCommit(environment, again(sender), { forcePath: true });
  acceptCommit(environment, state, output.pending);
  return (await processMessage(environment, receiver, output.message)).state;
}
