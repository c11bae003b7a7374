import { expand as nobleExpand } from "@noble/hashes/hkdf.js";
import { sha384 } from "@noble/hashes/sha2.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hkdfSha256, hkdfSha384 } from "../../src/backends/noble/kdf.ts";
import { fromHex, toHex } from "../../src/bytes.ts";
import { failure } from "../support/failure.ts";

describe("RFC 5869 HKDF", () => {
  it("appendix A.1", () => {
    const prk = hkdfSha256.extract(fromHex("000102030405060708090a0b0c"), new Uint8Array(22).fill(0x0b));
    expect(toHex(prk)).toBe("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    const okm = hkdfSha256.expand(prk, fromHex("f0f1f2f3f4f5f6f7f8f9"), 42);
    expect(toHex(okm)).toBe("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  });

  it("expands to any length as another implementation does", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 48, maxLength: 48 }),
        fc.uint8Array(),
        fc.nat(300),
        (prk, info, length) => {
          expect(toHex(hkdfSha384.expand(prk, info, length))).toBe(toHex(nobleExpand(sha384, prk, info, length)));
        },
      ),
    );
  });

  it("expands to nothing, to the most it can, and no further", () => {
    const prk = new Uint8Array(32);
    expect(hkdfSha256.expand(prk, prk, 0)).toHaveLength(0);
    expect(hkdfSha256.expand(prk, prk, 255 * 32)).toHaveLength(255 * 32);
    expect(failure(() => hkdfSha256.expand(prk, prk, 255 * 32 + 1)).code).toBe("kdf.too_long");
  });
});
