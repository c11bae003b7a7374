import { describe, expect, it } from "vitest";
import { EMPTY, toHex, utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { type CommitOptions, createCommit } from "../../src/group/create-commit.ts";
import { joinGroup } from "../../src/group/join.ts";
import type { KeyPackageBundle } from "../../src/group/key-package.ts";
import { acceptCommit } from "../../src/group/pending.ts";
import { secretsHeld } from "../../src/group/state.ts";
import { zeroSecret } from "../../src/schedule/key-schedule.ts";
import { dispose } from "../../src/secret.ts";
import { signLeafNode } from "../../src/tree/leaf-node.ts";
import { nodesOf, treeOfNodes } from "../../src/tree/ratchet-tree-extension.ts";
import { leafIndex } from "../../src/tree-math.ts";
import type { Extension } from "../../src/wire/extension.ts";
import { KeyPackage } from "../../src/wire/key-package.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import type { PreSharedKeyID } from "../../src/wire/pre-shared-key.ts";
import type { RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";
import type { Welcome } from "../../src/wire/welcome.ts";
import {
  agree,
  authenticationBy,
  Chat,
  copiesOf,
  environmentOf,
  keyPackageFor,
  person,
  suiteOf,
} from "../support/group.ts";
import { anyKeyPackage, contentOf, insiderWelcome, type WelcomePlan } from "../support/group-insider.ts";
import { watch } from "../support/group-secrets.ts";
import { rejection } from "../support/rejection.ts";

const psks = { external: (id: Uint8Array) => Uint8Array.of(1, ...id) };
const environment = environmentOf({ psks });
const { suite, random } = environment;
const group = copiesOf(async () => {
  const chat = await Chat.of(["alice", "bob", "carol"], environment);
  await chat.fill();
  return chat;
});

/** Nobody has ever committed with a path: no parent vouches for what the leaves say. */
const blankGroup = copiesOf(() => Chat.of(["alice", "bob", "carol"], environment));

/** Alice adds dave, who has not joined yet. */
async function invited(options: CommitOptions = {}, chosen?: KeyPackageBundle, from = group) {
  const chat = await from();
  const dave = chosen ?? (await keyPackageFor(environment, "dave"));
  const proposals = [...(options.proposals ?? []), { proposalType: "add", keyPackage: dave.keyPackage } as const];
  const created = chat.adopt("alice", await createCommit(environment, chat.one, { ...options, proposals }));
  await chat.deliver("alice", created.message);
  chat.adopt("alice", acceptCommit(environment, chat.one, created.pending));
  const [welcome = EMPTY] = created.welcomes;
  return {
    chat,
    dave,
    created,
    welcome,
    join: (e = environment, more = {}) => joinGroup(e, { welcome, keyPackages: [dave], ...more }),
  };
}

const welcomeIn = (octets: Uint8Array): Welcome => {
  const message = decode(MLSMessage, octets);
  if (message.wireFormat !== "mls_welcome") throw new Error("not a Welcome");
  return message.welcome;
};
const inMessage = (welcome: Welcome) => encode(MLSMessage, { version: "mls10", wireFormat: "mls_welcome", welcome });

describe("§12.4.3.1 joining by a Welcome", () => {
  it("gives the state of the epoch that the commit began, and says by which key package", async () => {
    for (const forcePath of [false, true]) {
      const { chat, dave, join } = await invited({ forcePath });
      const { state, output, spent } = await join();
      expect(output.keyPackage).toBe(dave);
      expect(output.committer).toBe(0);
      expect(state.self.leafIndex).toBe(3);
      expect(spent).toEqual([dave.initPrivateKey, dave.encryptionPrivateKey]);
      dispose(spent);
      chat.states.set("dave", state);
      for (const name of ["dave", "bob"]) {
        await chat.commit(name);
        chat.agree();
      }
      await chat.deliver("dave", await chat.send("dave", "hello"));
    }
  });

  it("finds its key package among several", async () => {
    const { dave, welcome, chat } = await invited({ forcePath: true });
    const others = [await keyPackageFor(environment, "x"), await keyPackageFor(environment, "y")];
    const { state, output } = await joinGroup(environment, { welcome, keyPackages: [...others, dave] });
    expect(output.keyPackage).toBe(dave);
    agree(state, chat.one);
  });

  it("takes one of two key packages of its own that the Welcome is for", async () => {
    const chat = await group();
    const bundles = [await keyPackageFor(environment, "dave"), await keyPackageFor(environment, "dave's other device")];
    const proposals = bundles.map(({ keyPackage }) => ({ proposalType: "add", keyPackage }) as const);
    const { welcomes } = await chat.commit("alice", { proposals });
    const [welcome = EMPTY] = welcomes;
    for (const order of [bundles, bundles.toReversed()]) {
      const { state, output } = await joinGroup(environment, { welcome, keyPackages: order });
      expect(output.keyPackage).toBe(order[0]);
      agree(state, chat.one);
    }
  });

  it("with PSKs that it has", async () => {
    const { chat, join } = await invited({
      proposals: [{ proposalType: "psk", psk: { psktype: "external", pskId: utf8("a") } }],
    });
    agree((await join()).state, chat.one);
  });

  it("with the resumption PSK of the same group that it was in before", async () => {
    const chat = await group();
    const { signer } = chat.state("carol").self;
    const { epoch } = chat.state("carol").epoch.groupContext;
    const psk = chat.state("carol").epoch.secrets.resumptionPsk.bytes.slice();
    await chat.remove("alice", "carol");
    const bundle = await keyPackageFor(environment, "carol", { signer });
    const proposals = [
      { proposalType: "add", keyPackage: bundle.keyPackage },
      { proposalType: "psk", psk: { psktype: "resumption", pskEpoch: epoch } },
    ] as const;
    const { welcomes } = await chat.commit("alice", { proposals });
    const [welcome = EMPTY] = welcomes;
    expect((await rejection(() => joinGroup(environment, { welcome, keyPackages: [bundle] }))).code).toBe(
      "psk.missing",
    );
    const store = {
      ...environment,
      psks: { resumption: (_: Uint8Array, of: bigint) => (of === epoch ? psk : undefined) },
    };
    agree((await joinGroup(store, { welcome, keyPackages: [bundle] })).state, chat.one);
  });

  it("[5.3.1-02] [7.3-01] shows everyone to the Authentication Service, once, and asks it for nothing afterwards", async () => {
    const { join, chat } = await invited();
    const authentication = authenticationBy();
    await join({ ...environment, authentication });
    expect(authentication.calls.length).toBe(1);
    const [requests = []] = authentication.calls;
    expect(requests.map(({ reason, leafIndex }) => [reason, leafIndex])).toEqual(
      [0, 1, 2, 3].map((leaf) => ["member", leaf]),
    );
    for (const [leaf, { signatureKey, credential }] of requests.entries()) {
      expect(chat.one.tree.leaf(leafIndex(leaf))).toMatchObject({ signatureKey, credential });
    }
  });

  it.each([2, 7, 33])("[5.3.1-02] one rejection among %i members fails the join", async (size) => {
    const names = Array.from({ length: size - 1 }, (_, i) => `m${i}`);
    const chat = await Chat.of(names, environment);
    const dave = await keyPackageFor(environment, "dave");
    const { welcomes } = await chat.commit("m0", { proposals: [{ proposalType: "add", keyPackage: dave.keyPackage }] });
    for (const bad of [0, Math.floor(size / 2) - 1, size - 2]) {
      const authentication = authenticationBy(({ leafIndex }) => leafIndex !== bad);
      const attempt = () =>
        joinGroup({ ...environment, authentication }, { welcome: welcomes[0] ?? EMPTY, keyPackages: [dave] });
      expect((await rejection(attempt)).code).toBe("credential.rejected");
      expect(authentication.calls[0]?.length).toBe(size);
    }
    await joinGroup(environment, { welcome: welcomes[0] ?? EMPTY, keyPackages: [dave] });
  });
});

describe("§12.4.3.1 a Welcome is refused", () => {
  it("[12.4.3.1-02] for someone else, for nobody, and with a reference cut short", async () => {
    const { dave, welcome } = await invited();
    const eve = await keyPackageFor(environment, "eve");
    expect((await rejection(() => joinGroup(environment, { welcome, keyPackages: [eve] }))).code).toBe(
      "welcome.no_key_package",
    );
    expect((await rejection(() => joinGroup(environment, { welcome, keyPackages: [] }))).code).toBe(
      "welcome.no_key_package",
    );
    const { secrets, ...rest } = welcomeIn(welcome);
    const short = secrets.map((each) => ({ ...each, newMember: each.newMember.subarray(1) }));
    for (const list of [[], short]) {
      const attempt = () =>
        joinGroup(environment, { welcome: inMessage({ ...rest, secrets: list }), keyPackages: [dave] });
      expect((await rejection(attempt)).code).toBe("welcome.no_key_package");
    }
    const [entry] = secrets;
    if (entry === undefined) throw new Error("no entry");
    const bad = { ...entry, encryptedGroupSecrets: { ...entry.encryptedGroupSecrets, ciphertext: new Uint8Array(99) } };
    const twice = inMessage({ ...rest, secrets: [bad, entry] });
    expect((await rejection(() => joinGroup(environment, { welcome: twice, keyPackages: [dave] }))).reaction).toBe(
      "invalid",
    );
    await joinGroup(environment, { welcome, keyPackages: [dave] });
  });

  it.each([
    [3, "of the same hash"],
    [5, "of another hash"],
    [0xf000, "unknown"],
  ])("[12.4.3.1-03] if it names suite %i, %s", async (cipherSuite) => {
    const { dave, welcome } = await invited();
    const changed = inMessage({ ...welcomeIn(welcome), cipherSuite });
    expect((await rejection(() => joinGroup(environment, { welcome: changed, keyPackages: [dave] }))).code).toBe(
      "welcome.cipher_suite",
    );
    if (cipherSuite === 0xf000) return;
    const e = environmentOf({ suite: suiteOf(cipherSuite) });
    expect((await rejection(() => joinGroup(e, { welcome: changed, keyPackages: [dave] }))).class).toBe(
      "invalid-welcome",
    );
    expect((await rejection(() => joinGroup(e, { welcome, keyPackages: [dave] }))).code).toBe("welcome.cipher_suite");
  });

  it("[12.4.3.1-04] [12.4.3.1-21] if its GroupInfo is that of another Welcome", async () => {
    const dave = await keyPackageFor(environment, "dave");
    const [one, two] = [await invited({ forcePath: true }, dave), await invited({ forcePath: true }, dave)];
    const mixed = inMessage({
      ...welcomeIn(one.welcome),
      encryptedGroupInfo: welcomeIn(two.welcome).encryptedGroupInfo,
    });
    expect((await rejection(() => joinGroup(environment, { welcome: mixed, keyPackages: [dave] }))).code).toBe(
      "hpke.open_failed",
    );
  });

  it("[12.4.3.1-04] with any bit changed", async () => {
    const { dave, welcome } = await invited();
    for (let at = 0; at < welcome.length; at += 7) {
      const flipped = welcome.slice();
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      const refused = await rejection(() => joinGroup(environment, { welcome: flipped, keyPackages: [dave] }));
      expect(refused.reaction, refused.code).toMatch(/^(malformed|invalid)$/);
    }
    await joinGroup(environment, { welcome, keyPackages: [dave] });
  });

  it("[12.4.3.1-05] without a PSK that it names, and can be tried again", async () => {
    const { join, chat } = await invited({
      proposals: [{ proposalType: "psk", psk: { psktype: "external", pskId: utf8("a") } }],
    });
    expect((await rejection(() => join({ ...environment, psks: {} }))).code).toBe("psk.missing");
    const other = { ...environment, psks: { external: () => utf8("another") } };
    expect((await rejection(() => join(other))).code).toBe("aead.open_failed");
    agree((await join()).state, chat.one);
  });

  it("[12.4.3.1-01] without the tree, and can be tried again with it", async () => {
    const { join, created, chat } = await invited({ ratchetTree: false });
    expect((await rejection(() => join())).code).toBe("tree.missing");
    agree((await join(environment, { ratchetTree: created.ratchetTree })).state, chat.one);
  });

  it("[12.4.3.1-08] [12.4.3.3-04] with a tree that is not the group's", async () => {
    const { join, created, chat } = await invited({ ratchetTree: false });
    await chat.commit("bob");
    const changed = created.ratchetTree.map((node, i) => (i === 2 ? created.ratchetTree[4] : node));
    for (const ratchetTree of [nodesOf(chat.one.tree), changed]) {
      expect((await rejection(() => join(environment, { ratchetTree }))).code).toBe("tree.hash_mismatch");
    }
    await join(environment, { ratchetTree: created.ratchetTree });
  });

  it("[12.4.3-04] [11-02] for a group that the client is in already", async () => {
    const { join, chat } = await invited();
    const { groupId } = chat.one.epoch.groupContext;
    const joined = [utf8("another"), groupId.slice()];
    expect((await rejection(() => join(environment, { joined }))).code).toBe("group.already_joined");
    agree((await join(environment, { joined: [utf8("another")] })).state, chat.one);
  });

  it("[10-01] for a key package that was used and whose keys are gone", async () => {
    const { join } = await invited();
    dispose((await join()).spent);
    expect((await rejection(() => join())).code).toBe("secret.disposed");
  });

  it("[6-09] if it is another message, or no message", async () => {
    const { dave, created } = await invited();
    expect(
      (await rejection(() => joinGroup(environment, { welcome: created.message, keyPackages: [dave] }))).code,
    ).toBe("message.wrong_wire_format");
    expect((await rejection(() => joinGroup(environment, { welcome: EMPTY, keyPackages: [dave] }))).reaction).toBe(
      "malformed",
    );
  });

  it("[12.4.3-03] [13.4-05] if the group uses an extension that the joiner lacks, and others have waived", async () => {
    const able = {
      versions: ["mls10" as const],
      cipherSuites: [1],
      extensions: [0xf001],
      proposals: [],
      credentials: ["basic" as const],
    };
    const extensions: Extension[] = [{ extensionType: 0xf001, extensionData: utf8("x") }];
    const dave = await anyKeyPackage(environment, "dave");
    const alone = await Chat.of(["alice"], environment, { leaves: { capabilities: able } });
    const { created } = await (async () => {
      const proposals = [{ proposalType: "add", keyPackage: dave.keyPackage } as const];
      return { created: await createCommit(environment, alone.one, { proposals }) };
    })();
    const { tree } = created.output.pending.next;
    const { groupContext } = created.output.pending.next.epoch;
    const welcome = await insiderWelcome(
      environment,
      { ...groupContext, extensions },
      { joiner: dave, tree, signer: alone.one.self.signer, signerIndex: leafIndex(0) },
    );
    const refused = await rejection(() => joinGroup(environment, { welcome, keyPackages: [dave] }));
    expect(refused.class).toBe("capability");
  });
});

/** A Welcome by an insider to dave, whose leaf is in alice's tree. */
async function byInsider(
  change: (world: Awaited<ReturnType<typeof invited>>) => Partial<WelcomePlan> | Promise<Partial<WelcomePlan>>,
  shape = "full",
) {
  const world = shape === "full" ? await invited({ forcePath: true }) : await invited({}, undefined, blankGroup);
  const { tree, epoch, self } = world.chat.one;
  const plan = { joiner: world.dave, tree, signer: self.signer, signerIndex: self.leafIndex, ...(await change(world)) };
  const welcome = await insiderWelcome(environment, epoch.groupContext, plan);
  return {
    ...world,
    forged: (e = environment, more = {}) => joinGroup(e, { welcome, keyPackages: [world.dave], ...more }),
  };
}

const resumption = (usage: "reinit" | "branch" | "application"): PreSharedKeyID => ({
  psktype: "resumption",
  usage,
  pskGroupId: utf8("old"),
  pskEpoch: 3n,
  pskNonce: random(suite.kdf.Nh),
});

/** The tree with some nodes changed; hashes, signatures and tags follow. */
function withNodes(change: (nodes: RatchetTreeNodes) => RatchetTreeNodes | Promise<RatchetTreeNodes>) {
  return async ({ chat }: Awaited<ReturnType<typeof invited>>): Promise<Partial<WelcomePlan>> => {
    return { tree: treeOfNodes(suite, await change(nodesOf(chat.one.tree))) };
  };
}

/** The leaf of another member, signed anew after a change. Its key is known to nobody: members may collude. */
function withLeaf(index: number, change: (content: ReturnType<typeof contentOf>) => object) {
  return async ({ chat }: Awaited<ReturnType<typeof invited>>): Promise<Partial<WelcomePlan>> => {
    const nodes = [...nodesOf(chat.one.tree)];
    const node = nodes[2 * index];
    if (node?.nodeType !== "leaf") throw new Error("no leaf");
    const { signer } = chat.state(["alice", "bob", "carol"][index] ?? "").self;
    const position = { groupId: chat.one.epoch.groupContext.groupId, leafIndex: leafIndex(index) };
    const leafNode = await signLeafNode(signer, change(contentOf(node.leafNode)) as never, position);
    nodes[2 * index] = { nodeType: "leaf", leafNode };
    return { tree: treeOfNodes(suite, nodes) };
  };
}

describe("§12.4.3.1 a Welcome of an insider", () => {
  it("is accepted if nothing is wrong", async () => {
    const { forged } = await byInsider(() => ({}));
    expect((await forged()).state.self.leafIndex).toBe(3);
    await byInsider(withNodes((nodes) => nodes)).then(({ forged: again }) => again());
    await byInsider(
      withLeaf(2, (leaf) => leaf),
      "blank",
    ).then(({ forged: again }) => again());
  });

  it.each<[string, Parameters<typeof byInsider>[0], string, string?]>([
    [
      "[12.4.3.1-07] of another suite",
      () => ({ groupContext: (context) => ({ ...context, cipherSuite: 3 }) }),
      "welcome.cipher_suite",
    ],
    [
      "[12.4.3.1-08] of another tree hash",
      () => ({ groupContext: (context) => ({ ...context, treeHash: new Uint8Array(32) }) }),
      "tree.hash_mismatch",
    ],
    ["[12.4.3-05] signed by a blank leaf", () => ({ signerIndex: leafIndex(9) }), "group_info.signer_blank"],
    ["[12.4.3-05] signed by another leaf", () => ({ signerIndex: leafIndex(1) }), "group_info.signature"],
    ["[12.4.3-05] signed by the joiner itself", () => ({ signerIndex: leafIndex(3) }), "group_info.signature"],
    [
      "[12.4.3-05] with a changed signature",
      () => ({ signature: (signature) => signature.map((octet, i) => (i === 0 ? octet ^ 1 : octet)) }),
      "group_info.signature",
    ],
    [
      "[12.4.3.1-16] with another confirmation tag",
      () => ({ groupInfo: (content) => ({ ...content, confirmationTag: new Uint8Array(32) }) }),
      "group_info.confirmation_tag",
    ],
    [
      "[12.4.3.1-16] with an empty confirmation tag",
      () => ({ groupInfo: (content) => ({ ...content, confirmationTag: EMPTY }) }),
      "group_info.confirmation_tag",
    ],
    [
      "[12.4.3.1-16] with a confirmation tag cut short",
      () => ({ groupInfo: (content) => ({ ...content, confirmationTag: content.confirmationTag.subarray(0, 31) }) }),
      "group_info.confirmation_tag",
    ],
    [
      "[12.4.3.1-21] with a GroupInfo of another epoch",
      () => ({ groupInfo: (content) => ({ ...content, groupContext: { ...content.groupContext, epoch: 77n } }) }),
      "group_info.confirmation_tag",
    ],
    ["[12.4.3.1-15] with another path secret", () => ({ pathSecret: new Uint8Array(32) }), "welcome.path_secret"],
    [
      "[12.4.3.1-15] with a path secret of another length",
      () => ({ pathSecret: new Uint8Array(31) }),
      "welcome.path_secret",
    ],
    [
      "[12.4.3.1-05] with a PSK that is not at hand",
      () => ({ psks: [{ ...resumption("application") }] }),
      "psk.missing",
    ],
    [
      "[12.4.3.1-06] continuing two groups by reinit",
      () => ({ psks: [resumption("reinit"), resumption("reinit")] }),
      "welcome.several_resumptions",
    ],
    [
      "[12.4.3.1-06] continuing two groups by branch",
      () => ({ psks: [resumption("branch"), resumption("branch")] }),
      "welcome.several_resumptions",
    ],
    [
      "[12.4.3.1-06] continuing by reinit and branch",
      () => ({ psks: [resumption("reinit"), resumption("branch")] }),
      "welcome.several_resumptions",
    ],
    [
      "[12.4.3.1-06] continuing a group that the client does not know",
      () => ({ psks: [resumption("branch")] }),
      "psk.missing",
    ],
    ["[12.4.3.1-14] without the joiner's leaf", withNodes((nodes) => nodes.slice(0, 5)), "welcome.own_leaf_missing"],
    [
      "[12.4.3.3-02] with blank nodes at the end of its tree",
      ({ chat }) => ({ nodes: [...nodesOf(chat.one.tree), undefined] }),
      "tree.last_node_blank",
    ],
    [
      "[12.4.3.1-10] [7.3-02] with a leaf that did not sign itself",
      withNodes((nodes) =>
        nodes.map((node, i) =>
          i === 2 && node?.nodeType === "leaf"
            ? { ...node, leafNode: { ...node.leafNode, signature: new Uint8Array(64) } }
            : node,
        ),
      ),
      "leaf.signature",
      "blank",
    ],
    [
      "[12.4.3.1-10] [7.3-16] with a leaf that lacks the suite",
      withLeaf(0, (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, cipherSuites: [2] } })),
      "leaf.cipher_suite_not_listed",
      "blank",
    ],
    [
      "[12.4.3.1-10] [7.2-05] with a leaf that does not list its credential",
      withLeaf(1, (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, credentials: ["x509"] } })),
      "leaf.credential_not_listed",
      "blank",
    ],
    [
      "[12.4.3.1-10] [7.3-08] with a leaf that does not list its extension",
      withLeaf(2, (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, extensions: [] } })),
      "leaf.extension_not_listed",
      "blank",
    ],
    [
      "[12.4.3.1-10] [7.2-02] with a leaf that lists default types",
      withLeaf(2, (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, proposals: ["external_init"] } })),
      "leaf.default_type_listed",
      "blank",
    ],
    [
      "[12.4.3.1-10] [7.3-04] with a leaf whose credential not all support",
      withLeaf(2, (leaf) => ({
        ...leaf,
        credential: { credentialType: "x509", certificates: [] },
        capabilities: { ...leaf.capabilities, credentials: ["x509"] },
      })),
      "leaf.credential_unsupported",
      "blank",
    ],
    [
      "[12.4.3.1-10] [5.1.1-01] with a leaf whose key is none",
      withLeaf(2, (leaf) => ({ ...leaf, encryptionKey: new Uint8Array(32) })),
      "key.hpke_public",
      "blank",
    ],
    [
      "[12.4.3.1-10] [13.4-04] with a leaf that has an extension twice",
      withLeaf(2, (leaf) => ({
        ...leaf,
        capabilities: { ...leaf.capabilities, extensions: [0xf001] },
        extensions: [1, 2].map(() => ({ extensionType: 0xf001, extensionData: EMPTY })),
      })),
      "extensions.duplicate",
      "blank",
    ],
    [
      "[12.4.3.1-09] [7.9.2-01] with a parent that nobody's hash vouches for",
      withNodes((nodes) =>
        nodes.map((node, i) =>
          i === 1 && node?.nodeType === "parent"
            ? { ...node, parentNode: { ...node.parentNode, parentHash: new Uint8Array(32) } }
            : node,
        ),
      ),
      "tree.parent_hash",
    ],
    [
      "[12.4.3.1-13] with a parent that has a leaf's key",
      withNodes((nodes) =>
        nodes.map((node, i) =>
          i === 1 && node?.nodeType === "parent" && nodes[4]?.nodeType === "leaf"
            ? { ...node, parentNode: { ...node.parentNode, encryptionKey: nodes[4].leafNode.encryptionKey } }
            : node,
        ),
      ),
      "tree.duplicate_encryption_key",
    ],
    [
      "[7.1-01] with unmerged leaves that decrease",
      withNodes((nodes) =>
        nodes.map((node, i) =>
          i === 3 && node?.nodeType === "parent"
            ? { ...node, parentNode: { ...node.parentNode, unmergedLeaves: [3, 2].map(leafIndex) } }
            : node,
        ),
      ),
      "tree.unmerged_unsorted",
    ],
    [
      "[12.4.3.1-11] with an unmerged leaf that is not below",
      withNodes((nodes) =>
        nodes.map((node, i) =>
          i === 1 && node?.nodeType === "parent"
            ? { ...node, parentNode: { ...node.parentNode, unmergedLeaves: [leafIndex(3)] } }
            : node,
        ),
      ),
      "tree.unmerged_not_below",
    ],
    [
      "[13.4-04] with a GroupContext extension twice",
      () => ({
        groupContext: (context) => ({
          ...context,
          extensions: [1, 2].map(() => ({
            extensionType: "external_senders" as const,
            extensionData: Uint8Array.of(0),
          })),
        }),
      }),
      "extensions.duplicate",
    ],
    [
      "[17.3-01] with a misplaced GroupContext extension",
      () => ({
        groupContext: (context) => ({
          ...context,
          extensions: [{ extensionType: "application_id", extensionData: Uint8Array.of(0) }],
        }),
      }),
      "extension.misplaced",
    ],
    [
      "[12.4.3-03] [13.4-06] with a GroupContext extension that nobody supports",
      () => ({
        groupContext: (context) => ({ ...context, extensions: [{ extensionType: 0x0a0a, extensionData: EMPTY }] }),
      }),
      "leaf.group_extension_unsupported",
    ],
  ])("is refused %s", async (_, change, code, shape) => {
    const { forged, join, chat } = await byInsider(change, shape);
    expect((await rejection(() => forged())).code).toBe(code);
    agree((await join()).state, chat.one);
  });

  it("[12.4.3.1-14] is refused with a leaf of the joiner's keys that says something else", async () => {
    const signer = await generateSigner(suite, random);
    const dave = await anyKeyPackage(environment, "dave", { signer });
    const { chat } = await invited({}, dave);
    const nodes = [...nodesOf(chat.one.tree)];
    const leafNode = await signLeafNode(signer, {
      ...contentOf(dave.keyPackage.leafNode),
      credential: { credentialType: "basic", identity: utf8("not dave") },
    } as never);
    nodes[6] = { nodeType: "leaf", leafNode };
    const tree = treeOfNodes(suite, nodes);
    const { epoch, self } = chat.one;
    const welcome = await insiderWelcome(environment, epoch.groupContext, {
      joiner: dave,
      tree,
      signer: self.signer,
      signerIndex: self.leafIndex,
    });
    expect((await rejection(() => joinGroup(environment, { welcome, keyPackages: [dave] }))).code).toBe(
      "welcome.own_leaf_missing",
    );
  });

  it("[12.4.3.1-15] is refused with a path secret although the common ancestor is blank", async () => {
    const world = await invited({});
    const { tree, epoch } = world.chat.one;
    expect(tree.memberCount).toBe(4);
    const blank = await Chat.of(["alice", "bob", "carol", "mallory"], environment);
    const { signer } = blank.state("mallory").self;
    const eve = await keyPackageFor(environment, "eve");
    const created = await createCommit(environment, blank.state("mallory"), {
      proposals: [{ proposalType: "add", keyPackage: eve.keyPackage }],
    });
    const welcome = await insiderWelcome(environment, epoch.groupContext, {
      joiner: eve,
      tree: created.output.pending.next.tree,
      signer,
      signerIndex: leafIndex(3),
      pathSecret: new Uint8Array(32),
    });
    expect((await rejection(() => joinGroup(environment, { welcome, keyPackages: [eve] }))).code).toBe(
      "welcome.path_secret",
    );
  });

  it("[8.4-01] is refused if its PSKs are not those of the epoch", async () => {
    const id: PreSharedKeyID = { psktype: "external", pskId: utf8("a"), pskNonce: random(suite.kdf.Nh) };
    const { forged } = await byInsider(() => ({ psks: [id], pskSecret: zeroSecret(suite) }));
    expect((await rejection(() => forged())).code).toBe("aead.open_failed");
  });
});

describe("§12.4.3.1 a join that fails", () => {
  it("[12.4.3.1-20] leaves no secret, and the key package as it was", async () => {
    const { dave, join, chat } = await invited({ forcePath: true });
    const keys = [dave.initPrivateKey, dave.encryptionPrivateKey].map(({ bytes }) => toHex(bytes));
    const { environment: e, alive } = watch({ psks });
    for (const plan of [
      { groupInfo: (content: object) => ({ ...content, confirmationTag: EMPTY }) as never },
      { pathSecret: new Uint8Array(32) },
      { signerIndex: leafIndex(9) },
    ]) {
      const { tree, epoch, self } = chat.one;
      const welcome = await insiderWelcome(environment, epoch.groupContext, {
        joiner: dave,
        tree,
        signer: self.signer,
        signerIndex: self.leafIndex,
        ...plan,
      });
      await rejection(() => joinGroup(e, { welcome, keyPackages: [dave] }));
      expect(alive()).toEqual([]);
    }
    await rejection(() => join({ ...e, authentication: authenticationBy(() => false) }));
    expect(alive()).toEqual([]);
    expect([dave.initPrivateKey, dave.encryptionPrivateKey].map(({ bytes }) => toHex(bytes))).toEqual(keys);
    const { state, spent } = await join(e);
    agree(state, chat.one);
    const held = new Set<Uint8Array>([...secretsHeld(state)].map(({ bytes }) => bytes));
    expect(alive().filter((octets) => !held.has(octets))).toEqual([]);
    dispose(spent);
    expect([...secretsHeld(state)].some((secret) => secret.disposed)).toBe(false);
  });
});

describe("§5.3.3 application ids", () => {
  it("[5.3.3-01] prove nothing: two members may have the same", async () => {
    const leafExtensions: Extension[] = [{ extensionType: "application_id", extensionData: Uint8Array.of(1, 7) }];
    const chat = await Chat.of(["alice", "bob"], environment, { leaves: { leafExtensions } });
    await chat.add("bob", ["carol"], {}, { leafExtensions });
    await chat.commit("carol");
    chat.agree();
    expect(
      encode(KeyPackage, (await keyPackageFor(environment, "x", await person(environment, "x"))).keyPackage).length,
    ).toBeGreaterThan(0);
  });
});
