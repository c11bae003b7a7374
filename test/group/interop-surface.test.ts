/**
 * What a harness for other implementations asks of the public doors: every call of the working group's interop interface,
 * carried out with what `copath` and its subpaths export. Nothing else is imported here but the test runner.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { auto } from "../../src/backends/auto/index.ts";
import { noble } from "../../src/backends/noble/index.ts";
import { decode, encode } from "../../src/codec/index.ts";
import { cipherSuite, generateSigner, type KeySigner, signerOf, supports } from "../../src/crypto/index.ts";
import { peek } from "../../src/framing/index.ts";
import {
  acceptCommit,
  acceptJoin,
  branch,
  type CommitOptions,
  type CreatedCommit,
  type Credential,
  createCommit,
  createGroup,
  createGroupInfo,
  createKeyPackage,
  createProposal,
  discard,
  dispose,
  dropCommit,
  type Environment,
  ExternalSender,
  ExternalSenders,
  epochAuthenticator,
  epochOf,
  exportSecret,
  extensionsOf,
  externalSendersOf,
  GroupInfo,
  type GroupState,
  groupIdOf,
  groupInfoIn,
  type HandshakeFormat,
  importKeyPackage,
  joinExternally,
  joinGroup,
  KeyPackage,
  type KeyPackageBundle,
  MLSMessage,
  MlsError,
  type ProposalRequest,
  type ProposeRequest,
  processMessage,
  proposeExternally,
  proposeSelf,
  protect,
  RatchetTreeNodes,
  ratchetTree,
  reinitialize,
  roster,
  type SuccessorOptions,
  type Transition,
  verifyGroupInfo,
  Welcome,
} from "../../src/index.ts";
import { MLS_128_DHKEMP256_AES128GCM_SHA256_P256 } from "../../src/suites/mls-128-dhkemp256-aes128gcm-sha256-p256.ts";
import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "../../src/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519.ts";
import { MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519 } from "../../src/suites/mls-128-dhkemx25519-chacha20poly1305-sha256-ed25519.ts";
import { MLS_256_DHKEMP384_AES256GCM_SHA384_P384 } from "../../src/suites/mls-256-dhkemp384-aes256gcm-sha384-p384.ts";
import { MLS_256_DHKEMP521_AES256GCM_SHA512_P521 } from "../../src/suites/mls-256-dhkemp521-aes256gcm-sha512-p521.ts";
import { MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448 } from "../../src/suites/mls-256-dhkemx448-aes256gcm-sha512-ed448.ts";
import { MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448 } from "../../src/suites/mls-256-dhkemx448-chacha20poly1305-sha512-ed448.ts";
import {
  dangerouslyAcceptEveryCredential,
  seededRandom,
  syntheticGroup,
  welcomeInto,
} from "../../src/testing/index.ts";

const DEFINITIONS = [
  MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519,
  MLS_128_DHKEMP256_AES128GCM_SHA256_P256,
  MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519,
  MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448,
  MLS_256_DHKEMP521_AES256GCM_SHA512_P521,
  MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448,
  MLS_256_DHKEMP384_AES256GCM_SHA384_P384,
];
const utf8 = (text: string) => new TextEncoder().encode(text);
const hex = (octets: Uint8Array) => Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
const basic = (identity: Uint8Array): Credential => ({ credentialType: "basic", identity });
const random = seededRandom("interop");

function suiteOf(id: number) {
  const definition = DEFINITIONS.find((each) => each.id === id);
  if (definition === undefined) throw new Error(`no suite ${id}`);
  return cipherSuite(definition, noble);
}

/** The octets of a key package's private keys, as a harness hands them out and takes them back. */
const rawKeysOf = ({ initPrivateKey, encryptionPrivateKey, signer }: KeyPackageBundle) => ({
  initPrivateKey: initPrivateKey.bytes.slice(),
  encryptionPrivateKey: encryptionPrivateKey.bytes.slice(),
  signaturePrivateKey: (signer as KeySigner).privateKey.bytes.slice(),
});

const keyPackageIn = (message: Uint8Array): KeyPackage => {
  const decoded = decode(MLSMessage, message);
  if (decoded.wireFormat !== "mls_key_package") throw new Error(decoded.wireFormat);
  return decoded.keyPackage;
};
const inMessage = (groupInfo: GroupInfo) =>
  encode(MLSMessage, { version: "mls10", wireFormat: "mls_group_info", groupInfo });
const treeOctets = (nodes: RatchetTreeNodes) => encode(RatchetTreeNodes, nodes);

interface JoinRequest {
  readonly welcome: Uint8Array;
  readonly ratchetTree?: Uint8Array | undefined;
  readonly predecessor?: GroupState;
}

/** One client of the harness. All that goes in and out of it is octets, numbers and strings, as in the interface. */
class Client {
  readonly name: string;
  readonly psks = new Map<string, Uint8Array>();
  environment: Environment;
  bundles: KeyPackageBundle[] = [];
  pending: CreatedCommit | undefined;
  /** References of what was sent or received in this epoch, by the message. */
  readonly references = new Map<string, Uint8Array>();
  #state: GroupState | undefined;

  constructor(name: string, suite = 1, handshakeFormat: HandshakeFormat = "mls_public_message") {
    this.name = name;
    this.environment = {
      suite: suiteOf(suite),
      random,
      clock: () => 1_800_000_000n,
      authentication: dangerouslyAcceptEveryCredential,
      psks: { external: (id) => this.psks.get(hex(id)) },
      policy: { handshakeFormat, newMemberProposals: true, maxLifetime: undefined, sendWhileProposalsWait: true },
    };
  }

  get state(): GroupState {
    if (this.#state === undefined) throw new Error(`${this.name} is in no group`);
    return this.#state;
  }

  set state(state: GroupState) {
    this.#state = state;
  }

  #adopt<T>({ state, output, spent }: Transition<GroupState, T>): T {
    this.state = state;
    dispose(spent);
    return output;
  }

  async createGroup(groupId: Uint8Array): Promise<void> {
    const { suite } = this.environment;
    const { privateKey } = await generateSigner(suite, random);
    const signer = await signerOf(suite, privateKey.bytes.slice());
    this.state = await createGroup(this.environment, { signer, credential: basic(utf8(this.name)), groupId });
  }

  /** Made, handed out with its private keys, and taken back in: nothing but octets is kept of it. */
  async createKeyPackage(suite = this.environment.suite.id): Promise<Uint8Array> {
    const environment = { ...this.environment, suite: suiteOf(suite) };
    const signer = await generateSigner(environment.suite, random);
    const lifetime = { notBefore: 0n, notAfter: 2n ** 64n - 1n };
    const made = await createKeyPackage(environment, { signer, credential: basic(utf8(this.name)), lifetime });
    const { keyPackage } = made;
    const message = encode(MLSMessage, { version: "mls10", wireFormat: "mls_key_package", keyPackage });
    this.bundles.push(await importKeyPackage(environment, keyPackageIn(message), rawKeysOf(made)));
    return message;
  }

  async joinGroup({ welcome, ratchetTree: octets, ...rest }: JoinRequest): Promise<Uint8Array> {
    const tree = octets === undefined ? {} : { ratchetTree: decode(RatchetTreeNodes, octets) };
    this.#adopt(await joinGroup(this.environment, { welcome, keyPackages: this.bundles, ...tree, ...rest }));
    return epochAuthenticator(this.state);
  }

  async externalJoin(groupInfo: Uint8Array, octets?: Uint8Array, removePrior = false, psks: readonly string[] = []) {
    const signer = await generateSigner(this.environment.suite, random);
    const info = groupInfoIn(groupInfo);
    const tree = octets === undefined ? {} : { ratchetTree: decode(RatchetTreeNodes, octets) };
    const prior = removePrior ? { removed: this.state.self.leafIndex } : {};
    const { message, pending } = await joinExternally(this.environment, {
      signer,
      credential: basic(utf8(this.name)),
      groupInfo: info,
      psks: psks.map(utf8),
      ...tree,
      ...prior,
    });
    this.state = acceptJoin(pending);
    return message;
  }

  async groupInfo(externalTree: boolean): Promise<{ groupInfo: Uint8Array; ratchetTree: Uint8Array | undefined }> {
    const groupInfo = await createGroupInfo(this.environment, this.state, { ratchetTree: !externalTree });
    const detached = externalTree ? treeOctets(ratchetTree(this.state)) : undefined;
    return { groupInfo: inMessage(groupInfo), ratchetTree: detached };
  }

  exportSecret(label: string, context: string, length: number): Uint8Array {
    return exportSecret(this.environment.suite, this.state, { label, context: utf8(context), length });
  }

  async protect(plaintext: string, authenticatedData = ""): Promise<Uint8Array> {
    const options = { authenticatedData: utf8(authenticatedData) };
    return this.#adopt(await protect(this.environment, this.state, utf8(plaintext), options));
  }

  async unprotect(ciphertext: Uint8Array): Promise<{ plaintext: string; authenticatedData: string }> {
    const received = this.#adopt(await processMessage(this.environment, this.state, ciphertext));
    if (received.contentType !== "application") throw new Error(received.contentType);
    const text = new TextDecoder();
    return {
      plaintext: text.decode(received.applicationData),
      authenticatedData: text.decode(received.authenticatedData),
    };
  }

  leafOf(identity: string) {
    const found = roster(this.state).find(
      ({ leafNode: { credential } }) =>
        credential.credentialType === "basic" && hex(credential.identity) === hex(utf8(identity)),
    );
    if (found === undefined) throw new Error(`${identity} is not a member`);
    return found.leafIndex;
  }

  async propose(request: ProposeRequest): Promise<Uint8Array> {
    const sent = this.#adopt(await createProposal(this.environment, this.state, request));
    this.references.set(hex(sent.message), sent.reference);
    return sent.message;
  }

  /** Proposals come as octets: own ones, new ones, and such as came before. */
  async #referencesOf(messages: readonly Uint8Array[]): Promise<Uint8Array[]> {
    const found: Uint8Array[] = [];
    for (const message of messages) {
      const known = this.references.get(hex(message)) ?? (await this.#receiveProposal(message));
      if (known !== undefined) found.push(known);
    }
    return found;
  }

  async #receiveProposal(message: Uint8Array): Promise<Uint8Array | undefined> {
    const received = this.#adopt(await processMessage(this.environment, this.state, message));
    if (received.contentType !== "proposal") throw new Error(received.contentType);
    this.references.set(hex(message), received.reference);
    return received.reference;
  }

  async commit(byReference: readonly Uint8Array[], options: CommitOptions = {}) {
    const references = await this.#referencesOf(byReference);
    const before = this.state.epoch;
    this.pending = this.#adopt(await createCommit(this.environment, this.state, { ...options, references }));
    expect(epochOf(this.state)).toBe(before.groupContext.epoch);
    const [welcome] = this.pending.welcomes;
    return { commit: this.pending.message, welcome, ratchetTree: treeOctets(this.pending.ratchetTree) };
  }

  handlePendingCommit(): Uint8Array {
    if (this.pending === undefined) throw new Error("no commit is pending");
    this.#adopt(acceptCommit(this.environment, this.state, this.pending.pending));
    this.references.clear();
    return epochAuthenticator(this.state);
  }

  async handleCommit(proposals: readonly Uint8Array[], commit: Uint8Array) {
    await this.#referencesOf(proposals);
    const received = this.#adopt(await processMessage(this.environment, this.state, commit));
    if (received.contentType !== "commit") throw new Error(received.contentType);
    this.references.clear();
    return { removed: received.commit.removedSelf, authenticator: hex(epochAuthenticator(this.state)) };
  }

  /** Any member makes the group that the old one is continued by. */
  async reInitWelcome(keyPackages: readonly Uint8Array[], options: Partial<SuccessorOptions> = {}) {
    const { closed } = this.state;
    if (closed?.reason !== "reinitialized") throw new Error("the group goes on");
    const environment = { ...this.environment, suite: suiteOf(closed.reInit.cipherSuite) };
    const signer = await generateSigner(environment.suite, random);
    const identity = { signer, credential: basic(utf8(this.name)) };
    const made = await reinitialize(environment, this.state, {
      ...identity,
      keyPackages: keyPackages.map(keyPackageIn),
      ...options,
    });
    const [old, ratchetTree] = [this.state, treeOctets(made.ratchetTree)];
    this.environment = environment;
    this.state = made.state;
    discard(undefined, { state: old });
    return { welcome: made.welcomes[0] as Uint8Array, ratchetTree };
  }

  async handleReInitWelcome(request: JoinRequest): Promise<Uint8Array> {
    const { closed } = this.state;
    if (closed?.reason !== "reinitialized") throw new Error("the group goes on");
    this.environment = { ...this.environment, suite: suiteOf(closed.reInit.cipherSuite) };
    return this.joinGroup({ ...request, predecessor: this.state });
  }

  free(): void {
    discard(undefined, { state: this.state });
    for (const { initPrivateKey, encryptionPrivateKey, signer } of this.bundles) {
      dispose([initPrivateKey, encryptionPrivateKey, (signer as KeySigner).privateKey]);
    }
  }
}

/** Alice's group with everybody in it, each by a commit of its own. */
async function groupOf(names: readonly string[], suite = 1, format: HandshakeFormat = "mls_public_message") {
  const clients = names.map((name) => new Client(name, suite, format));
  const [alice, ...others] = clients as [Client, ...Client[]];
  await alice.createGroup(utf8(`group of ${names.join()}`));
  const inside = [alice];
  for (const client of others) {
    const add = { proposalType: "add", keyPackage: keyPackageIn(await client.createKeyPackage()) } as const;
    const { commit, welcome } = await alice.commit([], { proposals: [add] });
    for (const member of inside)
      await (member === alice ? member.handlePendingCommit() : member.handleCommit([], commit));
    await client.joinGroup({ welcome: welcome as Uint8Array });
    inside.push(client);
  }
  agree(...clients);
  return clients;
}

function agree(...clients: readonly Client[]): void {
  const authenticators = clients.map(({ state }) => hex(epochAuthenticator(state)));
  expect(new Set(authenticators).size).toBe(1);
  expect(new Set(clients.map((client) => hex(client.exportSecret("label", "context", 42)))).size).toBe(1);
}

const code = async (action: () => unknown) => {
  try {
    await action();
    return "accepted";
  } catch (error) {
    if (error instanceof MlsError) return error.code;
    throw error;
  }
};

const FORMATS: readonly HandshakeFormat[] = ["mls_public_message", "mls_private_message"];

describe("Name, SupportedCiphersuites", () => {
  it("the suites that run here are told at run time", () => {
    expect(DEFINITIONS.filter((each) => supports(noble, each)).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});

describe("CreateGroup, CreateKeyPackage, JoinGroup, StateAuth, Export", () => {
  it.each([1, 2, 7])("suite %i", async (suite) => {
    const [alice, bob] = (await groupOf(["alice", "bob"], suite)) as [Client, Client];
    expect(hex(groupIdOf(bob.state))).toBe(hex(utf8("group of alice,bob")));
    agree(alice, bob);
  });

  it("a detached tree, PSKs that are stored before joining, a bare key package and a bare Welcome", async () => {
    const [alice, bob] = [new Client("alice"), new Client("bob")];
    await alice.createGroup(utf8("g"));
    for (const each of [alice, bob]) each.psks.set(hex(utf8("id")), utf8("the key"));
    const bare = encode(KeyPackage, keyPackageIn(await bob.createKeyPackage()));
    const { commit, welcome, ratchetTree } = await alice.commit([], {
      proposals: [
        { proposalType: "add", keyPackage: decode(KeyPackage, bare) },
        { proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } },
      ],
      ratchetTree: false,
    });
    alice.handlePendingCommit();
    expect(peek(commit).wireFormat).toBe("mls_public_message");
    const wrapped = decode(MLSMessage, welcome as Uint8Array);
    if (wrapped.wireFormat !== "mls_welcome") throw new Error(wrapped.wireFormat);
    const raw = encode(Welcome, wrapped.welcome);
    const again = encode(MLSMessage, { version: "mls10", wireFormat: "mls_welcome", welcome: decode(Welcome, raw) });
    expect(await code(() => bob.joinGroup({ welcome: again }))).toBe("tree.missing");
    await bob.joinGroup({ welcome: again, ratchetTree });
    agree(alice, bob);
  });

  it("lifetimes are 64 bits wide, and no maximum is enforced unless the policy has one", async () => {
    const client = new Client("alice");
    const { leafNode } = keyPackageIn(await client.createKeyPackage());
    expect(leafNode).toMatchObject({ lifetime: { notBefore: 0n, notAfter: 2n ** 64n - 1n } });
  });

  it("GREASE is kept and encoded again as it was", async () => {
    const client = new Client("alice");
    const signer = await generateSigner(client.environment.suite, random);
    const { keyPackage } = await createKeyPackage(client.environment, {
      signer,
      credential: basic(utf8("alice")),
      capabilities: {
        versions: ["mls10"],
        cipherSuites: [1, 0x1a1a],
        extensions: [0x2a2a],
        proposals: [0x3a3a],
        credentials: ["basic", 0x4a4a],
      },
      leafExtensions: [{ extensionType: 0x2a2a, extensionData: utf8("anything") }],
      extensions: [{ extensionType: 0x2a2a, extensionData: utf8("anything") }],
    });
    const octets = encode(KeyPackage, keyPackage);
    expect(hex(encode(KeyPackage, decode(KeyPackage, octets)))).toBe(hex(octets));
  });
});

describe.each(FORMATS)("Proposals and commits by %s", (format) => {
  let alice: Client;
  let bob: Client;
  let carol: Client;

  beforeAll(async () => {
    [alice, bob, carol] = (await groupOf(["alice", "bob", "carol"], 1, format)) as [Client, Client, Client];
    for (const each of [alice, bob, carol]) each.psks.set(hex(utf8("psk")), utf8("shared"));
  });

  /** Bob commits what came in; all follow, and get the proposals together with the commit. */
  async function commitBy(committer: Client, proposals: readonly Uint8Array[], options: CommitOptions = {}) {
    const { commit, welcome } = await committer.commit(proposals, options);
    expect(peek(commit).wireFormat).toBe(format);
    for (const each of [alice, bob, carol]) {
      if (each === committer) each.handlePendingCommit();
      else await each.handleCommit(proposals, commit);
    }
    agree(alice, bob, carol);
    return welcome;
  }

  const requests: readonly (readonly [string, () => ProposeRequest])[] = [
    ["an Update", () => ({ proposalType: "update" })],
    ["an external PSK", () => ({ proposalType: "psk", psk: { psktype: "external", pskId: utf8("psk") } })],
    [
      "a resumption PSK of an epoch that is over",
      () => ({ proposalType: "psk", psk: { psktype: "resumption", pskEpoch: epochOf(alice.state) - 1n } }),
    ],
    ["new extensions", () => ({ proposalType: "group_context_extensions", extensions: extensionsOf(alice.state) })],
  ];

  it.each(requests)("%s, given together with the commit", async (_, request) => {
    await commitBy(bob, [await alice.propose(request())]);
  });

  it("what was seen before is tolerated, the committer's own is remembered, and the rest comes by value", async () => {
    const ofAlice = await alice.propose({ proposalType: "update" });
    const ofBob = await bob.propose({ proposalType: "psk", psk: { psktype: "external", pskId: utf8("psk") } });
    const proposals = [ofAlice, ofBob, ofAlice];
    const { commit } = await bob.commit([ofAlice, ofBob], { forcePath: true });
    bob.handlePendingCommit();
    // Carol and Alice are given duplicates, and what they have sent or seen themselves.
    for (const each of [alice, carol]) await each.handleCommit(proposals, commit);
    agree(alice, bob, carol);
  });

  it("an Add and a Remove by the member's identity; the removed one is told so", async () => {
    const dave = new Client("dave", 1, format);
    const add = await alice.propose({ proposalType: "add", keyPackage: keyPackageIn(await dave.createKeyPackage()) });
    await dave.joinGroup({ welcome: (await commitBy(bob, [add])) as Uint8Array });
    agree(alice, dave);
    const { commit } = await carol.commit([], {
      proposals: [{ proposalType: "remove", removed: carol.leafOf("dave") }],
    });
    carol.handlePendingCommit();
    for (const each of [alice, bob]) await each.handleCommit([], commit);
    expect((await dave.handleCommit([], commit)).removed).toBe(true);
    expect(await code(() => dave.protect("x"))).toBe("state.removed");
    agree(alice, bob, carol);
  });

  it("the state does not move until a commit is confirmed, and a commit can be dropped", async () => {
    await alice.commit([]);
    const epoch = epochOf(alice.state);
    if (alice.pending === undefined) throw new Error("nothing is pending");
    dropCommit(alice.pending.pending);
    expect(await code(() => alice.handlePendingCommit())).toBe("state.not_pending");
    await commitBy(bob, []);
    expect(epochOf(alice.state)).toBe(epoch + 1n);
  });

  it("incoming messages come in either format, and the own one can be changed", async () => {
    const other = format === "mls_public_message" ? "mls_private_message" : "mls_public_message";
    const { commit } = await alice.commit([], { wireFormat: other });
    expect(peek(commit).wireFormat).toBe(other);
    alice.handlePendingCommit();
    for (const each of [bob, carol]) await each.handleCommit([], commit);
    agree(alice, bob, carol);
  });

  it("Protect, Unprotect: authenticated data, any order, epochs that are over", async () => {
    const sent: Uint8Array[] = [];
    for (let i = 0; i < 3; i++) {
      for (const text of ["a", "b", "c"]) sent.push(await alice.protect(`${text}${i}`, "data"));
      await commitBy(bob, []);
    }
    const read: string[] = [];
    for (const ciphertext of sent.reverse()) {
      const { plaintext, authenticatedData } = await carol.unprotect(ciphertext);
      expect(authenticatedData).toBe("data");
      read.push(plaintext);
    }
    expect(read).toEqual(["c2", "b2", "a2", "c1", "b1", "a1", "c0", "b0", "a0"]);
  });
});

describe("GroupInfo, ExternalJoin", () => {
  it.each([true, false])("with the tree detached: %s; then again, in place of the own older leaf", async (detached) => {
    const [alice, bob] = (await groupOf(["alice", "bob"])) as [Client, Client];
    const carol = new Client("carol");
    for (const each of [alice, bob, carol]) each.psks.set(hex(utf8("psk")), utf8("shared"));
    for (const removePrior of [false, true]) {
      const { groupInfo, ratchetTree } = await alice.groupInfo(detached);
      const commit = await carol.externalJoin(groupInfo, ratchetTree, removePrior, ["psk"]);
      expect(peek(commit).wireFormat).toBe("mls_public_message");
      for (const each of [alice, bob]) await each.handleCommit([], commit);
      agree(alice, bob, carol);
      expect(roster(alice.state).length).toBe(3);
    }
    expect(hex(encode(GroupInfo, groupInfoIn((await bob.groupInfo(false)).groupInfo))).length).toBeGreaterThan(0);
  });
});

describe("NewMemberAddProposal, CreateExternalSigner, AddExternalSigner, ExternalSignerProposal", () => {
  it("a client asks to be added with nothing but a GroupInfo", async () => {
    const [alice, bob] = (await groupOf(["alice", "bob"])) as [Client, Client];
    const carol = new Client("carol");
    await carol.createKeyPackage();
    const { groupInfo } = await verifyGroupInfo(
      carol.environment,
      groupInfoIn((await alice.groupInfo(false)).groupInfo),
    );
    const { groupContext } = groupInfo;
    const keyPackage = carol.bundles[0] as KeyPackageBundle;
    const { message } = await proposeSelf(carol.environment, { groupContext, keyPackage });
    const { commit, welcome } = await bob.commit([message]);
    bob.handlePendingCommit();
    await alice.handleCommit([message], commit);
    await carol.joinGroup({ welcome: welcome as Uint8Array });
    agree(alice, bob, carol);
  });

  it("a service is entered as an external sender and proposes everything that it may", async () => {
    const [alice, bob] = (await groupOf(["alice", "bob", "carol"])) as [Client, Client];
    const service = new Client("service");
    const signer = await generateSigner(service.environment.suite, random);
    const given = encode(ExternalSender, { signatureKey: signer.publicKey, credential: basic(utf8("service")) });
    const current = extensionsOf(alice.state).filter(({ extensionType }) => extensionType !== "external_senders");
    const senders = [...externalSendersOf(extensionsOf(alice.state)), decode(ExternalSender, given)];
    const extensionData = encode(ExternalSenders, senders);
    const extensions = [...current, { extensionType: "external_senders", extensionData } as const];
    const entered = await alice.commit([], {
      proposals: [{ proposalType: "group_context_extensions", extensions }],
    });
    alice.handlePendingCommit();
    await bob.handleCommit([], entered.commit);
    for (const each of [alice, bob]) each.psks.set(hex(utf8("psk")), utf8("shared"));

    const dave = new Client("dave");
    const reInit = { groupId: utf8("next"), version: "mls10", cipherSuite: 1, extensions: [] } as const;
    const requests: readonly ProposalRequest[] = [
      { proposalType: "add", keyPackage: keyPackageIn(await dave.createKeyPackage()) },
      { proposalType: "remove", removed: alice.leafOf("carol") },
      { proposalType: "psk", psk: { psktype: "external", pskId: utf8("psk") } },
      { proposalType: "psk", psk: { psktype: "resumption", pskEpoch: epochOf(alice.state) } },
      { proposalType: "group_context_extensions", extensions },
      { proposalType: "reinit", ...reInit },
    ];
    for (const proposal of requests) {
      const { groupInfo, ratchetTree } = await alice.groupInfo(true);
      const verified = await verifyGroupInfo(
        service.environment,
        groupInfoIn(groupInfo),
        decode(RatchetTreeNodes, ratchetTree as Uint8Array),
      );
      const { groupContext } = verified.groupInfo;
      const { message } = await proposeExternally(service.environment, { groupContext, signer, proposal });
      const { commit } = await bob.commit([message]);
      bob.handlePendingCommit();
      await alice.handleCommit([message], commit);
      expect(hex(epochAuthenticator(alice.state))).toBe(hex(epochAuthenticator(bob.state)));
    }
    expect(alice.state.closed).toEqual({ reason: "reinitialized", reInit });
  });
});

describe("ReInitProposal, ReInitCommit, Handle(Pending)ReInitCommit, ReInitWelcome, HandleReInitWelcome", () => {
  it.each([
    [1, true, true],
    [1, false, false],
    [2, true, false],
    [7, false, true],
  ])(
    "to suite %i, path %s, detached tree %s, by another member than the committer",
    async (cipherSuite, forcePath, detached) => {
      const [alice, bob, carol] = (await groupOf(["alice", "bob", "carol"])) as [Client, Client, Client];
      const proposal = await alice.propose({
        proposalType: "reinit",
        groupId: utf8("the next group"),
        version: "mls10",
        cipherSuite,
        extensions: [],
      });
      const { commit } = await bob.commit([proposal]);
      bob.handlePendingCommit();
      for (const each of [alice, carol]) await each.handleCommit([proposal], commit);
      for (const each of [alice, bob, carol]) expect(await code(() => each.protect("x"))).toBe("state.reinitialized");

      const keyPackages = [await alice.createKeyPackage(cipherSuite), await bob.createKeyPackage(cipherSuite)];
      const { welcome, ratchetTree } = await carol.reInitWelcome(keyPackages, { forcePath, ratchetTree: !detached });
      const request = { welcome, ratchetTree: detached ? ratchetTree : undefined };
      for (const each of [alice, bob]) await each.handleReInitWelcome(request);
      agree(alice, bob, carol);
      expect([epochOf(alice.state), hex(groupIdOf(alice.state))]).toEqual([1n, hex(utf8("the next group"))]);
    },
  );
});

describe("CreateBranch, HandleBranch", () => {
  it.each([true, false])("some members, extensions, with a path: %s", async (forcePath) => {
    const [alice, bob] = (await groupOf(["alice", "bob", "carol"])) as [Client, Client];
    const before = hex(epochAuthenticator(alice.state));
    const keyPackage = keyPackageIn(await bob.createKeyPackage());
    const signer = await generateSigner(alice.environment.suite, random);
    const made = await branch(alice.environment, alice.state, {
      signer,
      credential: basic(utf8("alice")),
      keyPackages: [keyPackage],
      groupId: utf8("subgroup"),
      extensions: [{ extensionType: "external_senders", extensionData: encode(ExternalSenders, []) }],
      forcePath,
      ratchetTree: false,
    });
    const old = bob.state;
    const welcome = made.welcomes[0] as Uint8Array;
    await bob.joinGroup({ welcome, ratchetTree: treeOctets(made.ratchetTree), predecessor: old });
    expect(hex(epochAuthenticator(bob.state))).toBe(hex(epochAuthenticator(made.state)));
    expect(epochOf(made.state)).toBe(1n);
    expect([hex(epochAuthenticator(alice.state)), hex(epochAuthenticator(old))]).toEqual([before, before]);
  });
});

describe("Free", () => {
  it("a state that is freed holds nothing any more", async () => {
    const [alice, bob] = (await groupOf(["alice", "bob"])) as [Client, Client];
    bob.free();
    expect(await code(() => bob.exportSecret("label", "context", 16))).toBe("secret.disposed");
    expect(await code(() => bob.protect("x"))).toBe("secret.disposed");
    await alice.protect("lives on");
  });
});

describe("large trees", () => {
  it("a thousand members, the tree inline or detached", async () => {
    const client = new Client("newcomer");
    client.environment = {
      ...client.environment,
      suite: cipherSuite(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, auto),
    };
    const { environment } = client;
    const group = await syntheticGroup(environment, { size: 1000 });
    const made = await welcomeInto(environment, group, [keyPackageIn(await client.createKeyPackage())]);
    await client.joinGroup({ welcome: made.welcomes[0] as Uint8Array, ratchetTree: treeOctets(made.ratchetTree) });
    expect(roster(client.state).length).toBe(1001);
  });
});
