import { x448 } from "@noble/curves/ed448.js";
import { describe, expect, it, vi } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { hkdfSha256, hkdfSha512 } from "../../src/backends/noble/kdf.ts";
import { dhkemP256, dhkemX448, dhkemX25519 } from "../../src/backends/noble/kem.ts";
import { node } from "../../src/backends/node/index.ts";
import { concat, copy, EMPTY, fromHex, toHex } from "../../src/bytes.ts";
import type { Bytes, Kem, KeyPair } from "../../src/hpke/algorithms.ts";
import { DHKEM_P256, DHKEM_X448, DHKEM_X25519 } from "../../src/hpke/dh-parameters.ts";
import { type DhGroup, dhkem } from "../../src/hpke/dhkem.ts";
import { failure } from "../support/failure.ts";
import { inBrowser } from "../support/platform.ts";
import { rejection } from "../support/rejection.ts";
import { seededRandom } from "../support/vector-run.ts";

const kems = [noble, node].flatMap((backend) =>
  backend.kems.map((kem) => [`${kem.name} of ${backend.name}`, kem] as const),
);

describe.each(kems)("RFC 9180 §4.1 %s", (_, kem) => {
  const random = seededRandom(1);
  const pair = async (seed = 2) => kem.deriveKeyPair(new Uint8Array(32).fill(seed));

  it("arrives at one secret on both sides, of the lengths it states", async () => {
    const { publicKey, privateKey } = await pair();
    const { sharedSecret, enc } = await kem.encap(publicKey, random);
    expect(await kem.decap(enc, privateKey)).toEqual(sharedSecret);
    expect([publicKey.length, privateKey.length, enc.length, sharedSecret.length]).toEqual([
      kem.Npk,
      kem.Nsk,
      kem.Nenc,
      kem.Nsecret,
    ]);
  });

  it("needs no promise where the platform needs none", () => {
    const derived = kem.deriveKeyPair(EMPTY);
    if (derived instanceof Promise) return expect(inBrowser).toBe(true);
    const encapsulation = kem.encap(derived.publicKey, random);
    if (encapsulation instanceof Promise) expect.unreachable();
    else expect(kem.decap(encapsulation.enc, derived.privateKey)).toEqual(encapsulation.sharedSecret);
  });

  it("computes the public key of a private one whose octets it never saw", async () => {
    const { publicKey, privateKey } = await pair();
    expect(await kem.publicKeyOf(copy(privateKey))).toEqual(publicKey);
  });

  it("keeps a public key that the caller changes out of its own memory", async () => {
    const { publicKey, privateKey } = await pair();
    const expected = copy(publicKey);
    publicKey.fill(0);
    (await kem.publicKeyOf(privateKey)).fill(0);
    expect(await kem.publicKeyOf(privateKey)).toEqual(expected);
  });

  it("wipes the octets that the ephemeral key came from", async () => {
    const { publicKey } = await pair();
    const drawn: Bytes[] = [];
    await kem.encap(publicKey, (length) => {
      drawn.push(random(length));
      return drawn[0] as Bytes;
    });
    expect(drawn.map((each) => each.length)).toEqual([kem.Nsk]);
    expect(drawn[0]?.every((octet) => octet === 0)).toBe(true);
  });

  it("[5.1.1-01] refuses public keys of another length", async () => {
    const { publicKey, privateKey } = await pair();
    for (const key of [EMPTY, publicKey.slice(1), concat(publicKey, Uint8Array.of(0))]) {
      expect(failure(() => kem.checkPublicKey(key)).code).toBe("key.hpke_public");
      expect((await rejection(() => kem.encap(key, random))).code).toBe("key.hpke_public");
      expect((await rejection(() => kem.decap(key, privateKey))).code).toBe("hpke.open_failed");
    }
    expect(() => kem.checkPublicKey(publicKey)).not.toThrow();
  });

  it("refuses private keys of another length", async () => {
    const { publicKey: enc, privateKey } = await pair();
    for (const key of [EMPTY, privateKey.slice(1), concat(privateKey, Uint8Array.of(0))]) {
      expect((await rejection(() => kem.publicKeyOf(key))).code).toBe("key.hpke_private");
      expect((await rejection(() => kem.decap(enc, key))).code).toBe("key.hpke_private");
    }
  });
});

/** RFC 7748 and its errata: every point whose order divides the cofactor, in every encoding. */
const lowOrder25519 = DHKEM_X25519.curve.kind === "montgomery" ? DHKEM_X25519.curve.lowOrder : [];
const lowOrder448 = DHKEM_X448.curve.kind === "montgomery" ? DHKEM_X448.curve.lowOrder : [];
const withHighBit = (point: Uint8Array) => point.map((octet, i) => (i === 31 ? octet | 0x80 : octet));

const montgomery = [noble, node].flatMap((backend) => {
  const named = (id: number) => backend.kems.find((kem) => kem.id === id) as Kem;
  return [
    [`X25519 of ${backend.name}`, named(0x20), [...lowOrder25519, ...lowOrder25519.map(withHighBit)]] as const,
    [`X448 of ${backend.name}`, named(0x21), lowOrder448] as const,
  ];
});

describe.each(montgomery)("RFC 9180 §7.1.4 %s", (_, kem, lowOrder) => {
  it("[5.1.1-02] refuses all points of low order, wherever they come from", async () => {
    const { privateKey } = await kem.deriveKeyPair(EMPTY);
    expect(new Set(lowOrder.map(toHex)).size).toBe(kem.Npk === 32 ? 14 : 5);
    for (const point of lowOrder) {
      expect(failure(() => kem.checkPublicKey(point)).code).toBe("key.hpke_public");
      expect((await rejection(() => kem.encap(point, seededRandom(1)))).code).toBe("key.hpke_public");
      expect((await rejection(() => kem.decap(point, privateKey))).code).toBe("hpke.open_failed");
    }
  });

  it("RFC 7748 §5: takes unreduced coordinates and points of the twist for what they are", async () => {
    const { privateKey } = await kem.deriveKeyPair(EMPTY);
    // 2 + p is 2; 2 is on the twist of both curves or on them, and either will do.
    const two = new Uint8Array(kem.Npk);
    two[0] = 2;
    const unreduced =
      kem.Npk === 32 ? fromHex(`ef${"ff".repeat(30)}7f`) : fromHex(`01${"00".repeat(27)}${"ff".repeat(28)}`);
    const secret = async (enc: Uint8Array) => {
      kem.checkPublicKey(enc);
      return kem.decap(enc, privateKey);
    };
    // The secrets differ, for the encoding is part of the context: that both exist is the point.
    expect(await secret(two)).toHaveLength(kem.Nsecret);
    expect(await secret(unreduced)).toHaveLength(kem.Nsecret);
  });
});

describe("RFC 9180 §4.1 over any group", () => {
  const working: DhGroup = { publicKeyOf: (key) => copy(key), dh: () => new Uint8Array(32).fill(1) };
  const key = new Uint8Array(32).fill(9);

  it("[5.1.1-02] refuses an all-zero result that a group lets through", async () => {
    for (const dh of [() => new Uint8Array(32), async () => new Uint8Array(32)]) {
      const kem = dhkem(DHKEM_X25519, hkdfSha256, { ...working, dh });
      expect((await rejection(() => kem.encap(key, seededRandom(1)))).code).toBe("key.hpke_public");
      expect((await rejection(() => kem.decap(key, key))).code).toBe("hpke.open_failed");
    }
  });

  it("leaves no other copy of the point that a NIST curve arrives at", () => {
    const slices = vi.spyOn(Uint8Array.prototype, "slice");
    try {
      const { publicKey } = dhkemP256.deriveKeyPair(key) as KeyPair;
      void dhkemP256.encap(publicKey, seededRandom(1));
      const points = (slices.mock.contexts as Uint8Array[]).filter(({ length }) => length === 33);
      expect(points.length).toBeGreaterThan(0);
      for (const point of points) expect(point.every((octet) => octet === 0)).toBe(true);
    } finally {
      slices.mockRestore();
    }
  });

  it("takes an x-coordinate of zero on a NIST curve", async () => {
    const kem = dhkem(DHKEM_P256, hkdfSha256, { ...working, dh: () => new Uint8Array(32) });
    const { publicKey } = await dhkemP256.deriveKeyPair(key);
    expect((await kem.encap(publicKey, seededRandom(1))).sharedSecret).toHaveLength(32);
  });

  it("turns whatever a group throws into a refusal, and lets go of its secrets", async () => {
    const refusal = new Error("from the platform");
    for (const dh of [
      () => Promise.reject(refusal),
      () => {
        throw refusal;
      },
    ]) {
      const kem = dhkem(DHKEM_X25519, hkdfSha256, { ...working, dh });
      const drawn = new Uint8Array(32).fill(3);
      expect((await rejection(() => kem.encap(key, () => drawn))).code).toBe("key.hpke_public");
      expect(drawn.every((octet) => octet === 0)).toBe(true);
      expect((await rejection(() => kem.decap(key, key))).code).toBe("hpke.open_failed");
    }
    const kem = dhkem(DHKEM_X25519, hkdfSha256, {
      ...working,
      publicKeyOf: () => {
        throw refusal;
      },
    });
    expect((await rejection(() => kem.publicKeyOf(key))).code).toBe("key.hpke_private");
  });

  it("arrives at the same with a group that answers later", async () => {
    const later: DhGroup = {
      publicKeyOf: async (privateKey) => dhkemX448.publicKeyOf(privateKey),
      dh: async (privateKey, publicKey) => x448.getSharedSecret(privateKey, publicKey),
    };
    const kem = dhkem(DHKEM_X448, hkdfSha512, later);
    const pair = await kem.deriveKeyPair(key);
    expect(pair).toEqual(dhkemX448.deriveKeyPair(key));
    const { enc, sharedSecret } = await kem.encap(pair.publicKey, seededRandom(4));
    expect({ enc, sharedSecret }).toEqual(dhkemX448.encap(pair.publicKey, seededRandom(4)));
    expect(await kem.decap(enc, pair.privateKey)).toEqual(sharedSecret);
  });

  it("takes what a group does at once for an ephemeral key, refuses the same, and wipes the key", async () => {
    const enc = new Uint8Array(32).fill(5);
    const secret = () => new Uint8Array(32).fill(1);
    const kemOf = (once: NonNullable<DhGroup["once"]>) => dhkem(DHKEM_X25519, hkdfSha256, { ...working, once });
    const composed = dhkem(DHKEM_X25519, hkdfSha256, { ...working, publicKeyOf: () => enc });
    const expected = await composed.encap(key, seededRandom(1));
    const given: Uint8Array[] = [];
    for (const once of [() => ({ enc, secret: secret() }), async () => ({ enc, secret: secret() })]) {
      const kem = kemOf((privateKey) => {
        given.push(privateKey);
        expect(privateKey.some((octet) => octet !== 0)).toBe(true);
        return once();
      });
      expect(await kem.encap(key, seededRandom(1))).toEqual(expected);
    }
    expect(given).toHaveLength(2);
    for (const privateKey of given) expect(privateKey.every((octet) => octet === 0)).toBe(true);
    for (const once of [
      () => ({ enc, secret: new Uint8Array(32) }),
      async () => ({ enc, secret: new Uint8Array(32) }),
      () => Promise.reject(new Error("from the platform")),
    ]) {
      expect((await rejection(() => kemOf(once).encap(key, seededRandom(1)))).code).toBe("key.hpke_public");
    }
  });

  it("draws nothing for a key that it refuses", () => {
    const refuse = () => failure(() => dhkemX25519.encap(new Uint8Array(32), () => expect.unreachable()));
    expect(refuse().code).toBe("key.hpke_public");
  });
});
