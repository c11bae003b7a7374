/**
 * §12.4.3.1: a Welcome is looked into before it is accepted. Nothing is kept and nothing is used up: who declines just
 * does not join.
 */

import { copy } from "../bytes.ts";
import { InvalidError } from "../errors.ts";
import { dispose } from "../secret.ts";
import type { LeafIndex } from "../tree-math.ts";
import { extensionData } from "../wire/extension.ts";
import type { GroupInfo } from "../wire/group-info.ts";
import type { PreSharedKeyID } from "../wire/pre-shared-key.ts";
import type { Environment } from "./environment.ts";
import { verifyGroupInfo } from "./group-info.ts";
import { type JoinOptions, keyPackageFor, openGroupInfo, openGroupSecrets, welcomeIn } from "./join.ts";
import type { KeyPackageBundle } from "./key-package.ts";
import { type Member, roster } from "./members.ts";
import { hasPsk, pskSecretFor } from "./psks.ts";
import { type Continuation, continuation } from "./succession.ts";

/** As for joining. */
export type InspectOptions = Omit<JoinOptions, "joined">;

/** What a Welcome says to the client that it is for. */
export interface InspectedWelcome {
  /** The key package that it is for, which stays unused. */
  readonly keyPackage: KeyPackageBundle;
  /** The pre-shared keys that joining takes, in their order (§8.4). */
  readonly psks: readonly PreSharedKeyID[];
  /** Those of them that are not at hand. The one that continues another group comes from `predecessor` alone. */
  readonly missing: readonly PreSharedKeyID[];
  /** The group that this one continues by re-initialisation or branch, if it does (§11.2, §11.3). */
  readonly continues: Continuation | undefined;
  /** The group itself; not readable as long as a pre-shared key is missing. */
  readonly group: WelcomingGroup | undefined;
}

/** A group as its Welcome shows it. Credentials, and whether all of it fits together, are judged when joining. */
export interface WelcomingGroup {
  /** Group id, epoch, suite and extensions are in its `groupContext`. Its signature is verified if there is a `roster`. */
  readonly groupInfo: GroupInfo;
  /** Who sent the Welcome. */
  readonly committer: LeafIndex;
  /** Who is in the group, this client included; `undefined` if the tree is neither in the Welcome nor given. */
  readonly roster: readonly Member[] | undefined;
}

/**
 * Looks into a Welcome as far as its pre-shared keys are at hand. The Authentication Service is not asked.
 *
 * @throws InvalidError `welcome.*`, `hpke.open_failed`, `aead.open_failed`, `group_info.*`, `tree.*`
 * @throws MalformedError `codec.*`, `message.wrong_wire_format`
 */
export async function inspectWelcome(environment: Environment, options: InspectOptions): Promise<InspectedWelcome> {
  const { suite } = environment;
  const { predecessor, ratchetTree } = options;
  const welcome = welcomeIn(copy(options.welcome));
  const keyPackage = keyPackageFor(environment, welcome, options.keyPackages);
  const { joinerSecret, pathSecret, psks } = await openGroupSecrets(environment, welcome, keyPackage);
  try {
    const continues = continuation(psks);
    // As for joining: a group that continues none takes no key of one that was given.
    if (continues === undefined && predecessor !== undefined) throw new InvalidError("welcome.resumption");
    const sources = { psks: environment.psks, states: predecessor === undefined ? [] : [predecessor] };
    const missing: PreSharedKeyID[] = [];
    for (const id of psks) {
      const from = continuation([id]) === undefined ? sources : { ...sources, psks: undefined };
      if (!(await hasPsk(from, id))) missing.push(id);
    }
    if (missing.length > 0) return { keyPackage, psks, missing, continues, group: undefined };
    const pskSecret = await pskSecretFor({ suite, ...sources }, psks);
    try {
      const groupInfo = await openGroupInfo(environment, welcome, { joinerSecret, pskSecret });
      const group = await groupOf(environment, groupInfo, ratchetTree);
      return { keyPackage, psks, missing, continues, group };
    } finally {
      pskSecret.dispose();
    }
  } finally {
    dispose([joinerSecret, ...(pathSecret === undefined ? [] : [pathSecret])]);
  }
}

async function groupOf(
  environment: Environment,
  groupInfo: GroupInfo,
  ratchetTree: JoinOptions["ratchetTree"],
): Promise<WelcomingGroup> {
  const committer = groupInfo.signer;
  const withTree = ratchetTree !== undefined || extensionData(groupInfo.extensions, "ratchet_tree") !== undefined;
  if (!withTree) return { groupInfo, committer, roster: undefined };
  const verified = await verifyGroupInfo(environment, groupInfo, ratchetTree);
  return { groupInfo, committer, roster: roster(verified) };
}
