/** What an application asks of a group: who is in it (§7), its authenticator (§8.7), and secrets for other uses (§8.5). */

import { copy } from "../bytes.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { mlsExporter } from "../schedule/exporter.ts";
import { members } from "../tree/ratchet-tree.ts";
import { nodesOf } from "../tree/ratchet-tree-extension.ts";
import type { LeafIndex } from "../tree-math.ts";
import type { LeafNode } from "../wire/leaf-node.ts";
import type { RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import { type GroupState, type PublicState, requireOpen } from "./state.ts";

/** A member as the ratchet tree shows it. */
export interface Member {
  /** The member's place, as long as it is in the group. */
  readonly leafIndex: LeafIndex;
  /** Its credential, keys and capabilities. */
  readonly leafNode: LeafNode;
}

/** All members, by leaf index, also for an observer. Linear in their number. */
export function roster(state: Pick<PublicState, "tree">): Member[] {
  return [...members(state.tree)].map(([leafIndex, leafNode]) => ({ leafIndex, leafNode }));
}

/** §8.7: equal for all members that have the same view of the group. */
export function epochAuthenticator(state: GroupState): Uint8Array {
  return copy(state.epoch.secrets.epochAuthenticator.bytes);
}

/** §8.5: `length` octets bound to this epoch, a label and a context. @throws UsageError `kdf.too_long`, `state.removed` */
export function exportSecret(
  suite: CipherSuite,
  state: GroupState,
  use: { readonly label: string; readonly context: Uint8Array; readonly length: number },
): Uint8Array {
  requireOpen({ suite }, state);
  const exported = mlsExporter(suite, state.epoch.secrets.exporterSecret, use);
  const octets = copy(exported.bytes);
  exported.dispose();
  return octets;
}

/** §12.4.3.3: the tree of the current epoch, for joiners that get it out of band; an observer has it, too. */
export function ratchetTree(state: Pick<PublicState, "tree">): RatchetTreeNodes {
  return nodesOf(state.tree);
}
