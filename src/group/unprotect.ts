/**
 * §6.1-§6.3, receiving: a message is unprotected with the keys of its epoch and its signature verified with the key
 * that belongs to its sender. Nothing is consumed unless all of it succeeds.
 */

import { copy, equal } from "../bytes.ts";
import type { Verified } from "../crypto/labels.ts";
import { InternalError, InvalidError, StaleError } from "../errors.ts";
import { ratchetKind, verifyContent } from "../framing/content.ts";
import { openSenderData, unprotectPrivate } from "../framing/private-message.ts";
import { unprotectPublic } from "../framing/public-message.ts";
import { receivingKey, type SecretTree, sendingGeneration } from "../schedule/secret-tree.ts";
import { dispose, type Secret } from "../secret.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import { type Extension, type ExternalSender, externalSendersOf } from "../wire/extension.ts";
import type { AuthenticatedContent, FramedContent } from "../wire/framed-content.ts";
import type { PrivateMessage, PublicMessage } from "../wire/message.ts";
import { type Environment, type HandshakeFormat, policyOf } from "./environment.ts";
import { type Registry, registryOf } from "./registrations.ts";
import { epochOf, extensionsOf, type GroupState, groupIdOf, type PublicState, requireCurrentEpoch } from "./state.ts";

export interface Unprotected {
  readonly state: GroupState;
  readonly authenticated: Verified<AuthenticatedContent>;
  /** The tree of the message's epoch, by which its sender is known. */
  readonly tree: RatchetTree;
  /** The position in the sender's ratchet; none for public messages. */
  readonly generation: number | undefined;
  readonly spent: readonly Secret[];
  /** Secrets made for `state`: to be disposed of if it is not adopted. */
  readonly fresh: readonly Secret[];
}

/**
 * §6: members' handshake messages come in the formats that the application accepts.
 *
 * @throws InvalidError `content.wire_format_refused`
 */
export function requireAccepted(environment: Environment, wireFormat: HandshakeFormat): void {
  if (policyOf(environment).acceptedHandshakeFormats.includes(wireFormat)) return;
  throw new InvalidError("content.wire_format_refused", { wireFormat });
}

/** §6.2. @throws StaleError `epoch.*` @throws InvalidError `content.*`, `signature.invalid` @throws MalformedError `content.*` */
export async function openPublic(
  environment: Environment,
  state: GroupState,
  message: PublicMessage,
): Promise<Unprotected> {
  requireCurrentEpoch(state, message.content);
  const { suite } = environment;
  const groupContext = state.epoch.encodedGroupContext;
  const { membershipKey } = state.epoch.secrets;
  const opened = unprotectPublic(suite, message, { membershipKey, groupContext });
  const publicKey = verificationKey(environment, state, opened.content);
  const authenticated = await verifyContent(suite, opened, { publicKey, groupContext });
  return { state, authenticated, tree: state.tree, generation: undefined, spent: [], fresh: [] };
}

/**
 * §6.3. Past epochs open application messages only. An own message is known by its sender data, which any member could have
 * made: its keys are gone, so nothing more can be said of it.
 *
 * @throws StaleError `content.own_message`, `ratchet.generation_*`, `epoch.*`
 * @throws InvalidError `ratchet.too_far`, `aead.open_failed`, and as `openPublic`
 */
export async function openPrivate(
  environment: Environment,
  state: GroupState,
  message: PrivateMessage,
): Promise<Unprotected> {
  const { suite } = environment;
  const view = epochView(state, message);
  const senderData = openSenderData(suite, message, view.senderDataSecret);
  const { leafIndex: leaf, generation } = senderData;
  const leafNode = view.tree.leaf(leaf);
  if (leafNode === undefined) throw new InvalidError("content.sender_is_blank", { leaf });
  const { contentType } = message;
  const kind = ratchetKind(contentType);
  if (leaf === state.self.leafIndex) {
    const next = sendingGeneration(view.secretTree, leaf, kind);
    throw new StaleError("content.own_message", { contentType, generation, next });
  }
  const step = receivingKey(suite, view.secretTree, { leaf, kind, generation }, policyOf(environment).ratchet);
  try {
    const opened = await unprotectPrivate(
      suite,
      message,
      { senderData, messageKey: step.messageKey },
      registryOf(environment),
    );
    const keys = { publicKey: leafNode.signatureKey, groupContext: view.encodedGroupContext };
    const authenticated = await verifyContent(suite, opened, keys);
    return {
      state: view.with(step.tree),
      authenticated,
      tree: view.tree,
      generation,
      spent: step.spent,
      fresh: step.fresh,
    };
  } catch (error) {
    dispose(step.fresh);
    throw error;
  } finally {
    step.messageKey.key.dispose();
    step.messageKey.nonce.dispose();
  }
}

/** What opening a message needs of its epoch, and how the state changes when the epoch's secret tree does. */
interface EpochView {
  readonly tree: RatchetTree;
  readonly encodedGroupContext: Uint8Array;
  readonly senderDataSecret: Secret;
  readonly secretTree: SecretTree;
  with(secretTree: SecretTree): GroupState;
}

/** What opens a message, by its epoch. @throws StaleError `group.wrong_id`, `epoch.*` */
export function epochView(state: GroupState, message: PrivateMessage): EpochView {
  if (!equal(message.groupId, groupIdOf(state))) throw new StaleError("group.wrong_id");
  const current = epochOf(state);
  if (message.epoch > current) throw new StaleError("epoch.future", { epoch: message.epoch, current });
  // The last epoch of a member that was removed is over.
  if (message.epoch === current && state.closed?.reason !== "removed") {
    const { epoch, tree } = state;
    return {
      tree,
      encodedGroupContext: epoch.encodedGroupContext,
      senderDataSecret: epoch.secrets.senderDataSecret,
      secretTree: epoch.secretTree,
      with: (secretTree) => ({ ...state, epoch: { ...epoch, secretTree } }),
    };
  }
  if (message.contentType !== "application") throw new StaleError("epoch.past", { epoch: message.epoch, current });
  const past = state.past.find(({ epoch }) => epoch === message.epoch);
  if (past === undefined) throw new StaleError("epoch.expired", { epoch: message.epoch, current });
  return {
    ...past,
    with: (secretTree) => ({
      ...state,
      past: state.past.map((each) => (each === past ? { ...past, secretTree } : each)),
    }),
  };
}

/** §6.1: the key that the sender must have signed with. @throws InvalidError `content.unknown_sender` */
export function verificationKey(environment: Environment, state: PublicState, content: FramedContent): Uint8Array {
  const { sender } = content;
  switch (sender.senderType) {
    case "member": {
      const leafNode = state.tree.leaf(sender.leafIndex);
      if (leafNode === undefined) throw new InvalidError("content.unknown_sender", { leaf: sender.leafIndex });
      return leafNode.signatureKey;
    }
    case "external": {
      const external = externalSendersIn(registryOf(environment), extensionsOf(state))[sender.senderIndex];
      if (external === undefined) throw new InvalidError("content.unknown_sender", { index: sender.senderIndex });
      return external.signatureKey;
    }
    case "new_member_proposal":
    case "new_member_commit":
      return newMemberKey(content);
  }
}

/** Decoded once for each list of extensions: a short message from outside must not cost as much as a long list. */
function externalSendersIn(registry: Registry, extensions: readonly Extension[]): readonly ExternalSender[] {
  const known = decodedSenders.get(extensions);
  if (known?.registry === registry) return known.senders;
  const senders = externalSendersOf(extensions, registry);
  decodedSenders.set(extensions, { registry, senders });
  return senders;
}

interface DecodedSenders {
  readonly registry: Registry;
  readonly senders: readonly ExternalSender[];
}

const decodedSenders = new WeakMap<readonly Extension[], DecodedSenders>();

function newMemberKey(content: FramedContent): Uint8Array {
  if (content.contentType === "proposal" && content.proposal.proposalType === "add") {
    return content.proposal.keyPackage.leafNode.signatureKey;
  }
  if (content.contentType === "commit") {
    if (content.commit.path === undefined) throw new InvalidError("commit.path_required");
    return copy(content.commit.path.leafNode.signatureKey);
  }
  throw new InternalError("internal.invariant", { where: "newMemberKey" });
}
