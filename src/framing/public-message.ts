/** §6.2: messages that are signed and, from members, authenticated with the membership key, but not encrypted. */

import { constantTimeEqual } from "../bytes.ts";
import { Writer } from "../codec/writer.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { InvalidError, UsageError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { type AuthenticatedContent, framedContentAuthData } from "../wire/framed-content.ts";
import type { PublicMessage } from "../wire/message.ts";
import { checkAuthData, checkSender, framedContentTBS } from "./content.ts";

/** What the membership tag depends on besides the message. */
export interface MembershipKeys {
  /** Needed for senders who are members; others have none. */
  readonly membershipKey: Secret | undefined;
  /** The encoded GroupContext of the epoch. */
  readonly groupContext: Uint8Array;
}

/**
 * The message that carries signed content readable by everyone.
 *
 * @throws UsageError `content.application_not_private`, `content.not_a_member` without the membership key that a member
 *   needs, `input.invalid`
 * @throws MalformedError `content.sender_type_forbidden`
 */
export function protectPublic(
  suite: CipherSuite,
  authenticated: AuthenticatedContent,
  keys: MembershipKeys,
): PublicMessage {
  const { wireFormat, content, auth } = authenticated;
  if (content.contentType === "application") throw new UsageError("content.application_not_private");
  if (wireFormat !== "mls_public_message") throw new UsageError("input.invalid", { input: "wireFormat", wireFormat });
  checkSender(content, wireFormat);
  checkAuthData(authenticated);
  return { content, auth, membershipTag: membershipTag(suite, authenticated, keys) };
}

/**
 * The content of a message whose membership tag is right, if its sender is a member. Its signature is not verified yet:
 * that is `verifyContent`.
 *
 * @throws MalformedError `content.application_in_public`, `content.sender_type_forbidden`
 * @throws InvalidError `content.membership_tag`
 * @throws UsageError `content.not_a_member` without the membership key
 */
export function unprotectPublic(
  suite: CipherSuite,
  message: PublicMessage,
  keys: MembershipKeys,
): AuthenticatedContent {
  const authenticated = readPublic(message);
  const expected = membershipTag(suite, authenticated, keys);
  const found = message.membershipTag;
  const matches =
    expected === undefined ? found === undefined : found !== undefined && constantTimeEqual(found, expected);
  if (!matches) throw new InvalidError("content.membership_tag", { senderType: message.content.sender.senderType });
  return authenticated;
}

/**
 * For observers, who have no membership key: the content, without any proof that its sender is a member. Its signature
 * is still to be verified.
 *
 * @throws MalformedError `content.application_in_public`, `content.sender_type_forbidden`
 */
export function readPublic({ content, auth }: PublicMessage): AuthenticatedContent {
  const wireFormat = "mls_public_message";
  checkSender(content, wireFormat);
  return { wireFormat, content, auth };
}

/** The MAC over AuthenticatedContentTBM; senders who are no members have none. */
function membershipTag(
  suite: CipherSuite,
  { wireFormat, content, auth }: AuthenticatedContent,
  { membershipKey, groupContext }: MembershipKeys,
): Uint8Array | undefined {
  if (content.sender.senderType !== "member") return undefined;
  if (membershipKey === undefined) throw new UsageError("content.not_a_member", { needed: "membershipKey" });
  const tbs = framedContentTBS(wireFormat, content, groupContext);
  const tbm = new Writer(tbs.length + 256);
  tbm.bytes(tbs);
  framedContentAuthData(content.contentType).write(tbm, auth);
  return suite.hash.hmac(membershipKey.bytes, tbm.finish());
}
