/** The `welcome` vectors of the MLS working group: §12.4.3.1, one Welcome per suite opened and checked by hand. */

import { equal, fromHex } from "../bytes.ts";
import { decode, encode } from "../codec/codec.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { decryptWithLabel, verifyWithLabel } from "../crypto/labels.ts";
import { InvalidError } from "../errors.ts";
import { keyPackageRef } from "../group/key-package.ts";
import { joinedEpoch } from "../schedule/epoch.ts";
import { deriveMemberSecret, deriveWelcomeKey, deriveWelcomeSecret, zeroSecret } from "../schedule/key-schedule.ts";
import { Secret } from "../secret.ts";
import { GroupInfo, GroupInfoTBS } from "../wire/group-info.ts";
import { MLSMessage } from "../wire/message.ts";
import { GroupSecrets } from "../wire/welcome.ts";
import { expectBytes, expectSame, isListOf, type VectorFamily } from "./family.ts";
import { secretOf, suiteCase } from "./suite-case.ts";

interface WelcomeVector {
  readonly cipher_suite: number;
  readonly init_priv: string;
  readonly signer_pub: string;
  readonly key_package: string;
  readonly welcome: string;
}

export const welcome: VectorFamily = {
  name: "welcome",
  recognises: (file) => isListOf(file, "cipher_suite", "init_priv", "signer_pub", "key_package", "welcome"),
  cases: (file) =>
    (file as readonly WelcomeVector[]).map((vector, index) =>
      suiteCase(`case ${index}`, vector.cipher_suite, (suite) => check(suite, vector)),
    ),
};

async function check(suite: CipherSuite, vector: WelcomeVector): Promise<void> {
  const keyPackage = decode(MLSMessage, fromHex(vector.key_package));
  const message = decode(MLSMessage, fromHex(vector.welcome));
  if (keyPackage.wireFormat !== "mls_key_package" || message.wireFormat !== "mls_welcome") {
    throw new InvalidError("vectors.mismatch", { what: "wire format" });
  }
  const { secrets, encryptedGroupInfo } = message.welcome;
  const reference = keyPackageRef(suite, keyPackage.keyPackage);
  const entry = secrets.find(({ newMember }) => equal(newMember, reference));
  if (entry === undefined) throw new InvalidError("vectors.mismatch", { what: "new_member" });
  const opened = await decryptWithLabel(suite, secretOf(vector.init_priv), {
    label: "Welcome",
    context: encryptedGroupInfo,
    ciphertext: entry.encryptedGroupSecrets,
  });
  const groupSecrets = decode(GroupSecrets, opened.bytes);
  expectSame("number of psks", groupSecrets.psks.length, 0);
  const joinerSecret = Secret.copyOf(groupSecrets.joinerSecret);
  const groupInfo = openGroupInfo(suite, joinerSecret, encryptedGroupInfo);
  await checkGroupInfo(suite, groupInfo, { joinerSecret, signer: fromHex(vector.signer_pub) });
}

function openGroupInfo(suite: CipherSuite, joinerSecret: Secret, encryptedGroupInfo: Uint8Array): GroupInfo {
  const memberSecret = deriveMemberSecret(suite, joinerSecret, zeroSecret(suite));
  const { key, nonce } = deriveWelcomeKey(suite, deriveWelcomeSecret(suite, memberSecret));
  return decode(GroupInfo, suite.aead.open(key.bytes, nonce.bytes, new Uint8Array(0), encryptedGroupInfo));
}

async function checkGroupInfo(
  suite: CipherSuite,
  groupInfo: GroupInfo,
  { joinerSecret, signer }: { joinerSecret: Secret; signer: Uint8Array },
): Promise<void> {
  const { signature, ...content } = groupInfo;
  const request = { publicKey: signer, label: "GroupInfoTBS", content: encode(GroupInfoTBS, content), signature };
  const { groupContext, confirmationTag } = await verifyWithLabel(suite, groupInfo, request);
  const { epoch } = joinedEpoch(suite, { groupContext, joinerSecret, pskSecret: zeroSecret(suite), leaves: 1 });
  expectBytes("confirmation_tag", epoch.confirmationTag, confirmationTag);
}
