/** A cipher suite that is in no registry, on primitives of several backends, with a signature key that lives elsewhere. */
import assert from "node:assert/strict";
import { acceptCommit, createCommit, createGroup, createKeyPackage, type Environment, joinGroup } from "copath";
import { noble } from "copath/backends/noble";
import { node } from "copath/backends/node";
import {
  type Backend,
  type CipherSuiteDefinition,
  cipherSuite,
  generateSigner,
  type Signer,
  supports,
} from "copath/crypto";
import { type Hash, HKDF_SHA512, hkdf } from "copath/hpke";
import { dangerouslyAcceptEveryCredential } from "copath/testing";
import { bytes, keep } from "./setup.ts";

// The number is out of the range for private use (§17.1); what counts is the rest.
const definition: CipherSuiteDefinition = {
  id: 0xf0f1,
  name: "PRIVATE_128_DHKEMX25519_AES256GCM_SHA512_Ed25519",
  kem: 0x0020,
  kdf: 0x0003,
  aead: 0x0002,
  hash: "SHA-512",
  signature: "ed25519",
};

// A primitive is an object. This one computes in Node, and knows how often it was asked.
const sha512 = node.hashes.find(({ name }) => name === "SHA-512") ?? assert.fail("this Node has no SHA-512");
let digests = 0;
const counted: Hash = {
  ...sha512,
  digest(data) {
    digests++;
    return sha512.digest(data);
  },
};

// The first that matches a definition is taken: own primitives, then what Node has, then JavaScript for the rest.
const backend: Backend = {
  name: "mixed",
  kems: [...node.kems, ...noble.kems],
  kdfs: [hkdf(HKDF_SHA512, counted)],
  aeads: [...node.aeads, ...noble.aeads],
  hashes: [counted],
  signatures: noble.signatures,
};
assert(supports(backend, definition));

const environment: Environment = {
  suite: cipherSuite(definition, backend),
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  clock: () => BigInt(Math.floor(Date.now() / 1000)),
  authentication: dangerouslyAcceptEveryCredential,
};

/** Stands for a key store in another process: `sign` may take its time. */
async function client(name: string) {
  const inside = await generateSigner(environment.suite, environment.random);
  const signer: Signer = {
    publicKey: inside.publicKey,
    sign: async (message) => inside.sign(message),
  };
  return { signer, credential: { credentialType: "basic", identity: bytes(name) } as const };
}

const bundle = await createKeyPackage(environment, await client("bob"));
let alice = await createGroup(environment, await client("alice"));
const commit = await createCommit(environment, alice, {
  proposals: [{ proposalType: "add", keyPackage: bundle.keyPackage }],
});
alice = keep(commit);
alice = keep(acceptCommit(environment, alice, commit.output.pending));
const [welcome] = commit.output.welcomes;
assert(welcome !== undefined);
const bob = keep(await joinGroup(environment, { welcome, keyPackages: [bundle] }));

assert.deepEqual(bob.tree.hash, alice.tree.hash);
assert(digests > 0);
console.log(bob.epoch.groupContext.cipherSuite === definition.id); // true
