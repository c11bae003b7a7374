/** A group of one says hello: whoever runs this on the same backend, in whatever thread, says it in the same octets. */
import { toHex, utf8 } from "../../src/bytes.ts";
import { type Backend, cipherSuite } from "../../src/crypto/cipher-suite.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { createGroup } from "../../src/group/create.ts";
import { protect } from "../../src/group/messages.ts";
import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "../../src/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519.ts";
import { dangerouslyAcceptEveryCredential, seededRandom } from "../../src/testing/index.ts";

export interface Said {
  readonly backend: string;
  readonly ciphertext: string;
}

export async function talk(backend: Backend): Promise<Said> {
  const environment = {
    suite: cipherSuite(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, backend),
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
  return { backend: backend.name, ciphertext: toHex(output) };
}
