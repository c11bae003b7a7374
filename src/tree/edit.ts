/**
 * §7.5, §7.7, §12.1.1-§12.1.3: the one way in which a tree changes. A single pass replaces any number of leaves and
 * whatever stands above them; all else is shared with the old tree, and the counts of its keys follow.
 */

import { InvalidError } from "../errors.ts";
import { isLeaf, type LeafIndex, left, type NodeIndex, right, toLeafIndex } from "../tree-math.ts";
import type { LeafNode, ParentNode } from "../wire/leaf-node.ts";
import type { KeyIndex } from "./key-index.ts";
import { contentOf, fork, leaf, type Subtree } from "./node.ts";
import { encryptionKeyOf, RatchetTree, signatureKeyOf } from "./ratchet-tree.ts";

export interface LeafEdit {
  readonly leaf: LeafIndex;
  /** What the leaf holds from now on. */
  readonly leafNode: LeafNode | undefined;
}

/** What a parent holds from now on, given what it held, where it stands, and the leaves below it that change. */
export type ParentRule = (
  parentNode: ParentNode | undefined,
  node: NodeIndex,
  changed: readonly LeafEdit[],
) => ParentNode | undefined;

/**
 * The tree after changes to leaves, which are different and in increasing order.
 *
 * @throws InvalidError `tree.index_out_of_range`
 */
export function edit(tree: RatchetTree, changes: readonly LeafEdit[], rule: ParentRule): RatchetTree {
  const last = changes[changes.length - 1];
  if (last === undefined) return tree;
  if (last.leaf >= tree.leafCount) throw new InvalidError("tree.index_out_of_range", { index: last.leaf });
  const keys = new KeyChanges();
  const top = edited(tree.top, tree.root, changes, { rule, keys });
  return new RatchetTree(tree.suite, { depth: tree.depth, top, keys: keys.applyTo(tree) });
}

/** Which occurrences of keys come and go with a change. */
export class KeyChanges {
  readonly #replaced: (readonly [before: Subtree, after: Subtree])[] = [];

  /** What stands at one position, not below it. */
  replace(before: Subtree, after: Subtree): void {
    this.#replaced.push([before, after]);
  }

  applyTo({ keys }: RatchetTree): RatchetTree["keys"] {
    return {
      encryption: this.#changed(keys.encryption, encryptionKeyOf),
      signature: this.#changed(keys.signature, signatureKeyOf),
    };
  }

  #changed(index: KeyIndex, keyOf: (subtree: Subtree) => Uint8Array | undefined): KeyIndex {
    const [removed, added]: [Uint8Array[], Uint8Array[]] = [[], []];
    for (const replaced of this.#replaced) {
      const [before, after] = [keyOf(replaced[0]), keyOf(replaced[1])];
      if (before === after) continue;
      if (before !== undefined) removed.push(before);
      if (after !== undefined) added.push(after);
    }
    return index.change(removed, added);
  }
}

interface Edit {
  readonly rule: ParentRule;
  readonly keys: KeyChanges;
}

function edited(before: Subtree, node: NodeIndex, changes: readonly LeafEdit[], context: Edit): Subtree {
  const [first] = changes;
  if (first === undefined) return before;
  const after = isLeaf(node) ? leaf(toLeafIndex(node), first.leafNode) : editedBranch(before, node, changes, context);
  context.keys.replace(before, after);
  return after;
}

function editedBranch(before: Subtree, node: NodeIndex, changes: readonly LeafEdit[], context: Edit): Subtree {
  const content = contentOf(before);
  const [leftwards, rightwards] = split(changes, node);
  return fork(node, {
    parentNode: context.rule(content.parentNode, node, changes),
    left: edited(content.left, left(node), leftwards, context),
    right: edited(content.right, right(node), rightwards, context),
  });
}

function split(changes: readonly LeafEdit[], node: NodeIndex): [readonly LeafEdit[], readonly LeafEdit[]] {
  const border = changes.findIndex((change) => 2 * change.leaf > node);
  if (border === -1) return [changes, []];
  return border === 0 ? [[], changes] : [changes.slice(0, border), changes.slice(border)];
}
