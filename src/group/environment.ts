/**
 * What surrounds a group: the suite, randomness, the clock, the Authentication Service (§5.3.1), the application's
 * pre-shared keys (§8.4) and the policy. All of it comes in as an argument, so a seed replays everything.
 */

import type { Awaitable, CipherSuite, Random } from "../crypto/cipher-suite.ts";
import { UsageError } from "../errors.ts";
import type { PaddingPolicy } from "../framing/padding.ts";
import { noPadding } from "../framing/padding.ts";
import { DEFAULT_RATCHET_LIMITS, type RatchetLimits } from "../schedule/secret-tree.ts";
import type { AuthenticationService } from "./authentication.ts";
import type { Permission } from "./permission.ts";

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
  readonly suite: CipherSuite;
  /** Fresh random octets from a cryptographic source. */
  readonly random: Random;
  readonly clock: Clock;
  readonly authentication: AuthenticationService;
  readonly psks?: PskStore;
  /** The application's own rules (§12.2). Default: everything that the protocol allows. */
  readonly permission?: Permission;
  /** Overrides of `DEFAULT_POLICY`. */
  readonly policy?: Partial<Policy>;
}

/** The two ways in which members' proposals and commits travel (§6). Those of others are public by nature. */
export type HandshakeFormat = "mls_public_message" | "mls_private_message";

/** What the RFC leaves to the application, with a safe default for each (`DEFAULT_POLICY`). */
export interface Policy {
  /** Skipped keys kept for each sender and ratchet, and steps that one message may take (§15.3). */
  readonly ratchet: RatchetLimits;
  /** Past epochs whose application messages still open (§15.3). */
  readonly maxPastEpochs: number;
  /** Past epochs whose resumption PSK is kept (§8.6). */
  readonly maxResumptionPsks: number;
  /** The widest tree accepted or made, in leaves (§7.7). */
  readonly maxLeaves: number;
  /** Proposals kept in one epoch (§12.1). */
  readonly maxProposals: number;
  /** The longest lifetime of a key package's leaf, in seconds (§7.2); `undefined` to accept any. */
  readonly maxLifetime: bigint | undefined;
  /** Whether the lifetime of leaves in received proposals and commits is judged (§7.3). Leaves that are sent always are. */
  readonly judgeReceivedLifetimes: boolean;
  /** Whether the lifetime of leaves in the tree of a group that is being joined is judged, too (§7.3). */
  readonly judgeJoinedLifetimes: boolean;
  /** Whether leaves that list default types in their capabilities are tolerated (§7.2). */
  readonly tolerateDefaultTypes: boolean;
  /** Suites that a group may be re-initialised to (§12.1.5); `undefined` for any. */
  readonly reInitSuites: readonly number[] | undefined;
  /** How own proposals and commits travel if a call does not say otherwise (§6). */
  readonly handshakeFormat: HandshakeFormat;
  /** Formats in which members' proposals and commits are accepted (§6). */
  readonly acceptedHandshakeFormats: readonly HandshakeFormat[];
  /** Whether clients who are not members may propose themselves (§12.1.8). */
  readonly newMemberProposals: boolean;
  /** Whether external commits are accepted at all (§12.4.3.2). */
  readonly externalCommits: boolean;
  /** Whether application data may be sent while received proposals wait for a commit, which §12.4 forbids. */
  readonly sendWhileProposalsWait: boolean;
  /** Private messages that this member sends in one epoch, of each kind; then a commit has to come first (§15.2). */
  readonly maxGenerations: number;
  /** How private messages are padded (§15.1). */
  readonly padding: PaddingPolicy;
}

const DAY = 86_400n;

/** The policy in force where the environment says nothing else. */
export const DEFAULT_POLICY: Policy = {
  ratchet: DEFAULT_RATCHET_LIMITS,
  maxPastEpochs: 3,
  maxResumptionPsks: 3,
  maxLeaves: 2 ** 17,
  maxProposals: 2_000,
  maxLifetime: 120n * DAY,
  judgeReceivedLifetimes: true,
  judgeJoinedLifetimes: false,
  tolerateDefaultTypes: false,
  reInitSuites: [1, 2, 3, 4, 5, 6, 7],
  handshakeFormat: "mls_private_message",
  acceptedHandshakeFormats: ["mls_public_message", "mls_private_message"],
  newMemberProposals: false,
  externalCommits: true,
  sendWhileProposalsWait: false,
  maxGenerations: 2 ** 32 - 1,
  padding: noPadding,
};

/** The policy in force. @throws UsageError `option.invalid` */
export function policyOf(environment: Pick<Environment, "policy">): Policy {
  const policy = { ...DEFAULT_POLICY, ...environment.policy };
  const counts = [
    policy.maxPastEpochs,
    policy.maxResumptionPsks,
    policy.maxLeaves,
    policy.maxProposals,
    policy.maxGenerations,
    policy.ratchet.maxForward,
    policy.ratchet.maxSkipped,
  ];
  if (counts.some((count) => !Number.isSafeInteger(count) || count < 0)) {
    throw new UsageError("option.invalid", { option: "policy" });
  }
  return policy;
}
