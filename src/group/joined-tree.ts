/** §12.4.3.1: the whole tree is judged once, by those who join; linear in the number of members by the protocol. */

import { InvalidError } from "../errors.ts";
import { checkJoinedTree } from "../tree/join-checks.ts";
import { checkMembers, checkSupport, verifyLeafSignatures } from "../tree/leaf-node.ts";
import { forgetLeaves, members, type RatchetTree } from "../tree/ratchet-tree.ts";
import type { GroupContext } from "../wire/group-context.ts";
import { type AuthenticationRequest, authenticate, requestFor } from "./authentication.ts";
import { type ClientNames, type Clients, clientsOf } from "./clients.ts";
import { type Environment, nowOf, policyOf } from "./environment.ts";
import { checkGroupExtensions, externalSenderRequests, judgeGroupExtensions } from "./group-extensions.ts";
import { leafRules } from "./key-package.ts";
import { registryOf } from "./registrations.ts";

export interface JoinedTree {
  readonly tree: RatchetTree;
  readonly groupContext: GroupContext;
  /** What else the Authentication Service is to be asked in the same call. */
  readonly requests: readonly AuthenticationRequest[];
}

/** The clients of the tree. @throws InvalidError `tree.*`, `leaf.*`, `credential.*`, `group_info.extension_unsupported` */
export async function validateJoinedTree(
  environment: Environment,
  { tree, groupContext, requests }: JoinedTree,
): Promise<Clients> {
  const { suite } = environment;
  const { groupId, extensions } = groupContext;
  const { judgeJoinedLifetimes, maxLifetime } = policyOf(environment);
  const registry = registryOf(environment);
  const now = judgeJoinedLifetimes ? nowOf(environment) : undefined;
  checkJoinedTree(tree);
  const leaves = [...members(tree)];
  const signatureKeyJudged = suite.signature.verifiesKeys === true;
  const rules = { ...leafRules(environment), groupExtensions: extensions, now, maxLifetime, signatureKeyJudged };
  checkMembers(tree, rules);
  checkSupport(tree);
  checkExtensionsSupported(groupContext, tree);
  const positions = leaves.map(([leafIndex, leafNode]) => ({ leafNode, position: { groupId, leafIndex } }));
  await verifyLeafSignatures(suite, positions);
  const ofMembers = leaves.map(([leafIndex, leafNode]) => requestFor("member", leafNode, { groupId, leafIndex }));
  const change = { groupId, extensions, previous: [] };
  const ofSenders = externalSenderRequests(registry, change);
  const names: ClientNames = new WeakMap();
  await authenticate(environment.authentication, [...ofMembers, ...ofSenders, ...requests], names);
  await judgeGroupExtensions(registry, change);
  // All of them have been read, and most will not be read again.
  forgetLeaves(tree);
  const leafNodes = leaves.map(([, leafNode]) => leafNode);
  const clients = clientsOf(names, leafNodes);
  if (clients.index.repeated > 0) throw new InvalidError("tree.duplicate_client", { clients: clients.index.repeated });
  return clients;
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
