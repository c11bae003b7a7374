/**
 * Large groups without their history: a valid tree, an epoch, and the state of any member, as if they had lived. New
 * members join by a real Welcome, and what they join behaves like any other group.
 */

import { EMPTY } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import { defaultLifetime } from "../group/capabilities.ts";
import { clientsOf } from "../group/clients.ts";
import { type CreatedCommit, createCommit } from "../group/create-commit.ts";
import type { Environment } from "../group/environment.ts";
import { acceptCommit } from "../group/pending.ts";
import { type GroupState, initialState } from "../group/state.ts";
import { firstEpoch } from "../schedule/epoch.ts";
import { Secret } from "../secret.ts";
import { checkJoinedTree } from "../tree/join-checks.ts";
import { checkSupport } from "../tree/leaf-node.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import { type LeafIndex, leafIndex } from "../tree-math.ts";
import type { KeyPackage } from "../wire/key-package.ts";
import { ChurnedTree } from "./churned-tree.ts";
import { seededRandom } from "./random.ts";
import { SyntheticTree, type TreeShape } from "./synthetic-tree.ts";

/** How large a group, and of what shape. */
export interface SyntheticGroupOptions {
  /** Number of members. */
  readonly size: number;
  /** Default: "full". */
  readonly shape?: TreeShape;
  /** Default: 0. */
  readonly seed?: string | number;
}

/** A group that was made and has not lived. */
export interface SyntheticGroup {
  /** The tree of its one epoch. */
  readonly tree: RatchetTree;
  /** The state of any member; the clock and randomness are those of the environment that it is used with. */
  member(index: LeafIndex): Promise<GroupState>;
}

/** A group of `size` members, in time linear in it. Its tree passes the checks of a joined one. */
export async function syntheticGroup(
  environment: Environment,
  options: SyntheticGroupOptions,
): Promise<SyntheticGroup> {
  const { suite } = environment;
  const { size, shape = "full", seed = 0 } = options;
  if (!Number.isSafeInteger(size) || size < 1) throw new UsageError("option.invalid", { option: "size", size });
  const random = seededRandom(`group ${seed}`);
  const groupId = random(suite.kdf.Nh);
  const terms = { size, seed, groupId, lifetime: defaultLifetime(environment.clock) };
  const secrets = shape === "churn" ? new ChurnedTree(suite, terms) : new SyntheticTree(suite, { ...terms, shape });
  const tree = await secrets.build();
  checkJoinedTree(tree);
  checkSupport(tree);
  const groupContext = {
    version: "mls10" as const,
    cipherSuite: suite.id,
    groupId,
    epoch: BigInt(size),
    treeHash: tree.hash,
    confirmedTranscriptHash: random(suite.hash.length),
    extensions: [],
  };
  const epochSecret = random(suite.kdf.Nh);
  const member = async (index: LeafIndex): Promise<GroupState> => {
    const privateKeys = await secrets.privateKeys(index);
    return initialState({
      epoch: firstEpoch(suite, { groupContext, epochSecret: Secret.copyOf(epochSecret), leaves: tree.leafCount }),
      tree,
      clients: clientsOf(new WeakMap(), []),
      self: { leafIndex: index, privateKeys, signer: await secrets.signer(index) },
      closed: undefined,
    });
  };
  return { tree, member };
}

/** What lets clients into a synthetic group. */
export interface SyntheticWelcome extends Pick<CreatedCommit, "welcomes" | "message" | "ratchetTree" | "added"> {
  /** The state of the member who added them. */
  readonly committer: GroupState;
}

/**
 * Adds real key packages to a synthetic group by one commit with a path. The committer is the last member, so that a
 * single joiner beside it completes a full tree.
 */
export async function welcomeInto(
  environment: Environment,
  group: SyntheticGroup,
  keyPackages: readonly KeyPackage[],
): Promise<SyntheticWelcome> {
  const last = leafIndex(group.tree.memberCount - 1);
  const state = await group.member(last);
  const proposals = keyPackages.map((keyPackage) => ({ proposalType: "add", keyPackage }) as const);
  const created = await createCommit(environment, state, { proposals, forcePath: true, authenticatedData: EMPTY });
  const { message, welcomes, ratchetTree, added, pending } = created.output;
  const accepted = acceptCommit(environment, created.state, pending);
  return { message, welcomes, ratchetTree, added, committer: accepted.state };
}
