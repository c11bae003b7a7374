/**
 * What surrounds a group: the suite, randomness, the clock, the Authentication Service (§5.3.1), the application's
 * pre-shared keys (§8.4) and the policy. All of it comes in as an argument, so a seed replays everything.
 */

import type { Awaitable, CipherSuite, Random } from "../crypto/cipher-suite.ts";
import { UsageError } from "../errors.ts";
import type { PaddingPolicy } from "../framing/padding.ts";
import { noPadding } from "../framing/padding.ts";
import { DEFAULT_RATCHET_LIMITS, type RatchetLimits } from "../schedule/secret-tree.ts";
import type { Retention } from "./advance.ts";
import type { AuthenticationService } from "./authentication.ts";
import type { Permission } from "./permission.ts";
import type { Registrations } from "./registrations.ts";

/** The current time in seconds since the Unix epoch. */
export type Clock = () => bigint;

/** Where pre-shared keys come from that the state itself does not hold. `undefined` means that there is none. */
export interface PskStore {
  /** An external PSK by its id (§8.4). */
  external?(pskId: Uint8Array): Awaitable<Uint8Array | undefined>;
  /** A resumption PSK of another group, or of an epoch that the state no longer keeps (§8.6). */
  resumption?(groupId: Uint8Array, epoch: bigint): Awaitable<Uint8Array | undefined>;
}

/** What surrounds a group, and goes into every operation that needs it. */
export interface Environment {
  /** Of the group, or of the key packages that are made. */
  readonly suite: CipherSuite;
  /** Fresh random octets from a cryptographic source. */
  readonly random: Random;
  /** Judges lifetimes and the age of past epochs. */
  readonly clock: Clock;
  /** Says whose credential is whose (§5.3.1). Required. */
  readonly authentication: AuthenticationService;
  /** Where pre-shared keys are looked up (§8.4). Default: nowhere. */
  readonly psks?: PskStore;
  /** The application's own rules (§12.2). Default: everything that the protocol allows. */
  readonly permission?: Permission;
  /** Proposals, credentials and extensions of the application's own (§13). Default: none. */
  readonly registrations?: Registrations;
  /** Overrides of `DEFAULT_POLICY`. */
  readonly policy?: Partial<Policy>;
}

/** The two ways in which members' proposals and commits travel (§6). Those of others are public by nature. */
export type HandshakeFormat = "mls_public_message" | "mls_private_message";

/** What the RFC leaves to the application, with a safe default for each (`DEFAULT_POLICY`). */
export interface Policy {
  /** Skipped keys kept for each sender and ratchet, and steps that one message may take (§15.3). Default: 1000, 2000. */
  readonly ratchet: RatchetLimits;
  /** Past epochs whose application messages still open (§15.3). Default: 3. */
  readonly maxPastEpochs: number;
  /**
   * How long after its end an epoch's application messages still open, in seconds by the clock (§15.3); `undefined` for
   * no such limit. The keys are spent by the next message or commit after that. Default: 7 days.
   */
  readonly maxPastAge: bigint | undefined;
  /** Past epochs whose resumption PSK is kept, with the roster of that epoch (§8.6). Default: 3. */
  readonly maxResumptionPsks: number;
  /** The widest tree accepted or made, in leaves (§7.7). Default: 2^17. */
  readonly maxLeaves: number;
  /** Proposals kept in one epoch (§12.1). Default: 2000. */
  readonly maxProposals: number;
  /** The longest lifetime of a key package's leaf, in seconds (§7.2); `undefined` to accept any. Default: 120 days. */
  readonly maxLifetime: bigint | undefined;
  /**
   * Whether the lifetime of leaves in received proposals and commits is judged (§7.3). Leaves that are sent always are.
   * Default: true.
   */
  readonly judgeReceivedLifetimes: boolean;
  /** Whether the lifetime of leaves in the tree of a group that is being joined is judged, too (§7.3). Default: false. */
  readonly judgeJoinedLifetimes: boolean;
  /** Whether leaves that list default types in their capabilities are tolerated (§7.2). Default: false. */
  readonly tolerateDefaultTypes: boolean;
  /** Suites that a group may be re-initialised to (§12.1.5); `undefined` for any. Default: 1 to 7. */
  readonly reInitSuites: readonly number[] | undefined;
  /**
   * How own proposals and commits travel if a call does not say otherwise (§6); always in a format that is accepted.
   * Default: private messages.
   */
  readonly handshakeFormat: HandshakeFormat;
  /** Formats in which members' proposals and commits are accepted (§6). Default: both. */
  readonly acceptedHandshakeFormats: readonly HandshakeFormat[];
  /** Whether clients who are not members may propose themselves (§12.1.8). Default: false. */
  readonly newMemberProposals: boolean;
  /** Whether external commits are accepted at all (§12.4.3.2). Default: true. */
  readonly externalCommits: boolean;
  /** Whether application data may be sent while received proposals wait for a commit, which §12.4 forbids. Default: false. */
  readonly sendWhileProposalsWait: boolean;
  /**
   * Private messages that this member sends in one epoch, of each kind; then a commit has to come first, which is let
   * through (§15.2). Each has a key of its own and at most 2^30 octets: within the default, the bounds of the AEADs hold
   * for messages of any size. Default: 2^24.
   */
  readonly maxGenerations: number;
  /**
   * Whether GREASE is put into what is sent (§13.5): leaves with default capabilities, their key packages, GroupInfos.
   * Default: true.
   */
  readonly grease: boolean;
  /** How private messages are padded (§15.1). Default: not at all. */
  readonly padding: PaddingPolicy;
}

/* @__NO_SIDE_EFFECTS__ */
function days(count: bigint): bigint {
  return count * 86_400n;
}

/** The policy in force where the environment says nothing else. */
export const DEFAULT_POLICY: Policy = /* @__PURE__ */ Object.freeze<Policy>({
  ratchet: DEFAULT_RATCHET_LIMITS,
  maxPastEpochs: 3,
  maxPastAge: days(7n),
  maxResumptionPsks: 3,
  maxLeaves: 2 ** 17,
  maxProposals: 2_000,
  maxLifetime: days(120n),
  judgeReceivedLifetimes: true,
  judgeJoinedLifetimes: false,
  tolerateDefaultTypes: false,
  reInitSuites: Object.freeze([1, 2, 3, 4, 5, 6, 7]),
  handshakeFormat: "mls_private_message",
  acceptedHandshakeFormats: Object.freeze<HandshakeFormat[]>(["mls_public_message", "mls_private_message"]),
  newMemberProposals: false,
  externalCommits: true,
  sendWhileProposalsWait: false,
  maxGenerations: 2 ** 24,
  grease: true,
  padding: noPadding,
});

/** The policy in force. @throws UsageError `option.invalid` */
export function policyOf(environment: Pick<Environment, "policy">): Policy {
  if (environment.policy === undefined) return DEFAULT_POLICY;
  const policy = { ...DEFAULT_POLICY, ...environment.policy };
  const unknown = Object.keys(policy).find((option) => !(option in VALID));
  if (unknown !== undefined) throw new UsageError("option.invalid", { option: unknown });
  for (const option of Object.keys(VALID) as (keyof Policy)[]) {
    if (!VALID[option](policy[option])) throw new UsageError("option.invalid", { option });
  }
  if (!policy.acceptedHandshakeFormats.includes(policy.handshakeFormat))
    throw new UsageError("option.invalid", { option: "handshakeFormat" });
  return policy;
}

/** The time. A clock that answers otherwise would switch off what is judged by it. @throws UsageError `option.invalid` */
export function nowOf({ clock }: Pick<Environment, "clock">): bigint {
  const now = clock();
  if (!isTime(now)) throw new UsageError("option.invalid", { option: "clock", type: typeof now });
  return now;
}

/** What is kept of past epochs now. @throws UsageError `option.invalid` */
export function retentionOf(environment: Pick<Environment, "policy" | "clock">): Retention {
  return { ...policyOf(environment), now: nowOf(environment) };
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isTime = (value: unknown) => typeof value === "bigint" && value >= 0n && value < 2n ** 64n;
const isFlag = (value: unknown) => typeof value === "boolean";
const isFormat = (value: unknown) => value === "mls_public_message" || value === "mls_private_message";
/* @__NO_SIDE_EFFECTS__ */
const orUndefined = (check: (value: unknown) => boolean) => (value: unknown) => value === undefined || check(value);

const VALID: { readonly [option in keyof Policy]: (value: unknown) => boolean } = {
  ratchet: (value) =>
    typeof value === "object" &&
    value !== null &&
    isCount(Reflect.get(value, "maxSkipped")) &&
    isCount(Reflect.get(value, "maxForward")),
  maxPastEpochs: isCount,
  maxPastAge: orUndefined(isTime),
  maxResumptionPsks: isCount,
  maxLeaves: isCount,
  maxProposals: isCount,
  maxLifetime: orUndefined(isTime),
  judgeReceivedLifetimes: isFlag,
  judgeJoinedLifetimes: isFlag,
  tolerateDefaultTypes: isFlag,
  reInitSuites: orUndefined((value) => Array.isArray(value) && value.every(isCount)),
  handshakeFormat: isFormat,
  acceptedHandshakeFormats: (value) => Array.isArray(value) && value.every(isFormat),
  newMemberProposals: isFlag,
  externalCommits: isFlag,
  sendWhileProposalsWait: isFlag,
  grease: isFlag,
  maxGenerations: isCount,
  padding: (value) => typeof value === "function",
};
