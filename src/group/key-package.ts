/** §10: key packages: made, imported, and validated (§10.1). */

import { equal } from "../bytes.ts";
import { copyOf, encode } from "../codec/codec.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import {
  generateHpkeKeyPair,
  type LabelledSignature,
  makeKeyPackageRef,
  signWithLabel,
  verifyManyWithLabel,
} from "../crypto/labels.ts";
import { type Signer, signerOf } from "../crypto/signer.ts";
import { InvalidError, UsageError } from "../errors.ts";
import { dispose, Secret } from "../secret.ts";
import { checkLeafNode, type LeafNodeRules, leafSignature, signLeafNode } from "../tree/leaf-node.ts";
import type { Credential } from "../wire/credential.ts";
import type { Extension } from "../wire/extension.ts";
import { KeyPackage, KeyPackageTBS } from "../wire/key-package.ts";
import type { Capabilities, Lifetime } from "../wire/leaf-node.ts";
import { authenticate, requestFor } from "./authentication.ts";
import { defaultLifetime } from "./capabilities.ts";
import { type Environment, nowOf, policyOf } from "./environment.ts";
import { checkCustomExtension, checkExtensions } from "./extensions.ts";
import { greaseExtension, leafFeatures } from "./grease.ts";
import { isLastResort, lastResort } from "./last-resort.ts";
import { checkCustomCredential, registryOf } from "./registrations.ts";

/** Who a client is in a group: what its leaf will say, and the key that signs for it. */
export interface LeafOptions {
  /** Of the key pair that the credential belongs to. */
  readonly signer: Signer;
  /** What the Authentication Service is asked about. */
  readonly credential: Credential;
  /**
   * Default: MLS 1.0, the suite at hand, basic and X.509 credentials, what is registered, and GREASE (§13.5), which stands
   * in the extensions, too. Stated ones are taken as they are, without any, and may claim only what is supported (§13.4).
   */
  readonly capabilities?: Capabilities;
  /** Extensions of the leaf; non-default types must be listed in the capabilities. */
  readonly leafExtensions?: readonly Extension[];
}

/** Whom a key package is for, and how long it is good. */
export interface KeyPackageOptions extends LeafOptions {
  /** Default: from an hour ago to 90 days ahead. */
  readonly lifetime?: Lifetime;
  /** Extensions of the key package itself; their types must be listed in the capabilities. */
  readonly extensions?: readonly Extension[];
  /**
   * Whether it is marked as one of last resort (§16.8), by extension type 10; stated capabilities must list that. Such a
   * key package is not used up by a join: its private keys are kept until it is withdrawn. Default: false.
   */
  readonly lastResort?: boolean;
}

/** A key package with everything that joining by it takes. The private keys are the holder's to dispose of. */
export interface KeyPackageBundle {
  /** To be published. */
  readonly keyPackage: KeyPackage;
  /** KeyPackageRef (§5.2). */
  readonly reference: Uint8Array;
  /** x*/
  readonly initPrivateKey: Secret;
  /** Of the leaf, which takes a copy of it; ends when the group is joined, as the init key does. */
  readonly encryptionPrivateKey: Secret;
  /** Signs for the leaf from then on. */
  readonly signer: Signer;
}

/** Raw private keys that belong to a key package. */
export type PrivateKeys = {
  /** Of `init_key`, in the format of the KEM. */
  readonly initPrivateKey: Uint8Array;
  /** Of the leaf's `encryption_key`, in the format of the KEM. */
  readonly encryptionPrivateKey: Uint8Array;
} & (
  | {
      /** Of the leaf's `signature_key`: the seed for EdDSA, the scalar for ECDSA. */
      readonly signaturePrivateKey: Uint8Array;
    }
  | {
      /** What signs for the leaf's `signature_key`, wherever the key is. */
      readonly signer: Signer;
    }
);

/**
 * A fresh key package, to be published; the bundle is to be kept until a Welcome uses it (§10), and one of last resort
 * until it is withdrawn. One signer may serve any number of key packages.
 *
 * @throws UsageError `leaf.lifetime_inverted`
 * @throws InvalidError `leaf.*`, `extensions.*` if the options contradict one another
 */
export async function createKeyPackage(
  environment: Environment,
  options: KeyPackageOptions,
): Promise<KeyPackageBundle> {
  const { suite, random } = environment;
  const lifetime = options.lifetime ?? defaultLifetime(environment.clock);
  if (lifetime.notBefore > lifetime.notAfter) throw new UsageError("leaf.lifetime_inverted");
  const made: Secret[] = [];
  try {
    const init = await generateHpkeKeyPair(suite, random);
    made.push(init.privateKey);
    const encryption = await generateHpkeKeyPair(suite, random);
    made.push(encryption.privateKey);
    const publicKeys = { initKey: init.publicKey, encryptionKey: encryption.publicKey };
    const keyPackage = await signKeyPackage(environment, { ...options, lifetime }, publicKeys);
    return {
      keyPackage,
      reference: keyPackageRef(suite, keyPackage),
      initPrivateKey: init.privateKey,
      encryptionPrivateKey: encryption.privateKey,
      signer: options.signer,
    };
  } catch (error) {
    dispose(made);
    throw error;
  }
}

async function signKeyPackage(
  environment: Environment,
  options: KeyPackageOptions & { readonly lifetime: Lifetime },
  { initKey, encryptionKey }: { readonly initKey: Uint8Array; readonly encryptionKey: Uint8Array },
): Promise<KeyPackage> {
  const { suite, random } = environment;
  const { signer, credential, lifetime } = options;
  const { capabilities, extensions: leafExtensions, greaseType } = leafFeatures(environment, options);
  const leafNode = await signLeafNode(signer, {
    encryptionKey,
    signatureKey: signer.publicKey,
    credential,
    capabilities,
    leafNodeSource: "key_package",
    lifetime,
    extensions: leafExtensions,
  });
  const stated = options.extensions ?? [];
  const marks = options.lastResort === true && !isLastResort({ extensions: stated }) ? [lastResort] : [];
  const grease = greaseType === undefined ? [] : [greaseExtension(random, greaseType)];
  const extensions = [...stated, ...marks, ...grease];
  const content = copyOf(KeyPackageTBS, { version: "mls10", cipherSuite: suite.id, initKey, leafNode, extensions });
  for (const { extensionType } of extensions) {
    if (leafNode.capabilities.extensions.includes(extensionType)) continue;
    throw new InvalidError("key_package.extension_not_listed", { extensionType });
  }
  checkKeyPackage(environment, content, { groupExtensions: [], now: undefined });
  return { ...content, signature: await signWithLabel(signer, "KeyPackageTBS", encode(KeyPackageTBS, content)) };
}

/**
 * A bundle from a key package and its raw private keys, which are copied: so a bundle that was stored is made again.
 *
 * @throws UsageError `key.mismatch` if a private key does not belong to its public key
 */
export async function importKeyPackage(
  { suite }: Pick<Environment, "suite">,
  keyPackage: KeyPackage,
  keys: PrivateKeys,
): Promise<KeyPackageBundle> {
  const initPrivateKey = Secret.copyOf(keys.initPrivateKey);
  const encryptionPrivateKey = Secret.copyOf(keys.encryptionPrivateKey);
  const made = [initPrivateKey, encryptionPrivateKey];
  try {
    const signer = await signerFor(suite, keys, made);
    const { initKey, leafNode } = keyPackage;
    const pairs = [
      ["init_key", await suite.kem.publicKeyOf(initPrivateKey.bytes), initKey],
      ["encryption_key", await suite.kem.publicKeyOf(encryptionPrivateKey.bytes), leafNode.encryptionKey],
      ["signature_key", signer.publicKey, leafNode.signatureKey],
    ] as const;
    for (const [key, derived, stated] of pairs)
      if (!equal(derived, stated)) throw new UsageError("key.mismatch", { key });
    return { keyPackage, reference: keyPackageRef(suite, keyPackage), initPrivateKey, encryptionPrivateKey, signer };
  } catch (error) {
    dispose(made);
    throw error;
  }
}

async function signerFor(suite: CipherSuite, keys: PrivateKeys, made: Secret[]): Promise<Signer> {
  if ("signer" in keys) return keys.signer;
  const signer = await signerOf(suite, keys.signaturePrivateKey);
  made.push(signer.privateKey);
  return signer;
}

/** §5.2 */
export function keyPackageRef(suite: CipherSuite, keyPackage: KeyPackage): Uint8Array {
  return makeKeyPackageRef(suite, encode(KeyPackage, keyPackage));
}

/**
 * §10.1: validates a key package before it is used in an Add, its credential included.
 *
 * @throws InvalidError `key_package.*`, `leaf.*`, `credential.*`
 */
export async function validateKeyPackage(
  environment: Environment,
  keyPackage: KeyPackage,
  groupExtensions: readonly Extension[] = [],
): Promise<void> {
  checkKeyPackage(environment, keyPackage, { groupExtensions, now: nowOf(environment) });
  await verifyKeyPackages(environment.suite, [keyPackage]);
  await authenticate(environment.authentication, [requestFor("key_package", keyPackage.leafNode, {})]);
}

/** §10.1 without signatures and credential. @throws InvalidError `key_package.*`, `leaf.*` */
export function checkKeyPackage(
  environment: Environment,
  keyPackage: KeyPackageTBS,
  { groupExtensions, now }: { groupExtensions: readonly Extension[]; now: bigint | undefined },
): void {
  const { suite } = environment;
  const { version, cipherSuite, initKey, leafNode } = keyPackage;
  if (version !== "mls10") throw new InvalidError("key_package.version", { version });
  if (cipherSuite !== suite.id) throw new InvalidError("key_package.cipher_suite", { cipherSuite });
  suite.kem.checkPublicKey(initKey);
  if (equal(initKey, leafNode.encryptionKey)) throw new InvalidError("key_package.same_keys");
  checkExtensions(registryOf(environment), keyPackage.extensions, "key_package");
  const { maxLifetime } = policyOf(environment);
  checkLeafNode(suite, leafNode, {
    ...leafRules(environment),
    source: "key_package",
    groupExtensions,
    now,
    maxLifetime,
  });
}

/** §7.3: by what all leaves are judged, wherever they come from. */
export function leafRules(
  environment: Environment,
): Pick<LeafNodeRules, "tolerateDefaults" | "checkExtension" | "checkCredential"> {
  const registry = registryOf(environment);
  return {
    tolerateDefaults: policyOf(environment).tolerateDefaultTypes,
    checkExtension: (extension) => checkCustomExtension(registry, extension, "leaf_node"),
    checkCredential: (credential) => checkCustomCredential(registry, credential),
  };
}

/** Both signatures of each key package, in one batch. @throws InvalidError `key_package.signature`, `leaf.signature` */
export async function verifyKeyPackages(suite: CipherSuite, keyPackages: readonly KeyPackage[]): Promise<void> {
  const requests = keyPackages.flatMap((keyPackage) => [leafSignature(keyPackage), keyPackageSignature(keyPackage)]);
  const verdicts = await verifyManyWithLabel(suite, requests);
  for (const [position, valid] of verdicts.entries()) {
    if (!valid) throw new InvalidError(position % 2 === 0 ? "leaf.signature" : "key_package.signature");
  }
}

/** What a key package's signature is to be verified against. */
export function keyPackageSignature(keyPackage: KeyPackage): LabelledSignature {
  const { signature, ...content } = keyPackage;
  return {
    publicKey: keyPackage.leafNode.signatureKey,
    label: "KeyPackageTBS",
    content: encode(KeyPackageTBS, content),
    signature,
  };
}
