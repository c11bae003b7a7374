/** §7.6: update paths. */

import type { Codec, Infer } from "../codec/codec.ts";
import { vector } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import { HPKECiphertext, HPKEPublicKey } from "./keys.ts";
import { LeafNode } from "./leaf-node.ts";

const updatePathNode = struct("UpdatePathNode", {
  encryptionKey: HPKEPublicKey,
  encryptedPathSecret: vector(HPKECiphertext),
});
/** §7.6: one new key, and its path secret encrypted to those below. */
export interface UpdatePathNode extends Infer<typeof updatePathNode> {}
export const UpdatePathNode: Codec<UpdatePathNode> = updatePathNode;

const updatePath = struct("UpdatePath", { leafNode: LeafNode, nodes: vector(UpdatePathNode) });
/** §7.6: the committer's new leaf and new keys above it. */
export interface UpdatePath extends Infer<typeof updatePath> {}
export const UpdatePath: Codec<UpdatePath> = updatePath;
