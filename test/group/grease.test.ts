import { beforeAll, describe, expect, it } from "vitest";
import { EMPTY } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { chooseCipherSuite } from "../../src/group/candidates.ts";
import { defaultCapabilities } from "../../src/group/capabilities.ts";
import { createGroup } from "../../src/group/create.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import { type KeyPackageBundle, validateKeyPackage } from "../../src/group/key-package.ts";
import { roster } from "../../src/group/members.ts";
import { observeGroup } from "../../src/group/public-group.ts";
import { ownLeaf } from "../../src/group/state.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { type Extension, RequiredCapabilities } from "../../src/wire/extension.ts";
import type { Capabilities, LeafNode } from "../../src/wire/leaf-node.ts";
import { GREASE_VALUES, isGrease } from "../../src/wire/registries.ts";
import { Chat, environmentOf, keyPackageFor, person, refusals, registering } from "../support/group.ts";
import { anyKeyPackage, byValue, insiderCommit } from "../support/group-insider.ts";
import { rejection } from "../support/rejection.ts";

const COUNT = 1000;
const environment = environmentOf({ seed: "grease" });
const plain = { ...environment, policy: { grease: false } };
const { suite } = environment;

const LISTS = ["cipherSuites", "extensions", "proposals", "credentials"] as const;
const greaseIn = (values: readonly (string | number)[]) => values.filter(isGrease);
const types = (extensions: readonly Extension[]) => extensions.map(({ extensionType }) => extensionType);
const bodies = (extensions: readonly Extension[]) => extensions.map(({ extensionData }) => extensionData.length);
const extension = (extensionType: number): Extension => ({ extensionType, extensionData: EMPTY });

/** Each value turns up, one at a time, and none much more often than others. */
function expectRandom(lists: readonly (readonly (string | number)[])[]): void {
  const drawn = lists.map(greaseIn);
  expect(drawn.every(({ length }) => length === 1)).toBe(true);
  for (const value of GREASE_VALUES) {
    const times = drawn.filter(([each]) => each === value).length;
    expect(times, `${value}`).toBeGreaterThan(COUNT / 15 / 2);
    expect(times, `${value}`).toBeLessThan((COUNT / 15) * 2);
  }
}

describe("§13.5 GREASE is sent", () => {
  const made: KeyPackageBundle[] = [];
  const leaves = () => made.map(({ keyPackage }) => keyPackage.leafNode);
  beforeAll(async () => {
    const bob = await person(environment, "bob");
    for (let i = 0; i < COUNT; i++) made.push(await keyPackageFor(environment, "bob", bob));
  });

  it.each(LISTS)("[7.2-07] [13.5-01] in LeafNode.capabilities: %s", (list) => {
    expectRandom(leaves().map(({ capabilities }) => capabilities[list]));
  });

  it("[13.5-01] [13.5-05] [7.2-04] in LeafNode.extensions, as listed in the capabilities", () => {
    expectRandom(leaves().map(({ extensions }) => types(extensions)));
    for (const { capabilities, extensions } of leaves()) expect(capabilities.extensions).toEqual(types(extensions));
    expect(new Set(leaves().flatMap(({ extensions }) => bodies(extensions)))).toEqual(
      new Set([0, 1, 2, 3, 4, 5, 6, 7]),
    );
  });

  it("[10-09] [13.5-01] in KeyPackage.extensions, as listed in the capabilities of the leaf", () => {
    expectRandom(made.map(({ keyPackage }) => types(keyPackage.extensions)));
    for (const { keyPackage } of made)
      expect(keyPackage.leafNode.capabilities.extensions).toEqual(types(keyPackage.extensions));
  });

  it("[12.4.3-02] [13.5-01] in GroupInfo.extensions, beside those that the caller states", async () => {
    const chat = await Chat.of(["alice"], environment);
    const lists = [];
    for (let i = 0; i < COUNT; i++) {
      const { extensions, groupContext } = await createGroupInfo(environment, chat.one, {
        ratchetTree: false,
        extensions: [extension(0xf001)],
      });
      expect(types(extensions)).toEqual([0xf001, expect.any(Number), "external_pub"]);
      expect(groupContext.extensions).toEqual([]);
      lists.push(types(extensions));
    }
    expectRandom(lists);
  });

  it("[12.4.3-02] in the GroupInfo of a Welcome, too, never a type twice", async () => {
    const all = GREASE_VALUES.slice(1).map(extension);
    const { extensions } = await createGroupInfo(environment, (await Chat.of(["alice"])).one, { extensions: all });
    expect(greaseIn(types(extensions)).sort()).toEqual([...GREASE_VALUES].sort());
    const chat = await Chat.of(["alice"]);
    const bundle = await keyPackageFor(environment, "bob");
    const { welcomes } = await chat.commit("alice", {
      proposals: [{ proposalType: "add", keyPackage: bundle.keyPackage }],
    });
    const [welcome = EMPTY] = welcomes;
    const { output } = await joinGroup(environment, { welcome, keyPackages: [bundle] });
    expect(greaseIn(types(output.groupInfo.extensions)).length).toBe(1);
  });

  it("[13.5-01] by who creates a group and by who joins externally", async () => {
    const chat = await Chat.of(["alice"], environment);
    await chat.joinExternally("alice", "bob");
    for (const { leafNode } of roster(chat.one)) {
      for (const list of LISTS) expect(greaseIn(leafNode.capabilities[list]).length, list).toBe(1);
      expect(leafNode.capabilities.extensions).toEqual(types(leafNode.extensions));
    }
  });

  it("[13.5-02] nowhere else", async () => {
    for (const { keyPackage } of made) {
      expect(greaseIn(keyPackage.leafNode.capabilities.versions)).toEqual([]);
      expect(isGrease(keyPackage.leafNode.credential.credentialType) || isGrease(keyPackage.cipherSuite)).toBe(false);
    }
    const chat = await Chat.of(["alice", "bob", "carol"], environment);
    await chat.propose("bob", { proposalType: "update" });
    await chat.commit("carol");
    expect(chat.one.epoch.groupContext.extensions).toEqual([]);
  });

  it("[13.5-05] in leaves and key packages that are valid", async () => {
    for (const { keyPackage } of made.slice(0, 50)) await validateKeyPackage(environment, keyPackage);
  });
});

describe("§13.5 GREASE stays away", () => {
  const none = ({ capabilities, extensions }: LeafNode) => [
    ...LISTS.flatMap((list) => greaseIn(capabilities[list])),
    ...greaseIn(types(extensions)),
  ];

  it("if the policy says so", async () => {
    const { keyPackage } = await keyPackageFor(plain, "bob");
    const chat = await Chat.of(["alice"], plain);
    const { extensions } = await createGroupInfo(plain, chat.one);
    await chat.joinExternally("alice", "bob");
    const found = [keyPackage.leafNode, ...roster(chat.one).map(({ leafNode }) => leafNode)].flatMap(none);
    expect([...found, ...greaseIn(types(keyPackage.extensions)), ...greaseIn(types(extensions))]).toEqual([]);
    expect(keyPackage.leafNode.capabilities).toEqual(defaultCapabilities(suite));
  });

  it("from leaves and key packages whose capabilities are stated", async () => {
    const capabilities: Capabilities = { ...defaultCapabilities(suite), extensions: [0xf001], proposals: [0x0a0a] };
    const extensions = [extension(0xf001)];
    const { keyPackage } = await keyPackageFor(environment, "bob", { capabilities, extensions });
    expect(keyPackage.leafNode).toMatchObject({ capabilities, extensions: [] });
    expect(keyPackage.extensions).toEqual(extensions);
  });

  it("from fields where it would be refused", async () => {
    const alice = await person(environment, "alice");
    const capabilities: Capabilities = { ...defaultCapabilities(suite), versions: ["mls10", 0x1a1a] };
    const chat = await Chat.of(["alice"], environment);
    const reInit = { groupId: EMPTY, version: "mls10", cipherSuite: 1, extensions: [extension(0x2a2a)] } as const;
    const attempts = [
      () => keyPackageFor(environment, "bob", { capabilities }),
      () => createGroup(environment, { ...alice, capabilities }),
      () => chat.joinExternally("alice", "bob", { capabilities }),
      () => chat.commit("alice", { leaf: { capabilities } }),
      () => chat.propose("alice", { proposalType: "reinit", ...reInit }),
    ];
    for (const attempt of attempts) expect((await rejection(attempt)).code).toBe("grease.misplaced");
  });

  it("[13.5-02] from a GroupContext, although the own leaf may list the value", async () => {
    const alice = await person(environment, "alice");
    for (const type of GREASE_VALUES) {
      const extensions = [extension(type)];
      const refused = await rejection(() => createGroup(environment, { ...alice, extensions }));
      expect(refused.code).toBe("leaf.group_extension_unsupported");
    }
  });
});

describe("§7.2, §13.5 GREASE of a leaf", () => {
  it("stays as it was in Updates and commits", async () => {
    const chat = await Chat.of(["alice", "bob"], environment);
    const before = roster(chat.one).map(({ leafNode: { capabilities, extensions } }) => ({ capabilities, extensions }));
    await chat.propose("alice", { proposalType: "update" });
    await chat.commit("bob");
    const after = roster(chat.one).map(({ leafNode }) => leafNode);
    expect(after).toMatchObject(before);
    expect(after.map(({ leafNodeSource }) => leafNodeSource)).toEqual(["update", "commit"]);
  });

  it("stays when the application states other extensions, or the same again", async () => {
    const chat = await Chat.of(["alice", "bob"], environment);
    const named: Extension = { extensionType: "application_id", extensionData: Uint8Array.of(1, 7) };
    const [grease] = ownLeaf(chat.one).extensions;
    await chat.commit("alice", { leaf: { leafExtensions: [named] } });
    expect(ownLeaf(chat.one).extensions).toEqual([named, grease]);
    await chat.commit("alice", { leaf: { leafExtensions: ownLeaf(chat.one).extensions } });
    expect(ownLeaf(chat.one).extensions).toEqual([named, grease]);
    chat.agree();
  });

  it("goes with the capabilities that listed it", async () => {
    const chat = await Chat.of(["alice", "bob"], environment);
    await chat.commit("alice", { leaf: { capabilities: defaultCapabilities(suite) } });
    expect(ownLeaf(chat.one)).toMatchObject({ capabilities: defaultCapabilities(suite), extensions: [] });
    chat.agree();
  });
});

describe("§13.5 GREASE is ignored", () => {
  it("[13.5-03] [13.4-02] by members with and without it, in all that a group does", async () => {
    const chat = await Chat.of(["alice"], environment);
    const capabilities = defaultCapabilities(suite);
    await chat.add("alice", ["bob", "carol"], {}, { capabilities });
    await chat.add("bob", ["dave", "erin"], { forcePath: true });
    await chat.fill();
    await chat.propose("carol", { proposalType: "update" });
    await chat.propose("erin", { proposalType: "update" });
    await chat.commit("dave");
    await chat.remove("erin", "bob");
    await chat.joinExternally("carol", "frank", { capabilities });
    await chat.joinExternally("frank", "gina");
    const required = { extensionTypes: [], proposalTypes: [], credentialTypes: ["basic" as const] };
    const extensions = [
      { extensionType: "required_capabilities", extensionData: encode(RequiredCapabilities, required) } as const,
    ];
    await chat.commit("gina", { proposals: [{ proposalType: "group_context_extensions", extensions }] });
    await chat.add("gina", ["hal"]);
    await chat.deliver("hal", await chat.send("hal", "hello"));
    chat.agree();
    const observed = await observeGroup(environment, { groupInfo: await createGroupInfo(environment, chat.one) });
    expect(observed.tree.hash).toEqual(chat.one.tree.hash);
  });

  it.each([0x0a0a, 0xeaea, 0x1234])(
    "[13.5-03] %i is as unknown as any other value, wherever it stands",
    async (value) => {
      const chat = await Chat.of(["alice", "bob"], environment);
      const capabilities: Capabilities = {
        versions: ["mls10", value],
        cipherSuites: [suite.id, value],
        extensions: [value],
        proposals: [value],
        credentials: ["basic", value],
      };
      const bundle = await anyKeyPackage(environment, "carol", {
        leaf: (leaf) => ({ ...leaf, capabilities, extensions: [extension(value)] }),
        keyPackage: (content) => ({ ...content, extensions: [extension(value)] }),
      });
      await validateKeyPackage(environment, bundle.keyPackage);
      const proposals = [{ proposalType: "add", keyPackage: bundle.keyPackage } as const];
      const groupInfoExtensions = [extension(value)];
      await chat.commit("alice", { proposals, groupInfoExtensions }, new Map([["carol", bundle]]));
      await chat.commit("carol", { forcePath: true });
      chat.agree();
      const extensions = [extension(value)];
      const unsupported = await insiderCommit(environment, chat.one, {
        proposals: [byValue({ proposalType: "group_context_extensions", extensions })],
      });
      const others = ["bob", "carol"].map((name) => chat.state(name));
      expect(await refusals(environment, others, unsupported.message)).toEqual(
        others.map(() => "leaf.group_extension_unsupported"),
      );
    },
  );

  it("[13.5-04] when capabilities are compared: nobody supports it", async () => {
    const clients = [1, 2].map(() => ({ ...defaultCapabilities(suite), cipherSuites: [0x0a0a] }));
    expect(chooseCipherSuite([0x0a0a], clients)).toEqual({ chosen: undefined, blocked: [] });
    expect(chooseCipherSuite([0x0a0a, 1], clients)).toEqual({
      chosen: undefined,
      blocked: [{ cipherSuite: 1, by: [0, 1] }],
    });
    const capabilities = { ...defaultCapabilities(suite), extensions: [0x3a3a, 0x1234], proposals: [0x3a3a, 0x1234] };
    const able = { ...environment, registrations: registering({ proposals: [0x1234] }) };
    const chat = await Chat.of(["alice", "bob"], able, { leaves: { capabilities } });
    const request = (type: number) => {
      const required = { extensionTypes: [type], proposalTypes: [type], credentialTypes: [] };
      const extensionData = encode(RequiredCapabilities, required);
      const extensions = [{ extensionType: "required_capabilities", extensionData } as const];
      return { proposals: [{ proposalType: "group_context_extensions", extensions } as const] };
    };
    expect((await rejection(() => chat.commit("alice", request(0x3a3a)))).code).toBe("proposal.required_capabilities");
    await chat.commit("alice", request(0x1234));
    expect(chat.one.tree.leaf(leafIndex(1))?.capabilities).toEqual(capabilities);
  });

  it("[13.5-04] in what others list gives nobody a suite in common", () => {
    const greasy = { ...defaultCapabilities(suite), cipherSuites: [0x0a0a, 2] };
    expect(chooseCipherSuite(defaultCapabilities(suite).cipherSuites, [greasy, greasy])).toEqual({
      chosen: undefined,
      blocked: [{ cipherSuite: 1, by: [0, 1] }],
    });
  });
});
