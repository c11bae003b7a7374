/**
 * §6.3: messages that are signed and encrypted, and whose sender is encrypted too. Keys are arguments, one message key
 * for each message; what travels in the clear is bound to it as additional data. A failure changes nothing.
 */

import { wipe } from "../bytes.ts";
import { type Codec, decode, encode } from "../codec/codec.ts";
import { type DecodeOptions, Reader } from "../codec/reader.ts";
import { struct } from "../codec/struct.ts";
import { MAX_VECTOR_LENGTH, Writer } from "../codec/writer.ts";
import { openBySize, sealBySize } from "../crypto/aead.ts";
import type { Awaitable, CipherSuite, Random } from "../crypto/cipher-suite.ts";
import { expandWithLabel } from "../crypto/labels.ts";
import { MalformedError, UsageError } from "../errors.ts";
import { allOrNone } from "../schedule/key-schedule.ts";
import type { MessageKey } from "../schedule/secret-tree.ts";
import { dispose, type Secret } from "../secret.ts";
import type { LeafIndex } from "../tree-math.ts";
import {
  type AuthenticatedContent,
  CONTENT_CASES,
  type FramedContent,
  framedContentAuthData,
} from "../wire/framed-content.ts";
import { PrivateContentAAD, type PrivateMessage, SenderData, SenderDataAAD } from "../wire/message.ts";
import type { ContentType } from "../wire/registries.ts";
import { checkAuthData } from "./content.ts";
import type { PaddingPolicy } from "./padding.ts";

/** The keys that protect a private message. */
export interface SendingKeys {
  /** §8 */
  readonly senderDataSecret: Secret;
  /** The sender's next (§9.1), for this message and no other. Remains the caller's to dispose of. */
  readonly messageKey: MessageKey;
}

/** What else goes into a private message. */
export interface SendingOptions {
  /** §15.1 */
  readonly padding: PaddingPolicy;
  /** Makes the reuse guard (§6.3.1). */
  readonly random: Random;
}

/** The keys that open a private message. */
export interface ReceivingKeys {
  /** What `openSenderData` found. */
  readonly senderData: SenderData;
  /** The key of the sender data's leaf and generation. Remains the caller's to dispose of. */
  readonly messageKey: MessageKey;
}

/**
 * The message that carries a member's signed content to the members only.
 *
 * @throws UsageError `content.not_a_member`, `aead.too_long`, `option.invalid`, `input.invalid`
 */
export async function protectPrivate(
  suite: CipherSuite,
  authenticated: AuthenticatedContent,
  { senderDataSecret, messageKey }: SendingKeys,
  { padding, random }: SendingOptions,
): Promise<PrivateMessage> {
  const { content } = authenticated;
  const leafIndex = requireMember(authenticated);
  const plaintext = encodePlaintext(suite, authenticated, padding);
  const reuseGuard = random(GUARD_LENGTH);
  const ciphertext = await withGuardedNonce(messageKey, reuseGuard, (key, nonce) =>
    sealBySize(suite.aead, { key, nonce, aad: encode(PrivateContentAAD, content) }, plaintext),
  );
  const senderData = encode(SenderData, { leafIndex, generation: messageKey.generation, reuseGuard });
  const encryptedSenderData = withSenderDataKey(suite, senderDataSecret, ciphertext, ({ key, nonce }) =>
    suite.aead.seal(key.bytes, nonce.bytes, encode(SenderDataAAD, content), senderData),
  );
  const { groupId, epoch, contentType, authenticatedData } = content;
  return { groupId, epoch, contentType, authenticatedData, encryptedSenderData, ciphertext };
}

/**
 * Who sent a message, and with which key. The leaf index is any uint32: whether a member has it is the caller's check.
 *
 * @throws InvalidError `aead.open_failed`
 * @throws MalformedError `codec.*`
 */
export function openSenderData(suite: CipherSuite, message: PrivateMessage, senderDataSecret: Secret): SenderData {
  const opened = withSenderDataKey(suite, senderDataSecret, message.ciphertext, ({ key, nonce }) =>
    suite.aead.open(key.bytes, nonce.bytes, encode(SenderDataAAD, message), message.encryptedSenderData),
  );
  return decode(SenderData, opened);
}

/**
 * The content of a message. Its signature is not verified yet: that is `verifyContent`. Custom proposals (§13.2) need the
 * codecs of their bodies in the options.
 *
 * @throws InvalidError `aead.open_failed`
 * @throws MalformedError `content.padding_not_zero`, `codec.*`
 */
export async function unprotectPrivate(
  suite: CipherSuite,
  message: PrivateMessage,
  { senderData, messageKey }: ReceivingKeys,
  options: DecodeOptions = {},
): Promise<AuthenticatedContent> {
  const plaintext = await withGuardedNonce(messageKey, senderData.reuseGuard, (key, nonce) =>
    openBySize(suite.aead, { key, nonce, aad: encode(PrivateContentAAD, message) }, message.ciphertext),
  );
  return decodePlaintext(message, senderData.leafIndex, Reader.over(plaintext, options));
}

/** §6.3.2: key and nonce of the sender data, from a sample of the encrypted content. */
export function deriveSenderDataKey(
  suite: CipherSuite,
  senderDataSecret: Secret,
  ciphertext: Uint8Array,
): { key: Secret; nonce: Secret } {
  const context = ciphertext.subarray(0, suite.kdf.Nh);
  return allOrNone((made) => ({
    key: made(expandWithLabel(suite, senderDataSecret, { label: "key", context, length: suite.aead.Nk })),
    nonce: made(expandWithLabel(suite, senderDataSecret, { label: "nonce", context, length: suite.aead.Nn })),
  }));
}

const GUARD_LENGTH = 4;

/** The selected part of PrivateMessageContent, whose selector stands outside of the encryption. */
type SelectedContent = {
  [T in ContentType]: Omit<Extract<FramedContent, { contentType: T }>, keyof Frame>;
}[ContentType];
type Frame = Pick<FramedContent, "groupId" | "epoch" | "sender" | "authenticatedData" | "contentType">;

const SELECTED: Readonly<Record<ContentType, Codec<SelectedContent>>> = /* @__PURE__ */ contents(CONTENT_CASES);

function contents({ application, proposal, commit }: typeof CONTENT_CASES): typeof SELECTED {
  return {
    application: struct("PrivateMessageContent", application),
    proposal: struct("PrivateMessageContent", proposal),
    commit: struct("PrivateMessageContent", commit),
  };
}

function requireMember(authenticated: AuthenticatedContent): LeafIndex {
  const { wireFormat, content } = authenticated;
  const { sender } = content;
  if (sender.senderType !== "member") throw new UsageError("content.not_a_member", { senderType: sender.senderType });
  if (wireFormat !== "mls_private_message") throw new UsageError("input.invalid", { input: "wireFormat", wireFormat });
  checkAuthData(authenticated);
  return sender.leafIndex;
}

function encodePlaintext(
  suite: CipherSuite,
  { content, auth }: AuthenticatedContent,
  padding: PaddingPolicy,
): Uint8Array {
  const application = content.contentType === "application" ? content.applicationData.length : 0;
  requireLength(suite, application);
  requireLength(suite, content.authenticatedData.length);

  const writer = new Writer(512);
  SELECTED[content.contentType].write(writer, content);
  framedContentAuthData(content.contentType).write(writer, auth);
  const paddingLength = padding(writer.length);
  if (!Number.isSafeInteger(paddingLength) || paddingLength < 0) {
    throw new UsageError("option.invalid", { option: "padding", paddingLength });
  }
  requireLength(suite, writer.length + paddingLength);
  writer.bytes(new Uint8Array(paddingLength));
  return writer.finish();
}

/** A key protects one message, so what bounds it is what a vector can hold, far below what the AEADs could take. */
function requireLength(suite: CipherSuite, length: number): void {
  const limit = MAX_VECTOR_LENGTH - suite.aead.Nt;
  if (length > limit) throw new UsageError("aead.too_long", { length, limit });
}

function decodePlaintext(message: PrivateMessage, leafIndex: LeafIndex, reader: Reader): AuthenticatedContent {
  const { groupId, epoch, contentType, authenticatedData } = message;
  const selected = SELECTED[contentType].read(reader);
  const auth = framedContentAuthData(contentType).read(reader);
  const { offset } = reader;
  if (!isZero(reader.bytes(reader.remaining))) {
    throw new MalformedError("content.padding_not_zero", { offset });
  }
  const frame: Frame = { groupId, epoch, sender: { senderType: "member", leafIndex }, authenticatedData, contentType };
  return { wireFormat: "mls_private_message", content: { ...frame, ...selected } as FramedContent, auth };
}

/** Padding may be long, and a callback for each octet takes ten times as long. */
function isZero(octets: Uint8Array): boolean {
  for (let i = 0; i < octets.length; i++) if (octets[i] !== 0) return false;
  return true;
}

/** §6.3.1: the ratchet's nonce, guarded against its use for two messages after a loss of state. */
async function withGuardedNonce(
  { key, nonce }: MessageKey,
  reuseGuard: Uint8Array,
  use: (key: Uint8Array, nonce: Uint8Array) => Awaitable<Uint8Array>,
): Promise<Uint8Array> {
  const guarded = nonce.bytes.map((octet, position) => octet ^ (reuseGuard[position] ?? 0));
  try {
    return await use(key.bytes, guarded);
  } finally {
    wipe(guarded);
  }
}

function withSenderDataKey<T>(
  suite: CipherSuite,
  senderDataSecret: Secret,
  ciphertext: Uint8Array,
  use: (keys: { key: Secret; nonce: Secret }) => T,
): T {
  const keys = deriveSenderDataKey(suite, senderDataSecret, ciphertext);
  try {
    return use(keys);
  } finally {
    dispose([keys.key, keys.nonce]);
  }
}
