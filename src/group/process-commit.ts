/** §12.4.2: a member processes a commit, step by step as the section has it. All or nothing: a failure changes nothing. */

import { constantTimeEqual, EMPTY } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import type { Verified } from "../crypto/labels.ts";
import { InternalError, InvalidError, StaleError } from "../errors.ts";
import { nextEpoch, secretsOfEpoch } from "../schedule/epoch.ts";
import { receiveExternalInit } from "../schedule/external-init.ts";
import { zeroSecret } from "../schedule/key-schedule.ts";
import { dispose, type Secret } from "../secret.ts";
import { blankPathKeys } from "../tree/private-keys.ts";
import { decryptPlaced } from "../tree/received-path.ts";
import { type NodeIndex, toNodeIndex } from "../tree-math.ts";
import type { AuthenticatedContent } from "../wire/framed-content.ts";
import { GroupContext } from "../wire/group-context.ts";
import { advance, closeRemoved } from "./advance.ts";
import { provisionalContext } from "./commit-draft.ts";
import { type Environment, retentionOf } from "./environment.ts";
import { type CommitSummary, requireCommitPermission } from "./permission.ts";
import type { ProposalList } from "./proposals.ts";
import { pskSecretFor } from "./psks.ts";
import { type JudgedCommit, judgeCommit, summaryOf } from "./received-commit.ts";
import { closureOf, type GroupState, type NextEpoch, type Self } from "./state.ts";

export interface ProcessedCommit {
  readonly state: GroupState;
  readonly summary: CommitSummary;
  readonly spent: readonly Secret[];
}

/**
 * The state after a received commit.
 *
 * @throws InvalidError `commit.*`, `proposal.*`, `proposals.*`, `path.*`, `tree.*`, `leaf.*`, `content.confirmation_tag`, …
 * @throws StaleError `content.own_message`, `proposals.unknown_reference`, `psk.missing`
 */
export async function processCommit(
  environment: Environment,
  state: GroupState,
  authenticated: Verified<AuthenticatedContent>,
): Promise<ProcessedCommit> {
  const { content } = authenticated;
  const { self } = state;
  if (content.sender.senderType === "member" && content.sender.leafIndex === self.leafIndex) {
    throw new StaleError("content.own_message", { contentType: content.contentType, epoch: content.epoch });
  }
  const received = await judgeCommit(environment, state, authenticated);
  const removedSelf = received.list.removes.some((removed) => removed === self.leafIndex);
  const summary = summaryOf(state, received, removedSelf);
  // Asked first: nothing may fail once secrets of the next epoch are there.
  const retention = retentionOf(environment);
  if (removedSelf) {
    await requireCommitPermission(environment.permission, state, summary);
    return { ...closeRemoved(state, retention), summary };
  }
  const next = await enterEpoch(environment, state, { received, authenticated, summary });
  return { ...advance(state, next, retention), summary };
}

interface Entrance {
  readonly received: JudgedCommit;
  readonly authenticated: AuthenticatedContent;
  readonly summary: CommitSummary;
}

async function enterEpoch(
  environment: Environment,
  state: GroupState,
  { received, authenticated, summary }: Entrance,
): Promise<NextEpoch> {
  const { suite, psks } = environment;
  const { epoch } = state;
  const { list, applied, tree, clients } = received;
  const made: Secret[] = [];
  const onFailure: Secret[] = [];
  try {
    const pskSecret = await pskSecretFor({ suite, psks, states: [state] }, list.psks);
    made.push(pskSecret);
    const groupContext = provisionalContext(epoch.groupContext, tree, applied.extensions);
    const keys = await pathKeys(environment, state, { received, groupContext });
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
    if (!constantTimeEqual(step.epoch.confirmationTag, auth.confirmationTag ?? EMPTY)) {
      throw new InvalidError("content.confirmation_tag", { committer: received.committer });
    }
    await requireCommitPermission(environment.permission, state, summary);
    const sending = epoch.sending.successor(step.epoch.confirmationTag);
    return { epoch: { ...step.epoch, sending }, tree, clients, self: keys.self, closed: closureOf(list.reInits) };
  } catch (error) {
    dispose(onFailure);
    throw error;
  } finally {
    dispose(made);
  }
}

/** §12.4.3.2: an external commit brings the init secret, any other continues from the last one. */
async function initSecretFor({ suite }: Environment, { epoch }: GroupState, { list }: JudgedCommit): Promise<Secret> {
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
  { received, groupContext }: { received: JudgedCommit; groupContext: GroupContext },
): Promise<PathKeys> {
  const { applied, path, tree } = received;
  const self = selfAfterUpdate(state, received.list);
  const { privateKeys } = blankPathKeys(self.privateKeys, applied.tree);
  if (path === undefined) return { self: { ...self, privateKeys }, commitSecret: zeroSecret(suite), created: [] };
  const decrypted = await decryptPlaced(suite, tree, {
    ...path,
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
