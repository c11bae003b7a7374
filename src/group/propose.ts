/** §12.1, sending: proposals are requested by what they should do; keys and nonces are added here. */

import { copy, toHex } from "../bytes.ts";
import { copyOf, encode } from "../codec/codec.ts";
import { generateHpkeKeyPair, makeProposalRef } from "../crypto/labels.ts";
import type { Signer } from "../crypto/signer.ts";
import { signLeafNode } from "../tree/leaf-node.ts";
import type { PathRequest } from "../tree/update-path.ts";
import type { LeafIndex } from "../tree-math.ts";
import type { Extension } from "../wire/extension.ts";
import { AuthenticatedContent } from "../wire/framed-content.ts";
import type { KeyPackage } from "../wire/key-package.ts";
import { type OpaqueProposal, Proposal, type ReInit } from "../wire/proposal.ts";
import type { ResumptionPSKUsage } from "../wire/registries.ts";
import { type Environment, policyOf } from "./environment.ts";
import { changedFeatures, refuseGrease } from "./grease.ts";
import type { LeafOptions } from "./key-package.ts";
import { authenticateContent, type FramingOptions, frame, protectContent } from "./protect.ts";
import { judgeProposal, withProposal } from "./receive-proposal.ts";
import { type GroupState, groupIdOf, ownLeaf, type PendingUpdate, requireOpen, type Transition } from "./state.ts";

/** Which pre-shared key to use; the nonce is added. */
export type PskRequest =
  | { readonly psktype: "external"; readonly pskId: Uint8Array }
  /** Default: this group. */
  | {
      readonly psktype: "resumption";
      /** Default: "application"; the others begin a successor group (`reinitialize`, `branch`). */
      readonly usage?: ResumptionPSKUsage;
      readonly pskGroupId?: Uint8Array;
      readonly pskEpoch: bigint;
    };

/** Proposals that a commit may carry by value. */
export type ProposalRequest =
  | { readonly proposalType: "add"; readonly keyPackage: KeyPackage }
  | { readonly proposalType: "remove"; readonly removed: LeafIndex }
  | { readonly proposalType: "psk"; readonly psk: PskRequest }
  | { readonly proposalType: "group_context_extensions"; readonly extensions: readonly Extension[] }
  | ({ readonly proposalType: "reinit" } & ReInit)
  /** Of a registered type (§13.2). */
  | OpaqueProposal;

/** What changes in the own leaf; the rest stays, GREASE too as long as the capabilities list it. A new signer takes effect with the commit that takes the change. */
export type LeafChange = Partial<LeafOptions>;

/** Proposals that can be sent on their own: those of a commit, and an Update of the own leaf (§12.1.2). */
export type ProposeRequest = ProposalRequest | { readonly proposalType: "update"; readonly leaf?: LeafChange };

/** What comes of `createProposal`. */
export interface SentProposal {
  /** The encoded MLSMessage. */
  readonly message: Uint8Array;
  /** ProposalRef (§5.2). */
  readonly reference: Uint8Array;
}

/**
 * A proposal, framed and ready to be sent; the state remembers it for the next commit.
 *
 * @throws UsageError `state.*` @throws InvalidError `proposal.*`, `leaf.*`, `key_package.*`, `credential.*`
 */
export async function createProposal(
  environment: Environment,
  state: GroupState,
  request: ProposeRequest,
  options: FramingOptions = {},
): Promise<Transition<GroupState, SentProposal>> {
  requireOpen(environment, state);
  const { suite } = environment;
  const update =
    request.proposalType === "update" ? await updateFor(environment, state, request.leaf ?? {}) : undefined;
  try {
    const proposal =
      request.proposalType === "update"
        ? (update as MadeUpdate).proposal
        : proposalFor(environment, groupIdOf(state), request);
    const sender = { senderType: "member", leafIndex: state.self.leafIndex } as const;
    await judgeProposal(environment, state, { proposal, sender, sending: true });
    const wireFormat = options.wireFormat ?? policyOf(environment).handshakeFormat;
    const content = frame(state, { contentType: "proposal", proposal }, options.authenticatedData);
    const authenticated = await authenticateContent(state, state.self.signer, wireFormat, content);
    const reference = makeProposalRef(suite, encode(AuthenticatedContent, authenticated));
    const remembered = withProposal(environment, state, { reference, proposal, sender });
    const sent = await protectContent(environment, remembered, authenticated, options.padding);
    return {
      state: withUpdate(sent.state, reference, update),
      output: { message: sent.message, reference },
      spent: sent.spent,
    };
  } catch (error) {
    update?.pending.privateKey.dispose();
    throw error;
  }
}

/** The proposal that a request stands for. @throws UsageError `grease.misplaced` */
export function proposalFor({ suite, random }: Environment, groupId: Uint8Array, request: ProposalRequest): Proposal {
  if (request.proposalType === "reinit") {
    refuseGrease(
      "ReInit.extensions",
      request.extensions.map(({ extensionType }) => extensionType),
    );
  }
  if (request.proposalType !== "psk") return copyOf(Proposal, request);
  const { psk } = request;
  const pskNonce = random(suite.kdf.Nh);
  if (psk.psktype === "external") {
    return { proposalType: "psk", psk: { psktype: "external", pskId: copy(psk.pskId), pskNonce } };
  }
  const pskGroupId = copy(psk.pskGroupId ?? groupId);
  return {
    proposalType: "psk",
    psk: { psktype: "resumption", usage: psk.usage ?? "application", pskGroupId, pskEpoch: psk.pskEpoch, pskNonce },
  };
}

export interface OwnChange {
  readonly leaf: PathRequest["leaf"];
  readonly signer: Signer;
}

/** The own leaf as it will be: what stays, and what changes. */
export function changedLeaf(environment: Environment, state: GroupState, change: LeafChange): OwnChange {
  const leaf = ownLeaf(state);
  const signer = change.signer ?? state.self.signer;
  return {
    leaf: {
      signatureKey: signer.publicKey,
      credential: change.credential ?? leaf.credential,
      ...changedFeatures(environment, leaf, change),
    },
    signer,
  };
}

interface MadeUpdate {
  readonly proposal: Proposal;
  readonly pending: PendingUpdate;
}

/** §12.1.2: the new private key is kept until the epoch ends. */
async function updateFor(environment: Environment, state: GroupState, change: LeafChange): Promise<MadeUpdate> {
  const { suite, random } = environment;
  const { leaf, signer } = changedLeaf(environment, state, change);
  const { publicKey, privateKey } = await generateHpkeKeyPair(suite, random);
  const position = { groupId: groupIdOf(state), leafIndex: state.self.leafIndex };
  try {
    const content = { ...leaf, encryptionKey: publicKey, leafNodeSource: "update" } as const;
    const leafNode = await signLeafNode(signer, content, position);
    return { proposal: { proposalType: "update", leafNode }, pending: { privateKey, signer } };
  } catch (error) {
    privateKey.dispose();
    throw error;
  }
}

function withUpdate(state: GroupState, reference: Uint8Array, update: MadeUpdate | undefined): GroupState {
  if (update === undefined) return state;
  return { ...state, pendingUpdates: new Map(state.pendingUpdates).set(toHex(reference), update.pending) };
}
