/**
 * §10 to §12: all clients of one group played by one program: what one of them sends, all others receive at once, and
 * after each commit they must agree. One of them is the passive client, which never sends and whose part is recorded.
 * A published seed gives all of it away, so nothing is disposed of.
 */

import { equal, toHex, utf8 } from "../bytes.ts";
import { decode, encode } from "../codec/codec.ts";
import { generateSigner, type KeySigner } from "../crypto/signer.ts";
import { InternalError } from "../errors.ts";
import { defaultCapabilities } from "../group/capabilities.ts";
import { createGroup } from "../group/create.ts";
import { type CommitOptions, createCommit } from "../group/create-commit.ts";
import type { Environment } from "../group/environment.ts";
import { joinExternally } from "../group/external.ts";
import { proposeExternally, proposeSelf } from "../group/external-proposals.ts";
import { createGroupInfo } from "../group/group-info.ts";
import { joinGroup } from "../group/join.ts";
import { createKeyPackage, type KeyPackageBundle, type LeafOptions } from "../group/key-package.ts";
import { epochAuthenticator, ratchetTree } from "../group/members.ts";
import { processMessage } from "../group/messages.ts";
import { acceptCommit, acceptJoin } from "../group/pending.ts";
import { createProposal, type ProposalRequest, type ProposeRequest } from "../group/propose.ts";
import type { FramingOptions } from "../group/protect.ts";
import { epochOf, type GroupState, groupIdOf } from "../group/state.ts";
import { dangerouslyAcceptEveryCredential } from "../testing/authentication.ts";
import type { LeafIndex } from "../tree-math.ts";
import type { Extension } from "../wire/extension.ts";
import { MLSMessage } from "../wire/message.ts";
import { RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import type { MakeInput } from "./make-formulas.ts";
import { GREASE, PRIVATE_USE, REGISTRATIONS } from "./make-structs.ts";

/** The name of the client whose part is recorded. */
export const PASSIVE = "passive";

interface EpochRecord {
  readonly proposals: readonly string[];
  readonly commit: string;
  readonly epoch_authenticator: string;
}

/** What the vectors say of the way in. */
interface Entrance {
  readonly welcome: string;
  readonly ratchet_tree: string | null;
  readonly initial_epoch_authenticator: string;
}

export interface RejoinOptions {
  /** Whose leaf the joiner removes. */
  readonly removing?: string;
  /** Names of external PSKs. */
  readonly psks?: readonly string[];
  /** Whether the GroupInfo carries the tree. Default: true. */
  readonly ratchetTree?: boolean;
}

export class Troupe {
  readonly environment: Environment;
  readonly #states = new Map<string, GroupState>();
  readonly #clients = new Map<string, LeafOptions & { readonly signer: KeySigner }>();
  readonly #invited = new Map<string, KeyPackageBundle>();
  readonly #psks = new Map<string, Uint8Array>();
  readonly #epochs: EpochRecord[] = [];
  #proposals: string[] = [];
  #entrance: Entrance | undefined;
  #lastJoin = 0n;

  constructor({ suite, random }: MakeInput) {
    this.environment = {
      suite,
      random,
      // Any moment will do.
      clock: () => 1_800_000_000n,
      authentication: dangerouslyAcceptEveryCredential,
      psks: { external: (id) => this.#psks.get(toHex(id)) },
      policy: { newMemberProposals: true },
      registrations: REGISTRATIONS,
    };
  }

  /** The members that act, from the oldest to the newest. */
  get names(): string[] {
    return [...this.#states.keys()];
  }

  get epoch(): bigint {
    return epochOf(this.#anyone);
  }

  /** The first epoch whose resumption PSK all members have. */
  get lastJoin(): bigint {
    return this.#lastJoin;
  }

  /** A member alone in a new group. */
  async found(name: string, extensions: readonly Extension[] = []): Promise<void> {
    const groupId = this.environment.random(16);
    this.#states.set(name, await createGroup(this.environment, { ...(await this.#client(name)), groupId, extensions }));
  }

  /** An Add of somebody new, or of somebody who left. */
  async add(name: string): Promise<Extract<ProposalRequest, { proposalType: "add" }>> {
    const { keyPackage } = await this.#invite(name);
    return { proposalType: "add", keyPackage };
  }

  async addAll(names: readonly string[]): Promise<ProposalRequest[]> {
    const proposals = [];
    for (const name of names) proposals.push(await this.add(name));
    return proposals;
  }

  remove(name: string): Extract<ProposalRequest, { proposalType: "remove" }> {
    return { proposalType: "remove", removed: this.leafOf(name) };
  }

  /** An external PSK of this name, which everybody has from now on. */
  psk(name: string): Extract<ProposalRequest, { proposalType: "psk" }> {
    return { proposalType: "psk", psk: { psktype: "external", pskId: this.#pskId(name) } };
  }

  leafOf(name: string): LeafIndex {
    return this.#state(name).self.leafIndex;
  }

  /** A member proposes; the next commit may take it by reference. */
  async propose(by: string, request: ProposeRequest, framing: FramingOptions = {}): Promise<void> {
    const { state, output } = await createProposal(this.environment, this.#state(by), request, framing);
    await this.#deliver(output.message, by);
    this.#states.set(by, state);
    this.#proposals.push(toHex(output.message));
  }

  /** §12.1.8: an external sender proposes. */
  async proposeExternally(signer: KeySigner, proposal: ProposalRequest): Promise<void> {
    const { groupContext } = this.#anyone.epoch;
    const { message } = await proposeExternally(this.environment, { groupContext, signer, proposal });
    await this.#deliver(message, undefined);
    this.#proposals.push(toHex(message));
  }

  /** §12.1.8: somebody proposes to be added. */
  async proposeSelf(name: string): Promise<void> {
    const { groupContext } = this.#anyone.epoch;
    const keyPackage = await this.#invite(name);
    const { message } = await proposeSelf(this.environment, { groupContext, keyPackage });
    await this.#deliver(message, undefined);
    this.#proposals.push(toHex(message));
  }

  /** A member commits, and those it adds join. */
  async commit(by: string, options: CommitOptions = {}): Promise<void> {
    const { state, output } = await createCommit(this.environment, this.#state(by), options);
    await this.#deliver(output.message, by);
    this.#states.set(by, acceptCommit(this.environment, state, output.pending).state);
    this.#endEpoch(output.message);
    for (const welcome of output.welcomes) await this.#welcome(welcome, options.ratchetTree ?? true);
    this.#checkAgreement();
  }

  /** §12.4.3.2: somebody joins on its own, perhaps in the place of a leaf. */
  async joinExternally(
    name: string,
    { removing, psks = [], ratchetTree: inside = true }: RejoinOptions = {},
  ): Promise<void> {
    const groupInfo = await createGroupInfo(this.environment, this.#anyone, { ratchetTree: inside });
    const { message, pending } = await joinExternally(this.environment, {
      ...(await this.#client(name)),
      groupInfo,
      psks: psks.map((each) => this.#pskId(each)),
      ...(inside ? {} : { ratchetTree: ratchetTree(this.#anyone) }),
      ...(removing === undefined ? {} : { removed: this.leafOf(removing) }),
    });
    await this.#deliver(message, undefined);
    this.#states.set(name, acceptJoin(pending));
    this.#lastJoin = this.epoch;
    this.#endEpoch(message);
    this.#checkAgreement();
  }

  /** The part of the passive client. */
  vector(): unknown {
    const bundle = this.#invited.get(PASSIVE);
    if (bundle === undefined || this.#entrance === undefined)
      throw new InternalError("internal.invariant", { where: "vector" });
    const { keyPackage } = bundle;
    const message = encode(MLSMessage, { version: "mls10", wireFormat: "mls_key_package", keyPackage });
    const signer = this.#clients.get(PASSIVE)?.signer;
    return {
      cipher_suite: this.environment.suite.id,
      external_psks: [...this.#psks].map(([id, psk]) => ({ psk_id: id, psk: toHex(psk) })),
      key_package: toHex(message),
      signature_priv: toHex(signer?.privateKey.bytes ?? new Uint8Array(0)),
      encryption_priv: toHex(bundle.encryptionPrivateKey.bytes),
      init_priv: toHex(bundle.initPrivateKey.bytes),
      ...this.#entrance,
      epochs: this.#epochs,
    };
  }

  /** A key for an outside sender or for a leaf that changes its own. */
  async signer(): Promise<KeySigner> {
    return generateSigner(this.environment.suite, this.environment.random);
  }

  get #anyone(): GroupState {
    return this.#state(this.names[0] ?? "");
  }

  #state(name: string): GroupState {
    const state = this.#states.get(name);
    if (state === undefined) throw new InternalError("internal.invariant", { where: "troupe", name });
    return state;
  }

  async #client(name: string): Promise<LeafOptions & { readonly signer: KeySigner }> {
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    const listed = { extensions: [PRIVATE_USE, GREASE], proposals: [PRIVATE_USE, GREASE] };
    const client = {
      signer: await this.signer(),
      credential: { credentialType: "basic", identity: utf8(name) } as const,
      capabilities: { ...defaultCapabilities(this.environment.suite), ...listed },
      leafExtensions: [{ extensionType: GREASE, extensionData: utf8("ignored") }],
    };
    this.#clients.set(name, client);
    return client;
  }

  async #invite(name: string): Promise<KeyPackageBundle> {
    const bundle = await createKeyPackage(this.environment, await this.#client(name));
    this.#invited.set(name, bundle);
    return bundle;
  }

  #pskId(name: string): Uint8Array {
    const id = utf8(name);
    if (!this.#psks.has(toHex(id))) this.#psks.set(toHex(id), this.environment.random(this.environment.suite.kdf.Nh));
    return id;
  }

  /** All but the sender receive a message; those whom it removes are gone. */
  async #deliver(message: Uint8Array, sender: string | undefined): Promise<void> {
    for (const [name, before] of this.#states) {
      if (name === sender) continue;
      const { state } = await processMessage(this.environment, before, message);
      if (state.closed?.reason === "removed") this.#states.delete(name);
      else this.#states.set(name, state);
    }
  }

  #endEpoch(commit: Uint8Array): void {
    const proposals = this.#proposals;
    this.#proposals = [];
    if (this.#entrance === undefined) return;
    this.#epochs.push({ proposals, commit: toHex(commit), epoch_authenticator: toHex(this.#authenticator()) });
  }

  async #welcome(welcome: Uint8Array, carriesTree: boolean): Promise<void> {
    const tree = carriesTree ? {} : { ratchetTree: ratchetTree(this.#anyone) };
    for (const [name, bundle] of this.#invited) {
      if (!isFor(welcome, bundle)) continue;
      this.#lastJoin = this.epoch;
      if (name === PASSIVE) this.#enterPassive(welcome, tree.ratchetTree);
      else
        this.#states.set(name, (await joinGroup(this.environment, { welcome, keyPackages: [bundle], ...tree })).state);
    }
  }

  #enterPassive(welcome: Uint8Array, tree: RatchetTreeNodes | undefined): void {
    this.#entrance = {
      welcome: toHex(welcome),
      ratchet_tree: tree === undefined ? null : toHex(encode(RatchetTreeNodes, tree)),
      initial_epoch_authenticator: toHex(this.#authenticator()),
    };
  }

  #authenticator(): Uint8Array {
    return epochAuthenticator(this.#anyone);
  }

  #checkAgreement(): void {
    const expected = this.#authenticator();
    for (const [name, state] of this.#states) {
      if (!equal(epochAuthenticator(state), expected) || !equal(groupIdOf(state), groupIdOf(this.#anyone))) {
        throw new InternalError("internal.invariant", { where: "agreement", name, epoch: epochOf(state) });
      }
    }
  }
}

function isFor(welcome: Uint8Array, { reference }: KeyPackageBundle): boolean {
  const message = decode(MLSMessage, welcome);
  return (
    message.wireFormat === "mls_welcome" && message.welcome.secrets.some(({ newMember }) => equal(newMember, reference))
  );
}
