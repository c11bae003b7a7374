/** The types that `copath inspect` knows, and finding out which of them an input is. */

import { type Codec, decode } from "../codec/codec.ts";
import { opaque, vector } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import { MlsError } from "../errors.ts";
import * as wire from "../wire/index.ts";
import { WrongUsage } from "./command.ts";

export interface InspectedType {
  readonly name: string;
  readonly codec: Codec<unknown>;
}

const applicationId = struct("application_id", { applicationId: opaque });

/** From the most telling to the least: input without a named type is tried against these. */
const GUESSES: readonly InspectedType[] = [
  wire.MLSMessage,
  wire.KeyPackage,
  wire.GroupInfo,
  wire.Welcome,
  wire.PublicMessage,
  wire.AuthenticatedContent,
  wire.PrivateMessage,
  { name: "ratchet_tree", codec: wire.RatchetTreeNodes },
  wire.GroupContext,
  wire.LeafNode,
  wire.FramedContent,
  wire.Proposal,
  wire.Commit,
  wire.UpdatePath,
  wire.GroupSecrets,
  wire.ParentNode,
  wire.Credential,
  wire.PreSharedKeyID,
  wire.Capabilities,
  { name: "extensions", codec: vector(wire.Extension) },
].map(asType);

/** So short or so free in form that they fit by chance: tried only when they are named. */
const NAMED_ONLY: readonly InspectedType[] = [
  wire.Node,
  wire.ProposalOrRef,
  wire.UpdatePathNode,
  wire.EncryptedGroupSecrets,
  wire.HPKECiphertext,
  wire.PathSecret,
  wire.Sender,
  wire.SenderData,
  wire.Extension,
  wire.RequiredCapabilities,
  wire.ExternalPub,
  wire.ExternalSender,
  { name: "external_senders", codec: wire.ExternalSenders },
  wire.Certificate,
  wire.Lifetime,
  wire.Add,
  wire.Update,
  wire.Remove,
  wire.PreSharedKey,
  wire.ReInit,
  wire.ExternalInit,
  wire.GroupContextExtensions,
  wire.KeyPackageTBS,
  wire.LeafNodeTBS,
  wire.GroupInfoTBS,
  applicationId,
].map(asType);

export const TYPES: readonly InspectedType[] = [...GUESSES, ...NAMED_ONLY];

/** What stands in `extension_data`, by the type of the extension (§17.3). */
export const EXTENSION_BODIES: Readonly<Record<string, InspectedType>> = {
  application_id: asType(applicationId),
  ratchet_tree: { name: "ratchet_tree", codec: wire.RatchetTreeNodes },
  required_capabilities: asType(wire.RequiredCapabilities),
  external_pub: asType(wire.ExternalPub),
  external_senders: { name: "external_senders", codec: wire.ExternalSenders },
};

function asType(type: Codec<never> | Codec<unknown> | InspectedType): InspectedType {
  return "codec" in type ? type : { name: type.name, codec: type as Codec<unknown> };
}

/** The type of this name, however it is spelled: `KeyPackage`, `key_package`, `keypackage`. @throws WrongUsage */
export function typeNamed(name: string): InspectedType {
  const plain = (text: string) => text.replaceAll(/[^a-z0-9]/gi, "").toLowerCase();
  const found = TYPES.find((type) => plain(type.name) === plain(name));
  if (found !== undefined) return found;
  throw new WrongUsage(`there is no type '${name}'; there are: ${TYPES.map((type) => type.name).join(", ")}`);
}

/** What an input is. */
export interface Guess {
  readonly type: InspectedType;
  readonly fits: boolean;
  /** Other types that the same octets are an encoding of. */
  readonly others: readonly InspectedType[];
}

/** The types that fit; if none does, the one that goes furthest. */
export function guess(octets: Uint8Array): Guess {
  const [first, ...others] = GUESSES.filter((type) => judge(type, octets).fits);
  if (first !== undefined) return { type: first, fits: true, others };
  const [message] = GUESSES as readonly [InspectedType];
  if (looksLikeMessage(octets)) return { type: message, fits: false, others };
  const reached = GUESSES.map((type) => ({ type, offset: progress(type.codec, octets) }));
  const furthest = reached.reduce((best, each) => (each.offset > best.offset ? each : best));
  return { type: furthest.type, fits: false, others };
}

/** Whether it is an object of the type that was named. */
export function judge(type: InspectedType, octets: Uint8Array): Guess {
  return { type, fits: progress(type.codec, octets) === Number.POSITIVE_INFINITY, others: [] };
}

/** §6: version mls10, a wire format that is followed by a version or a suite, and the first octet of that. */
function looksLikeMessage([a, b, c, d = 0, e = 0]: Uint8Array): boolean {
  return a === 0 && b === 1 && c === 0 && d >= 3 && d <= 5 && e === 0;
}

/** The offset at which decoding fails; infinity if it does not. */
function progress(codec: Codec<unknown>, octets: Uint8Array): number {
  try {
    decode(codec, octets);
    return Number.POSITIVE_INFINITY;
  } catch (error) {
    if (error instanceof MlsError) return Number(error.details.offset ?? 0);
    throw error;
  }
}
