/** §8.3: an init secret by HPKE, from a joiner who has no init secret of the group's. */

import type { CipherSuite, Random } from "../crypto/cipher-suite.ts";
import { receiveExport, sendExport } from "../crypto/hpke-export.ts";
import type { Secret } from "../secret.ts";
import { externalKeyPair } from "./key-schedule.ts";

/** What the joiner sends, and what it keeps. */
export interface ExternalInitOutput {
  /** For the ExternalInit proposal. */
  readonly kemOutput: Uint8Array;
  /** In place of that of the last epoch. */
  readonly initSecret: Secret;
}

/**
 * The joiner's side: a new init secret for the group with this `external_pub`.
 *
 * @throws InvalidError `key.hpke_public`
 */
export async function sendExternalInit(
  suite: CipherSuite,
  externalPub: Uint8Array,
  random: Random,
): Promise<ExternalInitOutput> {
  const input = { context: EXPORTER_CONTEXT, length: suite.kdf.Nh, random };
  const { kemOutput, secret } = await sendExport(suite, externalPub, input);
  return { kemOutput, initSecret: secret };
}

/**
 * The members' side: the init secret of an ExternalInit proposal, by the external secret of the epoch it was made for.
 *
 * @throws InvalidError `hpke.open_failed`
 */
export async function receiveExternalInit(
  suite: CipherSuite,
  externalSecret: Secret,
  kemOutput: Uint8Array,
): Promise<Secret> {
  const { privateKey } = await externalKeyPair(suite, externalSecret);
  try {
    return await receiveExport(suite, { kemOutput, privateKey }, { context: EXPORTER_CONTEXT, length: suite.kdf.Nh });
  } finally {
    privateKey.dispose();
  }
}

const EXPORTER_CONTEXT = "MLS 1.0 external init secret";
