/**
 * Project Wycheproof's edge cases of the primitives in suites 1 to 7. A valid case must be accepted, an invalid one
 * refused; an acceptable one may be either, but not come out wrong.
 */

import {
  type CaseOutcome,
  expectSame,
  hasFields,
  type VectorCase,
  type VectorEnvironment,
  type VectorFamily,
} from "./family.ts";
import {
  aeadCheck,
  type Check,
  dhCheck,
  ecdsaCheck,
  eddsaCheck,
  hkdfCheck,
  hmacCheck,
  type JsonObject,
} from "./wycheproof-checks.ts";

/** By the algorithm of a file and the type of its groups. */
const CHECKS: Readonly<Record<string, Check>> = {
  "AES-GCM AeadTest": aeadCheck("AES-GCM"),
  "CHACHA20-POLY1305 AeadTest": aeadCheck("CHACHA20-POLY1305"),
  "ECDH EcdhEcpointTest": dhCheck,
  "XDH XdhComp": dhCheck,
  "ECDSA EcdsaVerify": ecdsaCheck,
  "EDDSA EddsaVerify": eddsaCheck,
  "HKDF-SHA-256 HkdfTest": hkdfCheck("HKDF-SHA256"),
  "HKDF-SHA-384 HkdfTest": hkdfCheck("HKDF-SHA384"),
  "HKDF-SHA-512 HkdfTest": hkdfCheck("HKDF-SHA512"),
  "HMACSHA256 MacTest": hmacCheck("SHA-256"),
  "HMACSHA384 MacTest": hmacCheck("SHA-384"),
  "HMACSHA512 MacTest": hmacCheck("SHA-512"),
};

interface File {
  readonly algorithm: string;
  readonly testGroups: readonly (JsonObject & { readonly type: string; readonly tests: readonly JsonObject[] })[];
}

export const wycheproof: VectorFamily = {
  name: "wycheproof",
  recognises(file): boolean {
    if (!hasFields(file, "algorithm", "testGroups") || !Array.isArray(file.testGroups)) return false;
    const { algorithm, testGroups } = file;
    return testGroups.length > 0 && testGroups.every((group) => checkOf(String(algorithm), group) !== undefined);
  },
  *cases(file): Iterable<VectorCase> {
    const { algorithm, testGroups } = file as File;
    for (const group of testGroups) {
      const check = checkOf(algorithm, group);
      if (check === undefined) continue;
      for (const test of group.tests) {
        yield {
          name: `${algorithm} ${String(test.tcId)} (${String(test.comment)})`,
          suite: undefined,
          run: (environment) => outcomeOf(check, group, test, environment),
        };
      }
    }
  },
};

async function outcomeOf(
  check: Check,
  group: JsonObject,
  test: JsonObject,
  { backend }: VectorEnvironment,
): Promise<CaseOutcome> {
  const verdict = await check(backend, group, test);
  if (typeof verdict === "object") return verdict;
  if (test.result !== "acceptable") expectSame("verdict", verdict, test.result === "valid" ? "accepted" : "refused");
  return "passed";
}

function checkOf(algorithm: string, group: unknown): Check | undefined {
  if (!hasFields(group, "type", "tests") || !Array.isArray(group.tests)) return undefined;
  return CHECKS[`${algorithm} ${String(group.type)}`];
}
