/** An observer follows a group without any of its secrets, and a service outside of it proposes to remove a member. */
import assert from "node:assert/strict";
import {
  acceptCommit,
  createCommit,
  createGroup,
  createGroupInfo,
  ExternalSenders,
  epochOf,
  leafIndex,
  observeGroup,
  observeMessage,
  processMessage,
  proposeExternally,
  roster,
} from "copath";
import { encode } from "copath/codec";
import { environment, keep, publish, register } from "./setup.ts";

// The group says in its context who may propose from outside.
const service = await register("the moderation service");
const externalSenders = encode(ExternalSenders, [
  { signatureKey: service.signer.publicKey, credential: service.credential },
]);
const bobsBundle = await publish("bob");
let alice = await createGroup(environment, {
  ...(await register("alice")),
  extensions: [{ extensionType: "external_senders", extensionData: externalSenders }],
});

// The observer starts from a GroupInfo, and reads handshake messages that are public.
const wireFormat = "mls_public_message";
let observer = await observeGroup(environment, { groupInfo: await createGroupInfo(environment, alice) });
const added = await createCommit(environment, alice, {
  wireFormat,
  proposals: [{ proposalType: "add", keyPackage: bobsBundle.keyPackage }],
});
const seen = await observeMessage(environment, observer, added.output.message);
assert(seen.output.contentType === "commit");
assert.deepEqual(seen.output.commit.added, [1]);

// Some of a commit only members can verify. The observer adopts it when it knows that it was accepted.
assert.deepEqual(seen.output.unverified, ["membership_tag", "confirmation_tag"]);
observer = seen.state;
alice = keep(added);
alice = keep(acceptCommit(environment, alice, added.output.pending));

// The service needs the group's context alone, and a member's commit takes its proposal up.
const proposal = await proposeExternally(environment, {
  groupContext: observer.epoch.groupContext,
  signer: service.signer,
  proposal: { proposalType: "remove", removed: leafIndex(1) },
});
alice = keep(await processMessage(environment, alice, proposal.message));
observer = (await observeMessage(environment, observer, proposal.message)).state;

const removal = await createCommit(environment, alice, { wireFormat });
observer = (await observeMessage(environment, observer, removal.output.message)).state;
alice = keep(removal);
alice = keep(acceptCommit(environment, alice, removal.output.pending));
assert.equal(epochOf(observer), epochOf(alice));
assert.deepEqual(observer.tree.hash, alice.tree.hash);

console.log(roster(observer).length); // 1
