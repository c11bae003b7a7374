/** Hundreds of groups come and go, and nothing of them stays. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { type Actor, client, groupOf, utf8 } from "./support.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function heapInUse(): number {
  for (let i = 0; i < 3; i++) collectGarbage();
  return process.memoryUsage().heapUsed;
}

it("groups that were created, joined, used and freed leave neither numbers nor memory behind", async () => {
  const shared = client();
  const lives = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const [alice, bob] = (await groupOf(["alice", "bob"], { on: () => shared })) as [Actor, Actor];
      await shared.StorePSK({ stateOrTransactionId: bob.stateId, pskId: utf8(`${i}`), pskSecret: utf8("secret") });
      const { ciphertext } = await shared.Protect({ stateId: alice.stateId, plaintext: utf8("hi") });
      await shared.Unprotect({ stateId: bob.stateId, ciphertext });
      await shared.Commit({ stateId: alice.stateId });
      for (const { stateId } of [alice, bob]) await shared.Free({ stateId });
    }
    expect(shared.handleCount()).toBe(0);
    return heapInUse();
  };
  const early = await lives(200);
  // A group of two takes tens of kilobytes: five hundred kept ones would be far above this.
  expect((await lives(500)) - early).toBeLessThan(1_500_000);
});
