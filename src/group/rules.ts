/**
 * §12.2: when a list of proposals is invalid. One function for each rule, one list of rules for each kind of commit,
 * the same for its creator and for those who process it.
 */

import { toHex } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { InvalidError } from "../errors.ts";
import { type RatchetTree, signatureKeyCount } from "../tree/ratchet-tree.ts";
import type { LeafIndex } from "../tree-math.ts";
import { PreSharedKeyID } from "../wire/pre-shared-key.ts";
import type { ProposalType, ResumptionPSKUsage } from "../wire/registries.ts";
import { checkExtensions } from "./extensions.ts";
import { checkPskNonces, checkReInit, type ProposalList } from "./proposals.ts";
import { type Registry, registeredProposal } from "./registrations.ts";

/** What the rules look at besides the list: the group before the commit. */
export interface RuleContext {
  readonly suite: CipherSuite;
  readonly tree: RatchetTree;
  /** Absent in external commits: their committer has no leaf yet. */
  readonly committer: LeafIndex | undefined;
  /** Suites that the group may be re-initialised to. */
  readonly reInitSuites: readonly number[] | undefined;
  readonly registry: Registry;
}

export type Rule = (list: ProposalList, context: RuleContext) => void;

/** The kinds of commit, decided once, before any work. */
export type CommitKind = "member" | "external" | "reinit" | "branch";

/** @throws InvalidError `proposal.*`, `proposals.*` */
export function checkProposalList(kind: CommitKind, list: ProposalList, context: RuleContext): void {
  for (const rule of RULES[kind]) rule(list, context);
}

const commonRules: readonly Rule[] = [
  typesRegistered,
  noExternalInit,
  noUpdateByCommitter,
  committerStays,
  removedAreMembers,
  updatersAreMembers,
  eachLeafChangesOnce,
  eachClientAddedOnce,
  addedAreNotMembers,
  eachPskOnce,
  pskNonceLength,
  oneGroupContextExtensions,
  reInitAlone,
  reInitPossible,
  reInitExtensions,
];

export const memberCommitRules: readonly Rule[] = /* @__PURE__ */ commonRules.concat(onlyApplicationResumption);

export const externalCommitRules: readonly Rule[] = [
  nothingByReference,
  onlyExternalTypes,
  oneExternalInit,
  atMostOneRemove,
  removedAreMembers,
  eachPskOnce,
  pskNonceLength,
  onlyApplicationResumption,
];

const RULES: Readonly<Record<CommitKind, readonly Rule[]>> = {
  member: memberCommitRules,
  external: externalCommitRules,
  reinit: /* @__PURE__ */ commonRules.concat(/* @__PURE__ */ onePredecessor("reinit")),
  branch: /* @__PURE__ */ commonRules.concat(/* @__PURE__ */ onePredecessor("branch")),
};

/** Those that were received are: the environment must still be the same. */
function typesRegistered({ custom }: ProposalList, { registry }: RuleContext): void {
  for (const { proposal } of custom) registeredProposal(registry, proposal.proposalType);
}

function noExternalInit({ externalInits }: ProposalList): void {
  if (externalInits.length > 0) throw new InvalidError("proposals.external_init_in_member_commit");
}

function noUpdateByCommitter({ updates }: ProposalList, { committer }: RuleContext): void {
  if (updates.some(({ sender }) => sender === committer)) throw new InvalidError("proposals.update_by_committer");
}

function committerStays({ removes }: ProposalList, { committer }: RuleContext): void {
  if (removes.some((removed) => removed === committer)) throw new InvalidError("proposals.committer_removed");
}

function removedAreMembers({ removes }: ProposalList, { tree }: RuleContext): void {
  const blank = removes.find((removed) => tree.leaf(removed) === undefined);
  if (blank !== undefined) throw new InvalidError("proposal.removed_blank", { leaf: blank });
}

function updatersAreMembers({ updates }: ProposalList, { tree }: RuleContext): void {
  const blank = updates.find(({ sender }) => tree.leaf(sender) === undefined);
  if (blank !== undefined) throw new InvalidError("leaf.blank", { leaf: blank.sender });
}

/** Two changes to one leaf would make the result depend on their order. */
function eachLeafChangesOnce({ updates, removes }: ProposalList): void {
  const changed = new Set<LeafIndex>();
  for (const leaf of [...updates.map(({ sender }) => sender), ...removes]) {
    if (changed.has(leaf)) throw new InvalidError("proposals.leaf_changed_twice", { leaf });
    changed.add(leaf);
  }
}

/** A client is known by its signature key; other identities are the Authentication Service's to compare. */
function eachClientAddedOnce({ adds }: ProposalList): void {
  const added = new Set<string>();
  for (const { keyPackage } of adds) {
    const client = toHex(keyPackage.leafNode.signatureKey);
    if (added.has(client)) throw new InvalidError("proposals.client_added_twice");
    added.add(client);
  }
}

function addedAreNotMembers({ adds, removes, updates }: ProposalList, { tree }: RuleContext): void {
  const leaving = new Set(
    [...removes, ...updates.map(({ sender }) => sender)].map((leaf) => signatureKeyAt(tree, leaf)),
  );
  for (const { keyPackage } of adds) {
    const { signatureKey } = keyPackage.leafNode;
    if (signatureKeyCount(tree, signatureKey) > 0 && !leaving.has(toHex(signatureKey))) {
      throw new InvalidError("proposals.client_already_member");
    }
  }
}

function signatureKeyAt(tree: RatchetTree, leaf: LeafIndex): string | undefined {
  const node = tree.leaf(leaf);
  return node === undefined ? undefined : toHex(node.signatureKey);
}

function eachPskOnce({ psks }: ProposalList): void {
  const seen = new Set<string>();
  for (const psk of psks) {
    const id = toHex(encode(PreSharedKeyID, psk));
    if (seen.has(id)) throw new InvalidError("proposals.duplicate_psk");
    seen.add(id);
  }
}

function pskNonceLength({ psks }: ProposalList, { suite }: RuleContext): void {
  checkPskNonces(suite, psks);
}

/** §11.2, §11.3: usages reinit and branch belong to the first commit of a successor group. */
function onlyApplicationResumption({ psks }: ProposalList): void {
  for (const psk of psks) {
    if (psk.psktype === "resumption" && psk.usage !== "application") {
      throw new InvalidError("proposal.psk_usage", { usage: psk.usage });
    }
  }
}

/** §11.2, §11.3: the first commit of a successor names the group that it continues, and no other. */
function onePredecessor(usage: ResumptionPSKUsage): Rule {
  return ({ psks }) => {
    const continued = psks.filter((psk) => psk.psktype === "resumption" && psk.usage !== "application");
    const [only] = continued;
    if (continued.length === 1 && only?.psktype === "resumption" && only.usage === usage) return;
    throw new InvalidError("proposal.psk_usage", { usage, count: continued.length });
  };
}

function oneGroupContextExtensions({ groupContextExtensions }: ProposalList): void {
  if (groupContextExtensions.length > 1) throw new InvalidError("proposals.several_group_context_extensions");
}

function reInitAlone({ reInits, all }: ProposalList): void {
  if (reInits.length > 0 && all.length > 1) throw new InvalidError("proposals.reinit_not_alone");
}

function reInitPossible({ reInits }: ProposalList, { reInitSuites }: RuleContext): void {
  for (const reInit of reInits) checkReInit(reInit, reInitSuites);
}

/** They become the extensions of a GroupContext (§11.2). */
function reInitExtensions({ reInits }: ProposalList, { registry }: RuleContext): void {
  for (const { extensions } of reInits) checkExtensions(registry, extensions, "group_context");
}

/** §12.4.3.2: a joiner cannot judge proposals sent within the group. */
function nothingByReference({ all }: ProposalList): void {
  if (all.some(({ reference }) => reference !== undefined)) throw new InvalidError("proposals.external_by_reference");
}

/** §12.2, and what later types say of themselves. */
function onlyExternalTypes({ all }: ProposalList, { registry }: RuleContext): void {
  const allowed = (type: ProposalType) =>
    typeof type === "number" ? registry.proposals.get(type)?.inExternalCommit === true : EXTERNAL_TYPES.has(type);
  const foreign = all.find(({ proposal }) => !allowed(proposal.proposalType));
  if (foreign === undefined) return;
  throw new InvalidError("proposals.external_forbidden", { proposalType: foreign.proposal.proposalType });
}

const EXTERNAL_TYPES: ReadonlySet<ProposalType> = new Set<ProposalType>(["external_init", "remove", "psk"]);

function oneExternalInit({ externalInits }: ProposalList): void {
  if (externalInits.length !== 1)
    throw new InvalidError("proposals.external_init_count", { count: externalInits.length });
}

function atMostOneRemove({ removes }: ProposalList): void {
  if (removes.length > 1) throw new InvalidError("proposals.external_removes", { count: removes.length });
}
