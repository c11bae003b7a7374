/**
 * §13.5 GREASE: values that mean nothing, sent so that nobody forgets to ignore what it does not know. They are drawn
 * from the environment's randomness and stand in the seven fields that the RFC names, nowhere else. In what
 * is received they are ignored: listing one supports nothing (`firstLack`).
 */

import type { Random } from "../crypto/cipher-suite.ts";
import { UsageError } from "../errors.ts";
import type { Extension } from "../wire/extension.ts";
import type { Capabilities, LeafNode } from "../wire/leaf-node.ts";
import { type ExtensionType, GREASE_VALUES, isGrease } from "../wire/registries.ts";
import { defaultCapabilities, requireSupported } from "./capabilities.ts";
import { type Environment, policyOf } from "./environment.ts";
import { lastResort } from "./last-resort.ts";

/** What the caller states of a leaf, and of the KeyPackage around it. */
export interface StatedFeatures {
  readonly capabilities?: Capabilities | undefined;
  readonly leafExtensions?: readonly Extension[] | undefined;
  readonly extensions?: readonly Extension[] | undefined;
  readonly lastResort?: boolean | undefined;
}

/** What a new leaf says of itself beside its keys. */
export interface LeafFeatures {
  readonly capabilities: Capabilities;
  readonly extensions: readonly Extension[];
  /** A GREASE type that the capabilities list, for the KeyPackage around the leaf (§10). */
  readonly greaseType: number | undefined;
}

/**
 * Capabilities that the caller states are taken as they are, and then the leaf has no GREASE. The default ones get a
 * value in each list, the one of the extensions for an extension in the leaf (§7.3), and the mark of last resort.
 *
 * @throws UsageError `grease.misplaced`, `capabilities.unsupported`
 */
export function leafFeatures(
  environment: Environment,
  { capabilities, leafExtensions = [], extensions = [], lastResort: marked = false }: StatedFeatures,
): LeafFeatures {
  if (capabilities !== undefined) {
    refuseGrease("capabilities.versions", capabilities.versions);
    requireSupported(environment, capabilities);
    return { capabilities, extensions: leafExtensions, greaseType: undefined };
  }
  const registered = defaultCapabilities(environment.suite, environment.registrations);
  const known = marked ? withExtension(registered, lastResort.extensionType) : registered;
  if (!policyOf(environment).grease) return { capabilities: known, extensions: leafExtensions, greaseType: undefined };
  const { random } = environment;
  const greaseType = pick(random, [...known.extensions, ...typesOf(leafExtensions), ...typesOf(extensions)]);
  return {
    capabilities: {
      versions: known.versions,
      cipherSuites: [...known.cipherSuites, pick(random)],
      extensions: [...known.extensions, greaseType],
      proposals: [...known.proposals, pick(random)],
      credentials: [...known.credentials, pick(random)],
    },
    extensions: [...leafExtensions, greaseExtension(random, greaseType)],
    greaseType,
  };
}

/**
 * The features of a leaf that takes the place of an older one. GREASE stays as it was, unless the caller states
 * capabilities that do not list it.
 *
 * @throws UsageError `grease.misplaced`, `capabilities.unsupported`
 */
export function changedFeatures(
  environment: Environment,
  leaf: LeafNode,
  change: StatedFeatures,
): Pick<LeafNode, "capabilities" | "extensions"> {
  refuseGrease("capabilities.versions", change.capabilities?.versions ?? []);
  if (change.capabilities !== undefined) requireSupported(environment, change.capabilities);
  const { capabilities = leaf.capabilities } = change;
  const stated = change.leafExtensions ?? leaf.extensions.filter(({ extensionType }) => !isGrease(extensionType));
  const known = new Set(typesOf(stated));
  const grease = leaf.extensions.filter(
    ({ extensionType: type }) => isGrease(type) && capabilities.extensions.includes(type) && !known.has(type),
  );
  return { capabilities, extensions: [...stated, ...grease] };
}

/** An extension of that type with a body of a random length, from 0 to 7 octets. */
export function greaseExtension(random: Random, extensionType: number = pick(random)): Extension {
  return { extensionType, extensionData: random((random(1)[0] ?? 0) % 8) };
}

/** Extensions of a GroupInfo, with one more that means nothing if the policy says so. */
export function withGreaseExtension(environment: Environment, extensions: readonly Extension[]): readonly Extension[] {
  if (!policyOf(environment).grease) return extensions;
  const { random } = environment;
  return [...extensions, greaseExtension(random, pick(random, typesOf(extensions)))];
}

/** For fields that the application fills. @throws UsageError `grease.misplaced` */
export function refuseGrease(field: string, values: readonly (string | number)[]): void {
  const value = values.find(isGrease);
  if (value !== undefined) throw new UsageError("grease.misplaced", { field, value });
}

function withExtension(capabilities: Capabilities, type: ExtensionType): Capabilities {
  return { ...capabilities, extensions: [...new Set([...capabilities.extensions, type])] };
}

function pick(random: Random, taken: readonly (string | number)[] = []): number {
  const free = GREASE_VALUES.filter((value) => !taken.includes(value));
  // With all of them taken one stands there twice, and is refused as such.
  const from = free.length > 0 ? free : GREASE_VALUES;
  return from[(random(1)[0] ?? 0) % from.length] as number;
}

function typesOf(extensions: readonly Extension[]) {
  return extensions.map(({ extensionType }) => extensionType);
}
