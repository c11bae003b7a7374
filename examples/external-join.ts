/** Joining by an external commit, from a GroupInfo alone: first as a new member, then again after a loss ("resync"). */
import assert from "node:assert/strict";
import {
  acceptJoin,
  createGroup,
  createGroupInfo,
  dropJoin,
  epochAuthenticator,
  joinExternally,
  processMessage,
  roster,
  verifyGroupInfo,
} from "copath";
import { environment, keep, register } from "./setup.ts";

let alice = await createGroup(environment, await register("alice"));
const dave = await register("dave");

// Whoever gets the GroupInfo can ask to join: hand it to those who may.
const groupInfo = await createGroupInfo(environment, alice);
const join = await joinExternally(environment, { ...dave, groupInfo });

// The commit is a public message. Members follow it, unless their policy says that there are no external commits.
const received = await processMessage(environment, alice, join.message);
assert(received.output.contentType === "commit" && received.output.commit.kind === "external");
alice = keep(received);
const davesFirst = acceptJoin(join.pending);
assert.deepEqual(epochAuthenticator(davesFirst), epochAuthenticator(alice));

// Dave loses his state. A GroupInfo shows him who is in the group, himself among them: he knows his leaf by its key.
const fresh = await createGroupInfo(environment, alice);
const { tree } = await verifyGroupInfo(environment, fresh);
const older = roster({ tree }).find(({ leafNode }) => leafNode.signatureKey.join() === dave.signer.publicKey.join());
assert(older !== undefined);
// Without a word about it the key would be in the group twice.
await assert.rejects(joinExternally(environment, { ...dave, groupInfo: fresh }), {
  code: "tree.duplicate_signature_key",
});
// He joins again and removes his older leaf in the same commit.
const resync = await joinExternally(environment, { ...dave, groupInfo: fresh, removed: older.leafIndex });
alice = keep(await processMessage(environment, alice, resync.message));
const davesSecond = acceptJoin(resync.pending);
assert.deepEqual(epochAuthenticator(davesSecond), epochAuthenticator(alice));
assert.equal(roster(alice).length, 2);

// A GroupInfo serves one epoch: a join that lost against another commit is dropped and tried from a newer one.
const late = await joinExternally(environment, { ...(await register("erin")), groupInfo });
await assert.rejects(processMessage(environment, alice, late.message), { code: "epoch.past" });
dropJoin(late.pending);

console.log(roster(alice).length); // 2
