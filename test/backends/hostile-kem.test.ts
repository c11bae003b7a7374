/** Public keys that Diffie-Hellman libraries disagree on: one verdict, and where it is yes, one secret. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { concat, copy, fromHex, toHex } from "../../src/bytes.ts";
import type { Kem } from "../../src/hpke/algorithms.ts";
import { P256, P384, P521 } from "../../src/hpke/nist-curves.ts";
import { rejection } from "../support/rejection.ts";
import { seededRandom } from "../support/vector-run.ts";

const ikm = new Uint8Array(32).fill(1);
const kemsOf = (id: number) =>
  [noble, node].map(({ kems }) => kems.find((kem) => kem.id === id) ?? expect.unreachable());

/** What each backend makes of a public key, as sender and as receiver. */
async function outcomes(kems: readonly Kem[], publicKey: Uint8Array): Promise<string> {
  const all = await Promise.all(kems.map((kem) => outcomesOf(kem, publicKey)));
  for (const each of all) expect(each).toEqual(all[0]);
  return all[0]?.check ?? expect.unreachable();
}

async function outcomesOf(kem: Kem, publicKey: Uint8Array) {
  const { privateKey } = await kem.deriveKeyPair(ikm);
  const codeOr = async (run: () => unknown): Promise<string> => {
    let value: unknown;
    const error = await rejection(async () => {
      value = await run();
      throw new Error("accepted");
    }).catch(() => undefined);
    return error?.code ?? (value instanceof Uint8Array ? toHex(value) : "accepted");
  };
  return {
    check: await codeOr(() => kem.checkPublicKey(publicKey)),
    encap: await codeOr(async () => (await kem.encap(publicKey, seededRandom(1))).sharedSecret),
    decap: await codeOr(() => kem.decap(publicKey, privateKey)),
  };
}

describe.each([
  { id: 0x20, name: "X25519", length: 32 },
  { id: 0x21, name: "X448", length: 56 },
])("RFC 7748 $name", ({ id, length }) => {
  const kems = kemsOf(id);

  it("[5.1.1-01] takes every string of its length: points of curve and twist, unused bits, unreduced", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: length, maxLength: length }), async (key) => {
        expect(await outcomes(kems, key)).toBe("accepted");
      }),
      { numRuns: 20, examples: [[new Uint8Array(length).fill(0xff)], [new Uint8Array(length).fill(0xfe)]] },
    );
  });

  it("[5.1.1-01] [5.1.1-02] judges all small and all unreduced coordinates alike", async () => {
    const p = id === 0x20 ? 2n ** 255n - 19n : 2n ** 448n - 2n ** 224n - 1n;
    const coordinates = Array.from({ length: 8 }, (_, i) => [BigInt(i), p - 1n - BigInt(i), p + BigInt(i)]).flat();
    for (const u of coordinates) {
      const key = fromHex(u.toString(16).padStart(2 * length, "0")).reverse();
      const lowOrder = u % p <= 1n || u % p === p - 1n;
      expect(await outcomes(kems, key), String(u - p)).toBe(lowOrder ? "key.hpke_public" : "accepted");
      const unused = copy(key);
      unused[length - 1] = (unused[length - 1] ?? 0) ^ 0x80;
      if (id === 0x20) expect(await outcomes(kems, unused)).toBe(lowOrder ? "key.hpke_public" : "accepted");
    }
  });
});

describe.each([
  { id: 0x10, curve: P256 },
  { id: 0x11, curve: P384 },
  { id: 0x12, curve: P521 },
])("SEC 1 $curve.name", ({ id, curve }) => {
  const kems = kemsOf(id);
  const { length } = curve;

  it("[5.1.1-01] refuses what is no uncompressed point of the curve", async () => {
    const [kem] = kems;
    const { publicKey } = (await kem?.deriveKeyPair(ikm)) ?? expect.unreachable();
    const [x, y] = [publicKey.subarray(1, 1 + length), publicKey.subarray(1 + length)];
    const field = (value: bigint) => fromHex(value.toString(16).padStart(2 * length, "0"));
    const keys = [
      new Uint8Array(0),
      Uint8Array.of(0),
      concat(Uint8Array.of((y[length - 1] ?? 0) % 2 === 0 ? 2 : 3), x),
      concat(Uint8Array.of((y[length - 1] ?? 0) % 2 === 0 ? 6 : 7), x, y),
      concat(Uint8Array.of(4), y, x),
      concat(Uint8Array.of(4), x, x),
      concat(Uint8Array.of(4), new Uint8Array(2 * length)),
      concat(Uint8Array.of(4), field(curve.p), y),
      concat(Uint8Array.of(4), x, field(curve.p)),
      publicKey.subarray(1),
      concat(publicKey, Uint8Array.of(0)),
    ];
    for (const key of keys) expect(await outcomes(kems, key)).toBe("key.hpke_public");
    expect(await outcomes(kems, publicKey)).toBe("accepted");
  });

  it("takes the point whose x-coordinate is zero", async () => {
    // x = 0: y is a root of b, which exists on all three curves.
    const { p256, p384, p521 } = await import("@noble/curves/nist.js");
    const noblePoint = { "P-256": p256, "P-384": p384, "P-521": p521 }[curve.name].Point;
    const y = noblePoint.Fp.sqrt(curve.b);
    const key = noblePoint.fromAffine({ x: 0n, y }).toBytes(false);
    expect(await outcomes(kems, key)).toBe("accepted");
  });

  it("refuses private keys out of range", async () => {
    const order = BigInt(`0x${toHex(curve.order)}`);
    const scalar = (value: bigint) => fromHex(value.toString(16).padStart(2 * length, "0"));
    const [enc] = await Promise.all(kems.map(async (kem) => (await kem.deriveKeyPair(ikm)).publicKey));
    for (const key of [scalar(0n), scalar(order), scalar(order + 1n), scalar(1n).slice(1)]) {
      for (const kem of kems) {
        expect((await rejection(() => kem.publicKeyOf(key))).code).toBe("key.hpke_private");
        expect((await rejection(() => kem.decap(enc ?? key, key))).code).toBe("key.hpke_private");
      }
    }
    for (const key of [scalar(1n), scalar(order - 1n)]) {
      const secrets = await Promise.all(kems.map((kem) => kem.decap(enc ?? key, copy(key))));
      expect(secrets[1]).toEqual(secrets[0]);
    }
  });
});
