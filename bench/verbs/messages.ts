/** Application messages: none of their costs depends on the group. */

import { processMessage, protect } from "copath";
import { octetsOf } from "../floor/bare-hpke.ts";
import * as recipes from "../floor/recipes.ts";
import { again, type Stage } from "../stage.ts";
import type { Prepared } from "./verb.ts";

/** The first message of a sender opens its ratchets; measured is a later one. */
export function measureMessage(verb: "encrypt" | "decrypt", length: number) {
  return async ({ environment, sender, receiver, measures }: Stage): Promise<Prepared> => {
    const data = octetsOf(length);
    const first = await protect(environment, again(sender), octetsOf(1));
    const second = await protect(environment, first.state, data);
    if (verb === "encrypt") {
      return {
        run: () => protect(environment, again(first.state), data),
        recipe: recipes.encrypt(measures, length),
        octets: second.output.length,
      };
    }
    const { state } = await processMessage(environment, receiver, first.output);
    return {
      run: () => processMessage(environment, state, second.output),
      recipe: recipes.decrypt(measures, length),
      octets: second.output.length,
    };
  };
}

/** One message at the end of `gap` others that have not arrived. */
export function measureGap(gap: number) {
  return async ({ environment, sender, receiver, measures }: Stage): Promise<Prepared> => {
    const first = await protect(environment, again(sender), octetsOf(1));
    const { state } = await processMessage(environment, receiver, first.output);
    let sent = first;
    for (let i = 0; i <= gap; i++) sent = await protect(environment, sent.state, octetsOf(100));
    return {
      run: () => processMessage(environment, state, sent.output),
      recipe: recipes.decryptAfterGap(measures, 100, gap),
      octets: sent.output.length,
    };
  };
}
