/** A group of one in a worker of any kind: answers each message with the name of the backend and a ciphertext. */
import { auto } from "../../src/backends/auto/index.ts";
import { toHex, utf8 } from "../../src/bytes.ts";
import { cipherSuite } from "../../src/crypto/cipher-suite.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { createGroup } from "../../src/group/create.ts";
import { protect } from "../../src/group/messages.ts";
import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "../../src/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519.ts";
import { dangerouslyAcceptEveryCredential, seededRandom } from "../../src/testing/index.ts";

export interface WorkerAnswer {
  readonly scope: string;
  readonly backend: string;
  readonly ciphertext: string;
}

export async function talk(): Promise<WorkerAnswer> {
  const environment = {
    suite: cipherSuite(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, auto),
    random: seededRandom("worker"),
    clock: () => 1_800_000_000n,
    authentication: dangerouslyAcceptEveryCredential,
  };
  const signer = await generateSigner(environment.suite, environment.random);
  const state = await createGroup(environment, {
    signer,
    credential: { credentialType: "basic", identity: utf8("worker") },
  });
  const { output } = await protect(environment, state, utf8("hello"));
  return { scope: globalThis.constructor.name, backend: auto.name, ciphertext: toHex(output) };
}

globalThis.addEventListener("message", async (event) => {
  const [port] = (event as MessageEvent).ports;
  try {
    port?.postMessage(await talk());
  } catch (error) {
    port?.postMessage({ scope: String(error), backend: "", ciphertext: "" } satisfies WorkerAnswer);
  }
});
