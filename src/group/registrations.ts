/**
 * §13: what an application adds to the protocol: proposals, credentials and extensions of types that RFC 9420 does not
 * define. Registrations stand in an environment, so they are one client's; no other client ever sees them.
 */

import { concat } from "../bytes.ts";
import { type Codec, decode, encode } from "../codec/codec.ts";
import { type BodyCodec, type CustomBodies, Reader } from "../codec/reader.ts";
import { octetsOf } from "../codec/struct.ts";
import type { Awaitable } from "../crypto/cipher-suite.ts";
import { InvalidError, type MlsError, UsageError } from "../errors.ts";
import type { Credential } from "../wire/credential.ts";
import type { Sender } from "../wire/framed-content.ts";
import type { OpaqueProposal } from "../wire/proposal.ts";
import { CredentialType, ExtensionType, isGrease, ProposalType } from "../wire/registries.ts";
import type { PublicState } from "./state.ts";

/** `undefined` for what is good; a text refuses, and says why. Any other answer refuses as a hook that failed. */
export type Refusal = string | undefined;

/** The longest reason, in characters, that an error repeats. */
const MAX_REASON = 200;

/** Asks a rule of the application's. @throws InvalidError `failed` if it throws or gives no verdict, `rejected` if it refuses */
export async function judgedBy(
  ask: () => Awaitable<Refusal>,
  { failed, rejected }: Readonly<Record<"failed" | "rejected", InvalidError["code"]>>,
  details: MlsError["details"],
): Promise<void> {
  let refusal: unknown;
  try {
    refusal = await ask();
  } catch (cause) {
    throw new InvalidError(failed, details, { cause });
  }
  if (refusal === undefined) return;
  if (typeof refusal !== "string") throw new InvalidError(failed, details, { cause: refusal });
  throw new InvalidError(rejected, { ...details, reason: refusal.slice(0, MAX_REASON) });
}

/** §12.1, §13.2: a type of proposal. What it does when it is committed is for the application to carry out. */
export interface CustomProposal {
  /** Of no proposal of the RFC, and not GREASE. */
  readonly type: number;
  /** Reads the body, which has no length of its own: it must end by itself. */
  readonly body: BodyCodec;
  /** Whether a commit of such a proposal must have a path (§12.4, §17.4). */
  readonly pathRequired: boolean;
  /** Whether external senders may make it (§12.1.8, §17.4). Default: false. */
  readonly external?: boolean;
  /** Whether an external commit may carry it (§12.2). Default: false. */
  readonly inExternalCommit?: boolean;
  /**
   * The rules of the type, asked by who proposes or commits by value, by all who receive it, and by observers. `state` is
   * the group before the commit. All must come to the same result, so it may depend on nothing else.
   */
  validate?(state: PublicState, proposal: OpaqueProposal, sender: Sender): Awaitable<Refusal>;
}

/** §5.3, §13.3: a type of credential. The Authentication Service judges it, as it does all others. */
export interface CustomCredential {
  /** Of no credential of the RFC, and not GREASE. */
  readonly type: number;
  /** Reads the body, which has no length of its own: it must end by itself. */
  readonly body: BodyCodec;
}

/** The objects with extensions (§13.4). */
export type ExtensionPlace = "key_package" | "leaf_node" | "group_context" | "group_info";

/** An extension that is new in a GroupContext, or has changed. */
export interface ExtensionChange {
  /** The group whose context it is. */
  readonly groupId: Uint8Array;
  /** What stands there now. */
  readonly extensionData: Uint8Array;
  /** What stood there before, if the group had the extension. */
  readonly previous: Uint8Array | undefined;
}

/** §13.4: a type of extension. Types that are not registered are kept as they are, wherever they stand. */
export interface CustomExtension {
  /** Of no extension of the RFC, and not GREASE. */
  readonly type: number;
  /** Where it may stand; elsewhere it is refused. */
  readonly places: readonly ExtensionPlace[];
  /** What its data must be. Default: any octets. */
  readonly body?: BodyCodec;
  /** The rules of the type in GroupContexts, asked when it comes into one or changes there, and by those who join. */
  validate?(change: ExtensionChange): Awaitable<Refusal>;
}

/** What one client knows beside RFC 9420. Read once: change nothing in it afterwards. */
export interface Registrations {
  /** Each type once. */
  readonly proposals?: readonly CustomProposal[];
  /** Each type once. */
  readonly credentials?: readonly CustomCredential[];
  /** Each type once. */
  readonly extensions?: readonly CustomExtension[];
}

/** Registrations by type. It can be given to `decode` as it is. */
export interface Registry {
  readonly proposals: ReadonlyMap<number, CustomProposal>;
  readonly credentials: ReadonlyMap<number, CustomCredential>;
  readonly extensions: ReadonlyMap<number, CustomExtension>;
  readonly bodies: CustomBodies;
}

/**
 * For calls of `decode`: the bodies of registered proposals and credentials.
 *
 * @throws UsageError `registration.invalid`
 */
export function customBodies(registrations: Registrations): CustomBodies {
  return registryOf({ registrations }).bodies;
}

/** @throws UsageError `registration.invalid` for a type of RFC 9420, GREASE, a type given twice, no codec, no registration */
export function registryOf({ registrations = NONE }: { readonly registrations?: Registrations | undefined }): Registry {
  const known = registries.get(registrations);
  if (known !== undefined) return known;
  if (typeof registrations !== "object" || registrations === null) throw invalid(undefined, "registrations");
  const registry = made(registrations);
  registries.set(registrations, registry);
  return registry;
}

/** @throws UsageError `registration.missing` */
export function registeredProposal({ proposals }: Registry, proposalType: number): CustomProposal {
  const registration = proposals.get(proposalType);
  if (registration === undefined) throw new UsageError("registration.missing", { proposalType });
  return registration;
}

/**
 * A custom body: its codec reads all of it, and no more, whatever stands behind it. Nothing else says where it ends (§5.3,
 * §12.1), so that a codec which takes what there is would read something else at every reader.
 *
 * @throws MalformedError `codec.*` @throws UsageError `registration.invalid`
 */
export function checkBody(registry: Registry, { type, body }: CustomCredential, octets: Uint8Array): void {
  decode(octetsOf(body), octets, registry);
  for (const next of [0x00, 0xff]) {
    const followed = Reader.over(concat(octets, Uint8Array.of(next)), registry);
    if (lengthRead(followed, body) !== octets.length) throw invalid(type, "body");
  }
}

/**
 * A credential of a type that RFC 9420 does not define.
 *
 * @throws MalformedError `codec.*` @throws UsageError `registration.missing`, `registration.invalid`
 */
export function checkCustomCredential(registry: Registry, credential: Credential): void {
  if (!("body" in credential)) return;
  const { credentialType, body } = credential;
  const registration = registry.credentials.get(credentialType);
  if (registration === undefined) throw new UsageError("registration.missing", { credentialType });
  checkBody(registry, registration, body);
}

function lengthRead(reader: Reader, body: BodyCodec): number | undefined {
  try {
    return reader.octetsOf(body).length;
  } catch {
    return undefined;
  }
}

const NONE: Registrations = {};

const registries = new WeakMap<Registrations, Registry>();

function made({ proposals = [], credentials = [], extensions = [] }: Registrations): Registry {
  const ofProposals = byType(ProposalType, proposals);
  const ofCredentials = byType(CredentialType, credentials);
  const ofExtensions = byType(ExtensionType, extensions);
  for (const { type, body } of [...proposals, ...credentials]) requireCodec(type, body);
  for (const { type, body, places } of extensions) {
    if (body !== undefined) requireCodec(type, body);
    if (!Array.isArray(places) || places.length === 0 || places.some((place) => !PLACES.has(place)))
      throw invalid(type, "places");
  }
  const tables = new Map<string, ReadonlyMap<number, { readonly body: BodyCodec }>>([
    ["Proposal", ofProposals],
    ["Credential", ofCredentials],
  ]);
  return {
    proposals: ofProposals,
    credentials: ofCredentials,
    extensions: ofExtensions,
    bodies: (struct, type) => tables.get(struct)?.get(type)?.body,
  };
}

const PLACES: ReadonlySet<ExtensionPlace> = new Set(["key_package", "leaf_node", "group_context", "group_info"]);

function byType<T extends { readonly type: number }>(
  registryOfRfc: Codec<unknown>,
  registrations: readonly T[],
): ReadonlyMap<number, T> {
  if (!Array.isArray(registrations)) throw invalid(undefined, registryOfRfc.name);
  const table = new Map<number, T>();
  for (const registration of registrations as readonly T[]) {
    const type = registration?.type;
    if (table.has(type) || !isFree(registryOfRfc, type)) throw invalid(type, registryOfRfc.name);
    table.set(type, registration);
  }
  return table;
}

/** §17: 0 is reserved, GREASE is never sent as a type of its own (§13.5), and the codec refuses what the RFC has named. */
function isFree(registryOfRfc: Codec<unknown>, type: number): boolean {
  if (typeof type !== "number" || type === 0 || isGrease(type)) return false;
  try {
    encode(registryOfRfc, type);
    return true;
  } catch {
    return false;
  }
}

function requireCodec(type: number, body: BodyCodec): void {
  if (typeof body?.read !== "function" || typeof body.name !== "string") throw invalid(type, "body");
}

function invalid(type: number | undefined, part: string): UsageError {
  return new UsageError("registration.invalid", { type: String(type), part });
}
