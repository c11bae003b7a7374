import { describe, expect, it, vi } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { utf8 } from "../../src/bytes.ts";
import { cipherSuite } from "../../src/crypto/cipher-suite.ts";
import { signWithLabel, verifyWithLabel } from "../../src/crypto/labels.ts";
import { generateSigner, type Signer, signerOf } from "../../src/crypto/signer.ts";
import { Secret } from "../../src/secret.ts";
import { REGISTERED_SUITES } from "../../src/suites/registry.ts";
import { rejection } from "../support/rejection.ts";
import { seededRandom } from "../support/vector-run.ts";

const suites = [noble, node].flatMap((backend) =>
  REGISTERED_SUITES.map((each) => [`${each.name} of ${backend.name}`, cipherSuite(each, backend)] as const),
);
const message = utf8("message");

describe.each(suites)("§5.1.2 a signer in memory, %s", (_, suite) => {
  it("signs under its public key", async () => {
    const { publicKey, sign } = await generateSigner(suite, seededRandom(1));
    suite.signature.checkPublicKey(publicKey);
    const signature = await sign(message);
    expect(await suite.signature.verifyMany([{ publicKey, message, signature }])).toEqual([true]);
  });

  it("is the same from the same randomness, and from its raw key", async () => {
    const [first, second] = await Promise.all([1, 1].map((seed) => generateSigner(suite, seededRandom(seed))));
    if (first === undefined || second === undefined) return expect.unreachable();
    expect(second.publicKey).toEqual(first.publicKey);
    expect((await signerOf(suite, first.privateKey.bytes)).publicKey).toEqual(first.publicKey);
  });

  it("owns a copy of its key", async () => {
    const raw = (await generateSigner(suite, seededRandom(1))).privateKey.bytes.slice();
    const signer = await signerOf(suite, raw);
    raw.fill(0);
    const signature = await signWithLabel(signer, "Role", message);
    const request = { publicKey: signer.publicKey, label: "Role", content: message, signature };
    expect(await verifyWithLabel(suite, true, request)).toBe(true);
  });

  it("signs no more once its key is disposed of", async () => {
    const signer = await generateSigner(suite, seededRandom(1));
    await signer.sign(message);
    signer.privateKey.dispose();
    expect((await rejection(() => signer.sign(message))).code).toBe("secret.disposed");
    expect((await rejection(() => signWithLabel(signer, "Role", message))).code).toBe("secret.disposed");
  });

  it("is not made of what is no key", async () => {
    for (const key of [new Uint8Array(0), new Uint8Array(suite.signature.name.startsWith("ed") ? 31 : 32)]) {
      const copies = vi.spyOn(Secret, "copyOf");
      expect((await rejection(() => signerOf(suite, key))).code).toBe("key.signature_private");
      expect(copies.mock.results).toMatchObject([{ value: { disposed: true } }]);
      copies.mockRestore();
    }
  });
});

describe("§5.1.2 a signer somewhere else", () => {
  it("may answer later, and shows no private key", async () => {
    const [, suite] = suites[0] ?? expect.unreachable();
    const inside = await generateSigner(suite, seededRandom(1));
    const remote: Signer = { publicKey: inside.publicKey, sign: async (octets) => inside.sign(octets) };
    const signature = await signWithLabel(remote, "Role", message);
    const request = { publicKey: remote.publicKey, label: "Role", content: message, signature };
    expect(await verifyWithLabel(suite, "value", request)).toBe("value");
  });
});
