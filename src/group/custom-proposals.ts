/** §12.1, §13.2: proposals of types that the application registered: the same judgement for all who make or receive one. */

import { InvalidError, MalformedError } from "../errors.ts";
import { supportsProposal } from "../tree/capabilities.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import type { Sender } from "../wire/framed-content.ts";
import type { OpaqueProposal } from "../wire/proposal.ts";
import type { Environment } from "./environment.ts";
import type { CustomProposalOf, ProposalList } from "./proposals.ts";
import {
  type CustomProposal,
  checkBody,
  judgedBy,
  type Registry,
  registeredProposal,
  registryOf,
} from "./registrations.ts";
import type { PublicState } from "./state.ts";

/**
 * What can be said of a custom proposal without its group: its type is registered, its sender may make it (§17.4), its
 * body is one.
 *
 * @throws UsageError `registration.missing`, `registration.invalid`
 * @throws MalformedError `content.sender_type_forbidden`, `codec.*`
 */
export function checkCustomProposal(
  registry: Registry,
  { proposalType, body }: OpaqueProposal,
  { senderType }: Sender,
): CustomProposal {
  const registration = registeredProposal(registry, proposalType);
  if (senderType === "external" && registration.external !== true) {
    throw new MalformedError("content.sender_type_forbidden", { senderType, proposalType });
  }
  checkBody(registry, registration, body);
  return registration;
}

/** The whole judgement of one. @throws InvalidError `proposal.rejected`, `proposal.hook_failed`, and as `checkCustomProposal` */
export async function judgeCustomProposal(
  environment: Environment,
  state: PublicState,
  { proposal, sender }: { readonly proposal: OpaqueProposal; readonly sender: Sender },
): Promise<void> {
  const registration = checkCustomProposal(registryOf(environment), proposal, sender);
  const { proposalType } = proposal;
  const codes = { failed: "proposal.hook_failed", rejected: "proposal.rejected" } as const;
  await judgedBy(() => registration.validate?.(state, proposal, sender), codes, { proposalType });
}

/** Those that a commit carries by value; the others were judged on receipt. */
export async function judgeCustomByValue(
  environment: Environment,
  state: PublicState,
  { custom }: ProposalList,
): Promise<void> {
  for (const each of custom) if (!each.byReference) await judgeCustomProposal(environment, state, each);
}

/**
 * §12.2, §13.2: all members who process the commit support the types of its proposals. `staying` is the tree without
 * those whom the commit removes, and before those whom it adds; its summary answers, whatever the number of members.
 *
 * @throws InvalidError `proposal.type_unsupported`
 */
export function checkTypesSupported(custom: readonly CustomProposalOf[], staying: RatchetTree): void {
  for (const proposalType of new Set(custom.map(({ proposal }) => proposal.proposalType))) {
    if (supportsProposal(staying.support, proposalType)) continue;
    throw new InvalidError("proposal.type_unsupported", { proposalType });
  }
}
