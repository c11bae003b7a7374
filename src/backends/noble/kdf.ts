/** RFC 9180 §7.2: HKDF in JavaScript. */

import type { Kdf } from "../../hpke/algorithms.ts";
import { HKDF_SHA256, HKDF_SHA384, HKDF_SHA512, hkdf } from "../../hpke/hkdf.ts";
import { sha256, sha384, sha512 } from "./hash.ts";

/** RFC 9180 §7.2: HKDF-SHA256, in JavaScript. */
export const hkdfSha256: Kdf = /* @__PURE__ */ hkdf(HKDF_SHA256, sha256);
/** RFC 9180 §7.2: HKDF-SHA384, in JavaScript. */
export const hkdfSha384: Kdf = /* @__PURE__ */ hkdf(HKDF_SHA384, sha384);
/** RFC 9180 §7.2: HKDF-SHA512, in JavaScript. */
export const hkdfSha512: Kdf = /* @__PURE__ */ hkdf(HKDF_SHA512, sha512);
