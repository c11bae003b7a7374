/** Groups for tests: clients with names, messages delivered in order, and what all members must agree on. */
import { createHash } from "node:crypto";
import { expect } from "vitest";
import { node } from "../../src/backends/node/index.ts";
import { toHex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { opaque } from "../../src/codec/presentation.ts";
import { type Backend, type CipherSuite, cipherSuite } from "../../src/crypto/cipher-suite.ts";
import { generateSigner, type KeySigner } from "../../src/crypto/signer.ts";
import type { AuthenticationRequest, AuthenticationVerdict } from "../../src/group/authentication.ts";
import { type CreateGroupOptions, createGroup } from "../../src/group/create.ts";
import { type CommitOptions, type CreatedCommit, createCommit } from "../../src/group/create-commit.ts";
import type { Environment } from "../../src/group/environment.ts";
import { type ExternalJoinOptions, joinExternally } from "../../src/group/external.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import { createKeyPackage, type KeyPackageBundle, type KeyPackageOptions } from "../../src/group/key-package.ts";
import { epochAuthenticator } from "../../src/group/members.ts";
import { processMessage, protect, type Received } from "../../src/group/messages.ts";
import { acceptCommit, acceptJoin } from "../../src/group/pending.ts";
import { createProposal, type ProposeRequest, type SentProposal } from "../../src/group/propose.ts";
import type { FramingOptions } from "../../src/group/protect.ts";
import type { Registrations } from "../../src/group/registrations.ts";
import type { GroupState, PastEpoch, Transition } from "../../src/group/state.ts";
import type { Ratchet, SecretTree, SecretTreeNode } from "../../src/schedule/secret-tree.ts";
import { SendGuard } from "../../src/schedule/send-guard.ts";
import { dispose, Secret } from "../../src/secret.ts";
import { REGISTERED_SUITES } from "../../src/suites/registry.ts";
import { dangerouslyAcceptEveryCredential, seededRandom } from "../../src/testing/index.ts";
import { nodesOf } from "../../src/tree/ratchet-tree-extension.ts";
import type { Credential } from "../../src/wire/credential.ts";
import { Sender } from "../../src/wire/framed-content.ts";
import { Proposal } from "../../src/wire/proposal.ts";
import { RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";

/** The time of all tests that don't say otherwise. */
export const NOW = 1_800_000_000n;
export const DAY = 86_400n;

export function suiteOf(id = 1, backend: Backend = node): CipherSuite {
  const definition = REGISTERED_SUITES.find((each) => each.id === id);
  if (definition === undefined) throw new Error(`no suite ${id}`);
  return cipherSuite(definition, backend);
}

export function environmentOf(overrides: Partial<Environment> & { readonly seed?: string | number } = {}): Environment {
  const { seed = "tests", ...rest } = overrides;
  return {
    suite: suiteOf(),
    random: seededRandom(seed),
    clock: () => NOW,
    authentication: dangerouslyAcceptEveryCredential,
    ...rest,
  };
}

/** What lets a client say that it supports types of its own, which nobody looks into. */
export function registering(
  types: Readonly<Partial<Record<"proposals" | "credentials", readonly number[]>>>,
): Registrations {
  const { proposals = [], credentials = [] } = types;
  return {
    proposals: proposals.map((type) => ({ type, body: opaque, pathRequired: true })),
    credentials: credentials.map((type) => ({ type, body: opaque })),
  };
}

export const basic = (name: string): Credential => ({ credentialType: "basic", identity: utf8(name) });

export interface Person {
  readonly signer: KeySigner;
  readonly credential: Credential;
}

/** A new client of that name, with a key of its own. */
export async function person({ suite, random }: Environment, name: string): Promise<Person> {
  return { signer: await generateSigner(suite, random), credential: basic(name) };
}

export async function keyPackageFor(
  environment: Environment,
  name: string,
  options: Partial<KeyPackageOptions> = {},
): Promise<KeyPackageBundle> {
  return createKeyPackage(environment, { ...(await person(environment, name)), ...options });
}

/** An Authentication Service that remembers what it was asked, one entry for each call. */
export function authenticationBy(
  judge: (request: AuthenticationRequest) => boolean | AuthenticationVerdict = () => true,
) {
  const calls: (readonly AuthenticationRequest[])[] = [];
  return {
    calls,
    /** The reasons of all requests so far; forgets them. */
    reasons: () => calls.splice(0).map((requests) => requests.map(({ reason }) => reason)),
    authenticate: async (requests: readonly AuthenticationRequest[]): Promise<readonly AuthenticationVerdict[]> => {
      calls.push(requests);
      return requests.map((request) => {
        const verdict = judge(request);
        return typeof verdict === "boolean" ? { accepted: verdict } : verdict;
      });
    },
  };
}

export interface CommittedBy extends CreatedCommit {
  /** The states of those who joined by it, in the order of the key packages. */
  readonly received: ReadonlyMap<string, Received>;
}

/** A group whose members are known by names. Messages reach everyone at once unless a test delivers them itself. */
export class Chat {
  readonly environment: Environment;
  readonly states: Map<string, GroupState> = new Map<string, GroupState>();

  constructor(environment: Environment) {
    this.environment = environment;
  }

  /** The first name creates the group and adds the others by one commit without a path: leaf indices follow the names. */
  static async of(
    names: readonly string[],
    environment: Environment = environmentOf(),
    options: Partial<CreateGroupOptions> & { readonly leaves?: Partial<KeyPackageOptions> } = {},
  ): Promise<Chat> {
    const chat = new Chat(environment);
    const { leaves = {}, ...rest } = options;
    const [first, ...others] = names;
    const founder = { ...(await person(environment, first ?? "nobody")), ...leaves, ...rest };
    chat.states.set(first ?? "nobody", await createGroup(environment, founder));
    if (others.length > 0) await chat.add(first ?? "nobody", others, {}, leaves);
    return chat;
  }

  get names(): readonly string[] {
    return [...this.states.keys()];
  }

  get one(): GroupState {
    const [first] = this.states.values();
    if (first === undefined) throw new Error("nobody is there");
    return first;
  }

  state(name: string): GroupState {
    const state = this.states.get(name);
    if (state === undefined) throw new Error(`${name} is not a member`);
    return state;
  }

  /** Stores what a transition led to, then disposes of what it replaced. */
  adopt<T>(name: string, { state, output, spent }: Transition<GroupState, T>): T {
    this.states.set(name, state);
    dispose(spent);
    return output;
  }

  async receive(name: string, message: Uint8Array, environment: Environment = this.environment): Promise<Received> {
    return this.adopt(name, await processMessage(environment, this.state(name), message));
  }

  /** Everyone else's results. */
  async deliver(
    sender: string | undefined,
    message: Uint8Array,
    to: readonly string[] = this.names,
  ): Promise<ReadonlyMap<string, Received>> {
    const received = new Map<string, Received>();
    for (const name of to) {
      if (name !== sender && this.state(name).closed === undefined)
        received.set(name, await this.receive(name, message));
    }
    return received;
  }

  async send(name: string, text: string): Promise<Uint8Array> {
    return this.adopt(name, await protect(this.environment, this.state(name), utf8(text)));
  }

  /** Proposes, and delivers the proposal to all. */
  async propose(name: string, request: ProposeRequest, options: FramingOptions = {}): Promise<SentProposal> {
    const sent = this.adopt(name, await createProposal(this.environment, this.state(name), request, options));
    await this.deliver(name, sent.message);
    return sent;
  }

  /** Commits, accepts, delivers, and lets in those whose key packages are given by name. */
  async commit(
    name: string,
    options: CommitOptions = {},
    joiners: ReadonlyMap<string, KeyPackageBundle> = new Map(),
  ): Promise<CommittedBy> {
    const created = this.adopt(name, await createCommit(this.environment, this.state(name), options));
    this.adopt(name, acceptCommit(this.environment, this.state(name), created.pending));
    const received = await this.deliver(name, created.message);
    for (const [joiner, bundle] of joiners) await this.join(joiner, bundle, created);
    return { ...created, received };
  }

  async join(name: string, bundle: KeyPackageBundle, { welcomes, ratchetTree }: CreatedCommit): Promise<void> {
    for (const welcome of welcomes) {
      const joined = await joinGroup(this.environment, { welcome, keyPackages: [bundle], ratchetTree }).catch(
        (error) => {
          if (error.code !== "welcome.no_key_package") throw error;
          return undefined;
        },
      );
      if (joined !== undefined) this.adopt(name, joined);
    }
    if (!this.states.has(name)) throw new Error(`no Welcome for ${name}`);
  }

  async add(
    by: string,
    names: readonly string[],
    options: CommitOptions = {},
    leaves: Partial<KeyPackageOptions> = {},
  ): Promise<CommittedBy> {
    const joiners = new Map<string, KeyPackageBundle>();
    for (const name of names) joiners.set(name, await keyPackageFor(this.environment, name, leaves));
    const adds = [...joiners.values()].map(({ keyPackage }) => ({ proposalType: "add", keyPackage }) as const);
    return this.commit(by, { ...options, proposals: [...(options.proposals ?? []), ...adds] }, joiners);
  }

  async remove(by: string, name: string, options: CommitOptions = {}): Promise<CommittedBy> {
    const removed = this.state(name).self.leafIndex;
    const committed = await this.commit(by, { ...options, proposals: [{ proposalType: "remove", removed }] });
    this.states.delete(name);
    return committed;
  }

  /** Joins from a fresh GroupInfo of `by`, and lets everyone know. */
  async joinExternally(by: string, name: string, options: Partial<ExternalJoinOptions> = {}): Promise<Uint8Array> {
    const groupInfo = await createGroupInfo(this.environment, this.state(by));
    const joiner = { ...(await person(this.environment, name)), groupInfo, ...options };
    const { message, pending } = await joinExternally(this.environment, joiner);
    await this.deliver(undefined, message);
    this.states.set(name, acceptJoin(pending));
    return message;
  }

  /** Everyone commits once with a path, from the right, so that no parent with members on both sides stays blank. */
  async fill(): Promise<void> {
    const byLeaf = [...this.states].sort(([, a], [, b]) => b.self.leafIndex - a.self.leafIndex);
    for (const [name] of byLeaf) await this.commit(name, { forcePath: true });
  }

  /** The same group, as if it had lived twice: what happens in one is nothing to the other. */
  copy(): Chat {
    const copy = new Chat(this.environment);
    for (const [name, state] of this.states) copy.states.set(name, copyOfState(state));
    return copy;
  }

  agree(): void {
    agree(...[...this.states.values()].filter(({ closed }) => closed?.reason !== "removed"));
  }
}

/** Makes a group once, and hands out copies of it. */
export function copiesOf(make: () => Promise<Chat>): () => Promise<Chat> {
  let made: Promise<Chat> | undefined;
  return async () => {
    made ??= make();
    return (await made).copy();
  };
}

/** An equal state that shares no secret with the one given, and may send what that one has sent. */
export function copyOfState(state: GroupState): GroupState {
  const { epoch, self } = state;
  const all = <T extends object>(secrets: T): T =>
    Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, copyOf(secret)])) as T;
  return {
    ...state,
    epoch: {
      ...epoch,
      secrets: all(epoch.secrets),
      secretTree: copyOfTree(epoch.secretTree),
      sending: new SendGuard(),
    },
    self: { ...self, privateKeys: new Map([...self.privateKeys].map(([node, key]) => [node, copyOf(key)])) },
    pendingUpdates: new Map(
      [...state.pendingUpdates].map(([name, update]) => [name, { ...update, privateKey: copyOf(update.privateKey) }]),
    ),
    past: state.past.map((past) => ({
      ...past,
      senderDataSecret: copyOf(past.senderDataSecret),
      secretTree: copyOfTree(past.secretTree),
    })),
    resumptionPsks: state.resumptionPsks.map((each) => ({ ...each, psk: copyOf(each.psk) })),
  };
}

const copyOf = (secret: Secret) => Secret.copyOf(secret.bytes);

function copyOfTree({ leaves, root }: SecretTree): SecretTree {
  const ratchet = ({ generation, secret, skipped, horizon }: Ratchet): Ratchet => ({
    generation,
    horizon,
    secret: copyOf(secret),
    skipped: skipped.map((each) => ({ ...each, key: copyOf(each.key), nonce: copyOf(each.nonce) })),
  });
  const node = (at: SecretTreeNode): SecretTreeNode => {
    if (at instanceof Secret) return copyOf(at);
    if ("left" in at) return { left: node(at.left), right: node(at.right) };
    return { handshake: ratchet(at.handshake), application: ratchet(at.application) };
  };
  return { leaves, root: node(root) };
}

/** All states are of the same epoch of the same group. */
export function agree(...states: readonly GroupState[]): void {
  const views = states.map((state) => ({
    epoch: state.epoch.groupContext.epoch,
    context: toHex(state.epoch.encodedGroupContext),
    authenticator: toHex(epochAuthenticator(state)),
    tree: toHex(state.tree.hash),
  }));
  for (const view of views) expect(view).toEqual(views[0]);
  for (const { epoch, tree } of states) expect(toHex(epoch.groupContext.treeHash)).toBe(toHex(tree.hash));
}

/** A digest of all that a state holds, secrets included: reading a disposed one throws. */
export function fingerprint(state: GroupState): string {
  const digest = createHash("sha256");
  const note = (label: string, octets: Uint8Array) => digest.update(`${label} ${octets.length} `).update(octets);
  const { epoch, tree, self, closed } = state;
  note("context", epoch.encodedGroupContext);
  note("tag", epoch.confirmationTag);
  note("interim", epoch.interimTranscriptHash);
  for (const [name, secret] of Object.entries(epoch.secrets).sort()) note(name, secret.bytes);
  note("secret tree", utf8(shapeOf(epoch.secretTree)));
  note("tree", encode(RatchetTreeNodes, nodesOf(tree)));
  note("tree hash", tree.hash);
  for (const [index, secret] of [...self.privateKeys].sort(([a], [b]) => a - b)) note(`key ${index}`, secret.bytes);
  note(`leaf ${self.leafIndex}`, self.signer.publicKey);
  for (const [reference, { proposal, sender }] of state.proposals) {
    note(`proposal ${reference}`, encode(Proposal, proposal));
    note("from", encode(Sender, sender));
  }
  for (const [reference, { privateKey, signer }] of state.pendingUpdates) {
    note(`update ${reference}`, privateKey.bytes);
    note("signer", signer.publicKey);
  }
  for (const past of state.past) notePast(past, note);
  for (const { epoch: of, psk } of state.resumptionPsks) note(`resumption ${of}`, psk.bytes);
  note("closed", utf8(closed?.reason ?? "open"));
  return digest.digest("hex");
}

function notePast(past: PastEpoch, note: (label: string, octets: Uint8Array) => unknown): void {
  note(`past ${past.epoch}`, past.encodedGroupContext);
  note("tree hash", past.tree.hash);
  note("sender data", past.senderDataSecret.bytes);
  note("secret tree", utf8(shapeOf(past.secretTree)));
}

function shapeOf({ leaves, root }: SecretTree): string {
  const shape = (at: SecretTreeNode): unknown => {
    if (at instanceof Secret) return toHex(at.bytes);
    if ("left" in at) return [shape(at.left), shape(at.right)];
    return [at.handshake, at.application].map(({ generation, secret, skipped }) => ({
      generation,
      secret: toHex(secret.bytes),
      skipped: skipped.map((each) => [each.generation, toHex(each.key.bytes), toHex(each.nonce.bytes)]),
    }));
  };
  return JSON.stringify([leaves, shape(root)]);
}

/** The codes with which each of several states refuses a message; none of them changes by it. */
export async function refusals(
  environment: Environment,
  states: readonly GroupState[],
  message: Uint8Array,
): Promise<readonly string[]> {
  const codes: string[] = [];
  for (const state of states) {
    const before = fingerprint(state);
    const outcome = await processMessage(environment, state, message).then(
      ({ output }) => `accepted ${output.contentType}`,
      (error) => error.code ?? String(error),
    );
    expect(fingerprint(state)).toBe(before);
    codes.push(outcome);
  }
  return codes;
}
