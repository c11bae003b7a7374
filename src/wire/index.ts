/** Every struct of RFC 9420 that travels: `copath/wire`. */

export { fromBase64Url, toBase64Url } from "../bytes.ts";
export { Commit, ProposalOrRef } from "./commit.ts";
export { Certificate, Credential, type OpaqueCredential } from "./credential.ts";
export {
  ApplicationId,
  applicationIdExtension,
  applicationIdOf,
  Extension,
  ExternalPub,
  ExternalSender,
  ExternalSenders,
  extensionData,
  externalSendersOf,
  RequiredCapabilities,
  requiredCapabilitiesOf,
} from "./extension.ts";
export {
  AuthenticatedContent,
  FramedContent,
  type FramedContentAuthData,
  framedContentAuthData,
  Sender,
} from "./framed-content.ts";
export { GroupContext } from "./group-context.ts";
export { GroupInfo, GroupInfoTBS } from "./group-info.ts";
export { KeyPackage, KeyPackageTBS } from "./key-package.ts";
export { HPKECiphertext } from "./keys.ts";
export { Capabilities, LeafNode, LeafNodeTBS, Lifetime, ParentNode } from "./leaf-node.ts";
export { MEDIA_TYPE, versionOfMediaType } from "./media-type.ts";
export { MLSMessage, PrivateMessage, PublicMessage, SenderData } from "./message.ts";
export { PreSharedKeyID } from "./pre-shared-key.ts";
export {
  Add,
  ExternalInit,
  GroupContextExtensions,
  type OpaqueProposal,
  PreSharedKey,
  Proposal,
  ReInit,
  Remove,
  Update,
} from "./proposal.ts";
export { Node, RatchetTreeNodes } from "./ratchet-tree.ts";
export {
  ContentType,
  CredentialType,
  ExtensionType,
  GREASE_VALUES,
  isGrease,
  LeafNodeSource,
  NodeType,
  ProposalType,
  ProtocolVersion,
  PSKType,
  ResumptionPSKUsage,
  SenderType,
  WireFormat,
} from "./registries.ts";
export { UpdatePath, UpdatePathNode } from "./update-path.ts";
export { EncryptedGroupSecrets, GroupSecrets, PathSecret, Welcome } from "./welcome.ts";
