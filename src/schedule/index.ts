/**
 * The key schedule (§8) and the secret tree (§9) by themselves: `copath/schedule`. Everything is synchronous but what
 * needs the KEM. Secrets that a function is given remain the caller's, and those it returns become so.
 */

export { dispose, Secret } from "../secret.ts";
export {
  type CommitResult,
  disposeEpoch,
  type Epoch,
  type EpochStep,
  type FoundingInput,
  firstEpoch,
  type JoinInput,
  joinedEpoch,
  nextEpoch,
  secretsOfEpoch,
} from "./epoch.ts";
export { type ExporterInput, mlsExporter } from "./exporter.ts";
export { type ExternalInitOutput, receiveExternalInit, sendExternalInit } from "./external-init.ts";
export {
  deriveEpochSecret,
  deriveEpochSecrets,
  deriveJoinerSecret,
  deriveMemberSecret,
  deriveWelcomeKey,
  deriveWelcomeSecret,
  type EpochSecrets,
  externalKeyPair,
  type JoinerInput,
  zeroSecret,
} from "./key-schedule.ts";
export { derivePskSecret, type NamedPsk } from "./psk.ts";
export {
  createSecretTree,
  DEFAULT_RATCHET_LIMITS,
  type KeyPosition,
  type KeyStep,
  type LeafRatchets,
  type MessageKey,
  nextSendingKey,
  type Ratchet,
  type RatchetKind,
  type RatchetLimits,
  receivingKey,
  type SecretTree,
  type SecretTreeNode,
  secretsOf,
  sendingGeneration,
  type UsedNode,
} from "./secret-tree.ts";
export { SendGuard } from "./send-guard.ts";
export {
  type CommitInTranscript,
  confirmationTag,
  confirmedTranscriptHash,
  interimTranscriptHash,
} from "./transcript.ts";
