/** A bundle holds no word of a backend or a suite that it does not name. */

import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const resolveDir = fileURLToPath(new URL("../../src/", import.meta.url));

const SUITE_1 = `
  import { aes128Gcm, dhkemX25519, ed25519, hkdfSha256, sha256 } from "./backends/noble/index.ts";
  import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 as suite } from "./suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519.ts";
  import { cipherSuite } from "./crypto/cipher-suite.ts";
  const backend = { name: "mine", kems: [dhkemX25519], kdfs: [hkdfSha256], aeads: [aes128Gcm], hashes: [sha256], signatures: [ed25519] };
  console.log(cipherSuite(suite, backend));
`;

const EVERYTHING = `
  import { noble } from "./backends/noble/index.ts";
  import { REGISTERED_SUITES } from "./suites/registry.ts";
  import { cipherSuite } from "./crypto/cipher-suite.ts";
  console.log(REGISTERED_SUITES.map((suite) => cipherSuite(suite, noble)));
`;

/** One word of each thing, or a constant where it has none that survives. */
const FOREIGN = {
  "P-256": "5ac635d8aa3a93e7",
  "P-384": "secp384r1",
  "P-521": "secp521r1",
  X448: "DHKEM(X448",
  Ed448: "ed448",
  "SHA-512": "HKDF-SHA512",
  "SHA-384": "SHA-384",
  AES256: "AES-256-GCM",
  ChaCha: "ChaCha20Poly1305",
  "the other suites": "MLS_256",
};

async function bundle(contents: string): Promise<string> {
  const stdin = { contents, resolveDir, loader: "ts" } as const;
  const { outputFiles } = await build({
    stdin,
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
  });
  return outputFiles[0]?.text ?? "";
}

describe("§5.1 a bundle", () => {
  it("for one suite holds nothing of the others", async () => {
    const text = await bundle(SUITE_1);
    const found = Object.entries(FOREIGN).filter(([, word]) => text.includes(word));
    expect(found).toEqual([]);
    expect(text).toContain("MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519");
    expect(text).not.toContain("node:");
  });

  it("for all suites holds all of them, so the words are the right ones", async () => {
    const text = await bundle(EVERYTHING);
    const missing = Object.entries(FOREIGN).filter(([, word]) => !text.includes(word));
    expect(missing).toEqual([]);
  });
});
