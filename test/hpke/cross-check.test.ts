/** Our HPKE against that of @hpke/core, in both directions, over all that both have. */
import {
  Aes128Gcm,
  Aes256Gcm,
  CipherSuite,
  DhkemP256HkdfSha256,
  DhkemP384HkdfSha384,
  DhkemP521HkdfSha512,
  DhkemX448HkdfSha512,
  DhkemX25519HkdfSha256,
  HkdfSha256,
  HkdfSha384,
  HkdfSha512,
} from "@hpke/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { copy, toHex } from "../../src/bytes.ts";
import type { Psk } from "../../src/hpke/key-schedule.ts";
import { open, seal, setupRecipient, setupSender } from "../../src/hpke/single-shot.ts";
import { platformHasX448 } from "../support/platform.ts";

const kems = [
  () => new DhkemP256HkdfSha256(),
  () => new DhkemP384HkdfSha384(),
  () => new DhkemP521HkdfSha512(),
  () => new DhkemX25519HkdfSha256(),
  ...(platformHasX448 ? [() => new DhkemX448HkdfSha512()] : []),
];
const kdfs = [() => new HkdfSha256(), () => new HkdfSha384(), () => new HkdfSha512()];
const aeads = [() => new Aes128Gcm(), () => new Aes256Gcm()];

const octets = (min: number, max: number) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((each) => new Uint8Array(each));
const combinations = fc.record({
  kem: fc.constantFrom(...kems),
  kdf: fc.constantFrom(...kdfs),
  aead: fc.constantFrom(...aeads),
  backend: fc.constantFrom(noble, node),
});
const messages = fc.record({
  ikmR: octets(66, 66),
  ikmE: octets(66, 66),
  info: octets(0, 100),
  aad: octets(0, 100),
  plaintext: octets(0, 200),
  context: octets(0, 40),
  length: fc.integer({ min: 1, max: 200 }),
  psk: fc.option(fc.record({ psk: octets(32, 64), pskId: octets(1, 32) }), { nil: undefined }),
});

type Combination = typeof combinations extends fc.Arbitrary<infer T> ? T : never;

function pair({ kem, kdf, aead, backend }: Combination) {
  const theirs = new CipherSuite({ kem: kem(), kdf: kdf(), aead: aead() });
  const byId = <T extends { readonly id: number }>(all: readonly T[], id: number): T => {
    const found = all.find((each) => each.id === id);
    if (found === undefined) throw new Error(`no ${id}`);
    return found;
  };
  const ours = {
    kem: byId(backend.kems, theirs.kem.id),
    kdf: byId(backend.kdfs, theirs.kdf.id),
    aead: byId(backend.aeads, theirs.aead.id),
  };
  return { theirs, ours };
}

const theirPsk = (psk: Psk | undefined) =>
  psk === undefined ? {} : { psk: { id: copy(psk.pskId).buffer, key: copy(psk.psk).buffer } };
const hex = (buffer: ArrayBuffer) => toHex(new Uint8Array(buffer));

describe("RFC 9180 against another implementation", () => {
  it("derives the same keys, and seals, opens and exports the same", async () => {
    await fc.assert(
      fc.asyncProperty(combinations, messages, async (combination, m) => {
        const { theirs, ours } = pair(combination);
        const [ikmR, ikmE] = [m.ikmR.slice(0, ours.kem.Nsk), m.ikmE.slice(0, ours.kem.Nsk)];
        const recipient = await theirs.kem.deriveKeyPair(ikmR);
        const { publicKey, privateKey } = await ours.kem.deriveKeyPair(ikmR);
        expect(toHex(publicKey)).toBe(hex(await theirs.kem.serializePublicKey(recipient.publicKey)));
        expect(toHex(privateKey)).toBe(hex(await theirs.kem.serializePrivateKey(recipient.privateKey)));

        const input = { info: m.info, psk: m.psk };
        const sender = await theirs.createSenderContext({
          recipientPublicKey: recipient.publicKey,
          info: m.info.buffer,
          ekm: copy(ikmE).buffer,
          ...theirPsk(m.psk),
        });
        const ciphertext = new Uint8Array(await sender.seal(m.plaintext.buffer, m.aad.buffer));
        const enc = new Uint8Array(sender.enc);

        const sealed = await seal(ours, publicKey, {
          ...input,
          aad: m.aad,
          plaintext: m.plaintext,
          random: () => copy(ikmE),
        });
        expect(toHex(sealed.enc)).toBe(toHex(enc));
        expect(toHex(sealed.ciphertext)).toBe(toHex(ciphertext));
        expect(toHex(await open(ours, privateKey, { ...input, enc, aad: m.aad, ciphertext }))).toBe(toHex(m.plaintext));

        const exported = hex(await sender.export(m.context.buffer, m.length));
        const ourRecipient = await setupRecipient(ours, { enc, privateKey }, input);
        expect(toHex(ourRecipient.export(m.context, m.length))).toBe(exported);
      }),
      { numRuns: 60 },
    );
  });

  it("is opened by it over several messages", async () => {
    await fc.assert(
      fc.asyncProperty(combinations, messages, fc.nat(3), async (combination, m, more) => {
        const { theirs, ours } = pair(combination);
        const recipientKey = await theirs.kem.deriveKeyPair(m.ikmR);
        const publicKey = new Uint8Array(await theirs.kem.serializePublicKey(recipientKey.publicKey));
        const sender = await setupSender(ours, publicKey, {
          info: m.info,
          psk: m.psk,
          random: (n) => m.ikmE.slice(0, n),
        });
        const recipient = await theirs.createRecipientContext({
          recipientKey,
          enc: sender.enc.buffer,
          info: m.info.buffer,
          ...theirPsk(m.psk),
        });
        for (let i = 0; i <= more; i++) {
          const ciphertext = sender.seal(m.aad, m.plaintext);
          expect(hex(await recipient.open(ciphertext.buffer, m.aad.buffer))).toBe(toHex(m.plaintext));
        }
        expect(hex(await recipient.export(m.context.buffer, m.length))).toBe(toHex(sender.export(m.context, m.length)));
      }),
      { numRuns: 40 },
    );
  });
});
