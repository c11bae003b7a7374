/**
 * §6.1, §12.1.8: who may say what in which wire format, and the signature over it. Nothing is signed or verified before
 * the sender was checked.
 */

import { Writer } from "../codec/writer.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { type SignedContent, signWithLabel, type Verified, verifyWithLabel } from "../crypto/labels.ts";
import type { Signer } from "../crypto/signer.ts";
import { MalformedError, UsageError } from "../errors.ts";
import type { RatchetKind } from "../schedule/secret-tree.ts";
import { type AuthenticatedContent, FramedContent } from "../wire/framed-content.ts";
import { type ContentType, mls10, type ProposalType, type SenderType, WireFormat } from "../wire/registries.ts";

const LABEL = "FramedContentTBS";

/** The proposals that each kind of sender may make; those that may make none are missing. */
const PROPOSALS: Partial<Record<SenderType, "all" | ReadonlySet<ProposalType>>> = {
  member: "all",
  external: new Set<ProposalType>(["add", "remove", "psk", "reinit", "group_context_extensions"]),
  new_member_proposal: new Set<ProposalType>(["add"]),
};

/**
 * What a sender's signature covers. The encoded `groupContext` takes part for members and for those who join by a
 * commit; other senders need not know it. Neither the content nor the result may be changed afterwards.
 */
export function framedContentTBS(wireFormat: WireFormat, content: FramedContent, groupContext: Uint8Array): Uint8Array {
  if (wireFormat !== "mls_public_message") return encodeTBS(wireFormat, content, groupContext);
  const known = tbsOfPublic.get(content);
  if (known?.groupContext === groupContext) return known.tbs;
  const tbs = encodeTBS(wireFormat, content, groupContext);
  tbsOfPublic.set(content, { groupContext, tbs });
  return tbs;
}

/**
 * The signature over content that is to be sent.
 *
 * @throws UsageError `content.application_not_private`, `content.must_be_public`, `input.invalid`
 * @throws MalformedError `content.sender_type_forbidden`
 */
export async function signContent(
  signer: Signer,
  wireFormat: WireFormat,
  content: FramedContent,
  groupContext: Uint8Array,
): Promise<Uint8Array> {
  refuseWireFormat(wireFormat, content);
  checkSender(content, wireFormat);
  return signWithLabel(signer, LABEL, signedTBS(wireFormat, content, groupContext));
}

export interface VerificationKeys {
  /** The key that belongs to the sender, by its type (§6.1). */
  readonly publicKey: Uint8Array;
  /** The encoded GroupContext of the epoch that the message was sent in. */
  readonly groupContext: Uint8Array;
}

/**
 * The content that the sender's signature vouches for. A commit's confirmation tag remains to be compared.
 *
 * @throws MalformedError `content.*`, `message.wrong_wire_format`
 * @throws InvalidError `signature.invalid`
 */
export async function verifyContent(
  suite: CipherSuite,
  authenticated: AuthenticatedContent,
  { publicKey, groupContext }: VerificationKeys,
): Promise<Verified<AuthenticatedContent>> {
  const { wireFormat, content, auth } = authenticated;
  checkSender(content, wireFormat);
  const tbs = signedTBS(wireFormat, content, groupContext);
  return verifyWithLabel(suite, authenticated, { publicKey, label: LABEL, content: tbs, signature: auth.signature });
}

/**
 * Whether this kind of sender may send this content in this wire format. Needs no keys.
 *
 * @throws MalformedError `content.application_in_public`, `content.sender_type_forbidden`, `message.wrong_wire_format`
 */
export function checkSender(content: FramedContent, wireFormat: WireFormat): void {
  const { senderType } = content.sender;
  const { contentType } = content;
  if (wireFormat === "mls_public_message") {
    if (contentType === "application") throw new MalformedError("content.application_in_public", { senderType });
  } else if (wireFormat !== "mls_private_message") {
    throw new MalformedError("message.wrong_wire_format", { wireFormat });
  } else if (senderType !== "member") {
    throw new MalformedError("content.sender_type_forbidden", { senderType, wireFormat });
  }
  if (!maySend(senderType, content)) {
    const proposalType = content.contentType === "proposal" ? content.proposal.proposalType : undefined;
    throw new MalformedError("content.sender_type_forbidden", { senderType, contentType, proposalType });
  }
}

/**
 * Whether the confirmation tag is there in a commit, and only there: the decoder sees to it, callers may not.
 *
 * @throws UsageError `input.invalid`
 */
export function checkAuthData({ content, auth }: AuthenticatedContent): void {
  if ((content.contentType === "commit") === (auth.confirmationTag !== undefined)) return;
  throw new UsageError("input.invalid", { input: "confirmationTag", contentType: content.contentType });
}

/** §6.3.1: which of a sender's two ratchets protects this content. */
export function ratchetKind(contentType: ContentType): RatchetKind {
  return contentType === "application" ? "application" : "handshake";
}

function maySend(senderType: SenderType, content: FramedContent): boolean {
  if (content.contentType === "application") return senderType === "member";
  if (content.contentType === "commit") return senderType === "member" || senderType === "new_member_commit";
  const allowed = PROPOSALS[senderType];
  const { proposalType } = content.proposal;
  // Which types of its own an application takes from external senders is for those to say who know the types (§17.4).
  if (senderType === "external" && typeof proposalType === "number") return true;
  return allowed === "all" || allowed?.has(proposalType) === true;
}

/** A sender's own mistakes are the caller's, not a peer's. */
function refuseWireFormat(wireFormat: WireFormat, { contentType, sender: { senderType } }: FramedContent): void {
  if (wireFormat === "mls_public_message") {
    if (contentType === "application") throw new UsageError("content.application_not_private");
  } else if (wireFormat !== "mls_private_message") {
    throw new UsageError("input.invalid", { input: "wireFormat", wireFormat });
  } else if (senderType !== "member") {
    throw new UsageError("content.must_be_public", { senderType });
  }
}

interface KnownTBS {
  readonly groupContext: Uint8Array;
  readonly tbs: Uint8Array;
}

/** In public messages the signature and the membership tag both cover the TBS: it is encoded for the first of them. */
const tbsOfPublic = new WeakMap<FramedContent, KnownTBS>();

/** The TBS of a private message, which may be long, is written to where it is signed and nowhere else. */
function signedTBS(wireFormat: WireFormat, content: FramedContent, groupContext: Uint8Array): SignedContent {
  if (wireFormat === "mls_public_message") return framedContentTBS(wireFormat, content, groupContext);
  return (writer) => writeTBS(writer, wireFormat, content, groupContext);
}

function encodeTBS(wireFormat: WireFormat, content: FramedContent, groupContext: Uint8Array): Uint8Array {
  const writer = new Writer(groupContext.length + 256);
  writeTBS(writer, wireFormat, content, groupContext);
  return writer.finish();
}

function writeTBS(writer: Writer, wireFormat: WireFormat, content: FramedContent, groupContext: Uint8Array): void {
  const { senderType } = content.sender;
  mls10.write(writer, "mls10");
  WireFormat.write(writer, wireFormat);
  FramedContent.write(writer, content);
  if (senderType === "member" || senderType === "new_member_commit") writer.bytes(groupContext);
}
