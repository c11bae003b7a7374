/** §7.1, §7.2: the contents of tree nodes. */

import type { Codec, Infer, InferUnion } from "../codec/codec.ts";
import { opaque, uint64, vector } from "../codec/presentation.ts";
import { struct, variant } from "../codec/struct.ts";
import { Credential } from "./credential.ts";
import { Extension } from "./extension.ts";
import { HPKEPublicKey, LeafIndexValue, SignaturePublicKey } from "./keys.ts";
import {
  CipherSuiteValue,
  CredentialType,
  ExtensionType,
  LeafNodeSource,
  ProposalType,
  ProtocolVersion,
} from "./registries.ts";

const parentNode = struct("ParentNode", {
  encryptionKey: HPKEPublicKey,
  parentHash: opaque,
  unmergedLeaves: vector(LeafIndexValue),
});
/** §7.1: a parent of the ratchet tree that is not blank. */
export interface ParentNode extends Infer<typeof parentNode> {}
export const ParentNode: Codec<ParentNode> = parentNode;

const capabilities = struct("Capabilities", {
  versions: vector(ProtocolVersion),
  cipherSuites: vector(CipherSuiteValue),
  extensions: vector(ExtensionType),
  proposals: vector(ProposalType),
  credentials: vector(CredentialType),
});
/** §7.2: what a member supports, apart from what every client must. */
export interface Capabilities extends Infer<typeof capabilities> {}
export const Capabilities: Codec<Capabilities> = capabilities;

/** Seconds since the Unix epoch. */
const lifetime = struct("Lifetime", { notBefore: uint64, notAfter: uint64 });
/** §7.2: when a leaf of a key package is valid, in seconds since the Unix epoch. */
export interface Lifetime extends Infer<typeof lifetime> {}
export const Lifetime: Codec<Lifetime> = lifetime;

const head = {
  encryptionKey: HPKEPublicKey,
  signatureKey: SignaturePublicKey,
  credential: Credential,
  capabilities: Capabilities,
};
const extensions = vector(Extension);

const leafNode = variant("LeafNode", {
  head,
  select: "leafNodeSource",
  from: LeafNodeSource,
  cases: { key_package: { lifetime: Lifetime }, update: {}, commit: { parentHash: opaque } },
  tail: { extensions, signature: opaque },
});
/** §7.2: a member: its keys, its credential, and what it supports. */
export type LeafNode = InferUnion<typeof leafNode>;
export const LeafNode: Codec<LeafNode> = leafNode;

/** What a leaf's signature covers; the group's part is absent for `key_package`. */
const leafNodeTBS = variant("LeafNodeTBS", {
  head,
  select: "leafNodeSource",
  from: LeafNodeSource,
  cases: {
    key_package: { lifetime: Lifetime, extensions },
    update: { extensions, groupId: opaque, leafIndex: LeafIndexValue },
    commit: { parentHash: opaque, extensions, groupId: opaque, leafIndex: LeafIndexValue },
  },
});
/** §7.2: what a leaf's signature covers. */
export type LeafNodeTBS = InferUnion<typeof leafNodeTBS>;
export const LeafNodeTBS: Codec<LeafNodeTBS> = leafNodeTBS;
