/** §12.4.2: a member processes a commit, step by step as the section has it. All or nothing: a failure changes nothing. */

import { constantTimeEqual } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import type { Verified } from "../crypto/labels.ts";
import { InternalError, InvalidError } from "../errors.ts";
import { nextEpoch, secretsOfEpoch } from "../schedule/epoch.ts";
import { receiveExternalInit } from "../schedule/external-init.ts";
import { zeroSecret } from "../schedule/key-schedule.ts";
import { dispose, type Secret } from "../secret.ts";
import { leafForExternal } from "../tree/evolution.ts";
import { blankPathKeys } from "../tree/private-keys.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import { checkCiphertexts, checkPathKeys, decryptPath, mergePath } from "../tree/received-path.ts";
import { type LeafIndex, type NodeIndex, toNodeIndex } from "../tree-math.ts";
import type { Commit } from "../wire/commit.ts";
import type { AuthenticatedContent } from "../wire/framed-content.ts";
import { GroupContext } from "../wire/group-context.ts";
import type { UpdatePath } from "../wire/update-path.ts";
import { type AppliedProposals, applyProposals } from "./apply.ts";
import type { Clients } from "./clients.ts";
import { provisionalContext } from "./commit-draft.ts";
import { type Environment, policyOf } from "./environment.ts";
import {
  checkNewLeaves,
  checkTreeAfter,
  type NewLeaves,
  type PathLeaf,
  pathLeafRequests,
  verifyNewLeaves,
} from "./new-leaves.ts";
import { type CommitSummary, requireCommitPermission } from "./permission.ts";
import { type ProposalList, pathRequired, resolveProposals, sortProposals } from "./proposals.ts";
import { pskSecretFor } from "./psks.ts";
import { checkReplacement } from "./receive-proposal.ts";
import { type CommitKind, checkProposalList } from "./rules.ts";
import { advance, closureOf, type GroupState, type NextEpoch, type Self } from "./state.ts";

export interface ProcessedCommit {
  readonly state: GroupState;
  readonly summary: CommitSummary;
  readonly spent: readonly Secret[];
}

/**
 * The state after a received commit.
 *
 * @throws InvalidError `commit.*`, `proposal.*`, `proposals.*`, `path.*`, `tree.*`, `leaf.*`, `content.confirmation_tag`, …
 * @throws StaleError `proposals.unknown_reference`, `psk.missing`
 */
export async function processCommit(
  environment: Environment,
  state: GroupState,
  authenticated: Verified<AuthenticatedContent>,
): Promise<ProcessedCommit> {
  const received = judgeCommit(environment, state, authenticated);
  checkNewLeaves(environment, received.leaves);
  await verifyNewLeaves(environment, received.leaves);
  const { path } = received.commit;
  const tree = path === undefined ? received.applied.tree : mergedTree(environment, received, path);
  const clients = checkTreeAfter(environment, tree, { ...received.leaves, before: state.tree });
  const summary = summaryOf(received, state);
  if (summary.removedSelf) {
    if (path !== undefined) checkCiphertexts(tree, { sender: summary.committer, path }, new Set(summary.added));
    await requireCommitPermission(environment.permission, state, summary);
    return { state: { ...state, closed: { reason: "removed" } }, summary, spent: [] };
  }
  const next = await enterEpoch(environment, state, { received, authenticated, tree, clients, summary });
  return { ...advance(state, next, policyOf(environment)), summary };
}

/** A commit whose list is valid and applied, but whose new leaves and path are not judged yet. */
interface ReceivedCommit {
  readonly kind: CommitKind;
  readonly commit: Commit;
  readonly list: ProposalList;
  readonly applied: AppliedProposals;
  readonly committer: LeafIndex;
  readonly leaves: NewLeaves;
}

function judgeCommit(environment: Environment, state: GroupState, { content }: AuthenticatedContent): ReceivedCommit {
  const { sender } = content;
  if (content.contentType !== "commit") throw new InternalError("internal.invariant", { where: "judgeCommit" });
  if (sender.senderType !== "member" && sender.senderType !== "new_member_commit") {
    throw new InvalidError("commit.wrong_sender_type", { senderType: sender.senderType });
  }
  const { commit } = content;
  const kind: CommitKind = sender.senderType === "member" ? "member" : "external";
  if (kind === "external" && !policyOf(environment).externalCommits) throw new InvalidError("commit.external_refused");
  if (sender.senderType === "member" && sender.leafIndex === state.self.leafIndex) {
    throw new InvalidError("content.own_message", { epoch: content.epoch });
  }

  const { suite } = environment;
  const committer = sender.senderType === "member" ? sender.leafIndex : undefined;
  const list = sortProposals(resolveProposals(commit.proposals, state.proposals, sender));
  checkProposalList(kind, list, { suite, tree: state.tree, committer });
  if (commit.path === undefined && pathRequired(list)) throw new InvalidError("commit.path_required");
  const { groupId, extensions } = state.epoch.groupContext;
  const limits = policyOf(environment);
  const proposed = applyProposals(state.tree, extensions, list, limits);
  const seat =
    committer === undefined ? leafForExternal(proposed.tree, limits) : { tree: proposed.tree, leaf: committer };
  const applied = { ...proposed, tree: seat.tree };
  const pathLeaf = pathLeafOf(state, commit.path, { kind, list, leafIndex: seat.leaf });
  const leaves: NewLeaves = {
    list,
    applied,
    groupId,
    previousExtensions: extensions,
    pathLeaf,
    pathRequests: pathLeaf === undefined ? [] : pathLeafRequests(pathLeaf, groupId, list),
    clients: state.clients,
    sending: false,
  };
  return { kind, commit, list, applied, committer: seat.leaf, leaves };
}

function pathLeafOf(
  state: GroupState,
  path: UpdatePath | undefined,
  { kind, list, leafIndex }: { kind: CommitKind; list: ProposalList; leafIndex: LeafIndex },
): PathLeaf | undefined {
  if (path === undefined) return undefined;
  const { leafNode } = path;
  const replacedIndex = kind === "member" ? leafIndex : list.removes[0];
  const replaced = replacedIndex === undefined ? undefined : checkReplacement(state, replacedIndex, leafNode);
  return { leafNode, leafIndex, replaced };
}

function mergedTree({ suite }: Environment, { applied, committer }: ReceivedCommit, path: UpdatePath): RatchetTree {
  checkPathKeys(applied.tree, path);
  return mergePath(suite, applied.tree, { sender: committer, path });
}

function summaryOf({ kind, committer, list, applied }: ReceivedCommit, { self }: GroupState): CommitSummary {
  const removedSelf = list.removes.some((removed) => removed === self.leafIndex);
  return { kind, committer, list, added: applied.added, removedSelf };
}

interface Entrance {
  readonly received: ReceivedCommit;
  readonly authenticated: AuthenticatedContent;
  readonly tree: RatchetTree;
  readonly clients: Clients;
  readonly summary: CommitSummary;
}

async function enterEpoch(
  environment: Environment,
  state: GroupState,
  { received, authenticated, tree, clients, summary }: Entrance,
): Promise<NextEpoch> {
  const { suite, psks } = environment;
  const { epoch } = state;
  const { list, applied } = received;
  const made: Secret[] = [];
  const onFailure: Secret[] = [];
  try {
    const pskSecret = await pskSecretFor({ suite, psks, states: [state] }, list.psks);
    made.push(pskSecret);
    const groupContext = provisionalContext(epoch.groupContext, tree, applied.extensions);
    const keys = await pathKeys(environment, state, { received, groupContext, tree });
    made.push(keys.commitSecret);
    onFailure.push(...keys.created);
    const initSecret = await initSecretFor(environment, state, received);
    if (initSecret !== epoch.secrets.initSecret) made.push(initSecret);
    const { wireFormat, content, auth } = authenticated;
    const step = nextEpoch(suite, epoch, {
      groupContext,
      commit: { wireFormat, content, signature: auth.signature },
      initSecret,
      commitSecret: keys.commitSecret,
      pskSecret,
      leaves: tree.leafCount,
    });
    made.push(step.joinerSecret, step.welcomeSecret);
    onFailure.push(...secretsOfEpoch(step.epoch));
    if (!constantTimeEqual(step.epoch.confirmationTag, auth.confirmationTag ?? new Uint8Array(0))) {
      throw new InvalidError("content.confirmation_tag", { committer: received.committer });
    }
    await requireCommitPermission(environment.permission, state, summary);
    return { epoch: step.epoch, tree, clients, self: keys.self, closed: closureOf(list.reInits) };
  } catch (error) {
    dispose(onFailure);
    throw error;
  } finally {
    dispose(made);
  }
}

/** §12.4.3.2: an external commit brings the init secret, any other continues from the last one. */
async function initSecretFor({ suite }: Environment, { epoch }: GroupState, { list }: ReceivedCommit): Promise<Secret> {
  const [kemOutput] = list.externalInits;
  const { initSecret, externalSecret } = epoch.secrets;
  return kemOutput === undefined ? initSecret : receiveExternalInit(suite, externalSecret, kemOutput);
}

interface PathKeys {
  readonly self: Self;
  readonly commitSecret: Secret;
  readonly created: readonly Secret[];
}

/** §7.5: the private keys of the next epoch, and the commit secret. */
async function pathKeys(
  { suite }: Environment,
  state: GroupState,
  { received, groupContext, tree }: { received: ReceivedCommit; groupContext: GroupContext; tree: RatchetTree },
): Promise<PathKeys> {
  const { applied, commit, committer } = received;
  const self = selfAfterUpdate(state, received.list);
  const { privateKeys } = blankPathKeys(self.privateKeys, applied.tree);
  if (commit.path === undefined)
    return { self: { ...self, privateKeys }, commitSecret: zeroSecret(suite), created: [] };
  const decrypted = await decryptPath(suite, tree, {
    sender: committer,
    path: commit.path,
    receiver: self.leafIndex,
    privateKeys,
    groupContext: encode(GroupContext, groupContext),
    excluded: new Set(applied.added),
  });
  const before = new Set(privateKeys.values());
  const created = [...decrypted.privateKeys.values()].filter((key) => !before.has(key));
  return { self: { ...self, privateKeys: decrypted.privateKeys }, commitSecret: decrypted.commitSecret, created };
}

/** §12.1.2: if the commit takes an own Update, its key and signer are in force. */
function selfAfterUpdate({ self, pendingUpdates }: GroupState, list: ProposalList): Self {
  const own = list.updates.find(({ sender }) => sender === self.leafIndex);
  if (own === undefined) return self;
  const pending = pendingUpdates.get(own.reference);
  if (pending === undefined) throw new InternalError("internal.invariant", { where: "selfAfterUpdate" });
  const privateKeys = new Map<NodeIndex, Secret>(self.privateKeys).set(toNodeIndex(self.leafIndex), pending.privateKey);
  return { ...self, privateKeys, signer: pending.signer };
}
