/**
 * A state as octets and back: versioned, checked for damage, complete but for signature keys that live elsewhere. Trees
 * of past epochs are written as differences, so a snapshot is little longer than its tree.
 *
 * A snapshot holds secrets. A state that is restored twice can send twice: restore the latest one, and only one.
 */

import { constantTimeEqual, copy, equal, fromHex, toHex, utf8 } from "../bytes.ts";
import { decode, encode, type Infer } from "../codec/codec.ts";
import { opaque, optional, uint8, uint16, uint32, uint64, vector } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { type Signer, signerOf } from "../crypto/signer.ts";
import { MalformedError, UsageError } from "../errors.ts";
import { SendGuard } from "../schedule/send-guard.ts";
import { Secret } from "../secret.ts";
import { members, nodesOf, type RatchetTree, treeOfNodes } from "../tree/ratchet-tree.ts";
import { applyTreeDelta, TreeDelta, treeDeltaOf } from "../tree/tree-delta.ts";
import type { NodeIndex } from "../tree-math.ts";
import { Sender } from "../wire/framed-content.ts";
import { GroupContext } from "../wire/group-context.ts";
import { LeafIndexValue } from "../wire/keys.ts";
import { Proposal, ReInit } from "../wire/proposal.ts";
import { RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import { type Clients, clientsOf } from "./clients.ts";
import { type Environment, policyOf } from "./environment.ts";
import { EpochSecretsValue, SecretTreeValue, SecretValue } from "./snapshot-secrets.ts";
import type { Closure, GroupState } from "./state.ts";

const SignerValue = struct("Signer", { publicKey: opaque, privateKey: optional(SecretValue) });

const SnapshotBody = struct("GroupState", {
  groupContext: GroupContext,
  confirmationTag: opaque,
  interimTranscriptHash: opaque,
  secrets: EpochSecretsValue,
  secretTree: SecretTreeValue,
  tree: RatchetTreeNodes,
  clients: vector(struct("Client", { leafIndex: LeafIndexValue, name: opaque })),
  leafIndex: LeafIndexValue,
  signer: SignerValue,
  privateKeys: vector(struct("PrivateKey", { node: uint32, privateKey: SecretValue })),
  proposals: vector(struct("CachedProposal", { reference: opaque, sender: Sender, proposal: Proposal })),
  pendingUpdates: vector(struct("PendingUpdate", { reference: opaque, privateKey: SecretValue, signer: SignerValue })),
  olderTrees: vector(struct("OlderTree", { epoch: uint64, delta: TreeDelta })),
  past: vector(
    struct("PastEpoch", {
      epoch: uint64,
      encodedGroupContext: opaque,
      senderDataSecret: SecretValue,
      secretTree: SecretTreeValue,
    }),
  ),
  resumptionPsks: vector(struct("ResumptionPsk", { epoch: uint64, psk: SecretValue })),
  closed: uint8,
  reInit: optional(ReInit),
});
type SnapshotBody = Infer<typeof SnapshotBody>;

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
  const body = encode(SnapshotBody, bodyOf(state, options.signatureKeys ?? false));
  return encode(Envelope, { magic: MAGIC, version: VERSION, body, checksum: checksumOf(suite, body) });
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
  const { suite } = environment;
  const { magic, version, body: octets, checksum } = decode(Envelope, copy(bytes));
  if (magic !== MAGIC || !constantTimeEqual(checksum, checksumOf(suite, octets)))
    throw new MalformedError("snapshot.damaged");
  if (version !== VERSION) throw new MalformedError("snapshot.version", { version });
  const body = decode(SnapshotBody, octets);
  if (body.groupContext.cipherSuite !== suite.id) throw new UsageError("suite.unknown", { suite: suite.id });
  return stateOf(environment, body, options.signers ?? []);
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
    clients: [...namesIn(tree, state.clients)],
    leafIndex: self.leafIndex,
    signer: signer(self.signer),
    privateKeys: [...self.privateKeys].map(([node, privateKey]) => ({ node, privateKey })),
    proposals: [...state.proposals.values()],
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

function* namesIn(tree: RatchetTree, { names }: Clients) {
  for (const [leafIndex, { signatureKey }] of members(tree)) {
    const name = names.get(signatureKey);
    if (name !== undefined) yield { leafIndex, name };
  }
}

/** Each tree that past epochs or resumption PSKs refer to, as the difference from the next newer one. */
function olderTrees(state: GroupState): SnapshotBody["olderTrees"] {
  const byEpoch = new Map<bigint, RatchetTree>();
  for (const { epoch, tree } of [...state.past, ...state.resumptionPsks]) byEpoch.set(epoch, tree);
  const newestFirst = [...byEpoch].sort(([a], [b]) => (a < b ? 1 : -1));
  let newer = state.tree;
  return newestFirst.map(([epoch, tree]) => {
    const delta = treeDeltaOf(newer, tree);
    newer = tree;
    return { epoch, delta };
  });
}

async function stateOf(environment: Environment, body: SnapshotBody, signers: readonly Signer[]): Promise<GroupState> {
  const { suite } = environment;
  const tree = treeOfNodes(suite, body.tree, policyOf(environment));
  const trees = restoredTrees(tree, body.olderTrees);
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
    clients: restoredClients(suite, tree, body.clients),
    self: {
      leafIndex: body.leafIndex,
      signer: await signer(body.signer),
      privateKeys: new Map(body.privateKeys.map(({ node, privateKey }) => [node as NodeIndex, privateKey])),
    },
    proposals: new Map(body.proposals.map((cached) => [toHex(cached.reference), cached])),
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

function restoredTrees(tree: RatchetTree, older: SnapshotBody["olderTrees"]): ReadonlyMap<bigint, RatchetTree> {
  const trees = new Map<bigint, RatchetTree>();
  let newer = tree;
  for (const { epoch, delta } of older) {
    newer = applyTreeDelta(newer, delta);
    trees.set(epoch, newer);
  }
  return trees;
}

function restoredClients(suite: CipherSuite, tree: RatchetTree, clients: SnapshotBody["clients"]): Clients {
  const names: Clients["names"] = new WeakMap();
  for (const { leafIndex, name } of clients) {
    const leafNode = tree.leaf(leafIndex);
    if (leafNode === undefined) throw new MalformedError("snapshot.damaged", { leaf: leafIndex });
    names.set(leafNode.signatureKey, name);
  }
  return clientsOf(
    suite.hash,
    names,
    clients.flatMap(({ leafIndex }) => tree.leaf(leafIndex) ?? []),
  );
}

async function signerFor(
  suite: CipherSuite,
  { publicKey, privateKey }: SnapshotBody["signer"],
  signers: readonly Signer[],
): Promise<Signer> {
  if (privateKey !== undefined) {
    const signer = await signerOf(suite, privateKey.bytes);
    privateKey.dispose();
    if (equal(signer.publicKey, publicKey)) return signer;
  }
  const given = signers.find((each) => equal(each.publicKey, publicKey));
  if (given === undefined) throw new UsageError("snapshot.signer_missing");
  return given;
}

function closureOf({ closed, reInit }: SnapshotBody): Closure | undefined {
  if (closed === 0) return undefined;
  if (closed === 1) return { reason: "removed" };
  if (reInit === undefined) throw new MalformedError("snapshot.damaged", { closed });
  return { reason: "reinitialized", reInit };
}
