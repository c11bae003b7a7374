/** §13.4, §17.3: what any list of extensions must be, by the object that it stands in. */

import { decode } from "../codec/codec.ts";
import { InvalidError, MalformedError } from "../errors.ts";
import { DEFAULT_EXTENSIONS } from "../tree/capabilities.ts";
import { type Extension, ExternalPub, ExternalSenders, RequiredCapabilities } from "../wire/extension.ts";
import type { ExtensionType } from "../wire/registries.ts";

/** The objects with extensions, LeafNodes excepted: those are judged by §7.3. */
export type ExtensionPlace = "key_package" | "group_context" | "group_info";

/**
 * No type twice, none of RFC 9420 where it does not belong, and the bodies of those that do belong are well-formed.
 * The ratchet tree, which is large, is decoded where it is used.
 *
 * @throws MalformedError `extensions.duplicate`, `codec.*` @throws InvalidError `extension.misplaced`
 */
export function checkExtensions(extensions: readonly Extension[], place: ExtensionPlace): void {
  const seen = new Set<ExtensionType>();
  for (const { extensionType, extensionData } of extensions) {
    if (seen.has(extensionType)) throw new MalformedError("extensions.duplicate", { extensionType, place });
    seen.add(extensionType);
    if (!DEFAULT_EXTENSIONS.has(extensionType)) continue;
    const check = BELONGS[place][extensionType];
    if (check === undefined) throw new InvalidError("extension.misplaced", { extensionType, place });
    check(extensionData);
  }
}

const BELONGS: Readonly<
  Record<ExtensionPlace, Readonly<Partial<Record<ExtensionType, (data: Uint8Array) => unknown>>>>
> = {
  key_package: {},
  group_context: {
    required_capabilities: (data) => decode(RequiredCapabilities, data),
    external_senders: (data) => decode(ExternalSenders, data),
  },
  group_info: {
    external_pub: (data) => decode(ExternalPub, data),
    ratchet_tree: () => undefined,
  },
};
