/**
 * The groups that are measured. Each is made once by the fastest backend, from `syntheticGroup`, and handed to the
 * others as a snapshot. A measured operation starts from the same value each time.
 */

import {
  createKeyPackage,
  decodeState,
  type Environment,
  encodeState,
  GroupContext,
  type GroupState,
  type KeyPackageBundle,
  type LeafIndex,
  LeafNode,
  RatchetTreeNodes,
} from "copath";
import { encode } from "copath/codec";
import { cipherSuite, generateSigner, type Signer } from "copath/crypto";
import { SendGuard } from "copath/schedule";
import { dangerouslyAcceptEveryCredential, type SyntheticGroup, syntheticGroup, type TreeShape } from "copath/testing";
import { depthFor, filteredDirectPath, leafIndex, nodesOf, type RatchetTree, resolution } from "copath/tree";
import type { BenchBackend, BenchSuite } from "./backends.ts";
import type { Bare } from "./floor/bare.ts";
import type { Measures, PathShape } from "./floor/recipes.ts";

export interface StageTerms {
  readonly suite: BenchSuite;
  readonly backend: BenchBackend;
  /** Makes the group, if another backend is faster. */
  readonly builder: BenchBackend;
  readonly size: number;
  readonly shape: TreeShape;
  /** Instead of the backend's own: one that counts. */
  readonly environment?: Environment;
}

/** A group on one backend, and who acts in it. */
export interface Stage {
  readonly environment: Environment;
  readonly bare: Bare;
  readonly size: number;
  readonly tree: RatchetTree;
  readonly measures: Measures;
  /** Leaf 0, who commits and sends. */
  readonly sender: GroupState;
  /** The first leaf of the other half, who has only the root in common with the sender. */
  readonly receiver: GroupState;
}

/** Two members at least: one in each half of the tree. */
export async function setStage(terms: StageTerms): Promise<Stage> {
  const { suite, backend, size } = terms;
  const environment = terms.environment ?? environmentOf(suite, backend);
  const group = await groupFor(terms);
  const state = async (index: LeafIndex) => handed(terms, environment, await group.member(index));
  const [sender, receiver] = [await state(leafIndex(0)), await state(otherHalf(size))];
  return {
    environment,
    bare: await backend.bare(suite.definition),
    size,
    tree: sender.tree,
    measures: measuresOf(sender),
    sender,
    receiver,
  };
}

export function environmentOf(suite: BenchSuite, backend: BenchBackend): Environment {
  return {
    suite: cipherSuite(suite.definition, backend.primitives),
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    clock: () => 1_800_000_000n,
    authentication: dangerouslyAcceptEveryCredential,
  };
}

/** The first leaf of the right half of the tree. */
export function otherHalf(size: number): LeafIndex {
  return leafIndex(2 ** (depthFor(size) - 1));
}

/** The same state, which can send once more: what it sent before was only measured. */
export function again(state: GroupState): GroupState {
  return { ...state, epoch: { ...state.epoch, sending: new SendGuard() } };
}

export interface Newcomer {
  readonly signer: Signer;
  readonly bundle: KeyPackageBundle;
}

export async function newcomer(environment: Environment, name = "the new one"): Promise<Newcomer> {
  const signer = await generateSigner(environment.suite, environment.random);
  return { signer, bundle: await createKeyPackage(environment, { signer, credential: credentialOf(name) }) };
}

export function credentialOf(name: string) {
  return { credentialType: "basic", identity: new TextEncoder().encode(name) } as const;
}

/** What a path from a leaf is in this very tree, to which a commit's proposals have been applied. */
export function pathShapeIn(tree: RatchetTree, leaf: LeafIndex, alsoRehashed = 0): PathShape {
  const path = filteredDirectPath(tree, leaf);
  const recipients = path.reduce((sum, { copathChild }) => sum + resolution(tree, copathChild).length, 0);
  return { nodes: path.length, recipients, rehashed: tree.depth + 1 + alsoRehashed };
}

export function measuresOf(state: GroupState): Measures {
  const { tree } = state;
  const [first] = [tree.leaf(leafIndex(0))];
  if (first === undefined) throw new Error("The group has no first member.");
  return {
    depth: tree.depth,
    members: tree.memberCount,
    Nh: tree.suite.kdf.Nh,
    Npk: first.encryptionKey.length,
    leafOctets: encode(LeafNode, first).length,
    contextOctets: encode(GroupContext, state.epoch.groupContext).length,
    treeOctets: treeOctets(state),
  };
}

export function treeOctets({ tree }: GroupState): number {
  return encode(RatchetTreeNodes, nodesOf(tree)).length;
}

/** The group that was made last: the next stage is mostly the same one on another backend. */
let made: { readonly key: string; readonly group: Promise<SyntheticGroup> } | undefined;

function groupFor({ suite, builder, size, shape, environment }: StageTerms): Promise<SyntheticGroup> {
  if (environment !== undefined) return syntheticGroup(environment, { size, shape, seed: "bench" });
  const key = `${suite.id} ${builder.name} ${size} ${shape}`;
  if (made?.key !== key) {
    made = { key, group: syntheticGroup(environmentOf(suite, builder), { size, shape, seed: "bench" }) };
  }
  return made.group;
}

async function handed(
  { suite, builder, backend }: StageTerms,
  environment: Environment,
  state: GroupState,
): Promise<GroupState> {
  if (builder === backend) return state;
  // With the signature key, or the backend that made the group would go on signing.
  const octets = encodeState(environmentOf(suite, builder), state, { signatureKeys: true });
  return decodeState(environment, octets);
}
