/** §12.4.3.1, receiving: a new member joins by a Welcome. What fails leaves no group and uses up no key package. */

import { constantTimeEqual, copy, EMPTY, equal } from "../bytes.ts";
import { copyOf, decode, encode } from "../codec/codec.ts";
import { vector } from "../codec/presentation.ts";
import { openBySize } from "../crypto/aead.ts";
import { decryptWithLabel, type Verified } from "../crypto/labels.ts";
import { InvalidError, MalformedError } from "../errors.ts";
import { type Epoch, joinedEpoch, secretsOfEpoch } from "../schedule/epoch.ts";
import { deriveMemberSecret, deriveWelcomeKey, deriveWelcomeSecret } from "../schedule/key-schedule.ts";
import { SendGuard } from "../schedule/send-guard.ts";
import { dispose, Secret } from "../secret.ts";
import { joinPath } from "../tree/private-keys.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import { members } from "../tree/ratchet-tree.ts";
import type { LeafIndex } from "../tree-math.ts";
import { GroupInfo } from "../wire/group-info.ts";
import { LeafNode } from "../wire/leaf-node.ts";
import { MLSMessage } from "../wire/message.ts";
import { PreSharedKeyID } from "../wire/pre-shared-key.ts";
import type { RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import { GroupSecrets, type Welcome } from "../wire/welcome.ts";
import type { Environment } from "./environment.ts";
import { type GroupInfoTree, requireNew, verifyGroupInfo } from "./group-info.ts";
import { validateJoinedTree } from "./joined-tree.ts";
import type { KeyPackageBundle } from "./key-package.ts";
import { isLastResort } from "./last-resort.ts";
import { checkPskNonces } from "./proposals.ts";
import { checkPskCount, pskSecretFor } from "./psks.ts";
import { type GroupState, groupIdOf, initialState, type Transition } from "./state.ts";
import { checkSuccessor, predecessorOf, type Succession } from "./succession.ts";

/** A Welcome, and what it takes to open it. */
export interface JoinOptions {
  /** The encoded MLSMessage with the Welcome. */
  readonly welcome: Uint8Array;
  /** Key packages that the Welcome may be for. */
  readonly keyPackages: readonly KeyPackageBundle[];
  /** The tree, if the Welcome does not carry it (§12.4.3.3). */
  readonly ratchetTree?: RatchetTreeNodes;
  /** The group that the new one continues by re-initialisation or branch (§11.2, §11.3), if it does. */
  readonly predecessor?: GroupState;
  /** Group ids that this client is in already. That of a re-initialised `predecessor` does not count. */
  readonly joined?: readonly Uint8Array[];
}

/** What a new member learns beside its state. */
export interface Joined {
  /** The key package that was used, and is not to be used again (§10) unless it is of last resort (`isLastResort`). */
  readonly keyPackage: KeyPackageBundle;
  /** The member who sent the Welcome. */
  readonly committer: LeafIndex;
  /** With the extensions that came with the Welcome. */
  readonly groupInfo: GroupInfo;
}

/**
 * The group of a Welcome. `spent` holds the private keys of the key package, which is not to be used again (§10). One of
 * last resort is not spent; who joined by it should update soon (`updateDue`).
 *
 * @throws InvalidError `welcome.*`, `group_info.*`, `tree.*`, `leaf.*`, `credential.*`, `hpke.open_failed`, `aead.open_failed`
 * @throws StaleError `psk.missing`, `tree.missing`, `group.already_joined`
 * @throws MalformedError `codec.*`, `message.wrong_wire_format`
 */
export async function joinGroup(
  environment: Environment,
  options: JoinOptions,
): Promise<Transition<GroupState, Joined>> {
  const { suite, psks } = environment;
  const welcome = welcomeIn(copy(options.welcome));
  const keyPackage = keyPackageFor(environment, welcome, options.keyPackages);
  const secrets = await openGroupSecrets(environment, welcome, keyPackage);
  try {
    const succession = predecessorOf(secrets.psks, options.predecessor);
    const states = succession === undefined ? [] : [succession.predecessor.state];
    const pskSecret = await pskSecretFor({ suite, psks, states }, secrets.psks);
    try {
      const groupInfo = await openGroupInfo(environment, welcome, { joinerSecret: secrets.joinerSecret, pskSecret });
      requireNew(groupInfo, othersThan(succession, options.joined ?? []));
      const verified = await verifyGroupInfo(environment, groupInfo, options.ratchetTree);
      return await enterGroup(environment, { verified, keyPackage, secrets, pskSecret, succession });
    } finally {
      pskSecret.dispose();
    }
  } finally {
    secrets.joinerSecret.dispose();
    secrets.pathSecret?.dispose();
  }
}

/** §11.2: a group that is re-initialised is over, and the next one may have its id. */
function othersThan(succession: Succession | undefined, joined: readonly Uint8Array[]): readonly Uint8Array[] {
  if (succession?.usage !== "reinit") return joined;
  const over = groupIdOf(succession.predecessor.state);
  return joined.filter((groupId) => !equal(groupId, over));
}

/** The Welcome in an encoded MLSMessage. @throws MalformedError `message.wrong_wire_format`, `codec.*` */
export function welcomeIn(bytes: Uint8Array): Welcome {
  const message = decode(MLSMessage, bytes);
  if (message.wireFormat !== "mls_welcome") {
    throw new MalformedError("message.wrong_wire_format", { wireFormat: message.wireFormat });
  }
  return message.welcome;
}

/** The first key package that the Welcome is for. @throws InvalidError `welcome.no_key_package`, `welcome.cipher_suite` */
export function keyPackageFor(
  { suite }: Environment,
  welcome: Welcome,
  bundles: readonly KeyPackageBundle[],
): KeyPackageBundle {
  if (welcome.cipherSuite !== suite.id)
    throw new InvalidError("welcome.cipher_suite", { cipherSuite: welcome.cipherSuite });
  const bundle = bundles.find(({ reference }) => welcome.secrets.some(({ newMember }) => equal(newMember, reference)));
  if (bundle === undefined) throw new InvalidError("welcome.no_key_package");
  const { cipherSuite } = bundle.keyPackage;
  if (cipherSuite !== welcome.cipherSuite) throw new InvalidError("welcome.cipher_suite", { cipherSuite });
  return bundle;
}

/** The secrets in it are to be disposed of by whoever opened them. */
export interface OpenedSecrets {
  readonly joinerSecret: Secret;
  readonly pathSecret: Secret | undefined;
  readonly psks: GroupSecrets["psks"];
}

/** What a Welcome has for one key package alone. @throws InvalidError `hpke.open_failed`, `proposals.limit`, `proposal.psk_nonce` */
export async function openGroupSecrets(
  { suite }: Environment,
  welcome: Welcome,
  bundle: KeyPackageBundle,
): Promise<OpenedSecrets> {
  const entry = welcome.secrets.find(({ newMember }) => equal(newMember, bundle.reference));
  if (entry === undefined) throw new InvalidError("welcome.no_key_package");
  const plaintext = await decryptWithLabel(suite, bundle.initPrivateKey, {
    label: "Welcome",
    context: welcome.encryptedGroupInfo,
    ciphertext: entry.encryptedGroupSecrets,
  });
  try {
    const { joinerSecret, pathSecret, psks } = decode(GroupSecrets, plaintext.bytes);
    checkPskCount(psks);
    checkPskNonces(suite, psks);
    return {
      joinerSecret: Secret.copyOf(joinerSecret),
      pathSecret: pathSecret === undefined ? undefined : Secret.copyOf(pathSecret.pathSecret),
      // The plaintext is about to be wiped.
      psks: copyOf(vector(PreSharedKeyID), psks),
    };
  } finally {
    plaintext.dispose();
  }
}

/** What a Welcome has for all. Not verified yet. @throws InvalidError `aead.open_failed` */
export async function openGroupInfo(
  { suite }: Environment,
  welcome: Welcome,
  { joinerSecret, pskSecret }: { joinerSecret: Secret; pskSecret: Secret },
): Promise<GroupInfo> {
  const memberSecret = deriveMemberSecret(suite, joinerSecret, pskSecret);
  const welcomeSecret = deriveWelcomeSecret(suite, memberSecret);
  const { key, nonce } = deriveWelcomeKey(suite, welcomeSecret);
  try {
    const call = { key: key.bytes, nonce: nonce.bytes, aad: EMPTY };
    return decode(GroupInfo, await openBySize(suite.aead, call, welcome.encryptedGroupInfo));
  } finally {
    dispose([memberSecret, welcomeSecret, key, nonce]);
  }
}

interface Admission {
  readonly verified: Verified<GroupInfoTree>;
  readonly keyPackage: KeyPackageBundle;
  readonly secrets: OpenedSecrets;
  readonly pskSecret: Secret;
  readonly succession: Succession | undefined;
}

async function enterGroup(
  environment: Environment,
  { verified, keyPackage, secrets, pskSecret, succession }: Admission,
): Promise<Transition<GroupState, Joined>> {
  const { suite } = environment;
  const { groupInfo, tree } = verified;
  const { groupContext, signer: committer } = groupInfo;
  if (groupContext.cipherSuite !== suite.id) {
    throw new InvalidError("welcome.cipher_suite", { cipherSuite: groupContext.cipherSuite });
  }
  const leafIndex = leafOf(tree, keyPackage);
  const clients = await validateJoinedTree(environment, { tree, groupContext, requests: [] });
  if (succession !== undefined) {
    checkSuccessor(succession.predecessor, succession.usage, { groupContext, tree, clients });
  }
  const leafKey = Secret.copyOf(keyPackage.encryptionPrivateKey.bytes);
  const made: Secret[] = [leafKey];
  try {
    const { pathSecret } = secrets;
    const privateKeys = await joinPath(suite, tree, { receiver: leafIndex, committer, pathSecret, leafKey });
    made.push(...privateKeys.values());
    const { joinerSecret } = secrets;
    const { epoch } = joinedEpoch(suite, { groupContext, joinerSecret, pskSecret, leaves: tree.leafCount });
    made.push(...secretsOfEpoch(epoch));
    checkConfirmation(epoch, groupInfo);
    const self = { leafIndex, privateKeys, signer: keyPackage.signer };
    const sending = guardOf(keyPackage).successor(epoch.confirmationTag);
    const state = initialState({ epoch: { ...epoch, sending }, tree, clients, self, closed: undefined });
    const once = !isLastResort(keyPackage.keyPackage);
    const spent = once ? [keyPackage.initPrivateKey, keyPackage.encryptionPrivateKey] : [];
    return { state, output: { keyPackage, committer, groupInfo }, spent };
  } catch (error) {
    dispose(made);
    throw error;
  }
}

/** Who joins by one Welcome twice has one epoch twice, and may still send each generation once. */
function guardOf({ initPrivateKey }: KeyPackageBundle): SendGuard {
  const known = guards.get(initPrivateKey);
  if (known !== undefined) return known;
  const guard = new SendGuard();
  guards.set(initPrivateKey, guard);
  return guard;
}

const guards = new WeakMap<Secret, SendGuard>();

function leafOf(tree: RatchetTree, { keyPackage }: KeyPackageBundle): LeafIndex {
  const own = encode(LeafNode, keyPackage.leafNode);
  for (const [index, leafNode] of members(tree)) {
    if (equal(leafNode.signatureKey, keyPackage.leafNode.signatureKey) && equal(encode(LeafNode, leafNode), own))
      return index;
  }
  throw new InvalidError("welcome.own_leaf_missing");
}

function checkConfirmation(epoch: Epoch, groupInfo: GroupInfo): void {
  if (!constantTimeEqual(epoch.confirmationTag, groupInfo.confirmationTag)) {
    throw new InvalidError("group_info.confirmation_tag");
  }
}
