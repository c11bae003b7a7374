/** Two members commit at once. The delivery service takes one; the other drops its own and commits again. */
import assert from "node:assert/strict";
import {
  acceptCommit,
  createCommit,
  createGroup,
  createProposal,
  dropCommit,
  epochAuthenticator,
  epochOf,
  isOwnCommit,
  joinGroup,
  processMessage,
  protect,
  roster,
} from "copath";
import { bytes, environment, keep, publish, register } from "./setup.ts";

const bobsBundle = await publish("bob");
let alice = await createGroup(environment, await register("alice"));
const added = await createCommit(environment, alice, {
  proposals: [{ proposalType: "add", keyPackage: bobsBundle.keyPackage }],
});
alice = keep(added);
alice = keep(acceptCommit(environment, alice, added.output.pending));
const [welcome] = added.output.welcomes;
assert(welcome !== undefined);
let bob = keep(await joinGroup(environment, { welcome, keyPackages: [bobsBundle] }));

// Bob asks for new keys of his own; whoever commits next takes the proposal along.
const update = await createProposal(environment, bob, { proposalType: "update" });
bob = keep(update);
alice = keep(await processMessage(environment, alice, update.output.message));

// Both commit. Nothing has changed for either of them: the commits are pending.
const alices = await createCommit(environment, alice);
alice = keep(alices);
const carolsBundle = await publish("carol");
const add = { proposalType: "add", keyPackage: carolsBundle.keyPackage } as const;
const bobs = await createCommit(environment, bob, { references: [], proposals: [add] });
bob = keep(bobs);
assert.equal(epochOf(alice), 1n);

// Alice's commit comes first. She knows it by its octets when it comes back; what it says of its sender proves nothing.
assert(isOwnCommit(alices.output.pending, alices.output.message));
alice = keep(acceptCommit(environment, alice, alices.output.pending));
// Bob processes it as if he had not committed, and then drops his.
bob = keep(await processMessage(environment, bob, alices.output.message));
dropCommit(bobs.output.pending);
assert.throws(() => acceptCommit(environment, bob, bobs.output.pending), { code: "state.not_pending" });

// Bob still wants Carol in: he says the same again in the new epoch.
const again = await createCommit(environment, bob, { proposals: [add] });
bob = keep(again);
// Meanwhile messages arrive. The commit is accepted with the newest value of the epoch, which knows what was opened.
const letter = await protect(environment, alice, bytes("in between"));
alice = keep(letter);
bob = keep(await processMessage(environment, bob, letter.output));
bob = keep(acceptCommit(environment, bob, again.output.pending));
await assert.rejects(processMessage(environment, bob, letter.output), { code: "ratchet.generation_used" });
// His own commit is over for him now, like any other of that epoch.
await assert.rejects(processMessage(environment, bob, again.output.message), { code: "epoch.past" });
alice = keep(await processMessage(environment, alice, again.output.message));
assert.deepEqual(epochAuthenticator(alice), epochAuthenticator(bob));

// A value of the state sends once: two copies can't use one key and nonce for two messages.
const first = await protect(environment, alice, bytes("once"));
await assert.rejects(protect(environment, alice, bytes("twice")), { code: "state.spent" });
alice = keep(first);

console.log(roster(alice).length); // 3
