/**
 * §8, §11, §12.4: the one home of the epoch advance. Creating a commit, processing one, joining and founding a group
 * differ in where their secrets come from; what makes an epoch of them is `enter`, and nothing else.
 */

import { encode } from "../codec/codec.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { dispose, type Secret } from "../secret.ts";
import { GroupContext } from "../wire/group-context.ts";
import {
  allOrNone,
  consume,
  deriveEpochSecret,
  deriveEpochSecrets,
  deriveJoinerSecret,
  deriveMemberSecret,
  deriveWelcomeSecret,
  type EpochSecrets,
} from "./key-schedule.ts";
import { createSecretTree, type SecretTree, secretsOf } from "./secret-tree.ts";
import { SendGuard } from "./send-guard.ts";
import {
  type CommitInTranscript,
  confirmationTag,
  confirmedTranscriptHash,
  interimTranscriptHash,
} from "./transcript.ts";

/** What a member knows of an epoch besides the ratchet tree. */
export interface Epoch {
  /** §8.1 */
  readonly groupContext: GroupContext;
  /** `groupContext`, encoded. */
  readonly encodedGroupContext: Uint8Array;
  /** §6.1 */
  readonly confirmationTag: Uint8Array;
  /** §8.2: where the next commit's begins. */
  readonly interimTranscriptHash: Uint8Array;
  /** The encryption secret is the root of `secretTree`, and gone when that is used. */
  readonly secrets: Omit<EpochSecrets, "encryptionSecret">;
  /** §9: the message keys of all members. */
  readonly secretTree: SecretTree;
  /** One for all values of this epoch. */
  readonly sending: SendGuard;
}

/** The next epoch, with what a Welcome needs. The two secrets are the caller's to dispose of. */
export interface EpochStep {
  /** The one that begins. */
  readonly epoch: Epoch;
  /** For Welcomes (§8); the caller's to dispose of. */
  readonly joinerSecret: Secret;
  /** For Welcomes (§8); the caller's to dispose of. */
  readonly welcomeSecret: Secret;
}

/** What a commit contributes to the next epoch. */
export interface CommitResult {
  /** Of the new epoch, except that it still has the previous confirmed transcript hash. */
  readonly groupContext: GroupContext;
  /** What enters the transcript. */
  readonly commit: CommitInTranscript;
  /** Of the previous epoch, or from external initialization (§8.3). */
  readonly initSecret: Secret;
  /** Of the path, or zeros. */
  readonly commitSecret: Secret;
  /** §8.4, or zeros. */
  readonly pskSecret: Secret;
  /** The width of the new ratchet tree. */
  readonly leaves: number;
}

/** What a Welcome contributes to the epoch that it leads to. */
export interface JoinInput {
  /** Complete, as in the GroupInfo. */
  readonly groupContext: GroupContext;
  /** From the Welcome. */
  readonly joinerSecret: Secret;
  /** §8.4, or zeros. */
  readonly pskSecret: Secret;
  /** Of the tree, a power of two. */
  readonly leaves: number;
}

/** What a group begins with. */
export interface FoundingInput {
  /** Of epoch 0, with an empty confirmed transcript hash. */
  readonly groupContext: GroupContext;
  /** `KDF.Nh` random octets. */
  readonly epochSecret: Secret;
  /** Of the tree, a power of two. */
  readonly leaves: number;
}

/** §12.4: the epoch that a commit leads to. The secrets given remain the caller's. */
export function nextEpoch(
  suite: CipherSuite,
  previous: { readonly interimTranscriptHash: Uint8Array },
  { groupContext: provisional, commit, initSecret, commitSecret, pskSecret, leaves }: CommitResult,
): EpochStep {
  const confirmed = confirmedTranscriptHash(suite, previous.interimTranscriptHash, commit);
  const context = contextOf({ ...provisional, confirmedTranscriptHash: confirmed });
  return allOrNone((made) => {
    const joinerSecret = made(deriveJoinerSecret(suite, { initSecret, commitSecret, groupContext: context.encoded }));
    return consume(deriveMemberSecret(suite, joinerSecret, pskSecret), (memberSecret) => {
      const welcomeSecret = made(deriveWelcomeSecret(suite, memberSecret));
      return { epoch: enterWith(suite, context, memberSecret, leaves), joinerSecret, welcomeSecret };
    });
  });
}

/**
 * §12.4.3.1: the epoch that a Welcome leads to. Its confirmation tag is computed, not taken from the GroupInfo: the
 * caller compares the two.
 */
export function joinedEpoch(suite: CipherSuite, input: JoinInput): { epoch: Epoch } {
  const { groupContext, joinerSecret, pskSecret, leaves } = input;
  const context = contextOf(groupContext);
  return consume(deriveMemberSecret(suite, joinerSecret, pskSecret), (memberSecret) => ({
    epoch: enterWith(suite, context, memberSecret, leaves),
  }));
}

/** §11: the epoch in which a group begins. The caller disposes of the epoch secret. */
export function firstEpoch(suite: CipherSuite, { groupContext, epochSecret, leaves }: FoundingInput): Epoch {
  return enter(suite, contextOf(groupContext), epochSecret, leaves);
}

/** Everything that an epoch holds. */
export function* secretsOfEpoch({ secrets, secretTree }: Epoch): Iterable<Secret> {
  yield* Object.values(secrets);
  yield* secretsOf(secretTree);
}

/** Wipes everything that an epoch holds. */
export function disposeEpoch(epoch: Epoch): void {
  dispose(secretsOfEpoch(epoch));
}

interface Context {
  readonly groupContext: GroupContext;
  readonly encoded: Uint8Array;
}

function contextOf(groupContext: GroupContext): Context {
  return { groupContext, encoded: encode(GroupContext, groupContext) };
}

function enterWith(suite: CipherSuite, context: Context, memberSecret: Secret, leaves: number): Epoch {
  return consume(deriveEpochSecret(suite, memberSecret, context.encoded), (epochSecret) =>
    enter(suite, context, epochSecret, leaves),
  );
}

function enter(suite: CipherSuite, { groupContext, encoded }: Context, epochSecret: Secret, leaves: number): Epoch {
  return allOrNone((made) => {
    const { encryptionSecret, ...secrets } = deriveEpochSecrets(suite, epochSecret);
    for (const secret of [encryptionSecret, ...Object.values(secrets)]) made(secret);
    const { confirmedTranscriptHash: confirmed } = groupContext;
    const tag = confirmationTag(suite, secrets.confirmationKey, confirmed);
    return {
      groupContext,
      encodedGroupContext: encoded,
      confirmationTag: tag,
      interimTranscriptHash: interimTranscriptHash(suite, confirmed, tag),
      secrets,
      secretTree: createSecretTree(suite, encryptionSecret, leaves),
      sending: new SendGuard(),
    };
  });
}
