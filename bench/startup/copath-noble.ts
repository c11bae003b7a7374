/** What an application imports to make its first key package. */

import { createKeyPackage } from "copath";
import { noble } from "copath/backends/noble";
import { cipherSuite, generateSigner } from "copath/crypto";
import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "copath/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519";

export async function run(): Promise<void> {
  const environment = {
    suite: cipherSuite(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, noble),
    random: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
    clock: () => BigInt(Math.floor(Date.now() / 1000)),
    authentication: {
      authenticate: async (requests: readonly unknown[]) => requests.map(() => ({ accepted: true }) as const),
    },
  };
  const signer = await generateSigner(environment.suite, environment.random);
  const credential = { credentialType: "basic", identity: new TextEncoder().encode("someone") } as const;
  await createKeyPackage(environment, { signer, credential });
}
