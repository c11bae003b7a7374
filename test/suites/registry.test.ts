import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { type Backend, cipherSuite, supports } from "../../src/crypto/cipher-suite.ts";
import { REGISTERED_SUITES } from "../../src/suites/registry.ts";
import { failure } from "../support/failure.ts";

const X25519 = "DHKEM(X25519, HKDF-SHA256)";
const X448 = "DHKEM(X448, HKDF-SHA512)";

/** The registry of §17.1 and the table behind it: KEM, KDF, AEAD, hash and signature of each suite. */
const TABLE = [
  [1, "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519", X25519, "HKDF-SHA256", "AES-128-GCM", "SHA-256", "ed25519"],
  [
    2,
    "MLS_128_DHKEMP256_AES128GCM_SHA256_P256",
    "DHKEM(P-256, HKDF-SHA256)",
    "HKDF-SHA256",
    "AES-128-GCM",
    "SHA-256",
    "ecdsa_secp256r1_sha256",
  ],
  [
    3,
    "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
    X25519,
    "HKDF-SHA256",
    "ChaCha20Poly1305",
    "SHA-256",
    "ed25519",
  ],
  [4, "MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448", X448, "HKDF-SHA512", "AES-256-GCM", "SHA-512", "ed448"],
  [
    5,
    "MLS_256_DHKEMP521_AES256GCM_SHA512_P521",
    "DHKEM(P-521, HKDF-SHA512)",
    "HKDF-SHA512",
    "AES-256-GCM",
    "SHA-512",
    "ecdsa_secp521r1_sha512",
  ],
  [6, "MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448", X448, "HKDF-SHA512", "ChaCha20Poly1305", "SHA-512", "ed448"],
  [
    7,
    "MLS_256_DHKEMP384_AES256GCM_SHA384_P384",
    "DHKEM(P-384, HKDF-SHA384)",
    "HKDF-SHA384",
    "AES-256-GCM",
    "SHA-384",
    "ecdsa_secp384r1_sha384",
  ],
] as const;

describe("§17.1 cipher suites", () => {
  it.each([noble, node])("[17.1-01] [17.1-02] are what the registry says, with $name", (backend) => {
    const suites = REGISTERED_SUITES.map((definition) => cipherSuite(definition, backend));
    const rows = suites.map(({ id, name, kem, kdf, aead, hash, signature }) => [
      id,
      name,
      kem.name,
      kdf.name,
      aead.name,
      hash.name,
      signature.name,
    ]);
    expect(rows).toEqual(TABLE);
  });

  it("[17.1-02] have the registered numbers of RFC 9180 behind the names", () => {
    const ids = REGISTERED_SUITES.map(({ kem, kdf, aead }) => [kem, kdf, aead]);
    expect(ids).toEqual([
      [0x20, 1, 1],
      [0x10, 1, 1],
      [0x20, 1, 3],
      [0x21, 3, 2],
      [0x12, 3, 2],
      [0x21, 3, 3],
      [0x11, 2, 2],
    ]);
  });

  it("[17.1-02] take the hash of the KDF and of the MAC to be one", () => {
    for (const definition of REGISTERED_SUITES) {
      const { kdf, hash } = cipherSuite(definition, noble);
      expect(kdf.Nh).toBe(hash.length);
      const [salt, data] = [new Uint8Array(hash.length).fill(1), Uint8Array.of(2)];
      expect(kdf.extract(salt, data)).toEqual(hash.hmac(salt, data));
    }
  });

  it("have a file each, named after them, which exports the definition under its name", async () => {
    const folder = new URL("../../src/suites/", import.meta.url);
    const files = readdirSync(folder).filter((file) => file !== "registry.ts");
    const named = REGISTERED_SUITES.map(({ name }) => `${name.toLowerCase().replaceAll("_", "-")}.ts`);
    expect(files.sort()).toEqual([...named].sort());
    for (const [index, file] of named.entries()) {
      const exported: Record<string, unknown> = await import(new URL(file, folder).href);
      const definition = REGISTERED_SUITES[index];
      expect({ ...exported }).toEqual({ [definition?.name ?? ""]: definition });
    }
  });
});

describe("§5.1 suites and backends", () => {
  const [first] = REGISTERED_SUITES;
  if (first === undefined) throw new Error("no suites");

  it.each(["kems", "kdfs", "aeads", "hashes", "signatures"] as const)("[5.1-01] are refused without %s", (list) => {
    const lacking: Backend = { ...noble, name: "lacking", [list]: [] };
    const error = failure(() => cipherSuite(first, lacking));
    expect(error.code).toBe("suite.primitive_missing");
    expect(error.details.backend).toBe("lacking");
    expect(supports(lacking, first)).toBe(false);
  });

  it("mix by spreading their lists into one", () => {
    const mixed: Backend = { ...noble, name: "mixed", kems: [...node.kems, ...noble.kems] };
    expect(cipherSuite(first, mixed).kem).toBe(cipherSuite(first, node).kem);
    expect(cipherSuite(first, mixed).signature).toBe(cipherSuite(first, noble).signature);
  });
});
