/**
 * An observer: follows the public handshake of a group from a GroupInfo, without any secret. Proposals and commits are
 * judged by the same rules and the same code as members use; what only members can verify is named in each result.
 */

import { copy } from "../bytes.ts";
import { copyOf, decode, encode } from "../codec/codec.ts";
import { InternalError, MalformedError, StaleError } from "../errors.ts";
import { verifyContent } from "../framing/content.ts";
import { readPublic } from "../framing/public-message.ts";
import { confirmedTranscriptHash, interimTranscriptHash } from "../schedule/transcript.ts";
import type { AuthenticatedContent, Sender } from "../wire/framed-content.ts";
import { GroupContext } from "../wire/group-context.ts";
import { GroupInfo } from "../wire/group-info.ts";
import { MLSMessage } from "../wire/message.ts";
import type { Proposal } from "../wire/proposal.ts";
import type { RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import { provisionalContext } from "./commit-draft.ts";
import type { Environment } from "./environment.ts";
import { publicStateOf, verifyGroupInfo } from "./group-info.ts";
import { validateJoinedTree } from "./joined-tree.ts";
import { type CommitSummary, requireCommitPermission } from "./permission.ts";
import { receiveProposal } from "./receive-proposal.ts";
import { type JudgedCommit, judgeCommit, summaryOf } from "./received-commit.ts";
import { registryOf } from "./registrations.ts";
import { closureOf, type PublicState, requireCurrentEpoch, requireOpen, requireSuite } from "./state.ts";
import { requireAccepted, verificationKey } from "./unprotect.ts";

/** Where an observer begins. */
export interface ObserveOptions {
  /** Of the current epoch. */
  readonly groupInfo: GroupInfo;
  /** The tree, if the GroupInfo does not carry it. */
  readonly ratchetTree?: RatchetTreeNodes;
}

/**
 * The public state of a group. The whole tree is validated as for joining, credentials included. A later GroupInfo
 * starts anew, for an observer who missed something.
 *
 * @throws StaleError `tree.missing` @throws InvalidError `group_info.*`, `tree.*`, `leaf.*`, `credential.*`
 */
export async function observeGroup(environment: Environment, options: ObserveOptions): Promise<PublicState> {
  const { suite } = environment;
  const { groupInfo, tree } = await verifyGroupInfo(
    environment,
    copyOf(GroupInfo, options.groupInfo),
    options.ratchetTree,
  );
  const { groupContext } = groupInfo;
  const clients = await validateJoinedTree(environment, { tree, groupContext, requests: [] });
  const state = publicStateOf(suite, { groupInfo, tree }, clients);
  requireSuite(suite, state);
  return state;
}

/** What an observer cannot know: that a member's message was sent by a member, and that a commit works for members. */
export type Unverified = "membership_tag" | "confirmation_tag" | "path_secrets";

/** A proposal that is valid as far as it is public. */
export interface ObservedProposal {
  /** Tells the kinds apart. */
  readonly contentType: "proposal";
  /** What is proposed. */
  readonly proposal: Proposal;
  /** As the message says, unless `unverified` names it. */
  readonly sender: Sender;
  /** ProposalRef (§5.2). */
  readonly reference: Uint8Array;
  /** What the sender sent beside the content. */
  readonly authenticatedData: Uint8Array;
  /** Whether it was known before: nothing has changed then. */
  readonly known: boolean;
  /** What only members can verify. */
  readonly unverified: readonly Unverified[];
}

/** A commit that is valid as far as it is public. */
export interface ObservedCommit {
  /** Tells the kinds apart. */
  readonly contentType: "commit";
  /** A member, or a new one by an external commit. */
  readonly sender: Sender;
  /** What it changes. */
  readonly commit: CommitSummary;
  /** What the sender sent beside the content. */
  readonly authenticatedData: Uint8Array;
  /** What only members can verify. */
  readonly unverified: readonly Unverified[];
}

/** What comes of `observeMessage`. */
export interface Observation {
  /** To be adopted when the delivery service has accepted the message; until then the one before holds. */
  readonly state: PublicState;
  /** What the message was. */
  readonly output: ObservedProposal | ObservedCommit;
}

/**
 * What a public handshake message says and does.
 *
 * @throws StaleError `observer.private_message` for what only members can read, `group.wrong_id`, `epoch.*`,
 *   `proposals.unknown_reference`
 * @throws MalformedError, InvalidError as `processMessage`, as far as rules can be judged without secrets
 */
export async function observeMessage(
  environment: Environment,
  state: PublicState,
  message: Uint8Array,
): Promise<Observation> {
  const { suite } = environment;
  requireOpen(environment, state);
  const decoded = decode(MLSMessage, copy(message), registryOf(environment));
  if (decoded.wireFormat === "mls_private_message") throw new StaleError("observer.private_message");
  if (decoded.wireFormat !== "mls_public_message") {
    throw new MalformedError("message.wrong_wire_format", { wireFormat: decoded.wireFormat });
  }
  const read = readPublic(decoded.publicMessage);
  if (read.content.sender.senderType === "member") requireAccepted(environment, decoded.wireFormat);
  requireCurrentEpoch(state, read.content);
  const keys = {
    publicKey: verificationKey(environment, state, read.content),
    groupContext: state.epoch.encodedGroupContext,
  };
  const authenticated = await verifyContent(suite, read, keys);
  const { sender, authenticatedData, contentType } = authenticated.content;
  const ofMember: readonly Unverified[] = sender.senderType === "member" ? ["membership_tag"] : [];
  if (contentType === "proposal") {
    const { state: next, cached } = await receiveProposal(environment, state, authenticated);
    const { proposal, reference } = cached;
    const known = next === state;
    const output = { contentType, proposal, sender, reference, authenticatedData, known, unverified: ofMember };
    return { state: next, output };
  }
  const received = await judgeCommit(environment, state, authenticated);
  const commit = summaryOf(state, received, false);
  await requireCommitPermission(environment.permission, state, commit);
  const unverified: Unverified[] = [...ofMember, "confirmation_tag"];
  if (received.commit.path !== undefined) unverified.push("path_secrets");
  return {
    state: nextPublicState(environment, state, { authenticated, received }),
    output: { contentType: "commit", sender, commit, authenticatedData, unverified },
  };
}

/** §8.2, §12.4.2: the public half of the epoch advance. The confirmation tag is taken over, not verified. */
function nextPublicState(
  { suite }: Environment,
  { epoch }: PublicState,
  { authenticated, received }: { authenticated: AuthenticatedContent; received: JudgedCommit },
): PublicState {
  const { wireFormat, content, auth } = authenticated;
  const { tree, applied, clients } = received;
  if (auth.confirmationTag === undefined) throw new InternalError("internal.invariant", { where: "nextPublicState" });
  const confirmed = confirmedTranscriptHash(suite, epoch.interimTranscriptHash, {
    wireFormat,
    content,
    signature: auth.signature,
  });
  const provisional = provisionalContext(epoch.groupContext, tree, applied.extensions);
  const groupContext = { ...provisional, confirmedTranscriptHash: confirmed };
  return {
    epoch: {
      groupContext,
      encodedGroupContext: encode(GroupContext, groupContext),
      confirmationTag: copy(auth.confirmationTag),
      interimTranscriptHash: interimTranscriptHash(suite, confirmed, auth.confirmationTag),
    },
    tree,
    clients,
    proposals: new Map(),
    closed: closureOf(received.list.reInits),
  };
}
