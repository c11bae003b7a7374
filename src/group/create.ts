/** §11: a group starts with its creator alone. */

import { copy } from "../bytes.ts";
import { copyOf } from "../codec/codec.ts";
import { vector } from "../codec/presentation.ts";
import { generateHpkeKeyPair } from "../crypto/labels.ts";
import { firstEpoch } from "../schedule/epoch.ts";
import { consume } from "../schedule/key-schedule.ts";
import { Secret } from "../secret.ts";
import { checkLeafNode, signLeafNode } from "../tree/leaf-node.ts";
import { createTree } from "../tree/ratchet-tree.ts";
import { leafIndex, toNodeIndex } from "../tree-math.ts";
import { Extension } from "../wire/extension.ts";
import type { LeafNode, Lifetime } from "../wire/leaf-node.ts";
import { authenticate, requestFor } from "./authentication.ts";
import { defaultLifetime } from "./capabilities.ts";
import { type ClientNames, clientsOf } from "./clients.ts";
import { type Environment, nowOf, policyOf } from "./environment.ts";
import { checkExtensions } from "./extensions.ts";
import { leafFeatures } from "./grease.ts";
import { checkGroupExtensions, externalSenderRequests, judgeGroupExtensions } from "./group-extensions.ts";
import { type LeafOptions, leafRules } from "./key-package.ts";
import { registryOf } from "./registrations.ts";
import { type GroupState, initialState } from "./state.ts";

/** Who creates a group, and what its context says. */
export interface CreateGroupOptions extends LeafOptions {
  /** Default: KDF.Nh random octets. */
  readonly groupId?: Uint8Array;
  /** Extensions of the GroupContext, such as `required_capabilities`. */
  readonly extensions?: readonly Extension[];
  /** Of the founder's leaf. Default: `defaultLifetime`. */
  readonly lifetime?: Lifetime;
}

/**
 * A one-member group at epoch 0. The creator's leaf and the extensions pass the same checks as received ones.
 *
 * @throws InvalidError `leaf.*`, `extension.*`
 * @throws MalformedError `extensions.duplicate`, `codec.*`
 */
export async function createGroup(environment: Environment, options: CreateGroupOptions): Promise<GroupState> {
  const { suite, random } = environment;
  const { publicKey, privateKey } = await generateHpkeKeyPair(suite, random);
  try {
    const leafNode = await founderLeaf(environment, options, publicKey);
    return await found(environment, options, { leafNode, privateKey });
  } catch (error) {
    privateKey.dispose();
    throw error;
  }
}

async function founderLeaf(
  environment: Environment,
  options: CreateGroupOptions,
  encryptionKey: Uint8Array,
): Promise<LeafNode> {
  const { suite, clock } = environment;
  const { signer, credential } = options;
  const { capabilities, extensions } = leafFeatures(environment, options);
  const leafNode = await signLeafNode(signer, {
    encryptionKey,
    signatureKey: signer.publicKey,
    credential,
    capabilities,
    leafNodeSource: "key_package",
    lifetime: options.lifetime ?? defaultLifetime(clock),
    extensions,
  });
  const { maxLifetime } = policyOf(environment);
  const groupExtensions = options.extensions ?? [];
  const rules = {
    ...leafRules(environment),
    source: "key_package",
    groupExtensions,
    now: nowOf(environment),
    maxLifetime,
  } as const;
  checkLeafNode(suite, leafNode, rules);
  return leafNode;
}

async function found(
  environment: Environment,
  options: CreateGroupOptions,
  { leafNode, privateKey }: { leafNode: LeafNode; privateKey: Secret },
): Promise<GroupState> {
  const { suite, random } = environment;
  const extensions = copyOf(vector(Extension), options.extensions ?? []);
  const tree = createTree(suite, leafNode);
  const registry = registryOf(environment);
  checkExtensions(registry, extensions, "group_context");
  checkGroupExtensions(extensions, tree);
  const groupId = options.groupId === undefined ? random(suite.kdf.Nh) : copy(options.groupId);
  const names: ClientNames = new WeakMap();
  const creator = leafIndex(0);
  const change = { groupId, extensions, previous: [] };
  const requests = [
    requestFor("member", leafNode, { groupId, leafIndex: creator }),
    ...externalSenderRequests(registry, change),
  ];
  await authenticate(environment.authentication, requests, names);
  await judgeGroupExtensions(registry, change);
  const groupContext = {
    version: "mls10" as const,
    cipherSuite: suite.id,
    groupId,
    epoch: 0n,
    treeHash: tree.hash,
    confirmedTranscriptHash: new Uint8Array(0),
    extensions,
  };
  const epoch = consume(new Secret(random(suite.kdf.Nh)), (epochSecret) =>
    firstEpoch(suite, { groupContext, epochSecret, leaves: tree.leafCount }),
  );
  return initialState({
    epoch,
    tree,
    clients: clientsOf(names, [leafNode]),
    self: { leafIndex: creator, privateKeys: new Map([[toNodeIndex(creator), privateKey]]), signer: options.signer },
    closed: undefined,
  });
}
