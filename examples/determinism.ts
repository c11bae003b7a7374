/** One seed, one history: what a group does is replayed to the last octet, and a failure can be found again. */
import assert from "node:assert/strict";
import {
  acceptCommit,
  createCommit,
  createGroup,
  createKeyPackage,
  type Environment,
  epochAuthenticator,
  joinGroup,
  protect,
} from "copath";
import { noble } from "copath/backends/noble";
import { cipherSuite, generateSigner } from "copath/crypto";
import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "copath/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519";
import { dangerouslyAcceptEveryCredential, seededRandom } from "copath/testing";
import { bytes, keep } from "./setup.ts";

/** The world of one run: its own randomness, and a clock that stands still. */
const world = (seed: string): Environment => ({
  suite: cipherSuite(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, noble),
  random: seededRandom(seed),
  clock: () => 1_800_000_000n,
  authentication: dangerouslyAcceptEveryCredential,
});

async function history(seed: string) {
  const environment = world(seed);
  const client = async (name: string) => ({
    signer: await generateSigner(environment.suite, environment.random),
    credential: { credentialType: "basic", identity: bytes(name) } as const,
  });
  const bundle = await createKeyPackage(environment, await client("bob"));
  let alice = await createGroup(environment, await client("alice"));
  const add = { proposalType: "add", keyPackage: bundle.keyPackage } as const;
  const commit = await createCommit(environment, alice, { proposals: [add] });
  alice = keep(commit);
  alice = keep(acceptCommit(environment, alice, commit.output.pending));
  const [welcome] = commit.output.welcomes;
  assert(welcome !== undefined);
  const bob = keep(await joinGroup(environment, { welcome, keyPackages: [bundle] }));
  assert.deepEqual(epochAuthenticator(bob), epochAuthenticator(alice));
  const message = await protect(environment, alice, bytes("the same, to the octet"));
  return { commit: commit.output.message, welcome, message: message.output };
}

const first = await history("seed 7");
assert.deepEqual(await history("seed 7"), first);
assert.notDeepEqual(await history("seed 8"), first);

console.log((await history("seed 7")).message.join() === first.message.join()); // true
