/** RFC 9180 §5.3, base mode with an empty info: HPKE for a shared secret instead of a message (used in §8.3). */

import { EMPTY, utf8 } from "../bytes.ts";
import type { Bytes, Random } from "../hpke/algorithms.ts";
import { exporterSecret, keySchedule, labeledExpand } from "../hpke/key-schedule.ts";
import { dispose, Secret } from "../secret.ts";
import type { CipherSuite } from "./cipher-suite.ts";

export interface ExportInput {
  /** The complete exporter context, without a prefix. */
  readonly context: string;
  readonly length: number;
}

/** A secret shared with the holder of a key. @throws InvalidError `key.hpke_public` */
export async function sendExport(
  suite: CipherSuite,
  publicKey: Uint8Array,
  { random, ...input }: ExportInput & { readonly random: Random },
): Promise<{ kemOutput: Uint8Array; secret: Secret }> {
  const { sharedSecret, enc } = await suite.kem.encap(publicKey, random);
  return { kemOutput: enc, secret: exported(suite, sharedSecret, input) };
}

/** The secret that `sendExport` made. @throws InvalidError `hpke.open_failed` */
export async function receiveExport(
  suite: CipherSuite,
  { kemOutput, privateKey }: { readonly kemOutput: Uint8Array; readonly privateKey: Secret },
  input: ExportInput,
): Promise<Secret> {
  return exported(suite, await suite.kem.decap(kemOutput, privateKey.bytes), input);
}

/** Of a context only the exporter is needed: no key, no nonce. Wipes `sharedSecret`. */
function exported(suite: CipherSuite, sharedSecret: Bytes, { context, length }: ExportInput): Secret {
  const schedule = keySchedule(suite, sharedSecret, { info: EMPTY });
  let exporter: Secret | undefined;
  try {
    exporter = exporterSecret(schedule);
    const info = utf8(context);
    return new Secret(labeledExpand(schedule.labeled, exporter.bytes, "sec", { info, length }));
  } finally {
    dispose([schedule.secret, ...(exporter === undefined ? [] : [exporter])]);
  }
}
