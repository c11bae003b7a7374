/** Signature keys that the platform keeps to itself. */
import { describe, expect, it, vi } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import {
  type CryptoKeySigner,
  generateCryptoKeySigner,
  signerOfCryptoKey,
  supportReport,
  webcrypto,
} from "../../src/backends/webcrypto/index.ts";
import { copy, utf8 } from "../../src/bytes.ts";
import { type CipherSuite, cipherSuite } from "../../src/crypto/cipher-suite.ts";
import { signWithLabel, verifyWithLabel } from "../../src/crypto/labels.ts";
import { REGISTERED_SUITES } from "../../src/suites/registry.ts";
import { Chat, environmentOf, suiteOf } from "../support/group.ts";
import { rejection } from "../support/rejection.ts";

const message = utf8("message");
const { signatures } = await supportReport();
const definitions = REGISTERED_SUITES.filter(({ signature }) => signatures[signature] === "platform");
const suites = [noble, webcrypto].flatMap((backend) =>
  definitions.map((each) => [`${each.name} of ${backend.name}`, cipherSuite(each, backend)] as const),
);

describe.each(suites)("§5.1.2 a signer that the platform keeps, %s", (_, suite) => {
  it("[5.1.2-01] signs under its public key", async () => {
    const signer = await generateCryptoKeySigner(suite);
    suite.signature.checkPublicKey(signer.publicKey);
    const signature = await signWithLabel(signer, "Role", message);
    const request = { publicKey: signer.publicKey, label: "Role", content: message, signature };
    expect(await verifyWithLabel(suite, "value", request)).toBe("value");
  });

  it("shows no private key", async () => {
    const { privateKey } = await generateCryptoKeySigner(suite);
    expect(privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("pkcs8", privateKey)).rejects.toThrow();
    await expect(crypto.subtle.exportKey("jwk", privateKey)).rejects.toThrow();
  });

  it("is made anew for each caller", async () => {
    const [a, b] = await Promise.all([generateCryptoKeySigner(suite), generateCryptoKeySigner(suite)]);
    expect(a.publicKey).not.toEqual(b.publicKey);
  });

  it("comes back from a structured clone", async () => {
    const { privateKey, publicKey } = await generateCryptoKeySigner(suite);
    const stored = structuredClone({ privateKey, publicKey });
    const signer = await signerOfCryptoKey(suite, stored);
    const signature = await signer.sign(message);
    expect(await suite.signature.verifyMany([{ publicKey, message, signature }])).toEqual([true]);
  });
});

describe.each(suites.slice(0, definitions.length))("§5.1.2 a signer over a given key, %s", (_, suite) => {
  const algorithm = (signer: CryptoKeySigner) => signer.privateKey.algorithm as EcKeyGenParams;

  it("takes a pair as the platform makes it", async () => {
    const known = await generateCryptoKeySigner(suite);
    const pair = (await crypto.subtle.generateKey(algorithm(known), true, ["sign", "verify"])) as CryptoKeyPair;
    const { publicKey, privateKey } = await signerOfCryptoKey(suite, pair);
    expect(publicKey).toEqual(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
    expect(privateKey).toBe(pair.privateKey);
  });

  it("keeps a copy of the public key", async () => {
    const { privateKey, publicKey } = await generateCryptoKeySigner(suite);
    const octets = copy(publicKey);
    const signer = await signerOfCryptoKey(suite, { privateKey, publicKey: octets });
    octets.fill(0);
    expect(signer.publicKey).toEqual(publicKey);
  });

  it("refuses halves of different keys", async () => {
    const [a, b] = await Promise.all([generateCryptoKeySigner(suite), generateCryptoKeySigner(suite)]);
    const mixed = { privateKey: a.privateKey, publicKey: b.publicKey };
    expect((await rejection(() => signerOfCryptoKey(suite, mixed))).code).toBe("key.signature_private");
  });

  it("refuses public keys that are none", async () => {
    const { privateKey, publicKey } = await generateCryptoKeySigner(suite);
    for (const wrong of [new Uint8Array(0), publicKey.slice(1), new Uint8Array(publicKey.length), privateKey]) {
      const pair = { privateKey, publicKey: wrong };
      expect((await rejection(() => signerOfCryptoKey(suite, pair))).code).toBe("key.signature_public");
    }
  });

  it("refuses keys that are not for signing, or of another scheme", async () => {
    const signer = await generateCryptoKeySigner(suite);
    const { publicKey } = signer;
    const { subtle } = crypto;
    const verifying = await subtle.importKey("raw", copy(publicKey), algorithm(signer), true, ["verify"]);
    const other = suite.signature.name === "ed25519" ? { name: "ECDSA", namedCurve: "P-256" } : { name: "Ed25519" };
    const others = (await subtle.generateKey(other, false, ["sign", "verify"])) as CryptoKeyPair;
    for (const wrong of [verifying, others.privateKey]) {
      const pair = { privateKey: wrong, publicKey };
      expect((await rejection(() => signerOfCryptoKey(suite, pair))).code).toBe("key.signature_private");
    }
  });
});

describe("§5.1.2 where the platform lacks the scheme", () => {
  const [first] = suites;
  const suite = first?.[1] ?? expect.unreachable();

  it("there is no such signer", async () => {
    const foreign: CipherSuite = { ...suite, signature: { ...suite.signature, name: "mldsa65" } };
    expect((await rejection(() => generateCryptoKeySigner(foreign))).code).toBe("suite.primitive_missing");
  });

  it("nor without crypto.subtle", async () => {
    vi.stubGlobal("crypto", {});
    expect((await rejection(() => generateCryptoKeySigner(suite))).code).toBe("suite.primitive_missing");
    vi.unstubAllGlobals();
  });

  it("nor if the platform refuses to generate", async () => {
    const generateKey = async () => Promise.reject(new DOMException("no", "NotSupportedError"));
    vi.stubGlobal("crypto", { subtle: { generateKey } });
    expect((await rejection(() => generateCryptoKeySigner(suite))).code).toBe("suite.primitive_missing");
    vi.unstubAllGlobals();
  });
});

describe("§11 a group with a member whose signature key the platform keeps", () => {
  it("talks, and its member signs key packages, commits and messages", async () => {
    const environment = environmentOf({ suite: suiteOf(1, webcrypto) });
    const [founder, joiner] = [
      await generateCryptoKeySigner(environment.suite),
      await generateCryptoKeySigner(environment.suite),
    ];
    const chat = await Chat.of(["alice"], environment, { signer: founder });
    await chat.add("alice", ["bob"], {}, { signer: joiner });
    for (const name of ["alice", "bob"]) {
      await chat.commit(name, { forcePath: true });
      await chat.deliver(name, await chat.send(name, "hello"));
    }
    chat.agree();
  });
});
