/**
 * §10.1, §11: before anyone is added: which key packages could join, and why the others could not; which cipher suite all
 * can use, and who stands in the way of a better one; and which members' credentials are no longer good (§5.3.2).
 */

import { toHex } from "../bytes.ts";
import { verifyManyWithLabel } from "../crypto/labels.ts";
import { InvalidError, MlsError, UsageError } from "../errors.ts";
import { leafSignature } from "../tree/leaf-node.ts";
import { encryptionKeyCount, members, signatureKeyCount } from "../tree/ratchet-tree.ts";
import type { LeafIndex } from "../tree-math.ts";
import type { KeyPackage } from "../wire/key-package.ts";
import type { Capabilities } from "../wire/leaf-node.ts";
import { isGrease } from "../wire/registries.ts";
import { requestFor, verdictsOf } from "./authentication.ts";
import { type Environment, nowOf } from "./environment.ts";
import { checkKeyPackage, keyPackageSignature } from "./key-package.ts";
import { extensionsOf, groupIdOf, type PublicState } from "./state.ts";

/** A key package, and why it could not be added; no reason if it could. */
export interface Eligibility {
  /** The candidate. */
  readonly keyPackage: KeyPackage;
  /** Why it could not be added; absent if it could. */
  readonly reason: MlsError | undefined;
}

/**
 * Judges candidates for a group one by one, in their order: one that is refused does not hold up the others. Signatures
 * are verified in one batch, credentials authenticated in one call.
 */
export async function judgeCandidates(
  environment: Environment,
  state: PublicState,
  keyPackages: readonly KeyPackage[],
): Promise<readonly Eligibility[]> {
  const reasons: (MlsError | undefined)[] = keyPackages.map((keyPackage) =>
    reasonOf(() => checkAlone(environment, state, keyPackage)),
  );
  await verifySignatures(environment, keyPackages, reasons);
  await authenticateAll(environment, state, { keyPackages, reasons });
  markRepeated(keyPackages, reasons);
  return keyPackages.map((keyPackage, i) => ({ keyPackage, reason: reasons[i] }));
}

function checkAlone(environment: Environment, state: PublicState, keyPackage: KeyPackage): void {
  checkKeyPackage(environment, keyPackage, { groupExtensions: extensionsOf(state), now: nowOf(environment) });
  const { signatureKey, encryptionKey, capabilities, credential } = keyPackage.leafNode;
  if (signatureKeyCount(state.tree, signatureKey) > 0) throw new InvalidError("proposals.client_already_member");
  if (encryptionKeyCount(state.tree, encryptionKey) > 0) throw new InvalidError("tree.duplicate_encryption_key");
  const unsupported = [...state.tree.credentialTypes].find((type) => !capabilities.credentials.includes(type));
  const foreign = state.tree.support.credentials.includes(credential.credentialType)
    ? undefined
    : credential.credentialType;
  const credentialType = unsupported ?? foreign;
  if (credentialType !== undefined) throw new InvalidError("leaf.credential_unsupported", { credentialType });
}

async function verifySignatures(
  { suite }: Environment,
  keyPackages: readonly KeyPackage[],
  reasons: (MlsError | undefined)[],
): Promise<void> {
  const verdicts = await verifyManyWithLabel(
    suite,
    keyPackages.flatMap((keyPackage, i) =>
      reasons[i] === undefined ? [leafSignature(keyPackage), keyPackageSignature(keyPackage)] : [],
    ),
  );
  let next = 0;
  for (const i of keyPackages.keys()) {
    if (reasons[i] !== undefined) continue;
    const [ofLeaf, ofKeyPackage] = [verdicts[next++], verdicts[next++]];
    if (ofLeaf !== true) reasons[i] = new InvalidError("leaf.signature");
    else if (ofKeyPackage !== true) reasons[i] = new InvalidError("key_package.signature");
  }
}

async function authenticateAll(
  { authentication }: Environment,
  state: PublicState,
  { keyPackages, reasons }: { keyPackages: readonly KeyPackage[]; reasons: (MlsError | undefined)[] },
): Promise<void> {
  const asked = [...keyPackages.keys()].filter((i) => reasons[i] === undefined);
  if (asked.length === 0) return;
  const groupId = groupIdOf(state);
  const requests = asked.map((i) => requestFor("key_package", (keyPackages[i] as KeyPackage).leafNode, { groupId }));
  const verdicts = await verdictsOf(authentication, requests);
  const named = new Set<string>();
  asked.forEach((i, position) => {
    const verdict = verdicts[position];
    if (verdict?.accepted !== true) reasons[i] = new InvalidError("credential.rejected", { reason: "key_package" });
    else if (verdict.client !== undefined) reasons[i] = clashOf(state, named, verdict.client);
  });
}

/** §12.2: a client that is in the group, or was a candidate before. */
function clashOf(state: PublicState, named: Set<string>, client: Uint8Array): MlsError | undefined {
  if (state.clients.index.count(client) > 0) return new InvalidError("proposals.client_already_member");
  const name = toHex(client);
  if (named.has(name)) return new InvalidError("proposals.client_added_twice");
  named.add(name);
  return undefined;
}

/** Of candidates with one signature key, the first that is eligible goes through. */
function markRepeated(keyPackages: readonly KeyPackage[], reasons: (MlsError | undefined)[]): void {
  const seen = new Set<string>();
  for (const [i, { leafNode }] of keyPackages.entries()) {
    if (reasons[i] !== undefined) continue;
    const client = toHex(leafNode.signatureKey);
    if (seen.has(client)) reasons[i] = new InvalidError("proposals.client_added_twice");
    seen.add(client);
  }
}

function reasonOf(check: () => void): MlsError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof MlsError && !(error instanceof UsageError)) return error;
    throw error;
  }
}

/** Which cipher suite a group could have, and who stands in the way of better ones. */
export interface SuiteChoice {
  /** The first of the preferred suites that all support; none if there is no such suite. */
  readonly chosen: number | undefined;
  /** For each preferred suite before that, who does not support it: positions in the list of capabilities. */
  readonly blocked: readonly { readonly cipherSuite: number; readonly by: readonly number[] }[];
}

/**
 * §11: the best suite that all clients support, by the capabilities in their key packages. Best first in `preferred`,
 * which counts without GREASE (§13.5).
 */
export function chooseCipherSuite(preferred: readonly number[], clients: readonly Capabilities[]): SuiteChoice {
  const blocked: { cipherSuite: number; by: number[] }[] = [];
  for (const cipherSuite of preferred.filter((each) => !isGrease(each))) {
    const by = [...clients.keys()].filter((i) => clients[i]?.cipherSuites.includes(cipherSuite) !== true);
    if (by.length === 0) return { chosen: cipherSuite, blocked };
    blocked.push({ cipherSuite, by });
  }
  return { chosen: undefined, blocked };
}

/**
 * §5.3.2: the members whose credentials the Authentication Service does not accept (any more): expired or revoked ones.
 * What to do about them is for the application to decide.
 *
 * @throws InvalidError `credential.hook_failed`
 */
export async function sweepCredentials(environment: Environment, state: PublicState): Promise<readonly LeafIndex[]> {
  const groupId = groupIdOf(state);
  const leaves = [...members(state.tree)];
  const requests = leaves.map(([leafIndex, leafNode]) => requestFor("member", leafNode, { groupId, leafIndex }));
  const verdicts = await verdictsOf(environment.authentication, requests);
  return leaves.flatMap(([leafIndex], i) => (verdicts[i]?.accepted === true ? [] : [leafIndex]));
}
