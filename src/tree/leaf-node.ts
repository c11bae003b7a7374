/**
 * §7.2, §7.3: leaf nodes. What one leaf must be by itself, and with which signature; what members must be to each other
 * is asked of the whole tree, through its summaries. Credentials (§5.3.1) are judged by the application, not here.
 */

import { EMPTY, equal } from "../bytes.ts";
import { copyOf, decode, encode } from "../codec/codec.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { type LabelledSignature, signWithLabel, verifyManyWithLabel } from "../crypto/labels.ts";
import type { Signer } from "../crypto/signer.ts";
import { InvalidError, MalformedError } from "../errors.ts";
import type { LeafIndex } from "../tree-math.ts";
import type { Credential } from "../wire/credential.ts";
import { ApplicationId, type Extension } from "../wire/extension.ts";
import { LeafNode, LeafNodeTBS, type Lifetime } from "../wire/leaf-node.ts";
import type { ExtensionType, LeafNodeSource } from "../wire/registries.ts";
import {
  DEFAULT_EXTENSIONS,
  DEFAULT_PROPOSALS,
  demandsOf,
  firstLack,
  type GroupDemands,
  MAX_LIST_LENGTH,
} from "./capabilities.ts";
import { members, type RatchetTree } from "./ratchet-tree.ts";

type Unsigned<T> = T extends LeafNode ? Omit<T, "signature"> : never;
/** A LeafNode before it is signed. */
export type LeafNodeContent = Unsigned<LeafNode>;

/** Where in which group a leaf stands: signed with the sources `update` and `commit` (§7.2). */
export interface LeafPosition {
  /** The group that the leaf is signed for. */
  readonly groupId: Uint8Array;
  /** The place that the leaf is signed for. */
  readonly leafIndex: LeafIndex;
}

/** §7.2: a copy of `content` with its signature. The position is needed for the sources `update` and `commit`. */
export async function signLeafNode(
  signer: Signer,
  content: LeafNodeContent,
  position?: LeafPosition,
): Promise<LeafNode> {
  const owned = copyOf(LeafNode, { ...content, signature: EMPTY });
  const signature = await signWithLabel(signer, "LeafNodeTBS", encodeTBS(owned, position));
  return { ...owned, signature };
}

/** A leaf, and the place that its signature is bound to. */
export interface PlacedLeaf {
  /** What stands there. */
  readonly leafNode: LeafNode;
  /** None for a leaf in a KeyPackage. */
  readonly position?: LeafPosition | undefined;
}

/**
 * §7.3: the signatures of any number of leaves, in one batch.
 *
 * @throws InvalidError `leaf.signature`, with the leaf's index, or `key.signature_public`; `leaf.wrong_source` for a leaf of source `update` or
 * `commit` without a position
 */
export async function verifyLeafSignatures(suite: CipherSuite, leaves: readonly PlacedLeaf[]): Promise<void> {
  const verdicts = await verifyManyWithLabel(suite, leaves.map(leafSignature));
  leaves.forEach(({ leafNode, position }, i) => {
    if (verdicts[i] === true) return;
    suite.signature.checkPublicKey(leafNode.signatureKey);
    throw new InvalidError("leaf.signature", { leaf: position?.leafIndex });
  });
}

/** What a leaf's signature is to be verified against, in a batch with others. @throws InvalidError `leaf.wrong_source` */
export function leafSignature({ leafNode, position }: PlacedLeaf): LabelledSignature {
  return {
    publicKey: leafNode.signatureKey,
    label: "LeafNodeTBS",
    content: encodeTBS(leafNode, position),
    signature: leafNode.signature,
  };
}

/** By what a leaf is judged. */
export interface LeafNodeRules {
  /** What the leaf's place demands: `key_package` in a KeyPackage, `update` in an Update, `commit` in a path. */
  readonly source?: LeafNodeSource | undefined;
  /** Those of the GroupContext at the end of the commit; none for a KeyPackage by itself. */
  readonly groupExtensions: readonly Extension[];
  /** The leaf that this one replaces, which must have another encryption key. */
  readonly replaced?: LeafNode | undefined;
  /** Seconds since the Unix epoch. Without it nobody asks whether a lifetime has begun and not ended. */
  readonly now?: bigint | undefined;
  /** Seconds. The longest lifetime from end to end that the application accepts. */
  readonly maxLifetime?: bigint | undefined;
  /** The signature key was judged before, or will be with the leaf's signature (`SignatureScheme.verifiesKeys`). */
  readonly signatureKeyJudged?: boolean | undefined;
  /** Accept default types in capabilities, which §7.2 forbids to list. */
  readonly tolerateDefaults?: boolean | undefined;
  /** Throws at an extension that is not as the application wants it. Asked about types that are not of RFC 9420. */
  readonly checkExtension?: ((extension: Extension) => void) | undefined;
  /** Throws at a credential that nobody could read. */
  readonly checkCredential?: ((credential: Credential) => void) | undefined;
}

/**
 * §7.2, §7.3: all that can be said of a leaf without its signature, its credential and the other members.
 *
 * @throws InvalidError `key.hpke_public`, `key.signature_public`, `leaf.*`, `extension.misplaced`
 * @throws MalformedError `extensions.duplicate`, `extensions.limit`, `credential.certificate_limit`, `codec.*`
 */
export function checkLeafNode(suite: CipherSuite, leafNode: LeafNode, rules: LeafNodeRules): void {
  checkOne(suite, { leafNode, leaf: undefined }, rules, demandsOf(rules.groupExtensions));
}

/** `checkLeafNode` for all members of a tree that is being joined; errors name the leaf. */
export function checkMembers(tree: RatchetTree, rules: LeafNodeRules): void {
  const demands = demandsOf(rules.groupExtensions);
  for (const [leaf, leafNode] of members(tree)) checkOne(tree.suite, { leafNode, leaf }, rules, demands);
}

/**
 * §7.3: each credential type in use is supported by all members. The tree's summaries answer; single members are looked
 * at only to name one that is to blame.
 *
 * @throws InvalidError `leaf.credential_unsupported`
 */
export function checkSupport(tree: RatchetTree): void {
  const { credentials } = tree.support;
  for (const credentialType of tree.credentialTypes) {
    if (credentials.includes(credentialType)) continue;
    for (const [leaf, { capabilities }] of members(tree)) {
      if (capabilities.credentials.includes(credentialType)) continue;
      throw new InvalidError("leaf.credential_unsupported", { leaf, credentialType });
    }
  }
}

interface NamedLeaf {
  readonly leafNode: LeafNode;
  /** For error reports. */
  readonly leaf: LeafIndex | undefined;
}

function checkOne(suite: CipherSuite, named: NamedLeaf, rules: LeafNodeRules, demands: GroupDemands): void {
  const { leafNode, leaf } = named;
  suite.kem.checkPublicKey(leafNode.encryptionKey);
  if (rules.signatureKeyJudged !== true) suite.signature.checkPublicKey(leafNode.signatureKey);
  checkExtensions(named, rules);
  checkOwnCapabilities(suite, named, rules);
  checkCertificates(named);
  rules.checkCredential?.(leafNode.credential);
  checkDemands(named, demands);
  if (leafNode.leafNodeSource === "key_package") checkLifetime(named, leafNode.lifetime, rules);
  if (rules.source !== undefined && leafNode.leafNodeSource !== rules.source) {
    throw new InvalidError("leaf.wrong_source", { leaf, source: leafNode.leafNodeSource, expected: rules.source });
  }
  if (rules.replaced !== undefined && equal(leafNode.encryptionKey, rules.replaced.encryptionKey)) {
    throw new InvalidError("leaf.same_encryption_key", { leaf });
  }
}

function checkExtensions({ leafNode, leaf }: NamedLeaf, rules: LeafNodeRules): void {
  const seen = new Set<ExtensionType>();
  const listed = new Set(leafNode.capabilities.extensions);
  const { length } = leafNode.extensions;
  if (length > MAX_LIST_LENGTH) throw new MalformedError("extensions.limit", { leaf, length });
  for (const extension of leafNode.extensions) {
    const { extensionType: type, extensionData } = extension;
    if (seen.has(type)) throw new MalformedError("extensions.duplicate", { leaf, type });
    seen.add(type);
    const isDefault = DEFAULT_EXTENSIONS.has(type);
    if (!isDefault && !listed.has(type)) throw new InvalidError("leaf.extension_not_listed", { leaf, type });
    if (type === "application_id") decode(ApplicationId, extensionData);
    else if (isDefault) throw new InvalidError("extension.misplaced", { leaf, type });
    else rules.checkExtension?.(extension);
  }
}

function checkCertificates({ leafNode: { credential }, leaf }: NamedLeaf): void {
  const length = credential.credentialType === "x509" ? credential.certificates.length : 0;
  if (length > MAX_LIST_LENGTH) throw new MalformedError("credential.certificate_limit", { leaf, length });
}

function checkOwnCapabilities(suite: CipherSuite, { leafNode, leaf }: NamedLeaf, rules: LeafNodeRules): void {
  const { capabilities, credential } = leafNode;
  const defaultType =
    capabilities.extensions.find((type) => DEFAULT_EXTENSIONS.has(type)) ??
    capabilities.proposals.find((type) => DEFAULT_PROPOSALS.has(type));
  if (defaultType !== undefined && rules.tolerateDefaults !== true) {
    throw new InvalidError("leaf.default_type_listed", { leaf, type: defaultType });
  }
  if (!capabilities.credentials.includes(credential.credentialType)) {
    throw new InvalidError("leaf.credential_not_listed", { leaf, credentialType: credential.credentialType });
  }
  if (!capabilities.versions.includes("mls10")) throw new InvalidError("leaf.version_not_listed", { leaf });
  if (!capabilities.cipherSuites.includes(suite.id)) {
    throw new InvalidError("leaf.cipher_suite_not_listed", { leaf, cipherSuite: suite.id });
  }
}

function checkDemands({ leafNode, leaf }: NamedLeaf, demands: GroupDemands): void {
  const lack = firstLack(leafNode.capabilities, demands);
  if (lack === undefined) return;
  const code = lack.kind === "extension" ? "leaf.group_extension_unsupported" : "leaf.required_capability";
  throw new InvalidError(code, { leaf, kind: lack.kind, type: lack.type });
}

function checkLifetime({ leaf }: NamedLeaf, { notBefore, notAfter }: Lifetime, rules: LeafNodeRules): void {
  const { now, maxLifetime } = rules;
  const judged = now !== undefined || maxLifetime !== undefined;
  const outside = now !== undefined && (now < notBefore || now > notAfter);
  if (outside || (judged && notAfter < notBefore)) {
    throw new InvalidError("leaf.lifetime", { leaf, notBefore, notAfter, now });
  }
  if (maxLifetime !== undefined && notAfter - notBefore > maxLifetime) {
    throw new InvalidError("leaf.lifetime_too_long", { leaf, notBefore, notAfter, maxLifetime });
  }
}

function encodeTBS(content: LeafNodeContent, position: LeafPosition | undefined): Uint8Array {
  if (content.leafNodeSource === "key_package") return encode(LeafNodeTBS, content);
  if (position === undefined) throw new InvalidError("leaf.wrong_source", { source: content.leafNodeSource });
  return encode(LeafNodeTBS, { ...content, ...position });
}
