/** What the platform backend remembers, and what must not follow from it. */
import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { dhkemP256, dhkemP384, dhkemX25519, ecdsaP256, ed25519, node } from "../../src/backends/node/index.ts";
import { utf8 } from "../../src/bytes.ts";
import type { VerifyRequest } from "../../src/crypto/cipher-suite.ts";
import { seededRandom } from "../support/vector-run.ts";

const message = utf8("message");

describe("the node backend", () => {
  it("answers at once", () => {
    for (const scheme of node.signatures) {
      const pair = scheme.generateKeyPair(seededRandom(1));
      expect(pair).not.toBeInstanceOf(Promise);
      if (pair instanceof Promise) continue;
      expect(scheme.sign(pair.privateKey, message)).toBeInstanceOf(Uint8Array);
      expect(scheme.verifyMany([])).toEqual([]);
    }
  });

  it.each(node.signatures)("judges a public key by what its octets are now, with $name", async (scheme) => {
    const [alice, bob] = await Promise.all([1, 2].map((seed) => scheme.generateKeyPair(seededRandom(seed))));
    if (alice === undefined || bob === undefined) return expect.unreachable();
    const signature = await scheme.sign(alice.privateKey, message);
    const buffer = alice.publicKey.slice();
    const request: VerifyRequest = { publicKey: buffer, message, signature };
    expect(await scheme.verifyMany([request, request, request])).toEqual([true, true, true]);
    buffer.set(bob.publicKey);
    expect(await scheme.verifyMany([request, request])).toEqual([false, false]);
    buffer.set(alice.publicKey);
    expect(await scheme.verifyMany([request])).toEqual([true]);
  });

  it.each(node.signatures)(
    "judges many signatures on its threads as it judges each alone, with $name",
    async (scheme) => {
      const signers = await Promise.all(Array.from({ length: 70 }, (_, i) => scheme.generateKeyPair(seededRandom(i))));
      const requests = await Promise.all(
        signers.map(async ({ publicKey, privateKey }, i): Promise<VerifyRequest> => {
          const signature = (await scheme.sign(privateKey, message)).slice(0, i % 7 === 3 ? 20 : undefined);
          if (i % 5 === 1) signature[9] = (signature[9] ?? 0) ^ 1;
          return { publicKey: i % 11 === 4 ? publicKey.subarray(1) : publicKey, message, signature };
        }),
      );
      const alone = await Promise.all(requests.map(async (request) => (await scheme.verifyMany([request]))[0]));
      expect(alone.filter((valid) => valid === true).length).toBeGreaterThan(30);
      expect(alone.filter((valid) => valid === false).length).toBeGreaterThan(20);
      for (const count of [31, 32, 33, 64, 70]) {
        expect(await scheme.verifyMany(requests.slice(0, count))).toEqual(alone.slice(0, count));
      }
      expect(scheme.verifyMany(requests.slice(0, 31))).not.toBeInstanceOf(Promise);
    },
  );

  it.each(node.signatures)("judges what it was asked, whatever becomes of the arrays, with $name", async (scheme) => {
    const { publicKey, privateKey } = await scheme.generateKeyPair(seededRandom(1));
    const signature = await scheme.sign(privateKey, message);
    const requests = Array.from({ length: 96 }, (_, i): VerifyRequest => {
      const own = i % 2 === 0 ? signature.slice() : signature.slice(1);
      return { publicKey: publicKey.slice(), message: message.slice(), signature: own };
    });
    const verdicts = scheme.verifyMany(requests);
    for (const request of requests) for (const octets of Object.values(request)) octets.fill(0);
    expect(await verdicts).toEqual(requests.map((_, i) => i % 2 === 0));
  });

  it.each(node.kems)("encapsulates to a public key as its octets are now, with $name", async (kem) => {
    const reference = noble.kems.find(({ id }) => id === kem.id) ?? expect.unreachable();
    const pairs = await Promise.all([1, 2].map((octet) => kem.deriveKeyPair(new Uint8Array(32).fill(octet))));
    const buffer = new Uint8Array(kem.Npk);
    for (const { publicKey } of [...pairs, ...pairs]) {
      buffer.set(publicKey);
      expect(await kem.encap(buffer, seededRandom(7))).toEqual(await reference.encap(buffer, seededRandom(7)));
    }
  });

  it("keeps keys of one kind apart from keys of another made of the same octets", async () => {
    const octets = new Uint8Array(32).fill(9);
    expect(await dhkemX25519.publicKeyOf(octets)).not.toEqual(await ed25519.publicKeyOf(octets));
    expect(await ed25519.sign(octets, message)).toHaveLength(64);
    expect(await dhkemX25519.publicKeyOf(octets)).toHaveLength(32);
    expect(await dhkemP256.publicKeyOf(octets)).toEqual(await ecdsaP256.publicKeyOf(octets));
  });

  it("takes views into larger buffers", async () => {
    const { publicKey, privateKey } = await dhkemP384.deriveKeyPair(message);
    const large = new Uint8Array(300).fill(0xaa);
    large.set(publicKey, 7);
    large.set(privateKey, 200);
    const { enc, sharedSecret } = await dhkemP384.encap(large.subarray(7, 7 + publicKey.length), seededRandom(1));
    expect(await dhkemP384.decap(enc, large.subarray(200, 248))).toEqual(sharedSecret);
  });
});
