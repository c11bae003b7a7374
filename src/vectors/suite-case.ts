/** What the vector families that name a cipher suite have in common. */

import { fromHex } from "../bytes.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { type Signer, signerOf } from "../crypto/signer.ts";
import { Secret } from "../secret.ts";
import { expectBytes, type VectorCase, type VectorEnvironment } from "./family.ts";

/** A case that applies where the backend has all primitives of its suite. */
export function suiteCase(
  name: string,
  id: number,
  check: (suite: CipherSuite, environment: VectorEnvironment) => void | Promise<void>,
): VectorCase {
  return {
    name,
    suite: id,
    async run(environment) {
      const suite = environment.suite(id);
      if (suite === undefined) return { notApplicable: "the backend lacks a primitive of the suite" };
      await check(suite, environment);
      return "passed";
    },
  };
}

export function secretOf(hex: string): Secret {
  return new Secret(fromHex(hex));
}

/** The signer of a vector. */
export async function signerOfVector(suite: CipherSuite, priv: string, pub: string): Promise<Signer> {
  const publicKey = fromHex(pub);
  const signer = await signerOf(suite, privateKeyOctets(suite, priv, publicKey));
  expectBytes("public key of the signer", signer.publicKey, publicKey);
  return signer;
}

/** A signature private key. Some published ECDSA keys lack the leading zero octets that their encoding demands. */
export function privateKeyOctets(suite: CipherSuite, priv: string, publicKey: Uint8Array): Uint8Array {
  const isPoint = suite.signature.name.startsWith("ecdsa");
  const octets = isPoint ? (publicKey.length - 1) / 2 : priv.length / 2;
  return fromHex(priv.padStart(2 * octets, "0"));
}

/** An HPKE private key. Those of the NIST curves lack leading zero octets in the same way. */
export function hpkePrivateKeyOctets(suite: CipherSuite, priv: string): Uint8Array<ArrayBuffer> {
  return fromHex(priv.padStart(2 * suite.kem.Nsk, "0"));
}

/** @throws InvalidError `vectors.mismatch` */
export function expectSecret(what: string, actual: Secret, expected: string): void {
  expectBytes(what, actual.bytes, fromHex(expected));
}
