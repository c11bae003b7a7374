/**
 * §12.2: a client has at most one leaf in a group. Who is the same client is for the Authentication Service to say: it
 * may give each accepted leaf a name. Clients without one are told apart by their signature keys alone.
 *
 * How often each name occurs is a persistent map, a value like the tree; the names of leaves never change.
 */

import { InvalidError } from "../errors.ts";
import { KeyIndex } from "../tree/key-index.ts";
import type { LeafNode } from "../wire/leaf-node.ts";

/** What the service calls the client of a leaf, by the very octets of the leaf's signature key. */
export type ClientNames = WeakMap<Uint8Array, Uint8Array>;

export interface Clients {
  readonly names: ClientNames;
  readonly index: KeyIndex;
}

/** The clients of a tree whose leaves have been authenticated. */
export function clientsOf(names: ClientNames, leaves: Iterable<SignatureKeyHolder>): Clients {
  return { names, index: KeyIndex.of(namesOf(names, leaves)) };
}

/** Leaves that a commit takes out of a group, and those that it brings. */
export interface LeafExchange {
  readonly gone: Iterable<SignatureKeyHolder>;
  readonly come: Iterable<SignatureKeyHolder>;
}

type SignatureKeyHolder = Pick<LeafNode, "signatureKey">;

/** The clients after a commit. @throws InvalidError `proposals.client_already_member` if one has two leaves then */
export function exchangeClients(clients: Clients, exchange: LeafExchange): Clients {
  const after = changedClients(clients, exchange);
  if (namesOf(clients.names, exchange.come).some((name) => after.index.count(name) > 1)) {
    throw new InvalidError("proposals.client_already_member");
  }
  return after;
}

/** The clients after leaves were exchanged that were judged before. */
export function changedClients({ names, index }: Clients, { gone, come }: LeafExchange): Clients {
  return { names, index: index.change(namesOf(names, gone), namesOf(names, come)) };
}

/** A leaf made of an identity that was authenticated before it existed has that identity's name. */
export function nameAfter(names: ClientNames, leafNode: LeafNode, signatureKey: Uint8Array): void {
  const name = names.get(signatureKey);
  if (name !== undefined) names.set(leafNode.signatureKey, name);
}

/** A leaf that brings no new identity has the name of the one that it replaces. */
export function inheritName(names: ClientNames, leafNode: LeafNode, replaced: LeafNode): void {
  const name = names.get(replaced.signatureKey);
  if (name !== undefined && !names.has(leafNode.signatureKey)) names.set(leafNode.signatureKey, name);
}

function namesOf(names: ClientNames, leaves: Iterable<SignatureKeyHolder>): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const { signatureKey } of leaves) {
    const name = names.get(signatureKey);
    if (name !== undefined) found.push(name);
  }
  return found;
}
