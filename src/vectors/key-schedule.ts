/** The `key-schedule` vectors of the MLS working group: §8, §8.5, one case per suite, over several epochs. */

import { fromHex } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { InvalidError } from "../errors.ts";
import { type Epoch, joinedEpoch } from "../schedule/epoch.ts";
import { mlsExporter } from "../schedule/exporter.ts";
import {
  deriveJoinerSecret,
  deriveMemberSecret,
  deriveWelcomeSecret,
  externalKeyPair,
} from "../schedule/key-schedule.ts";
import { Secret } from "../secret.ts";
import { GroupContext } from "../wire/group-context.ts";
import { expectBytes, isListOf, type VectorFamily } from "./family.ts";
import { expectSecret, secretOf, suiteCase } from "./suite-case.ts";

interface EpochVector {
  readonly tree_hash: string;
  readonly commit_secret: string;
  readonly psk_secret: string;
  readonly confirmed_transcript_hash: string;
  readonly group_context: string;
  readonly joiner_secret: string;
  readonly welcome_secret: string;
  readonly init_secret: string;
  readonly sender_data_secret: string;
  readonly encryption_secret: string;
  readonly exporter_secret: string;
  readonly epoch_authenticator: string;
  readonly external_secret: string;
  readonly confirmation_key: string;
  readonly membership_key: string;
  readonly resumption_psk: string;
  readonly external_pub: string;
  /** The label is text, although it looks like octets in hexadecimal. */
  readonly exporter: {
    readonly label: string;
    readonly context: string;
    readonly length: number;
    readonly secret: string;
  };
}

interface Vector {
  readonly cipher_suite: number;
  readonly group_id: string;
  readonly initial_init_secret: string;
  readonly epochs: readonly EpochVector[];
}

export const keySchedule: VectorFamily = {
  name: "key-schedule",
  recognises: (file) => isListOf(file, "cipher_suite", "group_id", "initial_init_secret", "epochs"),
  *cases(file) {
    for (const [index, vector] of (file as readonly Vector[]).entries()) {
      yield suiteCase(`${index}`, vector.cipher_suite, (suite) => checkEpochs(suite, vector));
    }
  },
};

async function checkEpochs(suite: CipherSuite, { group_id, initial_init_secret, epochs }: Vector): Promise<void> {
  let initSecret = secretOf(initial_init_secret);
  for (const [epoch, expected] of epochs.entries()) {
    const groupContext: GroupContext = {
      version: "mls10",
      cipherSuite: suite.id,
      groupId: fromHex(group_id),
      epoch: BigInt(epoch),
      treeHash: fromHex(expected.tree_hash),
      confirmedTranscriptHash: fromHex(expected.confirmed_transcript_hash),
      extensions: [],
    };
    initSecret = await checkEpoch(suite, { groupContext, initSecret, expected });
  }
}

/** The epoch's init secret, for the next one. */
async function checkEpoch(
  suite: CipherSuite,
  { groupContext, initSecret, expected }: { groupContext: GroupContext; initSecret: Secret; expected: EpochVector },
): Promise<Secret> {
  const encoded = encode(GroupContext, groupContext);
  expectBytes("group_context", encoded, fromHex(expected.group_context));

  const commitSecret = secretOf(expected.commit_secret);
  const pskSecret = secretOf(expected.psk_secret);
  const joinerSecret = deriveJoinerSecret(suite, { initSecret, commitSecret, groupContext: encoded });
  expectSecret("joiner_secret", joinerSecret, expected.joiner_secret);
  const welcomeSecret = deriveWelcomeSecret(suite, deriveMemberSecret(suite, joinerSecret, pskSecret));
  expectSecret("welcome_secret", welcomeSecret, expected.welcome_secret);

  const { epoch } = joinedEpoch(suite, { groupContext, joinerSecret, pskSecret, leaves: 1 });
  checkSecrets(epoch, expected);
  await checkUses(suite, epoch, expected);
  return epoch.secrets.initSecret;
}

function checkSecrets({ secrets, secretTree }: Epoch, expected: EpochVector): void {
  if (!(secretTree.root instanceof Secret)) throw new InvalidError("vectors.mismatch", { what: "encryption_secret" });
  expectSecret("encryption_secret", secretTree.root, expected.encryption_secret);
  expectSecret("sender_data_secret", secrets.senderDataSecret, expected.sender_data_secret);
  expectSecret("exporter_secret", secrets.exporterSecret, expected.exporter_secret);
  expectSecret("external_secret", secrets.externalSecret, expected.external_secret);
  expectSecret("confirmation_key", secrets.confirmationKey, expected.confirmation_key);
  expectSecret("membership_key", secrets.membershipKey, expected.membership_key);
  expectSecret("resumption_psk", secrets.resumptionPsk, expected.resumption_psk);
  expectSecret("epoch_authenticator", secrets.epochAuthenticator, expected.epoch_authenticator);
  expectSecret("init_secret", secrets.initSecret, expected.init_secret);
}

async function checkUses(
  suite: CipherSuite,
  { secrets }: Epoch,
  { external_pub, exporter }: EpochVector,
): Promise<void> {
  const { publicKey } = await externalKeyPair(suite, secrets.externalSecret);
  expectBytes("external_pub", publicKey, fromHex(external_pub));
  const { label, length } = exporter;
  const exported = mlsExporter(suite, secrets.exporterSecret, { label, context: fromHex(exporter.context), length });
  expectSecret("exporter.secret", exported, exporter.secret);
}
