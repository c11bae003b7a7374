/** §12.1: proposals. A type that the RFC does not define is `codec.unsupported` unless the decode call has its body. */

import type { Codec, Infer, InferUnion } from "../codec/codec.ts";
import { opaque, vector } from "../codec/presentation.ts";
import { openVariant, struct } from "../codec/struct.ts";
import { Extension } from "./extension.ts";
import { KeyPackage } from "./key-package.ts";
import { LeafIndexValue } from "./keys.ts";
import { LeafNode } from "./leaf-node.ts";
import { PreSharedKeyID } from "./pre-shared-key.ts";
import { CipherSuiteValue, ProposalType, ProtocolVersion } from "./registries.ts";

const add = struct("Add", { keyPackage: KeyPackage });
/** §12.1.1: the client of a key package becomes a member. */
export interface Add extends Infer<typeof add> {}
export const Add: Codec<Add> = add;

const update = struct("Update", { leafNode: LeafNode });
/** §12.1.2: the sender replaces its leaf. */
export interface Update extends Infer<typeof update> {}
export const Update: Codec<Update> = update;

const remove = struct("Remove", { removed: LeafIndexValue });
/** §12.1.3: the member at a leaf leaves the group. */
export interface Remove extends Infer<typeof remove> {}
export const Remove: Codec<Remove> = remove;

const preSharedKey = struct("PreSharedKey", { psk: PreSharedKeyID });
/** §12.1.4: a pre-shared key goes into the key schedule. */
export interface PreSharedKey extends Infer<typeof preSharedKey> {}
export const PreSharedKey: Codec<PreSharedKey> = preSharedKey;

const reInit = struct("ReInit", {
  groupId: opaque,
  version: ProtocolVersion,
  cipherSuite: CipherSuiteValue,
  extensions: vector(Extension),
});
/** §12.1.5: the group ends, to be continued by another with these parameters. */
export interface ReInit extends Infer<typeof reInit> {}
export const ReInit: Codec<ReInit> = reInit;

const externalInit = struct("ExternalInit", { kemOutput: opaque });
/** §12.1.6: what an external commit puts in place of the init secret. */
export interface ExternalInit extends Infer<typeof externalInit> {}
export const ExternalInit: Codec<ExternalInit> = externalInit;

const groupContextExtensions = struct("GroupContextExtensions", { extensions: vector(Extension) });
/** §12.1.7: the extensions of the GroupContext are replaced. */
export interface GroupContextExtensions extends Infer<typeof groupContextExtensions> {}
export const GroupContextExtensions: Codec<GroupContextExtensions> = groupContextExtensions;

const proposal = openVariant("Proposal", {
  select: "proposalType",
  from: ProposalType,
  cases: {
    add,
    update,
    remove,
    psk: preSharedKey,
    reinit: reInit,
    external_init: externalInit,
    group_context_extensions: groupContextExtensions,
  },
});
/**
 * §12.1: a change to the group that a commit can put into force. One of a type that the RFC does not define (§13.2) has its
 * type's number, and its body in octets.
 */
export type Proposal = InferUnion<typeof proposal>;
export const Proposal: Codec<Proposal> = proposal;

/** §13.2: a proposal of a type that the RFC does not define. */
export type OpaqueProposal = Extract<Proposal, { readonly body: Uint8Array }>;
