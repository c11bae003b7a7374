/**
 * The recipe of each verb, section by section. Counted is what no engine can leave out or compute before: what depends
 * on the verb's own input and is not known from the epoch before. Encoding, checking and copying count as nothing.
 *
 * A member's ratchets of a new epoch start from the epoch's secret tree, so whoever uses a leaf first pays its path (§9).
 */

import type { Recipe, Step } from "./recipe.ts";

/** What the lengths and numbers of steps depend on. */
export interface Measures {
  /** Levels of the tree above the leaves. */
  readonly depth: number;
  readonly members: number;
  /** Output of the hash, and of a KEM's secret. */
  readonly Nh: number;
  /** A public key of the KEM. */
  readonly Npk: number;
  /** An encoded leaf node. */
  readonly leafOctets: number;
  /** An encoded GroupContext. */
  readonly contextOctets: number;
  /** The encoded `ratchet_tree` extension. */
  readonly treeOctets: number;
}

/** A path through a tree (§7.4-§7.6): where it has nodes, and whom it is encrypted to. */
export interface PathShape {
  /** Nodes of the filtered direct path. */
  readonly nodes: number;
  /** Sum of the lengths of the resolutions of its copath. */
  readonly recipients: number;
  /** Nodes whose tree hash the commit changes: the direct path, and those of leaves that it changes beside. */
  readonly rehashed: number;
}

/** In a full tree: one node and one recipient on each level. */
export function fullPath({ depth }: Pick<Measures, "depth">): PathShape {
  return { nodes: depth, recipients: depth, rehashed: depth + 1 };
}

export function keyPackage(measures: Measures): Recipe {
  return [
    { op: "derive", times: 2 },
    { op: "sign", octets: measures.leafOctets, times: 2 },
    // Its reference, under which it is found again (§5.2).
    { op: "hash", octets: measures.leafOctets + 150, times: 1 },
  ];
}

export function create(measures: Measures): Recipe {
  return [
    { op: "derive", times: 1 },
    { op: "sign", octets: measures.leafOctets, times: 1 },
    { op: "hash", octets: measures.leafOctets, times: 1 },
    ...enterEpoch(measures),
    { op: "hash", octets: 3 * measures.Nh, times: 1 },
  ];
}

/** §12.4.1, with a path. `others` is what proposals bring with them. */
export function commit(measures: Measures, path: PathShape = fullPath(measures), others: Recipe = []): Recipe {
  const { Nh, leafOctets, contextOctets } = measures;
  return [
    ...others,
    // §7.4: node secrets and path secrets, and at the end the commit secret.
    { op: "expand", octets: KDF_LABEL, times: 2 * path.nodes + 1 },
    { op: "derive", times: path.nodes + 1 },
    ...pathHashes(measures, path),
    { op: "sign", octets: leafOctets, times: 1 },
    { op: "seal", octets: contextOctets + 30, times: path.recipients },
    { op: "sign", octets: contextOctets + commitOctets(measures, path), times: 1 },
    { op: "hash", octets: Nh + commitOctets(measures, path), times: 1 },
    ...nextEpoch(measures),
    ...sendPrivate(measures, commitOctets(measures, path), "first"),
  ];
}

/** §12.4.2, with a path, by a member to whom it was encrypted at the root. */
export function process(measures: Measures, path: PathShape = fullPath(measures), others: Recipe = []): Recipe {
  const { Nh, leafOctets, contextOctets } = measures;
  return [
    ...receivePrivate(measures, commitOctets(measures, path), "first"),
    { op: "verify", octets: contextOctets + commitOctets(measures, path), times: 1 },
    ...others,
    { op: "verify", octets: leafOctets, times: 1 },
    ...pathHashes(measures, path),
    { op: "open", octets: contextOctets + 30, times: 1 },
    { op: "expand", octets: KDF_LABEL, times: 2 },
    { op: "derive", times: 1 },
    { op: "hash", octets: Nh + commitOctets(measures, path), times: 1 },
    ...nextEpoch(measures),
  ];
}

/** §12.4.1 without a path, for one new member whose Welcome carries the tree. */
export function add(measures: Measures): Recipe {
  return [
    ...withoutPath(measures),
    { op: "sign", octets: measures.contextOctets + addOctets(measures), times: 1 },
    { op: "hash", octets: measures.Nh + addOctets(measures), times: 1 },
    ...nextEpoch(measures),
    ...welcome(measures),
    ...sendPrivate(measures, addOctets(measures), "first"),
  ];
}

export function processAdd(measures: Measures): Recipe {
  return [
    ...receivePrivate(measures, addOctets(measures), "first"),
    { op: "verify", octets: measures.contextOctets + addOctets(measures), times: 1 },
    ...withoutPath(measures),
    { op: "hash", octets: measures.Nh + addOctets(measures), times: 1 },
    ...nextEpoch(measures),
  ];
}

/** §12.4.3.1, receiving, after a commit without a path. */
export function join(measures: Measures): Recipe {
  return [
    { op: "open", octets: groupInfoOctets(measures), times: 1 },
    { op: "extract", octets: 2 * measures.Nh, times: 1 },
    { op: "expand", octets: KDF_LABEL, times: 3 },
    { op: "aeadOpen", octets: groupInfoOctets(measures), times: 1 },
    { op: "verify", octets: groupInfoOctets(measures), times: 1 },
    ...validateTree(measures),
    { op: "expand", octets: KDF_LABEL + measures.contextOctets, times: 1 },
    ...enterEpoch(measures),
    { op: "hash", octets: 3 * measures.Nh, times: 1 },
  ];
}

/** §12.4.3.2, from a GroupInfo with the tree: its checks, and a public commit with a path. */
export function joinExternally(measures: Measures, path: PathShape): Recipe {
  const { Nh, leafOctets, contextOctets } = measures;
  return [
    { op: "verify", octets: groupInfoOctets(measures), times: 1 },
    ...validateTree(measures),
    { op: "hash", octets: 3 * Nh, times: 1 },
    { op: "export", times: 1 },
    { op: "expand", octets: KDF_LABEL, times: 2 * path.nodes + 1 },
    { op: "derive", times: path.nodes + 1 },
    ...pathHashes(measures, path),
    { op: "sign", octets: leafOctets, times: 1 },
    { op: "seal", octets: contextOctets + 30, times: path.recipients },
    { op: "sign", octets: contextOctets + commitOctets(measures, path), times: 1 },
    { op: "hash", octets: Nh + commitOctets(measures, path), times: 1 },
    ...nextEpoch(measures),
  ];
}

export function encrypt(measures: Measures, octets: number): Recipe {
  return [{ op: "sign", octets: measures.contextOctets + octets, times: 1 }, ...sendPrivate(measures, octets, "later")];
}

export function decrypt(measures: Measures, octets: number): Recipe {
  return [
    ...receivePrivate(measures, octets, "later"),
    { op: "verify", octets: measures.contextOctets + octets, times: 1 },
  ];
}

/** A message behind `gap` others that have not come: their keys and nonces are kept, not the secret that made them (§9.2). */
export function decryptAfterGap(measures: Measures, octets: number, gap: number): Recipe {
  return [{ op: "expand", octets: KDF_LABEL, times: 3 * gap }, ...decrypt(measures, octets)];
}

/** A KDFLabel, without its context. */
const KDF_LABEL = 24;
/** Of a signature, with its length. */
const SIGNATURE = 66;

/** §7.8, §7.9: new parent hashes down the path, and tree hashes up. */
function pathHashes({ Nh, Npk, leafOctets }: Measures, { nodes, rehashed }: PathShape): Recipe {
  return [
    { op: "hash", octets: Npk + 2 * Nh, times: nodes },
    { op: "hash", octets: leafOctets, times: 1 },
    { op: "hash", octets: Npk + 3 * Nh, times: rehashed - 1 },
  ];
}

/** §10.1, §7.3: a new member's key package has two signatures; its leaf changes the tree hashes above it. */
function withoutPath({ Nh, Npk, leafOctets, depth }: Measures): Recipe {
  return [
    { op: "verify", octets: leafOctets, times: 2 },
    { op: "hash", octets: leafOctets, times: 1 },
    { op: "hash", octets: Npk + 3 * Nh, times: depth },
  ];
}

/** §12.4.3.1: every leaf's signature, every tree hash, and the parent hash of every parent that is not blank. */
function validateTree({ members, Nh, Npk, leafOctets }: Measures): Recipe {
  return [
    { op: "verify", octets: leafOctets, times: members },
    { op: "hash", octets: leafOctets, times: members },
    { op: "hash", octets: Npk + 3 * Nh, times: members - 1 },
    { op: "hash", octets: Npk + 2 * Nh, times: members - 1 },
  ];
}

/** §8: from the commit secret to the next epoch, without PSKs. The confirmation tag goes into the next interim hash. */
function nextEpoch(measures: Measures): Recipe {
  const { Nh, contextOctets } = measures;
  return [
    { op: "extract", octets: Nh, times: 2 },
    { op: "expand", octets: KDF_LABEL + contextOctets, times: 2 },
    ...enterEpoch(measures),
    { op: "hash", octets: 3 * Nh, times: 1 },
  ];
}

/** §8, Table 4: the epoch's nine secrets, and its tag. */
function enterEpoch(_measures: Measures): Step[] {
  return [
    { op: "expand", octets: KDF_LABEL, times: 9 },
    { op: "mac", times: 1 },
  ];
}

/** §12.4.3.1, sending: one signature over the tree, one pass of the AEAD, one HPKE context that is bound to all of it. */
function welcome(measures: Measures): Recipe {
  return [
    { op: "expand", octets: KDF_LABEL, times: 3 },
    { op: "sign", octets: groupInfoOctets(measures), times: 1 },
    { op: "aeadSeal", octets: groupInfoOctets(measures), times: 1 },
    { op: "hash", octets: measures.leafOctets + 150, times: 1 },
    { op: "seal", octets: groupInfoOctets(measures), times: 1 },
  ];
}

/** §9, §6.3: the leaf's path in the secret tree if it is the first use; then key, nonce, the next secret, sender data. */
function sendPrivate(measures: Measures, octets: number, use: "first" | "later"): Recipe {
  return [
    ...ratchetKeys(measures, use),
    { op: "aeadSeal", octets: octets + SIGNATURE, times: 1 },
    { op: "aeadSeal", octets: SENDER_DATA, times: 1 },
  ];
}

function receivePrivate(measures: Measures, octets: number, use: "first" | "later"): Recipe {
  return [
    ...ratchetKeys(measures, use),
    { op: "aeadOpen", octets: SENDER_DATA, times: 1 },
    { op: "aeadOpen", octets: octets + SIGNATURE, times: 1 },
  ];
}

const SENDER_DATA = 12;

function ratchetKeys({ depth }: Measures, use: "first" | "later"): Step[] {
  const opening = use === "first" ? 2 * depth + 2 : 0;
  return [{ op: "expand", octets: KDF_LABEL, times: opening + 5 }];
}

function commitOctets({ leafOctets, Npk }: Measures, { nodes, recipients }: PathShape): number {
  const ciphertext = Npk + 32 + 16 + 4;
  return leafOctets + nodes * (Npk + 4) + recipients * ciphertext + SIGNATURE;
}

function addOctets({ leafOctets }: Measures): number {
  return leafOctets + 150;
}

function groupInfoOctets({ treeOctets, contextOctets }: Measures): number {
  return treeOctets + contextOctets + 2 * SIGNATURE;
}
