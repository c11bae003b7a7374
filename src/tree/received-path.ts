/**
 * §7.5, §7.6, §12.4.2: update paths, as the other members take them. Nothing is decrypted before the path has the shape
 * that the tree prescribes, and no derived key is accepted that is not the one in the path.
 */

import { copy, equal, toText } from "../bytes.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { decryptWithLabel } from "../crypto/labels.ts";
import { InvalidError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { covers, isLeaf, type LeafIndex, type NodeIndex } from "../tree-math.ts";
import type { HPKECiphertext } from "../wire/keys.ts";
import type { UpdatePath } from "../wire/update-path.ts";
import { type CopathNode, copathOf, PATH_LABEL, pathNodes, setPath } from "./path-nodes.ts";
import { type DerivedKeys, derivePrivateKeys } from "./path-secrets.ts";
import { encryptionKeyCount, type RatchetTree, resolution } from "./ratchet-tree.ts";
import { resolutionLength } from "./summary.ts";

/**
 * §12.4.2: the public keys of a path are keys, differ from each other, and none of them is in `tree`, to which the
 * commit's proposals have been applied but not the path.
 *
 * @throws InvalidError `path.key_in_tree`, `key.hpke_public`
 */
export function checkPathKeys(tree: RatchetTree, { leafNode, nodes }: UpdatePath): void {
  const seen = new Set<string>();
  for (const key of [leafNode.encryptionKey, ...nodes.map(({ encryptionKey }) => encryptionKey)]) {
    const text = toText(key);
    if (seen.has(text) || encryptionKeyCount(tree, key) > 0) {
      throw new InvalidError("path.key_in_tree", { index: seen.size });
    }
    tree.suite.kem.checkPublicKey(key);
    seen.add(text);
  }
}

/** A path, and whose it is. */
export interface ReceivedPath {
  /** The committer. */
  readonly sender: LeafIndex;
  /** As the commit has it. */
  readonly path: UpdatePath;
}

/** A received path whose place in the tree is found. Paths leave all that is beside them alone, so it is found once. */
export interface PlacedPath extends ReceivedPath {
  /** The filtered direct path, as long as the received one. */
  readonly filtered: readonly CopathNode[];
}

/**
 * §4.1.2, §7.6: where a path goes in `tree`, which may have the path in it already.
 *
 * @throws InvalidError `leaf.wrong_source`, `path.length`, `tree.index_out_of_range`
 */
export function placePath(tree: RatchetTree, { sender, path }: ReceivedPath): PlacedPath {
  const { leafNodeSource: source } = path.leafNode;
  if (source !== "commit") throw new InvalidError("leaf.wrong_source", { source, expected: "commit" });
  const filtered = copathOf(tree, sender);
  const { length } = path.nodes;
  if (length !== filtered.length) throw new InvalidError("path.length", { length, expected: filtered.length });
  return { sender, path, filtered };
}

/**
 * §7.5: the tree with a received path in it. The commit's proposals have been applied to `tree`.
 *
 * @throws InvalidError `path.length`, `path.parent_hash`, `leaf.wrong_source`
 */
export function mergePath(suite: CipherSuite, tree: RatchetTree, received: ReceivedPath): RatchetTree {
  return mergePlaced(suite, tree, placePath(tree, received));
}

/** `mergePath` for a path that was placed in `tree`. @throws InvalidError `path.parent_hash` */
export function mergePlaced(
  suite: CipherSuite,
  tree: RatchetTree,
  { sender, path: { leafNode, nodes }, filtered }: PlacedPath,
): RatchetTree {
  // Decoded keys are views of the message that they came in, which the tree would keep alive as a whole.
  const keys = nodes.map(({ encryptionKey }) => ({ publicKey: copy(encryptionKey) }));
  const filled = pathNodes(suite, filtered, keys);
  if (leafNode.leafNodeSource !== "commit" || !equal(leafNode.parentHash, filled.leafParentHash)) {
    throw new InvalidError("path.parent_hash", { sender });
  }
  return setPath(tree, sender, leafNode, filled);
}

/**
 * §7.6: whether each node of a path has as many ciphertexts as it has recipients: all that a member can say of them
 * whom the commit removes. An added leaf is in the resolution of each node above it: as itself, or as unmerged at a
 * non-blank parent.
 *
 * @throws InvalidError `path.ciphertext_count`
 */
export function checkCiphertexts({ filtered, path }: PlacedPath, excluded: ReadonlySet<LeafIndex>): void {
  filtered.forEach(({ node, copathChild, sibling }, i) => {
    let expected = resolutionLength(sibling);
    for (const leaf of excluded) if (covers(copathChild, leaf)) expected--;
    const count = path.nodes[i]?.encryptedPathSecret.length;
    if (count !== expected) throw new InvalidError("path.ciphertext_count", { node, count, expected });
  });
}

/** A received path, and the receiver's side of it. */
export interface PathDecryption extends ReceivedPath {
  /** This member. */
  readonly receiver: LeafIndex;
  /** The receiver's private keys of its leaf and of parents above it, as they are after the commit's proposals. */
  readonly privateKeys: ReadonlyMap<NodeIndex, Secret>;
  /** The encoded provisional GroupContext. */
  readonly groupContext: Uint8Array;
  /** The leaves that the same commit adds. */
  readonly excluded: ReadonlySet<LeafIndex>;
}

/** What comes of `decryptPath`. */
export interface DecryptedPath {
  /** All private keys that the receiver has from now on; those that did not change are the same objects. */
  readonly privateKeys: ReadonlyMap<NodeIndex, Secret>;
  /** §7.4: what the path secrets end in. */
  readonly commitSecret: Secret;
}

/**
 * §7.5: what a receiver learns from a path. `merged` is the tree with the path in it. Nothing is decrypted unless each
 * node has as many ciphertexts as its recipients are.
 *
 * @throws InvalidError `leaf.wrong_source`, `path.length`, `path.ciphertext_count`, `path.no_private_key`, `path.secret_length`,
 * `path.public_key`, `hpke.open_failed`
 */
export async function decryptPath(
  suite: CipherSuite,
  merged: RatchetTree,
  input: PathDecryption,
): Promise<DecryptedPath> {
  const placed = placePath(merged, input);
  checkCiphertexts(placed, input.excluded);
  return decryptPlaced(suite, merged, { ...input, ...placed });
}

/**
 * `decryptPath` for a path that was placed, and whose ciphertexts `checkCiphertexts` has counted.
 *
 * @throws InvalidError `path.no_private_key`, `path.secret_length`, `path.public_key`, `hpke.open_failed`
 */
export async function decryptPlaced(
  suite: CipherSuite,
  merged: RatchetTree,
  input: PathDecryption & PlacedPath,
): Promise<DecryptedPath> {
  const { sender, privateKeys, groupContext } = input;
  const found = findCiphertext(merged, input);
  const pathSecret = await decryptWithLabel(suite, found.privateKey, {
    label: PATH_LABEL,
    context: groupContext,
    ciphertext: found.ciphertext,
  });
  if (pathSecret.bytes.length !== suite.kdf.Nh) {
    pathSecret.dispose();
    throw new InvalidError("path.secret_length", { sender, node: found.learnt[0]?.node });
  }
  const mismatch = (node: NodeIndex) => new InvalidError("path.public_key", { sender, node });
  return replaceKeys(privateKeys, sender, await derivePrivateKeys(suite, pathSecret, found.learnt, mismatch));
}

interface FoundCiphertext {
  readonly ciphertext: HPKECiphertext;
  readonly privateKey: Secret;
  /** The nodes whose private keys the ciphertext gives away, from below. */
  readonly learnt: readonly { readonly node: NodeIndex; readonly publicKey: Uint8Array }[];
}

/** §7.5: the one ciphertext that is for this receiver. */
function findCiphertext(
  merged: RatchetTree,
  { filtered, path, receiver, privateKeys, excluded }: PathDecryption & PlacedPath,
): FoundCiphertext {
  const index = filtered.findIndex(({ node }) => covers(node, receiver));
  const copathChild = filtered[index]?.copathChild;
  const recipients = copathChild === undefined ? [] : resolution(merged, copathChild, excluded);
  const position = recipients.findIndex((node) => covers(node, receiver) && privateKeys.has(node));
  const recipient = recipients[position];
  const privateKey = recipient === undefined ? undefined : privateKeys.get(recipient);
  const ciphertext = path.nodes[index]?.encryptedPathSecret[position];
  if (ciphertext === undefined || privateKey === undefined) throw new InvalidError("path.no_private_key", { receiver });
  const learnt = path.nodes.slice(index).map(({ encryptionKey }, i) => {
    return { node: (filtered[index + i] as CopathNode).node, publicKey: encryptionKey };
  });
  return { ciphertext, privateKey, learnt };
}

/** The path blanked or replaced all that the receiver knew of the sender's direct path. */
function replaceKeys(
  before: ReadonlyMap<NodeIndex, Secret>,
  sender: LeafIndex,
  { privateKeys, commitSecret }: DerivedKeys,
): DecryptedPath {
  const kept = [...before].filter(([node]) => isLeaf(node) || !covers(node, sender));
  return { privateKeys: new Map([...kept, ...privateKeys]), commitSecret };
}
