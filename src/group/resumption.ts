/**
 * §11.2, §11.3: making a group that continues another: by re-initialisation with the same members and other parameters,
 * or by a branch with some of its members. The link is a resumption PSK in its first commit.
 */

import { UsageError } from "../errors.ts";
import { dispose } from "../secret.ts";
import type { Extension } from "../wire/extension.ts";
import type { KeyPackage } from "../wire/key-package.ts";
import type { RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import { createGroup } from "./create.ts";
import { type CommitOptions, type CreatedCommit, commitFor } from "./create-commit.ts";
import type { Environment } from "./environment.ts";
import type { LeafOptions } from "./key-package.ts";
import { acceptCommit, dropCommit } from "./pending.ts";
import { discard, epochOf, type GroupState, groupIdOf, type Transition } from "./state.ts";
import { checkSuccessor, rosterOf } from "./succession.ts";

type WelcomeOptions = Pick<CommitOptions, "forcePath" | "ratchetTree" | "welcomes" | "groupInfoExtensions">;

export interface SuccessorOptions extends LeafOptions, WelcomeOptions {
  /** Fresh key packages of the other members. */
  readonly keyPackages: readonly KeyPackage[];
}

export interface BranchOptions extends SuccessorOptions {
  /** Default: random. */
  readonly groupId?: Uint8Array;
  /** Extensions of the new GroupContext. */
  readonly extensions?: readonly Extension[];
}

/** A group that continues another, at its epoch 1, and what lets the others in. */
export interface Successor {
  /** Of the new group, at its first epoch with members. */
  readonly state: GroupState;
  /** Encoded MLSMessages for the other members. */
  readonly welcomes: readonly Uint8Array[];
  /** For those who get the tree out of band. Made when it is read, in O(N). */
  readonly ratchetTree: RatchetTreeNodes;
}

/**
 * §11.2: the group that a committed ReInit asks for. Any member may create it. The environment has the new suite.
 *
 * @throws UsageError `state.not_reinitialized`, `suite.unknown`
 * @throws InvalidError `successor.members` unless all old members are in it, and as `createCommit`
 */
export async function reinitialize(
  environment: Environment,
  old: GroupState,
  options: SuccessorOptions,
): Promise<Successor> {
  if (old.closed?.reason !== "reinitialized") throw new UsageError("state.not_reinitialized");
  const { groupId, version, cipherSuite, extensions } = old.closed.reInit;
  if (version !== "mls10" || cipherSuite !== environment.suite.id)
    throw new UsageError("suite.unknown", { cipherSuite });
  const founded = await createGroup(environment, { ...options, groupId, extensions });
  return openSuccessor(environment, founded, { old, usage: "reinit", options });
}

/**
 * §11.3: a group of some members with the same suite.
 *
 * @throws UsageError `suite.unknown` if the environment has another suite
 * @throws InvalidError `successor.members` unless all its members are in the old group, and as `createCommit`
 */
export async function branch(environment: Environment, old: GroupState, options: BranchOptions): Promise<Successor> {
  const { cipherSuite } = old.epoch.groupContext;
  if (cipherSuite !== environment.suite.id) throw new UsageError("suite.unknown", { cipherSuite });
  const founded = await createGroup(environment, options);
  return openSuccessor(environment, founded, { old, usage: "branch", options });
}

interface Opening {
  readonly old: GroupState;
  readonly usage: "reinit" | "branch";
  readonly options: SuccessorOptions;
}

/** The caller gets nothing of the founding epoch but what the state keeps, so it is disposed of here. */
async function openSuccessor(environment: Environment, founded: GroupState, opening: Opening): Promise<Successor> {
  try {
    const created = await firstCommit(environment, founded, opening);
    const state = acceptFirst(environment, created, opening);
    return {
      state,
      welcomes: created.output.welcomes,
      get ratchetTree() {
        return created.output.ratchetTree;
      },
    };
  } catch (error) {
    discard(undefined, { state: founded });
    throw error;
  }
}

function firstCommit(
  environment: Environment,
  founded: GroupState,
  { old, usage, options }: Opening,
): Promise<Transition<GroupState, CreatedCommit>> {
  const { forcePath = false, ratchetTree = true, welcomes = "one", groupInfoExtensions = [] } = options;
  const pskGroupId = groupIdOf(old);
  const proposals = [
    ...options.keyPackages.map((keyPackage) => ({ proposalType: "add", keyPackage }) as const),
    { proposalType: "psk", psk: { psktype: "resumption", usage, pskGroupId, pskEpoch: epochOf(old) } } as const,
  ];
  const commit = { proposals, forcePath, ratchetTree, welcomes, groupInfoExtensions };
  return commitFor(environment, founded, commit, { kind: usage, predecessor: old });
}

function acceptFirst(
  environment: Environment,
  { state, output, spent }: Transition<GroupState, CreatedCommit>,
  { old, usage }: Opening,
): GroupState {
  const { pending } = output;
  try {
    const { epoch, tree, clients } = pending.next;
    checkSuccessor(rosterOf(old, epochOf(old)), usage, { groupContext: epoch.groupContext, tree, clients });
    const accepted = acceptCommit(environment, state, pending);
    dispose(accepted.spent);
    return accepted.state;
  } catch (error) {
    dropCommit(pending);
    discard(undefined, { state });
    throw error;
  } finally {
    dispose(spent);
  }
}
