/**
 * The messages of the working group's interoperability interface (service `mls_client.MLSClient`, proto3): one table, from
 * which both the static types and the wire format are made. Names and numbers are the interface's.
 */

interface Scalars {
  readonly string: string;
  readonly bytes: Uint8Array;
  readonly bool: boolean;
  readonly uint32: number;
  readonly uint64: bigint;
}

export interface Field {
  readonly type: keyof Scalars | Message;
  readonly id: number;
  readonly repeated: boolean;
}

export interface Message<F extends Readonly<Record<string, Field>> = Readonly<Record<string, Field>>> {
  readonly name: string;
  readonly fields: F;
}

type One<T> = T extends keyof Scalars ? Scalars[T] : T extends Message ? Value<T> | undefined : never;
type Many<T> = T extends keyof Scalars ? Scalars[T] : T extends Message ? Value<T> : never;

/** A whole message: what a peer left out stands there as its type's default, and a message in it as `undefined`. */
export type Value<M extends Message> = {
  readonly [K in keyof M["fields"]]: M["fields"][K]["repeated"] extends true
    ? readonly Many<M["fields"][K]["type"]>[]
    : One<M["fields"][K]["type"]>;
};

/** A message as it is written down: everything in it may be left out. */
export type Given<M extends Message> = {
  readonly [K in keyof M["fields"]]?: M["fields"][K]["type"] extends Message
    ? M["fields"][K]["repeated"] extends true
      ? readonly Given<M["fields"][K]["type"]>[]
      : Given<M["fields"][K]["type"]>
    : Value<M>[K];
};

const one =
  <const T extends keyof Scalars>(type: T) =>
  (id: number) =>
    ({ type, id, repeated: false }) as const;
const bytes = one("bytes");
const string = one("string");
const bool = one("bool");
const uint32 = one("uint32");
const uint64 = one("uint64");
const within = <const M extends Message>(type: M, id: number) => ({ type, id, repeated: false }) as const;
const list = <const T extends keyof Scalars | Message>(type: T, id: number) => ({ type, id, repeated: true }) as const;
const message = <const F extends Readonly<Record<string, Field>>>(name: string, fields: F): Message<F> => ({
  name,
  fields,
});

const Extension = message("Extension", { extensionType: uint32(1), extensionData: bytes(2) });
const PreSharedKey = message("PreSharedKey", { pskId: bytes(1), pskSecret: bytes(2) });
/** `proposalType` says which of the others count: add, remove, externalPSK, resumptionPSK, groupContextExtensions, reinit. */
const ProposalDescription = message("ProposalDescription", {
  proposalType: bytes(1),
  keyPackage: bytes(2),
  removedId: bytes(3),
  pskId: bytes(4),
  epochId: uint64(5),
  extensions: list(Extension, 6),
  groupId: bytes(7),
  cipherSuite: uint32(8),
});
const ProposalResponse = message("ProposalResponse", { proposal: bytes(1) });
const CommitRequest = message("CommitRequest", {
  stateId: uint32(1),
  byReference: list("bytes", 2),
  byValue: list(ProposalDescription, 3),
  forcePath: bool(4),
  externalTree: bool(5),
});
const CommitResponse = message("CommitResponse", { commit: bytes(1), welcome: bytes(2), ratchetTree: bytes(3) });
const HandleCommitRequest = message("HandleCommitRequest", {
  stateId: uint32(1),
  proposal: list("bytes", 2),
  commit: bytes(3),
});
const HandleCommitResponse = message("HandleCommitResponse", { stateId: uint32(1), epochAuthenticator: bytes(2) });
const HandlePendingCommitRequest = message("HandlePendingCommitRequest", { stateId: uint32(1) });
const HandleReInitCommitResponse = message("HandleReInitCommitResponse", {
  reinitId: uint32(1),
  keyPackage: bytes(2),
  epochAuthenticator: bytes(3),
});
const JoinGroupResponse = message("JoinGroupResponse", { stateId: uint32(1), epochAuthenticator: bytes(2) });
const CreateSubgroupResponse = message("CreateSubgroupResponse", {
  stateId: uint32(1),
  welcome: bytes(2),
  ratchetTree: bytes(3),
  epochAuthenticator: bytes(4),
});

const rpc = <const Q extends Message, const P extends Message>(request: Q, response: P) => ({ request, response });

/** Every call of the interface, with what goes in and what comes out. */
export const RPCS = {
  Name: rpc(message("NameRequest", {}), message("NameResponse", { name: string(1) })),
  SupportedCiphersuites: rpc(
    message("SupportedCiphersuitesRequest", {}),
    message("SupportedCiphersuitesResponse", { ciphersuites: list("uint32", 1) }),
  ),
  CreateGroup: rpc(
    message("CreateGroupRequest", {
      groupId: bytes(1),
      cipherSuite: uint32(2),
      encryptHandshake: bool(3),
      identity: bytes(4),
    }),
    message("CreateGroupResponse", { stateId: uint32(1) }),
  ),
  CreateKeyPackage: rpc(
    message("CreateKeyPackageRequest", { cipherSuite: uint32(1), identity: bytes(2) }),
    message("CreateKeyPackageResponse", {
      transactionId: uint32(1),
      keyPackage: bytes(2),
      initPriv: bytes(3),
      encryptionPriv: bytes(4),
      signaturePriv: bytes(5),
    }),
  ),
  JoinGroup: rpc(
    message("JoinGroupRequest", {
      transactionId: uint32(1),
      welcome: bytes(2),
      encryptHandshake: bool(3),
      identity: bytes(4),
      ratchetTree: bytes(5),
    }),
    JoinGroupResponse,
  ),
  ExternalJoin: rpc(
    message("ExternalJoinRequest", {
      groupInfo: bytes(1),
      ratchetTree: bytes(2),
      encryptHandshake: bool(3),
      identity: bytes(4),
      removePrior: bool(5),
      psks: list(PreSharedKey, 6),
    }),
    message("ExternalJoinResponse", { stateId: uint32(1), commit: bytes(2), epochAuthenticator: bytes(3) }),
  ),
  GroupInfo: rpc(
    message("GroupInfoRequest", { stateId: uint32(1), externalTree: bool(2) }),
    message("GroupInfoResponse", { groupInfo: bytes(1), ratchetTree: bytes(2) }),
  ),
  StateAuth: rpc(
    message("StateAuthRequest", { stateId: uint32(1) }),
    message("StateAuthResponse", { stateAuthSecret: bytes(1) }),
  ),
  Export: rpc(
    message("ExportRequest", { stateId: uint32(1), label: string(2), context: bytes(3), keyLength: uint32(4) }),
    message("ExportResponse", { exportedSecret: bytes(1) }),
  ),
  Protect: rpc(
    message("ProtectRequest", { stateId: uint32(1), authenticatedData: bytes(2), plaintext: bytes(3) }),
    message("ProtectResponse", { ciphertext: bytes(1) }),
  ),
  Unprotect: rpc(
    message("UnprotectRequest", { stateId: uint32(1), ciphertext: bytes(2) }),
    message("UnprotectResponse", { authenticatedData: bytes(1), plaintext: bytes(2) }),
  ),
  StorePSK: rpc(
    message("StorePSKRequest", { stateOrTransactionId: uint32(1), pskId: bytes(2), pskSecret: bytes(3) }),
    message("StorePSKResponse", {}),
  ),
  AddProposal: rpc(message("AddProposalRequest", { stateId: uint32(1), keyPackage: bytes(2) }), ProposalResponse),
  UpdateProposal: rpc(message("UpdateProposalRequest", { stateId: uint32(1) }), ProposalResponse),
  RemoveProposal: rpc(message("RemoveProposalRequest", { stateId: uint32(1), removedId: bytes(2) }), ProposalResponse),
  ExternalPSKProposal: rpc(
    message("ExternalPSKProposalRequest", { stateId: uint32(1), pskId: bytes(2) }),
    ProposalResponse,
  ),
  ResumptionPSKProposal: rpc(
    message("ResumptionPSKProposalRequest", { stateId: uint32(1), epochId: uint64(2) }),
    ProposalResponse,
  ),
  GroupContextExtensionsProposal: rpc(
    message("GroupContextExtensionsProposalRequest", { stateId: uint32(1), extensions: list(Extension, 2) }),
    ProposalResponse,
  ),
  Commit: rpc(CommitRequest, CommitResponse),
  HandleCommit: rpc(HandleCommitRequest, HandleCommitResponse),
  HandlePendingCommit: rpc(HandlePendingCommitRequest, HandleCommitResponse),
  ReInitProposal: rpc(
    message("ReInitProposalRequest", {
      stateId: uint32(1),
      cipherSuite: uint32(2),
      groupId: bytes(3),
      extensions: list(Extension, 4),
    }),
    ProposalResponse,
  ),
  ReInitCommit: rpc(CommitRequest, CommitResponse),
  HandlePendingReInitCommit: rpc(HandlePendingCommitRequest, HandleReInitCommitResponse),
  HandleReInitCommit: rpc(HandleCommitRequest, HandleReInitCommitResponse),
  ReInitWelcome: rpc(
    message("ReInitWelcomeRequest", {
      reinitId: uint32(1),
      keyPackage: list("bytes", 2),
      forcePath: bool(3),
      externalTree: bool(4),
    }),
    CreateSubgroupResponse,
  ),
  HandleReInitWelcome: rpc(
    message("HandleReInitWelcomeRequest", { reinitId: uint32(1), welcome: bytes(2), ratchetTree: bytes(3) }),
    JoinGroupResponse,
  ),
  CreateBranch: rpc(
    message("CreateBranchRequest", {
      stateId: uint32(1),
      groupId: bytes(2),
      extensions: list(Extension, 3),
      keyPackages: list("bytes", 4),
      forcePath: bool(5),
      externalTree: bool(6),
    }),
    CreateSubgroupResponse,
  ),
  HandleBranch: rpc(
    message("HandleBranchRequest", {
      stateId: uint32(1),
      transactionId: uint32(2),
      welcome: bytes(3),
      ratchetTree: bytes(4),
    }),
    message("HandleBranchResponse", { stateId: uint32(1), epochAuthenticator: bytes(2) }),
  ),
  NewMemberAddProposal: rpc(
    message("NewMemberAddProposalRequest", { groupInfo: bytes(1), identity: bytes(2) }),
    message("NewMemberAddProposalResponse", {
      transactionId: uint32(1),
      proposal: bytes(2),
      initPriv: bytes(3),
      encryptionPriv: bytes(4),
      signaturePriv: bytes(5),
    }),
  ),
  CreateExternalSigner: rpc(
    message("CreateExternalSignerRequest", { cipherSuite: uint32(1), identity: bytes(2) }),
    message("CreateExternalSignerResponse", { signerId: uint32(1), externalSender: bytes(2) }),
  ),
  AddExternalSigner: rpc(
    message("AddExternalSignerRequest", { stateId: uint32(1), externalSender: bytes(2) }),
    ProposalResponse,
  ),
  ExternalSignerProposal: rpc(
    message("ExternalSignerProposalRequest", {
      signerId: uint32(1),
      signerIndex: uint32(2),
      groupInfo: bytes(3),
      ratchetTree: bytes(4),
      description: within(ProposalDescription, 5),
    }),
    ProposalResponse,
  ),
  Free: rpc(message("FreeRequest", { stateId: uint32(1) }), message("FreeResponse", {})),
} as const;

export type Rpc = keyof typeof RPCS;
export type RequestOf<R extends Rpc> = Value<(typeof RPCS)[R]["request"]>;
export type ResponseOf<R extends Rpc> = Value<(typeof RPCS)[R]["response"]>;

export type ProposalDescription = Value<typeof ProposalDescription>;
export type Extension = Value<typeof Extension>;
