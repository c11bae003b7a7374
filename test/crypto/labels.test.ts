import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { concat, EMPTY, toHex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import * as presentation from "../../src/codec/presentation.ts";
import { type CipherSuite, cipherSuite } from "../../src/crypto/cipher-suite.ts";
import {
  decryptWithLabel,
  deriveMany,
  deriveSecret,
  deriveTreeSecret,
  encryptManyWithLabel,
  expandWithLabel,
  generateHpkeKeyPair,
  makeKeyPackageRef,
  makeProposalRef,
  refHash,
  signWithLabel,
  type Verified,
  verifyManyWithLabel,
  verifyWithLabel,
} from "../../src/crypto/labels.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import type { Bytes } from "../../src/hpke/algorithms.ts";
import { open, seal } from "../../src/hpke/single-shot.ts";
import { Secret } from "../../src/secret.ts";
import { REGISTERED_SUITES } from "../../src/suites/registry.ts";
import { countingSuite } from "../../src/testing/counting-suite.ts";
import { failure } from "../support/failure.ts";
import { rejection } from "../support/rejection.ts";
import { seededRandom } from "../support/vector-run.ts";

const suites = REGISTERED_SUITES.map((each) => cipherSuite(each, noble));
const suite = suites[0] ?? expect.unreachable();
const random = seededRandom(1);

/** opaque<V>, spelled out: short strings have a length of one octet. */
const opaque = (value: Uint8Array) => {
  if (value.length >= 64) throw new Error("too long for this");
  return concat(Uint8Array.of(value.length), value);
};
const labelled = (label: string, content: Uint8Array) => concat(opaque(utf8(label)), opaque(content));

describe("§8 ExpandWithLabel", () => {
  const secret = new Secret(new Uint8Array(32).fill(1));

  it("[8-01] expands length, prefixed label and context", () => {
    const context = utf8("context");
    const kdfLabel = concat(Uint8Array.of(0x01, 0x02), labelled("MLS 1.0 label", context));
    const expanded = expandWithLabel(suite, secret, { label: "label", context, length: 0x0102 });
    expect(toHex(expanded.bytes)).toBe(toHex(suite.kdf.expand(secret.bytes, kdfLabel, 0x0102)));
  });

  it("[8-01] DeriveSecret takes no context and is as long as the KDF's output", () => {
    for (const each of suites) {
      const derived = deriveSecret(each, secret, "label");
      expect(derived.bytes).toHaveLength(each.kdf.Nh);
      expect(derived.bytes).toEqual(
        expandWithLabel(each, secret, { label: "label", context: EMPTY, length: each.kdf.Nh }).bytes,
      );
    }
  });

  it("[8-02] refuses what a uint16 cannot say, and what the KDF cannot give", () => {
    const expand = (each: CipherSuite, length: number) => () => expandWithLabel(each, secret, { label: "x", length });
    expect(failure(expand(suite, 0x10000)).code).toBe("kdf.too_long");
    expect(failure(expand(suite, 255 * 32 + 1)).code).toBe("kdf.too_long");
    expect(expand(suite, 255 * 32)().bytes).toHaveLength(255 * 32);
    expect(expand(suite, 0)().bytes).toHaveLength(0);
  });

  it("refuses a disposed secret", () => {
    const gone = new Secret(new Uint8Array(32));
    gone.dispose();
    expect(failure(() => deriveSecret(suite, gone, "label")).code).toBe("secret.disposed");
  });

  it("tells any number of labels apart", () => {
    const derive = (i: number) => toHex(deriveSecret(suite, secret, `label ${i}`).bytes);
    const first = Array.from({ length: 200 }, (_, i) => derive(i));
    expect(new Set(first).size).toBe(200);
    expect(first.map((_, i) => derive(i))).toEqual(first);
  });

  it("§9.1 DeriveTreeSecret takes the generation for its context, also the first and the last", () => {
    for (const generation of [0, 1, 0xffffffff]) {
      const context = Uint8Array.from([24, 16, 8, 0], (shift) => (generation >>> shift) & 0xff);
      const derived = deriveTreeSecret(suite, secret, { label: "key", generation, length: 16 });
      expect(derived.bytes).toEqual(expandWithLabel(suite, secret, { label: "key", context, length: 16 }).bytes);
    }
    for (const generation of [-1, 1.5, 2 ** 32, Number.NaN]) {
      const derive = () => deriveTreeSecret(suite, secret, { label: "key", generation, length: 16 });
      expect(failure(derive).code).toBe("codec.value_out_of_range");
    }
  });

  it("§8 the KDFLabel is its encoding whatever the length of the context, and the KDF may do with it what it likes", () => {
    const infos: Uint8Array[] = [];
    const expand = (_: Uint8Array, info: Uint8Array, length: number) => {
      infos.push(info.slice());
      info.fill(0);
      return new Uint8Array(length);
    };
    const wiping = { ...suite, kdf: { ...suite.kdf, expand } };
    for (const length of [0, 1, 62, 63, 64, 255, 16383, 16384, 65535]) {
      const context = new Uint8Array(length).fill(length % 251);
      for (let i = 0; i < 2; i++) {
        expandWithLabel(wiping, secret, { label: "context", context, length: 16 });
        expect(infos.pop()).toEqual(
          concat(Uint8Array.of(0, 16), opaque(utf8("MLS 1.0 context")), encode(presentation.opaque, context)),
        );
      }
    }
  });
});

describe("§5.1.2 SignWithLabel", () => {
  const content = utf8("content");

  it("[5.1.2-02] covers the prefixed label and the content as two vectors", async () => {
    for (const each of suites) {
      const signer = await generateSigner(each, random);
      const signature = await signWithLabel(signer, "Role", content);
      const message = labelled("MLS 1.0 Role", content);
      expect(await each.signature.verifyMany([{ publicKey: signer.publicKey, message, signature }])).toEqual([true]);
    }
  });

  it("gives back the value that the signature vouches for", async () => {
    const signer = await generateSigner(suite, random);
    const signature = await signWithLabel(signer, "Role", content);
    const request = { publicKey: signer.publicKey, label: "Role", content, signature };
    const value = { content };
    const verified: Verified<typeof value> = await verifyWithLabel(suite, value, request);
    expect(verified).toBe(value);
    // @ts-expect-error nothing but verification makes a verified value
    const claimed: Verified<typeof value> = value;
    expect(claimed).toBe(value);
    // @ts-expect-error a promise is not yet one
    const early: Verified<typeof value> = verifyWithLabel(suite, value, request);
    await early;
  });

  it("refuses another label, content, key or signature", async () => {
    const [signer, other] = [await generateSigner(suite, random), await generateSigner(suite, random)];
    const signature = await signWithLabel(signer, "Role", content);
    const request = { publicKey: signer.publicKey, label: "Role", content, signature };
    const wrong = [
      { ...request, label: "Rol" },
      { ...request, content: utf8("contents") },
      { ...request, content: EMPTY },
      { ...request, publicKey: other.publicKey },
      { ...request, publicKey: EMPTY },
      { ...request, signature: await signWithLabel(other, "Role", content) },
      { ...request, signature: EMPTY },
    ];
    for (const each of wrong) {
      expect((await rejection(() => verifyWithLabel(suite, true, each))).code).toBe("signature.invalid");
    }
  });

  it("judges many, in order", async () => {
    const signer = await generateSigner(suite, random);
    const requests = await Promise.all(
      ["a", "b", "c", "d"].map(async (label, i) => ({
        publicKey: signer.publicKey,
        label,
        content,
        signature: await signWithLabel(signer, i === 2 ? "another" : label, content),
      })),
    );
    expect(await verifyManyWithLabel(suite, requests)).toEqual([true, true, false, true]);
    expect(await verifyManyWithLabel(suite, [])).toEqual([]);
  });
});

describe("§5.1.3 EncryptWithLabel", () => {
  const context = utf8("context");
  const plaintext = utf8("plaintext");

  it("[5.1.3-01] seals in base mode, with label and context as info and no AAD", async () => {
    for (const each of suites) {
      const { publicKey, privateKey } = await generateHpkeKeyPair(each, random);
      const [sealed] = await encryptManyWithLabel(each, { label: "Role", context }, [{ publicKey, plaintext }], random);
      if (sealed === undefined) return expect.unreachable();
      const { kemOutput: enc, ciphertext } = sealed;
      const info = labelled("MLS 1.0 Role", context);
      expect(await open(each, privateKey.bytes, { info, aad: EMPTY, enc, ciphertext })).toEqual(plaintext);

      const back = await seal(each, publicKey, { info, plaintext, random });
      const input = { label: "Role", context, ciphertext: { kemOutput: back.enc, ciphertext: back.ciphertext } };
      expect((await decryptWithLabel(each, privateKey, input)).bytes).toEqual(plaintext);
    }
  });

  it("[5.1.3-02] opens nothing that was changed, cut short, or meant for another use", async () => {
    const { publicKey, privateKey } = await generateHpkeKeyPair(suite, random);
    const recipient = { publicKey, plaintext };
    const [ciphertext, another] = await encryptManyWithLabel(
      suite,
      { label: "Role", context },
      [recipient, recipient],
      random,
    );
    if (ciphertext === undefined || another === undefined) return expect.unreachable();
    const given = { label: "Role", context, ciphertext };
    expect((await decryptWithLabel(suite, privateKey, given)).bytes).toEqual(plaintext);
    const wrong = [
      { ...given, label: "Another" },
      { ...given, context: EMPTY },
      { ...given, ciphertext: { ...ciphertext, kemOutput: another.kemOutput } },
      { ...given, ciphertext: { ...ciphertext, kemOutput: ciphertext.kemOutput.slice(1) } },
      { ...given, ciphertext: { ...ciphertext, kemOutput: EMPTY } },
      { ...given, ciphertext: { ...ciphertext, ciphertext: EMPTY } },
      { ...given, ciphertext: { ...ciphertext, ciphertext: ciphertext.ciphertext.slice(0, 15) } },
      { ...given, ciphertext: { ...ciphertext, ciphertext: ciphertext.ciphertext.slice(0, -1) } },
    ];
    for (const each of wrong) {
      expect((await rejection(() => decryptWithLabel(suite, privateKey, each))).code).toBe("hpke.open_failed");
    }
  });

  it("seals many in order, each under randomness of its own", async () => {
    const pairs = await Promise.all([1, 2, 3].map(() => generateHpkeKeyPair(suite, random)));
    const recipients = pairs.map(({ publicKey }, i) => ({ publicKey, plaintext: Uint8Array.of(i) }));
    const sealed = await encryptManyWithLabel(suite, { label: "Role", context }, recipients, random);
    expect(new Set(sealed.map(({ kemOutput }) => toHex(kemOutput))).size).toBe(3);
    for (const [i, ciphertext] of sealed.entries()) {
      const privateKey = pairs[i]?.privateKey ?? expect.unreachable();
      expect((await decryptWithLabel(suite, privateKey, { label: "Role", context, ciphertext })).bytes).toEqual(
        Uint8Array.of(i),
      );
    }
  });

  it("refuses a public key that is none, whichever of many it is", async () => {
    const { publicKey } = await generateHpkeKeyPair(suite, random);
    const recipients = [publicKey, new Uint8Array(32)].map((key) => ({ publicKey: key, plaintext }));
    const attempt = () => encryptManyWithLabel(suite, { label: "Role", context }, recipients, random);
    expect((await rejection(attempt)).code).toBe("key.hpke_public");
  });

  it("hashes the context once, however many it seals for", async () => {
    const counting = countingSuite(suite);
    const { publicKey } = await generateHpkeKeyPair(suite, random);
    const octetsFor = async (recipients: number, size: number) => {
      const many = Array.from({ length: recipients }, () => ({ publicKey, plaintext }));
      counting.reset();
      await encryptManyWithLabel(counting.suite, { label: "Role", context: new Uint8Array(size) }, many, random);
      return counting.octets.kdfExtracts;
    };
    await octetsFor(1, 0);
    expect(await octetsFor(0, 10_000)).toBe(0);
    const [one, two, ten] = [await octetsFor(1, 100_000), await octetsFor(2, 100_000), await octetsFor(10, 100_000)];
    expect(one).toBeGreaterThan(100_000);
    expect(two - one).toBeLessThan(1000);
    expect(ten - one).toBe(9 * (two - one));
    expect((await octetsFor(10, 200_000)) - ten).toBe(100_000);
  });
});

describe("§5.1.3 HPKE key pairs", () => {
  it("are derived in order", async () => {
    const secrets = [1, 2, 3].map((octet) => new Secret(new Uint8Array(32).fill(octet)));
    const pairs = await deriveMany(suite, secrets);
    const expected = await Promise.all(secrets.map((secret) => suite.kem.deriveKeyPair(secret.bytes)));
    expect(pairs.map(({ publicKey, privateKey }) => ({ publicKey, privateKey: privateKey.bytes }))).toEqual(expected);
  });

  it("come from as many random octets as a private key has, which are wiped", async () => {
    for (const each of suites) {
      const drawn: Bytes[] = [];
      const source = (length: number) => {
        const octets = new Uint8Array(length).fill(7);
        drawn.push(octets);
        return octets;
      };
      const { publicKey, privateKey } = await generateHpkeKeyPair(each, source);
      expect(drawn.map((octets) => octets.length)).toEqual([each.kem.Nsk]);
      expect(drawn[0]?.every((octet) => octet === 0)).toBe(true);
      const expected = await each.kem.deriveKeyPair(new Uint8Array(each.kem.Nsk).fill(7));
      expect({ publicKey, privateKey: privateKey.bytes }).toEqual(expected);
    }
  });
});

describe("§5.2 RefHash", () => {
  it("[5.2-01] hashes label and value as two vectors, without a prefix", () => {
    for (const each of suites) {
      expect(refHash(each, "label", utf8("value"))).toEqual(each.hash.digest(labelled("label", utf8("value"))));
      const label = "MLS 1.0 KeyPackage Reference";
      expect(makeKeyPackageRef(each, utf8("value"))).toEqual(refHash(each, label, utf8("value")));
      expect(makeProposalRef(each, utf8("value"))).toEqual(refHash(each, "MLS 1.0 Proposal Reference", utf8("value")));
    }
  });
});
