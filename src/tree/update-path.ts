/**
 * §7.4-§7.6: update paths, as their sender makes them. The receiver's side is received-path.ts; both put a path into the
 * tree by the same code (path-nodes.ts).
 */

import { equal } from "../bytes.ts";
import type { CipherSuite, Random } from "../crypto/cipher-suite.ts";
import { encryptManyWithLabel, generateHpkeKeyPair, type Recipient } from "../crypto/labels.ts";
import type { Signer } from "../crypto/signer.ts";
import { InternalError, UsageError } from "../errors.ts";
import { dispose, Secret } from "../secret.ts";
import { covers, type LeafIndex, type NodeIndex, toNodeIndex } from "../tree-math.ts";
import type { LeafNode } from "../wire/leaf-node.ts";
import type { UpdatePath } from "../wire/update-path.ts";
import { signLeafNode } from "./leaf-node.ts";
import { copathOf, type FilteredNode, PATH_LABEL, pathNodes, setPath } from "./path-nodes.ts";
import { deriveNodeKeyPairs, derivePathSecrets, type KeyedNode } from "./path-secrets.ts";
import { type RatchetTree, resolution } from "./ratchet-tree.ts";

/**
 * §4.1.2: the parents that a path from this leaf sets, from below.
 *
 * @throws InvalidError `tree.index_out_of_range`
 */
export function filteredDirectPath(tree: RatchetTree, leaf: LeafIndex): readonly FilteredNode[] {
  return copathOf(tree, leaf).map(({ node, copathChild }) => ({ node, copathChild }));
}

/** Whose path, and what the new leaf is to say. */
export interface PathRequest {
  /** A member, or the blank leaf of a client that joins by an external commit (`leafForExternal`). */
  readonly sender: LeafIndex;
  /** What the new leaf says; all the rest of it is made here. */
  readonly leaf: Pick<LeafNode, "signatureKey" | "credential" | "capabilities" | "extensions">;
  /** The group that the leaf is signed for. */
  readonly groupId: Uint8Array;
  /** Signs the new leaf: its public key is `leaf.signatureKey`. */
  readonly signer: Signer;
  /** Makes the leaf's secret. */
  readonly random: Random;
}

/** A path before it is encrypted. All its secrets are the caller's to dispose of. */
export interface GeneratedPath {
  /** The tree with the path in it. */
  readonly tree: RatchetTree;
  /** The committer's new leaf, signed. */
  readonly leafNode: LeafNode;
  /** From the leaf upwards. */
  readonly nodes: readonly (FilteredNode & KeyedNode)[];
  /** One for each node: needed for `encryptPath` and `pathSecretFor`, not afterwards. */
  readonly pathSecrets: readonly Secret[];
  /** Those of the sender's leaf and of the nodes. */
  readonly privateKeys: ReadonlyMap<NodeIndex, Secret>;
  /** §7.4: what the path secrets end in. */
  readonly commitSecret: Secret;
}

/**
 * §7.4, §7.5: fresh keys for a member's leaf and filtered direct path, in `tree`, to which the commit's proposals have
 * been applied. A lone member's path has no nodes; its commit secret is then the fresh secret that the first node would
 * have had, which nobody else needs to know: who joins with the same commit gets the joiner secret.
 *
 * @throws UsageError `key.mismatch` if the signer is not that of the leaf
 */
export async function generatePath(
  suite: CipherSuite,
  tree: RatchetTree,
  { sender, leaf, groupId, signer, random }: PathRequest,
): Promise<GeneratedPath> {
  if (!equal(signer.publicKey, leaf.signatureKey)) throw new UsageError("key.mismatch", { leaf: sender });
  const { signatureKey, credential, capabilities, extensions } = leaf;
  const path = copathOf(tree, sender);
  const { pathSecrets, commitSecret } = derivePathSecrets(suite, new Secret(random(suite.kdf.Nh)), path.length);
  const fresh = [...pathSecrets, commitSecret];
  try {
    const own = await generateHpkeKeyPair(suite, random);
    fresh.push(own.privateKey);
    const pairs = await deriveNodeKeyPairs(suite, pathSecrets);
    fresh.push(...pairs.map(({ privateKey }) => privateKey));
    const filled = pathNodes(suite, path, pairs);
    const leafNode = await signLeafNode(
      signer,
      {
        encryptionKey: own.publicKey,
        signatureKey,
        credential,
        capabilities,
        leafNodeSource: "commit",
        parentHash: filled.leafParentHash,
        extensions,
      },
      { groupId, leafIndex: sender },
    );
    const privateKeys = new Map([[toNodeIndex(sender), own.privateKey]]);
    const nodes = path.map(({ node, copathChild }, i) => {
      const { publicKey, privateKey } = at(pairs, i);
      privateKeys.set(node, privateKey);
      return { node, copathChild, publicKey };
    });
    return { tree: setPath(tree, sender, leafNode, filled), leafNode, nodes, pathSecrets, privateKeys, commitSecret };
  } catch (error) {
    dispose(fresh);
    throw error;
  }
}

/** What `encryptPath` needs besides the path. */
export interface PathEncryption {
  /** The encoded provisional GroupContext. */
  readonly groupContext: Uint8Array;
  /** The leaves that the same commit adds: they learn their path secrets by Welcome (§7.5). */
  readonly excluded: ReadonlySet<LeafIndex>;
  /** Makes the ephemeral keys. */
  readonly random: Random;
}

/**
 * §7.5, §7.6: the path as it is sent: each path secret encrypted to the resolution of the copath child, all in one
 * batch. A resolution that holds none but added leaves gives an empty list.
 *
 * @throws InvalidError `key.hpke_public`
 */
export async function encryptPath(
  suite: CipherSuite,
  { tree, leafNode, nodes, pathSecrets }: GeneratedPath,
  { groupContext, excluded, random }: PathEncryption,
): Promise<UpdatePath> {
  const recipients: Recipient[] = [];
  const ends = nodes.map(({ copathChild }, i) => {
    const plaintext = at(pathSecrets, i).bytes;
    for (const node of resolution(tree, copathChild, excluded)) {
      recipients.push({ publicKey: publicKeyOf(tree, node), plaintext });
    }
    return recipients.length;
  });
  const input = { label: PATH_LABEL, context: groupContext };
  const ciphertexts = await encryptManyWithLabel(suite, input, recipients, random);
  return {
    leafNode,
    nodes: nodes.map(({ publicKey }, i) => ({
      encryptionKey: publicKey,
      encryptedPathSecret: ciphertexts.slice(ends[i - 1] ?? 0, ends[i]),
    })),
  };
}

/**
 * §12.4.3.1: what a Welcome tells a client that the same commit adds: the path secret of the lowest node above both it
 * and the sender. That node is always on the filtered direct path, since the joiner is below its copath child.
 *
 * @returns one of `generated.pathSecrets`, still owned by it
 */
export function pathSecretFor(generated: GeneratedPath, sender: LeafIndex, joiner: LeafIndex): Secret {
  const index = generated.nodes.findIndex(({ node }) => covers(node, joiner));
  if (index === -1) throw new InternalError("internal.invariant", { where: "pathSecretFor", sender, joiner });
  return at(generated.pathSecrets, index);
}

function publicKeyOf(tree: RatchetTree, node: NodeIndex): Uint8Array {
  const key = tree.encryptionKey(node);
  if (key === undefined) throw new InternalError("internal.invariant", { where: "resolution", node });
  return key;
}

function at<T>(values: readonly T[], index: number): T {
  if (index >= values.length) throw new InternalError("internal.invariant", { where: "path", index });
  return values[index] as T;
}
