import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { judgeCandidates } from "../../src/group/candidates.ts";
import { defaultCapabilities, defaultLifetime } from "../../src/group/capabilities.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { DEFAULT_POLICY, type Policy, policyOf } from "../../src/group/environment.ts";
import { validateKeyPackage } from "../../src/group/key-package.ts";
import { processMessage, protect } from "../../src/group/messages.ts";
import { failure } from "../support/failure.ts";
import { Chat, DAY, environmentOf, keyPackageFor, NOW, suiteOf } from "../support/group.ts";

describe("the policy", () => {
  it("has defaults that are safe, each of which can be changed", () => {
    expect(policyOf(environmentOf())).toEqual(DEFAULT_POLICY);
    expect(DEFAULT_POLICY).toMatchObject({
      maxPastEpochs: 3,
      ratchet: { maxSkipped: 1000, maxForward: 2000 },
      judgeReceivedLifetimes: true,
    });
    const policy = { maxPastEpochs: 0, maxLifetime: undefined, judgeReceivedLifetimes: false };
    expect(policyOf(environmentOf({ policy }))).toEqual({ ...DEFAULT_POLICY, ...policy });
  });

  it("no option that there is not", () => {
    const policy = { greese: false } as object;
    expect(failure(() => policyOf(environmentOf({ policy })))).toMatchObject({
      code: "option.invalid",
      details: { option: "greese" },
    });
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

  it("is refused if any option has a value of another kind, and says which", () => {
    for (const option of Object.keys(DEFAULT_POLICY)) {
      for (const value of ["3", null, -1, -1n, [0.5], {}]) {
        const policy = { [option]: value } as Partial<Policy>;
        expect(failure(() => policyOf(environmentOf({ policy })))).toMatchObject({
          code: "option.invalid",
          details: { option },
        });
      }
    }
    const withoutLimits = { maxPastAge: undefined, maxLifetime: undefined, reInitSuites: undefined };
    expect(policyOf(environmentOf({ policy: withoutLimits }))).toMatchObject(withoutLimits);
  });
});

describe("§6 the wire format of what is sent", () => {
  it.each<Partial<Policy>>([
    { handshakeFormat: "mls_public_message", acceptedHandshakeFormats: ["mls_private_message"] },
    { acceptedHandshakeFormats: ["mls_public_message"] },
    { acceptedHandshakeFormats: [] },
  ])("is refused if it is not accepted: %o", (policy) => {
    expect(failure(() => policyOf(environmentOf({ policy })))).toMatchObject({
      code: "option.invalid",
      details: { option: "handshakeFormat" },
    });
  });
});

describe("a clock that answers no time", () => {
  const answers: readonly unknown[] = [1_800_000_000, "1800000000", undefined, null, new Date(), -1n, 2n ** 64n];

  it.each(answers)("is refused wherever it is asked, and switches nothing off: %s", async (answer) => {
    const chat = await Chat.of(["alice", "bob"]);
    const broken = environmentOf({ clock: () => answer as bigint });
    const { keyPackage } = await keyPackageFor(chat.environment, "carol");
    const { message } = (await createCommit(chat.environment, chat.state("alice"))).output;
    const attempts: readonly (() => Promise<unknown>)[] = [
      () => keyPackageFor(broken, "carol"),
      () => Chat.of(["zoe"], broken),
      () => validateKeyPackage(broken, keyPackage),
      () => judgeCandidates(broken, chat.one, [keyPackage]),
      () => createCommit(broken, chat.state("bob"), { proposals: [{ proposalType: "add", keyPackage }] }),
      () => processMessage(broken, chat.state("bob"), message),
      () => protect(broken, chat.state("bob"), utf8("hi")),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({ code: "option.invalid", details: { option: "clock" } });
    }
  });
});

describe("§7.2 what a client says of itself", () => {
  it.each([1, 5, 7])("[7.2-03] [7.2-01] in suite %i: the suite, no default types", (id) => {
    expect(defaultCapabilities(suiteOf(id))).toEqual({
      versions: ["mls10"],
      cipherSuites: [id],
      extensions: [],
      proposals: [],
      credentials: ["basic", "x509"],
    });
  });

  it("its leaf lives from an hour ago for 90 days, and never before the epoch of time", () => {
    expect(defaultLifetime(() => NOW)).toEqual({ notBefore: NOW - 3600n, notAfter: NOW + 90n * DAY });
    expect(defaultLifetime(() => 0n)).toEqual({ notBefore: 0n, notAfter: 90n * DAY });
  });
});
