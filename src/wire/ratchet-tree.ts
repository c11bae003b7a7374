/** §12.4.3.3: the ratchet tree as it travels, and the inputs of tree hashes (§7.8) and parent hashes (§7.9). */

import type { Codec, Infer, InferUnion } from "../codec/codec.ts";
import { encoded, opaque, optional, vector } from "../codec/presentation.ts";
import { struct, variant } from "../codec/struct.ts";
import { HPKEPublicKey, LeafIndexValue } from "./keys.ts";
import { LeafNode, ParentNode } from "./leaf-node.ts";
import { NodeType } from "./registries.ts";

const node = nodeOf(LeafNode);
/** §12.4.3.3: a node of the tree as it travels. */
export type Node = InferUnion<typeof node>;
export const Node: Codec<Node> = node;

/** Nodes from left to right, `undefined` for blanks; the last one may not be blank. */
export type RatchetTreeNodes = readonly (Node | undefined)[];
export const RatchetTreeNodes: Codec<RatchetTreeNodes> = vector(optional(Node));

const treeHashInput = treeHashInputOf(LeafNode);
export type TreeHashInput = InferUnion<typeof treeHashInput>;
export const TreeHashInput: Codec<TreeHashInput> = treeHashInput;

const parentHashInput = struct("ParentHashInput", {
  encryptionKey: HPKEPublicKey,
  parentHash: opaque,
  originalSiblingTreeHash: opaque,
});
export interface ParentHashInput extends Infer<typeof parentHashInput> {}
export const ParentHashInput: Codec<ParentHashInput> = parentHashInput;

// The same with the leaf left in its encoding: that is how a tree keeps it, hashes it and sends it on.

const encodedNode = nodeOf(encoded(LeafNode));
export type EncodedNode = InferUnion<typeof encodedNode>;
export const EncodedNode: Codec<EncodedNode> = encodedNode;

export type EncodedNodes = readonly (EncodedNode | undefined)[];
export const EncodedNodes: Codec<EncodedNodes> = vector(optional(EncodedNode));

const encodedTreeHashInput = treeHashInputOf(encoded(LeafNode));
export type EncodedTreeHashInput = InferUnion<typeof encodedTreeHashInput>;
export const EncodedTreeHashInput: Codec<EncodedTreeHashInput> = encodedTreeHashInput;

/* @__NO_SIDE_EFFECTS__ */
function nodeOf<L>(leafNode: Codec<L>) {
  return variant("Node", {
    select: "nodeType",
    from: NodeType,
    cases: { leaf: { leafNode }, parent: { parentNode: ParentNode } },
  });
}

/* @__NO_SIDE_EFFECTS__ */
function treeHashInputOf<L>(leafNode: Codec<L>) {
  return variant("TreeHashInput", {
    select: "nodeType",
    from: NodeType,
    cases: {
      leaf: { leafIndex: LeafIndexValue, leafNode: optional(leafNode) },
      parent: { parentNode: optional(ParentNode), leftHash: opaque, rightHash: opaque },
    },
  });
}
