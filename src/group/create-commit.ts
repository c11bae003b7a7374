/** §12.4.1: a member commits. Nothing changes in its state but a handshake generation; the commit is pending (§14). */

import { secretsOfEpoch } from "../schedule/epoch.ts";
import { dispose } from "../secret.ts";
import { blankPathKeys } from "../tree/private-keys.ts";
import { nodesOf } from "../tree/ratchet-tree-extension.ts";
import type { LeafIndex } from "../tree-math.ts";
import type { ProposalOrRef } from "../wire/commit.ts";
import type { Extension } from "../wire/extension.ts";
import type { RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import type { AppliedProposals } from "./apply.ts";
import { type Clients, nameAfter } from "./clients.ts";
import { type CommitBase, type CommitDraft, draftCommit } from "./commit-draft.ts";
import { judgeCustomByValue } from "./custom-proposals.ts";
import { type Environment, policyOf } from "./environment.ts";
import { signGroupInfo } from "./group-info.ts";
import { checkPathLeaf, checkTreeAfter, type NewLeaves, verifyNewLeaves } from "./new-leaves.ts";
import { type PendingCommit, pendingCommit } from "./pending.ts";
import { type CommitSummary, droppedBy, requireCommitPermission, requirePermissionByValue } from "./permission.ts";
import { type CommittedProposal, type ProposalList, pathRequired } from "./proposals.ts";
import { changedLeaf, type LeafChange, type OwnChange, type ProposalRequest, proposalFor } from "./propose.ts";
import { type FramingOptions, protectContent } from "./protect.ts";
import { successionRequests } from "./receive-proposal.ts";
import { registryOf } from "./registrations.ts";
import { type LeftOut, proposalsByReference } from "./select.ts";
import {
  closureOf,
  type GroupState,
  groupIdOf,
  type NextEpoch,
  ownLeaf,
  requireOpen,
  type Self,
  type Transition,
} from "./state.ts";
import { type Candidates, validProposals } from "./valid-proposals.ts";
import { createWelcomes } from "./welcome.ts";

/** What a commit does, and what comes with it. */
export interface CommitOptions extends FramingOptions {
  /** Proposals that the commit carries by value, behind the referenced ones. */
  readonly proposals?: readonly ProposalRequest[];
  /**
   * Which received proposals it covers. Default: all. Those that are not valid, or not together with the rest, are left
   * out and named in the result.
   */
  readonly references?: readonly Uint8Array[];
  /** Whether there is a path although none is required (§12.4). */
  readonly forcePath?: boolean;
  /** Changes of the own leaf, which need a path: a new credential, signature key, or extensions. */
  readonly leaf?: LeafChange;
  /** Whether Welcomes carry the tree (§12.4.3.3). Default: true. */
  readonly ratchetTree?: boolean;
  /** Further extensions of the GroupInfo in the Welcomes. */
  readonly groupInfoExtensions?: readonly Extension[];
  /** One Welcome for all new members, or one for each. Default: "one". */
  readonly welcomes?: "one" | "each";
}

/** What comes of `createCommit`: what to send, and what to keep until the delivery service has judged it. */
export interface CreatedCommit {
  /** The encoded MLSMessage, for the members. */
  readonly message: Uint8Array;
  /** Encoded MLSMessages for the new members: to be delivered once the commit is accepted (§14). */
  readonly welcomes: readonly Uint8Array[];
  /** What it does, in the words in which the others learn of it. */
  readonly commit: CommitSummary;
  /** Where new members stand, in the order of their Adds. */
  readonly added: readonly LeafIndex[];
  /** The tree after the commit, for new members that get it out of band. Made when it is read, in O(N). */
  readonly ratchetTree: RatchetTreeNodes;
  /** Received proposals that it does not cover because they are not valid (any more), or not together with the rest. */
  readonly leftOut: readonly LeftOut[];
  /** To be accepted (`acceptCommit`) or dropped (`dropCommit`); known by `isOwnCommit` when it comes back. */
  readonly pending: PendingCommit;
}

/**
 * A commit, its Welcomes, and what it will make of the group. `state` in the result is the current epoch's, which goes
 * on until the commit is accepted.
 *
 * @throws InvalidError `proposal.*`, `proposals.*`, `leaf.*`, `key_package.*`, `credential.*`, `tree.*`
 * @throws StaleError `proposals.unknown_reference`, `psk.missing` @throws UsageError `state.*`
 */
export async function createCommit(
  environment: Environment,
  state: GroupState,
  options: CommitOptions = {},
): Promise<Transition<GroupState, CreatedCommit>> {
  return commitFor(environment, state, options, { kind: "member" });
}

/** What a commit is for: the group's own life, or the beginning of a group that continues another (§11.2, §11.3). */
export type CommitPurpose =
  | { readonly kind: "member" }
  | { readonly kind: "reinit" | "branch"; readonly predecessor: GroupState };

/** `createCommit` for any purpose. */
export async function commitFor(
  environment: Environment,
  state: GroupState,
  options: CommitOptions,
  purpose: CommitPurpose,
): Promise<Transition<GroupState, CreatedCommit>> {
  requireOpen(environment, state);
  // A successor may have its predecessor's id, and what its first commit names is the predecessor's.
  const states = [purpose.kind === "member" ? state : purpose.predecessor];
  const candidates = { ...candidatesOf(environment, state, options), kind: purpose.kind, states };
  const { committed, list, applied, leftOut } = await validProposals(environment, state, candidates);
  const change = changedLeaf(environment, state, options.leaf ?? {});
  const leaves = newLeavesOf(state, { list, applied, change });
  await verifyNewLeaves(environment, leaves);
  await judgeCustomByValue(environment, state, list);
  await requirePermissionByValue(environment.permission, state, list);
  const commit = ownSummary(state, purpose, leaves);
  await requireCommitPermission(environment.permission, state, commit);
  const draft = await draftMemberCommit(environment, state, { committed, leaves, change, states }, options);
  try {
    const clients = checkOwnResult(environment, state, draft, leaves);
    const next = nextOf(state, draft, { clients, change, list });
    const welcomes = await welcomesFor(environment, draft, { leaves, next, options });
    const sent = await protectContent(environment, state, draft.authenticated, options.padding);
    return {
      state: sent.state,
      output: createdCommit({
        message: sent.message,
        welcomes,
        commit,
        added: applied.added,
        leftOut,
        pending: pendingCommit(state, next, sent.message),
      }),
      spent: sent.spent,
    };
  } catch (error) {
    dispose([...secretsOfEpoch(draft.step.epoch), ...(draft.path?.privateKeys.values() ?? [])]);
    throw error;
  } finally {
    dispose([draft.step.joinerSecret, draft.step.welcomeSecret, ...(draft.path?.pathSecrets ?? [])]);
  }
}

function ownSummary(
  { self, proposals }: GroupState,
  { kind }: CommitPurpose,
  { list, applied }: NewLeaves,
): CommitSummary {
  const [{ added }, dropped] = [applied, droppedBy(list, proposals)];
  return { kind, committer: self.leafIndex, list, added, removedSelf: false, newLeaf: undefined, dropped };
}

function createdCommit(parts: Omit<CreatedCommit, "ratchetTree">): CreatedCommit {
  return {
    ...parts,
    get ratchetTree() {
      return nodesOf(parts.pending.next.tree);
    },
  };
}

function newLeavesOf(state: GroupState, { list, applied, change }: Judged): NewLeaves {
  const { groupId, extensions: previousExtensions } = state.epoch.groupContext;
  const place = { groupId, leafIndex: state.self.leafIndex, replaced: ownLeaf(state) };
  const pathRequests = successionRequests("commit", change.leaf, place);
  const { clients } = state;
  return { list, applied, groupId, previousExtensions, pathLeaf: undefined, pathRequests, clients, sending: true };
}

interface Judged {
  readonly list: ProposalList;
  readonly applied: AppliedProposals;
  readonly change: OwnChange;
}

function candidatesOf(
  environment: Environment,
  state: GroupState,
  options: CommitOptions,
): Pick<Candidates, "referenced" | "byValue"> {
  const { references } = options;
  const referenced = references === undefined ? [...state.proposals.values()] : proposalsByReference(state, references);
  const sender = { senderType: "member", leafIndex: state.self.leafIndex } as const;
  const byValue = (options.proposals ?? []).map((request) => ({
    proposal: proposalFor(environment, groupIdOf(state), request),
    sender,
    reference: undefined,
  }));
  return { referenced, byValue };
}

interface MemberDraft {
  readonly committed: readonly CommittedProposal[];
  readonly leaves: NewLeaves;
  readonly change: OwnChange;
  /** Whose resumption PSKs may be named. */
  readonly states: readonly GroupState[];
}

function draftMemberCommit(
  environment: Environment,
  state: GroupState,
  { committed, leaves, change, states }: MemberDraft,
  options: CommitOptions,
): Promise<CommitDraft> {
  const { epoch, self } = state;
  const withPath =
    pathRequired(leaves.list, registryOf(environment)) || options.forcePath === true || options.leaf !== undefined;
  const base: CommitBase = {
    groupContext: epoch.groupContext,
    encodedGroupContext: epoch.encodedGroupContext,
    interimTranscriptHash: epoch.interimTranscriptHash,
    initSecret: epoch.secrets.initSecret,
    sender: { senderType: "member", leafIndex: self.leafIndex },
    leafIndex: self.leafIndex,
    signer: self.signer,
  };
  return draftCommit(environment, base, {
    proposals: committed.map(asProposalOrRef),
    applied: leaves.applied,
    psks: leaves.list.psks,
    pskSources: { suite: environment.suite, psks: environment.psks, states },
    path: withPath ? change : undefined,
    wireFormat: options.wireFormat ?? policyOf(environment).handshakeFormat,
    authenticatedData: options.authenticatedData ?? new Uint8Array(0),
  });
}

function asProposalOrRef({ proposal, reference }: CommittedProposal): ProposalOrRef {
  return reference === undefined ? { type: "proposal", proposal } : { type: "reference", reference };
}

function nextOf(
  state: GroupState,
  draft: CommitDraft,
  { clients, change, list }: { clients: Clients; change: OwnChange; list: ProposalList },
): NextEpoch {
  const { leafIndex, privateKeys } = state.self;
  const { tree, path, step } = draft;
  const self: Self =
    path === undefined
      ? { leafIndex, privateKeys: blankPathKeys(privateKeys, tree).privateKeys, signer: state.self.signer }
      : { leafIndex, privateKeys: path.privateKeys, signer: change.signer };
  return { epoch: step.epoch, tree, clients, self, closed: closureOf(list.reInits) };
}

/** What this member would refuse from others it does not send (§12.2). */
function checkOwnResult(
  environment: Environment,
  state: GroupState,
  { path, tree }: CommitDraft,
  leaves: NewLeaves,
): Clients {
  const { leafIndex } = state.self;
  const pathLeaf = path === undefined ? undefined : { leafNode: path.leafNode, leafIndex, replaced: ownLeaf(state) };
  if (pathLeaf !== undefined) {
    checkPathLeaf(environment, pathLeaf, leaves.applied.extensions);
    for (const { signatureKey } of leaves.pathRequests)
      nameAfter(leaves.clients.names, pathLeaf.leafNode, signatureKey);
  }
  return checkTreeAfter(environment, tree, { ...leaves, pathLeaf, before: state.tree });
}

async function welcomesFor(
  environment: Environment,
  draft: CommitDraft,
  { leaves, next, options }: { leaves: NewLeaves; next: NextEpoch; options: CommitOptions },
): Promise<readonly Uint8Array[]> {
  const { list, applied } = leaves;
  if (list.adds.length === 0) return [];
  const { suite, random } = environment;
  const { leafIndex, signer } = next.self;
  const groupInfo = await signGroupInfo(
    environment,
    { epoch: next.epoch, tree: next.tree, leafIndex, signer },
    {
      ratchetTree: options.ratchetTree ?? true,
      externalPub: false,
      extensions: options.groupInfoExtensions ?? [],
    },
  );
  const joiners = list.adds.map(({ keyPackage }, position) => ({
    keyPackage,
    leafIndex: applied.added[position] as LeafIndex,
  }));
  const { joinerSecret, welcomeSecret } = draft.step;
  const grouping = options.welcomes ?? "one";
  const input = {
    groupInfo,
    joiners,
    joinerSecret,
    welcomeSecret,
    psks: list.psks,
    path: draft.path,
    grouping,
    committer: leafIndex,
  };
  return createWelcomes(suite, input, random);
}
