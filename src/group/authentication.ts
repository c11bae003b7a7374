/**
 * §5.3.1: the Authentication Service decides whose credential is whose. It is asked once in each operation, with all
 * credentials that the operation introduces. Whatever goes wrong with it counts as a refusal.
 */

import { copy, equal } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import type { Awaitable } from "../crypto/cipher-suite.ts";
import { InvalidError } from "../errors.ts";
import type { LeafIndex } from "../tree-math.ts";
import { Credential } from "../wire/credential.ts";
import type { LeafNode } from "../wire/leaf-node.ts";
import type { ClientNames } from "./clients.ts";

/** The event of §5.3.1 that introduces a credential. */
export type AuthenticationReason =
  /** A key package that this client is about to use in an Add. */
  | "key_package"
  /** An Add proposal that was received. */
  | "add"
  /** An Update proposal with a new credential or signature key. */
  | "update"
  /** The committer's new leaf, with a new credential or signature key. */
  | "commit"
  /** The joiner of an external commit. */
  | "external_commit"
  /** A member of a group that this client creates or is about to join, itself included. */
  | "member"
  /** An entry of a new or changed `external_senders` extension. */
  | "external_sender";

/** A credential together with the signature key that it is to vouch for. */
export interface Identity {
  /** What the client says of itself. */
  readonly credential: Credential;
  /** In the format of the suite's signature scheme. */
  readonly signatureKey: Uint8Array;
}

/** One credential that an operation introduces, and why. */
export interface AuthenticationRequest extends Identity {
  /** The event that introduces the credential. */
  readonly reason: AuthenticationReason;
  /** The leaf that carries the credential, if it exists yet; none for external senders. */
  readonly leafNode: LeafNode | undefined;
  /** Absent for key packages that are judged outside of a group. */
  readonly groupId: Uint8Array | undefined;
  /** The leaf concerned, where it is known. */
  readonly leafIndex: LeafIndex | undefined;
  /** The identity being replaced: the new one must be its valid successor. */
  readonly predecessor: Identity | undefined;
}

/** The service's answer to one request. */
export type AuthenticationVerdict =
  /** `client` names the client behind the leaf: a group has one leaf for each name (§12.2). */
  { readonly accepted: true; readonly client?: Uint8Array } | { readonly accepted: false; readonly reason?: string };

/** The application's decision on who is who (§5.3.1). Required: the library trusts no credential by itself. */
export interface AuthenticationService {
  /** One verdict for each request, in order. Throwing refuses all. */
  authenticate(requests: readonly AuthenticationRequest[]): Awaitable<readonly AuthenticationVerdict[]>;
}

/**
 * Asks the service once about all requests; not at all if there is none. Names that it gives to clients are noted.
 *
 * @throws InvalidError `credential.rejected`, `credential.hook_failed`
 */
export async function authenticate(
  service: AuthenticationService,
  requests: readonly AuthenticationRequest[],
  names?: ClientNames,
): Promise<void> {
  if (requests.length === 0) return;
  const verdicts = await verdictsOf(service, requests);
  for (const [position, { reason, leafIndex, signatureKey }] of requests.entries()) {
    const verdict = verdicts[position];
    if (verdict?.accepted !== true) throw new InvalidError("credential.rejected", { reason, leaf: leafIndex });
    if (reason !== "external_sender" && verdict.client !== undefined) names?.set(signatureKey, verdict.client);
  }
}

/** Whether two identities are the same octets, so that nothing new is introduced. */
export function sameIdentity(a: Identity, b: Identity): boolean {
  return (
    equal(a.signatureKey, b.signatureKey) && equal(encode(Credential, a.credential), encode(Credential, b.credential))
  );
}

/** The request for a leaf, or for the identity of one to be made, with its predecessor if it replaces one. */
export function requestFor(
  reason: AuthenticationReason,
  leaf: LeafNode | Identity,
  place: { groupId?: Uint8Array; leafIndex?: LeafIndex; predecessor?: Identity },
): AuthenticationRequest {
  return {
    reason,
    leafNode: "signature" in leaf ? leaf : undefined,
    credential: leaf.credential,
    signatureKey: leaf.signatureKey,
    groupId: place.groupId,
    leafIndex: place.leafIndex,
    predecessor: place.predecessor,
  };
}

/** The service's answers, read once: one for each request, and a refusal where there is none. @throws InvalidError `credential.hook_failed` */
export async function verdictsOf(
  service: AuthenticationService,
  requests: readonly AuthenticationRequest[],
): Promise<readonly AuthenticationVerdict[]> {
  try {
    const verdicts: unknown = await service.authenticate(requests);
    if (Array.isArray(verdicts)) return requests.map((_, position) => verdictIn(verdicts[position]));
  } catch (cause) {
    throw new InvalidError("credential.hook_failed", { requests: requests.length }, { cause });
  }
  throw new InvalidError("credential.hook_failed", { requests: requests.length });
}

/** What an object that the application made says at this moment. */
function verdictIn(answer: AuthenticationVerdict | null | undefined): AuthenticationVerdict {
  if (answer?.accepted !== true) return { accepted: false };
  const { client } = answer;
  return client === undefined ? { accepted: true } : { accepted: true, client: copy(client) };
}
