import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { derivePskSecret, type NamedPsk } from "../../src/schedule/psk.ts";
import { Secret } from "../../src/secret.ts";
import type { PreSharedKeyID } from "../../src/wire/pre-shared-key.ts";
import { failure } from "../support/failure.ts";
import { arraysOf, nobleSuite, spyOn } from "../support/spying-suite.ts";

const suite = nobleSuite();
const external = (id: string, nonce = 1): PreSharedKeyID => ({
  psktype: "external",
  pskId: utf8(id),
  pskNonce: new Uint8Array(32).fill(nonce),
});
const resumption: PreSharedKeyID = {
  psktype: "resumption",
  usage: "application",
  pskGroupId: utf8("group"),
  pskEpoch: 3n,
  pskNonce: new Uint8Array(32),
};
const psk = (id: PreSharedKeyID, fill = 7): NamedPsk => ({ id, psk: new Secret(new Uint8Array(32).fill(fill)) });
const secretOf = (...psks: NamedPsk[]) => toHex(derivePskSecret(suite, psks).bytes);

describe("§8.4 pre-shared keys", () => {
  it("[8.4-04] are all zero if there is none", () => {
    expect(secretOf()).toBe("00".repeat(32));
  });

  it("[8.4-04] are chained with index and count as uint16", () => {
    const { id, psk: value } = psk(external("a"));
    const zero = new Uint8Array(32);
    const name = utf8("a");
    const encodedId = [1, 1, ...name, 32, ...id.pskNonce];
    const label = utf8("MLS 1.0 derived psk");
    const context = [...encodedId, 0, 0, 0, 1];
    const info = Uint8Array.of(0, 32, label.length, ...label, context.length, ...context, 1);
    const input = suite.hash.hmac(suite.hash.hmac(zero, value.bytes), info);
    expect(secretOf({ id, psk: value })).toBe(toHex(suite.hash.hmac(input, zero)));
  });

  it("[8.4-01] [8.4-04] depend on their order and number", () => {
    const [a, b] = [psk(external("a")), psk(resumption)];
    const results = [secretOf(a, b), secretOf(b, a), secretOf(a), secretOf(b), secretOf(a, b, b), secretOf()];
    expect(new Set(results).size).toBe(results.length);
  });

  it("depend on nonce, name and value", () => {
    const results = [
      secretOf(psk(external("a"))),
      secretOf(psk(external("a", 2))),
      secretOf(psk(external("b"))),
      secretOf(psk(external("a"), 8)),
      secretOf(psk(resumption)),
      secretOf(psk({ ...resumption, usage: "branch" })),
      secretOf(psk({ ...resumption, pskEpoch: 4n })),
    ];
    expect(new Set(results).size).toBe(results.length);
  });

  it("remain their owner's, and leave nothing in between", () => {
    const psks = [psk(external("a")), psk(resumption), psk(external("b"))];
    const spy = spyOn(suite);
    const secret = derivePskSecret(spy.suite, psks);
    expect(psks.map((each) => each.psk.disposed)).toEqual([false, false, false]);
    expect(spy.alive()).toEqual(arraysOf([secret]));
  });

  it("leave nothing if a derivation fails", () => {
    const psks = [psk(external("a")), psk(resumption)];
    const total = spyOn(suite);
    derivePskSecret(total.suite, psks);
    for (let failAt = 0; failAt < total.calls(); failAt++) {
      const spy = spyOn(suite, failAt);
      expect(() => derivePskSecret(spy.suite, psks)).toThrow("the backend broke");
      expect(spy.alive()).toEqual([]);
    }
  });

  it("[8.4-04] are refused in numbers that a uint16 cannot count, before anything is derived", () => {
    const one = psk(external("a"));
    const spy = spyOn(suite);
    const error = failure(() => derivePskSecret(spy.suite, new Array<NamedPsk>(65536).fill(one)));
    expect(error.code).toBe("psk.too_many");
    expect(spy.calls()).toBe(0);
  });
});
