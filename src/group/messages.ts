/** §6, §15: application messages are sent, and whatever arrives for a group is received. */

import { copy, toHex } from "../bytes.ts";
import { decode, encode } from "../codec/codec.ts";
import { makeProposalRef } from "../crypto/labels.ts";
import { InternalError, MalformedError, StaleError, UsageError } from "../errors.ts";
import { dispose } from "../secret.ts";
import type { LeafIndex } from "../tree-math.ts";
import { AuthenticatedContent, type Sender } from "../wire/framed-content.ts";
import type { LeafNode } from "../wire/leaf-node.ts";
import { MLSMessage } from "../wire/message.ts";
import type { Proposal } from "../wire/proposal.ts";
import { withoutExpired } from "./advance.ts";
import { type Environment, policyOf, retentionOf } from "./environment.ts";
import type { CommitSummary } from "./permission.ts";
import { processCommit } from "./process-commit.ts";
import { authenticateContent, type FramingOptions, frame, protectContent } from "./protect.ts";
import { receiveProposal } from "./receive-proposal.ts";
import { registryOf } from "./registrations.ts";
import { type GroupState, requireOpen, requireSuite, type Transition } from "./state.ts";
import { openPrivate, openPublic, requireAccepted, type Unprotected } from "./unprotect.ts";

/** What every received message says of itself, verified. */
export interface Envelope {
  /** The epoch in which the message was sent. */
  readonly epoch: bigint;
  /** What the sender sent in the clear beside the content (§6.3.1). */
  readonly authenticatedData: Uint8Array;
  /** The position in the sender's ratchet; none for public messages. */
  readonly generation: number | undefined;
}

/** Application data from a member. */
export interface ReceivedApplication extends Envelope {
  /** Tells the kinds apart. */
  readonly contentType: "application";
  /** The octets that the sender protected. */
  readonly applicationData: Uint8Array;
  /** The sender's place and leaf in the epoch of the message. */
  readonly sender: LeafIndex;
  /** The sender's leaf in that epoch. */
  readonly senderLeaf: LeafNode;
}

/** A valid proposal, which the state in the result remembers until a commit takes it or the epoch ends. */
export interface ReceivedProposal extends Envelope {
  /** Tells the kinds apart. */
  readonly contentType: "proposal";
  /** What is proposed. */
  readonly proposal: Proposal;
  /** A member, or somebody outside (§12.1.8). */
  readonly sender: Sender;
  /** ProposalRef (§5.2). */
  readonly reference: Uint8Array;
  /** Whether it was known before, as one that was received or sent: nothing has changed then. */
  readonly known: boolean;
}

/** A commit that the state in the result has followed. */
export interface ReceivedCommit extends Envelope {
  /** Tells the kinds apart. */
  readonly contentType: "commit";
  /** A member, or a new one by an external commit. */
  readonly sender: Sender;
  /** What it has changed. */
  readonly commit: CommitSummary;
}

/** What a message turned out to be, by its `contentType`. */
export type Received = ReceivedApplication | ReceivedProposal | ReceivedCommit;

/** How an application message is framed: always private (§6). */
export type ApplicationOptions = Omit<FramingOptions, "wireFormat">;

/**
 * An application message, as an encoded MLSMessage. The state in the result must be stored before the message leaves,
 * and the one before can't send again.
 *
 * @throws UsageError `state.spent`, `state.removed`, `state.reinitialized`, `state.proposals_pending`, `generation.exhausted`
 */
export async function protect(
  environment: Environment,
  state: GroupState,
  applicationData: Uint8Array,
  options: ApplicationOptions = {},
): Promise<Transition<GroupState, Uint8Array>> {
  requireOpen(environment, state);
  if (state.proposals.size > 0 && !policyOf(environment).sendWhileProposalsWait) {
    throw new UsageError("state.proposals_pending", { proposals: state.proposals.size });
  }
  // Signing may wait: what is signed must be what is encrypted.
  const owned = { contentType: "application", applicationData: copy(applicationData) } as const;
  const content = frame(state, owned, options.authenticatedData);
  const authenticated = await authenticateContent(state, state.self.signer, "mls_private_message", content);
  const sent = await protectContent(environment, state, authenticated, options.padding);
  return { state: sent.state, output: sent.message, spent: sent.spent };
}

/**
 * Receives an encoded MLSMessage for this group: an application message, a proposal, or a commit. On failure nothing
 * has changed, and the genuine message still opens.
 *
 * @throws MalformedError `codec.*`, `content.*`, `message.wrong_wire_format`
 * @throws StaleError `content.own_message` for what seems to be an echo (`isOwnCommit`), `ratchet.generation_used` for a duplicate, `epoch.past` for a commit
 *   or proposal that is over; `ratchet.generation_dropped`, `epoch.expired`, `epoch.future`, `group.wrong_id`,
 *   `proposals.unknown_reference`, `psk.missing`
 * @throws InvalidError for every broken rule of the protocol
 */
export async function processMessage(
  environment: Environment,
  state: GroupState,
  message: Uint8Array,
): Promise<Transition<GroupState, Received>> {
  requireSuite(environment.suite, state);
  const { state: kept, spent: expired } = withoutExpired(state, retentionOf(environment));
  const received = await receive(environment, kept, decode(MLSMessage, copy(message), registryOf(environment)));
  return { ...received, spent: [...expired, ...received.spent] };
}

async function receive(
  environment: Environment,
  state: GroupState,
  message: MLSMessage,
): Promise<Transition<GroupState, Received>> {
  const opened = await open(environment, state, message);
  const { content } = opened.authenticated;
  const { epoch, authenticatedData, sender } = content;
  const envelope = { epoch, authenticatedData, generation: opened.generation };
  switch (content.contentType) {
    case "application":
      return receiveApplication(opened, envelope, content.applicationData);
    case "proposal": {
      requireKnownUpdate(environment, opened);
      const { state: next, cached } = await orForget(
        opened,
        receiveProposal(environment, opened.state, opened.authenticated),
      );
      const { proposal, reference } = cached;
      const known = next === opened.state;
      return {
        state: next,
        output: { contentType: "proposal", ...envelope, proposal, sender, reference, known },
        spent: opened.spent,
      };
    }
    case "commit": {
      const processed = await orForget(opened, processCommit(environment, opened.state, opened.authenticated));
      const output = { contentType: "commit", ...envelope, sender, commit: processed.summary } as const;
      return { state: processed.state, output, spent: [...opened.spent, ...processed.spent] };
    }
  }
}

async function open(environment: Environment, state: GroupState, message: MLSMessage): Promise<Unprotected> {
  switch (message.wireFormat) {
    case "mls_public_message":
      requireOpen(environment, state);
      if (message.publicMessage.content.sender.senderType === "member")
        requireAccepted(environment, message.wireFormat);
      return openPublic(environment, state, message.publicMessage);
    case "mls_private_message":
      if (message.privateMessage.contentType !== "application") {
        requireOpen(environment, state);
        requireAccepted(environment, message.wireFormat);
      }
      return openPrivate(environment, state, message.privateMessage);
    default:
      throw new MalformedError("message.wrong_wire_format", { wireFormat: message.wireFormat });
  }
}

/**
 * An own Update that comes back is known. If it is not, this state is older than the proposal, and lacks the private key
 * that it would need if a commit took it.
 *
 * @throws StaleError `content.own_message`
 */
function requireKnownUpdate({ suite }: Environment, { state, authenticated }: Unprotected): void {
  const { content } = authenticated;
  const { sender, epoch } = content;
  if (content.contentType !== "proposal" || content.proposal.proposalType !== "update") return;
  if (sender.senderType !== "member" || sender.leafIndex !== state.self.leafIndex) return;
  const reference = makeProposalRef(suite, encode(AuthenticatedContent, authenticated));
  const { contentType } = content;
  if (!state.proposals.has(toHex(reference))) throw new StaleError("content.own_message", { contentType, epoch });
}

/** What opening a message made is wiped if its content is refused. */
async function orForget<T>({ fresh }: Unprotected, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    dispose(fresh);
    throw error;
  }
}

function receiveApplication(
  { state, authenticated, tree, spent }: Unprotected,
  envelope: Envelope,
  applicationData: Uint8Array,
): Transition<GroupState, ReceivedApplication> {
  const { sender } = authenticated.content;
  const senderLeaf = sender.senderType === "member" ? tree.leaf(sender.leafIndex) : undefined;
  if (sender.senderType !== "member" || senderLeaf === undefined) {
    throw new InternalError("internal.invariant", { where: "receiveApplication" });
  }
  const output = {
    contentType: "application",
    ...envelope,
    applicationData,
    sender: sender.leafIndex,
    senderLeaf,
  } as const;
  return { state, output, spent };
}
