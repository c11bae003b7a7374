/** §11.1, §12.1.7, §13.4: the extensions of a GroupContext bind every member. */

import { equal, toHex } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { InvalidError } from "../errors.ts";
import { demandsOf, firstLack } from "../tree/capabilities.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import {
  type Extension,
  ExternalSender,
  extensionData as extensionDataOf,
  externalSendersOf,
} from "../wire/extension.ts";
import type { ReInit } from "../wire/proposal.ts";
import type { AuthenticationRequest } from "./authentication.ts";
import { judgedBy, type Registry } from "./registrations.ts";

/**
 * Whether the extensions, which are those of a GroupContext, are supported by all members of the tree. Read from the
 * tree's summary, so its cost does not depend on the number of members.
 *
 * @throws InvalidError `proposal.required_capabilities`, `proposal.extension_unsupported`
 */
export function checkGroupExtensions(extensions: readonly Extension[], tree: RatchetTree): void {
  const lack = firstLack(tree.support, demandsOf(extensions));
  if (lack === undefined) return;
  const code = lack.kind === "extension" ? "proposal.extension_unsupported" : "proposal.required_capabilities";
  throw new InvalidError(code, { kind: lack.kind, type: lack.type });
}

/** The extensions of a GroupContext, and those that they replace. */
export interface GroupExtensionsChange {
  readonly groupId: Uint8Array;
  readonly extensions: readonly Extension[];
  /** None in a group that is new to this client. */
  readonly previous: readonly Extension[];
}

/** §11.2, §12.1.5: what a ReInit asks of the successor's context, in which all is new: the group closes for no other. */
export function successorExtensions({ groupId, extensions }: ReInit): GroupExtensionsChange {
  return { groupId, extensions, previous: [] };
}

/**
 * The application's rules for the extensions that it registered, where they are new or have changed.
 *
 * @throws InvalidError `extension.rejected`, `extension.hook_failed`
 */
export async function judgeGroupExtensions(registry: Registry, change: GroupExtensionsChange): Promise<void> {
  for (const { extensionType, extensionData } of change.extensions) {
    const registration = typeof extensionType === "number" ? registry.extensions.get(extensionType) : undefined;
    if (registration?.validate === undefined) continue;
    const previous = extensionDataOf(change.previous, extensionType);
    if (previous !== undefined && equal(previous, extensionData)) continue;
    const { groupId } = change;
    const codes = { failed: "extension.hook_failed", rejected: "extension.rejected" } as const;
    await judgedBy(() => registration.validate?.({ groupId, extensionData, previous }), codes, { extensionType });
  }
}

/** §5.3.1: entries of `external_senders` that were not there before are shown to the Authentication Service. */
export function externalSenderRequests(registry: Registry, change: GroupExtensionsChange): AuthenticationRequest[] {
  const known = new Set(externalSendersOf(change.previous, registry).map(inHex));
  return externalSendersOf(change.extensions, registry)
    .filter((sender) => !known.has(inHex(sender)))
    .map(({ credential, signatureKey }) => ({
      reason: "external_sender",
      leafNode: undefined,
      credential,
      signatureKey,
      groupId: change.groupId,
      leafIndex: undefined,
      predecessor: undefined,
    }));
}

function inHex(sender: ExternalSender): string {
  return toHex(encode(ExternalSender, sender));
}
