/** The `message-protection` vectors of the MLS working group: §6, three cases per suite, one for each content type. */

import { EMPTY, fromHex } from "../bytes.ts";
import { decode, encode } from "../codec/codec.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import type { Signer } from "../crypto/signer.ts";
import { InvalidError, MlsError } from "../errors.ts";
import { ratchetKind, signContent, verifyContent } from "../framing/content.ts";
import { padToMultipleOf } from "../framing/padding.ts";
import { openSenderData, protectPrivate, unprotectPrivate } from "../framing/private-message.ts";
import { protectPublic, unprotectPublic } from "../framing/public-message.ts";
import type { Random } from "../hpke/algorithms.ts";
import {
  createSecretTree,
  DEFAULT_RATCHET_LIMITS,
  nextSendingKey,
  receivingKey,
  type SecretTree,
} from "../schedule/secret-tree.ts";
import type { Secret } from "../secret.ts";
import { leafIndex } from "../tree-math.ts";
import { Commit } from "../wire/commit.ts";
import type { AuthenticatedContent, FramedContent } from "../wire/framed-content.ts";
import { GroupContext } from "../wire/group-context.ts";
import { MLSMessage } from "../wire/message.ts";
import { Proposal } from "../wire/proposal.ts";
import type { ContentType, WireFormat } from "../wire/registries.ts";
import { expectBytes, expectSame, isListOf, type VectorEnvironment, type VectorFamily } from "./family.ts";
import { secretOf, signerOfVector, suiteCase } from "./suite-case.ts";

interface Vector {
  readonly cipher_suite: number;
  readonly group_id: string;
  readonly epoch: number;
  readonly tree_hash: string;
  readonly confirmed_transcript_hash: string;
  readonly signature_priv: string;
  readonly signature_pub: string;
  readonly encryption_secret: string;
  readonly sender_data_secret: string;
  readonly membership_key: string;
  readonly proposal: string;
  readonly proposal_pub: string;
  readonly proposal_priv: string;
  readonly commit: string;
  readonly commit_pub: string;
  readonly commit_priv: string;
  readonly application: string;
  readonly application_priv: string;
}

const FIELDS: readonly (keyof Vector)[] = [
  "signature_priv",
  "membership_key",
  "proposal_pub",
  "commit_priv",
  "application_priv",
];
const CONTENT_TYPES: readonly ContentType[] = ["proposal", "commit", "application"];
const SENDER = leafIndex(1);

/** What both sides of the exchange know, in a group whose tree nobody looks at. */
interface Side {
  readonly suite: CipherSuite;
  readonly random: Random;
  readonly vector: Vector;
  readonly signer: Signer;
  /** Encoded. */
  readonly groupContext: Uint8Array;
  readonly membershipKey: Secret;
  readonly senderDataSecret: Secret;
}

export const messageProtection: VectorFamily = {
  name: "message-protection",
  recognises: (file) => isListOf(file, ...FIELDS),
  *cases(file) {
    for (const [index, vector] of (file as readonly Vector[]).entries()) {
      for (const contentType of CONTENT_TYPES) {
        yield suiteCase(`${index} ${contentType}`, vector.cipher_suite, async (suite, environment) => {
          const side = await sideOf(suite, vector, environment);
          if (contentType === "application") await checkApplicationNotPublic(side);
          else await checkPublic(side, contentType);
          await checkPrivate(side, contentType);
        });
      }
    }
  },
};

async function sideOf(suite: CipherSuite, vector: Vector, { random }: VectorEnvironment): Promise<Side> {
  const signer = await signerOfVector(suite, vector.signature_priv, vector.signature_pub);
  const groupContext = encode(GroupContext, {
    version: "mls10",
    cipherSuite: suite.id,
    groupId: fromHex(vector.group_id),
    epoch: BigInt(vector.epoch),
    treeHash: fromHex(vector.tree_hash),
    confirmedTranscriptHash: fromHex(vector.confirmed_transcript_hash),
    extensions: [],
  });
  const membershipKey = secretOf(vector.membership_key);
  const senderDataSecret = secretOf(vector.sender_data_secret);
  return { suite, random, vector, signer, groupContext, membershipKey, senderDataSecret };
}

async function checkPublic(side: Side, contentType: "proposal" | "commit"): Promise<void> {
  await checkOpenedPublic(side, contentType, fromHex(side.vector[`${contentType}_pub`]));
  const publicMessage = protectPublic(side.suite, await authenticate(side, contentType, "mls_public_message"), side);
  const message = encode(MLSMessage, { version: "mls10", wireFormat: "mls_public_message", publicMessage });
  await checkOpenedPublic(side, contentType, message);
}

async function checkOpenedPublic(side: Side, contentType: ContentType, bytes: Uint8Array): Promise<void> {
  const message = decode(MLSMessage, bytes);
  if (message.wireFormat !== "mls_public_message") throw new InvalidError("vectors.mismatch", { what: "wire_format" });
  await checkContent(side, contentType, unprotectPublic(side.suite, message.publicMessage, side));
}

/** Both ways of making such a message are refused. */
async function checkApplicationNotPublic(side: Side): Promise<void> {
  const content = contentOf(side.vector, "application");
  const signed = await codeOf(() => signContent(side.signer, "mls_public_message", content, side.groupContext));
  expectSame("signing application data for a PublicMessage", signed, "content.application_not_private");
  const authenticated = await authenticate(side, "application", "mls_private_message");
  const moved: AuthenticatedContent = { ...authenticated, wireFormat: "mls_public_message" };
  const protectedAs = await codeOf(async () => protectPublic(side.suite, moved, side));
  expectSame("protecting application data as a PublicMessage", protectedAs, "content.application_not_private");
}

async function checkPrivate(side: Side, contentType: ContentType): Promise<void> {
  const { suite, random, vector, senderDataSecret } = side;
  const tree = createSecretTree(suite, secretOf(vector.encryption_secret), 2);
  const after = await checkOpenedPrivate(side, contentType, fromHex(vector[`${contentType}_priv`]), tree);

  const { messageKey } = nextSendingKey(suite, after, SENDER, ratchetKind(contentType));
  const authenticated = await authenticate(side, contentType, "mls_private_message");
  const options = { padding: padToMultipleOf(64), random };
  const privateMessage = await protectPrivate(suite, authenticated, { senderDataSecret, messageKey }, options);
  const message = encode(MLSMessage, { version: "mls10", wireFormat: "mls_private_message", privateMessage });
  await checkOpenedPrivate(side, contentType, message, after);
}

/** The secret tree after the message. */
async function checkOpenedPrivate(
  side: Side,
  contentType: ContentType,
  bytes: Uint8Array,
  tree: SecretTree,
): Promise<SecretTree> {
  const { suite, senderDataSecret } = side;
  const message = decode(MLSMessage, bytes);
  if (message.wireFormat !== "mls_private_message") throw new InvalidError("vectors.mismatch", { what: "wire_format" });
  const { privateMessage } = message;
  const senderData = openSenderData(suite, privateMessage, senderDataSecret);
  expectSame("leaf_index", senderData.leafIndex, SENDER);
  const at = { leaf: SENDER, kind: ratchetKind(contentType), generation: senderData.generation };
  const step = receivingKey(suite, tree, at, DEFAULT_RATCHET_LIMITS);
  const { messageKey } = step;
  await checkContent(side, contentType, await unprotectPrivate(suite, privateMessage, { senderData, messageKey }));
  return step.tree;
}

async function checkContent(side: Side, contentType: ContentType, opened: AuthenticatedContent): Promise<void> {
  const keys = { publicKey: side.signer.publicKey, groupContext: side.groupContext };
  const { content } = await verifyContent(side.suite, opened, keys);
  expectSame("content_type", content.contentType, contentType);
  expectBytes(contentType, rawContent(content), fromHex(side.vector[contentType]));
}

/** The content of the vector, said by the member at leaf 1. The confirmation tag is not looked at here. */
async function authenticate(
  side: Side,
  contentType: ContentType,
  wireFormat: WireFormat,
): Promise<AuthenticatedContent> {
  const content = contentOf(side.vector, contentType);
  const signature = await signContent(side.signer, wireFormat, content, side.groupContext);
  const confirmationTag = contentType === "commit" ? new Uint8Array(side.suite.hash.length) : undefined;
  return { wireFormat, content, auth: { signature, confirmationTag } };
}

function contentOf(vector: Vector, contentType: ContentType): FramedContent {
  const frame = {
    groupId: fromHex(vector.group_id),
    epoch: BigInt(vector.epoch),
    sender: { senderType: "member", leafIndex: SENDER },
    authenticatedData: EMPTY,
  } as const;
  const raw = fromHex(vector[contentType]);
  if (contentType === "proposal") return { ...frame, contentType, proposal: decode(Proposal, raw) };
  if (contentType === "commit") return { ...frame, contentType, commit: decode(Commit, raw) };
  return { ...frame, contentType, applicationData: raw };
}

function rawContent(content: FramedContent): Uint8Array {
  if (content.contentType === "proposal") return encode(Proposal, content.proposal);
  if (content.contentType === "commit") return encode(Commit, content.commit);
  return content.applicationData;
}

async function codeOf(refused: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await refused();
    return undefined;
  } catch (error) {
    if (error instanceof MlsError) return error.code;
    throw error;
  }
}
