/** Values of ts-mls 1.x, made of what the interface says, and octets made of them. */
import {
  type CiphersuiteImpl,
  type CiphersuiteName,
  type ClientConfig,
  type ClientState,
  ciphersuites,
  decodeMlsMessage,
  defaultAuthenticationService,
  defaultKeyPackageEqualityConfig,
  defaultKeyRetentionConfig,
  defaultLifetimeConfig,
  defaultPaddingConfig,
  type Extension,
  encodeMlsMessage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  type KeyPackage,
  type MLSMessage,
  type MlsMessageContent,
  type PrivateKeyPackage,
  type Proposal,
  type PskIndex,
  type RatchetTree,
} from "ts-mls";
import type { Decoder } from "ts-mls/codec/tlsDecoder.js";
import { extensionTypeToNumber } from "ts-mls/extension.js";
import { ratchetTreeFromExtension } from "ts-mls/groupInfo.js";
import type { LeafNode } from "ts-mls/leafNode.js";
import { decodeRatchetTree } from "ts-mls/ratchetTree.js";
import { CallError } from "../../interface/client.ts";
import type { Extension as GivenExtension } from "../../interface/messages.ts";
import type { Outside, Psks, ResumptionUsage, Succession, Wanted } from "./engine.ts";
import { sameOctets } from "./octets.ts";

export interface Bundle {
  readonly publicPackage: KeyPackage;
  readonly privatePackage: PrivateKeyPackage;
}

/** A client is who its credential names: a harness makes a new signature key for every key package. */
const sameClient = (a: { leafNode: LeafNode }, b: { leafNode: LeafNode }) =>
  sameOctets(identityOf(a.leafNode), identityOf(b.leafNode));

export const CONFIG: ClientConfig = {
  // Scenarios go back further than an application would.
  keyRetentionConfig: { ...defaultKeyRetentionConfig, retainKeysForEpochs: 16, retainKeysForGenerations: 256 },
  lifetimeConfig: defaultLifetimeConfig,
  keyPackageEqualityConfig: {
    ...defaultKeyPackageEqualityConfig,
    compareKeyPackages: sameClient,
    compareKeyPackageToLeafNode: (a, b) => sameClient(a, { leafNode: b }),
  },
  paddingConfig: defaultPaddingConfig,
  authService: defaultAuthenticationService,
};

/** Of the suites that ts-mls knows, those of RFC 9420; it numbers others as it likes. */
export const SUITES: readonly number[] = Object.values(ciphersuites).filter((id) => id <= 7);

const implementations = new Map<number, Promise<CiphersuiteImpl>>();

export function suite(id: number): Promise<CiphersuiteImpl> {
  const known = implementations.get(id) ?? getCiphersuiteImpl(getCiphersuiteFromName(suiteName(id)));
  implementations.set(id, known);
  return known;
}

export function suiteName(id: number): CiphersuiteName {
  for (const [name, number] of Object.entries(ciphersuites)) if (number === id) return name as CiphersuiteName;
  throw new CallError("UNIMPLEMENTED", `ts-mls knows no cipher suite ${id}`);
}

export const suiteId = (name: CiphersuiteName): number => ciphersuites[name];
export const suiteOfState = ({ groupContext }: Pick<ClientState, "groupContext">): Promise<CiphersuiteImpl> =>
  suite(suiteId(groupContext.cipherSuite));

export const wrapped = (content: MlsMessageContent): Uint8Array => encodeMlsMessage({ ...content, version: "mls10" });

export function decoded<T>(decoder: Decoder<T>, octets: Uint8Array): T {
  const [value, length] = decoder(octets, 0) ?? [];
  if (value === undefined || length !== octets.length)
    throw new CallError("INVALID_ARGUMENT", "ts-mls can't decode this");
  return value;
}

type MessageOf<W> = Extract<MLSMessage, { wireformat: W }>;

export function messageIn<W extends MLSMessage["wireformat"]>(octets: Uint8Array, ...expected: W[]): MessageOf<W> {
  const message = decoded(decodeMlsMessage, octets);
  if (expected.includes(message.wireformat as W)) return message as MessageOf<W>;
  throw new CallError("INVALID_ARGUMENT", `this message is a ${message.wireformat}`);
}

export const keyPackageIn = (octets: Uint8Array): KeyPackage => messageIn(octets, "mls_key_package").keyPackage;
export const groupInfoIn = ({ groupInfo }: Outside) => messageIn(groupInfo, "mls_group_info").groupInfo;

export function treeIn(outside: Outside): RatchetTree | undefined {
  if (outside.ratchetTree !== undefined) return decoded(decodeRatchetTree, outside.ratchetTree);
  return ratchetTreeFromExtension(groupInfoIn(outside));
}

export function identityOf({ credential }: Pick<LeafNode, "credential">): Uint8Array {
  return "identity" in credential ? credential.identity : new Uint8Array();
}

export function leafIn(tree: RatchetTree, identity: Uint8Array): number {
  const at = tree.findIndex((node) => node?.nodeType === "leaf" && sameOctets(identityOf(node.leaf), identity));
  if (at === -1) throw new CallError("NOT_FOUND", `${Buffer.from(identity).toString()} has no leaf`);
  return at / 2;
}

const KNOWN_TYPES = [
  "application_id",
  "ratchet_tree",
  "required_capabilities",
  "external_pub",
  "external_senders",
] as const;

export function extensionsIn(given: readonly GivenExtension[]): Extension[] {
  return given.map(({ extensionType, extensionData }) => ({
    extensionType: KNOWN_TYPES.find((type) => extensionTypeToNumber(type) === extensionType) ?? extensionType,
    extensionData,
  }));
}

export function extensionsOut(extensions: readonly Extension[]): GivenExtension[] {
  return extensions.map(({ extensionType, extensionData }) => ({
    extensionType: extensionTypeToNumber(extensionType),
    extensionData,
  }));
}

export function proposalOf(wanted: Wanted, cs: CiphersuiteImpl): Proposal {
  switch (wanted.type) {
    case "add":
      return { proposalType: "add", add: { keyPackage: keyPackageIn(wanted.keyPackage) } };
    case "remove":
      return { proposalType: "remove", remove: { removed: wanted.removed } };
    case "externalPSK": {
      const id = { psktype: "external", pskId: wanted.pskId, pskNonce: nonce(cs) } as const;
      return { proposalType: "psk", psk: { preSharedKeyId: id } };
    }
    case "resumptionPSK":
      return resumption(wanted, "application", cs);
    case "groupContextExtensions":
      return {
        proposalType: "group_context_extensions",
        groupContextExtensions: { extensions: extensionsIn(wanted.extensions) },
      };
    case "reinit":
      return { proposalType: "reinit", reinit: reinitOf(wanted) };
  }
}

function reinitOf({ groupId, cipherSuite, extensions }: Succession) {
  const version = "mls10" as const;
  return { groupId, version, cipherSuite: suiteName(cipherSuite), extensions: extensionsIn(extensions) };
}

const nonce = (cs: CiphersuiteImpl) => cs.rng.randomBytes(cs.kdf.size);

export function resumption(
  { groupId: pskGroupId, epoch: pskEpoch }: { readonly groupId: Uint8Array; readonly epoch: bigint },
  usage: ResumptionUsage,
  cs: CiphersuiteImpl,
): Proposal {
  const id = { psktype: "resumption", usage, pskGroupId, pskEpoch, pskNonce: nonce(cs) } as const;
  return { proposalType: "psk", psk: { preSharedKeyId: id } };
}

export function pskIndex(psks: Psks): PskIndex {
  return {
    findPsk: (id) =>
      id.psktype === "external" ? psks.external(id.pskId) : psks.resumption(id.pskGroupId, id.pskEpoch),
  };
}
