/** The public side of a snapshot: all that an observer has, and what a member's state has in common with it. */

import { fromHex, toHex } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { MalformedError, UsageError } from "../errors.ts";
import { KeyIndex } from "../tree/key-index.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import { applyTreeDelta, blankTree, changedLeaves, type TreeDelta, treeDeltaOf } from "../tree/tree-delta.ts";
import { GroupContext } from "../wire/group-context.ts";
import type { LeafNode } from "../wire/leaf-node.ts";
import type { Proposal } from "../wire/proposal.ts";
import { type Clients, changedClients } from "./clients.ts";
import { type Environment, policyOf } from "./environment.ts";
import type { NamedLeaves, PublicBody } from "./snapshot-body.ts";
import type { CachedProposal, Closure, PublicEpoch, PublicState } from "./state.ts";

/** What makes the public side of `after` of that of `before`, or of nothing. */
export function publicBodyOf(before: PublicState | undefined, after: PublicState, base: Uint8Array): PublicBody {
  const { clients, closed } = after;
  const tree = treeDeltaOf(before?.tree ?? blankTree(after.tree.suite), after.tree);
  const known = isSameEpoch(before, after) ? before.proposals : new Map();
  return {
    base,
    epoch: isSameEpoch(before, after) ? undefined : epochValueOf(before, after),
    tree,
    clients: [...namesIn(tree, after.tree, clients)],
    dropped: droppedFrom(known, after.proposals),
    proposals: addedTo(known, after.proposals).map(([, cached]) => ({ ...cached, client: nameIn(cached, clients) })),
    closed: closed === undefined ? 0 : closed.reason === "removed" ? 1 : 2,
    reInit: closed?.reason === "reinitialized" ? closed.reInit : undefined,
  };
}

/**
 * The public side of the state that a body makes of `before`, or of nothing.
 *
 * @throws MalformedError `snapshot.damaged`, `codec.undefined_value` @throws UsageError `suite.unknown`
 * @throws InvalidError `tree.too_large`
 */
export function publicStateAfter(
  environment: Pick<Environment, "suite" | "policy">,
  before: PublicState | undefined,
  body: PublicBody,
): PublicState {
  const { suite } = environment;
  const epoch = epochAfter(before?.epoch, body.epoch);
  const { cipherSuite } = epoch.groupContext;
  if (cipherSuite !== suite.id) throw new UsageError("suite.unknown", { suite: suite.id, cipherSuite });
  const tree = applyTreeDelta(before?.tree ?? blankTree(suite), body.tree, policyOf(environment));
  const clients = clientsAfter(before, { body, tree });
  const proposals = new Map(body.epoch === undefined ? before?.proposals : []);
  for (const reference of body.dropped) proposals.delete(toHex(reference));
  for (const { client, ...cached } of body.proposals) {
    const leafNode = leafOf(cached.proposal);
    if (leafNode !== undefined && client !== undefined) clients.names.set(leafNode.signatureKey, client);
    proposals.set(toHex(cached.reference), cached);
  }
  return { epoch, tree, clients, proposals, closed: closureIn(body) };
}

/** An epoch is one value, whatever happens in it. */
export function isSameEpoch(before: PublicState | undefined, after: PublicState): before is PublicState {
  return before?.epoch.encodedGroupContext === after.epoch.encodedGroupContext;
}

/** References in `before` that `after` does not have, or has anew. */
export function droppedFrom<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): readonly Uint8Array[] {
  return [...before].filter(([key, value]) => after.get(key) !== value).map(([key]) => fromHex(key));
}

/** Entries of `after` that `before` does not have, in their order: what is added stands behind what stays. */
export function addedTo<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): readonly [string, T][] {
  return [...after].filter(([key, value]) => before.get(key) !== value);
}

/** Of the leaves that a delta brings to `tree`. */
export function* namesIn(delta: TreeDelta, tree: RatchetTree, { names }: Clients) {
  for (const { index: leafIndex, signatureKey } of changedLeaves(delta, tree)) {
    const name = names.get(signatureKey);
    if (name !== undefined) yield { leafIndex, name };
  }
}

/** @throws MalformedError `snapshot.damaged` for a name of no leaf */
export function nameLeaves(names: Clients["names"], tree: RatchetTree, clients: NamedLeaves): void {
  for (const { leafIndex, name } of clients) {
    const signatureKey = tree.signatureKey(leafIndex);
    if (signatureKey === undefined) throw new MalformedError("snapshot.damaged", { leaf: leafIndex });
    names.set(signatureKey, name);
  }
}

function epochValueOf(before: PublicState | undefined, { epoch }: PublicState): PublicBody["epoch"] {
  const { groupContext, confirmationTag, interimTranscriptHash } = epoch;
  const { extensions } = groupContext;
  return {
    groupContext: { ...groupContext, extensions: [] },
    extensions: extensions === before?.epoch.groupContext.extensions ? undefined : extensions,
    confirmationTag,
    interimTranscriptHash,
  };
}

function epochAfter(before: PublicEpoch | undefined, value: PublicBody["epoch"]): PublicEpoch {
  const extensions = value?.extensions ?? before?.groupContext.extensions;
  if (value === undefined && before !== undefined) return before;
  if (value === undefined || extensions === undefined) throw new MalformedError("snapshot.damaged", { where: "epoch" });
  const { confirmationTag, interimTranscriptHash } = value;
  const groupContext = { ...value.groupContext, extensions };
  return {
    groupContext,
    encodedGroupContext: encode(GroupContext, groupContext),
    confirmationTag,
    interimTranscriptHash,
  };
}

/** §12.2: the names of new leaves are noted, those of replaced ones are counted no more. */
function clientsAfter(
  before: PublicState | undefined,
  { body, tree }: { body: PublicBody; tree: RatchetTree },
): Clients {
  const clients = before?.clients ?? { names: new WeakMap(), index: KeyIndex.of([]) };
  nameLeaves(clients.names, tree, body.clients);
  const gone = before === undefined ? [] : changedLeaves(body.tree, before.tree);
  return changedClients(clients, { gone, come: changedLeaves(body.tree, tree) });
}

/** §12.2: whom a proposal brings is known before the commit that takes it. */
function nameIn({ proposal }: CachedProposal, { names }: Clients): Uint8Array | undefined {
  const leafNode = leafOf(proposal);
  return leafNode === undefined ? undefined : names.get(leafNode.signatureKey);
}

function leafOf(proposal: Proposal): LeafNode | undefined {
  if (proposal.proposalType === "add") return proposal.keyPackage.leafNode;
  return proposal.proposalType === "update" ? proposal.leafNode : undefined;
}

function closureIn({ closed, reInit }: PublicBody): Closure | undefined {
  if (closed === 0) return undefined;
  if (closed === 1) return { reason: "removed" };
  if (reInit === undefined) throw new MalformedError("snapshot.damaged", { closed });
  return { reason: "reinitialized", reInit };
}
