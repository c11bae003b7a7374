/** The parts of signature schemes that no backend decides: what is refused before a primitive is asked. */
import { describe, expect, it } from "vitest";
import { ecdsaP256, ed25519 } from "../../src/backends/noble/index.ts";
import { utf8 } from "../../src/bytes.ts";
import { ECDSA_P256, ecdsa } from "../../src/crypto/ecdsa.ts";
import { ED25519, eddsa } from "../../src/crypto/eddsa.ts";
import { failure } from "../support/failure.ts";
import { rejection } from "../support/rejection.ts";
import { seededRandom } from "../support/vector-run.ts";

const message = utf8("message");
const broken = () => Promise.reject(new TypeError("of the platform"));
const throwing = () => {
  throw new TypeError("of the platform");
};

async function signed(scheme: typeof ed25519) {
  const { publicKey, privateKey } = await scheme.generateKeyPair(seededRandom(1));
  return { publicKey, message, signature: await scheme.sign(privateKey, message) };
}

describe("§5.1.2 EdDSA over any primitive", () => {
  const asking = (verify: () => boolean | Promise<boolean>) =>
    eddsa(ED25519, { publicKeyOf: (seed) => new Uint8Array(seed), sign: throwing, verify });

  it("says no when the primitive throws or rejects", async () => {
    const request = await signed(ed25519);
    expect(asking(throwing).verifyMany([request])).toEqual([false]);
    expect(await asking(broken).verifyMany([request])).toEqual([false]);
    expect(asking(() => true).verifyMany([request])).toEqual([true]);
  });

  it("waits for verdicts only if one of them is a promise", async () => {
    const request = await signed(ed25519);
    const later = asking(async () => true);
    const verdicts = later.verifyMany([{ ...request, signature: new Uint8Array(0) }, request]);
    expect(verdicts).toBeInstanceOf(Promise);
    expect(await verdicts).toEqual([false, true]);
    expect(later.verifyMany([{ ...request, signature: new Uint8Array(0) }])).toEqual([false]);
  });

  it("[5.1.2-04] [5.1.2-05] asks nothing about what it refuses", async () => {
    const { publicKey, signature } = await signed(ed25519);
    const scheme = asking(() => expect.unreachable());
    const order = signature.slice();
    order.set(ED25519.order, 32);
    const requests = [
      { publicKey: new Uint8Array(32), message, signature },
      { publicKey: new Uint8Array(32).fill(0xff), message, signature },
      { publicKey, message, signature: order },
      { publicKey, message, signature: new Uint8Array(64).fill(0xff) },
    ];
    expect(scheme.verifyMany(requests)).toEqual(requests.map(() => false));
  });

  it("turns failures of the primitive into errors of its own", async () => {
    const scheme = eddsa(ED25519, { publicKeyOf: throwing, sign: broken, verify: () => true });
    const seed = new Uint8Array(32);
    expect(failure(() => scheme.publicKeyOf(seed)).code).toBe("key.signature_private");
    expect((await rejection(() => scheme.sign(seed, message))).code).toBe("key.signature_private");
    expect((await rejection(() => scheme.generateKeyPair(seededRandom(1)))).code).toBe("key.signature_private");
  });
});

describe("§5.1.2 ECDSA over any primitive", () => {
  const asking = (verify: () => boolean | Promise<boolean>) =>
    ecdsa(ECDSA_P256, { publicKeyOf: throwing, sign: () => new Uint8Array(64).fill(1), verify });

  it("says no when the primitive throws or rejects", async () => {
    const request = await signed(ecdsaP256);
    expect(asking(throwing).verifyMany([request])).toEqual([false]);
    expect(await asking(broken).verifyMany([request])).toEqual([false]);
    expect(await asking(async () => true).verifyMany([request])).toEqual([true]);
  });

  it("[5.1.2-03] encodes and decodes every length of r and s", async () => {
    const { publicKey } = await signed(ecdsaP256);
    for (const zeros of [0, 1, 2, 16, 31]) {
      for (const first of [0x01, 0x7f, 0x80, 0xef]) {
        const rs = new Uint8Array(64).fill(0x11);
        rs.fill(0, 0, zeros).set([first], zeros);
        rs.fill(0, 32, 32 + zeros).set([first], 32 + zeros);
        let asked: Uint8Array | undefined;
        const scheme = ecdsa(ECDSA_P256, {
          publicKeyOf: throwing,
          sign: () => rs,
          verify: (request) => {
            asked = request.rs;
            return true;
          },
        });
        const signature = await scheme.sign(new Uint8Array(32).fill(1), message);
        expect(scheme.verifyMany([{ publicKey, message, signature }])).toEqual([true]);
        expect(asked).toEqual(rs);
      }
    }
  });

  it("goes on drawing where a draw is no scalar", async () => {
    let draws = 0;
    const random = (length: number) => new Uint8Array(length).fill(draws++ < 2 ? 0xff : 0x42);
    const { privateKey } = await ecdsaP256.generateKeyPair(random);
    expect(privateKey).toEqual(new Uint8Array(32).fill(0x42));
    expect(draws).toBe(3);
  });
});
