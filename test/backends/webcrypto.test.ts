/** What the platform computes, what JavaScript does in its place, and what is remembered. */
import { ed25519 as nobleEd25519 } from "@noble/curves/ed25519.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import {
  aes128Gcm,
  dhkemX25519,
  ed25519,
  platformCurve25519,
  supportReport,
  webcrypto,
} from "../../src/backends/webcrypto/index.ts";
import { equal, utf8 } from "../../src/bytes.ts";
import { openBySize, sealBySize } from "../../src/crypto/aead.ts";
import type { Backend } from "../../src/crypto/cipher-suite.ts";
import { failure } from "../support/failure.ts";
import { rejection } from "../support/rejection.ts";
import { seededRandom } from "../support/vector-run.ts";

type Subtle = typeof crypto.subtle;

const message = utf8("message");
const realCrypto = globalThis.crypto;
const { subtle } = realCrypto;
const getRandomValues = <T extends Uint8Array<ArrayBuffer>>(array: T) => realCrypto.getRandomValues(array);

/** From now on the platform has these operations in place of the real ones, and is asked anew what it can. */
function platformWith(changes: Partial<Subtle>): void {
  const names = ["importKey", "exportKey", "deriveBits", "sign", "verify", "encrypt", "decrypt"] as const;
  const real = names.map((name) => [name, subtle[name].bind(subtle)] as const);
  vi.stubGlobal("crypto", { getRandomValues, subtle: { ...Object.fromEntries(real), ...changes } });
}

const withoutSubtle = () => vi.stubGlobal("crypto", { getRandomValues });

afterEach(() => vi.unstubAllGlobals());

const namesBy = (computers: Readonly<Record<string, string>>, by: string) =>
  Object.keys(computers).filter((name) => computers[name] === by);

describe("the support report", () => {
  it("says what the platform computes here", async () => {
    const { subtle: present, kems, signatures, aeads } = await supportReport();
    expect(present).toBe(true);
    expect(Object.keys(kems).sort()).toEqual(noble.kems.map(({ name }) => name).sort());
    expect(Object.keys(signatures).sort()).toEqual(noble.signatures.map(({ name }) => name).sort());
    expect(Object.keys(aeads).sort()).toEqual(noble.aeads.map(({ name }) => name).sort());
    expect(namesBy(kems, "platform")).toEqual(
      expect.arrayContaining(noble.kems.map(({ name }) => name).filter((name) => !name.includes("X448"))),
    );
    expect(namesBy(signatures, "platform")).toEqual(
      expect.arrayContaining(noble.signatures.map(({ name }) => name).filter((name) => name !== "ed448")),
    );
    expect(namesBy(aeads, "platform")).toEqual(expect.arrayContaining(["AES-128-GCM", "AES-256-GCM"]));
  });

  it("says that nothing is native without crypto.subtle", async () => {
    withoutSubtle();
    const report = await supportReport();
    expect(report.subtle).toBe(false);
    for (const computers of [report.kems, report.signatures, report.aeads]) {
      expect(new Set(Object.values(computers))).toEqual(new Set(["javascript"]));
    }
  });

  it("says so without any crypto at all", async () => {
    vi.stubGlobal("crypto", undefined);
    expect((await supportReport()).subtle).toBe(false);
  });
});

describe.each([
  ["rejects", async () => Promise.reject(new DOMException("no", "NotSupportedError"))],
  [
    "throws",
    () => {
      throw new TypeError("no");
    },
  ],
] as const)("on a platform whose import of keys %s", (_, importKey) => {
  it("everything is JavaScript", async () => {
    platformWith({ importKey });
    const { kems, signatures, aeads } = await supportReport();
    for (const computers of [kems, signatures, aeads]) expect(namesBy(computers, "platform")).toEqual([]);
    await worksLikeNoble(webcrypto);
  });
});

describe("a platform that answers otherwise than the others", () => {
  const flipped = (buffer: ArrayBuffer) => new Uint8Array(buffer).map((octet) => octet ^ 1).buffer;

  it("is not asked for KEMs", async () => {
    platformWith({
      deriveBits: async (...args) => flipped(await subtle.deriveBits(...args)),
    });
    expect(namesBy((await supportReport()).kems, "platform")).toEqual([]);
  });

  it("is not asked for X25519 if it refuses coordinates that are not reduced", async () => {
    platformWith({
      importKey: (async (format: "raw", octets: Uint8Array<ArrayBuffer>, ...rest: [string, boolean, KeyUsage[]]) => {
        if (format === "raw" && rest[0] === "X25519" && octets[0] === 0xf6) throw new DOMException("no", "DataError");
        return subtle.importKey(format, octets, ...rest);
      }) as Subtle["importKey"],
    });
    const { kems } = await supportReport();
    expect(kems["DHKEM(X25519, HKDF-SHA256)"]).toBe("javascript");
    expect(kems["DHKEM(P-256, HKDF-SHA256)"]).toBe("platform");
  });

  it.each([
    ["accepts everything", async () => true],
    ["refuses everything", async () => false],
  ])("is not asked for signatures if it %s", async (_, verify) => {
    platformWith({ verify });
    expect(namesBy((await supportReport()).signatures, "platform")).toEqual([]);
  });

  it("is not asked for Ed25519 if it verifies with the cofactor", async () => {
    const raw = new WeakMap<CryptoKey, Uint8Array>();
    platformWith({
      importKey: (async (format: "raw", octets: Uint8Array<ArrayBuffer>, ...rest: [string, boolean, KeyUsage[]]) => {
        const key = await subtle.importKey(format, octets, ...rest);
        if (format === "raw") raw.set(key, octets);
        return key;
      }) as Subtle["importKey"],
      verify: async (algorithm, key, signature, data) =>
        algorithm === "Ed25519"
          ? nobleEd25519.verify(signature as Uint8Array, data as Uint8Array, raw.get(key) ?? message, { zip215: true })
          : subtle.verify(algorithm, key, signature, data),
    });
    const { signatures } = await supportReport();
    expect(signatures.ed25519).toBe("javascript");
    expect(signatures.ecdsa_secp256r1_sha256).toBe("platform");
  });

  it("is not asked for Ed25519 if its signatures are not those of RFC 8032", async () => {
    platformWith({ sign: async (...args) => flipped(await subtle.sign(...args)) });
    expect(namesBy((await supportReport()).signatures, "platform")).toEqual([]);
  });

  it("is not asked for AEADs", async () => {
    platformWith({ encrypt: async (...args) => flipped(await subtle.encrypt(...args)) });
    expect(namesBy((await supportReport()).aeads, "platform")).toEqual([]);
  });
});

describe("without crypto.subtle", () => {
  it("answers at once, and as noble does", async () => {
    withoutSubtle();
    for (const kem of webcrypto.kems) expect(kem.deriveKeyPair(message)).not.toBeInstanceOf(Promise);
    for (const scheme of webcrypto.signatures) {
      expect(scheme.generateKeyPair(seededRandom(1))).not.toBeInstanceOf(Promise);
    }
    await worksLikeNoble(webcrypto);
  });

  it("takes the platform into use once it is there", async () => {
    withoutSubtle();
    expect((await supportReport()).kems["DHKEM(X25519, HKDF-SHA256)"]).toBe("javascript");
    vi.unstubAllGlobals();
    expect((await supportReport()).kems["DHKEM(X25519, HKDF-SHA256)"]).toBe("platform");
    await worksLikeNoble(webcrypto);
  });
});

describe("Curve25519 of the platform alone", () => {
  const alone = async (): Promise<Backend> => {
    const { dhkemX25519, ed25519 } = await platformCurve25519();
    return { ...webcrypto, kems: [dhkemX25519], signatures: [ed25519] };
  };

  it("works like noble", async () => {
    await worksLikeNoble(await alone());
  });

  it("is refused where there is no platform, before anything is made of it", async () => {
    withoutSubtle();
    const { code, details } = await rejection(alone);
    expect([code, details]).toEqual(["suite.primitive_missing", { missing: "X25519" }]);
  });

  it("is refused where the platform computes otherwise than the others", async () => {
    platformWith({ verify: async () => true });
    const { code, details } = await rejection(alone);
    expect([code, details]).toEqual(["suite.primitive_missing", { missing: "Ed25519" }]);
  });

  it("refuses the keys that all backends refuse", async () => {
    const { dhkemX25519, ed25519 } = await platformCurve25519();
    const zero = new Uint8Array(32);
    expect((await rejection(async () => dhkemX25519.encap(zero, seededRandom(1)))).code).toBe("key.hpke_public");
    expect((await rejection(async () => ed25519.checkPublicKey(zero))).code).toBe("key.signature_public");
  });
});

async function worksLikeNoble(backend: Backend) {
  for (const kem of backend.kems) {
    const reference = noble.kems.find(({ id }) => id === kem.id) ?? expect.unreachable();
    const pair = await reference.deriveKeyPair(message);
    expect(await kem.deriveKeyPair(message)).toEqual(pair);
    const sent = await kem.encap(pair.publicKey, seededRandom(1));
    expect(sent).toEqual(await reference.encap(pair.publicKey, seededRandom(1)));
    expect(await kem.decap(sent.enc, pair.privateKey)).toEqual(sent.sharedSecret);
  }
  for (const scheme of backend.signatures) {
    const reference = noble.signatures.find(({ name }) => name === scheme.name) ?? expect.unreachable();
    const { publicKey, privateKey } = await scheme.generateKeyPair(seededRandom(1));
    const signature = await scheme.sign(privateKey, message);
    const request = { publicKey, message, signature };
    expect(await scheme.verifyMany([request, { ...request, message: utf8("other") }])).toEqual([true, false]);
    expect(await reference.verifyMany([request])).toEqual([true]);
  }
  for (const aead of backend.aeads) {
    const reference = noble.aeads.find(({ id }) => id === aead.id) ?? expect.unreachable();
    const [key, nonce] = [new Uint8Array(aead.Nk).fill(1), new Uint8Array(aead.Nn)];
    const sealed = await aead.large?.seal(key, nonce, message, message);
    expect(sealed).toEqual(reference.seal(key, nonce, message, message));
    expect(await aead.large?.open(key, nonce, message, sealed ?? message)).toEqual(message);
  }
}

describe("the webcrypto backend", () => {
  it("works like noble here", async () => {
    await worksLikeNoble(webcrypto);
  });

  it("takes octets in shared, resizable and larger buffers", async () => {
    const { publicKey, privateKey } = await ed25519.generateKeyPair(seededRandom(1));
    const signature = await ed25519.sign(privateKey, message);
    for (const moved of [inShared, inResizable, inLarger]) {
      const request = { publicKey: moved(publicKey), message: moved(message), signature: moved(signature) };
      expect(await ed25519.verifyMany([request])).toEqual([true]);
      expect(await ed25519.sign(moved(privateKey), moved(message))).toEqual(signature);
      const pair = await dhkemX25519.deriveKeyPair(moved(message));
      const { enc, sharedSecret } = await dhkemX25519.encap(moved(pair.publicKey), seededRandom(1));
      expect(await dhkemX25519.decap(moved(enc), moved(pair.privateKey))).toEqual(sharedSecret);
      const sealed = await aes128Gcm.large?.seal(
        moved(new Uint8Array(16)),
        moved(new Uint8Array(12)),
        moved(message),
        moved(message),
      );
      expect(sealed).toEqual(aes128Gcm.seal(new Uint8Array(16), new Uint8Array(12), message, message));
    }
  });

  it("judges a public key by what its octets are now", async () => {
    for (const scheme of webcrypto.signatures) {
      const alice = await scheme.generateKeyPair(seededRandom(1));
      const bob = await scheme.generateKeyPair(seededRandom(2));
      const signature = await scheme.sign(alice.privateKey, message);
      const buffer = alice.publicKey.slice();
      const request = { publicKey: buffer, message, signature };
      expect(await scheme.verifyMany([request, request])).toEqual([true, true]);
      buffer.set(bob.publicKey);
      expect(await scheme.verifyMany([request])).toEqual([false]);
    }
  });

  it("imports a private key once, and wipes what it was imported from", async () => {
    const imported: unknown[] = [];
    platformWith({
      importKey: ((...args: Parameters<Subtle["importKey"]>) => {
        if ([...args[4]].some((use) => use === "sign" || use === "deriveBits")) imported.push(args[1]);
        return subtle.importKey(...args);
      }) as Subtle["importKey"],
    });
    for (const kem of webcrypto.kems) {
      const peer = await kem.deriveKeyPair(utf8("peer"));
      const { privateKey } = await kem.deriveKeyPair(message);
      await kem.decap(peer.publicKey, privateKey);
      imported.length = 0;
      await Promise.all([kem.decap(peer.publicKey, privateKey), kem.publicKeyOf(privateKey)]);
      expect(imported, kem.name).toEqual([]);
    }
    for (const scheme of webcrypto.signatures) {
      const { privateKey } = await scheme.generateKeyPair(seededRandom(1));
      await scheme.sign(privateKey, message);
      imported.length = 0;
      await Promise.all([scheme.sign(privateKey, message), scheme.publicKeyOf(privateKey)]);
      expect(imported, scheme.name).toEqual([]);
      await scheme.sign(privateKey.slice(), message);
      for (const octets of imported) {
        if (octets instanceof Uint8Array) expect(octets.every((octet) => octet === 0)).toBe(true);
      }
    }
  });

  it("hands out octets of the caller's own", async () => {
    for (const kem of webcrypto.kems) {
      const { publicKey, privateKey } = await kem.deriveKeyPair(message);
      const expected = publicKey.slice();
      publicKey.fill(0);
      (await kem.publicKeyOf(privateKey)).fill(0);
      expect(await kem.publicKeyOf(privateKey)).toEqual(expected);
    }
    for (const scheme of webcrypto.signatures) {
      const { publicKey, privateKey } = await scheme.generateKeyPair(seededRandom(1));
      const expected = publicKey.slice();
      publicKey.fill(0);
      expect(await scheme.publicKeyOf(privateKey)).toEqual(expected);
    }
  });
});

describe("RFC 9180 §7.3 large data", () => {
  const lengths = (threshold: number) => [0, 1, threshold - 1, threshold, threshold + 1, 100_000];

  it("is sealed and opened alike by both ciphers", async () => {
    for (const aead of webcrypto.aeads) {
      const { large, Nk, Nn } = aead;
      if (large === undefined) return expect.unreachable();
      const call = { key: new Uint8Array(Nk).fill(3), nonce: new Uint8Array(Nn).fill(4), aad: message };
      for (const length of lengths(large.threshold)) {
        const plaintext = new Uint8Array(length).fill(5);
        const expected = aead.seal(call.key, call.nonce, call.aad, plaintext);
        const later = sealBySize(aead, call, plaintext);
        if (length < large.threshold) expect(later).toBeInstanceOf(Uint8Array);
        expect(equal(await later, expected)).toBe(true);
        expect(equal(await large.seal(call.key, call.nonce, call.aad, plaintext), expected)).toBe(true);
        expect(equal(await large.open(call.key, call.nonce, call.aad, expected), plaintext)).toBe(true);
        expect(equal(await openBySize(aead, call, expected), plaintext)).toBe(true);
        const empty = { ...call, aad: new Uint8Array(0) };
        expect(equal(await openBySize(aead, empty, await sealBySize(aead, empty, plaintext)), plaintext)).toBe(true);
      }
    }
  });

  it("is refused alike by both", async () => {
    for (const aead of webcrypto.aeads) {
      const { large, Nk, Nn } = aead;
      if (large === undefined) return expect.unreachable();
      const [key, nonce] = [new Uint8Array(Nk), new Uint8Array(Nn)];
      const ciphertext = aead.seal(key, nonce, message, new Uint8Array(5000));
      for (const at of [0, 4999, 5000, 5015]) {
        const changed = ciphertext.map((octet, i) => (i === at ? octet ^ 1 : octet));
        expect((await rejection(() => large.open(key, nonce, message, changed))).code).toBe("aead.open_failed");
        expect(failure(() => aead.open(key, nonce, message, changed)).code).toBe("aead.open_failed");
      }
      for (const length of [0, 15]) {
        const short = new Uint8Array(length);
        expect((await rejection(() => large.open(key, nonce, message, short))).code).toBe("aead.open_failed");
      }
      for (const wrong of [key.slice(1), new Uint8Array(24)]) {
        expect((await rejection(() => large.seal(wrong, nonce, message, message))).code).toBe("input.invalid");
        expect((await rejection(() => large.open(wrong, nonce, message, ciphertext))).code).toBe("input.invalid");
      }
      expect((await rejection(() => large.seal(key, new Uint8Array(16), message, message))).code).toBe("input.invalid");
    }
  });

  it("is sealed and opened in JavaScript when the platform fails, which is not the sender's fault", async () => {
    const scarce = <T extends unknown[]>(operation: (...args: T) => Promise<ArrayBuffer>) =>
      vi.fn((...args: T) => {
        const { byteLength } = args[2] as Uint8Array;
        if (byteLength < 4096) return operation(...args);
        return Promise.reject(new DOMException("out of memory", "QuotaExceededError"));
      });
    const [encrypt, decrypt] = [scarce(subtle.encrypt.bind(subtle)), scarce(subtle.decrypt.bind(subtle))];
    platformWith({ encrypt, decrypt });
    const [key, nonce, plaintext] = [new Uint8Array(16).fill(3), new Uint8Array(12), new Uint8Array(5000).fill(5)];
    const { large } = aes128Gcm;
    if (large === undefined) return expect.unreachable();
    const ciphertext = await large.seal(key, nonce, message, plaintext);
    expect(equal(ciphertext, aes128Gcm.seal(key, nonce, message, plaintext))).toBe(true);
    expect(equal(await large.open(key, nonce, message, ciphertext), plaintext)).toBe(true);
    expect((await rejection(() => large.open(key, new Uint8Array(12).fill(1), message, ciphertext))).code).toBe(
      "aead.open_failed",
    );
    for (const operation of [encrypt, decrypt])
      expect(operation.mock.calls.some(([, , data]) => (data as Uint8Array).byteLength > 4096)).toBe(true);
  });

  it("needs no other cipher", async () => {
    for (const aead of noble.aeads) {
      expect(aead.large).toBeUndefined();
      const call = { key: new Uint8Array(aead.Nk), nonce: new Uint8Array(aead.Nn), aad: message };
      const sealed = sealBySize(aead, call, new Uint8Array(10_000));
      expect(sealed).toBeInstanceOf(Uint8Array);
      expect(openBySize(aead, call, await sealed)).toEqual(new Uint8Array(10_000));
    }
  });
});

function inLarger(bytes: Uint8Array): Uint8Array {
  const large = new Uint8Array(bytes.length + 20).fill(0xaa);
  large.set(bytes, 7);
  return large.subarray(7, 7 + bytes.length);
}

function inShared(bytes: Uint8Array): Uint8Array {
  if (typeof SharedArrayBuffer === "undefined") return inLarger(bytes);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

function inResizable(bytes: Uint8Array): Uint8Array {
  const Buffer = ArrayBuffer as new (length: number, options: { maxByteLength: number }) => ArrayBuffer;
  const resizable = new Uint8Array(new Buffer(bytes.length, { maxByteLength: 2 * bytes.length }), 0, bytes.length);
  resizable.set(bytes);
  return resizable;
}
