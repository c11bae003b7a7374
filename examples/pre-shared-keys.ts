/** Pre-shared keys: one from outside, and the resumption secret of an earlier epoch. */
import assert from "node:assert/strict";
import {
  acceptCommit,
  createCommit,
  createGroup,
  type Environment,
  epochAuthenticator,
  epochOf,
  joinGroup,
  processMessage,
} from "copath";
import { bytes, environment, keep, publish, register, text } from "./setup.ts";

// Alice and Bob have agreed on a secret by other means. The store of each finds it by its id.
const secrets = new Map([["our password", bytes("correct horse battery staple")]]);
const informed: Environment = { ...environment, psks: { external: (pskId) => secrets.get(text(pskId)) } };

const bobsBundle = await publish("bob");
let alice = await createGroup(informed, await register("alice"));
const added = await createCommit(informed, alice, {
  proposals: [
    { proposalType: "add", keyPackage: bobsBundle.keyPackage },
    { proposalType: "psk", psk: { psktype: "external", pskId: bytes("our password") } },
  ],
});
alice = keep(added);
alice = keep(acceptCommit(informed, alice, added.output.pending));
const [welcome] = added.output.welcomes;
assert(welcome !== undefined);

// Whoever does not know the secret can do nothing with the Welcome.
const joining = { welcome, keyPackages: [bobsBundle] };
await assert.rejects(joinGroup(environment, joining), { code: "psk.missing" });
let bob = keep(await joinGroup(informed, joining));

// The state itself keeps the resumption secrets of past epochs, three by default.
const pskEpoch = epochOf(alice);
const rotation = await createCommit(informed, alice, { forcePath: true });
alice = keep(rotation);
alice = keep(acceptCommit(informed, alice, rotation.output.pending));
bob = keep(await processMessage(informed, bob, rotation.output.message));

const resumption = await createCommit(informed, bob, {
  proposals: [{ proposalType: "psk", psk: { psktype: "resumption", pskEpoch } }],
});
bob = keep(resumption);
bob = keep(acceptCommit(informed, bob, resumption.output.pending));
alice = keep(await processMessage(informed, alice, resumption.output.message));
assert.deepEqual(epochAuthenticator(alice), epochAuthenticator(bob));

console.log(epochOf(alice)); // 3n
