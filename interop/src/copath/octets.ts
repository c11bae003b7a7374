/** What travels as octets in the interface: messages, mostly in an MLSMessage, but some peers leave that away. */
import {
  type Extension,
  ExtensionType,
  extensionData,
  GroupInfo,
  KeyPackage,
  MalformedError,
  MLSMessage,
  RatchetTreeNodes,
  Welcome,
} from "copath";
import { type Codec, decode, encode } from "copath/codec";
import type { Extension as GivenExtension } from "../interface/messages.ts";
import { refusal } from "./refusal.ts";

type Wrapped = Extract<MLSMessage, { wireFormat: "mls_key_package" | "mls_group_info" | "mls_welcome" }>;

/** The struct in an MLSMessage, or the struct alone. What is neither fails as what it most likely is: the message. */
function unwrapped<T>(octets: Uint8Array, inside: (message: Wrapped) => T | undefined, bare: Codec<T>): T {
  try {
    const found = inside(decode(MLSMessage, octets) as Wrapped);
    if (found === undefined) throw new MalformedError("message.wrong_wire_format");
    return found;
  } catch (error) {
    try {
      return decode(bare, octets);
    } catch {
      throw error;
    }
  }
}

export const keyPackageIn = (octets: Uint8Array): KeyPackage =>
  unwrapped(octets, (message) => ("keyPackage" in message ? message.keyPackage : undefined), KeyPackage);

export const groupInfoIn = (octets: Uint8Array): GroupInfo =>
  unwrapped(octets, (message) => ("groupInfo" in message ? message.groupInfo : undefined), GroupInfo);

export const welcomeIn = (octets: Uint8Array): Welcome =>
  unwrapped(octets, (message) => ("welcome" in message ? message.welcome : undefined), Welcome);

export const inMessage = {
  keyPackage: (keyPackage: KeyPackage) =>
    encode(MLSMessage, { version: "mls10", wireFormat: "mls_key_package", keyPackage }),
  groupInfo: (groupInfo: GroupInfo) =>
    encode(MLSMessage, { version: "mls10", wireFormat: "mls_group_info", groupInfo }),
  welcome: (welcome: Welcome) => encode(MLSMessage, { version: "mls10", wireFormat: "mls_welcome", welcome }),
};

/** Nothing stands for no tree. */
export function treeIn(octets: Uint8Array): RatchetTreeNodes | undefined {
  return octets.length === 0 ? undefined : decode(RatchetTreeNodes, octets);
}

/** The tree that comes with a GroupInfo, beside it or inside. */
export function treeOf(groupInfo: GroupInfo, octets: Uint8Array): RatchetTreeNodes | undefined {
  const inside = extensionData(groupInfo.extensions, "ratchet_tree");
  return treeIn(octets) ?? (inside === undefined ? undefined : decode(RatchetTreeNodes, inside));
}

/** @throws CallError INVALID_ARGUMENT for a type that does not fit into its 16 bits */
export function extensionsIn(given: readonly GivenExtension[]): Extension[] {
  return given.map(({ extensionType: type, extensionData: data }) => {
    if (type > 0xffff) throw refusal("INVALID_ARGUMENT", "extension.type_too_large", `${type} takes more than 16 bits`);
    return { extensionType: decode(ExtensionType, Uint8Array.of(type >> 8, type & 0xff)), extensionData: data };
  });
}

export const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");
export const sameOctets = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
