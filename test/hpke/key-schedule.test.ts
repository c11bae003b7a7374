import { describe, expect, it } from "vitest";
import { aes128Gcm } from "../../src/backends/noble/aead.ts";
import { sha256 } from "../../src/backends/noble/hash.ts";
import { noble } from "../../src/backends/noble/index.ts";
import { hkdfSha256 } from "../../src/backends/noble/kdf.ts";
import { dhkemX25519 } from "../../src/backends/noble/kem.ts";
import { concat, EMPTY, toHex, utf8 } from "../../src/bytes.ts";
import {
  contextKeys,
  type HpkeSuite,
  keySchedule,
  labeledExpand,
  labeledExtract,
  labeledKdf,
  MODE,
  type ScheduleInput,
} from "../../src/hpke/key-schedule.ts";
import { failure } from "../support/failure.ts";

const suite: HpkeSuite = { kem: dhkemX25519, kdf: hkdfSha256, aead: aes128Gcm };
const info = utf8("info");
const psk = { psk: new Uint8Array(32).fill(1), pskId: utf8("id") };
const schedule = (input: ScheduleInput) => keySchedule(suite, new Uint8Array(32).fill(7), input);
const codeOf = (input: ScheduleInput) => failure(() => schedule(input)).code;

describe("RFC 9180 §4 labelled derivation", () => {
  const suiteId = concat(utf8("HPKE"), Uint8Array.of(0, 0x20, 0, 1, 0, 1));
  const labeled = labeledKdf(hkdfSha256, "HPKE", [0x20, 1, 1]);

  it("LabeledExtract covers version, suite, label and key material", () => {
    const prk = labeledExtract(labeled, utf8("salt"), "label", utf8("ikm"));
    expect(toHex(prk)).toBe(toHex(sha256.hmac(utf8("salt"), concat(utf8("HPKE-v1"), suiteId, utf8("labelikm")))));
  });

  it("LabeledExpand covers the length too", () => {
    const prk = new Uint8Array(32);
    const labeledInfo = concat(Uint8Array.of(0x01, 0x02), utf8("HPKE-v1"), suiteId, utf8("labelinfo"));
    const out = labeledExpand(labeled, prk, "label", { info: utf8("info"), length: 0x0102 });
    expect(toHex(out)).toBe(toHex(hkdfSha256.expand(prk, labeledInfo, 0x0102)));
  });
});

describe("RFC 9180 §5.1 KeySchedule", () => {
  it("follows the mode from the PSK, and takes it when it is said", () => {
    const contextOf = (input: ScheduleInput) => toHex(schedule(input).keyScheduleContext);
    expect(contextOf({ info })).toBe(contextOf({ info, mode: MODE.base }));
    expect(contextOf({ info, psk })).toBe(contextOf({ info, psk, mode: MODE.psk }));
    expect(contextOf({ info }).slice(0, 2)).toBe("00");
    expect(contextOf({ info, psk }).slice(0, 2)).toBe("01");
  });

  it("refuses the authenticated modes", () => {
    expect(codeOf({ info, mode: MODE.auth })).toBe("hpke.mode_unsupported");
    expect(codeOf({ info, psk, mode: MODE.authPsk })).toBe("hpke.mode_unsupported");
  });

  it("VerifyPSKInputs refuses half a PSK, one too many and one too few", () => {
    expect(codeOf({ info, psk: { ...psk, psk: EMPTY } })).toBe("hpke.psk_inconsistent");
    expect(codeOf({ info, psk: { ...psk, pskId: EMPTY } })).toBe("hpke.psk_inconsistent");
    expect(codeOf({ info, psk: { psk: EMPTY, pskId: EMPTY } })).toBe("hpke.psk_inconsistent");
    expect(codeOf({ info, psk, mode: MODE.base })).toBe("hpke.psk_inconsistent");
    expect(codeOf({ info, mode: MODE.psk })).toBe("hpke.psk_inconsistent");
  });

  it("depends on all that goes into it", () => {
    const inputs: ScheduleInput[] = [
      { info },
      { info: EMPTY },
      { info, psk },
      { info, psk: { ...psk, psk: new Uint8Array(32).fill(2) } },
      { info, psk: { ...psk, pskId: utf8("another") } },
    ];
    const keys = inputs.map((input) => toHex(contextKeys(suite, schedule(input)).key.bytes));
    expect(new Set(keys).size).toBe(inputs.length);
  });

  it("is bound to the suite", () => {
    const aead = noble.aeads.find(({ id }) => id === 3) ?? expect.unreachable();
    const other = keySchedule({ ...suite, aead }, new Uint8Array(32).fill(7), { info });
    expect(toHex(other.secret.bytes)).not.toBe(toHex(schedule({ info }).secret.bytes));
  });

  it("wipes the shared secret, also when it refuses", () => {
    const [used, unused] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(7)];
    keySchedule(suite, used, { info });
    failure(() => keySchedule(suite, unused, { info, mode: MODE.auth }));
    expect([...used, ...unused].every((octet) => octet === 0)).toBe(true);
  });
});
