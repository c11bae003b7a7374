/** §5.1.2: who signs. A signer may hold its key anywhere: in memory, in the platform, in another process. */

import type { Awaitable } from "../hpke/algorithms.ts";
import { Secret } from "../secret.ts";
import type { CipherSuite } from "./cipher-suite.ts";

/** Whoever can sign for a public key. `sign` may be asynchronous. */
export interface Signer {
  /** In the format of the suite's signature scheme. */
  readonly publicKey: Uint8Array;
  /** Signs the octets as they are: labels (§5.1.2) are already in them. */
  sign(message: Uint8Array): Awaitable<Uint8Array>;
}

/** A signer over a private key in memory, which it owns. */
export interface KeySigner extends Signer {
  /** Its owner disposes of it. */
  readonly privateKey: Secret;
}

/**
 * A signer for raw private key octets, which are copied.
 *
 * @throws InvalidError `key.signature_private`
 */
export async function signerOf(suite: CipherSuite, privateKey: Uint8Array): Promise<KeySigner> {
  const secret = Secret.copyOf(privateKey);
  try {
    return keySigner(suite, secret, await suite.signature.publicKeyOf(secret.bytes));
  } catch (error) {
    secret.dispose();
    throw error;
  }
}

/** A signer over a fresh key. */
export async function generateSigner(
  suite: CipherSuite,
  random: (length: number) => Uint8Array<ArrayBuffer>,
): Promise<KeySigner> {
  const { privateKey, publicKey } = await suite.signature.generateKeyPair(random);
  return keySigner(suite, new Secret(privateKey), publicKey);
}

function keySigner(suite: CipherSuite, privateKey: Secret, publicKey: Uint8Array): KeySigner {
  return { publicKey, privateKey, sign: (message) => suite.signature.sign(privateKey.bytes, message) };
}
