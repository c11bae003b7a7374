/**
 * What the rules of §7.3, §11.1 and §13.4 ask of all members at once, summarised for each subtree: after a change only
 * the nodes above it are summed up again, and reading the whole tree's answer costs nothing.
 */

import type { Capabilities } from "../wire/leaf-node.ts";
import type { CredentialType } from "../wire/registries.ts";
import type { Branch, Subtree } from "./node.ts";

/** What all members below list in their capabilities; nothing can be said of a subtree without members. */
export function support(subtree: Subtree): Capabilities | undefined {
  if (subtree.kind === "blank") return undefined;
  if (subtree.kind === "leaf") return subtree.leafNode.capabilities;
  subtree.knownSupport ??= supportOfBoth(support(subtree.left), support(subtree.right));
  return subtree.knownSupport;
}

/** The types of the credentials that members below use. */
export function credentialTypes(subtree: Subtree): ReadonlySet<CredentialType> {
  if (subtree.kind === "blank") return NONE;
  if (subtree.kind === "leaf") return new Set([subtree.leafNode.credential.credentialType]);
  subtree.knownCredentialTypes ??= union(credentialTypes(subtree.left), credentialTypes(subtree.right));
  return subtree.knownCredentialTypes;
}

/** How many nodes the subtree's resolution has (§4.1.1), without listing them. */
export function resolutionLength(subtree: Subtree): number {
  if (subtree.kind === "blank") return 0;
  if (subtree.kind === "leaf") return 1;
  subtree.knownResolutionLength ??= lengthOfBranch(subtree);
  return subtree.knownResolutionLength;
}

const NONE: ReadonlySet<CredentialType> = new Set();

function lengthOfBranch({ parentNode, left, right }: Branch): number {
  if (parentNode !== undefined) return 1 + parentNode.unmergedLeaves.length;
  return resolutionLength(left) + resolutionLength(right);
}

function union(a: ReadonlySet<CredentialType>, b: ReadonlySet<CredentialType>): ReadonlySet<CredentialType> {
  if (isWithin(b, a)) return a;
  return isWithin(a, b) ? b : new Set([...a, ...b]);
}

function isWithin<T>(part: ReadonlySet<T>, whole: ReadonlySet<T>): boolean {
  for (const each of part) if (!whole.has(each)) return false;
  return true;
}

/** The very object that came in where nothing had to be left out, so that a tree of alike members holds one of them. */
function supportOfBoth(a: Capabilities | undefined, b: Capabilities | undefined): Capabilities | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  const both: Capabilities = {
    versions: common(a.versions, b.versions),
    cipherSuites: common(a.cipherSuites, b.cipherSuites),
    extensions: common(a.extensions, b.extensions),
    proposals: common(a.proposals, b.proposals),
    credentials: common(a.credentials, b.credentials),
  };
  return isSame(both, a) ? a : both;
}

function common<T>(a: readonly T[], b: readonly T[]): readonly T[] {
  if (a === b || (a.length === b.length && a.every((each, i) => each === b[i]))) return a;
  const inBoth = new Set(b);
  const kept = a.filter((each) => inBoth.has(each));
  return kept.length === a.length ? a : kept;
}

function isSame(a: Capabilities, b: Capabilities): boolean {
  return (
    a.versions === b.versions &&
    a.cipherSuites === b.cipherSuites &&
    a.extensions === b.extensions &&
    a.proposals === b.proposals &&
    a.credentials === b.credentials
  );
}
