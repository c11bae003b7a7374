import {
  DhkemP256HkdfSha256,
  DhkemP384HkdfSha384,
  DhkemP521HkdfSha512,
  DhkemX448HkdfSha512,
  DhkemX25519HkdfSha256,
  type KemInterface,
} from "@hpke/core";
import { describe, expect, it } from "vitest";
import { kemFromHpkeCore } from "../../src/backends/hpke-core/index.ts";
import { noble } from "../../src/backends/noble/index.ts";
import { concat, copy, utf8 } from "../../src/bytes.ts";
import { type Backend, cipherSuite } from "../../src/crypto/cipher-suite.ts";
import type { Bytes } from "../../src/hpke/algorithms.ts";
import { open, seal } from "../../src/hpke/single-shot.ts";
import { REGISTERED_SUITES } from "../../src/suites/registry.ts";
import { failure } from "../support/failure.ts";
import { platformHasX448 } from "../support/platform.ts";
import { rejection } from "../support/rejection.ts";
import { seededRandom } from "../support/vector-run.ts";

const kems = [
  new DhkemP256HkdfSha256(),
  new DhkemP384HkdfSha384(),
  new DhkemP521HkdfSha512(),
  new DhkemX25519HkdfSha256(),
  ...(platformHasX448 ? [new DhkemX448HkdfSha512()] : []),
].map((kem) => {
  const adapted = kemFromHpkeCore(kem);
  return [adapted.name, adapted, noble.kems.find(({ id }) => id === kem.id) ?? expect.unreachable()] as const;
});

const ikm = utf8("input keying material");

describe.each(kems)("%s of @hpke/core", (_, kem, reference) => {
  it("is the KEM of that name, byte for byte", async () => {
    const names = ["id", "name", "Nsecret", "Nenc", "Npk", "Nsk"] as const;
    expect(names.map((each) => kem[each])).toEqual(names.map((each) => reference[each]));
    const pair = await kem.deriveKeyPair(ikm);
    expect(pair).toEqual(await reference.deriveKeyPair(ikm));
    expect(await kem.publicKeyOf(pair.privateKey)).toEqual(pair.publicKey);
    expect(await kem.publicKeyOf(copy(pair.privateKey))).toEqual(pair.publicKey);
    const encapsulation = await kem.encap(pair.publicKey, seededRandom(1));
    expect(encapsulation).toEqual(await reference.encap(pair.publicKey, seededRandom(1)));
    expect(await kem.decap(encapsulation.enc, pair.privateKey)).toEqual(encapsulation.sharedSecret);
    expect(await kem.decap(encapsulation.enc, copy(pair.privateKey))).toEqual(encapsulation.sharedSecret);
  });

  it("[5.1.1-01] [5.1.1-02] refuses the same keys", async () => {
    const { publicKey, privateKey } = await kem.deriveKeyPair(ikm);
    const zeros = new Uint8Array(kem.Npk);
    for (const key of [zeros, publicKey.slice(1), concat(publicKey, zeros), new Uint8Array(0)]) {
      expect(failure(() => kem.checkPublicKey(key)).code).toBe("key.hpke_public");
      expect((await rejection(() => kem.encap(key, seededRandom(1)))).code).toBe("key.hpke_public");
      expect((await rejection(() => kem.decap(key, privateKey))).code).toBe("hpke.open_failed");
    }
    for (const key of [new Uint8Array(0), privateKey.slice(1)]) {
      expect((await rejection(() => kem.publicKeyOf(key))).code).toBe("key.hpke_private");
      expect((await rejection(() => kem.decap(publicKey, key))).code).toBe("key.hpke_private");
    }
  });

  it("wipes what it drew", async () => {
    const { publicKey } = await kem.deriveKeyPair(ikm);
    const drawn: Bytes[] = [];
    await kem.encap(publicKey, (length) => {
      const octets = new Uint8Array(length).fill(1);
      drawn.push(octets);
      return octets;
    });
    expect(drawn.map((octets) => octets.every((octet) => octet === 0))).toEqual([true]);
  });

  it("serves in a suite", async () => {
    const backend: Backend = { ...noble, name: "mixed", kems: [kem] };
    const definition = REGISTERED_SUITES.find((each) => each.kem === kem.id) ?? expect.unreachable();
    const [suite, other] = [cipherSuite(definition, backend), cipherSuite(definition, noble)];
    const { publicKey, privateKey } = await kem.deriveKeyPair(ikm);
    const [info, plaintext] = [utf8("info"), utf8("plaintext")];
    const sealed = await seal(suite, publicKey, { info, plaintext, random: seededRandom(2) });
    expect(await open(other, privateKey, { info, ...sealed })).toEqual(plaintext);
    const back = await seal(other, publicKey, { info, plaintext, random: seededRandom(2) });
    expect(back).toEqual(sealed);
    expect(await open(suite, privateKey, { info, ...back })).toEqual(plaintext);
  });
});

/** A KEM of the family whose number and keys RFC 9180 does not know: here X25519 in disguise. */
function foreign(overrides: Partial<KemInterface> = {}): KemInterface {
  const kem = new DhkemX25519HkdfSha256();
  return {
    id: 0x7f00 as KemInterface["id"],
    ...{ secretSize: 32, encSize: 32, publicKeySize: 32, privateKeySize: 32 },
    serializePublicKey: (key) => kem.serializePublicKey(key),
    deserializePublicKey: (key) => kem.deserializePublicKey(key),
    serializePrivateKey: (key) => kem.serializePrivateKey(key),
    deserializePrivateKey: (key) => kem.deserializePrivateKey(key),
    importKey: (format, key, isPublic) => kem.importKey(format, key, isPublic),
    generateKeyPair: () => kem.generateKeyPair(),
    deriveKeyPair: (octets) => kem.deriveKeyPair(octets),
    encap: (parameters) => kem.encap(parameters),
    decap: (parameters) => kem.decap(parameters),
    ...overrides,
  };
}

describe("a KEM of the family that RFC 9180 does not know", () => {
  it("keeps its number, or takes the one given", () => {
    expect(kemFromHpkeCore(foreign()).id).toBe(0x7f00);
    expect(kemFromHpkeCore(foreign()).name).toBe(`KEM ${0x7f00}`);
    const { id, name } = kemFromHpkeCore(foreign(), { id: 0x0050, name: "MLKEM768-P256" });
    expect([id, name]).toEqual([0x0050, "MLKEM768-P256"]);
  });

  it("uses randomness of its own unless told how much to be given", async () => {
    const own = kemFromHpkeCore(foreign());
    const { publicKey, privateKey } = await own.deriveKeyPair(ikm);
    const { enc, sharedSecret } = await own.encap(publicKey, () => expect.unreachable());
    expect(await own.decap(enc, privateKey)).toEqual(sharedSecret);
    const given = kemFromHpkeCore(foreign(), { ekmLength: 48 });
    const lengths: number[] = [];
    const random = (length: number) => {
      lengths.push(length);
      return new Uint8Array(length).fill(5);
    };
    expect(await given.encap(publicKey, random)).toEqual(await given.encap(publicKey, random));
    expect(lengths).toEqual([48, 48]);
  });

  it("tells the public key of a foreign private key only with help", async () => {
    const key = new Uint8Array(32).fill(3);
    const alone = kemFromHpkeCore(foreign());
    expect((await rejection(() => alone.publicKeyOf(key))).code).toBe("option.invalid");
    const helped = kemFromHpkeCore(foreign(), { publicKeyOf: (privateKey) => copy(privateKey).reverse() });
    expect(await helped.publicKeyOf(key)).toEqual(key);
  });

  it("checks what it can of a public key", async () => {
    const kem = kemFromHpkeCore(foreign(), { isPublicKey: (key) => key[0] !== 9 });
    expect(() => kem.checkPublicKey(new Uint8Array(32))).not.toThrow();
    expect(failure(() => kem.checkPublicKey(new Uint8Array(31))).code).toBe("key.hpke_public");
    expect(failure(() => kem.checkPublicKey(new Uint8Array(32).fill(9))).code).toBe("key.hpke_public");
    const { privateKey } = await kem.deriveKeyPair(ikm);
    expect((await rejection(() => kem.decap(new Uint8Array(31), privateKey))).code).toBe("hpke.open_failed");
  });

  it("lets none of its own errors out", async () => {
    const broken = () => Promise.reject(new TypeError("of the other library"));
    const kem = kemFromHpkeCore(foreign({ encap: broken, decap: broken, deserializePrivateKey: broken }));
    const { publicKey, privateKey } = await kem.deriveKeyPair(ikm);
    expect((await rejection(() => kem.encap(publicKey, seededRandom(1)))).code).toBe("key.hpke_public");
    expect((await rejection(() => kem.decap(publicKey, privateKey))).code).toBe("hpke.open_failed");
    expect((await rejection(() => kem.decap(publicKey, copy(privateKey)))).code).toBe("key.hpke_private");
  });
});
