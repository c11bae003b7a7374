/**
 * §11.2, §11.3, §12.4.3.1: what a group that continues another must be, whoever made it. Its members are compared with
 * the roster of the epoch that the resumption PSK comes from.
 */

import { equal, toHex } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { vector } from "../codec/presentation.ts";
import { InvalidError, StaleError } from "../errors.ts";
import { members, type RatchetTree } from "../tree/ratchet-tree.ts";
import { Credential } from "../wire/credential.ts";
import { Extension } from "../wire/extension.ts";
import type { GroupContext } from "../wire/group-context.ts";
import type { LeafNode } from "../wire/leaf-node.ts";
import type { PreSharedKeyID } from "../wire/pre-shared-key.ts";
import type { ReInit } from "../wire/proposal.ts";
import type { ClientNames, Clients } from "./clients.ts";
import { epochOf, type GroupState, groupIdOf, resumptionPsks } from "./state.ts";

/** The PSK by which a Welcome continues another group, if it does. @throws InvalidError `welcome.several_resumptions` */
export function continuation(psks: readonly PreSharedKeyID[]): Continuation | undefined {
  const continued = psks.filter((psk) => psk.psktype === "resumption" && psk.usage !== "application");
  if (continued.length > 1) throw new InvalidError("welcome.several_resumptions", { count: continued.length });
  const [psk] = continued;
  if (psk?.psktype !== "resumption" || psk.usage === "application") return undefined;
  return { usage: psk.usage, pskGroupId: psk.pskGroupId, pskEpoch: psk.pskEpoch };
}

/** Which epoch of which group another one continues, and how (§11.2, §11.3). */
export interface Continuation {
  /** §11.2 or §11.3. */
  readonly usage: "reinit" | "branch";
  /** The group that is continued. */
  readonly pskGroupId: Uint8Array;
  /** The epoch of it that is continued. */
  readonly pskEpoch: bigint;
}

/** The predecessor in the epoch that its PSK comes from. */
export interface Predecessor {
  readonly state: GroupState;
  readonly epoch: bigint;
  readonly tree: RatchetTree;
}

/**
 * The group that a Welcome continues, as this client knows it.
 *
 * @throws StaleError `psk.missing` if it is not the one given, or the epoch is not kept
 * @throws InvalidError `welcome.resumption` if the Welcome continues none although one was given
 */
export function predecessorOf(psks: readonly PreSharedKeyID[], state: GroupState | undefined): Succession | undefined {
  const named = continuation(psks);
  if (named === undefined) {
    if (state !== undefined) throw new InvalidError("welcome.resumption");
    return undefined;
  }
  if (state === undefined || !equal(groupIdOf(state), named.pskGroupId)) {
    throw new StaleError("psk.missing", { psktype: "resumption", usage: named.usage });
  }
  return { usage: named.usage, predecessor: rosterOf(state, named.pskEpoch) };
}

export interface Succession {
  readonly usage: "reinit" | "branch";
  readonly predecessor: Predecessor;
}

/** The group in a kept epoch. @throws StaleError `psk.missing` */
export function rosterOf(state: GroupState, epoch: bigint): Predecessor {
  const kept = resumptionPsks(state).find((each) => each.epoch === epoch);
  if (kept === undefined) throw new StaleError("psk.missing", { psktype: "resumption", epoch });
  return { state, epoch, tree: kept.tree };
}

/** A group that is to continue another. */
export interface SuccessorGroup {
  readonly groupContext: GroupContext;
  readonly tree: RatchetTree;
  readonly clients: Clients;
}

/**
 * §11.2, §11.3, §12.4.3.1: whether a group continues its predecessor as it must.
 *
 * @throws InvalidError `successor.epoch`, `successor.parameters`, `successor.members`
 */
export function checkSuccessor(
  { state, epoch, tree }: Predecessor,
  usage: "reinit" | "branch",
  group: SuccessorGroup,
): void {
  const { groupContext } = group;
  if (groupContext.epoch !== 1n) throw new InvalidError("successor.epoch", { epoch: groupContext.epoch });
  const old = identities(tree, state.clients.names);
  const current = identities(group.tree, group.clients.names);
  if (usage === "reinit") {
    const reInit = state.closed?.reason === "reinitialized" ? state.closed.reInit : undefined;
    // The PSK is of the epoch that the ReInit began; the tree does not tell it from the one before (no path).
    if (reInit === undefined || epoch !== epochOf(state) || !isAsked(groupContext, reInit)) {
      throw new InvalidError("successor.parameters");
    }
    requireAll(old, current);
  } else {
    // What continues a re-initialised group is what its ReInit asks for; branches of earlier epochs may still come.
    const ended = state.closed?.reason === "reinitialized" && epoch === epochOf(state);
    if (ended || groupContext.cipherSuite !== state.epoch.groupContext.cipherSuite)
      throw new InvalidError("successor.parameters");
    requireAll(current, old);
  }
}

function isAsked({ groupId, version, cipherSuite, extensions }: GroupContext, reInit: ReInit): boolean {
  const encoded = (list: readonly Extension[]) => encode(vector(Extension), list);
  return (
    version === reInit.version &&
    cipherSuite === reInit.cipherSuite &&
    equal(groupId, reInit.groupId) &&
    equal(encoded(extensions), encoded(reInit.extensions))
  );
}

function requireAll(these: ReadonlySet<string>, among: ReadonlySet<string>): void {
  for (const identity of these) if (!among.has(identity)) throw new InvalidError("successor.members");
}

/** Members are the same if the Authentication Service gives them one name; without names, if they have one credential. */
function identities(tree: RatchetTree, names: ClientNames): ReadonlySet<string> {
  return new Set([...members(tree)].map(([, leafNode]) => identityOf(leafNode, names)));
}

function identityOf({ signatureKey, credential }: LeafNode, names: ClientNames): string {
  const name = names.get(signatureKey);
  return name === undefined ? `credential ${toHex(encode(Credential, credential))}` : `client ${toHex(name)}`;
}
