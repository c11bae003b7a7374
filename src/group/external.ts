/** §12.4.3.2: joining by an external commit, from a GroupInfo alone. The join is pending until the commit is accepted. */

import { copy, EMPTY } from "../bytes.ts";
import { copyOf, encode } from "../codec/codec.ts";
import type { Signer } from "../crypto/signer.ts";
import { InternalError, UsageError } from "../errors.ts";
import { protectPublic } from "../framing/public-message.ts";
import { secretsOfEpoch } from "../schedule/epoch.ts";
import { sendExternalInit } from "../schedule/external-init.ts";
import { interimTranscriptHash } from "../schedule/transcript.ts";
import { dispose, type Secret } from "../secret.ts";
import { leafForExternal } from "../tree/evolution.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import type { LeafIndex } from "../tree-math.ts";
import { GroupContext } from "../wire/group-context.ts";
import { GroupInfo } from "../wire/group-info.ts";
import { MLSMessage } from "../wire/message.ts";
import { type OpaqueProposal, Proposal } from "../wire/proposal.ts";
import type { RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import { type AppliedProposals, applyProposals } from "./apply.ts";
import { type AuthenticationRequest, type Identity, requestFor } from "./authentication.ts";
import { type Clients, nameAfter } from "./clients.ts";
import { type CommitDraft, draftCommit } from "./commit-draft.ts";
import { judgeCustomByValue } from "./custom-proposals.ts";
import { type Environment, policyOf } from "./environment.ts";
import { leafFeatures } from "./grease.ts";
import { externalPubOf, type GroupInfoTree, publicStateOf, requireNew, verifyGroupInfo } from "./group-info.ts";
import { validateJoinedTree } from "./joined-tree.ts";
import type { LeafOptions } from "./key-package.ts";
import { checkPathLeaf, checkTreeAfter } from "./new-leaves.ts";
import type { PendingJoin } from "./pending.ts";
import { type CommitSummary, requireCommitPermission, requirePermissionByValue } from "./permission.ts";
import { type ProposalList, sortProposals } from "./proposals.ts";
import { checkReplacement } from "./receive-proposal.ts";
import { registryOf } from "./registrations.ts";
import { checkProposalList } from "./rules.ts";
import type { NextEpoch, PublicState } from "./state.ts";

/** Which group to join, as whom, and what the commit does besides. */
export interface ExternalJoinOptions extends LeafOptions {
  /** Of the current epoch, with `external_pub`. */
  readonly groupInfo: GroupInfo;
  /** The tree, if the GroupInfo does not carry it. */
  readonly ratchetTree?: RatchetTreeNodes;
  /** The own older leaf, which the commit removes ("resync"). */
  readonly removed?: LeafIndex;
  /** Group ids that this client is in already: it needs `removed` to join such a group again. */
  readonly joined?: readonly Uint8Array[];
  /** External PSKs to prove knowledge of, by id. */
  readonly psks?: readonly Uint8Array[];
  /** Proposals of types that are registered for external commits (§13.2). */
  readonly proposals?: readonly OpaqueProposal[];
  /** Sent in the clear, and authenticated (§6.3.1). */
  readonly authenticatedData?: Uint8Array;
}

/** What comes of `joinExternally`. */
export interface ExternalJoin {
  /** The encoded MLSMessage with the commit, always public. */
  readonly message: Uint8Array;
  /** To be accepted (`acceptJoin`) or dropped (`dropJoin`); an older state lives on until then. */
  readonly pending: PendingJoin;
}

/**
 * An external commit. The whole tree is validated as for a Welcome.
 *
 * @throws StaleError `group_info.no_external_pub`, `tree.missing`, `psk.missing`, `group.already_joined`
 * @throws UsageError `suite.unknown`, `key.mismatch`
 * @throws InvalidError `group_info.*`, `tree.*`, `leaf.*`, `credential.*`, `proposal.*`, `proposals.*`, `commit.unauthorised`
 */
export async function joinExternally(environment: Environment, options: ExternalJoinOptions): Promise<ExternalJoin> {
  const { suite, random } = environment;
  const verified = await verifyGroupInfo(environment, copyOf(GroupInfo, options.groupInfo), options.ratchetTree);
  const { groupInfo, tree } = verified;
  const { groupContext } = groupInfo;
  if (groupContext.cipherSuite !== suite.id)
    throw new UsageError("suite.unknown", { cipherSuite: groupContext.cipherSuite });
  if (options.removed === undefined) requireNew(groupInfo, options.joined ?? []);
  const externalPub = externalPubOf(groupInfo);
  const identity = joinRequest(options, verified);
  const clients = await validateJoinedTree(environment, { tree, groupContext, requests: [identity] });

  const { kemOutput, initSecret } = await sendExternalInit(suite, externalPub, random);
  try {
    const proposals = proposalsFor(environment, options, kemOutput);
    return await commitExternally(environment, options, { verified, proposals, initSecret, clients, identity });
  } finally {
    initSecret.dispose();
  }
}

function proposalsFor(
  { suite, random }: Environment,
  { removed, psks, proposals: custom = [] }: ExternalJoinOptions,
  kemOutput: Uint8Array,
): Proposal[] {
  const proposals: Proposal[] = [{ proposalType: "external_init", kemOutput }];
  if (removed !== undefined) proposals.push({ proposalType: "remove", removed });
  for (const pskId of psks ?? []) {
    proposals.push({
      proposalType: "psk",
      psk: { psktype: "external", pskId: copy(pskId), pskNonce: random(suite.kdf.Nh) },
    });
  }
  return [...proposals, ...custom.map((each) => copyOf(Proposal, each))];
}

interface ExternalCommitInput {
  readonly verified: GroupInfoTree;
  readonly proposals: readonly Proposal[];
  readonly initSecret: Secret;
  readonly clients: Clients;
  /** What the Authentication Service was asked about. */
  readonly identity: Identity;
}

/** §5.3.1: what others will ask of this join, asked of the own service first. */
function joinRequest(
  { signer, credential, removed }: ExternalJoinOptions,
  { groupInfo, tree }: GroupInfoTree,
): AuthenticationRequest {
  const { groupId } = groupInfo.groupContext;
  const predecessor = removed === undefined ? undefined : tree.leaf(removed);
  const identity = { credential, signatureKey: signer.publicKey };
  return requestFor("external_commit", identity, predecessor === undefined ? { groupId } : { groupId, predecessor });
}

async function commitExternally(
  environment: Environment,
  options: ExternalJoinOptions,
  { verified, proposals, initSecret, clients, identity }: ExternalCommitInput,
): Promise<ExternalJoin> {
  const { suite, psks } = environment;
  const { groupInfo, tree } = verified;
  const { groupContext, confirmationTag } = groupInfo;
  const sender = { senderType: "new_member_commit" } as const;
  const list = sortProposals(proposals.map((proposal) => ({ proposal, sender, reference: undefined })));
  const registry = registryOf(environment);
  checkProposalList("external", list, { suite, tree, committer: undefined, reInitSuites: undefined, registry });
  const limits = policyOf(environment);
  const proposed = applyProposals(tree, groupContext.extensions, list, limits);
  const seat = leafForExternal(proposed.tree, limits);
  const applied = { ...proposed, tree: seat.tree };
  await judgeOwnCommit(environment, publicStateOf(suite, verified, clients), {
    kind: "external",
    committer: seat.leaf,
    list,
    added: applied.added,
    removedSelf: false,
    newLeaf: undefined,
    dropped: [],
  });
  const base = {
    groupContext,
    encodedGroupContext: encode(GroupContext, groupContext),
    interimTranscriptHash: interimTranscriptHash(suite, groupContext.confirmedTranscriptHash, confirmationTag),
    initSecret,
    sender,
    leafIndex: seat.leaf,
    signer: options.signer,
  };
  const draft = await draftCommit(environment, base, {
    proposals: proposals.map((proposal) => ({ type: "proposal", proposal }) as const),
    applied,
    psks: list.psks,
    pskSources: { suite, psks, states: [] },
    path: { leaf: leafContent(environment, options, identity), signer: options.signer },
    wireFormat: "mls_public_message",
    authenticatedData: options.authenticatedData ?? new Uint8Array(0),
  });
  try {
    const judged = { tree, draft, applied, list, clients, identity, leafIndex: seat.leaf };
    const after = judgeOwnLeaf(environment, options, judged);
    return finishJoin(environment, draft, { leafIndex: seat.leaf, clients: after, signer: options.signer });
  } catch (error) {
    dispose(createdBy(draft));
    throw error;
  }
}

/** What this member would refuse from others it does not send (§12.2). */
async function judgeOwnCommit(environment: Environment, state: PublicState, commit: CommitSummary): Promise<void> {
  await judgeCustomByValue(environment, state, commit.list);
  await requirePermissionByValue(environment.permission, state, commit.list);
  await requireCommitPermission(environment.permission, state, commit);
}

function leafContent(environment: Environment, options: LeafOptions, { signatureKey, credential }: Identity) {
  const { capabilities, extensions } = leafFeatures(environment, options);
  return { signatureKey, credential, capabilities, extensions };
}

interface JudgedDraft {
  readonly tree: RatchetTree;
  readonly draft: CommitDraft;
  readonly applied: AppliedProposals;
  readonly list: ProposalList;
  readonly clients: Clients;
  readonly identity: Identity;
  readonly leafIndex: LeafIndex;
}

/** What the members would refuse is not sent (§12.2). */
function judgeOwnLeaf(environment: Environment, { removed }: ExternalJoinOptions, judged: JudgedDraft): Clients {
  const { tree, draft, applied, list, clients, identity, leafIndex } = judged;
  const leafNode = draft.path?.leafNode;
  if (leafNode === undefined) throw new InternalError("internal.invariant", { where: "judgeOwnLeaf" });
  checkPathLeaf(environment, { leafNode, replaced: undefined }, applied.extensions);
  nameAfter(clients.names, leafNode, identity.signatureKey);
  const replaced = removed === undefined ? undefined : checkReplacement(judged, removed, leafNode);
  const pathLeaf = { leafNode, leafIndex, replaced };
  return checkTreeAfter(environment, draft.tree, { list, applied, pathLeaf, clients, before: tree });
}

function finishJoin(
  { suite }: Environment,
  draft: CommitDraft,
  { leafIndex, clients, signer }: { leafIndex: LeafIndex; clients: Clients; signer: Signer },
): ExternalJoin {
  const { authenticated, step, tree, path } = draft;
  const publicMessage = protectPublic(suite, authenticated, { membershipKey: undefined, groupContext: EMPTY });
  const message = encode(MLSMessage, { version: "mls10", wireFormat: "mls_public_message", publicMessage });
  dispose([step.joinerSecret, step.welcomeSecret, ...(path?.pathSecrets ?? [])]);
  const self = { leafIndex, privateKeys: path?.privateKeys ?? new Map(), signer };
  const next: NextEpoch = { epoch: step.epoch, tree, clients, self, closed: undefined };
  return { message, pending: { next, created: [...secretsOfEpoch(step.epoch), ...self.privateKeys.values()] } };
}

function createdBy({ step, path }: CommitDraft): Secret[] {
  const ofPath = path === undefined ? [] : [...path.pathSecrets, ...path.privateKeys.values()];
  return [step.joinerSecret, step.welcomeSecret, ...secretsOfEpoch(step.epoch), ...ofPath];
}
