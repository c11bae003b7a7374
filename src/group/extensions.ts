/** §13.4, §17.3: what any list of extensions must be, by the object that it stands in. */

import { decode } from "../codec/codec.ts";
import { octetsOf } from "../codec/struct.ts";
import { InvalidError, MalformedError } from "../errors.ts";
import { DEFAULT_EXTENSIONS, MAX_LIST_LENGTH } from "../tree/capabilities.ts";
import { type Extension, ExternalPub, ExternalSenders, RequiredCapabilities } from "../wire/extension.ts";
import type { ExtensionType } from "../wire/registries.ts";
import type { ExtensionPlace, Registry } from "./registrations.ts";

/** The objects with extensions, LeafNodes excepted: those are judged by §7.3. */
type ListPlace = Exclude<ExtensionPlace, "leaf_node">;

/**
 * No type twice, none that is known where it does not belong, and the bodies of those that do belong are well-formed.
 * The ratchet tree, which is large, is decoded where it is used.
 *
 * @throws MalformedError `extensions.duplicate`, `extensions.limit`, `codec.*` @throws InvalidError `extension.misplaced`
 */
export function checkExtensions(registry: Registry, extensions: readonly Extension[], place: ListPlace): void {
  const { length } = extensions;
  if (length > MAX_LIST_LENGTH) throw new MalformedError("extensions.limit", { length, place });
  const seen = new Set<ExtensionType>();
  for (const extension of extensions) {
    const { extensionType, extensionData } = extension;
    if (seen.has(extensionType)) throw new MalformedError("extensions.duplicate", { extensionType, place });
    seen.add(extensionType);
    checkCustomExtension(registry, extension, place);
    if (!DEFAULT_EXTENSIONS.has(extensionType)) continue;
    const check = BELONGS[place][extensionType];
    if (check === undefined) throw new InvalidError("extension.misplaced", { extensionType, place });
    check(extensionData, registry);
  }
}

/** One of a registered type. @throws MalformedError `codec.*` @throws InvalidError `extension.misplaced` */
export function checkCustomExtension(registry: Registry, extension: Extension, place: ExtensionPlace): void {
  const { extensionType, extensionData } = extension;
  const registration = typeof extensionType === "number" ? registry.extensions.get(extensionType) : undefined;
  if (registration === undefined) return;
  if (!registration.places.includes(place)) throw new InvalidError("extension.misplaced", { extensionType, place });
  if (registration.body !== undefined) decode(octetsOf(registration.body), extensionData, registry);
}

type BodyCheck = (data: Uint8Array, registry: Registry) => unknown;

const BELONGS: Readonly<Record<ListPlace, Readonly<Partial<Record<ExtensionType, BodyCheck>>>>> = {
  key_package: {},
  group_context: {
    required_capabilities: (data) => decode(RequiredCapabilities, data),
    external_senders: (data, registry) => decode(ExternalSenders, data, registry),
  },
  group_info: {
    external_pub: (data) => decode(ExternalPub, data),
    ratchet_tree: () => undefined,
  },
};
