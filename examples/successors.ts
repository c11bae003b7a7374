/** A group that continues another: re-initialised with another cipher suite, or a branch with some of its members. */
import assert from "node:assert/strict";
import {
  acceptCommit,
  branch,
  createCommit,
  createGroup,
  createKeyPackage,
  type Environment,
  epochAuthenticator,
  joinGroup,
  processMessage,
  protect,
  reinitialize,
} from "copath";
import { noble } from "copath/backends/noble";
import { cipherSuite } from "copath/crypto";
import { MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519 } from "copath/suites/mls-128-dhkemx25519-chacha20poly1305-sha256-ed25519";
import { bytes, environment, keep, register } from "./setup.ts";

const [alicesClient, bobsClient] = [await register("alice"), await register("bob")];
const bobsBundle = await createKeyPackage(environment, bobsClient);
let alice = await createGroup(environment, alicesClient);
const added = await createCommit(environment, alice, {
  proposals: [{ proposalType: "add", keyPackage: bobsBundle.keyPackage }],
});
alice = keep(added);
alice = keep(acceptCommit(environment, alice, added.output.pending));
const [welcome] = added.output.welcomes;
assert(welcome !== undefined);
let bob = keep(await joinGroup(environment, { welcome, keyPackages: [bobsBundle] }));

// A branch: the old group goes on beside it. Here it has the same two members, with fresh key packages.
const forBranch = await createKeyPackage(environment, bobsClient);
const branched = await branch(environment, alice, { ...alicesClient, keyPackages: [forBranch.keyPackage] });
const [intoBranch] = branched.welcomes;
assert(intoBranch !== undefined);
const joining = { welcome: intoBranch, keyPackages: [forBranch] };
await assert.rejects(joinGroup(environment, joining), { code: "psk.missing" });
const bobInBranch = keep(await joinGroup(environment, { ...joining, predecessor: bob }));
assert.deepEqual(epochAuthenticator(bobInBranch), epochAuthenticator(branched.state));

// A re-initialisation: first the old group says what comes, and closes.
const reInit = await createCommit(environment, alice, {
  proposals: [
    { proposalType: "reinit", groupId: bytes("the next group"), version: "mls10", cipherSuite: 3, extensions: [] },
  ],
});
alice = keep(reInit);
alice = keep(acceptCommit(environment, alice, reInit.output.pending));
bob = keep(await processMessage(environment, bob, reInit.output.message));
await assert.rejects(protect(environment, bob, bytes("too late")), { code: "state.reinitialized" });

// Any member may then make the successor; its first epoch is bound to the last one of the old group.
const suite = cipherSuite(MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519, noble);
const next: Environment = { ...environment, suite };
const alicesNext = await createKeyPackage(next, alicesClient);
const made = await reinitialize(next, bob, { ...bobsClient, keyPackages: [alicesNext.keyPackage] });
const [intoNext] = made.welcomes;
assert(intoNext !== undefined);
const aliceInNext = keep(await joinGroup(next, { welcome: intoNext, keyPackages: [alicesNext], predecessor: alice }));
assert.deepEqual(epochAuthenticator(aliceInNext), epochAuthenticator(made.state));

console.log(aliceInNext.epoch.groupContext.cipherSuite); // 3
