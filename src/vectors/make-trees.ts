/** Makes `tree-operations` (§12.1.1 to §12.1.3), `tree-validation` (§4.1.1, §7.8, §7.9) and `treekem` (§7.4 to §7.6). */

import { EMPTY, toHex } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { encryptManyWithLabel } from "../crypto/labels.ts";
import { leafIndex } from "../tree-math.ts";
import { type KeyPackage, KeyPackageTBS } from "../wire/key-package.ts";
import { Proposal } from "../wire/proposal.ts";
import { UpdatePath } from "../wire/update-path.ts";
import { groupContextOctets, type MakeInput, shareOf, signWithLabel } from "./make-formulas.ts";
import { type MadeLeaf, type ModelPath, ModelTree, nodeOf, spansOf } from "./make-model-tree.ts";

/** How trees of unusual shape come about. */
const SHAPES = {
  /** A single leaf, whose path has no nodes. */
  lone: (tree) => grow(tree, 1),
  /** Full, and every parent set by the leftmost leaf below it. */
  async full(tree) {
    await grow(tree, 4);
    for (const leaf of [3, 2, 1, 0]) await tree.commit(leaf);
  },
  /** Nobody is left in the left half, so that paths leave out the root. */
  async rootless(tree) {
    await grow(tree, 7);
    for (const leaf of [3, 0, 2, 1]) tree.remove(leaf);
    await tree.commit(5);
  },
  /** Leaves unmerged at several parents, one of them in a place that somebody left. */
  async unmerged(tree) {
    await grow(tree, 5);
    tree.remove(1);
    for (const leaf of [4, 2, 0]) await tree.commit(leaf);
    await grow(tree, 2);
  },
  /** A blank subtree in the middle: leaf 0 commits, and parents on its path stay blank. */
  async gap(tree) {
    await grow(tree, 9);
    for (const leaf of [1, 4, 5, 6, 7]) tree.remove(leaf);
    await tree.commit(0);
  },
} satisfies Record<string, (tree: ModelTree) => Promise<void>>;

async function grow(tree: ModelTree, members: number): Promise<void> {
  for (let i = 0; i < members; i++) tree.add(await tree.makeLeaf());
}

async function treeOf(input: MakeInput, shape: keyof typeof SHAPES): Promise<ModelTree> {
  const tree = new ModelTree(input, input.random(16));
  await SHAPES[shape](tree);
  return tree;
}

export async function makeTreeValidation(input: MakeInput): Promise<unknown[]> {
  const vectors = [];
  for (const shape of shareOf(input, ["gap", "rootless", "unmerged", "full", "lone"] as const)) {
    const tree = await treeOf(input, shape);
    const spans = spansOf(tree.whole);
    vectors.push({
      cipher_suite: input.suite.id,
      tree: toHex(tree.encoded()),
      group_id: toHex(tree.groupId),
      resolutions: spans.map((span) => tree.resolution(span)),
      tree_hashes: spans.map((span) => toHex(tree.treeHash(span))),
    });
  }
  return vectors;
}

type Operation = (input: MakeInput) => Promise<unknown>;

/** Behind other unmerged leaves, in a gap, beyond the end of a full tree; halves vanish; parents go blank. */
const OPERATIONS: readonly Operation[] = [
  async (input) => addition(input, await treeOf(input, "unmerged"), 2),
  async (input) => removal(await treeOf(input, "gap"), { removed: 8, sender: 0 }),
  async (input) => addition(input, await treeOf(input, "full"), 3),
  async (input) => updating(await treeOf(input, "unmerged"), 5),
  async (input) => addition(input, await treeOf(input, "gap"), 0),
  async (input) => removal(await treeOf(input, "unmerged"), { removed: 0, sender: 4 }),
];

export async function makeTreeOperations(input: MakeInput): Promise<unknown[]> {
  const vectors = [];
  for (const operation of shareOf(input, OPERATIONS)) vectors.push(await operation(input));
  return vectors;
}

async function addition(input: MakeInput, tree: ModelTree, sender: number): Promise<unknown> {
  const made = await tree.makeLeaf();
  const keyPackage = await keyPackageOf(input, made);
  const after = tree.clone();
  after.add(made);
  return operation(tree, after, { proposal: { proposalType: "add", keyPackage }, sender });
}

function removal(tree: ModelTree, { removed, sender }: { removed: number; sender: number }): unknown {
  const after = tree.clone();
  after.remove(removed);
  return operation(tree, after, { proposal: { proposalType: "remove", removed: leafIndex(removed) }, sender });
}

async function updating(tree: ModelTree, sender: number): Promise<unknown> {
  const made = await tree.makeLeaf(sender);
  const after = tree.clone();
  after.update(sender, made);
  return operation(tree, after, { proposal: { proposalType: "update", leafNode: made.leafNode }, sender });
}

function operation(
  before: ModelTree,
  after: ModelTree,
  { proposal, sender }: { proposal: Proposal; sender: number },
): unknown {
  return {
    cipher_suite: before.suite.id,
    tree_before: toHex(before.encoded()),
    proposal: toHex(encode(Proposal, proposal)),
    proposal_sender: sender,
    tree_hash_before: toHex(before.treeHash()),
    tree_after: toHex(after.encoded()),
    tree_hash_after: toHex(after.treeHash()),
  };
}

async function keyPackageOf({ suite, random }: MakeInput, { keys, leafNode }: MadeLeaf): Promise<KeyPackage> {
  const { publicKey: initKey } = await suite.kem.deriveKeyPair(random(suite.kem.Nsk));
  const content: KeyPackageTBS = { version: "mls10", cipherSuite: suite.id, initKey, leafNode, extensions: [] };
  const tbs = encode(KeyPackageTBS, content);
  return { ...content, signature: await signWithLabel(suite, keys.signature.privateKey, "KeyPackageTBS", tbs) };
}

export async function makeTreekem(input: MakeInput): Promise<unknown[]> {
  const vectors = [await treekemVector(input, await treeOf(input, "lone"))];
  for (const shape of shareOf(input, ["unmerged", "rootless", "gap"] as const))
    vectors.push(await treekemVector(input, await treeOf(input, shape)));
  return vectors;
}

/** In small files the last member alone sends a path, else each does. */
async function treekemVector(input: MakeInput, tree: ModelTree): Promise<unknown> {
  const { suite, random } = input;
  const context = {
    groupId: tree.groupId,
    epoch: 2 ** 40,
    confirmedTranscriptHash: random(suite.hash.length),
  };
  const senders = input.small ? tree.members.slice(-1) : tree.members;
  const updatePaths = [];
  for (const sender of senders) updatePaths.push(await updatePathVector(input, tree, { sender, context }));
  return {
    cipher_suite: suite.id,
    group_id: toHex(context.groupId),
    epoch: context.epoch,
    confirmed_transcript_hash: toHex(context.confirmedTranscriptHash),
    ratchet_tree: toHex(tree.encoded()),
    leaves_private: tree.members.map((leaf) => leafPrivate(tree, leaf)),
    update_paths: updatePaths,
  };
}

function leafPrivate(tree: ModelTree, leaf: number): unknown {
  const keys = tree.keys.get(leaf);
  const known = tree
    .directPath(leaf)
    .map(nodeOf)
    .filter((node) => {
      const at = tree.nodes[node];
      return at?.nodeType === "parent" && !at.parentNode.unmergedLeaves.some((unmerged) => unmerged === leaf);
    });
  return {
    index: leaf,
    encryption_priv: toHex(keys?.encryption.privateKey ?? EMPTY),
    signature_priv: toHex(keys?.signature.privateKey ?? EMPTY),
    path_secrets: known.map((node) => ({ node, path_secret: toHex(tree.pathSecrets.get(node) ?? EMPTY) })),
  };
}

interface PathContext {
  readonly sender: number;
  readonly context: Pick<Parameters<typeof groupContextOctets>[1], "groupId" | "epoch" | "confirmedTranscriptHash">;
}

async function updatePathVector(input: MakeInput, tree: ModelTree, { sender, context }: PathContext): Promise<unknown> {
  const after = tree.clone();
  const path = await after.commit(sender);
  const treeHash = after.treeHash();
  const updatePath = await encrypted(input, after, {
    path,
    groupContext: groupContextOctets(input.suite, { ...context, treeHash }),
  });
  const pathSecrets = Array.from({ length: tree.whole.width }, (_, leaf) => {
    if (leaf === sender || tree.leaf(leaf) === undefined) return null;
    const shared = path.nodes.find(({ span: { first, width } }) => leaf >= first && leaf < first + width);
    return toHex(shared?.pathSecret ?? EMPTY);
  });
  return {
    sender,
    update_path: toHex(encode(UpdatePath, updatePath)),
    path_secrets: pathSecrets,
    commit_secret: toHex(path.commitSecret),
    tree_hash_after: toHex(treeHash),
  };
}

async function encrypted(
  { suite, random }: MakeInput,
  tree: ModelTree,
  { path, groupContext }: { path: ModelPath; groupContext: Uint8Array },
): Promise<UpdatePath> {
  const nodes = [];
  const input = { label: "UpdatePathNode", context: groupContext };
  for (const { publicKey: encryptionKey, pathSecret: plaintext, recipients } of path.nodes) {
    const addressed = recipients.map((node) => ({ publicKey: keyOf(tree, node), plaintext }));
    nodes.push({ encryptionKey, encryptedPathSecret: await encryptManyWithLabel(suite, input, addressed, random) });
  }
  return { leafNode: path.leafNode, nodes };
}

function keyOf(tree: ModelTree, node: number): Uint8Array {
  const at = tree.nodes[node];
  return (at?.nodeType === "parent" ? at.parentNode.encryptionKey : at?.leafNode.encryptionKey) ?? EMPTY;
}
