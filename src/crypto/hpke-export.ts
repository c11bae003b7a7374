/** RFC 9180 §5.3, base mode with an empty info: HPKE for a shared secret instead of a message (used in §8.3). */

import { EMPTY, utf8 } from "../bytes.ts";
import type { Random } from "../hpke/algorithms.ts";
import { setupRecipient, setupSender } from "../hpke/single-shot.ts";
import { Secret } from "../secret.ts";
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
  { context, length, random }: ExportInput & { readonly random: Random },
): Promise<{ kemOutput: Uint8Array; secret: Secret }> {
  const sender = await setupSender(suite, publicKey, { info: EMPTY, random });
  try {
    return { kemOutput: sender.enc, secret: new Secret(sender.export(utf8(context), length)) };
  } finally {
    sender.dispose();
  }
}

/** The secret that `sendExport` made. @throws InvalidError `hpke.open_failed` */
export async function receiveExport(
  suite: CipherSuite,
  keys: { readonly kemOutput: Uint8Array; readonly privateKey: Secret },
  { context, length }: ExportInput,
): Promise<Secret> {
  const { kemOutput, privateKey } = keys;
  const recipient = await setupRecipient(suite, { enc: kemOutput, privateKey: privateKey.bytes }, { info: EMPTY });
  try {
    return new Secret(recipient.export(utf8(context), length));
  } finally {
    recipient.dispose();
  }
}
