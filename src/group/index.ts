/** Groups (§10-§15): `copath/group`. */

export { dispose, Secret } from "../secret.ts";
export { type PlannedUpdate, type PlanOptions, planUpdates, type UpdatePlan } from "../tree/plan.ts";
export { type LeafIndex, leafIndex } from "../tree-math.ts";
export type {
  AuthenticationReason,
  AuthenticationRequest,
  AuthenticationService,
  AuthenticationVerdict,
  Identity,
} from "./authentication.ts";
export {
  chooseCipherSuite,
  type Eligibility,
  judgeCandidates,
  type SuiteChoice,
  sweepCredentials,
} from "./candidates.ts";
export { defaultCapabilities, defaultLifetime } from "./capabilities.ts";
export { type CreateGroupOptions, createGroup } from "./create.ts";
export { type CommitOptions, type CreatedCommit, createCommit } from "./create-commit.ts";
export {
  type Clock,
  DEFAULT_POLICY,
  type Environment,
  type HandshakeFormat,
  type Policy,
  type PskStore,
} from "./environment.ts";
export { type ExternalJoin, type ExternalJoinOptions, joinExternally } from "./external.ts";
export {
  type ExternalProposalOptions,
  type JoinRequestOptions,
  proposeExternally,
  proposeSelf,
} from "./external-proposals.ts";
export { type FailureReport, reportFailure } from "./failure-report.ts";
export { type CommitForecast, forecastCommit } from "./forecast.ts";
export {
  createGroupInfo,
  type GroupInfoOptions,
  type GroupInfoTree,
  groupInfoIn,
  verifyGroupInfo,
} from "./group-info.ts";
export {
  type InspectedWelcome,
  type InspectOptions,
  inspectWelcome,
  type WelcomingGroup,
} from "./inspect-welcome.ts";
export { type Joined, type JoinOptions, joinGroup } from "./join.ts";
export {
  createKeyPackage,
  importKeyPackage,
  type KeyPackageBundle,
  type KeyPackageOptions,
  keyPackageRef,
  type LeafOptions,
  type PrivateKeys,
  validateKeyPackage,
} from "./key-package.ts";
export { isLastResort, updateDue } from "./last-resort.ts";
export { epochAuthenticator, exportSecret, type Member, ratchetTree, roster } from "./members.ts";
export {
  type ApplicationOptions,
  type Envelope,
  processMessage,
  protect,
  type Received,
  type ReceivedApplication,
  type ReceivedCommit,
  type ReceivedProposal,
} from "./messages.ts";
export {
  acceptCommit,
  acceptJoin,
  dropCommit,
  dropJoin,
  isOwnCommit,
  type PendingCommit,
  type PendingJoin,
} from "./pending.ts";
export type { CommitSummary, Permission } from "./permission.ts";
export type { CustomProposalOf, ProposalList } from "./proposals.ts";
export {
  createProposal,
  type LeafChange,
  type ProposalRequest,
  type ProposeRequest,
  type PskRequest,
  type SentProposal,
} from "./propose.ts";
export type { FramingOptions } from "./protect.ts";
export {
  type Observation,
  type ObservedCommit,
  type ObservedProposal,
  type ObserveOptions,
  observeGroup,
  observeMessage,
  type Unverified,
} from "./public-group.ts";
export {
  type CustomCredential,
  type CustomExtension,
  type CustomProposal,
  customBodies,
  type ExtensionChange,
  type ExtensionPlace,
  type Refusal,
  type Registrations,
} from "./registrations.ts";
export { type BranchOptions, branch, reinitialize, type Successor, type SuccessorOptions } from "./resumption.ts";
export type { CommitKind } from "./rules.ts";
export type { LeftOut } from "./select.ts";
export {
  applyChange,
  applyPublicChange,
  decodePublicState,
  decodeState,
  encodeChange,
  encodePublicChange,
  encodePublicState,
  encodeState,
  type RestoreOptions,
  type SnapshotOptions,
} from "./snapshot.ts";
export {
  type CachedProposal,
  type Closure,
  discard,
  dropProposals,
  epochOf,
  extensionsOf,
  type GroupState,
  groupIdOf,
  ownLeaf,
  type PublicEpoch,
  type PublicState,
  type Transition,
} from "./state.ts";
export type { Continuation } from "./succession.ts";
