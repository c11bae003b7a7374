/**
 * §7.7, §12.1.1-§12.1.3: how membership changes a tree. Each function takes all changes of its kind at once and passes
 * over the tree once; the tree stays perfect, and as small as its rightmost member allows.
 */

import { InvalidError } from "../errors.ts";
import { type LeafIndex, MAX_LEAVES, root } from "../tree-math.ts";
import type { LeafNode, ParentNode } from "../wire/leaf-node.ts";
import { edit, KeyChanges, type LeafEdit } from "./edit.ts";
import { BLANK, contentOf, fork, memberCount, type Subtree } from "./node.ts";
import { contents, RatchetTree, type TreeLimits } from "./ratchet-tree.ts";

/** What comes of `addLeaves`. */
export interface AddedLeaves {
  /** With the new leaves in it. */
  readonly tree: RatchetTree;
  /** Where the new members are, in the order in which they were given. */
  readonly added: readonly LeafIndex[];
}

/**
 * §12.1.1: new members take the blank leaves from the left, in order; the tree doubles when none is left. They are
 * unmerged at all non-blank parents above them.
 *
 * @throws InvalidError `tree.too_large` if the tree would outgrow `maxLeaves`
 */
export function addLeaves(tree: RatchetTree, leafNodes: readonly LeafNode[], limits: TreeLimits = {}): AddedLeaves {
  const room = extendTo(tree, tree.memberCount + leafNodes.length, limits);
  const added = blankLeaves(room, leafNodes.length);
  const changes = added.map((leaf, i) => ({ leaf, leafNode: leafNodes[i] }));
  return { tree: edit(room, changes, addUnmerged), added };
}

/**
 * §12.1.2: members' leaves are replaced, and the parents above them blanked.
 *
 * @throws InvalidError `leaf.blank` for a leaf that is not a member's, `proposals.leaf_changed_twice`
 */
export function updateLeaves(tree: RatchetTree, updates: readonly (readonly [LeafIndex, LeafNode])[]): RatchetTree {
  return changeMembers(tree, updates);
}

/**
 * §12.1.3: members' leaves and the parents above them are blanked, and the tree shrinks to what the rightmost member
 * left needs.
 *
 * @throws InvalidError `leaf.blank` for a leaf that is not a member's, `proposals.leaf_changed_twice`
 */
export function removeLeaves(tree: RatchetTree, leaves: readonly LeafIndex[]): RatchetTree {
  return truncate(
    changeMembers(
      tree,
      leaves.map((leaf) => [leaf, undefined]),
    ),
  );
}

/** Where a client that joins by an external commit goes. */
export interface ExternalPlace {
  /** The tree, doubled if it was full. */
  readonly tree: RatchetTree;
  /** The blank leaf that the joiner takes with its path. */
  readonly leaf: LeafIndex;
}

/** §12.4.2, §12.4.3.2: the leaf of a client that joins by an external commit. @throws InvalidError `tree.too_large` */
export function leafForExternal(tree: RatchetTree, limits: TreeLimits = {}): ExternalPlace {
  return { tree: extendTo(tree, tree.memberCount + 1, limits), leaf: tree.leftmostBlankLeaf };
}

/** §7.7: drops the right half, and with it the root, as long as no member is there. */
export function truncate(tree: RatchetTree): RatchetTree {
  let { depth, top } = tree;
  const keys = new KeyChanges();
  while (depth > 0 && memberCount(contentOf(top).right) === 0) {
    const { left, right } = contentOf(top);
    keys.replace(top, BLANK);
    for (const node of contents(right)) keys.replace(node, BLANK);
    top = left;
    depth--;
  }
  return depth === tree.depth ? tree : new RatchetTree(tree.suite, { depth, top, keys: keys.applyTo(tree) });
}

function extendTo(tree: RatchetTree, leaves: number, { maxLeaves = MAX_LEAVES }: TreeLimits): RatchetTree {
  let { depth, top } = tree;
  while (2 ** depth < leaves) {
    depth++;
    top = fork(root(2 ** depth), { parentNode: undefined, left: top, right: BLANK });
  }
  if (depth === tree.depth) return tree;
  if (2 ** depth > maxLeaves) throw new InvalidError("tree.too_large", { leaves: 2 ** depth, limit: maxLeaves });
  return new RatchetTree(tree.suite, { depth, top, keys: tree.keys });
}

function changeMembers(
  tree: RatchetTree,
  changes: readonly (readonly [LeafIndex, LeafNode | undefined])[],
): RatchetTree {
  const sorted = changes.map(([leaf, leafNode]): LeafEdit => ({ leaf, leafNode })).sort((a, b) => a.leaf - b.leaf);
  sorted.forEach(({ leaf }, i) => {
    if (tree.leaf(leaf) === undefined) throw new InvalidError("leaf.blank", { leaf });
    if (sorted[i + 1]?.leaf === leaf) throw new InvalidError("proposals.leaf_changed_twice", { leaf });
  });
  return edit(tree, sorted, () => undefined);
}

function addUnmerged(
  parentNode: ParentNode | undefined,
  _node: number,
  changed: readonly LeafEdit[],
): ParentNode | undefined {
  if (parentNode === undefined) return undefined;
  const unmerged = [...parentNode.unmergedLeaves, ...changed.map(({ leaf }) => leaf)];
  return { ...parentNode, unmergedLeaves: unmerged.sort((a, b) => a - b) };
}

/** The first `count` blank leaves of a tree that has as many. Full subtrees are passed by. */
function blankLeaves(tree: RatchetTree, count: number): LeafIndex[] {
  const found: LeafIndex[] = [];
  const waiting: [Subtree, number, number][] = [[tree.top, 0, tree.leafCount]];
  for (let next = waiting.pop(); next !== undefined && found.length < count; next = waiting.pop()) {
    const [at, first, width] = next;
    if (at.kind === "blank") {
      for (let i = 0; i < width && found.length < count; i++) found.push((first + i) as LeafIndex);
    } else if (at.kind === "branch" && at.leftmostBlankLeaf !== undefined) {
      waiting.push([at.right, first + width / 2, width / 2], [at.left, first, width / 2]);
    }
  }
  return found;
}
