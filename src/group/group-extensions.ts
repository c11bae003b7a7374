/** §11.1, §12.1.7, §13.4: the extensions of a GroupContext bind every member. */

import { toHex } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { InvalidError } from "../errors.ts";
import { demandsOf, firstLack } from "../tree/capabilities.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import { type Extension, ExternalSender, externalSendersOf } from "../wire/extension.ts";
import type { AuthenticationRequest } from "./authentication.ts";
import { checkExtensions } from "./extensions.ts";

/**
 * Whether the extensions are well-formed, allowed in a GroupContext, and supported by all members of the tree. Read
 * from the tree's summary, so its cost does not depend on the number of members.
 *
 * @throws InvalidError `proposal.required_capabilities`, `proposal.extension_unsupported`, `extension.misplaced`
 * @throws MalformedError `extensions.duplicate`, `codec.*`
 */
export function checkGroupExtensions(extensions: readonly Extension[], tree: RatchetTree): void {
  checkExtensions(extensions, "group_context");
  const lack = firstLack(tree.support, demandsOf(extensions));
  if (lack === undefined) return;
  const code = lack.kind === "extension" ? "proposal.extension_unsupported" : "proposal.required_capabilities";
  throw new InvalidError(code, { kind: lack.kind, type: lack.type });
}

/** §5.3.1: entries of `external_senders` that were not there before are shown to the Authentication Service. */
export function externalSenderRequests(change: {
  groupId: Uint8Array;
  extensions: readonly Extension[];
  previous: readonly Extension[];
}): AuthenticationRequest[] {
  const known = new Set(externalSendersOf(change.previous).map(octetsOf));
  return externalSendersOf(change.extensions)
    .filter((sender) => !known.has(octetsOf(sender)))
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

function octetsOf(sender: ExternalSender): string {
  return toHex(encode(ExternalSender, sender));
}
