/**
 * Platform keys of raw ones. Private keys are kept no longer than the octets that they were made of; importing a public
 * key costs next to nothing, so those are not kept.
 */

import { concat, copy, fromHex, wipe } from "../../bytes.ts";
import type { Bytes } from "../../hpke/algorithms.ts";
import type { NistCurve } from "../../hpke/nist-curves.ts";
import { base64url, ofBase64url, plain, subtle } from "./platform.ts";

/** Keys of one algorithm. Lengths, scalars and points are checked before they come here. */
export interface PlatformKeys {
  privateKey(raw: Uint8Array): Promise<CryptoKey>;
  publicKey(raw: Uint8Array): Promise<CryptoKey>;
  publicKeyOf(privateKey: Uint8Array): Promise<Bytes>;
}

/** What keys are for, in the platform's words. */
export interface KeyUse {
  readonly algorithm: string | EcKeyImportParams;
  readonly privateKey: "deriveBits" | "sign";
  readonly publicKey: readonly "verify"[];
}

interface EcArithmetic {
  getPublicKey(privateKey: Uint8Array, compressed: boolean): Bytes;
}

export const agreementBy = (algorithm: KeyUse["algorithm"]): KeyUse => ({
  algorithm,
  privateKey: "deriveBits",
  publicKey: [],
});

export const signingBy = (algorithm: KeyUse["algorithm"]): KeyUse => ({
  algorithm,
  privateKey: "sign",
  publicKey: ["verify"],
});

/** Keys on a NIST curve. JavaScript computes the public ones faster than a platform, except on P-256. */
export function ecKeys(curve: NistCurve, use: KeyUse, arithmetic: EcArithmetic): PlatformKeys {
  if (curve.name === "P-256") return derivedKeys(use, P256_PREFIX);
  return completedKeys(use, curve, (privateKey) => arithmetic.getPublicKey(privateKey, false));
}

const P256_PREFIX = "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420";

/**
 * Keys whose public half the platform computes as it imports the private one, and tells by exporting. `prefix` is what
 * PKCS #8 puts before the raw key: of RFC 8410, or of RFC 5915 without a public key.
 */
export function derivedKeys(use: KeyUse, prefix: string): PlatformKeys {
  const header = fromHex(prefix);
  const privateKey = remembering(async (raw) => {
    const pkcs8 = concat(header, raw);
    try {
      return await subtle().importKey("pkcs8", pkcs8, use.algorithm, true, [use.privateKey]);
    } finally {
      wipe(pkcs8);
    }
  });
  return {
    privateKey,
    publicKey: publicKeys(use),
    async publicKeyOf(raw) {
      const { x, y } = await subtle().exportKey("jwk", await privateKey(raw));
      return y === undefined ? ofBase64url(x) : concat(Uint8Array.of(0x04), ofBase64url(x), ofBase64url(y));
    },
  };
}

function completedKeys(
  use: KeyUse,
  { name, length }: NistCurve,
  compute: (privateKey: Uint8Array) => Bytes,
): PlatformKeys {
  const publicKeyOf = remembering(async (raw) => compute(raw));
  return {
    publicKey: publicKeys(use),
    publicKeyOf: async (raw) => copy(await publicKeyOf(raw)),
    privateKey: remembering(async (raw) => {
      const point = await publicKeyOf(raw);
      const [x, y] = [base64url(point.subarray(1, 1 + length)), base64url(point.subarray(1 + length))];
      const key = { kty: "EC", crv: name, d: base64url(raw), x, y };
      return subtle().importKey("jwk", key, use.algorithm, false, [use.privateKey]);
    }),
  };
}

function publicKeys({ algorithm, publicKey }: KeyUse): PlatformKeys["publicKey"] {
  return async (raw) => subtle().importKey("raw", plain(raw), algorithm, false, publicKey);
}

/** One value for each private key. What failed is tried again. */
function remembering<T>(make: (raw: Uint8Array) => Promise<T>): (raw: Uint8Array) => Promise<T> {
  const made = new WeakMap<Uint8Array, Promise<T>>();
  return (raw) => {
    const before = made.get(raw);
    if (before !== undefined) return before;
    const value = make(raw).catch((cause) => {
      made.delete(raw);
      throw cause;
    });
    made.set(raw, value);
    return value;
  };
}
