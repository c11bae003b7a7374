/** §12.4.3.1, sending: what new members need, encrypted to each of them. */

import { EMPTY, wipe } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { sealBySize } from "../crypto/aead.ts";
import type { CipherSuite, Random } from "../crypto/cipher-suite.ts";
import { encryptManyWithLabel, type Recipient } from "../crypto/labels.ts";
import { deriveWelcomeKey } from "../schedule/key-schedule.ts";
import type { Secret } from "../secret.ts";
import { type GeneratedPath, pathSecretFor } from "../tree/update-path.ts";
import type { LeafIndex } from "../tree-math.ts";
import { GroupInfo } from "../wire/group-info.ts";
import type { KeyPackage } from "../wire/key-package.ts";
import { MLSMessage } from "../wire/message.ts";
import type { PreSharedKeyID } from "../wire/pre-shared-key.ts";
import { GroupSecrets } from "../wire/welcome.ts";
import { keyPackageRef } from "./key-package.ts";

export interface Joiner {
  readonly keyPackage: KeyPackage;
  readonly leafIndex: LeafIndex;
}

export interface WelcomeInput {
  readonly groupInfo: GroupInfo;
  readonly joiners: readonly Joiner[];
  readonly joinerSecret: Secret;
  readonly welcomeSecret: Secret;
  readonly psks: readonly PreSharedKeyID[];
  readonly path: GeneratedPath | undefined;
  /** One Welcome for all joiners, or one for each. */
  readonly grouping: "one" | "each";
  readonly committer: LeafIndex;
}

/** The encoded Welcome messages; together they cover every joiner, in the order of their Adds. */
export async function createWelcomes(
  suite: CipherSuite,
  input: WelcomeInput,
  random: Random,
): Promise<readonly Uint8Array[]> {
  if (input.joiners.length === 0) return [];
  const encryptedGroupInfo = await sealGroupInfo(suite, input);
  const plaintexts = input.joiners.map(({ leafIndex }) => groupSecretsFor(input, leafIndex));
  try {
    const recipients = input.joiners.map(
      ({ keyPackage }, position): Recipient => ({
        publicKey: keyPackage.initKey,
        plaintext: plaintexts[position] as Uint8Array,
      }),
    );
    const welcome = { label: "Welcome", context: encryptedGroupInfo };
    const sealed = await encryptManyWithLabel(suite, welcome, recipients, random);
    const secrets = sealed.map((encryptedGroupSecrets, position) => ({
      newMember: keyPackageRef(suite, (input.joiners[position] as Joiner).keyPackage),
      encryptedGroupSecrets,
    }));
    const batches = input.grouping === "one" ? [secrets] : secrets.map((each) => [each]);
    return batches.map((batch) =>
      encode(MLSMessage, {
        version: "mls10",
        wireFormat: "mls_welcome",
        welcome: { cipherSuite: suite.id, secrets: batch, encryptedGroupInfo },
      }),
    );
  } finally {
    for (const plaintext of plaintexts) wipe(plaintext);
  }
}

async function sealGroupInfo(suite: CipherSuite, { welcomeSecret, groupInfo }: WelcomeInput): Promise<Uint8Array> {
  const { key, nonce } = deriveWelcomeKey(suite, welcomeSecret);
  try {
    const call = { key: key.bytes, nonce: nonce.bytes, aad: EMPTY };
    return await sealBySize(suite.aead, call, encode(GroupInfo, groupInfo));
  } finally {
    key.dispose();
    nonce.dispose();
  }
}

function groupSecretsFor(
  { path, committer, joinerSecret, psks }: WelcomeInput,
  joiner: LeafIndex,
): Uint8Array<ArrayBuffer> {
  const pathSecret = path === undefined ? undefined : { pathSecret: pathSecretFor(path, committer, joiner).bytes };
  return encode(GroupSecrets, { joinerSecret: joinerSecret.bytes, pathSecret, psks });
}
