import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { concat, EMPTY } from "../../src/bytes.ts";
import { EXPORT_ONLY } from "../../src/hpke/aead.ts";
import { failure } from "../support/failure.ts";

const aeads = [noble, node].flatMap((backend) =>
  backend.aeads.map((aead) => [`${aead.name} of ${backend.name}`, aead] as const),
);

describe.each(aeads)("RFC 9180 §7.3 %s", (_, aead) => {
  const key = new Uint8Array(aead.Nk).fill(1);
  const nonce = new Uint8Array(aead.Nn).fill(2);
  const aad = Uint8Array.of(3);
  const plaintext = Uint8Array.of(4, 5, 6);

  it.each([0, 1, 16, 17, 1000])("opens what it sealed, %d octets", (length) => {
    const message = new Uint8Array(length).fill(7);
    for (const bound of [EMPTY, aad]) {
      const ciphertext = aead.seal(key, nonce, bound, message);
      expect(ciphertext).toHaveLength(length + aead.Nt);
      expect(aead.open(key, nonce, bound, ciphertext)).toEqual(message);
    }
  });

  it("leaves its inputs as they were, and returns octets of the caller's own", () => {
    const inputs = [key, nonce, aad, plaintext].map((each) => each.slice());
    const ciphertext = aead.seal(key, nonce, aad, plaintext);
    const before = ciphertext.slice();
    const opened = aead.open(key, nonce, aad, ciphertext);
    expect([key, nonce, aad, plaintext]).toEqual(inputs);
    expect(ciphertext).toEqual(before);
    expect(ciphertext.constructor).toBe(Uint8Array);
    expect(opened.constructor).toBe(Uint8Array);
    expect(opened.buffer.byteLength).toBe(opened.length);
  });

  it("refuses a change of any part, and what is shorter than a tag", () => {
    const ciphertext = aead.seal(key, nonce, aad, plaintext);
    const flipped = (bytes: Uint8Array, at: number) => bytes.map((octet, i) => (i === at ? octet ^ 1 : octet));
    const attempts = [
      ...Array.from(ciphertext, (_, i) => () => aead.open(key, nonce, aad, flipped(ciphertext, i))),
      ...Array.from({ length: ciphertext.length }, (_, i) => () => aead.open(key, nonce, aad, ciphertext.slice(0, i))),
      () => aead.open(key, nonce, aad, concat(ciphertext, Uint8Array.of(0))),
      () => aead.open(flipped(key, 0), nonce, aad, ciphertext),
      () => aead.open(key, flipped(nonce, 0), aad, ciphertext),
      () => aead.open(key, nonce, flipped(aad, 0), ciphertext),
      () => aead.open(key, nonce, EMPTY, ciphertext),
    ];
    for (const attempt of attempts) expect(failure(attempt).code).toBe("aead.open_failed");
  });

  it("refuses keys and nonces of another length", () => {
    const ciphertext = aead.seal(key, nonce, aad, plaintext);
    const attempts = [
      () => aead.seal(key.slice(1), nonce, aad, plaintext),
      () => aead.seal(key, nonce.slice(1), aad, plaintext),
      () => aead.seal(key, concat(nonce, nonce), aad, plaintext),
      () => aead.open(EMPTY, nonce, aad, ciphertext),
      () => aead.open(key, EMPTY, aad, ciphertext),
    ];
    for (const attempt of attempts) expect(failure(attempt).code).toBe("input.invalid");
  });
});

describe("RFC 9180 §7.3 export-only", () => {
  it("seals and opens nothing", () => {
    expect(EXPORT_ONLY.id).toBe(0xffff);
    expect(failure(() => EXPORT_ONLY.seal(EMPTY, EMPTY, EMPTY, EMPTY)).code).toBe("hpke.export_only");
    expect(failure(() => EXPORT_ONLY.open(EMPTY, EMPTY, EMPTY, EMPTY)).code).toBe("hpke.export_only");
  });
});
