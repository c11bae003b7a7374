import { describe, expect, it } from "vitest";
import { aes128Gcm } from "../../src/backends/noble/aead.ts";
import { noble } from "../../src/backends/noble/index.ts";
import { hkdfSha256 } from "../../src/backends/noble/kdf.ts";
import { dhkemX25519 } from "../../src/backends/noble/kem.ts";
import { EMPTY, toHex, utf8 } from "../../src/bytes.ts";
import { EXPORT_ONLY } from "../../src/hpke/aead.ts";
import type { Aead } from "../../src/hpke/algorithms.ts";
import type { RecipientContext, SenderContext } from "../../src/hpke/context.ts";
import type { HpkeSuite } from "../../src/hpke/key-schedule.ts";
import { setupRecipient, setupSender } from "../../src/hpke/single-shot.ts";
import { failure } from "../support/failure.ts";
import { seededRandom } from "../support/vector-run.ts";

const base: HpkeSuite = { kem: dhkemX25519, kdf: hkdfSha256, aead: aes128Gcm };
const info = utf8("info");

async function contexts(suite = base): Promise<{ sender: SenderContext; recipient: RecipientContext }> {
  const { publicKey, privateKey } = await suite.kem.deriveKeyPair(EMPTY);
  const sender = await setupSender(suite, publicKey, { info, random: seededRandom(1) });
  return { sender, recipient: await setupRecipient(suite, { enc: sender.enc, privateKey }, { info }) };
}

/** An AEAD that shows its nonce, of any length. */
function transparent(Nn: number): Aead {
  const shown = (_: Uint8Array, nonce: Uint8Array) => new Uint8Array(nonce);
  return { ...aes128Gcm, id: 0x7fff, Nn, seal: shown, open: shown };
}

describe("RFC 9180 §5.2 encryption contexts", () => {
  it("carry many messages, in order", async () => {
    const { sender, recipient } = await contexts();
    const sealed = Array.from({ length: 300 }, (_, i) => sender.seal(utf8(`aad ${i}`), utf8(`message ${i}`)));
    const opened = sealed.map((ciphertext, i) => recipient.open(utf8(`aad ${i}`), ciphertext));
    expect(opened.map(toHex)).toEqual(sealed.map((_, i) => toHex(utf8(`message ${i}`))));
    expect(new Set(sealed.map(toHex)).size).toBe(300);
  });

  it("count no message that did not open", async () => {
    const { sender, recipient } = await contexts();
    const [first, second] = [sender.seal(EMPTY, utf8("one")), sender.seal(EMPTY, utf8("two"))];
    expect(failure(() => recipient.open(EMPTY, second)).code).toBe("hpke.open_failed");
    expect(failure(() => recipient.open(EMPTY, EMPTY)).code).toBe("hpke.open_failed");
    expect(recipient.open(EMPTY, first)).toEqual(utf8("one"));
    expect(failure(() => recipient.open(EMPTY, first)).code).toBe("hpke.open_failed");
    expect(recipient.open(EMPTY, second)).toEqual(utf8("two"));
  });

  it("XOR the sequence number into the end of the base nonce, in all its octets", async () => {
    const { sender } = await contexts({ ...base, aead: transparent(12) });
    const nonces = Array.from({ length: 0x10002 }, () => sender.seal(EMPTY, EMPTY));
    const baseNonce = nonces[0] ?? EMPTY;
    const sequenceOf = (nonce: Uint8Array) => toHex(nonce.map((octet, i) => octet ^ (baseNonce[i] ?? 0)));
    for (const sequence of [0, 1, 255, 256, 257, 0xffff, 0x10000, 0x10001]) {
      expect(sequenceOf(nonces[sequence] ?? EMPTY)).toBe(sequence.toString(16).padStart(24, "0"));
    }
  });

  it("use each nonce once, then no more", async () => {
    const { sender, recipient } = await contexts({ ...base, aead: transparent(1) });
    const nonces = Array.from({ length: 255 }, () => toHex(sender.seal(EMPTY, EMPTY)));
    expect(new Set(nonces).size).toBe(255);
    expect(failure(() => sender.seal(EMPTY, EMPTY)).code).toBe("hpke.message_limit");
    for (let i = 0; i < 255; i++) recipient.open(EMPTY, EMPTY);
    expect(failure(() => recipient.open(EMPTY, EMPTY)).code).toBe("hpke.message_limit");
  });

  it("forget their keys when disposed of", async () => {
    const { sender, recipient } = await contexts();
    const ciphertext = sender.seal(EMPTY, EMPTY);
    sender.dispose();
    recipient.dispose();
    const uses = [
      () => sender.seal(EMPTY, EMPTY),
      () => recipient.open(EMPTY, ciphertext),
      () => sender.export(EMPTY, 1),
    ];
    for (const use of uses) expect(failure(use).code).toBe("secret.disposed");
    expect(JSON.stringify(sender)).not.toContain("key");
  });
});

describe("RFC 9180 §5.3 secret export", () => {
  it("[8.3-01] gives both sides the same, by context and length", async () => {
    const { sender, recipient } = await contexts();
    const secret = sender.export(utf8("a"), 32);
    expect(recipient.export(utf8("a"), 32)).toEqual(secret);
    expect(recipient.export(utf8("b"), 32)).not.toEqual(secret);
    expect(toHex(recipient.export(utf8("a"), 64))).not.toContain(toHex(secret));
    expect(sender.export(EMPTY, 0)).toHaveLength(0);
  });

  it("refuses more than the KDF can give", async () => {
    const { sender } = await contexts();
    expect(sender.export(EMPTY, 255 * 32)).toHaveLength(255 * 32);
    expect(failure(() => sender.export(EMPTY, 255 * 32 + 1)).code).toBe("kdf.too_long");
  });

  it("is all that an export-only context does", async () => {
    const { sender, recipient } = await contexts({ ...base, aead: EXPORT_ONLY });
    expect(recipient.export(EMPTY, 32)).toEqual(sender.export(EMPTY, 32));
    expect(failure(() => sender.seal(EMPTY, EMPTY)).code).toBe("hpke.export_only");
    expect(failure(() => recipient.open(EMPTY, EMPTY)).code).toBe("hpke.export_only");
  });

  it("works with every KEM", async () => {
    for (const kem of noble.kems) {
      const { sender, recipient } = await contexts({ ...base, kem });
      expect(recipient.export(info, 32)).toEqual(sender.export(info, 32));
    }
  });
});
