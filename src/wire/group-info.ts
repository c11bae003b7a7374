/** §12.4.3: GroupInfo. */

import type { Codec, Infer } from "../codec/codec.ts";
import { opaque, vector } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import { Extension } from "./extension.ts";
import { GroupContext } from "./group-context.ts";
import { LeafIndexValue, MAC } from "./keys.ts";

const groupInfoTBS = struct("GroupInfoTBS", {
  groupContext: GroupContext,
  extensions: vector(Extension),
  confirmationTag: MAC,
  signer: LeafIndexValue,
});
/** §12.4.3: what the signature of a GroupInfo covers. */
export interface GroupInfoTBS extends Infer<typeof groupInfoTBS> {}
export const GroupInfoTBS: Codec<GroupInfoTBS> = groupInfoTBS;

const groupInfo = struct("GroupInfo", {
  groupContext: GroupContext,
  extensions: vector(Extension),
  confirmationTag: MAC,
  signer: LeafIndexValue,
  signature: opaque,
});
/** §12.4.3: a group's public state at an epoch, signed by a member. */
export interface GroupInfo extends Infer<typeof groupInfo> {}
export const GroupInfo: Codec<GroupInfo> = groupInfo;
