/** §8.5: secrets for other protocols, bound to the epoch. */

import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { deriveSecret, expandWithLabel } from "../crypto/labels.ts";
import type { Secret } from "../secret.ts";
import { consume } from "./key-schedule.ts";

/** What an exported secret is bound to. */
export interface ExporterInput {
  /** Says what the secret is for, and should be unique to that purpose (§17.8). */
  readonly label: string;
  /** What else the secret is bound to. */
  readonly context: Uint8Array;
  /** In octets. */
  readonly length: number;
}

/**
 * MLS-Exporter: a secret of this epoch that the caller owns, to be replaced after the next commit.
 *
 * @throws UsageError `kdf.too_long` over 65535 octets or what the KDF can give; `codec.value_out_of_range` for a length
 *   that is none
 */
export function mlsExporter(
  suite: CipherSuite,
  exporterSecret: Secret,
  { label, context, length }: ExporterInput,
): Secret {
  return consume(deriveSecret(suite, exporterSecret, label), (derived) =>
    expandWithLabel(suite, derived, { label: "exported", context: suite.hash.digest(context), length }),
  );
}
