/** Alice makes a group, adds Bob and Carol, they talk, and Carol is removed. */
import assert from "node:assert/strict";
import {
  acceptCommit,
  createCommit,
  createGroup,
  epochAuthenticator,
  joinGroup,
  processMessage,
  protect,
  roster,
} from "copath";
import { bytes, environment, keep, publish, register, text } from "./setup.ts";

// Bob and Carol have published key packages, so they can be added while they are offline.
const bobsBundle = await publish("bob");
const carolsBundle = await publish("carol");

let alice = await createGroup(environment, await register("alice"));

const added = await createCommit(environment, alice, {
  proposals: [
    { proposalType: "add", keyPackage: bobsBundle.keyPackage },
    { proposalType: "add", keyPackage: carolsBundle.keyPackage },
  ],
});
alice = keep(added);
// The delivery service accepts the commit; only now does Alice move on, and the Welcome may be delivered.
alice = keep(acceptCommit(environment, alice, added.output.pending));
const [welcome] = added.output.welcomes;
assert(welcome !== undefined);

let bob = keep(await joinGroup(environment, { welcome, keyPackages: [bobsBundle] }));
let carol = keep(await joinGroup(environment, { welcome, keyPackages: [carolsBundle] }));
assert.deepEqual(epochAuthenticator(bob), epochAuthenticator(alice));
assert.deepEqual(epochAuthenticator(carol), epochAuthenticator(alice));

const greeting = await protect(environment, bob, bytes("Hello, both of you!"));
bob = keep(greeting);
for (const member of [alice, carol]) {
  const { output } = await processMessage(environment, member, greeting.output);
  assert(output.contentType === "application");
  assert.equal(text(output.applicationData), "Hello, both of you!");
}
alice = keep(await processMessage(environment, alice, greeting.output));
carol = keep(await processMessage(environment, carol, greeting.output));

// Carol's leaf is the third: members stand in the order in which they were added.
const [, , carolsPlace] = roster(alice);
assert(carolsPlace !== undefined);
const removed = await createCommit(environment, alice, {
  proposals: [{ proposalType: "remove", removed: carolsPlace.leafIndex }],
});
alice = keep(removed);
alice = keep(acceptCommit(environment, alice, removed.output.pending));
bob = keep(await processMessage(environment, bob, removed.output.message));
assert.deepEqual(epochAuthenticator(bob), epochAuthenticator(alice));

const farewell = await processMessage(environment, carol, removed.output.message);
assert(farewell.output.contentType === "commit" && farewell.output.commit.removedSelf);
carol = keep(farewell);

const secret = await protect(environment, alice, bytes("Now it is the two of us."));
await assert.rejects(processMessage(environment, carol, secret.output), { code: "epoch.future" });

console.log(roster(alice).length); // 2
