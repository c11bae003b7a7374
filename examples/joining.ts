/** Joining by a Welcome: the tree beside the Welcome, a Welcome for each, and a key package that serves once. */
import assert from "node:assert/strict";
import { acceptCommit, createCommit, createGroup, groupIdOf, joinGroup, validateKeyPackage } from "copath";
import { environment, keep, publish, register } from "./setup.ts";

const [bobsBundle, carolsBundle] = [await publish("bob"), await publish("carol")];
let alice = await createGroup(environment, await register("alice"));

// A commit judges the key packages that it uses. This is for judging one earlier, when it is fetched for example.
await validateKeyPackage(environment, bobsBundle.keyPackage);

// A large tree need not travel in each Welcome: the delivery service can keep one copy for all.
const commit = await createCommit(environment, alice, {
  proposals: [bobsBundle, carolsBundle].map(({ keyPackage }) => ({ proposalType: "add", keyPackage })),
  ratchetTree: false,
  welcomes: "each",
});
alice = keep(commit);
alice = keep(acceptCommit(environment, alice, commit.output.pending));

const { welcomes, ratchetTree } = commit.output;
const [forBob, forCarol] = welcomes;
assert(forBob !== undefined && forCarol !== undefined);

await assert.rejects(joinGroup(environment, { welcome: forBob, keyPackages: [bobsBundle] }), { code: "tree.missing" });
await assert.rejects(joinGroup(environment, { welcome: forCarol, keyPackages: [bobsBundle], ratchetTree }), {
  code: "welcome.no_key_package",
});

// A failed attempt uses nothing up: the right one still works.
const joined = await joinGroup(environment, { welcome: forBob, keyPackages: [bobsBundle], ratchetTree });
const { keyPackage, committer } = joined.output;
assert.equal(keyPackage, bobsBundle);
assert.equal(committer, 0);
const bob = keep(joined);

// The private keys of the key package were among the spent secrets, so nobody can use them again.
assert(bobsBundle.initPrivateKey.disposed);

// What the client has joined already, it does not join a second time.
const again = { welcome: forCarol, keyPackages: [carolsBundle], ratchetTree, joined: [groupIdOf(bob)] };
await assert.rejects(joinGroup(environment, again), { code: "group.already_joined" });

console.log(bob.self.leafIndex); // 1
