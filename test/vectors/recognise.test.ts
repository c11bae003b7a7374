import { describe, expect, it } from "vitest";
import { FAMILIES, recognise } from "../../src/vectors/recognise.ts";
import { locate, pinnedFiles, publishedVectors } from "../support/vector-files.ts";

const kinds: Readonly<Record<string, string>> = {
  "hpke/rfc9180.json": "hpke",
  "hpke-pq/test-vectors.json": "hpke-pq",
  "mls/passive-client-handling-commit.json": "passive-client",
  "mls/passive-client-random.json": "passive-client",
  "mls/passive-client-welcome.json": "passive-client",
  "mls/psk_secret.json": "psk-secret",
};

function kindOf(name: string): string {
  const known = kinds[name];
  if (known !== undefined) return known;
  const partial = /^mls-partial\/test-vector-partial-(.*?)(-spec)?\.json$/.exec(name);
  if (partial !== null) return `mls-partial ${partial[1]}`;
  const postQuantum = /^wycheproof\/ml(dsa|kem)_(\d+)/.exec(name);
  if (postQuantum !== null) return `wycheproof ${postQuantum[1] === "kem" ? "ML-KEM" : `ML-DSA-${postQuantum[2]}`}`;
  return name.startsWith("wycheproof/") ? "wycheproof" : name.replace(/^mls\/(.*)\.json$/, "$1");
}

describe("kinds of vector files", () => {
  for (const name of pinnedFiles()) {
    it.skipIf(locate(name) === undefined)(`${name} is recognised by its structure alone, and by one kind`, () => {
      const file = publishedVectors(name);
      expect(recognise(file)?.kind).toBe(kindOf(name));
      expect(FAMILIES.filter((family) => family.recognises(file)).length).toBeLessThanOrEqual(1);
    });
  }

  it("all 16 files of the working group, HPKE and Wycheproof have a family", () => {
    expect(FAMILIES.map(({ name }) => name).sort()).toEqual([
      "crypto-basics",
      "deserialization",
      "hpke",
      "key-schedule",
      "message-protection",
      "messages",
      "passive-client",
      "psk-secret",
      "secret-tree",
      "transcript-hashes",
      "tree-math",
      "tree-operations",
      "tree-validation",
      "treekem",
      "welcome",
      "wycheproof",
    ]);
    for (const name of pinnedFiles("mls/")) {
      const file = publishedVectors(name);
      if (file !== undefined) expect(recognise(file)?.family, name).toBeDefined();
    }
  });

  it("other algorithms of Wycheproof are known by name", () => {
    const file = { algorithm: "RSASSA-PSS", testGroups: [{ type: "RsassaPssVerify", tests: [] }] };
    expect(recognise(file)).toEqual({ kind: "wycheproof RSASSA-PSS", family: undefined });
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a number", 5],
    ["text", "[]"],
    ["an empty list", []],
    ["an empty object", {}],
    ["a list of empty objects", [{}]],
    ["a list of lists", [[]]],
    ["a list of nulls", [null]],
    ["a manifest", { files: [{ file: "mls/messages.json", bytes: 1 }] }],
    ["a list with one entry of another kind", [{ vlbytes_header: "00", length: 0 }, { n_leaves: 1 }]],
    ["inherited fields only", [Object.create({ vlbytes_header: "00", length: 0 })]],
  ])("%s is no vector file", (_name, file) => {
    expect(recognise(file)).toBeUndefined();
  });
});
