/** One verdict on every backend, and by both ciphers of a backend that has another one for large data. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { concat, toHex } from "../../src/bytes.ts";
import type { Aead, LargeAead } from "../../src/hpke/algorithms.ts";

type Cipher = Pick<Aead, "name" | "Nk" | "Nn" | "Nt"> & Pick<LargeAead, "seal" | "open">;

/** Everything that computes an AEAD, the reference first. */
const ciphersOf = (reference: Aead): readonly Cipher[] =>
  [reference, ...node.aeads.filter(({ id }) => id === reference.id)].flatMap((aead) =>
    aead.large === undefined ? [aead] : [aead, { ...aead, ...aead.large }],
  );
const ciphers = noble.aeads.map((aead) => [aead.name, ciphersOf(aead)] as const);

/** What all of them answer: octets, or the code of the error. */
async function verdict(each: readonly Cipher[], ask: (cipher: Cipher) => ReturnType<Cipher["open"]>): Promise<string> {
  const answers = each.map(async (cipher) => {
    try {
      return toHex(await ask(cipher));
    } catch (error) {
      return (error as { readonly code: string }).code;
    }
  });
  const verdicts = await Promise.all(answers);
  expect(new Set(verdicts).size, verdicts.join()).toBe(1);
  return verdicts[0] ?? expect.unreachable();
}

const octets = (maxLength: number, minLength = 0) => fc.uint8Array({ minLength, maxLength });

describe.each(ciphers)("RFC 9180 §7.3 %s has one verdict", (_, each) => {
  const [{ Nk, Nn, Nt }] = each as readonly [Cipher];
  const [key, nonce, aad] = [new Uint8Array(Nk).fill(1), new Uint8Array(Nn).fill(2), Uint8Array.of(3)];

  it("on octets changed, cut and added anywhere", async () => {
    const changed = fc.tuple(octets(200), fc.nat(), fc.integer({ min: 1, max: 255 }), octets(3));
    await fc.assert(
      fc.asyncProperty(changed, async ([plaintext, position, mask, more]) => {
        const sealed = await each[0]?.seal(key, nonce, aad, plaintext);
        if (sealed === undefined) return expect.unreachable();
        const open = (ciphertext: Uint8Array) => verdict(each, (cipher) => cipher.open(key, nonce, aad, ciphertext));
        const at = position % sealed.length;
        expect(await open(sealed)).toBe(toHex(plaintext));
        expect(await open(sealed.map((octet, i) => (i === at ? octet ^ mask : octet)))).toBe("aead.open_failed");
        expect(await open(sealed.subarray(0, at))).toBe("aead.open_failed");
        if (more.length > 0) expect(await open(concat(sealed, more))).toBe("aead.open_failed");
      }),
    );
  });

  it("on another key, nonce or additional data", async () => {
    const sealed = (await each[0]?.seal(key, nonce, aad, key)) ?? expect.unreachable();
    for (const wrong of [
      { key: key.map((octet) => octet ^ 1), nonce, aad },
      { key, nonce: nonce.map((octet) => octet ^ 1), aad },
      { key, nonce, aad: new Uint8Array(0) },
      { key, nonce, aad: concat(aad, aad) },
    ]) {
      expect(await verdict(each, (cipher) => cipher.open(wrong.key, wrong.nonce, wrong.aad, sealed))).toBe(
        "aead.open_failed",
      );
    }
  });

  it("on keys and nonces of every length but theirs", async () => {
    for (let length = 0; length <= 64; length++) {
      const sized = new Uint8Array(length);
      if (length !== Nk) {
        expect(await verdict(each, (cipher) => cipher.seal(sized, nonce, aad, aad))).toBe("input.invalid");
        expect(await verdict(each, (cipher) => cipher.open(sized, nonce, aad, new Uint8Array(Nt)))).toBe(
          "input.invalid",
        );
      }
      if (length !== Nn) {
        expect(await verdict(each, (cipher) => cipher.seal(key, sized, aad, aad))).toBe("input.invalid");
        expect(await verdict(each, (cipher) => cipher.open(key, sized, aad, new Uint8Array(Nt)))).toBe("input.invalid");
      }
    }
  });

  it("on ciphertexts of all short lengths", async () => {
    for (let length = 0; length <= 2 * Nt; length++) {
      const short = new Uint8Array(length);
      expect(await verdict(each, (cipher) => cipher.open(key, nonce, aad, short))).toBe("aead.open_failed");
    }
  });
});
