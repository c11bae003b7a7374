/** The primitives of a key package and its signature key, with nothing else loaded. */

import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "copath/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519";
import { octetsOf } from "../floor/bare-hpke.ts";
import { bareWebcrypto } from "../floor/bare-webcrypto.ts";

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

export async function run(): Promise<void> {
  const { curve, signature, hash } = await bareWebcrypto(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519);
  const { privateKey } = await signature.keyPair(random(signature.Nsk));
  for (const octets of [256, 400]) {
    await curve.keyPair(random(curve.Nsk));
    await signature.sign(privateKey, octetsOf(octets));
  }
  hash.digest(octetsOf(400));
}
