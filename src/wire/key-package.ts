/** §10: key packages. */

import type { Codec, Infer } from "../codec/codec.ts";
import { opaque, vector } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import { Extension } from "./extension.ts";
import { HPKEPublicKey } from "./keys.ts";
import { LeafNode } from "./leaf-node.ts";
import { CipherSuiteValue, ProtocolVersion } from "./registries.ts";

const keyPackageTBS = struct("KeyPackageTBS", {
  version: ProtocolVersion,
  cipherSuite: CipherSuiteValue,
  initKey: HPKEPublicKey,
  leafNode: LeafNode,
  extensions: vector(Extension),
});
/** §10: what the signature of a key package covers. */
export interface KeyPackageTBS extends Infer<typeof keyPackageTBS> {}
export const KeyPackageTBS: Codec<KeyPackageTBS> = keyPackageTBS;

const keyPackage = struct("KeyPackage", {
  version: ProtocolVersion,
  cipherSuite: CipherSuiteValue,
  initKey: HPKEPublicKey,
  leafNode: LeafNode,
  extensions: vector(Extension),
  signature: opaque,
});
/** §10: what others need to add a client to a group while it is offline. */
export interface KeyPackage extends Infer<typeof keyPackage> {}
export const KeyPackage: Codec<KeyPackage> = keyPackage;
