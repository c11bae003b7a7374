/** §12.4.3: GroupInfo: made, and verified together with its tree. */

import { copy, equal } from "../bytes.ts";
import { copyOf, decode, encode } from "../codec/codec.ts";
import { vector } from "../codec/presentation.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { signWithLabel, type Verified, verifyWithLabel } from "../crypto/labels.ts";
import type { Signer } from "../crypto/signer.ts";
import { InvalidError, MalformedError, StaleError } from "../errors.ts";
import type { Epoch } from "../schedule/epoch.ts";
import { externalKeyPair } from "../schedule/key-schedule.ts";
import { interimTranscriptHash } from "../schedule/transcript.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import { decodeTree, encodeTree, treeOfNodes } from "../tree/ratchet-tree-extension.ts";
import type { LeafIndex } from "../tree-math.ts";
import { Extension, ExternalPub, extensionData } from "../wire/extension.ts";
import { GroupContext } from "../wire/group-context.ts";
import { type GroupInfo, GroupInfoTBS } from "../wire/group-info.ts";
import { MLSMessage } from "../wire/message.ts";
import { RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import type { Clients } from "./clients.ts";
import { type Environment, policyOf } from "./environment.ts";
import { checkExtensions } from "./extensions.ts";
import { withGreaseExtension } from "./grease.ts";
import { registryOf } from "./registrations.ts";
import { type GroupState, type PublicEpoch, type PublicState, requireOpen } from "./state.ts";

/** What a GroupInfo carries besides the group's context. */
export interface GroupInfoOptions {
  /** Whether the tree travels inside (§12.4.3.3). Default: true. */
  readonly ratchetTree?: boolean;
  /** Whether the external public key is in it, which allows external joins (§12.4.3.2). Default: true. */
  readonly externalPub?: boolean;
  /** Further extensions. */
  readonly extensions?: readonly Extension[];
}

/** What GroupInfo says, of the current epoch or of a pending one. */
export interface GroupInfoSource {
  readonly epoch: Epoch;
  readonly tree: RatchetTree;
  readonly leafIndex: LeafIndex;
  /** Of the leaf at `leafIndex` in `tree`. */
  readonly signer: Signer;
}

/**
 * A signed GroupInfo of the current epoch, to be handed to those who may join externally. One serves one join.
 *
 * @throws UsageError `state.removed`, `state.reinitialized`
 */
export async function createGroupInfo(
  environment: Environment,
  state: GroupState,
  options: GroupInfoOptions = {},
): Promise<GroupInfo> {
  requireOpen(environment, state);
  const { epoch, tree, self } = state;
  return signGroupInfo(environment, { epoch, tree, leafIndex: self.leafIndex, signer: self.signer }, options);
}

export async function signGroupInfo(
  environment: Environment,
  { epoch, tree, leafIndex, signer }: GroupInfoSource,
  { ratchetTree = true, externalPub = true, extensions = [] }: GroupInfoOptions,
): Promise<GroupInfo> {
  const { suite } = environment;
  const all: Extension[] = [...withGreaseExtension(environment, copyOf(vector(Extension), extensions))];
  if (externalPub) all.push(await externalPubExtension(suite, epoch));
  if (ratchetTree) all.push({ extensionType: "ratchet_tree", extensionData: encodeTree(tree) });
  checkExtensions(registryOf(environment), all, "group_info");
  const content: GroupInfoTBS = {
    groupContext: epoch.groupContext,
    extensions: all,
    confirmationTag: epoch.confirmationTag,
    signer: leafIndex,
  };
  return { ...content, signature: await signWithLabel(signer, "GroupInfoTBS", encode(GroupInfoTBS, content)) };
}

async function externalPubExtension(suite: CipherSuite, epoch: Epoch): Promise<Extension> {
  const { publicKey, privateKey } = await externalKeyPair(suite, epoch.secrets.externalSecret);
  privateKey.dispose();
  return { extensionType: "external_pub", extensionData: encode(ExternalPub, { externalPub: publicKey }) };
}

/** The tree of a GroupInfo: out of band if given, else from its extension. Not yet compared with the tree hash. */
export interface GroupInfoTree {
  /** Its signature is verified. */
  readonly groupInfo: GroupInfo;
  /** Its hash is the one in the GroupContext. */
  readonly tree: RatchetTree;
}

/**
 * §12.4.3, §12.4.3.3: verifies a GroupInfo with its tree: tree hash, and signature by the leaf that signed. The leaves'
 * own validity and credentials are judged when joining.
 *
 * @throws StaleError `tree.missing` @throws InvalidError `group_info.*`, `tree.*`
 */
export async function verifyGroupInfo(
  environment: Pick<Environment, "suite" | "policy" | "registrations">,
  groupInfo: GroupInfo,
  ratchetTree?: RatchetTreeNodes,
): Promise<Verified<GroupInfoTree>> {
  const { suite } = environment;
  const { signature, ...content } = groupInfo;
  const registry = registryOf(environment);
  checkExtensions(registry, groupInfo.extensions, "group_info");
  checkExtensions(registry, groupInfo.groupContext.extensions, "group_context");
  const { maxLeaves } = policyOf(environment);
  const tree =
    ratchetTree === undefined
      ? decodeTree(suite, treeExtension(groupInfo), { ...registry, maxLeaves })
      : treeOfNodes(suite, copyOf(RatchetTreeNodes, ratchetTree), { maxLeaves });
  if (!equal(tree.hash, groupInfo.groupContext.treeHash)) throw new InvalidError("tree.hash_mismatch");
  const signatureKey = tree.signatureKey(groupInfo.signer);
  if (signatureKey === undefined) throw new InvalidError("group_info.signer_blank", { leaf: groupInfo.signer });
  try {
    return await verifyWithLabel(
      suite,
      { groupInfo, tree },
      {
        publicKey: signatureKey,
        label: "GroupInfoTBS",
        content: encode(GroupInfoTBS, content),
        signature,
      },
    );
  } catch (cause) {
    if (cause instanceof InvalidError && cause.code === "signature.invalid") {
      throw new InvalidError("group_info.signature", { leaf: groupInfo.signer }, { cause });
    }
    throw cause;
  }
}

function treeExtension(groupInfo: GroupInfo): Uint8Array {
  const data = extensionData(groupInfo.extensions, "ratchet_tree");
  if (data === undefined) throw new StaleError("tree.missing");
  return data;
}

/** What a GroupInfo, its tree and the clients in it make known of a group. */
export function publicStateOf(
  suite: CipherSuite,
  { groupInfo: { groupContext, confirmationTag }, tree }: GroupInfoTree,
  clients: Clients,
): PublicState {
  const confirmed = groupContext.confirmedTranscriptHash;
  const epoch: PublicEpoch = {
    groupContext,
    encodedGroupContext: encode(GroupContext, groupContext),
    confirmationTag,
    interimTranscriptHash: interimTranscriptHash(suite, confirmed, confirmationTag),
  };
  return { epoch, tree, clients, proposals: new Map(), closed: undefined };
}

/** §12.4.3: a client is in a group once. @throws StaleError `group.already_joined` */
export function requireNew({ groupContext }: GroupInfo, joined: readonly Uint8Array[]): void {
  if (joined.some((groupId) => equal(groupId, groupContext.groupId))) throw new StaleError("group.already_joined");
}

/** The public key for external joins. @throws StaleError `group_info.no_external_pub` */
export function externalPubOf(groupInfo: GroupInfo): Uint8Array {
  const data = extensionData(groupInfo.extensions, "external_pub");
  if (data === undefined) throw new StaleError("group_info.no_external_pub");
  return decode(ExternalPub, data).externalPub;
}

/** The GroupInfo in an encoded MLSMessage. @throws MalformedError `message.wrong_wire_format`, `codec.*` */
export function groupInfoIn(bytes: Uint8Array): GroupInfo {
  const message = decode(MLSMessage, copy(bytes));
  if (message.wireFormat !== "mls_group_info") {
    throw new MalformedError("message.wrong_wire_format", { wireFormat: message.wireFormat });
  }
  return message.groupInfo;
}
