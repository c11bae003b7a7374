/** §17 and the enumerations of §5.3, §6, §7.2, §8.4 and §12.4. Unassigned values of open registries stay numbers. */

import type { Codec, InferUnion } from "../codec/codec.ts";
import { constant, enumeration, named, registry, uint16 } from "../codec/presentation.ts";

/** §6: versions of the protocol. */
const protocolVersion = registry("ProtocolVersion", { mls10: 1 });
/** §6: a version of the protocol, a number if it is not `mls10`. */
export type ProtocolVersion = InferUnion<typeof protocolVersion>;
export const ProtocolVersion: Codec<ProtocolVersion> = protocolVersion;

/** §6: `ProtocolVersion version = mls10`; anything else is `codec.unsupported`. */
export const mls10: Codec<"mls10"> = constant(ProtocolVersion, "mls10");

/** §17.1: a number, since drafts reuse values: a suite is identified by its definition. */
export const CipherSuiteValue: Codec<number> = named("CipherSuite", uint16);

/** §13.5: the values that §17 reserves in its registries of suites, extensions, proposals and credentials. */
export const GREASE_VALUES: readonly number[] = /* @__PURE__ */ Array.from(
  { length: 15 },
  (_, i) => 0x1010 * i + 0x0a0a,
);

/** §13.5: whether a value is reserved for GREASE. Nobody supports such a value, whatever a list of capabilities says. */
export function isGrease(value: string | number): boolean {
  return GREASE_VALUES.some((each) => each === value);
}

/** §17.2 */
const wireFormat = registry("WireFormat", {
  mls_public_message: 1,
  mls_private_message: 2,
  mls_welcome: 3,
  mls_group_info: 4,
  mls_key_package: 5,
});
/** §17.2: what an MLSMessage carries; a number if it is not registered. */
export type WireFormat = InferUnion<typeof wireFormat>;
export const WireFormat: Codec<WireFormat> = wireFormat;

/** §17.3 */
const extensionType = registry("ExtensionType", {
  application_id: 1,
  ratchet_tree: 2,
  required_capabilities: 3,
  external_pub: 4,
  external_senders: 5,
});
/** §17.3: a type of extension; a number if it is not registered. */
export type ExtensionType = InferUnion<typeof extensionType>;
export const ExtensionType: Codec<ExtensionType> = extensionType;

/** §17.4 */
const proposalType = registry("ProposalType", {
  add: 1,
  update: 2,
  remove: 3,
  psk: 4,
  reinit: 5,
  external_init: 6,
  group_context_extensions: 7,
});
/** §17.4: a type of proposal; a number if it is not registered. */
export type ProposalType = InferUnion<typeof proposalType>;
export const ProposalType: Codec<ProposalType> = proposalType;

/** §17.5 */
const credentialType = registry("CredentialType", { basic: 1, x509: 2 });
/** §17.5: a type of credential; a number if it is not registered. */
export type CredentialType = InferUnion<typeof credentialType>;
export const CredentialType: Codec<CredentialType> = credentialType;

/** §6 */
const contentType = enumeration("ContentType", 1, { application: 1, proposal: 2, commit: 3 });
/** §6: what a FramedContent says. */
export type ContentType = InferUnion<typeof contentType>;
export const ContentType: Codec<ContentType> = contentType;

/** §6 */
const senderType = enumeration("SenderType", 1, {
  member: 1,
  external: 2,
  new_member_proposal: 3,
  new_member_commit: 4,
});
/** §6: in what role a message was sent. */
export type SenderType = InferUnion<typeof senderType>;
export const SenderType: Codec<SenderType> = senderType;

/** §7.2 */
const leafNodeSource = enumeration("LeafNodeSource", 1, { key_package: 1, update: 2, commit: 3 });
/** §7.2: how a leaf came into the tree. */
export type LeafNodeSource = InferUnion<typeof leafNodeSource>;
export const LeafNodeSource: Codec<LeafNodeSource> = leafNodeSource;

/** §7.8 */
const nodeType = enumeration("NodeType", 1, { leaf: 1, parent: 2 });
/** §7.8: leaf or parent. */
export type NodeType = InferUnion<typeof nodeType>;
export const NodeType: Codec<NodeType> = nodeType;

/** §8.4 */
const pskType = enumeration("PSKType", 1, { external: 1, resumption: 2 });
/** §8.4: where a pre-shared key comes from. */
export type PSKType = InferUnion<typeof pskType>;
export const PSKType: Codec<PSKType> = pskType;

/** §8.4 */
const resumptionPSKUsage = enumeration("ResumptionPSKUsage", 1, { application: 1, reinit: 2, branch: 3 });
/** §8.4: what a resumption PSK is used for. */
export type ResumptionPSKUsage = InferUnion<typeof resumptionPSKUsage>;
export const ResumptionPSKUsage: Codec<ResumptionPSKUsage> = resumptionPSKUsage;

/** §12.4 */
const proposalOrRefType = enumeration("ProposalOrRefType", 1, { proposal: 1, reference: 2 });
export type ProposalOrRefType = InferUnion<typeof proposalOrRefType>;
export const ProposalOrRefType: Codec<ProposalOrRefType> = proposalOrRefType;
