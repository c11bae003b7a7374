/**
 * §12.1, §12.4: from what a commit lists to proposals sorted by type. References are resolved here and nowhere else;
 * what follows (rules, application) never asks where a proposal came from.
 */

import { toHex } from "../bytes.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { InvalidError, StaleError } from "../errors.ts";
import type { LeafIndex } from "../tree-math.ts";
import type { ProposalOrRef } from "../wire/commit.ts";
import type { Extension } from "../wire/extension.ts";
import type { Sender } from "../wire/framed-content.ts";
import type { KeyPackage } from "../wire/key-package.ts";
import type { LeafNode } from "../wire/leaf-node.ts";
import type { PreSharedKeyID } from "../wire/pre-shared-key.ts";
import type { OpaqueProposal, Proposal, ReInit } from "../wire/proposal.ts";
import type { Registry } from "./registrations.ts";
import type { CachedProposal } from "./state.ts";

/** A proposal of a commit, with who proposed it. */
export interface CommittedProposal {
  readonly proposal: Proposal;
  /** Who proposed it. */
  readonly sender: Sender;
  /** Absent if the commit carries the proposal by value. */
  readonly reference: Uint8Array | undefined;
}

/** A proposal of a type that the application registered (§13.2). */
export interface CustomProposalOf {
  /** Its body is what its codec reads. */
  readonly proposal: OpaqueProposal;
  /** Who proposed it. */
  readonly sender: Sender;
  /** Whether it came before the commit. */
  readonly byReference: boolean;
}

/** The proposals of one commit by type, each list in the order of the commit. */
export interface ProposalList {
  /** In the order of the commit. */
  readonly all: readonly CommittedProposal[];
  /** §12.1.1 */
  readonly adds: readonly { readonly keyPackage: KeyPackage; readonly byReference: boolean }[];
  /** §12.1.2 */
  readonly updates: readonly { readonly sender: LeafIndex; readonly leafNode: LeafNode; readonly reference: string }[];
  /** §12.1.3 */
  readonly removes: readonly LeafIndex[];
  /** §12.1.4 */
  readonly psks: readonly PreSharedKeyID[];
  /** §12.1.5 */
  readonly reInits: readonly ReInit[];
  /** §12.1.6: the KEM outputs. */
  readonly externalInits: readonly Uint8Array[];
  /** §12.1.7: the new list of extensions. */
  readonly groupContextExtensions: readonly (readonly Extension[])[];
  /** What these do is for the application to carry out. */
  readonly custom: readonly CustomProposalOf[];
}

/**
 * §12.4: the proposals that a commit covers, in its order.
 *
 * @throws StaleError `proposals.unknown_reference` if one has not been received
 * @throws InvalidError `proposals.referenced_twice`
 */
export function resolveProposals(
  proposals: readonly ProposalOrRef[],
  cache: ReadonlyMap<string, CachedProposal>,
  committer: Sender,
): CommittedProposal[] {
  const referenced = new Set<string>();
  return proposals.map((entry) => {
    if (entry.type === "proposal") return { proposal: entry.proposal, sender: committer, reference: undefined };
    const key = toHex(entry.reference);
    if (referenced.has(key)) throw new InvalidError("proposals.referenced_twice", { reference: key });
    referenced.add(key);
    const cached = cache.get(key);
    if (cached === undefined) throw new StaleError("proposals.unknown_reference", { reference: key.slice(0, 128) });
    return cached;
  });
}

/** @throws InvalidError `proposals.update_by_value`: an Update by value would be the committer's own */
export function sortProposals(all: readonly CommittedProposal[]): ProposalList {
  const lists = {
    adds: [] as ProposalList["adds"][number][],
    updates: [] as ProposalList["updates"][number][],
    removes: [] as LeafIndex[],
    psks: [] as PreSharedKeyID[],
    reInits: [] as ReInit[],
    externalInits: [] as Uint8Array[],
    groupContextExtensions: [] as (readonly Extension[])[],
    custom: [] as CustomProposalOf[],
  };
  for (const { proposal, sender, reference } of all) {
    switch (proposal.proposalType) {
      case "add":
        lists.adds.push({ keyPackage: proposal.keyPackage, byReference: reference !== undefined });
        break;
      case "update":
        if (reference === undefined || sender.senderType !== "member") {
          throw new InvalidError("proposals.update_by_value");
        }
        lists.updates.push({ sender: sender.leafIndex, leafNode: proposal.leafNode, reference: toHex(reference) });
        break;
      case "remove":
        lists.removes.push(proposal.removed);
        break;
      case "psk":
        lists.psks.push(proposal.psk);
        break;
      case "reinit":
        lists.reInits.push(reInitIn(proposal));
        break;
      case "external_init":
        lists.externalInits.push(proposal.kemOutput);
        break;
      case "group_context_extensions":
        lists.groupContextExtensions.push(proposal.extensions);
        break;
      default:
        lists.custom.push({ proposal, sender, byReference: reference !== undefined });
    }
  }
  return { all, ...lists };
}

function reInitIn({ groupId, version, cipherSuite, extensions }: ReInit): ReInit {
  return { groupId, version, cipherSuite, extensions };
}

/** §8.4, §12.1.4. @throws InvalidError `proposal.psk_nonce` */
export function checkPskNonces({ kdf }: CipherSuite, psks: readonly PreSharedKeyID[]): void {
  const wrong = psks.find(({ pskNonce }) => pskNonce.length !== kdf.Nh);
  if (wrong !== undefined) throw new InvalidError("proposal.psk_nonce", { length: wrong.pskNonce.length });
}

/** §12.1.5: what this library could not go on with is refused before the old group is closed. @throws InvalidError `proposal.reinit_version`, `proposal.reinit_suite` */
export function checkReInit({ version, cipherSuite }: ReInit, suites: readonly number[] | undefined): void {
  if (version !== "mls10") throw new InvalidError("proposal.reinit_version", { version });
  if (suites?.includes(cipherSuite) === false) throw new InvalidError("proposal.reinit_suite", { cipherSuite });
}

/** §12.4, §17.4: whether a commit of these proposals must have a path. */
export function pathRequired({ all }: ProposalList, registry: Registry): boolean {
  return all.length === 0 || all.some(({ proposal }) => needsPath(proposal, registry));
}

function needsPath({ proposalType }: Proposal, { proposals }: Registry): boolean {
  const isCustom = typeof proposalType === "number";
  return isCustom ? proposals.get(proposalType)?.pathRequired !== false : !PATH_OPTIONAL.has(proposalType);
}

const PATH_OPTIONAL: ReadonlySet<Proposal["proposalType"]> = new Set(["add", "psk", "reinit"]);
