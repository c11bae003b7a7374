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
export interface GroupInfoTBS extends Infer<typeof groupInfoTBS> {}
export const GroupInfoTBS: Codec<GroupInfoTBS> = groupInfoTBS;

const groupInfo = struct("GroupInfo", {
  groupContext: GroupContext,
  extensions: vector(Extension),
  confirmationTag: MAC,
  signer: LeafIndexValue,
  signature: opaque,
});
export interface GroupInfo extends Infer<typeof groupInfo> {}
export const GroupInfo: Codec<GroupInfo> = groupInfo;
