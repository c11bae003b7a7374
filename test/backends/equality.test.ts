/** One result on every backend, byte for byte, wherever the primitive is deterministic; accepted by each other elsewhere. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { toHex } from "../../src/bytes.ts";
import { seededRandom } from "../support/vector-run.ts";

const octets = (maxLength: number, minLength = 0) => fc.uint8Array({ minLength, maxLength });
const pairs = <T extends { readonly name: string }>(ours: readonly T[], theirs: readonly T[]) =>
  ours.map((each) => {
    const other = theirs.find(({ name }) => name === each.name);
    if (other === undefined) throw new Error(`node has no ${each.name}`);
    return [each.name, each, other] as const;
  });

describe("digests", () => {
  it("are of their first argument alone, so that they can be mapped", () => {
    const data = [new Uint8Array([1]), new Uint8Array([2])];
    for (const { hashes } of [noble, node]) {
      for (const { digest } of hashes) expect(data.map(digest)).toEqual(data.map((each) => digest(each)));
    }
  });
});

describe("§5.1 noble and node", () => {
  it("have the same primitives", () => {
    const namesOf = (backend: typeof noble) =>
      (["kems", "kdfs", "aeads", "hashes", "signatures"] as const).map((list) =>
        backend[list].map(({ name }) => name).sort(),
      );
    expect(namesOf(node)).toEqual(namesOf(noble));
  });

  it("have the same lengths and numbers", () => {
    for (const [, a, b] of pairs(noble.kems, node.kems)) {
      expect([a.id, a.Nsecret, a.Nenc, a.Npk, a.Nsk]).toEqual([b.id, b.Nsecret, b.Nenc, b.Npk, b.Nsk]);
    }
    for (const [, a, b] of pairs(noble.kdfs, node.kdfs)) expect([a.id, a.Nh]).toEqual([b.id, b.Nh]);
    for (const [, a, b] of pairs(noble.aeads, node.aeads))
      expect([a.id, a.Nk, a.Nn, a.Nt]).toEqual([b.id, b.Nk, b.Nn, b.Nt]);
    for (const [, a, b] of pairs(noble.hashes, node.hashes)) expect(a.length).toBe(b.length);
  });

  it.each(pairs(noble.hashes, node.hashes))("hash and authenticate alike with %s", (_, a, b) => {
    fc.assert(
      fc.property(octets(300), octets(300), (key, data) => {
        expect(toHex(a.digest(data))).toBe(toHex(b.digest(data)));
        expect(toHex(a.hmac(key, data))).toBe(toHex(b.hmac(key, data)));
        expect(a.digest(data)).toHaveLength(a.length);
      }),
    );
  });

  it.each(pairs(noble.hashes, node.hashes))("authenticate alike with %s, whatever the lengths", (_, a, b) => {
    const octetsOf = (length: number, seed: string) => seededRandom(seed)(length);
    for (const keyLength of [0, 1, 32, 63, 64, 65, 127, 128, 129, 300]) {
      const key = octetsOf(keyLength, "key");
      for (const length of [0, 1, 64, 500, 2047, 2048, 2049, 70_000]) {
        const data = octetsOf(length, "data");
        const macs = [b.hmac(key, data), b.hmac(key, data), a.hmac(key, data)].map(toHex);
        expect(new Set(macs).size, `${keyLength} ${length}`).toBe(1);
      }
    }
  });

  it.each(pairs(noble.hashes, node.hashes))("return octets of the caller's own from %s", (_, a, b) => {
    for (const { digest, hmac } of [a, b]) {
      for (const out of [digest(new Uint8Array(0)), hmac(new Uint8Array(0), new Uint8Array(0))]) {
        expect(out.constructor).toBe(Uint8Array);
        expect(out.buffer.byteLength).toBe(out.length);
      }
    }
  });

  it.each(pairs(noble.kdfs, node.kdfs))("derive alike with %s", (_, a, b) => {
    fc.assert(
      fc.property(octets(100), octets(100), octets(100), fc.nat(300), (salt, ikm, info, length) => {
        const prk = a.extract(salt, ikm);
        expect(toHex(prk)).toBe(toHex(b.extract(salt, ikm)));
        expect(toHex(a.expand(prk, info, length))).toBe(toHex(b.expand(prk, info, length)));
        expect(toHex(a.expand(ikm, info, length))).toBe(toHex(b.expand(ikm, info, length)));
      }),
    );
  });

  it.each(pairs(noble.aeads, node.aeads))("seal alike with %s", (_, a, b) => {
    fc.assert(
      fc.property(octets(a.Nk, a.Nk), octets(a.Nn, a.Nn), octets(100), octets(2000), (key, nonce, aad, plaintext) => {
        const ciphertext = a.seal(key, nonce, aad, plaintext);
        expect(toHex(ciphertext)).toBe(toHex(b.seal(key, nonce, aad, plaintext)));
        expect(toHex(b.open(key, nonce, aad, ciphertext))).toBe(toHex(plaintext));
      }),
    );
  });

  it.each(pairs(noble.kems, node.kems))("encapsulate alike with %s", async (_, a, b) => {
    await fc.assert(
      fc.asyncProperty(octets(80), fc.nat(), async (ikm, seed) => {
        const pair = await a.deriveKeyPair(ikm);
        expect(await b.deriveKeyPair(ikm)).toEqual(pair);
        expect(await b.publicKeyOf(pair.privateKey)).toEqual(pair.publicKey);
        const encapsulation = await a.encap(pair.publicKey, seededRandom(seed));
        expect(await b.encap(pair.publicKey, seededRandom(seed))).toEqual(encapsulation);
        expect(await b.decap(encapsulation.enc, pair.privateKey)).toEqual(encapsulation.sharedSecret);
        expect(await a.decap(encapsulation.enc, pair.privateKey)).toEqual(encapsulation.sharedSecret);
      }),
      { numRuns: 15 },
    );
  });

  it.each(pairs(noble.signatures, node.signatures))("sign and accept each other's with %s", async (name, a, b) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), octets(300), async (seed, message) => {
        const pair = await a.generateKeyPair(seededRandom(seed));
        expect(await b.generateKeyPair(seededRandom(seed))).toEqual(pair);
        expect(await b.publicKeyOf(pair.privateKey)).toEqual(await a.publicKeyOf(pair.privateKey));
        const { publicKey, privateKey } = pair;
        const signatures = [await a.sign(privateKey, message), await b.sign(privateKey, message)];
        if (name.startsWith("ed")) expect(signatures[1]).toEqual(signatures[0]);
        expect(await a.sign(privateKey, message)).toEqual(signatures[0]);
        const requests = signatures.map((signature) => ({ publicKey, message, signature }));
        for (const scheme of [a, b]) {
          expect(await scheme.verifyMany(requests)).toEqual([true, true]);
          scheme.checkPublicKey(publicKey);
        }
      }),
      { numRuns: 20 },
    );
  });
});
