/**
 * §10, §16.8: key packages of last resort, which may be used more than once. They are marked by an application component
 * (draft-ietf-mls-extensions, "Last-Resort KeyPackages") or, in clients older than that, by an extension of their own.
 */

import { EMPTY } from "../bytes.ts";
import { decode } from "../codec/codec.ts";
import { opaque, uint16, vector } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import { MlsError } from "../errors.ts";
import type { Extension } from "../wire/extension.ts";
import type { KeyPackage } from "../wire/key-package.ts";
import { type GroupState, ownLeaf } from "./state.ts";

const LAST_RESORT = 0x000a;
const APP_DATA_DICTIONARY = 0x0006;
const LAST_RESORT_KEY_PACKAGE = 0x0004;

const AppDataDictionary = vector(struct("ComponentData", { componentId: uint16, data: opaque }));

/**
 * What marks a key package of this library: the extension, since whoever lists `app_data_dictionary` in its capabilities
 * has to know other components, too.
 */
export const lastResort: Extension = { extensionType: LAST_RESORT, extensionData: EMPTY };

/** Whether a key package is marked as one of last resort, in either form. Such a one is not used up by a join. */
export function isLastResort({ extensions }: Pick<KeyPackage, "extensions">): boolean {
  return extensions.some(
    ({ extensionType, extensionData }) =>
      extensionType === LAST_RESORT || (extensionType === APP_DATA_DICTIONARY && hasComponent(extensionData)),
  );
}

/**
 * Whether the own leaf should be replaced soon, by an Update or a commit with a path: it is still the one of a key
 * package, and that was of last resort, so that its private key serves other groups, too. Where the application states
 * capabilities that list the marks (extension types 10 and 6) in ordinary key packages as well, those are not told apart.
 */
export function updateDue(state: GroupState): boolean {
  const { leafNodeSource, capabilities } = ownLeaf(state);
  const mayBeMarked = capabilities.extensions.some((type) => type === LAST_RESORT || type === APP_DATA_DICTIONARY);
  return leafNodeSource === "key_package" && mayBeMarked;
}

/** A dictionary that is malformed says nothing: extensions of key packages are ignored where they are not understood. */
function hasComponent(dictionary: Uint8Array): boolean {
  try {
    return decode(AppDataDictionary, dictionary).some(({ componentId }) => componentId === LAST_RESORT_KEY_PACKAGE);
  } catch (error) {
    if (error instanceof MlsError) return false;
    throw error;
  }
}
