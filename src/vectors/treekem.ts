/** The `treekem` vectors of the MLS working group: §7.4 to §7.6 and §7.9.2, one case per tree. */

import { EMPTY, fromHex, toHex } from "../bytes.ts";
import { decode, encode } from "../codec/codec.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { InvalidError } from "../errors.ts";
import type { Random } from "../hpke/algorithms.ts";
import type { Secret } from "../secret.ts";
import { deriveNodeKeyPairs } from "../tree/path-secrets.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import { treeOfNodes } from "../tree/ratchet-tree-extension.ts";
import { decryptPath, mergePath } from "../tree/received-path.ts";
import { encryptPath, generatePath } from "../tree/update-path.ts";
import {
  ancestor,
  commonAncestorLevel,
  type LeafIndex,
  leafIndex,
  type NodeIndex,
  nodeIndex,
  toNodeIndex,
} from "../tree-math.ts";
import { GroupContext } from "../wire/group-context.ts";
import { RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import { UpdatePath } from "../wire/update-path.ts";
import { expectBytes, isListOf, type VectorFamily } from "./family.ts";
import { expectSecret, secretOf, signerOfVector, suiteCase } from "./suite-case.ts";

interface LeafPrivate {
  readonly index: number;
  readonly encryption_priv: string;
  readonly signature_priv: string;
  readonly path_secrets: readonly { readonly node: number; readonly path_secret: string }[];
}

interface UpdatePathVector {
  readonly sender: number;
  readonly update_path: string;
  readonly path_secrets: readonly (string | null)[];
  readonly commit_secret: string;
  readonly tree_hash_after: string;
}

interface Vector {
  readonly cipher_suite: number;
  readonly group_id: string;
  readonly epoch: number;
  readonly confirmed_transcript_hash: string;
  readonly ratchet_tree: string;
  readonly leaves_private: readonly LeafPrivate[];
  readonly update_paths: readonly UpdatePathVector[];
}

export const treekem: VectorFamily = {
  name: "treekem",
  recognises: (file) => isListOf(file, "cipher_suite", "ratchet_tree", "leaves_private", "update_paths"),
  *cases(file) {
    for (const [index, vector] of (file as readonly Vector[]).entries()) {
      yield suiteCase(`${index}`, vector.cipher_suite, async (suite, { random }) => {
        const group = await groupOf(suite, vector);
        for (const path of vector.update_paths) {
          await checkGivenPath(group, path);
          await checkOwnPath(group, path, random);
        }
      });
    }
  },
};

type PrivateKeys = ReadonlyMap<NodeIndex, Secret>;

interface Group {
  readonly suite: CipherSuite;
  readonly vector: Vector;
  readonly tree: RatchetTree;
  readonly members: ReadonlyMap<LeafIndex, PrivateKeys>;
}

async function groupOf(suite: CipherSuite, vector: Vector): Promise<Group> {
  const tree = treeOfNodes(suite, decode(RatchetTreeNodes, fromHex(vector.ratchet_tree)));
  const members = new Map<LeafIndex, PrivateKeys>();
  for (const leafPrivate of vector.leaves_private) {
    members.set(leafIndex(leafPrivate.index), await privateKeysOf(suite, tree, leafPrivate));
  }
  return { suite, vector, tree, members };
}

/** The private keys of a member, each of which belongs to the public key in the tree. */
async function privateKeysOf(suite: CipherSuite, tree: RatchetTree, leafPrivate: LeafPrivate): Promise<PrivateKeys> {
  const privateKeys = new Map([[toNodeIndex(leafIndex(leafPrivate.index)), secretOf(leafPrivate.encryption_priv)]]);
  const pathSecrets = leafPrivate.path_secrets.map(({ path_secret }) => secretOf(path_secret));
  const pairs = await deriveNodeKeyPairs(suite, pathSecrets);
  for (const [i, { privateKey }] of pairs.entries()) {
    privateKeys.set(nodeIndex(leafPrivate.path_secrets[i]?.node ?? -1), privateKey);
  }
  for (const [node, privateKey] of privateKeys) {
    const publicKey = tree.encryptionKey(node);
    if (publicKey === undefined)
      throw new InvalidError("vectors.mismatch", { what: "private key of a blank node", node });
    expectBytes(`public key of ${node}`, await suite.kem.publicKeyOf(privateKey.bytes), publicKey);
  }
  return privateKeys;
}

async function checkGivenPath(group: Group, expected: UpdatePathVector): Promise<void> {
  const { suite, tree } = group;
  const sender = leafIndex(expected.sender);
  const path = decode(UpdatePath, fromHex(expected.update_path));
  const merged = mergePath(suite, tree, { sender, path });
  expectBytes("tree_hash_after", merged.hash, fromHex(expected.tree_hash_after));
  const expectedKeys = await keysOf(suite, expected.path_secrets);
  for (const [receiver, { commitSecret, privateKeys }] of await receivedByAll(group, merged, { sender, path })) {
    expectSecret(`commit_secret of ${receiver}`, commitSecret, expected.commit_secret);
    const node = ancestor(receiver, commonAncestorLevel(sender, receiver));
    const learnt = privateKeys.get(node)?.bytes ?? EMPTY;
    expectBytes(
      `key from the path secret of ${receiver}`,
      learnt,
      expectedKeys.get(expected.path_secrets[receiver]) ?? EMPTY,
    );
  }
}

/** The private keys that path secrets stand for. */
async function keysOf(suite: CipherSuite, pathSecrets: UpdatePathVector["path_secrets"]) {
  const distinct = [...new Set(pathSecrets)].filter((pathSecret) => pathSecret !== null);
  const pairs = await deriveNodeKeyPairs(suite, distinct.map(secretOf));
  return new Map<string | null | undefined, Uint8Array>(
    distinct.map((hex, i) => [hex, pairs[i]?.privateKey.bytes ?? EMPTY]),
  );
}

async function checkOwnPath(group: Group, { sender: index }: UpdatePathVector, random: Random): Promise<void> {
  const { suite, tree, vector } = group;
  const sender = leafIndex(index);
  const leaf = tree.leaf(sender);
  const signaturePriv = vector.leaves_private.find((each) => each.index === index)?.signature_priv;
  if (leaf === undefined || signaturePriv === undefined) {
    throw new InvalidError("vectors.mismatch", { what: "sender without a private key", leaf: sender });
  }
  const signer = await signerOfVector(suite, signaturePriv, toHex(leaf.signatureKey));
  const groupId = fromHex(vector.group_id);
  const generated = await generatePath(suite, tree, { sender, leaf, groupId, signer, random });
  const groupContext = contextOf(group, generated.tree);
  const path = await encryptPath(suite, generated, { groupContext, excluded: new Set(), random });
  const merged = mergePath(suite, tree, { sender, path });
  expectBytes("tree hash after the own path", merged.hash, generated.tree.hash);
  for (const [receiver, { commitSecret }] of await receivedByAll(group, merged, { sender, path })) {
    expectBytes(`commit secret of ${receiver}`, commitSecret.bytes, generated.commitSecret.bytes);
  }
}

type Received = Awaited<ReturnType<typeof decryptPath>>;

async function receivedByAll(
  group: Group,
  merged: RatchetTree,
  { sender, path }: { readonly sender: LeafIndex; readonly path: UpdatePath },
): Promise<readonly (readonly [LeafIndex, Received])[]> {
  const groupContext = contextOf(group, merged);
  const received: [LeafIndex, Received][] = [];
  for (const [receiver, privateKeys] of group.members) {
    if (receiver === sender) continue;
    const excluded = new Set<LeafIndex>();
    const input = { sender, path, receiver, privateKeys, groupContext, excluded };
    received.push([receiver, await decryptPath(group.suite, merged, input)]);
  }
  return received;
}

function contextOf({ suite, vector }: Group, { hash }: RatchetTree): Uint8Array {
  return encode(GroupContext, {
    version: "mls10",
    cipherSuite: suite.id,
    groupId: fromHex(vector.group_id),
    epoch: BigInt(vector.epoch),
    treeHash: hash,
    confirmedTranscriptHash: fromHex(vector.confirmed_transcript_hash),
    extensions: [],
  });
}
