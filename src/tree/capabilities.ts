/**
 * §7.2, §11.1, §13.4: what a client, or all members together, can be asked for. Default types are supported without being
 * listed; credential types, versions and cipher suites have no defaults. Values nobody here knows are compared like any
 * others. A client's own list counts without GREASE (§13.5), and so does every list of what all members support.
 */

import type { Extension, RequiredCapabilities } from "../wire/extension.ts";
import { requiredCapabilitiesOf } from "../wire/extension.ts";
import type { Capabilities } from "../wire/leaf-node.ts";
import { type CredentialType, type ExtensionType, isGrease, type ProposalType } from "../wire/registries.ts";

/** Extension types that every client supports, and that must not be listed (§7.2). */
export const DEFAULT_EXTENSIONS: ReadonlySet<ExtensionType> = new Set<ExtensionType>([
  "application_id",
  "ratchet_tree",
  "required_capabilities",
  "external_pub",
  "external_senders",
]);

/**
 * §13.4: extensions in one list, and certificates in one credential. An extension without a body takes three octets, and a
 * hundred times that in memory; what is accepted leaf by leaf must still be readable together, as a tree (`codec.limit`).
 */
export const MAX_LIST_LENGTH = 32;

/** Proposal types that every client supports, and that must not be listed (§7.2). */
export const DEFAULT_PROPOSALS: ReadonlySet<ProposalType> = new Set<ProposalType>([
  "add",
  "update",
  "remove",
  "psk",
  "reinit",
  "external_init",
  "group_context_extensions",
]);

/** Whether capabilities, of one client or of all members (`RatchetTree.support`), cover an extension type. */
export function supportsExtension(capabilities: Capabilities, type: ExtensionType): boolean {
  return DEFAULT_EXTENSIONS.has(type) || (capabilities.extensions.includes(type) && !isGrease(type));
}

/** Whether capabilities, of one client or of all members (`RatchetTree.support`), cover a proposal type. */
export function supportsProposal(capabilities: Capabilities, type: ProposalType): boolean {
  return DEFAULT_PROPOSALS.has(type) || (capabilities.proposals.includes(type) && !isGrease(type));
}

/** What a group asks of each member. */
export interface GroupDemands {
  /** Types of the extensions in the GroupContext (§13.4). */
  readonly extensionTypes: readonly ExtensionType[];
  /** §11.1 */
  readonly required: RequiredCapabilities | undefined;
}

/** What the extensions of a GroupContext ask of each member. @throws MalformedError `codec.*` */
export function demandsOf(groupExtensions: readonly Extension[]): GroupDemands {
  return {
    extensionTypes: groupExtensions.map((each) => each.extensionType),
    required: requiredCapabilitiesOf(groupExtensions),
  };
}

/** A demand that is not met. */
export interface Lack {
  /** `extension` if the GroupContext uses it, the others if `required_capabilities` names it. */
  readonly kind: "extension" | "required_extension" | "required_proposal" | "required_credential";
  /** What is not supported. */
  readonly type: ExtensionType | ProposalType | CredentialType;
}

/** The first demand that capabilities, of one client or of all members (`RatchetTree.support`), do not meet. */
export function firstLack(capabilities: Capabilities, { extensionTypes, required }: GroupDemands): Lack | undefined {
  // Sets, because both lists may be as long as an attacker likes.
  const extensions = new Set(withoutGrease(capabilities.extensions));
  const lacksExtension = (type: ExtensionType) => !DEFAULT_EXTENSIONS.has(type) && !extensions.has(type);
  const extension = extensionTypes.find(lacksExtension);
  if (required !== undefined) {
    const proposals = new Set(withoutGrease(capabilities.proposals));
    const credentials = new Set(withoutGrease(capabilities.credentials));
    const requiredExtension = required.extensionTypes.find(lacksExtension);
    if (requiredExtension !== undefined) return { kind: "required_extension", type: requiredExtension };
    const proposal = required.proposalTypes.find((type) => !DEFAULT_PROPOSALS.has(type) && !proposals.has(type));
    if (proposal !== undefined) return { kind: "required_proposal", type: proposal };
    const credential = required.credentialTypes.find((type) => !credentials.has(type));
    if (credential !== undefined) return { kind: "required_credential", type: credential };
  }
  return extension === undefined ? undefined : { kind: "extension", type: extension };
}

function withoutGrease<T extends string | number>(listed: readonly T[]): readonly T[] {
  return listed.filter((each) => !isGrease(each));
}
