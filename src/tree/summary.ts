/**
 * What the rules of §7.3, §11.1 and §13.4 ask of all members at once, summarised for each subtree: after a change only
 * the nodes above it are summed up again, and reading the whole tree's answer costs nothing.
 */

import type { Capabilities } from "../wire/leaf-node.ts";
import type { CredentialType } from "../wire/registries.ts";
import type { Branch, Subtree } from "./node.ts";

/**
 * What all members below list in their capabilities; nothing can be said of a subtree without members. `alike` is the
 * answer if it is the same: so all summaries of a tree of alike members are one object.
 */
export function support(subtree: Subtree, alike?: Capabilities): Capabilities | undefined {
  if (subtree.kind === "blank") return undefined;
  if (subtree.kind === "leaf") return sameOr(subtree.read().capabilities, alike);
  subtree.knownSupport ??= supportOfBranch(subtree, alike);
  return subtree.knownSupport;
}

/** The types of the credentials that members below use. */
export function credentialTypes(subtree: Subtree): ReadonlySet<CredentialType> {
  if (subtree.kind === "blank") return NONE;
  if (subtree.kind === "leaf") return only(subtree.read().credential.credentialType);
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

const LISTS = ["versions", "cipherSuites", "extensions", "proposals", "credentials"] as const;

const NONE: ReadonlySet<CredentialType> = new Set();
const ONLY_BASIC: ReadonlySet<CredentialType> = new Set(["basic"]);
const ONLY_X509: ReadonlySet<CredentialType> = new Set(["x509"]);

function only(type: CredentialType): ReadonlySet<CredentialType> {
  if (type === "basic") return ONLY_BASIC;
  return type === "x509" ? ONLY_X509 : new Set([type]);
}

/** A path changes one side, and what is known of the other is its model. A left side that is known returns at once. */
function supportOfBranch({ left, right }: Branch, alike: Capabilities | undefined): Capabilities | undefined {
  const model = (right.kind === "branch" ? right.knownSupport : undefined) ?? alike;
  const ofLeft = support(left, model);
  return supportOfBoth(ofLeft, support(right, ofLeft ?? model));
}

function sameOr(capabilities: Capabilities, alike: Capabilities | undefined): Capabilities {
  if (alike === undefined) return capabilities;
  return LISTS.every((list) => isSameList<unknown>(alike[list], capabilities[list])) ? alike : capabilities;
}

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
  return LISTS.every((list) => both[list] === a[list]) ? a : both;
}

function common<T>(a: readonly T[], b: readonly T[]): readonly T[] {
  if (isSameList(a, b)) return a;
  const inBoth = new Set(b);
  const kept = a.filter((each) => inBoth.has(each));
  return kept.length === a.length ? a : kept;
}

function isSameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((each, i) => each === b[i]));
}
