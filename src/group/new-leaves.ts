/**
 * §7.3, §12.2: the leaves that a commit brings, and the tree that results. The same checks for the creator of a commit
 * and for those who process it; signatures are verified in one batch and credentials authenticated in one call.
 */

import { equal } from "../bytes.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { type LabelledSignature, verifyManyWithLabel } from "../crypto/labels.ts";
import { InvalidError } from "../errors.ts";
import { checkLeafNode, checkSupport, leafSignature } from "../tree/leaf-node.ts";
import { encryptionKeyCount, type RatchetTree, signatureKeyCount } from "../tree/ratchet-tree.ts";
import type { LeafIndex } from "../tree-math.ts";
import type { Extension } from "../wire/extension.ts";
import type { KeyPackage } from "../wire/key-package.ts";
import type { LeafNode } from "../wire/leaf-node.ts";
import type { AppliedProposals } from "./apply.ts";
import { type AuthenticationRequest, authenticate, requestFor } from "./authentication.ts";
import { type Clients, exchangeClients, inheritName } from "./clients.ts";
import { checkTypesSupported } from "./custom-proposals.ts";
import { type Environment, nowOf, policyOf } from "./environment.ts";
import { checkExtensions } from "./extensions.ts";
import {
  checkGroupExtensions,
  externalSenderRequests,
  type GroupExtensionsChange,
  judgeGroupExtensions,
  successorExtensions,
} from "./group-extensions.ts";
import { checkKeyPackage, keyPackageSignature, leafRules } from "./key-package.ts";
import type { ProposalList } from "./proposals.ts";
import { successionRequests } from "./receive-proposal.ts";
import { registryOf } from "./registrations.ts";

/** The leaf of a commit's path. */
export interface PathLeaf {
  readonly leafNode: LeafNode;
  readonly leafIndex: LeafIndex;
  /** The leaf it replaces: the committer's, or the one that an external commit removes. */
  readonly replaced: LeafNode | undefined;
}

export interface NewLeaves {
  readonly list: ProposalList;
  readonly applied: AppliedProposals;
  readonly groupId: Uint8Array;
  readonly previousExtensions: readonly Extension[];
  readonly pathLeaf: PathLeaf | undefined;
  /** What the Authentication Service is to be asked about the leaf of the path. */
  readonly pathRequests: readonly AuthenticationRequest[];
  readonly clients: Clients;
  /** Leaves that are sent are judged by the clock whatever the policy (§7.3). */
  readonly sending: boolean;
}

/** The leaves and extensions on their own, without signatures and credentials. @throws InvalidError `key_package.*`, `leaf.*` */
export function checkNewLeaves(environment: Environment, leaves: NewLeaves): void {
  const { list, applied, pathLeaf } = leaves;
  const { judgeReceivedLifetimes } = policyOf(environment);
  const judged = { ...leafRules(environment), groupExtensions: applied.extensions };
  const now = leaves.sending || judgeReceivedLifetimes ? nowOf(environment) : undefined;
  for (const { keyPackage } of list.adds) {
    checkKeyPackage(environment, keyPackage, { groupExtensions: applied.extensions, now });
  }
  if (list.groupContextExtensions.length > 0) {
    checkExtensions(registryOf(environment), applied.extensions, "group_context");
  }
  for (const { leafNode } of list.updates) checkLeafNode(environment.suite, leafNode, { ...judged, source: "update" });
  if (pathLeaf !== undefined) checkPathLeaf(environment, pathLeaf, applied.extensions);
}

/**
 * Signatures and credentials that were not judged on receipt.
 *
 * @throws InvalidError `leaf.signature`, `key_package.signature`, `credential.*`, `extension.rejected`, `extension.hook_failed`
 */
export async function verifyNewLeaves(environment: Environment, leaves: NewLeaves): Promise<void> {
  const { list, groupId, pathLeaf } = leaves;
  const added = list.adds.filter(({ byReference }) => !byReference).map(({ keyPackage }) => keyPackage);
  await verifyAll(environment.suite, added, pathLeaf, groupId);
  const registry = registryOf(environment);
  const change = extensionsByValue(leaves);
  const ofSenders = change === undefined ? [] : externalSenderRequests(registry, change);
  await authenticate(environment.authentication, [...requestsOf(leaves, added), ...ofSenders], leaves.clients.names);
  if (change !== undefined) await judgeGroupExtensions(registry, change);
  for (const { proposal, reference } of list.all) {
    if (proposal.proposalType !== "reinit" || reference !== undefined) continue;
    await judgeGroupExtensions(registry, successorExtensions(proposal));
  }
}

/** §7.5: the leaf of a path, on its own. A signature key that is in the tree already was judged. @throws InvalidError `leaf.*` */
export function checkPathLeaf(
  environment: Environment,
  { leafNode, replaced }: Pick<PathLeaf, "leafNode" | "replaced">,
  groupExtensions: readonly Extension[],
): void {
  const signatureKeyJudged = replaced !== undefined && equal(leafNode.signatureKey, replaced.signatureKey);
  const rules = { ...leafRules(environment), source: "commit", groupExtensions, signatureKeyJudged } as const;
  checkLeafNode(environment.suite, leafNode, rules);
}

async function verifyAll(
  suite: CipherSuite,
  keyPackages: readonly KeyPackage[],
  pathLeaf: PathLeaf | undefined,
  groupId: Uint8Array,
): Promise<void> {
  const requests: LabelledSignature[] = keyPackages.flatMap((each) => [leafSignature(each), keyPackageSignature(each)]);
  if (pathLeaf !== undefined) {
    requests.push(leafSignature({ leafNode: pathLeaf.leafNode, position: { groupId, leafIndex: pathLeaf.leafIndex } }));
  }
  if (requests.length === 0) return;
  const verdicts = await verifyManyWithLabel(suite, requests);
  const failed = verdicts.findIndex((valid) => !valid);
  if (failed === -1) return;
  const ofKeyPackage = requests[failed]?.label === "KeyPackageTBS";
  throw new InvalidError(ofKeyPackage ? "key_package.signature" : "leaf.signature");
}

function requestsOf(leaves: NewLeaves, added: readonly KeyPackage[]): AuthenticationRequest[] {
  const { groupId, pathRequests, sending } = leaves;
  const ofAdds = added.map(({ leafNode }) => requestFor(sending ? "key_package" : "add", leafNode, { groupId }));
  return [...ofAdds, ...pathRequests];
}

function extensionsByValue({
  list,
  applied,
  groupId,
  previousExtensions,
}: NewLeaves): GroupExtensionsChange | undefined {
  const byValue = list.all.some(
    (each) => each.proposal.proposalType === "group_context_extensions" && each.reference === undefined,
  );
  return byValue ? { groupId, extensions: applied.extensions, previous: previousExtensions } : undefined;
}

/** §12.2: the leaf of an external commit is always new, and a successor if it takes the place of an older appearance. */
export function pathLeafRequests(
  { leafNode, leafIndex, replaced }: PathLeaf,
  groupId: Uint8Array,
  list: ProposalList,
): AuthenticationRequest[] {
  if (list.externalInits.length === 0) {
    return replaced === undefined ? [] : successionRequests("commit", leafNode, { groupId, leafIndex, replaced });
  }
  const place = { groupId, leafIndex };
  return [
    requestFor("external_commit", leafNode, replaced === undefined ? place : { ...place, predecessor: replaced }),
  ];
}

/** The same leaves once the tree is complete, with the tree that they came into. */
export interface LeavesAfter extends Pick<NewLeaves, "list" | "applied" | "pathLeaf" | "clients"> {
  readonly before: RatchetTree;
}

/**
 * §12.2: the tree after the commit. Keys and clients are unique, everyone supports what is in use, the tree is not too
 * wide. Looks at what changed and at the tree's summary, never at all members. Returns the clients after the commit.
 *
 * @throws InvalidError `tree.*`, `leaf.*`, `proposal.*`
 */
export function checkTreeAfter(environment: Environment, tree: RatchetTree, leaves: LeavesAfter): Clients {
  const { list, applied, pathLeaf, clients, before } = leaves;
  const { maxLeaves } = policyOf(environment);
  if (tree.leafCount > maxLeaves)
    throw new InvalidError("tree.too_large", { leaves: tree.leafCount, limit: maxLeaves });
  const changed = [
    ...list.adds.map(({ keyPackage }) => keyPackage.leafNode),
    ...list.updates.map(({ leafNode }) => leafNode),
  ];
  if (pathLeaf !== undefined) changed.push(pathLeaf.leafNode);
  for (const { encryptionKey, signatureKey } of changed) {
    if (encryptionKeyCount(tree, encryptionKey) > 1) throw new InvalidError("tree.duplicate_encryption_key");
    if (signatureKeyCount(tree, signatureKey) > 1) throw new InvalidError("tree.duplicate_signature_key");
  }
  checkSupport(tree);
  checkTypesSupported(list.custom, applied.staying);
  if (list.groupContextExtensions.length > 0) checkGroupExtensions(applied.extensions, tree);

  const left = [...list.removes, ...list.updates.map(({ sender }) => sender)].map((index) => before.leaf(index));
  const gone = [...left, list.externalInits.length === 0 ? pathLeaf?.replaced : undefined].filter(
    (each) => each !== undefined,
  );
  if (pathLeaf?.replaced !== undefined) inheritName(clients.names, pathLeaf.leafNode, pathLeaf.replaced);
  return exchangeClients(clients, { gone, come: changed });
}
