/** A signature key in a thread of its own, which makes it, signs with it, and never hands it out. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { MessageChannel, Worker } from "node:worker_threads";
import { createGroup, MlsError, protect } from "copath";
import type { Signer } from "copath/crypto";
import { bytes, environment, keep } from "./setup.ts";

const keeper = new Worker(
  `
  const { generateKeyPairSync, sign } = require("node:crypto");
  const { parentPort } = require("node:worker_threads");
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  let locked = false;
  parentPort.on("message", ({ lock, message, answer }) => {
    if (lock !== undefined) locked = lock;
    else answer.postMessage(locked ? new Error("the key is locked") : sign(undefined, message, privateKey));
  });
  parentPort.postMessage(publicKey.export({ type: "spki", format: "der" }).subarray(-32));
  `,
  { eval: true },
);
const [publicKey] = await once(keeper, "message");

/** `message` is signed as it is: labels and context are in it already. How long to wait is for the signer to say. */
const signer: Signer = {
  publicKey,
  async sign(message) {
    const { port1, port2 } = new MessageChannel();
    try {
      keeper.postMessage({ message, answer: port2 }, [port2]);
      const [answer] = await once(port1, "message", { signal: AbortSignal.timeout(5_000) });
      if (answer instanceof Error) throw answer;
      return answer;
    } finally {
      port1.close();
    }
  },
};

const credential = { credentialType: "basic", identity: bytes("alice") } as const;
const authentication = { authenticate: async () => [{ accepted: true } as const] };
let alice = await createGroup({ ...environment, authentication }, { signer, credential });

// What the signer throws comes out as it is, not as an MlsError, and nothing has changed: the same state sends later.
keeper.postMessage({ lock: true });
const failure: unknown = await protect(environment, alice, bytes("hello")).catch((error: unknown) => error);
assert(failure instanceof Error && !(failure instanceof MlsError));
console.log(failure.message); // the key is locked
keeper.postMessage({ lock: false });
alice = keep(await protect(environment, alice, bytes("hello")));

console.log(alice.self.signer === signer); // true
await keeper.terminate();
