/**
 * §12.1.8: proposals by those who are not in the group: services that its `external_senders` name, and clients that ask
 * to be added. What they say is public and signed; the group's secrets are not needed, only its id and epoch.
 */

import { EMPTY, equal } from "../bytes.ts";
import { copyOf, encode } from "../codec/codec.ts";
import { makeProposalRef } from "../crypto/labels.ts";
import type { Signer } from "../crypto/signer.ts";
import { UsageError } from "../errors.ts";
import { signContent } from "../framing/content.ts";
import { protectPublic } from "../framing/public-message.ts";
import { externalSendersOf } from "../wire/extension.ts";
import { AuthenticatedContent, FramedContent, type Sender } from "../wire/framed-content.ts";
import type { GroupContext } from "../wire/group-context.ts";
import { MLSMessage } from "../wire/message.ts";
import type { Proposal } from "../wire/proposal.ts";
import { checkCustomProposal } from "./custom-proposals.ts";
import { type Environment, nowOf } from "./environment.ts";
import { checkKeyPackage, type KeyPackageBundle } from "./key-package.ts";
import { type ProposalRequest, proposalFor, type SentProposal } from "./propose.ts";
import { registryOf } from "./registrations.ts";

/** What an external sender proposes, and to which group. */
export interface ExternalProposalOptions {
  /** Of the group's current epoch, from a GroupInfo (`verifyGroupInfo`) or an observer. */
  readonly groupContext: GroupContext;
  /** The key of an entry of the group's `external_senders`. */
  readonly signer: Signer;
  /** Of a type that external senders may propose (§12.1.8). */
  readonly proposal: ProposalRequest;
  /** Sent in the clear, and authenticated (§6.3.1). */
  readonly authenticatedData?: Uint8Array;
}

/**
 * A proposal by an external sender, as an encoded MLSMessage for the group.
 *
 * @throws UsageError `content.not_a_member` if the signer's key is not among the group's `external_senders`
 * @throws InvalidError `key_package.*`, `leaf.*` for the key package of an Add
 */
export async function proposeExternally(
  environment: Environment,
  options: ExternalProposalOptions,
): Promise<SentProposal> {
  const { groupContext, signer, authenticatedData = EMPTY } = options;
  const registry = registryOf(environment);
  const senders = externalSendersOf(groupContext.extensions, registry);
  const senderIndex = senders.findIndex(({ signatureKey }) => equal(signatureKey, signer.publicKey));
  if (senderIndex === -1) throw new UsageError("content.not_a_member", { senders: senders.length });
  const proposal = proposalFor(environment, groupContext.groupId, options.proposal);
  if (proposal.proposalType === "add") {
    const now = nowOf(environment);
    checkKeyPackage(environment, proposal.keyPackage, { groupExtensions: groupContext.extensions, now });
  }
  const sender = { senderType: "external", senderIndex } as const;
  if ("body" in proposal) checkCustomProposal(registry, proposal, sender);
  return send(environment, { groupContext, signer, sender, proposal, authenticatedData });
}

/** Which group a client asks to be added to, and by which key package. */
export interface JoinRequestOptions {
  /** Of the group's current epoch. */
  readonly groupContext: GroupContext;
  /** To be kept until a Welcome uses it. */
  readonly keyPackage: KeyPackageBundle;
  /** Sent in the clear, and authenticated (§6.3.1). */
  readonly authenticatedData?: Uint8Array;
}

/**
 * A client's own request to be added, as an encoded MLSMessage for the group; a member's commit has to take it up.
 *
 * @throws InvalidError `key_package.*`, `leaf.*`
 */
export async function proposeSelf(environment: Environment, options: JoinRequestOptions): Promise<SentProposal> {
  const { groupContext, keyPackage: bundle, authenticatedData = EMPTY } = options;
  const { keyPackage, signer } = bundle;
  checkKeyPackage(environment, keyPackage, { groupExtensions: groupContext.extensions, now: nowOf(environment) });
  const proposal = { proposalType: "add", keyPackage } as const;
  const sender = { senderType: "new_member_proposal" } as const;
  return send(environment, { groupContext, signer, sender, proposal, authenticatedData });
}

interface Statement {
  readonly groupContext: GroupContext;
  readonly signer: Signer;
  readonly sender: Sender;
  readonly proposal: Proposal;
  readonly authenticatedData: Uint8Array;
}

async function send({ suite }: Environment, statement: Statement): Promise<SentProposal> {
  const { groupContext, signer, sender, proposal, authenticatedData } = statement;
  const { groupId, epoch } = groupContext;
  const wireFormat = "mls_public_message";
  const stated = { groupId, epoch, sender, authenticatedData, contentType: "proposal", proposal } as const;
  const content = copyOf(FramedContent, stated);
  const signature = await signContent(signer, wireFormat, content, EMPTY);
  const authenticated = { wireFormat, content, auth: { signature, confirmationTag: undefined } } as const;
  const publicMessage = protectPublic(suite, authenticated, { membershipKey: undefined, groupContext: EMPTY });
  return {
    message: encode(MLSMessage, { version: "mls10", wireFormat, publicMessage }),
    reference: makeProposalRef(suite, encode(AuthenticatedContent, authenticated)),
  };
}
