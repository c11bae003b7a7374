/** §12.1, §12.1.8: a received proposal is judged on its own and kept, by its reference, for a commit of this epoch. */

import { copy, equal, toHex } from "../bytes.ts";
import { copyOf, encode } from "../codec/codec.ts";
import { makeProposalRef, type Verified } from "../crypto/labels.ts";
import { InvalidError } from "../errors.ts";
import { checkLeafNode, verifyLeafSignatures } from "../tree/leaf-node.ts";
import type { LeafIndex } from "../tree-math.ts";
import type { Extension } from "../wire/extension.ts";
import { AuthenticatedContent, type Sender } from "../wire/framed-content.ts";
import type { LeafNode } from "../wire/leaf-node.ts";
import { Proposal } from "../wire/proposal.ts";
import { type AuthenticationRequest, authenticate, type Identity, requestFor, sameIdentity } from "./authentication.ts";
import { inheritName } from "./clients.ts";
import { judgeCustomProposal } from "./custom-proposals.ts";
import { type Environment, nowOf, policyOf } from "./environment.ts";
import { checkExtensions } from "./extensions.ts";
import { externalSenderRequests, judgeGroupExtensions, successorExtensions } from "./group-extensions.ts";
import { checkKeyPackage, leafRules, verifyKeyPackages } from "./key-package.ts";
import { requireProposalPermission } from "./permission.ts";
import { checkPskNonces, checkReInit } from "./proposals.ts";
import { registryOf } from "./registrations.ts";
import { type CachedProposal, extensionsOf, groupIdOf, type PublicState } from "./state.ts";

/**
 * The state with the proposal in its cache. A proposal that is already there changes nothing.
 *
 * @throws InvalidError `proposal.*`, `leaf.*`, `key_package.*`, `credential.*`, `proposals.limit`
 */
export async function receiveProposal<S extends PublicState>(
  environment: Environment,
  state: S,
  authenticated: Verified<AuthenticatedContent>,
): Promise<{ state: S; cached: CachedProposal }> {
  const reference = makeProposalRef(environment.suite, encode(AuthenticatedContent, authenticated));
  const known = state.proposals.get(toHex(reference));
  if (known !== undefined) return { state, cached: known };

  const { content } = authenticated;
  if (content.contentType !== "proposal") throw new InvalidError("commit.wrong_sender_type");
  // What is kept must not keep the whole message in memory; names of clients are noted by the very octets that are kept.
  const proposal = copyOf(Proposal, content.proposal);
  const { sender } = content;
  await judgeProposal(environment, state, { proposal, sender, sending: false });
  const cached: CachedProposal = { reference, proposal, sender };
  return { state: withProposal(environment, state, cached), cached };
}

/** The state with one more proposal, judged before, in its cache. @throws InvalidError `proposals.limit` */
export function withProposal<S extends PublicState>(environment: Environment, state: S, cached: CachedProposal): S {
  const limit = policyOf(environment).maxProposals;
  if (state.proposals.size >= limit) throw new InvalidError("proposals.limit", { limit });
  return { ...state, proposals: new Map(state.proposals).set(toHex(cached.reference), cached) };
}

export interface JudgedProposal {
  readonly proposal: Proposal;
  readonly sender: Sender;
  /** Whether it is this member's own: leaves that are sent are always judged by the clock (§7.3). */
  readonly sending: boolean;
}

/** §12.1: whether a proposal is valid on its own. @throws InvalidError `proposal.*`, `leaf.*`, `key_package.*`, `credential.*` */
export async function judgeProposal(
  environment: Environment,
  state: PublicState,
  judged: JudgedProposal,
): Promise<void> {
  await validateProposal(environment, state, judged);
  await requireProposalPermission(environment.permission, state, judged);
}

async function validateProposal(
  environment: Environment,
  state: PublicState,
  { proposal, sender, sending }: JudgedProposal,
): Promise<void> {
  const policy = policyOf(environment);
  const registry = registryOf(environment);
  const now = sending || policy.judgeReceivedLifetimes ? nowOf(environment) : undefined;
  // What a received leaf must support is judged with the extensions that the commit leaves in force (§12.3).
  const groupExtensions = sending ? extensionsOf(state) : [];
  if (sender.senderType === "new_member_proposal" && !policy.newMemberProposals) {
    throw new InvalidError("proposal.unauthorised", { senderType: sender.senderType });
  }
  switch (proposal.proposalType) {
    case "add": {
      const { keyPackage } = proposal;
      checkKeyPackage(environment, keyPackage, { groupExtensions, now });
      await verifyKeyPackages(environment.suite, [keyPackage]);
      const reason = sending ? "key_package" : "add";
      const request = requestFor(reason, keyPackage.leafNode, { groupId: groupIdOf(state) });
      await authenticate(environment.authentication, [request], state.clients.names);
      return;
    }
    case "update":
      return judgeUpdate(environment, state, proposal.leafNode, { sender, groupExtensions });
    case "remove":
      if (state.tree.leaf(proposal.removed) === undefined) {
        throw new InvalidError("proposal.removed_blank", { leaf: proposal.removed });
      }
      return;
    case "psk":
      checkPskNonces(environment.suite, [proposal.psk]);
      if (proposal.psk.psktype === "resumption" && proposal.psk.usage !== "application") {
        throw new InvalidError("proposal.psk_usage", { usage: proposal.psk.usage });
      }
      return;
    case "group_context_extensions": {
      const { extensions } = proposal;
      checkExtensions(registry, extensions, "group_context");
      const change = { groupId: groupIdOf(state), extensions, previous: extensionsOf(state) };
      await authenticate(environment.authentication, externalSenderRequests(registry, change));
      return judgeGroupExtensions(registry, change);
    }
    case "reinit":
      checkReInit(proposal, policy.reInitSuites);
      checkExtensions(registry, proposal.extensions, "group_context");
      return judgeGroupExtensions(registry, successorExtensions(proposal));
    case "external_init":
      throw new InvalidError("proposals.external_init_in_member_commit");
    default:
      return judgeCustomProposal(environment, state, { proposal, sender });
  }
}

async function judgeUpdate(
  environment: Environment,
  state: PublicState,
  leafNode: LeafNode,
  { sender, groupExtensions }: { sender: Sender; groupExtensions: readonly Extension[] },
): Promise<void> {
  if (sender.senderType !== "member") throw new InvalidError("proposal.not_allowed_for_sender");
  const { leafIndex } = sender;
  const groupId = groupIdOf(state);
  checkLeafNode(environment.suite, leafNode, { ...leafRules(environment), source: "update", groupExtensions });
  const replaced = checkReplacement(state, leafIndex, leafNode);
  await verifyLeafSignatures(environment.suite, [{ leafNode, position: { groupId, leafIndex } }]);
  await authenticate(
    environment.authentication,
    successionRequests("update", leafNode, { groupId, leafIndex, replaced }),
    state.clients.names,
  );
  inheritName(state.clients.names, leafNode, replaced);
}

/** §7.3: the leaf to be replaced, which must have another encryption key. @throws InvalidError `leaf.same_encryption_key` */
export function checkReplacement(
  { tree }: Pick<PublicState, "tree">,
  leafIndex: LeafIndex,
  leafNode: LeafNode,
): LeafNode {
  const replaced = tree.leaf(leafIndex);
  if (replaced === undefined) throw new InvalidError("leaf.blank", { leaf: leafIndex });
  if (equal(replaced.encryptionKey, leafNode.encryptionKey)) {
    throw new InvalidError("leaf.same_encryption_key", { leaf: leafIndex });
  }
  return replaced;
}

/** §5.3.1: nothing to ask unless the leaf brings a new credential or signature key. */
export function successionRequests(
  reason: "update" | "commit",
  leafNode: LeafNode | Identity,
  { groupId, leafIndex, replaced }: { groupId: Uint8Array; leafIndex: LeafIndex; replaced: LeafNode },
): AuthenticationRequest[] {
  if (sameIdentity(replaced, leafNode)) return [];
  const predecessor = { credential: replaced.credential, signatureKey: replaced.signatureKey };
  return [requestFor(reason, leafNode, { groupId: copy(groupId), leafIndex, predecessor })];
}
