/**
 * §4.2: which private keys of the tree a member holds: that of its leaf, and those of parents above it that it learnt.
 * A key is held only as long as the node that it belongs to has it.
 */

import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { InvalidError } from "../errors.ts";
import { Secret } from "../secret.ts";
import {
  ancestor,
  commonAncestorLevel,
  isLeaf,
  type LeafIndex,
  type NodeIndex,
  toLeafIndex,
  toNodeIndex,
} from "../tree-math.ts";
import { derivePrivateKeys, type KeyedNode } from "./path-secrets.ts";
import type { RatchetTree } from "./ratchet-tree.ts";

/** What comes of `blankPathKeys`. */
export interface SurvivingKeys {
  /** All others belong to no node any more, and are to be disposed of once the new state is stored. */
  readonly privateKeys: ReadonlyMap<NodeIndex, Secret>;
}

/**
 * §12.1.2, §12.1.3: what a member still holds in `tree`, to which a commit's proposals have been applied but not its
 * path. Proposals blank parents and never fill them, so a parent that is not blank is the one that it was. Says nothing
 * about the key of a leaf that an Update replaced: that is for the caller to exchange.
 */
export function blankPathKeys(privateKeys: ReadonlyMap<NodeIndex, Secret>, tree: RatchetTree): SurvivingKeys {
  const isPresent = (node: NodeIndex) =>
    (isLeaf(node) ? tree.leaf(toLeafIndex(node)) : tree.parentNode(node)) !== undefined;
  return { privateKeys: new Map([...privateKeys].filter(([node]) => isPresent(node))) };
}

/** What a new member knows when it computes its first private keys. */
export interface JoinedPath {
  /** The new member. */
  readonly receiver: LeafIndex;
  /** The signer of the GroupInfo. */
  readonly committer: LeafIndex;
  /** From the GroupSecrets; none if the commit had no path. Stays the caller's to dispose of. */
  readonly pathSecret: Secret | undefined;
  /** The private key of the receiver's leaf. Becomes part of the result. */
  readonly leafKey: Secret;
}

/**
 * §12.4.3.1: the private keys of a client that joins: of its leaf and, if the commit that added it had a path, of the
 * non-blank nodes from the lowest common ancestor with the committer to the root. Blank nodes among these were left out
 * of the path, so no step of the derivation belongs to them.
 *
 * @throws InvalidError `welcome.path_secret` if the path secret does not belong to the public keys in the tree
 */
export async function joinPath(
  suite: CipherSuite,
  tree: RatchetTree,
  { receiver, committer, pathSecret, leafKey }: JoinedPath,
): Promise<ReadonlyMap<NodeIndex, Secret>> {
  const own: [NodeIndex, Secret] = [toNodeIndex(receiver), leafKey];
  if (pathSecret === undefined) return new Map([own]);
  const nodes = nodesAbove(tree, receiver, committer);
  if (pathSecret.bytes.length !== suite.kdf.Nh) throw new InvalidError("welcome.path_secret", { receiver });
  const { privateKeys, commitSecret } = await derivePrivateKeys(
    suite,
    Secret.copyOf(pathSecret.bytes),
    nodes,
    (node) => new InvalidError("welcome.path_secret", { receiver, node }),
  );
  commitSecret.dispose();
  return new Map([own, ...privateKeys]);
}

/** The lowest common ancestor of two leaves, which may not be blank here, and all non-blank nodes above it. */
function nodesAbove(tree: RatchetTree, a: LeafIndex, b: LeafIndex): readonly KeyedNode[] {
  const nodes: KeyedNode[] = [];
  const lowest = commonAncestorLevel(a, b);
  for (let height = lowest; height <= tree.depth; height++) {
    const node = ancestor(a, height);
    const publicKey = tree.parentNode(node)?.encryptionKey;
    if (publicKey !== undefined) nodes.push({ node, publicKey });
    else if (height === lowest) throw new InvalidError("welcome.path_secret", { receiver: a, node });
  }
  return nodes;
}
