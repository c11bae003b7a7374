import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import {
  allOrNone,
  consume,
  deriveEpochSecret,
  deriveEpochSecrets,
  deriveJoinerSecret,
  deriveMemberSecret,
  deriveWelcomeKey,
  deriveWelcomeSecret,
  externalKeyPair,
  zeroSecret,
} from "../../src/schedule/key-schedule.ts";
import { Secret } from "../../src/secret.ts";
import { arraysOf, nobleSuite, spyOn } from "../support/spying-suite.ts";

const suite = nobleSuite();
const secret = (fill: number) => new Secret(new Uint8Array(suite.kdf.Nh).fill(fill));
const groupContext = utf8("an encoded group context");

/** §8 written out, with nothing but HMAC: HKDF-Expand of one block over the encoded KDFLabel. */
function expandByHand(key: Uint8Array, label: string, context: Uint8Array, length: number): Uint8Array {
  const text = utf8(`MLS 1.0 ${label}`);
  const info = Uint8Array.of(0, length, text.length, ...text, context.length, ...context, 1);
  return suite.hash.hmac(key, info).subarray(0, length);
}

const EMPTY = new Uint8Array(0);

describe("§8 the key schedule", () => {
  it("[8-01] follows the diagram, with labels prefixed", () => {
    const [init, commit, psk] = [secret(1), secret(2), secret(3)];
    const joiner = deriveJoinerSecret(suite, { initSecret: init, commitSecret: commit, groupContext });
    const expectedJoiner = expandByHand(suite.hash.hmac(init.bytes, commit.bytes), "joiner", groupContext, 32);
    expect(toHex(joiner.bytes)).toBe(toHex(expectedJoiner));

    const member = deriveMemberSecret(suite, joiner, psk);
    expect(toHex(member.bytes)).toBe(toHex(suite.hash.hmac(joiner.bytes, psk.bytes)));

    const welcome = deriveWelcomeSecret(suite, member);
    expect(toHex(welcome.bytes)).toBe(toHex(expandByHand(member.bytes, "welcome", EMPTY, 32)));

    const epoch = deriveEpochSecret(suite, member, groupContext);
    expect(toHex(epoch.bytes)).toBe(toHex(expandByHand(member.bytes, "epoch", groupContext, 32)));
  });

  it("[8-01] derives each epoch secret with its own label", () => {
    const epochSecret = secret(4);
    const labels = {
      senderDataSecret: "sender data",
      encryptionSecret: "encryption",
      exporterSecret: "exporter",
      externalSecret: "external",
      confirmationKey: "confirm",
      membershipKey: "membership",
      resumptionPsk: "resumption",
      epochAuthenticator: "authentication",
      initSecret: "init",
    };
    const derived = Object.entries(deriveEpochSecrets(suite, epochSecret));
    const expected = Object.entries(labels).map(([name, label]) => [
      name,
      toHex(expandByHand(epochSecret.bytes, label, EMPTY, 32)),
    ]);
    expect(derived.map(([name, value]) => [name, toHex(value.bytes)])).toEqual(expected);
  });

  it("§12.4.3.1 derives key and nonce of the GroupInfo from the welcome secret", () => {
    const welcomeSecret = secret(5);
    const { key, nonce } = deriveWelcomeKey(suite, welcomeSecret);
    expect(toHex(key.bytes)).toBe(toHex(expandByHand(welcomeSecret.bytes, "key", EMPTY, 16)));
    expect(toHex(nonce.bytes)).toBe(toHex(expandByHand(welcomeSecret.bytes, "nonce", EMPTY, 12)));
  });

  it("derives the external key pair deterministically, and keeps the secret it came from", async () => {
    const externalSecret = secret(6);
    const first = await externalKeyPair(suite, externalSecret);
    const second = await externalKeyPair(suite, externalSecret);
    expect(toHex(first.publicKey)).toBe(toHex(second.publicKey));
    expect(toHex(await suite.kem.publicKeyOf(first.privateKey.bytes))).toBe(toHex(first.publicKey));
    expect(externalSecret.disposed).toBe(false);
  });

  it.each([1, 4, 5, 7])("has secrets of KDF.Nh octets in suite %i", (id) => {
    const each = nobleSuite(id);
    const { Nh } = each.kdf;
    const epochSecret = new Secret(new Uint8Array(Nh).fill(9));
    for (const derived of Object.values(deriveEpochSecrets(each, epochSecret))) expect(derived.bytes.length).toBe(Nh);
    expect(zeroSecret(each).bytes).toEqual(new Uint8Array(Nh));
  });
});

describe("§9.2 what the key schedule leaves behind", () => {
  const inputs = { initSecret: secret(1), commitSecret: secret(2), groupContext };

  it("[9.2-04] is nothing but what it returns", () => {
    const spy = spyOn(suite);
    const joiner = deriveJoinerSecret(spy.suite, inputs);
    expect(spy.alive()).toEqual(arraysOf([joiner]));
    expect(inputs.initSecret.disposed).toBe(false);
    expect(inputs.commitSecret.disposed).toBe(false);
  });

  it.each([0, 1])("[9.2-04] is nothing at all if derivation %i fails on the way to the joiner secret", (failAt) => {
    const spy = spyOn(suite, failAt);
    expect(() => deriveJoinerSecret(spy.suite, inputs)).toThrow("the backend broke");
    expect(spy.alive()).toEqual([]);
  });

  it.each([0, 1, 8])("is nothing at all if derivation %i of an epoch fails", (failAt) => {
    const spy = spyOn(suite, failAt);
    expect(() => deriveEpochSecrets(spy.suite, secret(3))).toThrow("the backend broke");
    expect(spy.alive()).toEqual([]);
  });

  it("consumes a temporary secret, also if its use fails", () => {
    const used = secret(7);
    expect(consume(used, ({ bytes }) => bytes.length)).toBe(32);
    expect(used.disposed).toBe(true);
    const failed = secret(8);
    expect(() =>
      consume(failed, () => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(failed.disposed).toBe(true);
  });

  it("keeps all of several secrets, or none", () => {
    expect(allOrNone((made) => [made(secret(1)), made(secret(2))]).map((each) => each.disposed)).toEqual([
      false,
      false,
    ]);
    const first = secret(3);
    expect(() =>
      allOrNone((made) => {
        made(first);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(first.disposed).toBe(true);
  });
});
