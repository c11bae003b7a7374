import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { concat, EMPTY, utf8 } from "../../src/bytes.ts";
import { cipherSuite } from "../../src/crypto/cipher-suite.ts";
import { EXPORT_ONLY } from "../../src/hpke/aead.ts";
import type { Kem } from "../../src/hpke/algorithms.ts";
import { MODE } from "../../src/hpke/key-schedule.ts";
import { open, seal, setupRecipient, setupSender } from "../../src/hpke/single-shot.ts";
import { REGISTERED_SUITES } from "../../src/suites/registry.ts";
import { inBrowser } from "../support/platform.ts";
import { rejection } from "../support/rejection.ts";
import { seededRandom } from "../support/vector-run.ts";

const suites = [noble, node].flatMap((backend) =>
  REGISTERED_SUITES.map((each) => [`${each.name} of ${backend.name}`, cipherSuite(each, backend)] as const),
);
const info = utf8("info");
const aad = utf8("aad");
const plaintext = utf8("plaintext");
const psk = { psk: new Uint8Array(32).fill(5), pskId: utf8("psk") };
const random = seededRandom(1);

describe.each(suites)("RFC 9180 §6.1 with %s", (_, suite) => {
  const keys = async () => suite.kem.deriveKeyPair(utf8("recipient"));

  it("opens what was sealed, at once if the backend can", async () => {
    const { publicKey, privateKey } = await keys();
    for (const input of [{ info }, { info: EMPTY, aad }, { info, aad, psk }]) {
      const sealed = seal(suite, publicKey, { ...input, plaintext, random });
      if (sealed instanceof Promise) expect(inBrowser).toBe(true);
      const { enc, ciphertext } = await sealed;
      const opened = open(suite, privateKey, { ...input, enc, ciphertext });
      expect(sealed instanceof Promise ? await opened : opened).toEqual(plaintext);
    }
  });

  it("[5.1.3-02] fails in one way, whatever is wrong", async () => {
    const { publicKey, privateKey } = await keys();
    const { privateKey: another } = await suite.kem.deriveKeyPair(utf8("somebody else"));
    const { enc, ciphertext } = await seal(suite, publicKey, { info, aad, plaintext, random });
    const { enc: anotherEnc } = await seal(suite, publicKey, { info, aad, plaintext, random });
    const given = { info, aad, enc, ciphertext };
    const changed = ciphertext.map((octet, i) => (i === 0 ? octet ^ 1 : octet));
    const wrong = [
      { ...given, enc: EMPTY },
      { ...given, enc: enc.slice(1) },
      { ...given, enc: concat(enc, Uint8Array.of(0)) },
      { ...given, enc: new Uint8Array(enc.length) },
      { ...given, enc: anotherEnc },
      { ...given, ciphertext: EMPTY },
      { ...given, ciphertext: ciphertext.slice(0, suite.aead.Nt - 1) },
      { ...given, ciphertext: ciphertext.slice(0, -1) },
      { ...given, ciphertext: changed },
      { ...given, aad: EMPTY },
      { ...given, info: EMPTY },
      { ...given, psk },
    ];
    for (const input of wrong)
      expect((await rejection(() => open(suite, privateKey, input))).code).toBe("hpke.open_failed");
    expect((await rejection(() => open(suite, another, given))).code).toBe("hpke.open_failed");
    expect(await open(suite, privateKey, given)).toEqual(plaintext);
  });

  it("tells a bad key of the caller's own apart", async () => {
    const { publicKey, privateKey } = await keys();
    const sealed = await seal(suite, publicKey, { info, plaintext, random });
    const withShortKey = () => open(suite, privateKey.slice(1), { info, ...sealed });
    expect((await rejection(withShortKey)).code).toBe("key.hpke_private");
    const toNobody = () => seal(suite, publicKey.slice(1), { info, plaintext, random });
    expect((await rejection(toNobody)).code).toBe("key.hpke_public");
  });
});

describe("RFC 9180 §5.1 set-up", () => {
  const [suite] = suites.map(([, each]) => each);
  if (suite === undefined) throw new Error("no suites");

  it("refuses the authenticated modes and half a PSK, on both sides", async () => {
    const { publicKey, privateKey } = await suite.kem.deriveKeyPair(EMPTY);
    const { enc } = await setupSender(suite, publicKey, { info, random });
    const halves = [
      { psk: EMPTY, pskId: psk.pskId },
      { psk: psk.psk, pskId: EMPTY },
    ];
    const cases = [
      ...[MODE.auth, MODE.authPsk].map((mode) => [{ info, mode }, "hpke.mode_unsupported"] as const),
      ...halves.map((half) => [{ info, psk: half }, "hpke.psk_inconsistent"] as const),
    ];
    for (const [input, code] of cases) {
      expect((await rejection(() => setupSender(suite, publicKey, { ...input, random }))).code).toBe(code);
      expect((await rejection(() => setupRecipient(suite, { enc, privateKey }, input))).code).toBe(code);
      expect((await rejection(() => seal(suite, publicKey, { ...input, plaintext, random }))).code).toBe(code);
    }
  });

  it("seals nothing with an export-only suite", async () => {
    const exportOnly = { ...suite, aead: EXPORT_ONLY };
    const { publicKey, privateKey } = await suite.kem.deriveKeyPair(EMPTY);
    const { enc } = await setupSender(exportOnly, publicKey, { info, random });
    const sealing = () => seal(exportOnly, publicKey, { info, plaintext, random });
    const opening = () => open(exportOnly, privateKey, { info, enc, ciphertext: EMPTY });
    expect((await rejection(sealing)).code).toBe("hpke.export_only");
    expect((await rejection(opening)).code).toBe("hpke.export_only");
  });

  it("works alike with a KEM that answers later", async () => {
    const { kem } = suite;
    const later: Kem = {
      ...members(kem),
      deriveKeyPair: async (ikm) => kem.deriveKeyPair(ikm),
      encap: async (publicKey, source) => kem.encap(publicKey, source),
      decap: async (enc, privateKey) => kem.decap(enc, privateKey),
    };
    const asynchronous = { ...suite, kem: later };
    const { publicKey, privateKey } = await later.deriveKeyPair(EMPTY);
    const sealing = seal(asynchronous, publicKey, { info, plaintext, random });
    expect(sealing).toBeInstanceOf(Promise);
    const sealed = await sealing;
    expect(await open(asynchronous, privateKey, { info, ...sealed })).toEqual(plaintext);
    expect(open(suite, privateKey, { info, ...sealed })).toEqual(plaintext);
    const failing = () => open(asynchronous, privateKey, { info, enc: EMPTY, ciphertext: EMPTY });
    expect((await rejection(failing)).code).toBe("hpke.open_failed");
  });
});

function members(kem: Kem): Kem {
  const { id, name, Nsecret, Nenc, Npk, Nsk } = kem;
  return {
    ...{ id, name, Nsecret, Nenc, Npk, Nsk },
    deriveKeyPair: (ikm) => kem.deriveKeyPair(ikm),
    publicKeyOf: (key) => kem.publicKeyOf(key),
    checkPublicKey: (key) => kem.checkPublicKey(key),
    encap: (key, source) => kem.encap(key, source),
    decap: (enc, key) => kem.decap(enc, key),
  };
}
