/** The published vectors that are about primitives, on the platform's Web Cryptography. */
import { describe } from "vitest";
import { webcrypto } from "../../src/backends/webcrypto/index.ts";
import { cryptoBasics } from "../../src/vectors/crypto-basics.ts";
import { hpke } from "../../src/vectors/hpke.ts";
import { wycheproof } from "../../src/vectors/wycheproof.ts";
import { pinnedFiles } from "../support/vector-files.ts";
import { describeFamily } from "../support/vector-run.ts";

const classical = pinnedFiles("wycheproof/").filter((file) => !/\/ml(kem|dsa)_/.test(file));

describe("[5.1.1-01] [5.1.2-03] [5.1.2-04] [5.1.2-05] Wycheproof", () => {
  describeFamily(wycheproof, classical, [webcrypto]);
});

describe("RFC 9180 appendix A", () => {
  describeFamily(hpke, ["hpke/rfc9180.json"], [webcrypto]);
});

describe("§5", () => {
  describeFamily(cryptoBasics, ["mls/crypto-basics.json"], [webcrypto]);
});
