/**
 * §4.1.1, §7.5: what a commit's path will cost, and whose path makes the tree cheap soonest. After members were added
 * together, the parents above them are blank, and every path encrypts to each member beneath its copath, until paths
 * have filled the parents. Read off the tree's summaries: nothing is derived, and no resolution is listed.
 */

import { withHeader } from "../codec/writer.ts";
import { InvalidError, UsageError } from "../errors.ts";
import { isLeaf, type LeafIndex, left, type NodeIndex, right, toLeafIndex } from "../tree-math.ts";
import { contentOf, memberCount, type Subtree } from "./node.ts";
import { copathOf } from "./path-nodes.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import { resolutionLength } from "./summary.ts";

/** What a member's path will cost if it commits next, adding and removing nobody. */
export interface PathForecast {
  /** Key pairs made: one for the leaf, and one for each parent that the path sets. */
  readonly keyPairs: number;
  /** HPKE encryptions. */
  readonly encryptions: number;
  /** Octets of the path's nodes as they travel: all of an UpdatePath but the leaf. */
  readonly octets: number;
}

/**
 * The cost of a path from this leaf, exactly. Costs O(log N).
 *
 * @throws InvalidError `leaf.blank`, `tree.index_out_of_range`
 */
export function forecastPath(tree: RatchetTree, sender: LeafIndex): PathForecast {
  const { kem, kdf, aead } = tree.suite;
  const path = copathOf(tree, sender);
  if (tree.leaf(sender) === undefined) throw new InvalidError("leaf.blank", { leaf: sender });
  const ciphertext = withHeader(kem.Nenc) + withHeader(kdf.Nh + aead.Nt);
  let [encryptions, octets] = [0, 0];
  for (const { sibling } of path) {
    const recipients = resolutionLength(sibling);
    encryptions += recipients;
    octets += withHeader(kem.Npk) + withHeader(recipients * ciphertext);
  }
  return { keyPairs: path.length + 1, encryptions, octets: withHeader(octets) };
}

/** One commit of a plan. */
export interface PlannedUpdate {
  /** Who should commit. */
  readonly leaf: LeafIndex;
  /** How many encryptions that takes. */
  readonly encryptions: number;
  /** How many encryptions a commit takes afterwards, on average over all members. */
  readonly averageAfter: number;
}

/** Who should commit, in which order. */
export interface UpdatePlan {
  /** How many encryptions a commit takes now, on average over all members. */
  readonly average: number;
  /** Ends early when no further path would make commits cheaper. */
  readonly updates: readonly PlannedUpdate[];
}

/** How far to plan. */
export interface PlanOptions {
  /** The most updates in the plan. Default: 1. */
  readonly updates?: number;
  /** Whether a member can be asked: those who are offline for long cannot. Default: everybody. */
  readonly isAvailable?: (leaf: LeafIndex) => boolean;
}

/**
 * Who should update next, so that commits get cheap soonest: each time, of those available, the one whose path saves
 * the most, summed over the next commit of every member. Costs O(N), and O(log N) for each update of the plan.
 *
 * @throws UsageError `option.invalid`
 */
export function planUpdates(tree: RatchetTree, options: PlanOptions = {}): UpdatePlan {
  const { updates: most = 1, isAvailable = () => true } = options;
  if (!Number.isSafeInteger(most) || most < 0)
    throw new UsageError("option.invalid", { option: "updates", updates: most });
  const members = tree.memberCount;
  const top = draftOf(tree.top, tree.root, { siblingMembers: 0, isAvailable });
  const before = totalOf(top);
  let total = before;
  const updates: PlannedUpdate[] = [];
  while (updates.length < most && top.saving > 0) {
    total -= top.saving;
    const { leaf, encryptions } = commitBest(top);
    updates.push({ leaf, encryptions, averageAfter: total / members });
  }
  return { average: members === 0 ? 0 : before / members, updates };
}

/** A node of the tree as it will be after the updates planned so far. */
interface Draft {
  /** The length of its resolution: what each member below its sibling has to encrypt to here. */
  resolution: number;
  readonly siblingMembers: number;
  /** What the best path from below saves at this node and beneath it; of none, if nobody below is available. */
  saving: number;
  readonly children: readonly [Draft, Draft] | undefined;
  readonly leaf: LeafIndex | undefined;
}

interface DraftContext {
  readonly siblingMembers: number;
  readonly isAvailable: (leaf: LeafIndex) => boolean;
}

const NOBODY = Number.NEGATIVE_INFINITY;

function draftOf(subtree: Subtree, node: NodeIndex, { siblingMembers, isAvailable }: DraftContext): Draft {
  const draft = { resolution: resolutionLength(subtree), siblingMembers, saving: NOBODY };
  if (isLeaf(node) || memberCount(subtree) === 0) {
    const leaf = subtree.kind === "leaf" ? toLeafIndex(node) : undefined;
    return { ...draft, saving: leaf !== undefined && isAvailable(leaf) ? 0 : NOBODY, children: undefined, leaf };
  }
  const content = contentOf(subtree);
  const child = (at: Subtree, of: NodeIndex, sibling: Subtree) =>
    draftOf(at, of, { siblingMembers: memberCount(sibling), isAvailable });
  const children = [
    child(content.left, left(node), content.right),
    child(content.right, right(node), content.left),
  ] as const;
  const parent: Draft = { ...draft, children, leaf: undefined };
  parent.saving = savingOf(parent, children);
  return parent;
}

/** A path leaves every node above its leaf with a resolution of one. */
function savingOf({ resolution, siblingMembers }: Draft, [a, b]: readonly [Draft, Draft]): number {
  return (resolution - 1) * siblingMembers + Math.max(a.saving, b.saving);
}

function totalOf({ resolution, siblingMembers, children }: Draft): number {
  const below = children === undefined ? 0 : totalOf(children[0]) + totalOf(children[1]);
  return resolution * siblingMembers + below;
}

/** Lets the best path be committed, and judges anew what the next one would save. */
function commitBest(draft: Draft): { readonly leaf: LeafIndex; readonly encryptions: number } {
  draft.resolution = 1;
  if (draft.children === undefined) return { leaf: draft.leaf as LeafIndex, encryptions: 0 };
  const [a, b] = draft.children;
  const [chosen, other] = a.saving >= b.saving ? [a, b] : [b, a];
  const { leaf, encryptions } = commitBest(chosen);
  draft.saving = savingOf(draft, draft.children);
  return { leaf, encryptions: encryptions + other.resolution };
}
