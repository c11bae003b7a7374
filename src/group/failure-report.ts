/**
 * §16.12: a malicious member can send a commit that only some members see to be wrong. Those tell the others: this makes
 * what they say, which holds no secret.
 */

import { copy, toHex } from "../bytes.ts";
import { decode } from "../codec/codec.ts";
import { type ErrorRecord, MlsError } from "../errors.ts";
import { openSenderData } from "../framing/private-message.ts";
import type { Sender } from "../wire/framed-content.ts";
import { MLSMessage, type PrivateMessage, type PublicMessage } from "../wire/message.ts";
import type { ContentType } from "../wire/registries.ts";
import type { Environment } from "./environment.ts";
import { registryOf } from "./registrations.ts";
import { epochOf, type GroupState, groupIdOf, type PublicState, requireSuite } from "./state.ts";
import { epochView } from "./unprotect.ts";

/** A message that could not be processed, and why: to be shown to others, in JSON for example. */
export interface FailureReport {
  /** The reporter's group, in hexadecimal. */
  readonly groupId: string;
  /** The reporter's epoch, in decimal. */
  readonly epoch: string;
  /** The suite's hash of the encoded message, in hexadecimal: by it others find the message among theirs. */
  readonly messageHash: string;
  /** What the message claims to be; nothing if it could not be read. */
  readonly contentType: ContentType | undefined;
  /** Who the message says it is from: a claim, never proven by this report. */
  readonly claimedSender: Sender | undefined;
  /** The error, as plain values. */
  readonly failure: ErrorRecord;
}

/**
 * A report of a failed `processMessage` or `observeMessage`. `state` is the one that the message was given to, which the
 * failure has not changed. Whoever receives the report cannot verify it: it is worth as much as its reporter is trusted.
 *
 * @throws UsageError `suite.unknown`, `input.invalid`
 */
export function reportFailure(
  environment: Pick<Environment, "suite" | "registrations">,
  state: PublicState,
  message: Uint8Array,
  error: MlsError,
): FailureReport {
  requireSuite(environment.suite, state);
  const octets = copy(message);
  const { contentType, claimedSender } = claimed(environment, state, octets);
  return {
    groupId: toHex(groupIdOf(state)),
    epoch: `${epochOf(state)}`,
    messageHash: toHex(environment.suite.hash.digest(octets)),
    contentType,
    claimedSender,
    failure: error.toJSON(),
  };
}

type Claim = Pick<FailureReport, "contentType" | "claimedSender">;

function claimed(
  environment: Pick<Environment, "suite" | "registrations">,
  state: PublicState,
  bytes: Uint8Array,
): Claim {
  const message = readable(() => decode(MLSMessage, bytes, registryOf(environment)));
  switch (message?.wireFormat) {
    case "mls_public_message":
      return claimOf(message.publicMessage);
    case "mls_private_message": {
      const { contentType } = message.privateMessage;
      if (!isMember(state)) return { contentType, claimedSender: undefined };
      return { contentType, claimedSender: readable(() => senderOf(environment, state, message.privateMessage)) };
    }
    default:
      return { contentType: undefined, claimedSender: undefined };
  }
}

function claimOf({ content: { contentType, sender } }: PublicMessage): Claim {
  return { contentType, claimedSender: sender };
}

function isMember(state: PublicState | GroupState): state is GroupState {
  return "self" in state;
}

function senderOf({ suite }: Pick<Environment, "suite">, state: GroupState, message: PrivateMessage): Sender {
  const { leafIndex } = openSenderData(suite, message, epochView(state, message).senderDataSecret);
  return { senderType: "member", leafIndex };
}

/** What cannot be read is not reported. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MlsError) return undefined;
    throw error;
  }
}
