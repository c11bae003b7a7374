/** §12.4.3.1: the whole tree is judged once, by those who join; linear in the number of members by the protocol. */

import { InvalidError } from "../errors.ts";
import { checkJoinedTree } from "../tree/join-checks.ts";
import { checkMembers, checkSupport, verifyLeafSignatures } from "../tree/leaf-node.ts";
import { members, type RatchetTree } from "../tree/ratchet-tree.ts";
import type { LeafIndex } from "../tree-math.ts";
import type { GroupContext } from "../wire/group-context.ts";
import { authenticate, requestFor } from "./authentication.ts";
import { type Environment, policyOf } from "./environment.ts";
import { checkGroupExtensions, externalSenderRequests } from "./group-extensions.ts";

export interface JoinedTree {
  readonly tree: RatchetTree;
  readonly groupContext: GroupContext;
  /** The joiner's own leaf, if it is in the tree already: its credential needs no authentication. */
  readonly own: LeafIndex | undefined;
}

/** @throws InvalidError `tree.*`, `leaf.*`, `credential.*`, `group_info.extension_unsupported` */
export async function validateJoinedTree(
  environment: Environment,
  { tree, groupContext, own }: JoinedTree,
): Promise<void> {
  const { suite } = environment;
  const { groupId, extensions } = groupContext;
  const tolerateDefaults = policyOf(environment).tolerateDefaultTypes;
  checkJoinedTree(tree);
  const leaves = [...members(tree)];
  checkMembers(tree, { groupExtensions: extensions, tolerateDefaults });
  checkSupport(tree);
  checkExtensionsSupported(groupContext, tree);
  const positions = leaves.map(([leafIndex, leafNode]) => ({ leafNode, position: { groupId, leafIndex } }));
  await verifyLeafSignatures(suite, positions);
  const requests = leaves
    .filter(([leafIndex]) => leafIndex !== own)
    .map(([leafIndex, leafNode]) => requestFor("member", leafNode, { groupId, leafIndex }));
  const senders = externalSenderRequests({ groupId, extensions, previous: [] });
  await authenticate(environment.authentication, [...requests, ...senders]);
}

/** §13.4: every extension of the GroupContext is supported by all, the joiner included. */
function checkExtensionsSupported({ extensions }: GroupContext, tree: RatchetTree): void {
  try {
    checkGroupExtensions(extensions, tree);
  } catch (cause) {
    if (cause instanceof InvalidError && cause.class === "capability") {
      throw new InvalidError("group_info.extension_unsupported", {}, { cause });
    }
    throw cause;
  }
}
