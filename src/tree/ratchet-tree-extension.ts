/**
 * §12.4.3.3: the form in which a ratchet tree travels: its nodes from left to right, without blanks at the end. Only its
 * shape is checked here: what else a client checks that joins is in join-checks.ts.
 */

import { decode, encodedOf } from "../codec/codec.ts";
import { optional } from "../codec/presentation.ts";
import type { DecodeOptions } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { InvalidError } from "../errors.ts";
import { depthFor, isLeaf, left, level, type NodeIndex, right, root, toLeafIndex } from "../tree-math.ts";
import { LeafNode } from "../wire/leaf-node.ts";
import { EncodedNode, EncodedNodes, type Node, type RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import { BLANK, type Branch, fork, Leaf, type Subtree } from "./node.ts";
import { contents, DEFAULT_MAX_LEAVES, RatchetTree, type TreeLimits } from "./ratchet-tree.ts";

/**
 * The tree in the octets of a `ratchet_tree` extension. They are kept, not copied, and must not change any more. What
 * was decoded of the leaves is remembered, for the checks that follow.
 *
 * @throws InvalidError `tree.empty`, `tree.last_node_blank`, `tree.node_in_wrong_place`, `tree.too_large`
 * @throws MalformedError `codec.*`
 */
export function decodeTree(
  suite: CipherSuite,
  octets: Uint8Array,
  options: TreeLimits & DecodeOptions = {},
): RatchetTree {
  return treeOfEncoded(suite, decode(EncodedNodes, octets, options), options);
}

/** The octets of a `ratchet_tree` extension. Leaves are copied, not encoded anew; nothing is made for a node on the way. */
export function encodeTree(tree: RatchetTree): Uint8Array<ArrayBuffer> {
  const writer = new Writer(roomFor(tree));
  const start = writer.openVector();
  let next = 0;
  for (const at of contents(tree.top)) {
    const node = encodedAt(at);
    if (node === undefined) continue;
    const index = at.kind === "leaf" ? 2 * at.index : at.node;
    for (; next < index; next++) AnyNode.write(writer, undefined);
    AnyNode.write(writer, node);
    next++;
  }
  writer.closeVector(start);
  return writer.finish();
}

/**
 * The tree of decoded nodes, which are kept, and must not change any more. Checks its shape, nothing else: see
 * `checkJoinedTree`.
 *
 * @throws InvalidError `tree.empty`, `tree.last_node_blank`, `tree.node_in_wrong_place`, `tree.too_large`
 */
export function treeOfNodes(suite: CipherSuite, nodes: RatchetTreeNodes, limits: TreeLimits = {}): RatchetTree {
  return treeOfEncoded(suite, nodes.map(encodedNode), limits);
}

/** All nodes, decoded, without blanks at the end. */
export function nodesOf(tree: RatchetTree): RatchetTreeNodes {
  const nodes: (Node | undefined)[] = [];
  for (const at of contents(tree.top)) {
    if (at.kind === "leaf") nodes[2 * at.index] = { nodeType: "leaf", leafNode: at.read() };
    else if (at.parentNode !== undefined) nodes[at.node] = { nodeType: "parent", parentNode: at.parentNode };
  }
  return Array.from(nodes);
}

const AnyNode = optional(EncodedNode);

function encodedAt(at: Leaf | Branch): EncodedNode | undefined {
  if (at.kind === "leaf") return { nodeType: "leaf", leafNode: at };
  return at.parentNode === undefined ? undefined : { nodeType: "parent", parentNode: at.parentNode };
}

/** Enough for a tree of members that are like the first. */
function roomFor(tree: RatchetTree): number {
  for (const at of contents(tree.top)) {
    if (at.kind === "leaf")
      return tree.memberCount * (at.octets.length + 2 * tree.suite.kem.Npk + tree.suite.hash.length);
  }
  return 0;
}

function encodedNode(node: Node | undefined): EncodedNode | undefined {
  if (node?.nodeType !== "leaf") return node;
  return { nodeType: "leaf", leafNode: encodedOf(LeafNode, node.leafNode) };
}

function treeOfEncoded(suite: CipherSuite, nodes: EncodedNodes, limits: TreeLimits): RatchetTree {
  if (nodes.length === 0) throw new InvalidError("tree.empty");
  const last = nodes[nodes.length - 1];
  if (last === undefined) throw new InvalidError("tree.last_node_blank", { length: nodes.length });
  if (last.nodeType !== "leaf" || nodes.length % 2 === 0)
    throw new InvalidError("tree.node_in_wrong_place", { node: nodes.length - 1 });
  const depth = depthFor(Math.ceil(nodes.length / 2));
  const { maxLeaves = DEFAULT_MAX_LEAVES } = limits;
  if (2 ** depth > maxLeaves) throw new InvalidError("tree.too_large", { leaves: 2 ** depth, limit: maxLeaves });
  return new RatchetTree(suite, { depth, top: subtreeOfNodes(nodes, root(2 ** depth)) });
}

function subtreeOfNodes(nodes: EncodedNodes, node: NodeIndex): Subtree {
  const first = node - (2 ** level(node) - 1);
  if (first >= nodes.length) return BLANK;
  const here = nodes[node];
  if (here !== undefined && (here.nodeType === "leaf") !== isLeaf(node)) {
    throw new InvalidError("tree.node_in_wrong_place", { node });
  }
  if (isLeaf(node)) return here?.nodeType === "leaf" ? new Leaf(toLeafIndex(node), here.leafNode) : BLANK;
  return fork(node, {
    parentNode: here?.nodeType === "parent" ? here.parentNode : undefined,
    left: subtreeOfNodes(nodes, left(node)),
    right: subtreeOfNodes(nodes, right(node)),
  });
}
