import { describe, expect, it } from "vitest";
import { copy, utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { signWithLabel } from "../../src/crypto/labels.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { demandsOf, firstLack, supportsExtension, supportsProposal } from "../../src/tree/capabilities.ts";
import { addLeaves, updateLeaves } from "../../src/tree/evolution.ts";
import {
  checkLeafNode,
  checkMembers,
  checkSupport,
  type LeafNodeContent,
  type LeafNodeRules,
  signLeafNode,
  verifyLeafSignatures,
} from "../../src/tree/leaf-node.ts";
import { createTree, members } from "../../src/tree/ratchet-tree.ts";
import { treeOfNodes } from "../../src/tree/ratchet-tree-extension.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { type Extension, RequiredCapabilities } from "../../src/wire/extension.ts";
import { type Capabilities, LeafNode } from "../../src/wire/leaf-node.ts";
import { RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";
import { failure } from "../support/failure.ts";
import { rejection } from "../support/rejection.ts";
import { seededRandom } from "../support/vector-run.ts";
import { contentOf, GROUP_ID, Group, person } from "./members.ts";
import { toySuite } from "./toy-suite.ts";

const suite = toySuite();
const random = seededRandom(3);
const signer = await generateSigner(suite, random);
const honest = (await person(suite, random)).leafNode;
const RULES: LeafNodeRules = { groupExtensions: [] };
const UNKNOWN = 0xf001;

type Change = Partial<LeafNode> | { capabilities: Partial<Capabilities> };
const changed = (change: Change): LeafNode =>
  ({
    ...honest,
    ...change,
    capabilities: { ...honest.capabilities, ...("capabilities" in change ? change.capabilities : {}) },
  }) as LeafNode;
const judge = (change: Change, rules: Partial<LeafNodeRules> = {}) =>
  checkLeafNode(suite, changed(change), { ...RULES, ...rules });
const codeOf = (change: Change, rules: Partial<LeafNodeRules> = {}) => failure(() => judge(change, rules)).code;
const extension = (extensionType: Extension["extensionType"], extensionData = new Uint8Array()): Extension => ({
  extensionType,
  extensionData,
});
const required = (demands: Partial<RequiredCapabilities>): Extension => {
  const body = { extensionTypes: [], proposalTypes: [], credentialTypes: [], ...demands };
  return extension("required_capabilities", encode(RequiredCapabilities, body));
};

describe("§7.2 what a leaf says of itself", () => {
  it("accepts an honest one", () => {
    judge({});
  });

  it("[7.2-02] refuses default types in capabilities, unless told to tolerate them", () => {
    for (const capabilities of [
      { proposals: ["add"] as const },
      { proposals: [UNKNOWN, "group_context_extensions"] as const },
      { extensions: ["application_id"] as const },
      { extensions: [UNKNOWN, "external_senders"] as const },
    ]) {
      expect(codeOf({ capabilities })).toBe("leaf.default_type_listed");
      judge({ capabilities }, { tolerateDefaults: true });
    }
  });

  it("[7.2-04] [7.3-08] refuses an extension that its capabilities do not list, GREASE or not", () => {
    for (const type of [UNKNOWN, 0x0a0a, 6]) {
      expect(codeOf({ extensions: [extension(type)] })).toBe("leaf.extension_not_listed");
      judge({ extensions: [extension(type)], capabilities: { extensions: [1000, type] } });
    }
    judge({ extensions: [extension("application_id", new Uint8Array([1, 9]))] });
  });

  it("[7.2-05] refuses a credential of a type that it does not list", () => {
    expect(codeOf({ capabilities: { credentials: [] } })).toBe("leaf.credential_not_listed");
    expect(codeOf({ capabilities: { credentials: ["x509"] } })).toBe("leaf.credential_not_listed");
    judge({ capabilities: { credentials: ["x509", "basic"] } });
  });

  it("[7.2-06] ignores what it does not know, GREASE among it, and encodes it again as it was", () => {
    const capabilities = {
      versions: [0, 0x0a0a, "mls10", 0xffff],
      cipherSuites: [0x1a1a, suite.id, 0xffff],
      extensions: [0x2a2a, 77],
      proposals: [0x3a3a, 78, 0xf005],
      credentials: [0x4a4a, "basic", 0xf006],
    } as const;
    judge({ capabilities });
    const bytes = encode(LeafNode, changed({ capabilities }));
    expect(encode(LeafNode, decode(LeafNode, bytes))).toEqual(bytes);
  });

  it("[7.2-08] refuses a lifetime longer than the application allows, or that ends before it begins", () => {
    const lasting = (notBefore: bigint, notAfter: bigint, rules: Partial<LeafNodeRules>) => () =>
      judge({ lifetime: { notBefore, notAfter } }, rules);
    lasting(100n, 200n, { maxLifetime: 100n })();
    expect(failure(lasting(100n, 201n, { maxLifetime: 100n })).code).toBe("leaf.lifetime_too_long");
    expect(failure(lasting(0n, 2n ** 64n - 1n, { maxLifetime: 2n ** 63n })).code).toBe("leaf.lifetime_too_long");
    expect(failure(lasting(200n, 100n, { maxLifetime: 100n })).code).toBe("leaf.lifetime");
    expect(failure(lasting(200n, 100n, { now: 150n })).code).toBe("leaf.lifetime");
  });

  it("[13.4-04] refuses two extensions of one type", () => {
    for (const type of ["application_id", UNKNOWN, 0x0a0a] as const) {
      const extensions = [extension(type, new Uint8Array([0])), extension(type, new Uint8Array([0]))];
      const listed = typeof type === "number" ? [type] : [];
      expect(codeOf({ extensions, capabilities: { extensions: listed } })).toBe("extensions.duplicate");
    }
  });

  it("refuses more extensions or certificates than could be read of all members together", () => {
    const types = (count: number) => Array.from({ length: count }, (_, i) => 0xf000 + i);
    const extended = (count: number) => ({
      extensions: types(count).map((type) => extension(type)),
      capabilities: { extensions: types(count) },
    });
    judge(extended(32));
    expect(codeOf(extended(33))).toBe("extensions.limit");
    const nodes = Array(2 ** 13).fill({ nodeType: "leaf", leafNode: changed(extended(32)) });
    expect(decode(RatchetTreeNodes, encode(RatchetTreeNodes, nodes)).length).toBe(nodes.length);
    const certified = (count: number) => ({
      credential: { credentialType: "x509", certificates: Array(count).fill({ certData: new Uint8Array() }) } as const,
      capabilities: { credentials: ["x509" as const] },
    });
    judge(certified(32));
    expect(codeOf(certified(33))).toBe("credential.certificate_limit");
  });

  it("[17.3-01] refuses extensions that belong elsewhere", () => {
    for (const type of ["ratchet_tree", "external_pub", "required_capabilities", "external_senders"] as const) {
      expect(codeOf({ extensions: [extension(type)] })).toBe("extension.misplaced");
    }
  });

  it("reads an application_id to its end", () => {
    expect(codeOf({ extensions: [extension("application_id")] })).toBe("codec.truncated");
    expect(codeOf({ extensions: [extension("application_id", new Uint8Array([1, 9, 9]))] })).toBe(
      "codec.trailing_bytes",
    );
  });

  it("refuses keys that are none", () => {
    expect(codeOf({ encryptionKey: new Uint8Array(32) })).toBe("key.hpke_public");
    expect(codeOf({ encryptionKey: new Uint8Array(31).fill(1) })).toBe("key.hpke_public");
    expect(codeOf({ signatureKey: new Uint8Array(31).fill(1) })).toBe("key.signature_public");
  });
});

describe("§7.3 what a group asks of a leaf", () => {
  it("[7.3-03] refuses a leaf that lacks what required_capabilities names", () => {
    const demands = required({ extensionTypes: [20], proposalTypes: [30], credentialTypes: ["basic", "x509"] });
    const groupExtensions = [demands];
    const all = { extensions: [20], proposals: [30], credentials: ["basic", "x509"] } as const;
    judge({ capabilities: all }, { groupExtensions });
    for (const lacking of [{ extensions: [] }, { proposals: [31] }, { credentials: ["basic"] }] as const) {
      expect(codeOf({ capabilities: { ...all, ...lacking } }, { groupExtensions })).toBe("leaf.required_capability");
    }
  });

  it("[7.3-03] [11.1-02] takes default types that required_capabilities names as supported, but no credential type", () => {
    const defaults = required({ extensionTypes: ["external_senders"], proposalTypes: ["add", "reinit"] });
    judge({}, { groupExtensions: [defaults] });
    expect(codeOf({}, { groupExtensions: [required({ credentialTypes: ["x509"] })] })).toBe("leaf.required_capability");
  });

  it("[13.4-05] [13.4-07] refuses a leaf that does not list an extension of the GroupContext", () => {
    const groupExtensions = [extension("external_senders"), extension(0xf005)];
    expect(codeOf({}, { groupExtensions })).toBe("leaf.group_extension_unsupported");
    judge({ capabilities: { extensions: [0xf005] } }, { groupExtensions });
    judge({}, { groupExtensions: groupExtensions.slice(0, 1) });
  });

  it("[7.3-07] judges whether now is within the lifetime where it is told what now is, limits included", () => {
    const lifetime = { notBefore: 100n, notAfter: 200n };
    for (const now of [100n, 150n, 200n, undefined]) judge({ lifetime }, { now });
    for (const now of [0n, 99n, 201n]) expect(codeOf({ lifetime }, { now })).toBe("leaf.lifetime");
    expect(codeOf({ lifetime: { notBefore: 0n, notAfter: 0n } }, { now: 1n })).toBe("leaf.lifetime");
    judge({ lifetime: { notBefore: 5n, notAfter: 1n } });
  });

  it("[7.3-09] [7.3-10] [7.3-12] refuses a leaf of another source than its place demands", () => {
    const { lifetime: _, ...rest } = honest as Extract<LeafNode, { leafNodeSource: "key_package" }>;
    const bySource = {
      key_package: honest,
      update: { ...rest, leafNodeSource: "update" },
      commit: { ...rest, leafNodeSource: "commit", parentHash: new Uint8Array() },
    } as const;
    for (const source of ["key_package", "update", "commit"] as const) {
      for (const leaf of Object.values(bySource)) {
        const check = () => checkLeafNode(suite, leaf, { ...RULES, source });
        if (leaf.leafNodeSource === source) check();
        else expect(failure(check).code).toBe("leaf.wrong_source");
      }
    }
  });

  it("[7.3-11] [7.5-02] refuses a leaf that keeps the encryption key of the one it replaces", () => {
    const replaced = changed({ signatureKey: signer.publicKey, encryptionKey: copy(honest.encryptionKey) });
    expect(codeOf({}, { replaced })).toBe("leaf.same_encryption_key");
    judge({}, { replaced: { ...replaced, encryptionKey: signer.publicKey } });
  });

  it("[7.3-16] refuses a leaf that does not list the version or the cipher suite", () => {
    expect(codeOf({ capabilities: { versions: [2] } })).toBe("leaf.version_not_listed");
    expect(codeOf({ capabilities: { versions: [] } })).toBe("leaf.version_not_listed");
    expect(codeOf({ capabilities: { cipherSuites: [1, 2] } })).toBe("leaf.cipher_suite_not_listed");
  });

  it("names what is lacking, for one client as for all members", async () => {
    const demands = demandsOf([required({ proposalTypes: ["add", 30] }), extension(20)]);
    const { tree } = await Group.of(suite, 3);
    expect(firstLack(tree.support, demands)).toEqual({ kind: "required_proposal", type: 30 });
    expect(firstLack({ ...tree.support, proposals: [30] }, demands)).toEqual({ kind: "extension", type: 20 });
    expect(firstLack({ ...tree.support, proposals: [30], extensions: [20] }, demands)).toBeUndefined();
    expect([supportsExtension(tree.support, "application_id"), supportsExtension(tree.support, 20)]).toEqual([
      true,
      false,
    ]);
    expect([supportsProposal(tree.support, "psk"), supportsProposal(tree.support, 30)]).toEqual([true, false]);
  });
});

describe("§12.4.3.1 all leaves of a tree", () => {
  it("[12.4.3.1-10] are judged, the first, a middle and the last one", async () => {
    const group = await Group.of(suite, 5);
    checkMembers(group.tree, RULES);
    for (const leaf of [0, 2, 4]) {
      const bad = { ...group.leaf(leaf), extensions: [extension(UNKNOWN)] };
      const tree = updateLeaves(group.tree, [[leafIndex(leaf), bad]]);
      const error = failure(() => checkMembers(tree, RULES));
      expect([error.code, error.details.leaf]).toEqual(["leaf.extension_not_listed", leaf]);
    }
    const groupExtensions = [extension(0xf005)];
    expect(failure(() => checkMembers(group.tree, { groupExtensions })).code).toBe("leaf.group_extension_unsupported");
  });
});

describe("§7.3 credential types", () => {
  const leafNode = async (
    credentials: Capabilities["credentials"],
    type: "basic" | "x509" = "basic",
  ): Promise<LeafNode> => ({
    ...(await person(suite, random)).leafNode,
    capabilities: { ...honest.capabilities, credentials },
    ...(type === "x509" ? { credential: { credentialType: "x509", certificates: [] } as const } : {}),
  });

  const joiner: LeafNode = {
    ...honest,
    capabilities: { ...honest.capabilities, credentials: ["basic", "x509"] },
    credential: { credentialType: "x509", certificates: [] },
  };
  const joinerListing = (credentials: Capabilities["credentials"]): LeafNode => ({
    ...joiner,
    capabilities: { ...joiner.capabilities, credentials },
  });

  it("[7.3-04] are refused if one member does not support one in use", async () => {
    const both = ["basic", "x509"] as const;
    const { tree } = addLeaves(createTree(suite, await leafNode(both)), [
      await leafNode(["basic"]),
      await leafNode(both),
    ]);
    checkSupport(tree);
    const error = failure(() => checkSupport(addLeaves(tree, [joiner]).tree));
    expect(error.code).toBe("leaf.credential_unsupported");
    expect(error.details).toEqual({ leaf: 1, credentialType: "x509" });
  });

  it("[7.3-05] are refused if the newcomer does not support one in use", async () => {
    const { tree } = addLeaves(createTree(suite, await leafNode(["basic", "x509"])), [
      await leafNode(["basic", "x509"]),
    ]);
    const error = failure(() => checkSupport(addLeaves(tree, [joinerListing(["x509"])]).tree));
    expect(error.code).toBe("leaf.credential_unsupported");
    expect(error.details).toEqual({ leaf: 2, credentialType: "basic" });
  });

  it("are supported by nobody's absence", () => {
    const tree = createTree(suite, honest);
    checkSupport(tree);
  });
});

describe("§7.2 signatures of leaves", () => {
  const position = { groupId: GROUP_ID, leafIndex: leafIndex(0) };
  const content = contentOf(suite, { signatureKey: signer.publicKey, encryptionKey: random(32) });
  const { lifetime: _, ...rest } = content as Extract<LeafNodeContent, { leafNodeSource: "key_package" }>;
  const contents: LeafNodeContent[] = [
    content,
    { ...rest, leafNodeSource: "update" },
    { ...rest, leafNodeSource: "commit", parentHash: random(32) },
  ];
  const verify = (leafNode: LeafNode, at: { groupId?: Uint8Array; leafIndex?: number } = {}) =>
    verifyLeafSignatures(suite, [
      { leafNode, position: { groupId: at.groupId ?? GROUP_ID, leafIndex: leafIndex(at.leafIndex ?? 0) } },
    ]);

  it("[7.3-02] are made and verified for each source", async () => {
    for (const each of contents) await verify(await signLeafNode(signer, each, position));
    await verifyLeafSignatures(suite, [{ leafNode: await signLeafNode(signer, content) }]);
  });

  it("[7.2-10] bind group and leaf for update and commit, and for key_package neither", async () => {
    for (const each of contents.slice(1)) {
      const leafNode = await signLeafNode(signer, each, position);
      expect((await rejection(() => verify(leafNode, { leafIndex: 1 }))).code).toBe("leaf.signature");
      expect((await rejection(() => verify(leafNode, { groupId: utf8("other") }))).code).toBe("leaf.signature");
      expect((await rejection(() => verifyLeafSignatures(suite, [{ leafNode }]))).code).toBe("leaf.wrong_source");
      expect((await rejection(() => signLeafNode(signer, each))).code).toBe("leaf.wrong_source");
    }
    await verify(await signLeafNode(signer, content), { leafIndex: 5, groupId: utf8("other") });
    const { signature: __, ...honestContent } = await signLeafNode(signer, content);
    const tbs = encode(LeafNode, { ...honestContent, signature: new Uint8Array() }).slice(0, -1);
    const withGroup = new Uint8Array([...tbs, GROUP_ID.length, ...GROUP_ID, 0, 0, 0, 0]);
    const signature = await signWithLabel(signer, "LeafNodeTBS", withGroup);
    expect((await rejection(() => verify({ ...honestContent, signature } as LeafNode))).code).toBe("leaf.signature");
  });

  it("[7.2-09] cover every octet of the leaf", async () => {
    for (const each of contents) {
      const bytes = encode(LeafNode, await signLeafNode(signer, each, position));
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        const flipped = copy(bytes);
        flipped[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
        const error = await rejection(async () => {
          const leafNode = decode(LeafNode, flipped);
          await verify(leafNode);
        });
        expect(error.code).toMatch(/^codec\.|^leaf\.signature$/);
      }
    }
  });

  it("[7.3-02] are refused by another key, when empty, and when another leaf's", async () => {
    const leafNode = await signLeafNode(signer, content);
    const other = await generateSigner(suite, random);
    for (const signature of [
      (await signLeafNode(other, content)).signature,
      new Uint8Array(),
      honest.signature,
      leafNode.signature.slice(0, -1),
    ]) {
      expect((await rejection(() => verify({ ...leafNode, signature }))).code).toBe("leaf.signature");
    }
  });

  it("[12.4.3.1-10] are verified in one batch that names the leaf", async () => {
    const group = await Group.of(suite, 9);
    await group.commit({ by: 4, update: [2] });
    const leaves = [...members(group.tree)].map(([leaf, leafNode]) => ({
      leafNode,
      position: { groupId: GROUP_ID, leafIndex: leaf },
    }));
    let batches = 0;
    const counting = {
      ...suite,
      signature: {
        ...suite.signature,
        verifyMany: (requests: Parameters<typeof suite.signature.verifyMany>[0]) => {
          batches++;
          return suite.signature.verifyMany(requests);
        },
      },
    };
    await verifyLeafSignatures(counting, leaves);
    expect(batches).toBe(1);
    for (const index of [0, 4, 8]) {
      const bad = leaves.map((each, i) =>
        i === index ? { ...each, leafNode: { ...each.leafNode, signature: random(32) } } : each,
      );
      const error = await rejection(() => verifyLeafSignatures(suite, bad));
      expect([error.code, error.details.leaf]).toEqual(["leaf.signature", index]);
    }
    await verifyLeafSignatures(suite, []);
  });

  it("[7.2-10] fail when a leaf is moved within its tree", async () => {
    const group = await Group.of(suite, 3);
    await group.commit({ by: 2, update: [1] });
    const moved = treeOfNodes(suite, [
      { nodeType: "leaf", leafNode: group.leaf(0) },
      undefined,
      undefined,
      undefined,
      { nodeType: "leaf", leafNode: group.leaf(1) },
    ]);
    const [, [leaf, leafNode]] = [...members(moved)] as [unknown, [number, LeafNode]];
    expect((await rejection(() => verify(leafNode, { leafIndex: leaf }))).code).toBe("leaf.signature");
    await verify(leafNode, { leafIndex: 1 });
  });
});
