/** Encodings of ECDSA signatures and keys that libraries disagree on. */
import { p256, p384, p521 } from "@noble/curves/nist.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { concat, fromHex, toHex, utf8 } from "../../src/bytes.ts";
import type { SignatureScheme } from "../../src/crypto/cipher-suite.ts";
import { failure } from "../support/failure.ts";
import { rejection } from "../support/rejection.ts";
import { seededRandom } from "../support/vector-run.ts";

const kinds = [
  { name: "ecdsa_secp256r1_sha256", curve: p256 },
  { name: "ecdsa_secp384r1_sha384", curve: p384 },
  { name: "ecdsa_secp521r1_sha512", curve: p521 },
];
const message = utf8("message");

describe.each(kinds)("§5.1.2 $name", ({ name, curve }) => {
  const { n } = curve.Point.CURVE();
  const { BYTES } = curve.Point.Fn;
  const reference = schemeOf(noble.signatures);
  const schemes = [reference, schemeOf(node.signatures)];

  function schemeOf(all: readonly SignatureScheme[]): SignatureScheme {
    return all.find((each) => each.name === name) ?? expect.unreachable();
  }

  async function verdicts(publicKey: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const [a, b] = await Promise.all(schemes.map((scheme) => scheme.verifyMany([{ publicKey, message, signature }])));
    expect(b).toEqual(a);
    return a?.[0] === true;
  }

  async function signed(seed = 1) {
    const { publicKey, privateKey } = await reference.generateKeyPair(seededRandom(seed));
    const signature = await reference.sign(privateKey, message);
    const { r, s } = curve.Signature.fromBytes(signature, "der");
    return { publicKey, privateKey, signature, r, s };
  }

  it("[5.1.2-03] accepts s and its negation alike", async () => {
    for (const seed of [1, 2, 3, 4]) {
      const { publicKey, r, s } = await signed(seed);
      expect(await verdicts(publicKey, sequence(integer(r), integer(s)))).toBe(true);
      expect(await verdicts(publicKey, sequence(integer(r), integer(n - s)))).toBe(true);
    }
  });

  it("[5.1.2-03] refuses all DER that is not the one encoding", async () => {
    const { publicKey, signature, r, s } = await signed();
    const [R, S] = [integer(r), integer(s)];
    const content = concat(R, S);
    const rOctets = R.subarray(2);
    const wrong: Record<string, Uint8Array> = {
      nothing: new Uint8Array(0),
      "the tag alone": Uint8Array.of(0x30),
      "an empty sequence": Uint8Array.of(0x30, 0),
      "r || s": concat(scalar(r), scalar(s)),
      "another tag": concat(Uint8Array.of(0x31), signature.subarray(1)),
      "an octet behind": concat(signature, Uint8Array.of(0)),
      "an octet inside, behind s": element(0x30, concat(content, Uint8Array.of(0))),
      "a third integer": element(0x30, concat(content, integer(1n))),
      "a third element": element(0x30, concat(content, Uint8Array.of(5, 0))),
      "r alone": element(0x30, R),
      "an indefinite length": concat(Uint8Array.of(0x30, 0x80), content, Uint8Array.of(0, 0)),
      "a length with a leading zero": concat(Uint8Array.of(0x30, 0x82, 0, content.length), content),
      "a length of five octets": concat(Uint8Array.of(0x30, 0x85, 0, 0, 0, 0, content.length), content),
      "a length that says too much": concat(Uint8Array.of(0x30, content.length + 1), content),
      "a length that says too little": concat(Uint8Array.of(0x30, content.length - 1), content),
      "a long form for a short r": element(0x30, concat(Uint8Array.of(2, 0x81, rOctets.length), rOctets, S)),
      "r with a zero in front": element(0x30, concat(element(2, concat(Uint8Array.of(0), rOctets)), S)),
      "s with a zero in front": element(0x30, concat(R, element(2, concat(Uint8Array.of(0), S.subarray(2))))),
      "r as an octet string": element(0x30, concat(element(4, rOctets), S)),
      "r without octets": element(0x30, concat(Uint8Array.of(2, 0), S)),
      "s without octets": element(0x30, concat(R, Uint8Array.of(2, 0))),
      "r negative": element(0x30, concat(element(2, concat(Uint8Array.of(0xff), rOctets)), S)),
      "r twice as long": element(0x30, concat(element(2, concat(new Uint8Array(BYTES), rOctets)), S)),
      "the sequence in a sequence": element(0x30, signature),
    };
    if (content.length < 0x80)
      wrong["a long form for a short length"] = concat(Uint8Array.of(0x30, 0x81, content.length), content);
    for (const [what, der] of Object.entries(wrong)) expect(await verdicts(publicKey, der), what).toBe(false);
  });

  it("[5.1.2-03] refuses an integer whose sign octet was left out", async () => {
    let found = 0;
    for (let seed = 0; found === 0 && seed < 40; seed++) {
      const { publicKey, r, s } = await signed(seed);
      const octets = integer(r).subarray(2);
      if (octets[0] !== 0) continue;
      found++;
      expect(await verdicts(publicKey, element(0x30, concat(element(2, octets.subarray(1)), integer(s))))).toBe(false);
    }
    expect(found).toBe(1);
  });

  it("refuses r and s out of range", async () => {
    const { publicKey, r, s } = await signed();
    const bad = [0n, n, n + 1n, 2n ** BigInt(8 * BYTES) - 1n];
    for (const value of bad) {
      expect(await verdicts(publicKey, sequence(integer(value), integer(s)))).toBe(false);
      expect(await verdicts(publicKey, sequence(integer(r), integer(value)))).toBe(false);
      expect(await verdicts(publicKey, sequence(integer(value), integer(value)))).toBe(false);
    }
    expect(await verdicts(publicKey, sequence(integer(r + n), integer(s)))).toBe(false);
    expect(await verdicts(publicKey, sequence(integer(r), integer(s + n)))).toBe(false);
    expect(await verdicts(publicKey, sequence(integer(1n), integer(1n)))).toBe(false);
  });

  it("[5.1.1-03] refuses keys that are no uncompressed points of the curve", async () => {
    const { publicKey, signature } = await signed();
    const { x, y } = curve.Point.fromBytes(publicKey).toAffine();
    const last = publicKey.length - 1;
    const keys = [
      new Uint8Array(0),
      Uint8Array.of(0),
      curve.Point.fromBytes(publicKey).toBytes(true),
      concat(Uint8Array.of(y % 2n === 0n ? 6 : 7), publicKey.subarray(1)),
      publicKey.subarray(1),
      publicKey.subarray(0, last),
      concat(publicKey, Uint8Array.of(0)),
      publicKey.map((octet, i) => (i === last ? octet ^ 1 : octet)),
      new Uint8Array(publicKey.length),
      concat(Uint8Array.of(4), new Uint8Array(publicKey.length - 1)),
      concat(Uint8Array.of(4), scalar(y), scalar(x)),
    ];
    for (const key of keys) {
      expect(await verdicts(key, signature)).toBe(false);
      for (const scheme of schemes) expect(failure(() => scheme.checkPublicKey(key)).code).toBe("key.signature_public");
    }
  });

  it("refuses private keys that are no scalars of the curve", async () => {
    for (const key of [
      new Uint8Array(0),
      scalar(0n),
      scalar(n),
      scalar(1n).slice(1),
      concat(Uint8Array.of(0), scalar(1n)),
    ]) {
      for (const scheme of schemes) {
        expect((await rejection(() => scheme.publicKeyOf(key))).code).toBe("key.signature_private");
        expect((await rejection(() => scheme.sign(key, message))).code).toBe("key.signature_private");
      }
    }
    for (const scheme of schemes) expect(await scheme.publicKeyOf(scalar(1n))).toEqual(curve.Point.BASE.toBytes(false));
    for (const scheme of schemes) {
      expect(await scheme.publicKeyOf(scalar(n - 1n))).toEqual(curve.Point.BASE.negate().toBytes(false));
    }
  });

  it("has one verdict on octets changed at random", async () => {
    const { publicKey, signature } = await signed();
    await fc.assert(
      fc.asyncProperty(fc.nat(signature.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        expect(
          await verdicts(
            publicKey,
            signature.map((octet, i) => (i === at ? octet ^ mask : octet)),
          ),
        ).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  function scalar(value: bigint): Uint8Array<ArrayBuffer> {
    return fromHex(value.toString(16).padStart(2 * BYTES, "0"));
  }
});

function integer(value: bigint): Uint8Array<ArrayBuffer> {
  const hex = value.toString(16);
  const octets = fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
  return element(0x02, (octets[0] ?? 0) >= 0x80 ? concat(Uint8Array.of(0), octets) : octets);
}

function sequence(r: Uint8Array, s: Uint8Array): Uint8Array<ArrayBuffer> {
  return element(0x30, concat(r, s));
}

function element(tag: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = content;
  const header =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return concat(Uint8Array.from(header), content);
}

/** RFC 6979 appendix A.2.5 to A.2.7: message "sample" with the hash of the suite. */
const RFC_6979 = [
  {
    name: "ecdsa_secp256r1_sha256",
    key: "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
    r: "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
    s: "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
  },
  {
    name: "ecdsa_secp384r1_sha384",
    key: "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5",
    r: "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46",
    s: "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8",
  },
  {
    name: "ecdsa_secp521r1_sha512",
    key: "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538",
    r: "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377fa",
    s: "00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a",
  },
];

describe("RFC 6979 appendix A.2", () => {
  it.each(RFC_6979)("is how noble signs with $name", async ({ name, key, r, s }) => {
    const scheme = noble.signatures.find((each) => each.name === name) ?? expect.unreachable();
    const signature = await scheme.sign(fromHex(key), utf8("sample"));
    expect(toHex(signature)).toBe(toHex(sequence(integer(BigInt(`0x${r}`)), integer(BigInt(`0x${s}`)))));
  });
});
