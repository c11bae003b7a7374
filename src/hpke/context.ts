/**
 * RFC 9180 §5.2, §5.3: what both sides hold after the set-up. No nonce serves twice: each use takes the next sequence
 * number, and a context that has none left refuses.
 */

import { InvalidError, UsageError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import type { Aead, Bytes } from "./algorithms.ts";
import {
  contextKeys,
  exporterSecret,
  type HpkeSuite,
  type KeySchedule,
  type LabeledKdf,
  labeledExpand,
} from "./key-schedule.ts";

/** What the two contexts share. Owns its secrets. */
class Context {
  readonly #aead: Aead;
  readonly #labeled: LabeledKdf;
  readonly #key: Secret;
  readonly #baseNonce: Secret;
  readonly #exporterSecret: Secret;
  #sequenceNumber = 0;

  /** Disposes of the schedule's secret. */
  constructor(suite: HpkeSuite, schedule: KeySchedule) {
    this.#aead = suite.aead;
    this.#labeled = schedule.labeled;
    const { key, baseNonce } = contextKeys(suite, schedule);
    this.#key = key;
    this.#baseNonce = baseNonce;
    this.#exporterSecret = exporterSecret(schedule);
    schedule.secret.dispose();
  }

  /**
   * §5.3 Export: a secret of `length` octets for a context string.
   *
   * @throws UsageError `kdf.too_long`, `secret.disposed`
   */
  export(context: Uint8Array, length: number): Bytes {
    return labeledExpand(this.#labeled, this.#exporterSecret.bytes, "sec", { info: context, length });
  }

  /** Wipes the keys: nothing can be done with the context any more. */
  dispose(): void {
    for (const secret of [this.#key, this.#baseNonce, this.#exporterSecret]) secret.dispose();
  }

  /** §5.2: runs one use under the next nonce, which counts as used only if the use succeeds. */
  protected use(run: (aead: Aead, key: Bytes, nonce: Bytes) => Bytes): Bytes {
    const aead = this.#aead;
    if (this.#sequenceNumber >= Math.min(2 ** (8 * aead.Nn) - 1, Number.MAX_SAFE_INTEGER)) {
      throw new UsageError(aead.Nn === 0 ? "hpke.export_only" : "hpke.message_limit");
    }
    const result = run(aead, this.#key.bytes, nonceOf(this.#baseNonce.bytes, this.#sequenceNumber));
    this.#sequenceNumber++;
    return result;
  }
}

/** §5.2 ContextS, the sender's side. */
export class SenderContext extends Context {
  /** The encapsulated key, which the recipient needs to set up its own side. */
  readonly enc: Bytes;

  constructor(suite: HpkeSuite, schedule: KeySchedule, enc: Bytes) {
    super(suite, schedule);
    this.enc = enc;
  }

  /** @throws UsageError `hpke.message_limit`, `hpke.export_only`, `secret.disposed` */
  seal(aad: Uint8Array, plaintext: Uint8Array): Bytes {
    return this.use((aead, key, nonce) => aead.seal(key, nonce, aad, plaintext));
  }
}

/** §5.2 ContextR, the recipient's side. */
export class RecipientContext extends Context {
  /**
   * Opens the next ciphertext; one that fails changes nothing.
   *
   * @throws InvalidError `hpke.open_failed`
   * @throws UsageError `hpke.message_limit`, `hpke.export_only`, `secret.disposed`
   */
  open(aad: Uint8Array, ciphertext: Uint8Array): Bytes {
    return this.use((aead, key, nonce) => openOnce(aead, { key, nonce, aad, ciphertext }));
  }
}

/** AEAD Open with the error of HPKE. @throws InvalidError `hpke.open_failed` */
export function openOnce(
  aead: Aead,
  input: {
    readonly key: Uint8Array;
    readonly nonce: Uint8Array;
    readonly aad: Uint8Array;
    readonly ciphertext: Uint8Array;
  },
): Bytes {
  try {
    return aead.open(input.key, input.nonce, input.aad, input.ciphertext);
  } catch (cause) {
    if (cause instanceof InvalidError) throw new InvalidError("hpke.open_failed");
    throw cause;
  }
}

/** §5.2 ComputeNonce: the base nonce XOR the sequence number, which is big-endian at its end. */
function nonceOf(baseNonce: Uint8Array, sequenceNumber: number): Bytes {
  const nonce = baseNonce.slice();
  let rest = sequenceNumber;
  for (let i = nonce.length - 1; rest > 0; i--, rest = Math.floor(rest / 256))
    nonce[i] = (nonce[i] ?? 0) ^ (rest % 256);
  return nonce;
}
