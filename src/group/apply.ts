/** §12.3: what a list of proposals makes of the tree and of the GroupContext's extensions. Needs no secret. */

import { addLeaves, removeLeaves, updateLeaves } from "../tree/evolution.ts";
import type { RatchetTree, TreeLimits } from "../tree/ratchet-tree.ts";
import type { LeafIndex } from "../tree-math.ts";
import type { Extension } from "../wire/extension.ts";
import type { ProposalList } from "./proposals.ts";

export interface AppliedProposals {
  /** Without those who leave, and before those who come: the members who process the commit. */
  readonly staying: RatchetTree;
  readonly tree: RatchetTree;
  readonly extensions: readonly Extension[];
  /** The new members' leaves, in the order of their Adds. */
  readonly added: readonly LeafIndex[];
}

/** Applies in the order of §12.3: GroupContextExtensions, Updates, Removes, Adds. */
export function applyProposals(
  tree: RatchetTree,
  extensions: readonly Extension[],
  list: ProposalList,
  limits: TreeLimits,
): AppliedProposals {
  const updated = updateLeaves(
    tree,
    list.updates.map(({ sender, leafNode }) => [sender, leafNode] as const),
  );
  const removed = removeLeaves(updated, list.removes);
  const added = addLeaves(
    removed,
    list.adds.map(({ keyPackage }) => keyPackage.leafNode),
    limits,
  );
  return {
    staying: removed,
    tree: added.tree,
    extensions: list.groupContextExtensions[0] ?? extensions,
    added: added.added,
  };
}
