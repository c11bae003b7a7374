/**
 * §12.4.2: what of a commit can be judged without any secret, by members and observers alike: the list of proposals, the
 * new leaves, the path's shape and parent hashes, and the tree that results.
 */

import { copyOf } from "../codec/codec.ts";
import { InternalError, InvalidError } from "../errors.ts";
import { leafForExternal } from "../tree/evolution.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import { checkCiphertexts, checkPathKeys, mergePlaced, type PlacedPath, placePath } from "../tree/received-path.ts";
import type { LeafIndex } from "../tree-math.ts";
import { type Commit, ProposalOrRef } from "../wire/commit.ts";
import type { AuthenticatedContent, FramedContent } from "../wire/framed-content.ts";
import { LeafNode } from "../wire/leaf-node.ts";
import type { UpdatePath } from "../wire/update-path.ts";
import { type AppliedProposals, applyProposals } from "./apply.ts";
import type { Clients } from "./clients.ts";
import { judgeCustomByValue } from "./custom-proposals.ts";
import { type Environment, policyOf } from "./environment.ts";
import {
  checkNewLeaves,
  checkTreeAfter,
  type NewLeaves,
  type PathLeaf,
  pathLeafRequests,
  verifyNewLeaves,
} from "./new-leaves.ts";
import { type CommitSummary, droppedBy, requirePermissionByValue } from "./permission.ts";
import { type ProposalList, pathRequired, resolveProposals, sortProposals } from "./proposals.ts";
import { checkReplacement } from "./receive-proposal.ts";
import { registryOf } from "./registrations.ts";
import { type CommitKind, checkProposalList } from "./rules.ts";
import type { PublicState } from "./state.ts";

/** A commit that is valid as far as the public can see, and the tree that it leads to. */
export interface JudgedCommit {
  readonly kind: CommitKind;
  readonly commit: Commit;
  readonly list: ProposalList;
  readonly applied: AppliedProposals;
  readonly committer: LeafIndex;
  readonly tree: RatchetTree;
  /** The commit's path, if it has one, with all that members need to find their ciphertext in it. */
  readonly path: PlacedPath | undefined;
  readonly clients: Clients;
}

/**
 * @throws InvalidError `commit.*`, `proposal.*`, `proposals.*`, `path.*`, `tree.*`, `leaf.*`, `credential.*`
 * @throws StaleError `proposals.unknown_reference`
 */
export async function judgeCommit(
  environment: Environment,
  state: PublicState,
  { content }: AuthenticatedContent,
): Promise<JudgedCommit> {
  const { commit, kind, committer } = commitIn(environment, content);
  const list = sortProposals(resolveProposals(commit.proposals, state.proposals, content.sender));
  const limits = policyOf(environment);
  const { reInitSuites } = limits;
  const registry = registryOf(environment);
  checkProposalList(kind, list, { suite: environment.suite, tree: state.tree, committer, reInitSuites, registry });
  await judgeCustomByValue(environment, state, list);
  await requirePermissionByValue(environment.permission, state, list);
  if (commit.path === undefined && pathRequired(list, registry)) throw new InvalidError("commit.path_required");

  const { groupId, extensions } = state.epoch.groupContext;
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
  checkNewLeaves(environment, leaves);
  await verifyNewLeaves(environment, leaves);
  const { tree, path } = mergedTree(environment, applied, { path: commit.path, sender: seat.leaf });
  const clients = checkTreeAfter(environment, tree, { ...leaves, before: state.tree });
  return { kind, commit, list, applied, committer: seat.leaf, tree, path, clients };
}

export function summaryOf(
  { proposals }: PublicState,
  { kind, commit, committer, list, applied }: JudgedCommit,
  removedSelf: boolean,
): CommitSummary {
  const newLeaf = commit.path?.leafNode;
  return { kind, committer, list, added: applied.added, removedSelf, newLeaf, dropped: droppedBy(list, proposals) };
}

/** The kind of a commit is decided here, once. The committer of an external one has no leaf yet. */
function commitIn(
  environment: Environment,
  content: FramedContent,
): { commit: Commit; kind: CommitKind; committer: LeafIndex | undefined } {
  if (content.contentType !== "commit") throw new InternalError("internal.invariant", { where: "commitIn" });
  const { sender, commit } = content;
  if (sender.senderType === "member") return { commit: owned(commit), kind: "member", committer: sender.leafIndex };
  if (sender.senderType !== "new_member_commit") {
    throw new InvalidError("commit.wrong_sender_type", { senderType: sender.senderType });
  }
  if (!policyOf(environment).externalCommits) throw new InvalidError("commit.external_refused");
  return { commit: owned(commit), kind: "external", committer: undefined };
}

/** New leaves enter the tree, and extensions the GroupContext: they must not keep the whole message in memory. */
function owned({ path, proposals }: Commit): Commit {
  return {
    proposals: proposals.map((each) => (each.type === "proposal" ? copyOf(ProposalOrRef, each) : each)),
    path: path === undefined ? undefined : { ...path, leafNode: copyOf(LeafNode, path.leafNode) },
  };
}

function pathLeafOf(
  state: PublicState,
  path: UpdatePath | undefined,
  { kind, list, leafIndex }: { kind: CommitKind; list: ProposalList; leafIndex: LeafIndex },
): PathLeaf | undefined {
  if (path === undefined) return undefined;
  const { leafNode } = path;
  const replacedIndex = kind === "member" ? leafIndex : list.removes[0];
  const replaced = replacedIndex === undefined ? undefined : checkReplacement(state, replacedIndex, leafNode);
  return { leafNode, leafIndex, replaced };
}

function mergedTree(
  { suite }: Environment,
  { tree, added }: AppliedProposals,
  { path, sender }: { readonly path: UpdatePath | undefined; readonly sender: LeafIndex },
): Pick<JudgedCommit, "tree" | "path"> {
  if (path === undefined) return { tree, path };
  checkPathKeys(tree, path);
  const placed = placePath(tree, { sender, path });
  const merged = mergePlaced(suite, tree, placed);
  checkCiphertexts(placed, new Set(added));
  return { tree: merged, path: placed };
}
