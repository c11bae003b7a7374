/**
 * §7.4: path secrets and the key pairs that come from them. Whatever is temporary is disposed here, whether a derivation
 * succeeds or not.
 */

import { equal } from "../bytes.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { deriveMany, deriveSecret, type HpkeKeyPair } from "../crypto/labels.ts";
import type { MlsError } from "../errors.ts";
import { dispose, type Secret } from "../secret.ts";
import type { NodeIndex } from "../tree-math.ts";

export interface PathSecrets {
  /** One for each node; the first is the secret that was given. */
  readonly pathSecrets: readonly Secret[];
  /** What follows the last of them. */
  readonly commitSecret: Secret;
}

/**
 * The path secrets of `count` nodes, and the commit secret. For a path without nodes the given secret itself is the
 * commit secret.
 */
export function derivePathSecrets(suite: CipherSuite, first: Secret, count: number): PathSecrets {
  const pathSecrets: Secret[] = [];
  let next = first;
  while (pathSecrets.length < count) {
    pathSecrets.push(next);
    next = deriveSecret(suite, next, "path");
  }
  return { pathSecrets, commitSecret: next };
}

/** The key pairs of nodes, in one batch. */
export async function deriveNodeKeyPairs(
  suite: CipherSuite,
  pathSecrets: readonly Secret[],
): Promise<readonly HpkeKeyPair[]> {
  const nodeSecrets = pathSecrets.map((pathSecret) => deriveSecret(suite, pathSecret, "node"));
  try {
    return await deriveMany(suite, nodeSecrets);
  } finally {
    dispose(nodeSecrets);
  }
}

/** A node and the public key that it has. */
export interface KeyedNode {
  /** A node of the path. */
  readonly node: NodeIndex;
  /** Its new key. */
  readonly publicKey: Uint8Array;
}

export interface DerivedKeys {
  readonly privateKeys: ReadonlyMap<NodeIndex, Secret>;
  readonly commitSecret: Secret;
}

/**
 * From the path secret of the first of some nodes: the private keys of them all. Consumes the path secret.
 *
 * @throws what `mismatch` makes of the first node whose public key is not the one derived
 */
export async function derivePrivateKeys(
  suite: CipherSuite,
  first: Secret,
  nodes: readonly KeyedNode[],
  mismatch: (node: NodeIndex) => MlsError,
): Promise<DerivedKeys> {
  const { pathSecrets, commitSecret } = derivePathSecrets(suite, first, nodes.length);
  try {
    const pairs = await deriveNodeKeyPairs(suite, pathSecrets);
    return { privateKeys: matched(nodes, pairs, mismatch), commitSecret };
  } catch (error) {
    commitSecret.dispose();
    throw error;
  } finally {
    dispose(pathSecrets);
  }
}

function matched(
  nodes: readonly KeyedNode[],
  pairs: readonly HpkeKeyPair[],
  mismatch: (node: NodeIndex) => MlsError,
): ReadonlyMap<NodeIndex, Secret> {
  const privateKeys = new Map<NodeIndex, Secret>();
  for (const [i, { node, publicKey }] of nodes.entries()) {
    const pair = pairs[i];
    if (pair === undefined || !equal(pair.publicKey, publicKey)) {
      dispose(pairs.map(({ privateKey }) => privateKey));
      throw mismatch(node);
    }
    privateKeys.set(node, pair.privateKey);
  }
  return privateKeys;
}
