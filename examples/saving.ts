/** A state becomes octets and a state again, and goes on where it was. */
import assert from "node:assert/strict";
import {
  acceptCommit,
  applyChange,
  createCommit,
  createGroup,
  decodeState,
  encodeChange,
  encodeState,
  importKeyPackage,
  joinGroup,
  KeyPackage,
  processMessage,
  protect,
} from "copath";
import { decode, encode } from "copath/codec";
import { bytes, environment, keep, publish, register, text } from "./setup.ts";

const alicesClient = await register("alice");
const bobsBundle = await publish("bob");
let alice = await createGroup(environment, alicesClient);
const added = await createCommit(environment, alice, {
  proposals: [{ proposalType: "add", keyPackage: bobsBundle.keyPackage }],
});
alice = keep(added);
alice = keep(acceptCommit(environment, alice, added.output.pending));
const [welcome] = added.output.welcomes;
assert(welcome !== undefined);

// Bob had stored his bundle as octets: the key package, and its two private keys. The signer lives elsewhere.
const storedPackage = encode(KeyPackage, bobsBundle.keyPackage);
const initPrivateKey = Uint8Array.from(bobsBundle.initPrivateKey.bytes);
const encryptionPrivateKey = Uint8Array.from(bobsBundle.encryptionPrivateKey.bytes);
const keys = { initPrivateKey, encryptionPrivateKey, signer: bobsBundle.signer };
const bundle = await importKeyPackage(environment, decode(KeyPackage, storedPackage), keys);
const bob = keep(await joinGroup(environment, { welcome, keyPackages: [bundle] }));

const first = await protect(environment, alice, bytes("before the restart"));
// Stored before the message leaves: restored from here, no key is used twice.
const stored = encodeState(environment, first.state);

// Signature keys are not in it, unless asked for: they may live elsewhere, and serve other groups.
await assert.rejects(decodeState(environment, stored), { code: "snapshot.signer_missing" });
alice = await decodeState(environment, stored, { signers: [alicesClient.signer] });
const second = await protect(environment, alice, bytes("after the restart"));

const heard = keep(await processMessage(environment, bob, first.output));
const received = await processMessage(environment, heard, second.output);
assert(received.output.contentType === "application");
console.log(text(received.output.applicationData)); // after the restart

// What an operation changed is stored alone, behind the snapshot: a few hundred octets, whatever the size of the group.
const change = encodeChange(environment, alice, second.state);
assert(change.length < 1024);
const restored = await decodeState(environment, stored, { signers: [alicesClient.signer] });
alice = keep(await applyChange(environment, restored, change));
const third = await protect(environment, alice, bytes("after one more"));
const again = await processMessage(environment, received.state, third.output);
assert(again.output.contentType === "application");
console.log(text(again.output.applicationData)); // after one more
await assert.rejects(applyChange(environment, alice, change), { code: "snapshot.wrong_base" });

// What is damaged is not restored.
const damaged = Uint8Array.from(stored);
damaged[100] = (damaged[100] ?? 0) ^ 1;
await assert.rejects(decodeState(environment, damaged), { code: "snapshot.damaged" });
