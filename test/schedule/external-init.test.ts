import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { InvalidError } from "../../src/errors.ts";
import { setupRecipient } from "../../src/hpke/single-shot.ts";
import { receiveExternalInit, sendExternalInit } from "../../src/schedule/external-init.ts";
import { externalKeyPair } from "../../src/schedule/key-schedule.ts";
import { Secret } from "../../src/secret.ts";
import { nobleSuite } from "../support/spying-suite.ts";
import { seededRandom } from "../support/vector-run.ts";

const secret = (length: number, fill: number) => new Secret(new Uint8Array(length).fill(fill));

describe("§8.3 external initialization", () => {
  it.each([1, 2, 4, 7])("[8.3-01] gives both sides the same init secret in suite %i", async (id) => {
    const suite = nobleSuite(id);
    const externalSecret = secret(suite.kdf.Nh, 1);
    const { publicKey } = await externalKeyPair(suite, externalSecret);
    const sent = await sendExternalInit(suite, publicKey, seededRandom(1));
    const received = await receiveExternalInit(suite, externalSecret, sent.kemOutput);
    expect(toHex(received.bytes)).toBe(toHex(sent.initSecret.bytes));
    expect(received.bytes.length).toBe(suite.kdf.Nh);
    expect(externalSecret.disposed).toBe(false);
  });

  it("[8.3-01] is the HPKE export with an empty info", async () => {
    const suite = nobleSuite();
    const { publicKey, privateKey } = await externalKeyPair(suite, secret(32, 1));
    const { kemOutput, initSecret } = await sendExternalInit(suite, publicKey, seededRandom(2));
    const keys = { enc: kemOutput, privateKey: privateKey.bytes };
    const context = await setupRecipient(suite, keys, { info: new Uint8Array(0) });
    expect(toHex(context.export(utf8("MLS 1.0 external init secret"), 32))).toBe(toHex(initSecret.bytes));
  });

  it("is fresh each time", async () => {
    const suite = nobleSuite();
    const { publicKey } = await externalKeyPair(suite, secret(32, 1));
    const random = seededRandom(3);
    const [a, b] = [await sendExternalInit(suite, publicKey, random), await sendExternalInit(suite, publicKey, random)];
    expect(toHex(a.initSecret.bytes)).not.toBe(toHex(b.initSecret.bytes));
  });

  it("fails with a typed error for a KEM output or public key that is none", async () => {
    const suite = nobleSuite();
    for (const kemOutput of [new Uint8Array(0), new Uint8Array(31), new Uint8Array(32), new Uint8Array(33)]) {
      const received = receiveExternalInit(suite, secret(32, 1), kemOutput);
      await expect(received).rejects.toBeInstanceOf(InvalidError);
      await expect(received).rejects.toMatchObject({ code: "hpke.open_failed" });
    }
    const sent = sendExternalInit(suite, new Uint8Array(5), seededRandom(1));
    await expect(sent).rejects.toMatchObject({ code: "key.hpke_public" });
  });
});
