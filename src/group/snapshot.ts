/**
 * A state as octets and back: versioned, checked for damage, complete but for signature keys that live elsewhere. Trees
 * of past epochs are written as differences, so a snapshot is little longer than its tree.
 *
 * A snapshot holds secrets. A state that is restored twice can send twice: restore the latest one, and only one.
 */

import { constantTimeEqual, copy, equal, fromHex, toHex, utf8, wipe } from "../bytes.ts";
import { decode, encode } from "../codec/codec.ts";
import { opaque, uint16, uint32 } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { type Signer, signerOf } from "../crypto/signer.ts";
import { MalformedError, UsageError } from "../errors.ts";
import { SendGuard } from "../schedule/send-guard.ts";
import { dispose, Secret } from "../secret.ts";
import { members, nodesOf, type RatchetTree, treeOfNodes } from "../tree/ratchet-tree.ts";
import { applyTreeDelta, leavesIn, treeDeltaOf } from "../tree/tree-delta.ts";
import type { LeafIndex, NodeIndex } from "../tree-math.ts";
import { GroupContext } from "../wire/group-context.ts";
import type { LeafNode } from "../wire/leaf-node.ts";
import type { Proposal } from "../wire/proposal.ts";
import { type Clients, clientsOf } from "./clients.ts";
import { type Environment, policyOf } from "./environment.ts";
import { sendingGenerations } from "./protect.ts";
import { type NamedLeaves, SnapshotBody } from "./snapshot-body.ts";
import { secretsWithin } from "./snapshot-secrets.ts";
import type { CachedProposal, Closure, GroupState } from "./state.ts";

const Envelope = struct("Snapshot", { magic: uint32, version: uint16, body: opaque, checksum: opaque });
/** "copa" */
const MAGIC = 0x636f7061;
const VERSION = 1;

/** What goes into a snapshot. */
export interface SnapshotOptions {
  /** Whether private signature keys that are in memory are written too. Default: false. */
  readonly signatureKeys?: boolean;
}

/** The octets of a state, to be stored in a safe place. Linear in the size of the group. */
export function encodeState(
  { suite }: Pick<Environment, "suite">,
  state: GroupState,
  options: SnapshotOptions = {},
): Uint8Array {
  // Restored, a state that has sent since could use a key and nonce again.
  state.epoch.sending.requireLatest(sendingGenerations(state));
  const body = encode(SnapshotBody, bodyOf(state, options.signatureKeys ?? false));
  try {
    return encode(Envelope, { magic: MAGIC, version: VERSION, body, checksum: checksumOf(suite, body) });
  } finally {
    wipe(body);
  }
}

/** What a snapshot does not hold. */
export interface RestoreOptions {
  /** Signers for the signature keys that the snapshot does not hold. */
  readonly signers?: readonly Signer[];
}

/**
 * The state of a snapshot.
 *
 * @throws MalformedError `snapshot.damaged`, `snapshot.version`, `codec.*`
 * @throws UsageError `snapshot.signer_missing`, `suite.unknown`
 */
export async function decodeState(
  environment: Environment,
  bytes: Uint8Array,
  options: RestoreOptions = {},
): Promise<GroupState> {
  const owned = copy(bytes);
  const signers: SignerSource = { given: options.signers ?? [], made: [] };
  let body: SnapshotBody | undefined;
  try {
    body = decodeBody(environment, owned);
    return await stateOf(environment, body, signers);
  } catch (error) {
    wipe(owned);
    dispose([...secretsWithin(body), ...signers.made]);
    throw error;
  }
}

function decodeBody({ suite }: Environment, bytes: Uint8Array): SnapshotBody {
  const { magic, version, body: octets, checksum } = decode(Envelope, bytes);
  if (magic !== MAGIC || !constantTimeEqual(checksum, checksumOf(suite, octets)))
    throw new MalformedError("snapshot.damaged");
  if (version !== VERSION) throw new MalformedError("snapshot.version", { version });
  return decode(SnapshotBody, octets);
}

function checksumOf({ hash }: CipherSuite, body: Uint8Array): Uint8Array {
  return hash.hmac(utf8("copath snapshot"), body);
}

function bodyOf(state: GroupState, signatureKeys: boolean): SnapshotBody {
  const { epoch, tree, self, closed } = state;
  const signer = (each: Signer) => ({
    publicKey: each.publicKey,
    privateKey: signatureKeys ? privateKeyOf(each) : undefined,
  });
  return {
    groupContext: epoch.groupContext,
    confirmationTag: epoch.confirmationTag,
    interimTranscriptHash: epoch.interimTranscriptHash,
    secrets: epoch.secrets,
    secretTree: epoch.secretTree,
    tree: nodesOf(tree),
    clients: [...namesIn(members(tree), state.clients)],
    leafIndex: self.leafIndex,
    signer: signer(self.signer),
    privateKeys: [...self.privateKeys].map(([node, privateKey]) => ({ node, privateKey })),
    proposals: [...state.proposals.values()].map((cached) => ({ ...cached, client: nameIn(cached, state.clients) })),
    pendingUpdates: [...state.pendingUpdates].map(([reference, update]) => ({
      reference: fromHex(reference),
      privateKey: update.privateKey,
      signer: signer(update.signer),
    })),
    olderTrees: olderTrees(state),
    past: state.past,
    resumptionPsks: state.resumptionPsks,
    closed: closed === undefined ? 0 : closed.reason === "removed" ? 1 : 2,
    reInit: closed?.reason === "reinitialized" ? closed.reInit : undefined,
  };
}

function privateKeyOf(signer: Signer): Secret | undefined {
  return "privateKey" in signer && signer.privateKey instanceof Secret ? signer.privateKey : undefined;
}

function* namesIn(leaves: Iterable<readonly [LeafIndex, LeafNode]>, { names }: Clients) {
  for (const [leafIndex, { signatureKey }] of leaves) {
    const name = names.get(signatureKey);
    if (name !== undefined) yield { leafIndex, name };
  }
}

/** §12.2: whom a proposal brings is known before the commit that takes it. */
function nameIn({ proposal }: CachedProposal, { names }: Clients): Uint8Array | undefined {
  const leafNode = leafOf(proposal);
  return leafNode === undefined ? undefined : names.get(leafNode.signatureKey);
}

function leafOf(proposal: Proposal): LeafNode | undefined {
  if (proposal.proposalType === "add") return proposal.keyPackage.leafNode;
  return proposal.proposalType === "update" ? proposal.leafNode : undefined;
}

/** Each tree that past epochs or resumption PSKs refer to, as the difference from the next newer one, whose leaves it may share. */
function olderTrees(state: GroupState): SnapshotBody["olderTrees"] {
  const byEpoch = new Map<bigint, RatchetTree>();
  for (const { epoch, tree } of [...state.past, ...state.resumptionPsks]) byEpoch.set(epoch, tree);
  const newestFirst = [...byEpoch].sort(([a], [b]) => (a < b ? 1 : -1));
  let newer = state.tree;
  return newestFirst.map(([epoch, tree]) => {
    const delta = treeDeltaOf(newer, tree);
    newer = tree;
    return { epoch, delta, clients: [...namesIn(leavesIn(delta), state.clients)] };
  });
}

interface SignerSource {
  readonly given: readonly Signer[];
  /** The keys of signers made so far, which nobody has yet. */
  readonly made: Secret[];
}

async function stateOf(environment: Environment, body: SnapshotBody, signers: SignerSource): Promise<GroupState> {
  const { suite } = environment;
  if (body.groupContext.cipherSuite !== suite.id) throw new UsageError("suite.unknown", { suite: suite.id });
  const tree = treeOfNodes(suite, body.tree, policyOf(environment));
  const clients = restoredClients(suite, tree, body.clients);
  const trees = restoredTrees(tree, body.olderTrees, clients);
  const treeOf = (epoch: bigint): RatchetTree => {
    const found = trees.get(epoch);
    if (found === undefined) throw new MalformedError("snapshot.damaged", { epoch });
    return found;
  };
  const signer = (value: SnapshotBody["signer"]) => signerFor(suite, value, signers);
  const pendingUpdates = new Map<string, { privateKey: Secret; signer: Signer }>();
  for (const update of body.pendingUpdates) {
    pendingUpdates.set(toHex(update.reference), { privateKey: update.privateKey, signer: await signer(update.signer) });
  }
  return {
    epoch: epochOf(body),
    tree,
    clients,
    self: {
      leafIndex: body.leafIndex,
      signer: await signer(body.signer),
      privateKeys: new Map(body.privateKeys.map(({ node, privateKey }) => [node as NodeIndex, privateKey])),
    },
    proposals: restoredProposals(body.proposals, clients),
    pendingUpdates,
    past: body.past.map((past) => ({ ...past, tree: treeOf(past.epoch) })),
    resumptionPsks: body.resumptionPsks.map((each) => ({ ...each, tree: treeOf(each.epoch) })),
    closed: closureOf(body),
  };
}

function epochOf({
  groupContext,
  confirmationTag,
  interimTranscriptHash,
  secrets,
  secretTree,
}: SnapshotBody): GroupState["epoch"] {
  const encodedGroupContext = encode(GroupContext, groupContext);
  const sending = new SendGuard();
  return { groupContext, encodedGroupContext, confirmationTag, interimTranscriptHash, secrets, secretTree, sending };
}

function restoredTrees(
  tree: RatchetTree,
  older: SnapshotBody["olderTrees"],
  { names }: Clients,
): ReadonlyMap<bigint, RatchetTree> {
  const trees = new Map<bigint, RatchetTree>();
  let newer = tree;
  for (const { epoch, delta, clients } of older) {
    newer = applyTreeDelta(newer, delta);
    nameLeaves(names, newer, clients);
    trees.set(epoch, newer);
  }
  return trees;
}

function restoredClients(suite: CipherSuite, tree: RatchetTree, clients: NamedLeaves): Clients {
  const names: Clients["names"] = new WeakMap();
  return clientsOf(suite.hash, names, nameLeaves(names, tree, clients));
}

function nameLeaves(names: Clients["names"], tree: RatchetTree, clients: NamedLeaves): readonly LeafNode[] {
  return clients.map(({ leafIndex, name }) => {
    const leafNode = tree.leaf(leafIndex);
    if (leafNode === undefined) throw new MalformedError("snapshot.damaged", { leaf: leafIndex });
    names.set(leafNode.signatureKey, name);
    return leafNode;
  });
}

function restoredProposals(proposals: SnapshotBody["proposals"], { names }: Clients): GroupState["proposals"] {
  const restored = new Map<string, CachedProposal>();
  for (const { client, ...cached } of proposals) {
    const leafNode = leafOf(cached.proposal);
    if (leafNode !== undefined && client !== undefined) names.set(leafNode.signatureKey, client);
    restored.set(toHex(cached.reference), cached);
  }
  return restored;
}

async function signerFor(
  suite: CipherSuite,
  { publicKey, privateKey }: SnapshotBody["signer"],
  { given, made }: SignerSource,
): Promise<Signer> {
  if (privateKey !== undefined) {
    const signer = await signerOf(suite, privateKey.bytes);
    privateKey.dispose();
    made.push(signer.privateKey);
    if (equal(signer.publicKey, publicKey)) return signer;
    signer.privateKey.dispose();
  }
  const found = given.find((each) => equal(each.publicKey, publicKey));
  if (found === undefined) throw new UsageError("snapshot.signer_missing");
  return found;
}

function closureOf({ closed, reInit }: SnapshotBody): Closure | undefined {
  if (closed === 0) return undefined;
  if (closed === 1) return { reason: "removed" };
  if (reInit === undefined) throw new MalformedError("snapshot.damaged", { closed });
  return { reason: "reinitialized", reInit };
}
