/**
 * §5.1: SHA-2 of the platform, and HMAC (RFC 2104) made of it: two digests in one shot take two thirds of the time of the
 * platform's HMAC, which is an object. A digest leaves the platform fastest as a text of one character an octet; what an
 * HMAC is may be a secret, which a text would keep, so it leaves as a buffer.
 */

import { createHmac, hash as digest } from "node:crypto";
import type { Bytes, Hash, HashName } from "../../hpke/algorithms.ts";
import { own } from "./octets.ts";

/** Data that is longer gives the time that is won back, since it is copied. */
const LONGEST_COPIED = 2048;

/** FIPS 180-4: SHA-256, by OpenSSL. */
export const sha256: Hash = /* @__PURE__ */ hash({ name: "SHA-256", algorithm: "sha256", length: 32, block: 64 });
/** FIPS 180-4: SHA-384, by OpenSSL. */
export const sha384: Hash = /* @__PURE__ */ hash({ name: "SHA-384", algorithm: "sha384", length: 48, block: 128 });
/** FIPS 180-4: SHA-512, by OpenSSL. */
export const sha512: Hash = /* @__PURE__ */ hash({ name: "SHA-512", algorithm: "sha512", length: 64, block: 128 });

interface Sha2 {
  readonly name: HashName;
  readonly algorithm: string;
  readonly length: number;
  /** Of the compression function: what HMAC fills up with zeros. */
  readonly block: number;
}

function hash({ name, algorithm, length, block }: Sha2): Hash {
  const inner = new Uint8Array(block + LONGEST_COPIED);
  const outer = new Uint8Array(block + length);
  const hmacOfTwoDigests = (key: Uint8Array, data: Uint8Array): Bytes => {
    const end = block + data.length;
    try {
      pad(inner, outer, key, block);
      inner.set(data, block);
      write(digest(algorithm, inner.subarray(0, end), "binary"), outer, block);
      return own(digest(algorithm, outer, "buffer"));
    } finally {
      inner.fill(0, 0, end);
      outer.fill(0);
    }
  };
  return {
    name,
    length,
    digest: (data) => write(digest(algorithm, data, "binary"), new Uint8Array(length), 0),
    hmac: (key, data) =>
      key.length > block || data.length > LONGEST_COPIED
        ? own(createHmac(algorithm, key).update(data).digest())
        : hmacOfTwoDigests(key, data),
  };
}

/** RFC 2104, section 2: the key, filled up to a block, XOR ipad and XOR opad. */
function pad(inner: Uint8Array, outer: Uint8Array, key: Uint8Array, block: number): void {
  for (let i = 0; i < key.length; i++) {
    const octet = key[i] as number;
    inner[i] = octet ^ 0x36;
    outer[i] = octet ^ 0x5c;
  }
  inner.fill(0x36, key.length, block);
  outer.fill(0x5c, key.length, block);
}

function write<T extends Uint8Array>(text: string, into: T, at: number): T {
  for (let i = 0; i < text.length; i++) into[at + i] = text.charCodeAt(i);
  return into;
}
