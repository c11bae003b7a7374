import { describe, expect, it } from "vitest";
import { EMPTY, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { signWithLabel } from "../../src/crypto/labels.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { joinExternally } from "../../src/group/external.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import { observeGroup } from "../../src/group/public-group.ts";
import { signLeafNode } from "../../src/tree/leaf-node.ts";
import { nodesOf, treeOfNodes } from "../../src/tree/ratchet-tree-extension.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { type Extension, ExternalSenders } from "../../src/wire/extension.ts";
import { type GroupInfo, GroupInfoTBS } from "../../src/wire/group-info.ts";
import type { RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";
import { authenticationBy, basic, Chat, copiesOf, environmentOf, keyPackageFor, person } from "../support/group.ts";
import { contentOf } from "../support/group-insider.ts";
import { rejection } from "../support/rejection.ts";

const environment = environmentOf();
const { suite } = environment;
const blank = copiesOf(() => Chat.of(["alice", "bob", "carol", "dave"], environment));
const full = copiesOf(async () => {
  const chat = await Chat.of(["alice", "bob", "carol", "dave"], environment);
  await chat.fill();
  return chat;
});

/** A GroupInfo of an insider over any tree, all hashes and the signature fitting. */
async function infoOver(
  chat: Chat,
  nodes: RatchetTreeNodes,
  extensions: readonly Extension[] = [],
): Promise<GroupInfo> {
  const honest = await createGroupInfo(environment, chat.one, { ratchetTree: false });
  const groupContext = { ...honest.groupContext, treeHash: treeOfNodes(suite, nodes).hash, extensions };
  const { signature: _, ...content } = { ...honest, groupContext };
  return {
    ...content,
    signature: await signWithLabel(chat.one.self.signer, "GroupInfoTBS", encode(GroupInfoTBS, content)),
  };
}

async function attempt(chat: Chat, nodes: RatchetTreeNodes, extensions: readonly Extension[] = [], e = environment) {
  const groupInfo = await infoOver(chat, nodes, extensions);
  return joinExternally(e, { ...(await person(environment, "eve")), groupInfo, ratchetTree: nodes });
}

type Change = (nodes: RatchetTreeNodes, chat: Chat) => RatchetTreeNodes | Promise<RatchetTreeNodes>;

/** Another leaf in place of one, signed by its owner. */
const withLeaf =
  (name: string, change: (content: ReturnType<typeof contentOf>) => object): Change =>
  async (nodes, chat) => {
    const { leafIndex: at, signer } = chat.state(name).self;
    const node = nodes[2 * at];
    if (node?.nodeType !== "leaf") throw new Error("no leaf");
    const position = { groupId: chat.one.epoch.groupContext.groupId, leafIndex: at };
    const leafNode = await signLeafNode(signer, change(contentOf(node.leafNode)) as never, position);
    return nodes.map((each, i) => (i === 2 * at ? { nodeType: "leaf", leafNode } : each));
  };

const withParent =
  (at: number, change: object): Change =>
  (nodes) =>
    nodes.map((node, i) =>
      i === at && node?.nodeType === "parent" ? { ...node, parentNode: { ...node.parentNode, ...change } } : node,
    );

describe("§12.4.3.1, §12.4.3.2 the tree of a group that is joined from outside", () => {
  it("is accepted as it is", async () => {
    for (const chat of [await blank(), await full()]) await attempt(chat, nodesOf(chat.one.tree));
  });

  it.each<[string, () => Promise<Chat>, Change, string]>([
    [
      "[5.1.1-03] a signature key that is not on the curve",
      blank,
      withLeaf("bob", (leaf) => ({
        ...leaf,
        signatureKey: Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 2 : 0)),
      })),
      "key.signature_public",
    ],
    [
      "[7.3-16] a first leaf without the suite",
      blank,
      withLeaf("alice", (leaf) => ({
        ...leaf,
        capabilities: { ...contentOf(leaf as never).capabilities, cipherSuites: [] },
      })),
      "leaf.cipher_suite_not_listed",
    ],
    [
      "[7.3-16] a middle leaf without the suite",
      blank,
      withLeaf("bob", (leaf) => ({
        ...leaf,
        capabilities: { ...contentOf(leaf as never).capabilities, cipherSuites: [] },
      })),
      "leaf.cipher_suite_not_listed",
    ],
    [
      "[7.3-16] a last leaf without the suite",
      blank,
      withLeaf("dave", (leaf) => ({
        ...leaf,
        capabilities: { ...contentOf(leaf as never).capabilities, cipherSuites: [] },
      })),
      "leaf.cipher_suite_not_listed",
    ],
    [
      "[7.3-13] two members with one signature key",
      blank,
      async (nodes, chat) => {
        const { signer } = chat.state("alice").self;
        const node = nodes[6];
        if (node?.nodeType !== "leaf") throw new Error("no leaf");
        const leafNode = await signLeafNode(signer, {
          ...contentOf(node.leafNode),
          signatureKey: signer.publicKey,
        } as never);
        return nodes.map((each, i) => (i === 6 ? { nodeType: "leaf", leafNode } : each));
      },
      "tree.duplicate_signature_key",
    ],
    [
      "[7.3-14] two members with one encryption key",
      blank,
      async (nodes, chat) => {
        const encryptionKey = chat.one.tree.leaf(leafIndex(0))?.encryptionKey;
        return withLeaf("carol", (leaf) => ({ ...leaf, encryptionKey }))(nodes, chat);
      },
      "tree.duplicate_encryption_key",
    ],
    [
      "[7.3-04] credentials that not all support",
      blank,
      withLeaf("dave", (leaf) => ({
        ...leaf,
        credential: { credentialType: "x509", certificates: [] },
        capabilities: { ...contentOf(leaf as never).capabilities, credentials: ["x509"] },
      })),
      "leaf.credential_unsupported",
    ],
    [
      "[7.3-02] a leaf that another signed",
      blank,
      async (nodes, chat) => {
        const node = nodes[4];
        if (node?.nodeType !== "leaf") throw new Error("no leaf");
        const leafNode = await signLeafNode(chat.one.self.signer, contentOf(node.leafNode));
        return nodes.map((each, i) => (i === 4 ? { nodeType: "leaf", leafNode } : each));
      },
      "leaf.signature",
    ],
    [
      "[7.9.2-01] a parent hash that does not fit",
      full,
      withParent(1, { parentHash: new Uint8Array(32) }),
      "tree.parent_hash",
    ],
    [
      "[7.9.2-01] a root with a parent hash",
      full,
      withParent(3, { parentHash: new Uint8Array(32) }),
      "tree.parent_hash",
    ],
    [
      "[12.4.3.1-13] a parent's key twice",
      full,
      (nodes, chat) =>
        withParent(1, { encryptionKey: nodes[5]?.nodeType === "parent" ? nodes[5].parentNode.encryptionKey : EMPTY })(
          nodes,
          chat,
        ),
      "tree.duplicate_encryption_key",
    ],
    [
      "[7.1-01] unmerged leaves that decrease",
      full,
      withParent(3, { unmergedLeaves: [2, 1].map(leafIndex) }),
      "tree.unmerged_unsorted",
    ],
    [
      "[7.1-02] an unmerged leaf twice",
      full,
      withParent(3, { unmergedLeaves: [2, 2].map(leafIndex) }),
      "tree.unmerged_unsorted",
    ],
    [
      "[12.4.3.1-11] an unmerged leaf elsewhere",
      full,
      withParent(1, { unmergedLeaves: [leafIndex(2)] }),
      "tree.unmerged_not_below",
    ],
    [
      "[12.4.3.1-11] an unmerged leaf beyond all trees",
      full,
      withParent(3, { unmergedLeaves: [leafIndex(0xffffffff)] }),
      "tree.unmerged_not_below",
    ],
    [
      "[12.4.3.1-12] an unmerged leaf that a node between does not know",
      full,
      withParent(3, { unmergedLeaves: [leafIndex(2)] }),
      "tree.unmerged_missing",
    ],
    [
      "[5.1.1-01] a parent's key that is none",
      full,
      withParent(5, { encryptionKey: new Uint8Array(32) }),
      "key.hpke_public",
    ],
  ])("[12.4.3.2-02] is refused with %s", async (_, make, change, code) => {
    const chat = await make();
    expect((await rejection(async () => attempt(chat, await change(nodesOf(chat.one.tree), chat)))).code).toBe(code);
  });

  it("[12.4.3-03] [13.4-05] is refused with extensions that not all support", async () => {
    const chat = await blank();
    const refused = await rejection(() =>
      attempt(chat, nodesOf(chat.one.tree), [{ extensionType: 0x0a0a, extensionData: utf8("x") }]),
    );
    expect(refused.class).toBe("capability");
  });

  it("[5.3.1-06] [5.3.1-02] its external senders are authenticated with its members", async () => {
    const chat = await blank();
    const extensions: Extension[] = [
      {
        extensionType: "external_senders",
        extensionData: encode(ExternalSenders, [{ signatureKey: Uint8Array.of(1), credential: basic("s") }]),
      },
    ];
    const authentication = authenticationBy(({ reason }) => reason !== "external_sender");
    const refused = await rejection(() =>
      attempt(chat, nodesOf(chat.one.tree), extensions, { ...environment, authentication }),
    );
    expect(refused.code).toBe("credential.rejected");
    expect(authentication.reasons()).toEqual([
      ["member", "member", "member", "member", "external_sender", "external_commit"],
    ]);
  });
});

describe("§12.2 the clients of a group that is joined", () => {
  const byLetter = authenticationBy(({ credential }) => ({
    accepted: true,
    client: credential.credentialType === "basic" ? credential.identity.slice(0, 1) : EMPTY,
  }));
  const naming = { ...environment, authentication: byLetter };

  it("[12.2-08] are refused if one has two leaves, whoever joins or looks on", async () => {
    const chat = await Chat.of(["alice", "bob", "anna"], environment);
    expect((await rejection(() => attempt(chat, nodesOf(chat.one.tree), [], naming))).code).toBe(
      "tree.duplicate_client",
    );
    const groupInfo = await createGroupInfo(environment, chat.one);
    expect((await rejection(() => observeGroup(naming, { groupInfo }))).code).toBe("tree.duplicate_client");
    const bundle = await keyPackageFor(environment, "carol");
    const add = { proposalType: "add", keyPackage: bundle.keyPackage } as const;
    const { output } = await createCommit(environment, chat.one, { proposals: [add] });
    const welcome = output.welcomes[0] ?? EMPTY;
    expect((await rejection(() => joinGroup(naming, { welcome, keyPackages: [bundle] }))).code).toBe(
      "tree.duplicate_client",
    );
    await joinGroup(environment, { welcome, keyPackages: [bundle] });
  });

  it("[12.2-21] may be the joiner's own older leaf, which its commit removes", async () => {
    const chat = await Chat.of(["alice", "bob"], naming);
    await chat.joinExternally("bob", "anna", { removed: leafIndex(0) });
    await chat.deliver("anna", await chat.send("anna", "hello"), ["bob"]);
  });
});
