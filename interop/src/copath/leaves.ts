/** Members by the identity in their basic credential, which is all that harnesses know of them. */
import type { LeafIndex, LeafNode, RatchetTreeNodes } from "copath";
import { sameOctets } from "./octets.ts";
import { refusal } from "./refusal.ts";

/** The first leaf of this identity. @throws CallError NOT_FOUND */
export function leafNamed(leaves: Iterable<readonly [LeafIndex, LeafNode]>, identity: Uint8Array): LeafIndex {
  for (const [leafIndex, { credential }] of leaves) {
    if (credential.credentialType === "basic" && sameOctets(credential.identity, identity)) return leafIndex;
  }
  throw refusal("NOT_FOUND", "member.unknown", `${Buffer.from(identity).toString()} is not in the group`);
}

/** The leaves of a tree that travelled: the even ones of its nodes (App. C). */
export function* leavesOf(tree: RatchetTreeNodes): Iterable<readonly [LeafIndex, LeafNode]> {
  for (const [index, node] of tree.entries()) {
    if (node?.nodeType === "leaf") yield [(index / 2) as LeafIndex, node.leafNode];
  }
}
