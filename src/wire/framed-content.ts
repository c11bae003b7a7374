/** §6, §6.1: what every handshake and application message says, before it is protected. */

import type { Codec, Infer, InferUnion } from "../codec/codec.ts";
import { absent, opaque, uint32, uint64 } from "../codec/presentation.ts";
import { struct, variant } from "../codec/struct.ts";
import { Commit } from "./commit.ts";
import { LeafIndexValue, MAC } from "./keys.ts";
import { Proposal } from "./proposal.ts";
import { ContentType, SenderType, WireFormat } from "./registries.ts";

const sender = variant("Sender", {
  select: "senderType",
  from: SenderType,
  cases: {
    member: { leafIndex: LeafIndexValue },
    external: { senderIndex: uint32 },
    new_member_proposal: {},
    new_member_commit: {},
  },
});
/** §6: a member by its leaf, an external sender by its index, or a client that is not a member yet. */
export type Sender = InferUnion<typeof sender>;
export const Sender: Codec<Sender> = sender;

/** The selected part of FramedContent and of PrivateMessageContent. */
export const CONTENT_CASES = {
  application: { applicationData: opaque },
  proposal: { proposal: Proposal },
  commit: { commit: Commit },
} as const;

const framedContent = variant("FramedContent", {
  head: { groupId: opaque, epoch: uint64, sender: Sender, authenticatedData: opaque },
  select: "contentType",
  from: ContentType,
  cases: CONTENT_CASES,
});
/** §6: what is said, by whom, in which group and epoch. */
export type FramedContent = InferUnion<typeof framedContent>;
export const FramedContent: Codec<FramedContent> = framedContent;

/** A confirmation tag is present exactly in commits. */
export interface FramedContentAuthData {
  readonly signature: Uint8Array;
  readonly confirmationTag: Uint8Array | undefined;
}

/** FramedContentAuthData's shape depends on the content it stands beside. */
export function framedContentAuthData(contentType: ContentType): Codec<FramedContentAuthData> {
  return contentType === "commit" ? authDataOfCommit : authDataOfOthers;
}

const authDataOfCommit = struct("FramedContentAuthData", { signature: opaque, confirmationTag: MAC });
const authDataOfOthers = struct("FramedContentAuthData", { signature: opaque, confirmationTag: absent });

/** §6: the content of a message with its authentication, whatever protected it. */
const authenticatedContent = struct("AuthenticatedContent", {
  wireFormat: WireFormat,
  content: FramedContent,
  auth: ({ content }: { content: FramedContent }) => framedContentAuthData(content.contentType),
});
/** §6: content with its signature and, for a commit, its confirmation tag. */
export interface AuthenticatedContent extends Infer<typeof authenticatedContent> {}
export const AuthenticatedContent: Codec<AuthenticatedContent> = authenticatedContent;
