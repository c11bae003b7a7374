/** Makes `message-protection` (§6.1 to §6.3): messages of the member at leaf 1 of two. */

import { toHex } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import type { CipherSuite, Random } from "../crypto/cipher-suite.ts";
import { generateSigner, type KeySigner } from "../crypto/signer.ts";
import { ratchetKind, signContent } from "../framing/content.ts";
import { padToMultipleOf } from "../framing/padding.ts";
import { protectPrivate } from "../framing/private-message.ts";
import { protectPublic } from "../framing/public-message.ts";
import type { Content } from "../group/protect.ts";
import { createSecretTree, nextSendingKey, type SecretTree } from "../schedule/secret-tree.ts";
import { Secret } from "../secret.ts";
import { leafIndex } from "../tree-math.ts";
import { Commit } from "../wire/commit.ts";
import type { AuthenticatedContent } from "../wire/framed-content.ts";
import { MLSMessage } from "../wire/message.ts";
import { Proposal } from "../wire/proposal.ts";
import type { WireFormat } from "../wire/registries.ts";
import { groupContextOctets, type MakeInput } from "./make-formulas.ts";
import { StructMaker } from "./make-structs.ts";

const SENDER = leafIndex(1);
const EPOCH = 70_000;

/** Who sends, and the group that it sends in. */
interface Side {
  readonly suite: CipherSuite;
  readonly random: Random;
  readonly signer: KeySigner;
  readonly groupId: Uint8Array;
  readonly groupContext: Uint8Array;
  readonly membershipKey: Secret;
  readonly senderDataSecret: Secret;
  readonly encryptionSecret: Secret;
}

/** With authenticated data, padding, and generations above 0. */
export async function makeMessageProtection(input: MakeInput): Promise<unknown[]> {
  const { suite, random } = input;
  const structs = new StructMaker(input);
  const context = {
    groupId: random(16),
    epoch: EPOCH,
    treeHash: random(suite.hash.length),
    confirmedTranscriptHash: random(suite.hash.length),
  };
  const secret = () => new Secret(random(suite.kdf.Nh));
  const side: Side = {
    suite,
    random,
    signer: await generateSigner(suite, random),
    groupId: context.groupId,
    groupContext: groupContextOctets(suite, context),
    membershipKey: secret(),
    senderDataSecret: secret(),
    encryptionSecret: secret(),
  };
  const proposal = structs.smallProposals().groupContextExtensions;
  const commit = await structs.commit();
  const applicationData = random(100);
  return [
    {
      cipher_suite: suite.id,
      group_id: toHex(context.groupId),
      epoch: EPOCH,
      tree_hash: toHex(context.treeHash),
      confirmed_transcript_hash: toHex(context.confirmedTranscriptHash),
      signature_priv: toHex(side.signer.privateKey.bytes),
      signature_pub: toHex(side.signer.publicKey),
      encryption_secret: toHex(side.encryptionSecret.bytes),
      sender_data_secret: toHex(side.senderDataSecret.bytes),
      membership_key: toHex(side.membershipKey.bytes),
      proposal: toHex(encode(Proposal, proposal)),
      proposal_pub: await publicMessage(side, { contentType: "proposal", proposal }),
      proposal_priv: await privateMessage(side, { contentType: "proposal", proposal }),
      commit: toHex(encode(Commit, commit)),
      commit_pub: await publicMessage(side, { contentType: "commit", commit }),
      commit_priv: await privateMessage(side, { contentType: "commit", commit }),
      application: toHex(applicationData),
      application_priv: await privateMessage(side, { contentType: "application", applicationData }),
    },
  ];
}

async function publicMessage(side: Side, content: Content): Promise<string> {
  const publicMessage = protectPublic(side.suite, await authenticated(side, "mls_public_message", content), side);
  return toHex(encode(MLSMessage, { version: "mls10", wireFormat: "mls_public_message", publicMessage }));
}

async function privateMessage(side: Side, content: Content): Promise<string> {
  const { suite, random, senderDataSecret, encryptionSecret } = side;
  const kind = ratchetKind(content.contentType);
  let tree: SecretTree = createSecretTree(suite, Secret.copyOf(encryptionSecret.bytes), 2);
  for (let generation = 0; generation < 3; generation++) tree = nextSendingKey(suite, tree, SENDER, kind).tree;
  const { messageKey } = nextSendingKey(suite, tree, SENDER, kind);
  const said = await authenticated(side, "mls_private_message", content);
  const options = { padding: padToMultipleOf(128), random };
  const privateMessage = await protectPrivate(suite, said, { senderDataSecret, messageKey }, options);
  return toHex(encode(MLSMessage, { version: "mls10", wireFormat: "mls_private_message", privateMessage }));
}

async function authenticated(side: Side, wireFormat: WireFormat, content: Content): Promise<AuthenticatedContent> {
  const { suite, random, signer, groupId, groupContext } = side;
  const sender = { senderType: "member", leafIndex: SENDER } as const;
  const framed = { groupId, epoch: BigInt(EPOCH), sender, authenticatedData: random(70), ...content };
  const signature = await signContent(signer, wireFormat, framed, groupContext);
  const confirmationTag = content.contentType === "commit" ? random(suite.hash.length) : undefined;
  return { wireFormat, content: framed, auth: { signature, confirmationTag } };
}
