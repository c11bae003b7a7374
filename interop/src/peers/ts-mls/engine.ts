/**
 * What the handlers ask of a version of ts-mls: everything in octets, so that its own types stay in one file. `State` is its
 * state of a group, `Bundle` a key package with its private keys. States are values.
 */
import type { Extension } from "../../interface/messages.ts";

export type ResumptionUsage = "application" | "reinit" | "branch";

/** A proposal that is to be made. */
export type Wanted =
  | { readonly type: "add"; readonly keyPackage: Uint8Array }
  | { readonly type: "remove"; readonly removed: number }
  | { readonly type: "externalPSK"; readonly pskId: Uint8Array }
  | { readonly type: "resumptionPSK"; readonly groupId: Uint8Array; readonly epoch: bigint }
  | { readonly type: "groupContextExtensions"; readonly extensions: readonly Extension[] }
  | ({ readonly type: "reinit" } & Succession);

/** What a ReInit says of the group that follows. */
export interface Succession {
  readonly groupId: Uint8Array;
  readonly cipherSuite: number;
  readonly extensions: readonly Extension[];
}

export interface Psks {
  readonly external: (pskId: Uint8Array) => Uint8Array | undefined;
  readonly allExternal: () => Iterable<readonly [Uint8Array, Uint8Array]>;
  readonly resumption: (groupId: Uint8Array, epoch: bigint) => Uint8Array | undefined;
}

/** What can be seen of a state. */
export interface Sight {
  readonly cipherSuite: number;
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly extensions: readonly Extension[];
  readonly epochAuthenticator: Uint8Array;
  readonly resumptionPsk: Uint8Array;
  readonly removed: boolean;
  readonly succession: Succession | undefined;
  /** References of the proposals that wait for a commit. */
  readonly waiting: readonly string[];
}

export interface BundleOctets {
  readonly keyPackage: Uint8Array;
  readonly initPriv: Uint8Array;
  readonly encryptionPriv: Uint8Array;
  readonly signaturePriv: Uint8Array;
}

export interface Entrance {
  readonly welcome: Uint8Array;
  readonly ratchetTree: Uint8Array | undefined;
  readonly psks: Psks;
}

export interface Outside {
  readonly groupInfo: Uint8Array;
  readonly ratchetTree: Uint8Array | undefined;
}

export interface SignatureKeys {
  readonly publicKey: Uint8Array;
  readonly signKey: Uint8Array;
}

export interface CommitOptions {
  readonly references: readonly string[];
  readonly byValue: readonly Wanted[];
  readonly forcePath: boolean;
  readonly inlineTree: boolean;
  readonly encrypted: boolean;
  readonly psks: Psks;
}

export interface Committed<State> {
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array | undefined;
  /** Of the epoch that begins if the commit is accepted. */
  readonly next: State;
  /** Of the epoch in which the commit was sent. */
  readonly current: State;
}

export interface Proposed<State> {
  readonly proposal: Uint8Array;
  readonly state: State;
}

/** The private key of an Update of our own, by the public one in base64. */
export type OwnUpdates = ReadonlyMap<string, Uint8Array>;

export type Received<State> =
  | { readonly kind: "handshake"; readonly state: State }
  | { readonly kind: "application"; readonly state: State; readonly data: Uint8Array; readonly aad: Uint8Array };

export interface SubgroupOptions<State> {
  readonly from: State;
  readonly usage: "reinit" | "branch";
  readonly succession: Succession;
  readonly keyPackages: readonly Uint8Array[];
  readonly forcePath: boolean;
  readonly inlineTree: boolean;
}

export interface Engine<State, Bundle> {
  readonly name: string;
  readonly suites: readonly number[];

  keyPackage(cipherSuite: number, identity: Uint8Array): Promise<Bundle>;
  octetsOf(bundle: Bundle): BundleOctets;
  suiteOf(outside: Outside): number;
  groupIdOf(outside: Outside): Uint8Array;
  /** @throws if nobody of this name has a leaf */
  leafOf(tree: State | Outside, identity: Uint8Array): number;
  sight(state: State): Sight;

  createGroup(bundle: Bundle, groupId: Uint8Array): Promise<State>;
  join(bundle: Bundle, entrance: Entrance): Promise<State>;
  joinSubgroup(
    bundle: Bundle,
    entrance: Entrance,
    from: Pick<SubgroupOptions<State>, "from" | "usage">,
  ): Promise<State>;
  joinExternally(
    bundle: Bundle,
    outside: Outside,
    removePrior: boolean,
  ): Promise<{ readonly state: State; readonly commit: Uint8Array }>;
  createSubgroup(
    bundle: Bundle,
    options: SubgroupOptions<State>,
  ): Promise<Omit<Committed<State>, "current" | "commit">>;

  groupInfo(state: State, inlineTree: boolean): Promise<Uint8Array>;
  ratchetTree(state: State): Uint8Array;
  exportSecret(state: State, label: string, context: Uint8Array, length: number): Promise<Uint8Array>;

  protect(state: State, plaintext: Uint8Array, aad: Uint8Array): Promise<{ state: State; message: Uint8Array }>;
  process(state: State, message: Uint8Array, psks: Psks, updates: OwnUpdates): Promise<Received<State>>;

  propose(state: State, wanted: Wanted, encrypted: boolean): Promise<Proposed<State>>;
  /** An Update comes with the private key that some commit may put into use. */
  update(state: State, encrypted: boolean): Promise<Proposed<State> & { readonly key: readonly [string, Uint8Array] }>;
  commit(state: State, options: CommitOptions): Promise<Committed<State>>;

  proposeSelf(bundle: Bundle, outside: Outside): Promise<Uint8Array>;
  signer(cipherSuite: number): Promise<SignatureKeys>;
  externalSender(keys: SignatureKeys, identity: Uint8Array): Uint8Array;
  proposeExternally(keys: SignatureKeys, outside: Outside, wanted: Wanted): Promise<Uint8Array>;
}
