import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { wycheproof } from "../../src/vectors/wycheproof.ts";
import { dhCheck, type JsonObject } from "../../src/vectors/wycheproof-checks.ts";
import { pinnedFiles, publishedVectors } from "../support/vector-files.ts";
import { describeFamily, runFamily } from "../support/vector-run.ts";

const postQuantum = /\/ml(kem|dsa)_/;
const files = pinnedFiles("wycheproof/");
const classical = files.filter((file) => !postQuantum.test(file));

describe("[5.1.1-01] [5.1.2-03] [5.1.2-04] [5.1.2-05] Wycheproof", () => {
  describeFamily(wycheproof, classical, [noble, node]);

  it.each(files.filter((file) => postQuantum.test(file)))("does not claim %s", (name) => {
    const file = publishedVectors(name);
    if (file !== undefined) expect(wycheproof.recognises(file)).toBe(false);
  });

  it.each(["wycheproof/x25519_test.json", "wycheproof/x448_test.json", "wycheproof/ecdh_secp256r1_ecpoint_test.json"])(
    "[5.1.1-02] comes to one verdict where either would do: %s",
    async (name) => {
      const file = publishedVectors(name) as { testGroups: (JsonObject & { tests: JsonObject[] })[] } | undefined;
      for (const group of file?.testGroups ?? []) {
        for (const test of group.tests.filter(({ result }) => result === "acceptable")) {
          const verdict = await dhCheck(noble, group, test);
          expect(await dhCheck(node, group, test)).toEqual(verdict);
          if (/^0+$/.test(String(test.shared)) && String(group.curve).startsWith("curve"))
            expect(verdict).toBe("refused");
        }
      }
    },
  );

  it("says why a case does not apply", async () => {
    const file = publishedVectors("wycheproof/aes_gcm_test.json");
    if (file === undefined) return;
    const { notApplicable, passed } = await runFamily(wycheproof, file, noble);
    expect(passed).toBeGreaterThan(100);
    expect(new Set(notApplicable)).toEqual(
      new Set(["no suite has this cipher and key size", "MLS uses nonces of 96 and tags of 128 bits"]),
    );
  });

  it("fails on a wrong result, and on a wrong verdict", async () => {
    const file = publishedVectors("wycheproof/hmac_sha256_test.json");
    if (file === undefined) return;
    const turned = JSON.parse(JSON.stringify(file), (key, value) => (key === "result" ? turn(value) : value));
    const { passed, failed } = await runFamily(wycheproof, turned, noble);
    expect(passed).toBe(0);
    expect(failed.length).toBeGreaterThan(0);
  });
});

function turn(result: unknown): unknown {
  return result === "valid" ? "invalid" : "valid";
}
