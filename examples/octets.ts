/** What travels as octets, and what is a value that the application encodes: key packages, GroupInfos, trees. */
import assert from "node:assert/strict";
import {
  acceptCommit,
  createCommit,
  createGroup,
  createGroupInfo,
  groupInfoIn,
  joinGroup,
  MLSMessage,
  RatchetTreeNodes,
  ratchetTree,
  roster,
  verifyGroupInfo,
} from "copath";
import { decode, encode } from "copath/codec";
import { environment, keep, publish, register } from "./setup.ts";

// Bob publishes the key package alone, as an MLSMessage, which is its form for the wire (§6).
const bundle = await publish("bob");
const published = encode(MLSMessage, {
  version: "mls10",
  wireFormat: "mls_key_package",
  keyPackage: bundle.keyPackage,
});

// Alice fetches it. Whether it is valid is judged by the commit that adds it.
const fetched = decode(MLSMessage, published);
assert(fetched.wireFormat === "mls_key_package");
let alice = await createGroup(environment, await register("alice"));
const commit = await createCommit(environment, alice, {
  proposals: [{ proposalType: "add", keyPackage: fetched.keyPackage }],
  ratchetTree: false,
});
alice = keep(commit);
alice = keep(acceptCommit(environment, alice, commit.output.pending));

// The message and the Welcomes are octets already. The tree beside them is a value, and has a codec of its own.
const tree = encode(RatchetTreeNodes, commit.output.ratchetTree);
assert.deepEqual(encode(RatchetTreeNodes, ratchetTree(alice)), tree);
const [welcome] = commit.output.welcomes;
assert(welcome !== undefined);
const nodes = decode(RatchetTreeNodes, tree);
const bob = keep(await joinGroup(environment, { welcome, keyPackages: [bundle], ratchetTree: nodes }));

// A GroupInfo is a value, too; `groupInfoIn` reads it from its message. Reading proves nothing: verify it.
const groupInfo = await createGroupInfo(environment, bob, { ratchetTree: false });
const handed = encode(MLSMessage, { version: "mls10", wireFormat: "mls_group_info", groupInfo });
const verified = await verifyGroupInfo(environment, groupInfoIn(handed), nodes);

console.log(roster(verified).length); // 2
