/** §12.4, §7.5: what a member's next commit will cost, before anybody makes it. Who should commit next: `planUpdates`. */

import { encode } from "../codec/codec.ts";
import { withHeader } from "../codec/writer.ts";
import { InvalidError } from "../errors.ts";
import { forecastPath, type PathForecast } from "../tree/plan.ts";
import type { LeafIndex } from "../tree-math.ts";
import { LeafNode } from "../wire/leaf-node.ts";
import { type Environment, policyOf } from "./environment.ts";
import type { FramingOptions } from "./protect.ts";
import { groupIdOf, type PublicState } from "./state.ts";

/** What a commit costs its sender and the network. */
export interface CommitForecast extends Pick<PathForecast, "keyPairs" | "encryptions"> {
  /** Of the encoded MLSMessage. */
  readonly octets: number;
}

/**
 * A commit by any member that has a path, covers no proposal, and leaves its sender's credential, capabilities and
 * extensions as they are. Exact where signatures have one length; those of ECDSA vary by a few octets. Costs O(log N),
 * so it may be asked about every member, also by an observer.
 *
 * @throws InvalidError `leaf.blank`, `tree.index_out_of_range`
 */
export function forecastCommit(
  environment: Pick<Environment, "suite" | "policy">,
  state: PublicState,
  member: LeafIndex,
  options: FramingOptions = {},
): CommitForecast {
  const { suite } = environment;
  const { keyPairs, encryptions, octets } = forecastPath(state.tree, member);
  const leafNode = state.tree.leaf(member);
  if (leafNode === undefined) throw new InvalidError("leaf.blank", { leaf: member });
  const { encryptionKey, signatureKey, credential, capabilities, extensions, signature } = leafNode;
  const after: LeafNode = {
    encryptionKey,
    signatureKey,
    credential,
    capabilities,
    leafNodeSource: "commit",
    parentHash: new Uint8Array(keyPairs > 1 ? suite.hash.length : 0),
    extensions,
    signature,
  };
  // An empty list of proposals, and a path that is there.
  const commit = 2 + encode(LeafNode, after).length + octets;
  const auth = withHeader(signature.length) + withHeader(suite.hash.length);
  return { keyPairs, encryptions, octets: messageLength(environment, state, { commit, auth }, options) };
}

interface Lengths {
  readonly commit: number;
  readonly auth: number;
}

const VERSION_AND_WIRE_FORMAT = 4;
const EPOCH = 8;
const MEMBER = 5;
const CONTENT_TYPE = 1;
const SENDER_DATA = 12;

function messageLength(
  environment: Pick<Environment, "suite" | "policy">,
  state: PublicState,
  { commit, auth }: Lengths,
  { wireFormat, authenticatedData, padding }: FramingOptions,
): number {
  const policy = policyOf(environment);
  const { aead, hash } = environment.suite;
  const head =
    VERSION_AND_WIRE_FORMAT +
    withHeader(groupIdOf(state).length) +
    EPOCH +
    CONTENT_TYPE +
    withHeader(authenticatedData?.length ?? 0);
  if ((wireFormat ?? policy.handshakeFormat) === "mls_public_message") {
    return head + MEMBER + commit + auth + withHeader(hash.length);
  }
  const plaintext = commit + auth;
  const padded = plaintext + (padding ?? policy.padding)(plaintext);
  return head + withHeader(SENDER_DATA + aead.Nt) + withHeader(padded + aead.Nt);
}
