/** §8.4: pre-shared keys, chained in the order in which a Commit or a Welcome names them. */

import { encode } from "../codec/codec.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { expandWithLabel } from "../crypto/labels.ts";
import { UsageError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { type PreSharedKeyID, PSKLabel } from "../wire/pre-shared-key.ts";
import { consume, extract, zeroSecret } from "./key-schedule.ts";

/** A pre-shared key under the name it has in a proposal. */
export interface NamedPsk {
  /** As the proposal has it. */
  readonly id: PreSharedKeyID;
  /** The secret itself. */
  readonly psk: Secret;
}

/** `index` and `count` of PSKLabel are uint16. */
const MAX_PSKS = 0xffff;

/**
 * The PSK secret of an epoch: all zero without PSKs. The PSKs remain their owner's.
 *
 * @throws UsageError `psk.too_many` over 65535
 */
export function derivePskSecret(suite: CipherSuite, psks: readonly NamedPsk[]): Secret {
  const count = psks.length;
  if (count > MAX_PSKS) throw new UsageError("psk.too_many", { count });
  return psks.reduce(
    (chained, { id, psk }, index) =>
      consume(chained, () =>
        consume(pskInput(suite, psk, { id, index, count }), (input) => extract(suite, input, chained)),
      ),
    zeroSecret(suite),
  );
}

/** The PSK bound to its name and to its place in the list. */
function pskInput(suite: CipherSuite, psk: Secret, label: PSKLabel): Secret {
  const context = encode(PSKLabel, label);
  const extracted = consume(zeroSecret(suite), (zero) => extract(suite, zero, psk));
  return consume(extracted, () =>
    expandWithLabel(suite, extracted, { label: "derived psk", context, length: suite.kdf.Nh }),
  );
}
