/** §6, §6.2, §6.3: the messages on the wire. */

import type { Codec, Infer, InferUnion } from "../codec/codec.ts";
import { absent, fixed, opaque, uint32, uint64 } from "../codec/presentation.ts";
import { struct, variant } from "../codec/struct.ts";
import { FramedContent, framedContentAuthData } from "./framed-content.ts";
import { GroupInfo } from "./group-info.ts";
import { KeyPackage } from "./key-package.ts";
import { LeafIndexValue, MAC } from "./keys.ts";
import { ContentType, mls10, WireFormat } from "./registries.ts";
import { Welcome } from "./welcome.ts";

/** §6.2: the membership tag is present exactly when the sender is a member. */
const publicMessage = struct("PublicMessage", {
  content: FramedContent,
  auth: ({ content }: { content: FramedContent }) => framedContentAuthData(content.contentType),
  membershipTag: ({ content }: { content: FramedContent }) => (content.sender.senderType === "member" ? MAC : absent),
});
/** §6.2: a message that is signed, and from members authenticated, but not encrypted. */
export interface PublicMessage extends Infer<typeof publicMessage> {}
export const PublicMessage: Codec<PublicMessage> = publicMessage;

/** §6.3 */
const privateMessage = struct("PrivateMessage", {
  groupId: opaque,
  epoch: uint64,
  contentType: ContentType,
  authenticatedData: opaque,
  encryptedSenderData: opaque,
  ciphertext: opaque,
});
/** §6.3: a message that is encrypted to the members of an epoch. */
export interface PrivateMessage extends Infer<typeof privateMessage> {}
export const PrivateMessage: Codec<PrivateMessage> = privateMessage;

/** §6.3.1 */
const privateContentAAD = struct("PrivateContentAAD", {
  groupId: opaque,
  epoch: uint64,
  contentType: ContentType,
  authenticatedData: opaque,
});
export interface PrivateContentAAD extends Infer<typeof privateContentAAD> {}
export const PrivateContentAAD: Codec<PrivateContentAAD> = privateContentAAD;

/** §6.3.2 */
const senderData = struct("SenderData", { leafIndex: LeafIndexValue, generation: uint32, reuseGuard: fixed(4) });
/** §6.3.2: who sent a private message, and with which key. */
export interface SenderData extends Infer<typeof senderData> {}
export const SenderData: Codec<SenderData> = senderData;

/** §6.3.2 */
const senderDataAAD = struct("SenderDataAAD", { groupId: opaque, epoch: uint64, contentType: ContentType });
export interface SenderDataAAD extends Infer<typeof senderDataAAD> {}
export const SenderDataAAD: Codec<SenderDataAAD> = senderDataAAD;

/** §6 */
const mlsMessage = variant("MLSMessage", {
  head: { version: mls10 },
  select: "wireFormat",
  from: WireFormat,
  cases: {
    mls_public_message: { publicMessage: PublicMessage },
    mls_private_message: { privateMessage: PrivateMessage },
    mls_welcome: { welcome: Welcome },
    mls_group_info: { groupInfo: GroupInfo },
    mls_key_package: { keyPackage: KeyPackage },
  },
});
/** §6: everything that travels, by its wire format. */
export type MLSMessage = InferUnion<typeof mlsMessage>;
export const MLSMessage: Codec<MLSMessage> = mlsMessage;
