/**
 * Curve25519 of the platform alone, for suites 1 and 3: no bundle holds arithmetic in JavaScript for the sake of platforms
 * that its users don't have. Whether this one can be relied on is found out before anything is made of it.
 */

import type { SignatureScheme } from "../../crypto/cipher-suite.ts";
import { ED25519, eddsa } from "../../crypto/eddsa.ts";
import { UsageError } from "../../errors.ts";
import type { Kem } from "../../hpke/algorithms.ts";
import { DHKEM_X25519 } from "../../hpke/dh-parameters.ts";
import { dhkem } from "../../hpke/dhkem.ts";
import { hkdfSha256 } from "../noble/kdf.ts";
import { platformX25519 } from "./kem.ts";
import { platformEd25519 } from "./signature.ts";

/** The public-key half of suites 1 and 3; the names are those that the primitives have in a backend. */
export interface Curve25519 {
  /** RFC 9180 §7.1: DHKEM(X25519, HKDF-SHA256). */
  readonly dhkemX25519: Kem;
  /** RFC 8032: Ed25519. */
  readonly ed25519: SignatureScheme;
}

/**
 * X25519 and Ed25519 of the platform, with nothing to fall back on.
 *
 * @throws UsageError `suite.primitive_missing` where the platform lacks one of them, or computes it otherwise than others do
 */
export async function platformCurve25519(): Promise<Curve25519> {
  for (const [missing, { native }] of [
    ["X25519", platformX25519],
    ["Ed25519", platformEd25519],
  ] as const) {
    if (!(await native())) throw new UsageError("suite.primitive_missing", { missing });
  }
  return {
    dhkemX25519: dhkem(DHKEM_X25519, hkdfSha256, platformX25519),
    ed25519: eddsa(ED25519, platformEd25519),
  };
}
