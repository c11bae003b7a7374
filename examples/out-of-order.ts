/** Messages arrive in any order, some twice, some after their epoch, some never. */
import assert from "node:assert/strict";
import { acceptCommit, createCommit, createGroup, type Environment, joinGroup, processMessage, protect } from "copath";
import { bytes, environment, keep, publish, register, text } from "./setup.ts";

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

const letters: Uint8Array[] = [];
for (const word of ["one", "two", "three", "four"]) {
  const sent = await protect(environment, alice, bytes(word));
  alice = keep(sent);
  letters.push(sent.output);
}
const [one, two, three, four] = letters as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

const heard: string[] = [];
async function receive(letter: Uint8Array): Promise<void> {
  const received = await processMessage(environment, bob, letter);
  assert(received.output.contentType === "application");
  heard.push(text(received.output.applicationData));
  bob = keep(received);
}

// The keys of what was skipped are kept, up to a limit of the policy, until their messages come.
await receive(three);
await receive(one);
assert.deepEqual(heard, ["three", "one"]);

// A key serves once: a replay is told from a message that was not seen yet.
await assert.rejects(receive(three), { code: "ratchet.generation_used" });

// Nobody outside can change a message; the failure changes nothing, and the genuine one still opens.
const forged = Uint8Array.from(two);
forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
await assert.rejects(receive(forged), { code: "aead.open_failed" });
await receive(two);

// The group moves on. Messages of the last epochs still open, three by default.
const rotation = await createCommit(environment, alice);
alice = keep(rotation);
alice = keep(acceptCommit(environment, alice, rotation.output.pending));
bob = keep(await processMessage(environment, bob, rotation.output.message));
await receive(four);

// How much is kept is the application's choice.
const strict: Environment = {
  ...environment,
  policy: { maxPastEpochs: 0, ratchet: { maxSkipped: 0, maxForward: 10 } },
};
const skipped = await protect(environment, alice, bytes("never arrives in time"));
alice = keep(skipped);
const next = await protect(environment, alice, bytes("five"));
alice = keep(next);
bob = keep(await processMessage(strict, bob, next.output));
await assert.rejects(processMessage(strict, bob, skipped.output), { code: "ratchet.generation_dropped" });

// One operation at a time: two that begin from one value would both succeed, and the second would forget the first.
let last: Promise<unknown> = Promise.resolve();
function queued<T>(operation: () => Promise<T>): Promise<T> {
  const result = last.then(operation);
  last = result.catch(() => undefined);
  return result;
}
const six = await protect(environment, alice, bytes("six"));
alice = keep(six);
const seven = await protect(environment, alice, bytes("seven"));
alice = keep(seven);
await Promise.all([six.output, seven.output].map((letter) => queued(() => receive(letter))));
await assert.rejects(receive(six.output), { code: "ratchet.generation_used" });

console.log(heard.join(" ")); // three one two four six seven
