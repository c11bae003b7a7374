/** §8.1: the summary of a group's state. */

import type { Codec, Infer } from "../codec/codec.ts";
import { opaque, uint64, vector } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import { Extension } from "./extension.ts";
import { CipherSuiteValue, mls10 } from "./registries.ts";

const groupContext = struct("GroupContext", {
  version: mls10,
  cipherSuite: CipherSuiteValue,
  groupId: opaque,
  epoch: uint64,
  treeHash: opaque,
  confirmedTranscriptHash: opaque,
  extensions: vector(Extension),
});
/** §8.1: what all members of an epoch agree on. */
export interface GroupContext extends Infer<typeof groupContext> {}
export const GroupContext: Codec<GroupContext> = groupContext;
