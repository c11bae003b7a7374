/** Makes `messages`: every struct of §6 to §12 that travels. */

import { EMPTY, toHex } from "../bytes.ts";
import { type Codec, encode } from "../codec/codec.ts";
import type { Content } from "../group/protect.ts";
import { leafIndex } from "../tree-math.ts";
import { Commit } from "../wire/commit.ts";
import { type Extension, ExternalPub } from "../wire/extension.ts";
import type { Sender } from "../wire/framed-content.ts";
import type { GroupInfo } from "../wire/group-info.ts";
import { MLSMessage } from "../wire/message.ts";
import { Add, ExternalInit, GroupContextExtensions, PreSharedKey, ReInit, Remove, Update } from "../wire/proposal.ts";
import { type Node, RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import { GroupSecrets, type Welcome } from "../wire/welcome.ts";
import type { MakeInput } from "./make-formulas.ts";
import { byValue, StructMaker, type StructMaker as Structs } from "./make-structs.ts";

/** A case with as little in every struct as the syntax allows and, unless in small files, one with much. */
export async function makeMessages(input: MakeInput): Promise<unknown[]> {
  const structs = new StructMaker(input);
  const bare = await bareMessages(structs);
  return input.small ? [bare] : [bare, await richMessages(structs)];
}

async function richMessages(structs: Structs): Promise<unknown> {
  const { suite, random } = structs;
  const member: Sender = { senderType: "member", leafIndex: leafIndex(2 ** 32 - 1) };
  const keyPackage = await structs.keyPackage(structs.x509(), structs.extensions());
  const leafNode = await structs.leafNode("update", structs.x509());
  const small = structs.smallProposals();
  const pathSecret = { pathSecret: random(suite.kdf.Nh) };
  const psks = [structs.externalPsk(), structs.resumptionPsk("application"), structs.resumptionPsk("reinit")];
  const proposals = [
    byValue({ proposalType: "add", keyPackage }),
    structs.reference(),
    byValue({ proposalType: "update", leafNode }),
    ...Object.values(small).map(byValue),
  ];
  const commit = { proposals, path: await structs.updatePath([1, 0, 2]) };
  const nodes = [await leaf(structs), undefined, await leaf(structs), await parent(structs), undefined, undefined];
  const group = { groupId: random(64), epoch: 2n ** 64n - 1n, authenticatedData: random(64) };
  const sealed = { encryptedSenderData: random(12 + suite.aead.Nt), ciphertext: random(700) };
  return {
    mls_welcome: await welcome(structs, 2),
    mls_group_info: await groupInfo(structs, structs.extensions()),
    mls_key_package: message({ wireFormat: "mls_key_package", keyPackage }),
    ratchet_tree: hex(RatchetTreeNodes, [...nodes, await leaf(structs)]),
    group_secrets: hex(GroupSecrets, { joinerSecret: random(suite.kdf.Nh), pathSecret, psks }),
    add_proposal: hex(Add, { keyPackage }),
    update_proposal: hex(Update, { leafNode }),
    remove_proposal: hex(Remove, small.remove),
    pre_shared_key_proposal: hex(PreSharedKey, small.psk),
    re_init_proposal: hex(ReInit, small.reInit),
    external_init_proposal: hex(ExternalInit, small.externalInit),
    group_context_extensions_proposal: hex(GroupContextExtensions, small.groupContextExtensions),
    commit: hex(Commit, commit),
    public_message_application: said(structs, member, { contentType: "application", applicationData: random(64) }),
    public_message_proposal: said(structs, member, { contentType: "proposal", proposal: small.reInit }),
    public_message_commit: said(structs, member, { contentType: "commit", commit }),
    private_message: message({
      wireFormat: "mls_private_message",
      privateMessage: { ...group, ...sealed, contentType: "commit" },
    }),
  };
}

/** Messages are from those who are not members: they have no membership tag. */
async function bareMessages(structs: Structs): Promise<unknown> {
  const leafNode = await structs.leafNode("update", structs.basic());
  const keyPackage = await structs.keyPackage(structs.basic(), []);
  const psk = { psktype: "external", pskId: EMPTY, pskNonce: EMPTY } as const;
  const reInit = { groupId: EMPTY, version: "mls10", cipherSuite: structs.suite.id, extensions: [] } as const;
  const commit = { proposals: [], path: undefined };
  const proposal = { proposalType: "add", keyPackage } as const;
  const group = { groupId: EMPTY, epoch: 0n, authenticatedData: EMPTY };
  const sealed = { encryptedSenderData: EMPTY, ciphertext: EMPTY };
  return {
    mls_welcome: await welcome(structs, 0),
    mls_group_info: await groupInfo(structs, []),
    mls_key_package: message({ wireFormat: "mls_key_package", keyPackage }),
    ratchet_tree: hex(RatchetTreeNodes, [await leaf(structs)]),
    group_secrets: hex(GroupSecrets, { joinerSecret: EMPTY, pathSecret: undefined, psks: [] }),
    add_proposal: hex(Add, { keyPackage }),
    update_proposal: hex(Update, { leafNode }),
    remove_proposal: hex(Remove, { removed: leafIndex(0) }),
    pre_shared_key_proposal: hex(PreSharedKey, { psk }),
    re_init_proposal: hex(ReInit, reInit),
    external_init_proposal: hex(ExternalInit, { kemOutput: EMPTY }),
    group_context_extensions_proposal: hex(GroupContextExtensions, { extensions: [] }),
    commit: hex(Commit, commit),
    public_message_application: said(
      structs,
      { senderType: "external", senderIndex: 2 ** 32 - 1 },
      { contentType: "application", applicationData: EMPTY },
    ),
    public_message_proposal: said(
      structs,
      { senderType: "new_member_proposal" },
      { contentType: "proposal", proposal },
    ),
    public_message_commit: said(structs, { senderType: "new_member_commit" }, { contentType: "commit", commit }),
    private_message: message({
      wireFormat: "mls_private_message",
      privateMessage: { ...group, ...sealed, contentType: "application" },
    }),
  };
}

async function leaf(structs: Structs): Promise<Node> {
  return { nodeType: "leaf", leafNode: await structs.leafNode("key_package", structs.basic()) };
}

async function parent(structs: Structs): Promise<Node> {
  const [encryptionKey, parentHash] = [await structs.hpkeKey(), structs.random(structs.suite.hash.length)];
  return {
    nodeType: "parent",
    parentNode: { encryptionKey, parentHash, unmergedLeaves: [leafIndex(1), leafIndex(3)] },
  };
}

async function welcome(structs: Structs, joiners: number): Promise<string> {
  const { suite, random } = structs;
  const secrets: Welcome["secrets"][number][] = [];
  for (let i = 0; i < joiners; i++) {
    const encryptedGroupSecrets = await structs.ciphertext(100);
    secrets.push({ newMember: random(suite.hash.length), encryptedGroupSecrets });
  }
  const encryptedGroupInfo = random(400 * joiners);
  return message({ wireFormat: "mls_welcome", welcome: { cipherSuite: suite.id, secrets, encryptedGroupInfo } });
}

/** With the extensions given in the GroupContext and, after the external public key, in the GroupInfo. */
async function groupInfo(structs: Structs, extensions: readonly Extension[]): Promise<string> {
  const { suite, random } = structs;
  const extensionData = encode(ExternalPub, { externalPub: await structs.hpkeKey() });
  const groupContext: GroupInfo["groupContext"] = {
    version: "mls10",
    cipherSuite: suite.id,
    groupId: random(16 * extensions.length),
    epoch: 2n ** 32n,
    treeHash: random(suite.hash.length),
    confirmedTranscriptHash: random(suite.hash.length),
    extensions,
  };
  const groupInfo: GroupInfo = {
    groupContext,
    extensions: [{ extensionType: "external_pub", extensionData }, ...extensions],
    confirmationTag: random(suite.hash.length),
    signer: leafIndex(0),
    signature: random(64),
  };
  return message({ wireFormat: "mls_group_info", groupInfo });
}

/** A PublicMessage with a signature and tags that are those of nobody. */
function said(structs: Structs, sender: Sender, content: Content): string {
  const { suite, random } = structs;
  const mac = random(suite.hash.length);
  const confirmationTag = content.contentType === "commit" ? mac : undefined;
  const membershipTag = sender.senderType === "member" ? mac : undefined;
  const auth = { signature: random(64), confirmationTag };
  const publicMessage = { content: structs.framed(sender, content), auth, membershipTag };
  return message({ wireFormat: "mls_public_message", publicMessage });
}

type Unversioned<T> = T extends MLSMessage ? Omit<T, "version"> : never;

function message(value: Unversioned<MLSMessage>): string {
  return hex(MLSMessage, { version: "mls10", ...value });
}

function hex<T>(codec: Codec<T>, value: T): string {
  return toHex(encode(codec, value));
}
