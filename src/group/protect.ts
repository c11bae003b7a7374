/**
 * §6.1-§6.3, sending: content is framed, signed, and protected with the keys of the state's epoch. A private message
 * takes a generation of the sender's ratchet, and each generation can be taken once, by whatever value of the state.
 */

import { copy } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import type { Awaitable } from "../crypto/cipher-suite.ts";
import type { Signer } from "../crypto/signer.ts";
import { UsageError } from "../errors.ts";
import { ratchetKind, signContent } from "../framing/content.ts";
import type { PaddingPolicy } from "../framing/padding.ts";
import { protectPrivate } from "../framing/private-message.ts";
import { protectPublic } from "../framing/public-message.ts";
import { type KeyStep, nextSendingKey, type RatchetKind, sendingGeneration } from "../schedule/secret-tree.ts";
import { dispose, type Secret } from "../secret.ts";
import type { Commit } from "../wire/commit.ts";
import type { AuthenticatedContent, FramedContent } from "../wire/framed-content.ts";
import { MLSMessage } from "../wire/message.ts";
import type { Proposal } from "../wire/proposal.ts";
import { withoutExpired } from "./advance.ts";
import { type Environment, type HandshakeFormat, policyOf, retentionOf } from "./environment.ts";
import { epochOf, type GroupState, groupIdOf } from "./state.ts";

/** How a message is framed. */
export interface FramingOptions {
  /** Default: the policy's `handshakeFormat`. */
  readonly wireFormat?: HandshakeFormat;
  /** Octets that travel readable but authenticated. */
  readonly authenticatedData?: Uint8Array;
  /** Default: the policy's. */
  readonly padding?: PaddingPolicy;
}

export type Content =
  | { readonly contentType: "application"; readonly applicationData: Uint8Array }
  | { readonly contentType: "proposal"; readonly proposal: Proposal }
  | { readonly contentType: "commit"; readonly commit: Commit };

/** The content as this member says it in the current epoch. */
export function frame(
  state: GroupState,
  content: Content,
  authenticatedData: Uint8Array = new Uint8Array(0),
): FramedContent {
  const sender = { senderType: "member", leafIndex: state.self.leafIndex } as const;
  return {
    groupId: groupIdOf(state),
    epoch: epochOf(state),
    sender,
    authenticatedData: copy(authenticatedData),
    ...content,
  };
}

/** §6.1: signs content that is not a commit; a commit's confirmation tag needs the next epoch first. */
export async function authenticateContent(
  state: GroupState,
  signer: Signer,
  wireFormat: HandshakeFormat,
  content: FramedContent,
): Promise<AuthenticatedContent> {
  const signature = await signContent(signer, wireFormat, content, state.epoch.encodedGroupContext);
  return { wireFormat, content, auth: { signature, confirmationTag: undefined } };
}

export interface ProtectedMessage {
  /** The state after sending; the one before must not send again. */
  readonly state: GroupState;
  /** The encoded MLSMessage. */
  readonly message: Uint8Array;
  readonly spent: readonly Secret[];
}

/**
 * §6.2, §6.3: the encoded message. Past epochs that ended too long ago are spent by it (§15.3), as by one that is received.
 *
 * @throws UsageError `state.spent` if this state, or one derived from it, has sent a private message already: whatever is
 *   sent, the state in its result would lack that step, and could send no more; `option.invalid` for a proposal or commit
 *   in a wire format that the policy does not accept
 */
export async function protectContent(
  environment: Environment,
  state: GroupState,
  authenticated: AuthenticatedContent,
  padding: PaddingPolicy | undefined,
): Promise<ProtectedMessage> {
  state.epoch.sending.requireLatest(sendingGenerations(state));
  requireAccepted(environment, authenticated);
  const { state: kept, spent: expired } = withoutExpired(state, retentionOf(environment));
  const sent = await protectByFormat(environment, kept, authenticated, padding);
  return { ...sent, spent: [...expired, ...sent.spent] };
}

/** What the others, under the same policy, would refuse is not sent (§6). */
function requireAccepted(environment: Environment, { wireFormat, content }: AuthenticatedContent): void {
  if (content.contentType === "application") return;
  if (policyOf(environment).acceptedHandshakeFormats.some((accepted) => accepted === wireFormat)) return;
  throw new UsageError("option.invalid", { option: "wireFormat", wireFormat });
}

function protectByFormat(
  environment: Environment,
  state: GroupState,
  authenticated: AuthenticatedContent,
  padding: PaddingPolicy | undefined,
): Awaitable<ProtectedMessage> {
  if (authenticated.wireFormat === "mls_private_message")
    return protectAsPrivate(environment, state, authenticated, padding);
  if (authenticated.content.contentType === "application") throw new UsageError("content.application_not_private");
  const { membershipKey } = state.epoch.secrets;
  const groupContext = state.epoch.encodedGroupContext;
  const publicMessage = protectPublic(environment.suite, authenticated, { membershipKey, groupContext });
  const message = encode(MLSMessage, { version: "mls10", wireFormat: "mls_public_message", publicMessage });
  return { state, message, spent: [] };
}

/** How far a state's own ratchets are. */
export function sendingGenerations({ epoch, self }: GroupState): Readonly<Record<RatchetKind, number>> {
  const of = (kind: RatchetKind) => sendingGeneration(epoch.secretTree, self.leafIndex, kind);
  return { handshake: of("handshake"), application: of("application") };
}

async function protectAsPrivate(
  environment: Environment,
  state: GroupState,
  authenticated: AuthenticatedContent,
  padding: PaddingPolicy = policyOf(environment).padding,
): Promise<ProtectedMessage> {
  const { epoch, self } = state;
  const { contentType } = authenticated.content;
  const kind = ratchetKind(contentType);
  const generation = sendingGeneration(epoch.secretTree, self.leafIndex, kind);
  // A commit is what ends the epoch, and the limit with it.
  if (generation >= policyOf(environment).maxGenerations && contentType !== "commit")
    throw new UsageError("generation.exhausted", { kind, generation });
  epoch.sending.claim(kind, generation);
  try {
    const step = nextSendingKey(environment.suite, epoch.secretTree, self.leafIndex, kind);
    return await protectWith(environment, state, authenticated, { step, padding });
  } catch (error) {
    epoch.sending.release(kind, generation);
    throw error;
  }
}

async function protectWith(
  { suite, random }: Environment,
  state: GroupState,
  authenticated: AuthenticatedContent,
  { step, padding }: { readonly step: KeyStep; readonly padding: PaddingPolicy },
): Promise<ProtectedMessage> {
  const { epoch } = state;
  const { messageKey } = step;
  try {
    const keys = { senderDataSecret: epoch.secrets.senderDataSecret, messageKey };
    const privateMessage = await protectPrivate(suite, authenticated, keys, { padding, random });
    const message = encode(MLSMessage, { version: "mls10", wireFormat: "mls_private_message", privateMessage });
    return { state: { ...state, epoch: { ...epoch, secretTree: step.tree } }, message, spent: step.spent };
  } catch (error) {
    dispose(step.fresh);
    throw error;
  } finally {
    dispose([messageKey.key, messageKey.nonce]);
  }
}
