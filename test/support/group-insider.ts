/**
 * Members who keep to no rule. Commits, proposals and Welcomes are put together from the rooms below the group, which
 * judge nothing; a plan breaks one thing at its place, and all that follows from it (hashes, signatures, encryption,
 * tags) is made to fit, so that only the rule under test can object.
 */
import { EMPTY } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { Writer } from "../../src/codec/writer.ts";
import {
  encryptManyWithLabel,
  generateHpkeKeyPair,
  makeKeyPackageRef,
  makeProposalRef,
  signWithLabel,
} from "../../src/crypto/labels.ts";
import { generateSigner, type Signer } from "../../src/crypto/signer.ts";
import { framedContentTBS } from "../../src/framing/content.ts";
import { defaultCapabilities, defaultLifetime } from "../../src/group/capabilities.ts";
import { provisionalContext } from "../../src/group/commit-draft.ts";
import type { Environment } from "../../src/group/environment.ts";
import { createGroupInfo, externalPubOf } from "../../src/group/group-info.ts";
import type { KeyPackageBundle } from "../../src/group/key-package.ts";
import { type Content, protectContent } from "../../src/group/protect.ts";
import { pskSecretFor } from "../../src/group/psks.ts";
import { type CachedProposal, type GroupState, groupIdOf, ownLeaf } from "../../src/group/state.ts";
import { type EpochStep, joinedEpoch, nextEpoch } from "../../src/schedule/epoch.ts";
import { sendExternalInit } from "../../src/schedule/external-init.ts";
import {
  deriveMemberSecret,
  deriveWelcomeKey,
  deriveWelcomeSecret,
  zeroSecret,
} from "../../src/schedule/key-schedule.ts";
import { Secret } from "../../src/secret.ts";
import { addLeaves, leafForExternal, removeLeaves, updateLeaves } from "../../src/tree/evolution.ts";
import { type LeafNodeContent, type LeafPosition, signLeafNode } from "../../src/tree/leaf-node.ts";
import { copathOf, pathNodes, setPath } from "../../src/tree/path-nodes.ts";
import { deriveNodeKeyPairs, derivePathSecrets } from "../../src/tree/path-secrets.ts";
import type { RatchetTree } from "../../src/tree/ratchet-tree.ts";
import { nodesOf } from "../../src/tree/ratchet-tree-extension.ts";
import { encryptPath, type GeneratedPath } from "../../src/tree/update-path.ts";
import { type LeafIndex, type NodeIndex, toNodeIndex } from "../../src/tree-math.ts";
import type { Commit, ProposalOrRef } from "../../src/wire/commit.ts";
import type { Extension } from "../../src/wire/extension.ts";
import {
  AuthenticatedContent,
  type FramedContent,
  framedContentAuthData,
  type Sender,
} from "../../src/wire/framed-content.ts";
import { GroupContext } from "../../src/wire/group-context.ts";
import { GroupInfo, GroupInfoTBS } from "../../src/wire/group-info.ts";
import { KeyPackage, KeyPackageTBS } from "../../src/wire/key-package.ts";
import type { LeafNode } from "../../src/wire/leaf-node.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import type { PreSharedKeyID } from "../../src/wire/pre-shared-key.ts";
import type { Proposal } from "../../src/wire/proposal.ts";
import { RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";
import type { WireFormat } from "../../src/wire/registries.ts";
import type { UpdatePath } from "../../src/wire/update-path.ts";
import { GroupSecrets, type Welcome } from "../../src/wire/welcome.ts";
import { basic } from "./group.ts";

export const byValue = (proposal: Proposal): ProposalOrRef => ({ type: "proposal", proposal });
export const byReference = ({ reference }: { readonly reference: Uint8Array }): ProposalOrRef => ({
  type: "reference",
  reference,
});

/** What a leaf says before it is signed, from one that is. */
export function contentOf({ signature: _, ...content }: LeafNode): LeafNodeContent {
  return content as LeafNodeContent;
}

export interface FramePlan {
  readonly sender?: Sender;
  /** Who signs the content. */
  readonly signer?: Signer;
  readonly wireFormat?: WireFormat;
  content?(content: FramedContent): FramedContent;
  /** The encoded context that the signature and the membership tag take as theirs. */
  readonly groupContext?: Uint8Array;
  signature?(signature: Uint8Array): Uint8Array;
  membershipTag?(tag: Uint8Array): Uint8Array | undefined;
}

/** Signed content, and the message that carries it, whoever may say so or not. */
async function frameAnything(state: GroupState, plan: FramePlan, said: Content) {
  const sender = plan.sender ?? { senderType: "member", leafIndex: state.self.leafIndex };
  const { groupId, epoch } = state.epoch.groupContext;
  const plain = { groupId, epoch, sender, authenticatedData: EMPTY, ...said } as FramedContent;
  const content = plan.content?.(plain) ?? plain;
  const wireFormat = plan.wireFormat ?? "mls_public_message";
  const groupContext = plan.groupContext ?? state.epoch.encodedGroupContext;
  const tbs = framedContentTBS(wireFormat, content, groupContext);
  const signed = await signWithLabel(plan.signer ?? state.self.signer, "FramedContentTBS", tbs);
  const signature = plan.signature?.(signed) ?? signed;
  return { content, wireFormat, tbs, signature };
}

async function protectAnything(
  environment: Environment,
  state: GroupState,
  plan: FramePlan,
  authenticated: AuthenticatedContent,
): Promise<Uint8Array> {
  const { content, auth, wireFormat } = authenticated;
  if (wireFormat === "mls_private_message") {
    return (await protectContent(environment, state, authenticated, undefined)).message;
  }
  const tbs = framedContentTBS("mls_public_message", content, plan.groupContext ?? state.epoch.encodedGroupContext);
  const tbm = new Writer();
  tbm.bytes(tbs);
  framedContentAuthData(content.contentType).write(tbm, auth);
  const mac = environment.suite.hash.hmac(state.epoch.secrets.membershipKey.bytes, tbm.finish());
  const tag = content.sender.senderType === "member" ? mac : undefined;
  const membershipTag = plan.membershipTag === undefined ? tag : plan.membershipTag(mac);
  return encode(MLSMessage, {
    version: "mls10",
    wireFormat: "mls_public_message",
    publicMessage: { content, auth, membershipTag },
  });
}

/** A proposal by anyone, of anything. */
export async function insiderProposal(
  environment: Environment,
  state: GroupState,
  proposal: Proposal,
  plan: FramePlan = {},
): Promise<{ readonly message: Uint8Array; readonly reference: Uint8Array }> {
  const framed = await frameAnything(state, plan, { contentType: "proposal", proposal });
  const { wireFormat, content, signature } = framed;
  const authenticated = { wireFormat, content, auth: { signature, confirmationTag: undefined } };
  return {
    message: await protectAnything(environment, state, plan, authenticated),
    reference: makeProposalRef(environment.suite, encode(AuthenticatedContent, authenticated)),
  };
}

export async function insiderApplication(
  environment: Environment,
  state: GroupState,
  applicationData: Uint8Array,
  plan: FramePlan = {},
): Promise<Uint8Array> {
  const framed = await frameAnything(state, plan, { contentType: "application", applicationData });
  const { wireFormat, content, signature } = framed;
  return protectAnything(environment, state, plan, {
    wireFormat,
    content,
    auth: { signature, confirmationTag: undefined },
  });
}

/** An Update of the sender's leaf with a fresh key; `change` comes before its signature. */
export async function updateProposal(
  { suite, random }: Environment,
  state: GroupState,
  change: (content: LeafNodeContent) => LeafNodeContent = (content) => content,
  sign: { readonly signer?: Signer; readonly position?: LeafPosition } = {},
): Promise<Proposal & { proposalType: "update" }> {
  const { signatureKey, credential, capabilities, extensions } = ownLeaf(state);
  const { publicKey: encryptionKey } = await generateHpkeKeyPair(suite, random);
  const content: LeafNodeContent = {
    encryptionKey,
    signatureKey,
    credential,
    capabilities,
    leafNodeSource: "update",
    extensions,
  };
  const position = { groupId: groupIdOf(state), leafIndex: state.self.leafIndex };
  const leafNode = await signLeafNode(sign.signer ?? state.self.signer, change(content), sign.position ?? position);
  return { proposalType: "update", leafNode };
}

export interface KeyPackagePlan {
  leaf?(content: LeafNodeContent): LeafNodeContent;
  keyPackage?(content: KeyPackageTBS): KeyPackageTBS;
  readonly signer?: Signer;
  readonly leafSigner?: Signer;
  readonly packageSigner?: Signer;
}

/** A key package in which anything may be wrong, but not its signatures. */
export async function anyKeyPackage(
  environment: Environment,
  name: string,
  plan: KeyPackagePlan = {},
): Promise<KeyPackageBundle> {
  const { suite, random } = environment;
  const signer = plan.signer ?? (await generateSigner(suite, random));
  const init = await generateHpkeKeyPair(suite, random);
  const encryption = await generateHpkeKeyPair(suite, random);
  const content: LeafNodeContent = {
    encryptionKey: encryption.publicKey,
    signatureKey: signer.publicKey,
    credential: basic(name),
    capabilities: defaultCapabilities(suite),
    leafNodeSource: "key_package",
    lifetime: defaultLifetime(environment.clock),
    extensions: [],
  };
  const leafNode = await signLeafNode(plan.leafSigner ?? signer, plan.leaf?.(content) ?? content, {
    groupId: EMPTY,
    leafIndex: 0 as LeafIndex,
  });
  const honest: KeyPackageTBS = {
    version: "mls10",
    cipherSuite: suite.id,
    initKey: init.publicKey,
    leafNode,
    extensions: [],
  };
  const tbs = plan.keyPackage?.(honest) ?? honest;
  const signature = await signWithLabel(plan.packageSigner ?? signer, "KeyPackageTBS", encode(KeyPackageTBS, tbs));
  const keyPackage = { ...tbs, signature };
  return {
    keyPackage,
    reference: makeKeyPackageRef(suite, encode(KeyPackage, keyPackage)),
    initPrivateKey: init.privateKey,
    encryptionPrivateKey: encryption.privateKey,
    signer,
  };
}

export interface CommitPlan extends FramePlan {
  /** What the commit lists; a function of the KEM output if it is external. */
  readonly proposals?: readonly ProposalOrRef[] | ((kemOutput: Uint8Array) => readonly ProposalOrRef[]);
  /** Default: there is one. */
  readonly path?: boolean;
  /** Joins from outside instead of committing as a member. */
  readonly external?: {
    readonly signer: Signer;
    readonly name?: string;
    readonly capabilities?: LeafNode["capabilities"];
  };
  leaf?(content: LeafNodeContent): LeafNodeContent;
  readonly leafSigner?: Signer;
  readonly leafPosition?: LeafPosition;
  /** The public keys of the path's parents, before anything is computed over them. */
  pathKeys?(keys: readonly Uint8Array[], tree: RatchetTree): readonly Uint8Array[];
  /** The path as it is sent. */
  sealed?(path: UpdatePath): UpdatePath;
  tag?(tag: Uint8Array): Uint8Array;
  readonly initSecret?: Secret;
  /** Which leaf an external joiner takes. */
  seat?(tree: RatchetTree): { readonly tree: RatchetTree; readonly leaf: LeafIndex };
  /** The GroupContext's extensions after the commit. */
  readonly extensions?: readonly Extension[];
  /** The PSKs that go into the key schedule, in place of the proposals'. */
  readonly psks?: readonly PreSharedKeyID[];
}

export interface InsiderCommit {
  readonly message: Uint8Array;
  readonly step: EpochStep;
  readonly tree: RatchetTree;
  readonly added: readonly LeafIndex[];
  readonly path: GeneratedPath | undefined;
  readonly committer: LeafIndex;
}

/** A commit by the member whose state this is, or by an outsider who knows what it knows. */
export async function insiderCommit(
  environment: Environment,
  state: GroupState,
  plan: CommitPlan = {},
): Promise<InsiderCommit> {
  const { suite } = environment;
  const { groupContext } = state.epoch;
  const outside = plan.external === undefined ? undefined : await externalInit(environment, state);
  const listed = plan.proposals ?? [];
  const proposals = typeof listed === "function" ? listed(outside?.kemOutput ?? EMPTY) : listed;
  const sender: Sender =
    plan.sender ??
    (outside === undefined
      ? { senderType: "member", leafIndex: state.self.leafIndex }
      : { senderType: "new_member_commit" });
  const covered = proposals.map((each) => resolved(each, state, sender));
  const applied = applyAnything(state, covered);
  const seat = plan.seat ?? (outside === undefined ? undefined : leafForExternal);
  const { tree: before, leaf: committer } = seat?.(applied.tree) ?? { tree: applied.tree, leaf: state.self.leafIndex };

  const path = plan.path === false ? undefined : await pathFor(environment, state, plan, { tree: before, committer });
  const tree = path?.tree ?? before;
  const extensions = plan.extensions ?? applied.extensions;
  const provisional = provisionalContext(groupContext, tree, extensions);
  const context = { groupContext: encode(GroupContext, provisional), excluded: new Set(applied.added) };
  const encrypted = path && (await encryptPath(suite, path, { ...context, random: environment.random }));
  const sent = encrypted && (plan.sealed?.(encrypted) ?? encrypted);
  const commit: Commit = { proposals, path: sent };
  const signer = plan.signer ?? plan.external?.signer ?? state.self.signer;
  const framing = { ...plan, sender, signer };
  const { content, wireFormat, signature } = await frameAnything(state, framing, { contentType: "commit", commit });
  const psks = covered.flatMap(({ proposal }) => (proposal.proposalType === "psk" ? [proposal.psk] : []));
  const step = nextEpoch(suite, state.epoch, {
    groupContext: provisional,
    commit: { wireFormat, content, signature },
    initSecret: plan.initSecret ?? outside?.initSecret ?? state.epoch.secrets.initSecret,
    commitSecret: path?.commitSecret ?? zeroSecret(suite),
    pskSecret: await pskSecretFor({ suite, psks: environment.psks, states: [state] }, plan.psks ?? psks),
    leaves: tree.leafCount,
  });
  const confirmationTag = plan.tag?.(step.epoch.confirmationTag) ?? step.epoch.confirmationTag;
  const authenticated = { wireFormat, content, auth: { signature, confirmationTag } };
  const message = await protectAnything(environment, state, plan, authenticated);
  return { message, step, tree, added: applied.added, path, committer };
}

async function externalInit(environment: Environment, state: GroupState) {
  const groupInfo = await createGroupInfo(environment, state, { ratchetTree: false });
  return sendExternalInit(environment.suite, externalPubOf(groupInfo), environment.random);
}

function resolved(
  entry: ProposalOrRef,
  state: GroupState,
  sender: Sender,
): Pick<CachedProposal, "proposal" | "sender"> {
  if (entry.type === "proposal") return { proposal: entry.proposal, sender };
  for (const cached of state.proposals.values()) {
    if (Buffer.compare(cached.reference, entry.reference) === 0) return cached;
  }
  return { proposal: { proposalType: "psk", psk: NO_PSK }, sender };
}

const NO_PSK: PreSharedKeyID = { psktype: "external", pskId: EMPTY, pskNonce: EMPTY };

/** Applies one proposal after the other, as far as it has a meaning at all. */
function applyAnything(state: GroupState, covered: readonly Pick<CachedProposal, "proposal" | "sender">[]) {
  let { tree } = state;
  let { extensions } = state.epoch.groupContext;
  const added: LeafIndex[] = [];
  for (const { proposal } of covered)
    if (proposal.proposalType === "group_context_extensions") extensions = proposal.extensions;
  for (const { proposal, sender } of covered) {
    if (proposal.proposalType !== "update" || sender.senderType !== "member") continue;
    if (tree.leaf(sender.leafIndex) !== undefined) tree = updateLeaves(tree, [[sender.leafIndex, proposal.leafNode]]);
  }
  for (const { proposal } of covered) {
    if (proposal.proposalType !== "remove" || tree.leaf(proposal.removed) === undefined) continue;
    tree = removeLeaves(tree, [proposal.removed]);
  }
  for (const { proposal } of covered) {
    if (proposal.proposalType !== "add") continue;
    const step = addLeaves(tree, [proposal.keyPackage.leafNode]);
    tree = step.tree;
    added.push(...step.added);
  }
  return { tree, extensions, added };
}

/** §7.4, §7.5 by hand, so that leaf and keys can be anything. */
async function pathFor(
  { suite, random }: Environment,
  state: GroupState,
  plan: CommitPlan,
  { tree, committer }: { tree: RatchetTree; committer: LeafIndex },
): Promise<GeneratedPath> {
  const path = copathOf(tree, committer);
  const { pathSecrets, commitSecret } = derivePathSecrets(suite, new Secret(random(suite.kdf.Nh)), path.length);
  const own = await generateHpkeKeyPair(suite, random);
  const pairs = await deriveNodeKeyPairs(suite, pathSecrets);
  const honest = pairs.map(({ publicKey }) => publicKey);
  const publicKeys = plan.pathKeys?.(honest, tree) ?? honest;
  const filled = pathNodes(
    suite,
    path,
    publicKeys.map((publicKey) => ({ publicKey })),
  );
  const content: LeafNodeContent = {
    ...leafOf(state, plan, suite),
    encryptionKey: own.publicKey,
    leafNodeSource: "commit",
    parentHash: filled.leafParentHash,
  };
  const position = plan.leafPosition ?? { groupId: groupIdOf(state), leafIndex: committer };
  const signer = plan.leafSigner ?? plan.external?.signer ?? state.self.signer;
  const leafNode = await signLeafNode(signer, plan.leaf?.(content) ?? content, position);
  const privateKeys = new Map<NodeIndex, Secret>([[toNodeIndex(committer), own.privateKey]]);
  const nodes = path.map(({ node, copathChild }, i) => {
    const pair = pairs[i];
    if (pair !== undefined) privateKeys.set(node, pair.privateKey);
    return { node, copathChild, publicKey: publicKeys[i] ?? EMPTY };
  });
  return { tree: setPath(tree, committer, leafNode, filled), leafNode, nodes, pathSecrets, privateKeys, commitSecret };
}

function leafOf(state: GroupState, { external }: CommitPlan, suite: Environment["suite"]) {
  if (external === undefined) {
    const { signatureKey, credential, capabilities, extensions } = ownLeaf(state);
    return { signatureKey, credential, capabilities, extensions };
  }
  return {
    signatureKey: external.signer.publicKey,
    credential: basic(external.name ?? "outsider"),
    capabilities: external.capabilities ?? defaultCapabilities(suite),
    extensions: [],
  };
}

export interface WelcomePlan {
  readonly joiner: KeyPackageBundle;
  readonly tree: RatchetTree;
  /** The tree as it travels; `null` for a Welcome without. */
  readonly nodes?: RatchetTreeNodes | null;
  readonly signer: Signer;
  readonly signerIndex: LeafIndex;
  groupContext?(context: GroupContext): GroupContext;
  groupInfo?(content: GroupInfoTBS): GroupInfoTBS;
  signature?(signature: Uint8Array): Uint8Array;
  groupSecrets?(secrets: GroupSecrets): GroupSecrets;
  welcome?(welcome: Welcome): Welcome;
  readonly pathSecret?: Uint8Array;
  readonly psks?: readonly PreSharedKeyID[];
  readonly pskSecret?: Secret;
  readonly extensions?: readonly Extension[];
}

/** A Welcome to a group that may never have existed: consistent in all that the plan leaves alone. */
export async function insiderWelcome(
  environment: Environment,
  base: GroupContext,
  plan: WelcomePlan,
): Promise<Uint8Array> {
  const { suite, random } = environment;
  const honest = { ...base, treeHash: plan.tree.hash };
  const groupContext = plan.groupContext?.(honest) ?? honest;
  const joinerSecret = new Secret(random(suite.kdf.Nh));
  const pskSecret = plan.pskSecret ?? zeroSecret(suite);
  const { epoch } = joinedEpoch(suite, { groupContext, joinerSecret, pskSecret, leaves: plan.tree.leafCount });
  const nodes = plan.nodes === undefined ? nodesOf(plan.tree) : plan.nodes;
  const extensions: Extension[] = [...(plan.extensions ?? [])];
  if (nodes !== null)
    extensions.push({ extensionType: "ratchet_tree", extensionData: encode(RatchetTreeNodes, nodes) });
  const told = { groupContext, extensions, confirmationTag: epoch.confirmationTag, signer: plan.signerIndex };
  const content = plan.groupInfo?.(told) ?? told;
  const signed = await signWithLabel(plan.signer, "GroupInfoTBS", encode(GroupInfoTBS, content));
  const groupInfo: GroupInfo = { ...content, signature: plan.signature?.(signed) ?? signed };

  const { key, nonce } = deriveWelcomeKey(
    suite,
    deriveWelcomeSecret(suite, deriveMemberSecret(suite, joinerSecret, pskSecret)),
  );
  const encryptedGroupInfo = suite.aead.seal(key.bytes, nonce.bytes, EMPTY, encode(GroupInfo, groupInfo));
  const pathSecret = plan.pathSecret === undefined ? undefined : { pathSecret: plan.pathSecret };
  const secrets: GroupSecrets = { joinerSecret: joinerSecret.bytes, pathSecret, psks: plan.psks ?? [] };
  const plaintext = encode(GroupSecrets, plan.groupSecrets?.(secrets) ?? secrets);
  const { keyPackage, reference } = plan.joiner;
  const recipient = { publicKey: keyPackage.initKey, plaintext };
  const input = { label: "Welcome", context: encryptedGroupInfo };
  const [encryptedGroupSecrets] = await encryptManyWithLabel(suite, input, [recipient], random);
  if (encryptedGroupSecrets === undefined) throw new Error("nothing was encrypted");
  const welcome: Welcome = {
    cipherSuite: suite.id,
    secrets: [{ newMember: reference, encryptedGroupSecrets }],
    encryptedGroupInfo,
  };
  return encode(MLSMessage, {
    version: "mls10",
    wireFormat: "mls_welcome",
    welcome: plan.welcome?.(welcome) ?? welcome,
  });
}
