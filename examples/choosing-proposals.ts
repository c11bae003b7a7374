/** Proposals wait for a commit: which they are, which of them a commit takes, and how some are forgotten. */
import assert from "node:assert/strict";
import {
  acceptCommit,
  createCommit,
  createGroup,
  createProposal,
  dropProposals,
  type GroupState,
  joinGroup,
  type ProposeRequest,
  processMessage,
  protect,
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

/** Bob proposes, Alice receives: both have the reference from their results. */
async function propose(request: ProposeRequest): Promise<Uint8Array> {
  const proposed = await createProposal(environment, bob, request);
  bob = keep(proposed);
  const received = await processMessage(environment, alice, proposed.output.message);
  assert(received.output.contentType === "proposal");
  assert.deepEqual(received.output.reference, proposed.output.reference);
  alice = keep(received);
  return received.output.reference;
}

const addCarol = await propose({ proposalType: "add", keyPackage: (await publish("carol")).keyPackage });
const addDave = await propose({ proposalType: "add", keyPackage: (await publish("dave")).keyPackage });
const removeAlice = await propose({ proposalType: "remove", removed: alice.self.leafIndex });

// What waits is in the state, in the order of arrival; while it does, nobody sends application data.
const waiting = ({ proposals }: GroupState) => [...proposals.values()].map(({ proposal }) => proposal.proposalType);
console.log(waiting(alice).join(" ")); // add add remove
await assert.rejects(protect(environment, alice, bytes("not yet")), { code: "state.proposals_pending" });

// Bob thinks better of an Update that he has not sent. Forgetting is a transition like any other: a key of his ends.
const update = await createProposal(environment, bob, { proposalType: "update" });
const without = dropProposals(update.state, [update.output.reference]);
assert.equal(without.spent.length, 1);
bob = keep(without);

// Alice chooses two of the three. What she cannot commit, here because nobody removes itself, is left out and named.
const commit = await createCommit(environment, alice, { references: [addCarol, removeAlice] });
const [leftOut] = commit.output.leftOut;
assert(leftOut !== undefined);
assert.deepEqual(leftOut.reference, removeAlice);
console.log(leftOut.reason.code); // proposals.committer_removed
alice = keep(commit);
alice = keep(acceptCommit(environment, alice, commit.output.pending));

// All proposals end with the epoch. Whoever still wants what the commit does not cover says it again.
assert.deepEqual(waiting(alice), []);
const received = await processMessage(environment, bob, commit.output.message);
assert(received.output.contentType === "commit");
const { dropped } = received.output.commit;
assert.deepEqual(
  dropped.map(({ reference }) => reference),
  [addDave, removeAlice],
);
bob = keep(received);

console.log(bob.proposals.size); // 0
