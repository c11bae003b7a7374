/**
 * RFC 9180 §4, §5.1: labelled key derivation and the key schedule, base and PSK mode. Every derivation is bound to the
 * protocol version and the suite.
 */

import { concat, EMPTY, utf8, wipe } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { Aead, Bytes, Kdf, Kem } from "./algorithms.ts";

/** What HPKE needs of a cipher suite. */
export interface HpkeSuite {
  /** RFC 9180 §7.1 */
  readonly kem: Kem;
  /** RFC 9180 §7.2 */
  readonly kdf: Kdf;
  /** RFC 9180 §7.3 */
  readonly aead: Aead;
}

/** RFC 9180 §5, Table 1 */
export const MODE = { base: 0x00, psk: 0x01, auth: 0x02, authPsk: 0x03 } as const;
/** One of the four modes; `auth` and `authPsk` are refused. */
export type Mode = (typeof MODE)[keyof typeof MODE];

/** A pre-shared key of PSK mode, and the name that both sides know it by. */
export interface Psk {
  /** At least 32 octets of entropy (RFC 9180 §9.5). */
  readonly psk: Uint8Array;
  /** What both sides call it. */
  readonly pskId: Uint8Array;
}

/** What both sides must put in alike. */
export interface ScheduleInput {
  /** What the message is for; both sides give the same. */
  readonly info: Uint8Array;
  /** For PSK mode. */
  readonly psk?: Psk | undefined;
  /** Follows from `psk` if left out. */
  readonly mode?: Mode | undefined;
}

/** A KDF bound to the suite that it is used in. */
export interface LabeledKdf {
  readonly kdf: Kdf;
  /** `suite_id`, preceded by the version label. */
  readonly prefix: Uint8Array;
  /** What labels begin with `prefix`, or with a length in front of it: there are few, and each is used again and again. */
  readonly heads: Map<string, Uint8Array>;
}

/** §4: a KDF for a KEM (`"KEM" || kem_id`) or a whole suite (`"HPKE" || kem_id || kdf_id || aead_id`). */
export function labeledKdf(kdf: Kdf, protocol: "KEM" | "HPKE", ids: readonly number[]): LabeledKdf {
  const suiteId = ids.map((id) => Uint8Array.of(id >> 8, id & 0xff));
  return { kdf, prefix: concat(utf8("HPKE-v1"), utf8(protocol), ...suiteId), heads: new Map() };
}

/** §4 LabeledExtract */
export function labeledExtract(labeled: LabeledKdf, salt: Uint8Array, label: string, ikm: Uint8Array): Bytes {
  const labeledIkm = concat(headOf(labeled, label), ikm);
  const prk = labeled.kdf.extract(salt, labeledIkm);
  wipe(labeledIkm);
  return prk;
}

/** §4 LabeledExpand. @throws UsageError `kdf.too_long` */
export function labeledExpand(
  labeled: LabeledKdf,
  prk: Uint8Array,
  label: string,
  { info, length }: { readonly info: Uint8Array; readonly length: number },
): Bytes {
  return labeled.kdf.expand(prk, concat(headOf(labeled, label, length), info), length);
}

function headOf({ heads, prefix }: LabeledKdf, label: string, length?: number): Uint8Array {
  const name = length === undefined ? label : `${length} ${label}`;
  const known = heads.get(name);
  if (known !== undefined) return known;
  const lengthOctets = length === undefined ? EMPTY : Uint8Array.of(length >> 8, length & 0xff);
  const head = concat(lengthOctets, prefix, utf8(label));
  // Exports may have any length.
  if (heads.size < MOST_HEADS) heads.set(name, head);
  return head;
}

const MOST_HEADS = 64;

/** §5.1: what the key schedule arrives at, before keys are expanded from it. */
export interface KeySchedule {
  readonly labeled: LabeledKdf;
  readonly keyScheduleContext: Bytes;
  readonly secret: Secret;
}

/** What a context works with. `exporter_secret` is expanded apart, because most uses never export. */
export interface ContextKeys {
  readonly key: Secret;
  readonly baseNonce: Secret;
}

/** §5.1 `info_hash`, which is the same for all messages under one `info`. */
export function infoHashOf(suite: HpkeSuite, info: Uint8Array): Bytes {
  return labeledExtract(constantsOf(suite).labeled, EMPTY, "info_hash", info);
}

/**
 * §5.1 KeySchedule, up to `secret`, which the caller disposes of. Wipes `sharedSecret`. Takes the `info_hash` of
 * `input.info` if the caller has it.
 *
 * @throws UsageError `hpke.mode_unsupported`, `hpke.psk_inconsistent`
 */
export function keySchedule(
  suite: HpkeSuite,
  sharedSecret: Bytes,
  input: ScheduleInput,
  knownInfoHash?: Bytes,
): KeySchedule {
  const { labeled, emptyPskIdHash } = constantsOf(suite);
  try {
    const mode = modeOf(input);
    const { psk, pskId } = input.psk ?? { psk: EMPTY, pskId: EMPTY };
    const pskIdHash = pskId.length === 0 ? emptyPskIdHash : labeledExtract(labeled, EMPTY, "psk_id_hash", pskId);
    const infoHash = knownInfoHash ?? infoHashOf(suite, input.info);
    const keyScheduleContext = concat(Uint8Array.of(mode), pskIdHash, infoHash);
    return { labeled, keyScheduleContext, secret: new Secret(labeledExtract(labeled, sharedSecret, "secret", psk)) };
  } finally {
    wipe(sharedSecret);
  }
}

/** §5.1: the key and the nonce that everything else is derived from; both are empty for an export-only AEAD. */
export function contextKeys({ aead }: HpkeSuite, { labeled, keyScheduleContext, secret }: KeySchedule): ContextKeys {
  const expand = (label: string, length: number): Secret =>
    new Secret(
      length === 0 ? EMPTY.slice() : labeledExpand(labeled, secret.bytes, label, { info: keyScheduleContext, length }),
    );
  return { key: expand("key", aead.Nk), baseNonce: expand("base_nonce", aead.Nn) };
}

/** §5.1 `exporter_secret` */
export function exporterSecret({ labeled, keyScheduleContext, secret }: KeySchedule): Secret {
  const input = { info: keyScheduleContext, length: labeled.kdf.Nh };
  return new Secret(labeledExpand(labeled, secret.bytes, "exp", input));
}

/** §5.1 VerifyPSKInputs */
function modeOf({ mode, psk }: ScheduleInput): Mode {
  if (mode === MODE.auth || mode === MODE.authPsk) throw new UsageError("hpke.mode_unsupported", { mode });
  const consistent =
    psk === undefined ? mode !== MODE.psk : psk.psk.length > 0 && psk.pskId.length > 0 && mode !== MODE.base;
  if (!consistent) throw new UsageError("hpke.psk_inconsistent", { mode });
  return psk === undefined ? MODE.base : MODE.psk;
}

interface SuiteConstants {
  readonly labeled: LabeledKdf;
  readonly emptyPskIdHash: Bytes;
}

const constants = new WeakMap<HpkeSuite, SuiteConstants>();

/** What depends on the suite alone is computed once for each. */
function constantsOf(suite: HpkeSuite): SuiteConstants {
  const before = constants.get(suite);
  if (before !== undefined) return before;
  const labeled = labeledKdf(suite.kdf, "HPKE", [suite.kem.id, suite.kdf.id, suite.aead.id]);
  const computed = { labeled, emptyPskIdHash: labeledExtract(labeled, EMPTY, "psk_id_hash", EMPTY) };
  constants.set(suite, computed);
  return computed;
}
