import { describe, expect, it } from "vitest";
import { defaultCapabilities, defaultLifetime } from "../../src/group/capabilities.ts";
import { DEFAULT_POLICY, type Policy, policyOf } from "../../src/group/environment.ts";
import { DAY, environmentOf, NOW, suiteOf } from "../support/group.ts";
import { failure } from "../support/failure.ts";

describe("the policy", () => {
  it("has defaults that are safe, each of which can be changed", () => {
    expect(policyOf(environmentOf())).toEqual(DEFAULT_POLICY);
    expect(DEFAULT_POLICY).toMatchObject({ maxPastEpochs: 3, ratchet: { maxSkipped: 1000, maxForward: 2000 }, judgeReceivedLifetimes: true });
    const policy = { maxPastEpochs: 0, maxLifetime: undefined, judgeReceivedLifetimes: false };
    expect(policyOf(environmentOf({ policy }))).toEqual({ ...DEFAULT_POLICY, ...policy });
  });

  it.each<Partial<Policy>>([
    { maxPastEpochs: -1 },
    { maxResumptionPsks: 1.5 },
    { maxLeaves: Number.NaN },
    { maxProposals: Number.POSITIVE_INFINITY },
    { ratchet: { maxSkipped: -1, maxForward: 0 } },
    { ratchet: { maxSkipped: 0, maxForward: 0.5 } },
  ])("is refused if it counts in other than whole numbers: %o", (policy) => {
    expect(failure(() => policyOf(environmentOf({ policy }))).code).toBe("option.invalid");
  });
});

describe("§7.2 what a client says of itself", () => {
  it.each([1, 5, 7])("[7.2-03] [7.2-01] in suite %i: the suite, no default types", (id) => {
    expect(defaultCapabilities(suiteOf(id))).toEqual({ versions: ["mls10"], cipherSuites: [id], extensions: [], proposals: [], credentials: ["basic", "x509"] });
  });

  it("its leaf lives from an hour ago for 90 days, and never before the epoch of time", () => {
    expect(defaultLifetime(() => NOW)).toEqual({ notBefore: NOW - 3600n, notAfter: NOW + 90n * DAY });
    expect(defaultLifetime(() => 0n)).toEqual({ notBefore: 0n, notAfter: 90n * DAY });
  });
});
