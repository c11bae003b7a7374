import { describe, expect, it } from "vitest";
import { EMPTY, toHex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { signWithLabel } from "../../src/crypto/labels.ts";
import type { Signer } from "../../src/crypto/signer.ts";
import { joinExternally } from "../../src/group/external.ts";
import { createGroupInfo, groupInfoIn, verifyGroupInfo } from "../../src/group/group-info.ts";
import { ratchetTree } from "../../src/group/members.ts";
import { processMessage } from "../../src/group/messages.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { type Extension, extensionData } from "../../src/wire/extension.ts";
import { GroupInfo, GroupInfoTBS } from "../../src/wire/group-info.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import { RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";
import { failure } from "../support/failure.ts";
import { authenticationBy, Chat, copiesOf, environmentOf, keyPackageFor, person } from "../support/group.ts";
import { rejection } from "../support/rejection.ts";

const environment = environmentOf();
const { suite } = environment;
const group = copiesOf(async () => {
  const chat = await Chat.of(["alice", "bob", "carol", "dave"], environment);
  await chat.fill();
  await chat.remove("alice", "bob");
  return chat;
});

const inMessage = (groupInfo: GroupInfo) =>
  encode(MLSMessage, { version: "mls10", wireFormat: "mls_group_info", groupInfo });

async function resigned(groupInfo: GroupInfo, signer: Signer, change: Partial<GroupInfoTBS>): Promise<GroupInfo> {
  const { signature: _, ...content } = { ...groupInfo, ...change };
  return { ...content, signature: await signWithLabel(signer, "GroupInfoTBS", encode(GroupInfoTBS, content)) };
}

describe("§12.4.3 a GroupInfo", () => {
  it("says what the group is, and verifies with its tree", async () => {
    const chat = await group();
    for (const state of chat.states.values()) {
      const groupInfo = groupInfoIn(inMessage(await createGroupInfo(environment, state)));
      expect(groupInfo.signer).toBe(state.self.leafIndex);
      expect(encode(GroupInfo, groupInfo).length).toBeGreaterThan(0);
      const verified = await verifyGroupInfo(environment, groupInfo);
      expect(toHex(verified.tree.hash)).toBe(toHex(state.tree.hash));
      expect(verified.groupInfo.groupContext.epoch).toBe(state.epoch.groupContext.epoch);
      expect(toHex(groupInfo.confirmationTag)).toBe(toHex(state.epoch.confirmationTag));
    }
  });

  it("[12.4.3-06] [12.4.3.1-01] can't be verified without a tree, inside or given", async () => {
    const chat = await group();
    const groupInfo = await createGroupInfo(environment, chat.one, { ratchetTree: false });
    expect(extensionData(groupInfo.extensions, "ratchet_tree")).toBeUndefined();
    expect((await rejection(() => verifyGroupInfo(environment, groupInfo))).code).toBe("tree.missing");
    await verifyGroupInfo(environment, groupInfo, ratchetTree(chat.one));
  });

  it("[12.4.3-06] of a group that someone made up reaches the Authentication Service when joining", async () => {
    const chat = await Chat.of(["mallory"], environment);
    const groupInfo = await createGroupInfo(environment, chat.one);
    const authentication = authenticationBy(() => false);
    const joiner = { ...(await person(environment, "eve")), groupInfo };
    expect((await rejection(() => joinExternally({ ...environment, authentication }, joiner))).code).toBe(
      "credential.rejected",
    );
    expect(authentication.reasons()).toEqual([["member", "external_commit"]]);
  });

  it("[12.4.3.3-01] carries a tree without blank nodes at its end", async () => {
    const chat = await group();
    await chat.remove("alice", "dave");
    const nodes = ratchetTree(chat.one);
    expect(nodes.at(-1)?.nodeType).toBe("leaf");
    expect(nodes.length).toBe(5);
    const inside = extensionData((await createGroupInfo(environment, chat.one)).extensions, "ratchet_tree") ?? EMPTY;
    expect(toHex(inside)).toBe(toHex(encode(RatchetTreeNodes, nodes)));
  });

  it("[12.4.3.3-04] [12.4.3.1-08] does not verify with another tree", async () => {
    const chat = await group();
    const groupInfo = await createGroupInfo(environment, chat.one, { ratchetTree: false });
    const nodes = ratchetTree(chat.one);
    await chat.commit("alice");
    const changed = [...nodes];
    changed[2] = changed[4];
    for (const tree of [ratchetTree(chat.one), changed, nodes.slice(0, 1)]) {
      expect((await rejection(() => verifyGroupInfo(environment, groupInfo, tree))).code).toBe("tree.hash_mismatch");
    }
  });

  it.each<[string, (nodes: RatchetTreeNodes) => RatchetTreeNodes, string]>([
    ["[12.4.3.3-02] with a blank node at its end", (nodes) => [...nodes, undefined], "tree.last_node_blank"],
    [
      "[12.4.3.3-02] with blank nodes at its end",
      (nodes) => [...nodes, undefined, undefined, undefined],
      "tree.last_node_blank",
    ],
    ["[12.4.3.3-02] that is empty", () => [], "tree.empty"],
    ["[12.4.3.3-02] that is blank", (nodes) => nodes.map(() => undefined), "tree.last_node_blank"],
    [
      "[12.4.3.3-03] with a leaf in the place of a parent",
      (nodes) => nodes.map((node, i) => (i === 1 ? nodes[0] : node)),
      "tree.node_in_wrong_place",
    ],
    [
      "[12.4.3.3-03] with a parent in the place of a leaf",
      (nodes) => nodes.map((node, i) => (i === 2 ? nodes[3] : node)),
      "tree.node_in_wrong_place",
    ],
    ["[12.4.3.3-03] that ends with a parent", (nodes) => nodes.slice(0, 4), "tree.node_in_wrong_place"],
  ])("is refused with a tree %s", async (_, change, code) => {
    const chat = await group();
    const nodes = change(ratchetTree(chat.one));
    const outside = await createGroupInfo(environment, chat.one, { ratchetTree: false });
    expect((await rejection(() => verifyGroupInfo(environment, outside, nodes))).code).toBe(code);
    const extensions: Extension[] = [{ extensionType: "ratchet_tree", extensionData: encode(RatchetTreeNodes, nodes) }];
    const inside = await createGroupInfo(environment, chat.one, { ratchetTree: false, extensions });
    expect((await rejection(() => verifyGroupInfo(environment, inside))).code).toBe(code);
  });

  it("[7.7-03] is refused with a tree that is too wide, before it looks into it", async () => {
    const chat = await group();
    const groupInfo = await createGroupInfo(environment, chat.one);
    const narrow = { suite, policy: { maxLeaves: 2 } };
    expect((await rejection(() => verifyGroupInfo(narrow, groupInfo))).code).toBe("tree.too_large");
  });

  it("[12.4.3-05] is refused if another leaf signed it than it says", async () => {
    const chat = await group();
    const groupInfo = await createGroupInfo(environment, chat.one);
    const { signer } = chat.one.self;
    for (const [index, code] of [
      [2, "group_info.signature"],
      [1, "group_info.signer_blank"],
      [4, "group_info.signer_blank"],
      [0xffffffff, "group_info.signer_blank"],
    ] as const) {
      const claimed = await resigned(groupInfo, signer, { signer: leafIndex(index) });
      expect((await rejection(() => verifyGroupInfo(environment, claimed))).code).toBe(code);
    }
    const forged = await resigned(groupInfo, chat.state("carol").self.signer, {});
    expect((await rejection(() => verifyGroupInfo(environment, forged))).code).toBe("group_info.signature");
  });

  it("[12.4.3-05] is refused if one of its signed fields was changed", async () => {
    const chat = await group();
    const groupInfo = await createGroupInfo(environment, chat.one);
    const { groupContext, extensions } = groupInfo;
    const changes: Partial<GroupInfo>[] = [
      { confirmationTag: new Uint8Array(32) },
      { groupContext: { ...groupContext, epoch: groupContext.epoch + 1n } },
      { groupContext: { ...groupContext, groupId: utf8("another") } },
      { groupContext: { ...groupContext, confirmedTranscriptHash: EMPTY } },
      { groupContext: { ...groupContext, extensions: [{ extensionType: 0xf001, extensionData: EMPTY }] } },
      { extensions: [...extensions, { extensionType: 0xf001, extensionData: EMPTY }] },
      { signature: EMPTY },
      { signature: groupInfo.signature.map((octet, i) => (i === 7 ? octet ^ 1 : octet)) },
    ];
    for (const change of changes) {
      expect((await rejection(() => verifyGroupInfo(environment, { ...groupInfo, ...change }))).code).toBe(
        "group_info.signature",
      );
    }
  });

  it.each<[string, readonly Extension[], string]>([
    [
      "[13.4-04] twice",
      [
        { extensionType: 0xf001, extensionData: EMPTY },
        { extensionType: 0xf001, extensionData: EMPTY },
      ],
      "extensions.duplicate",
    ],
    [
      "[17.3-01] that belong elsewhere",
      [{ extensionType: "external_senders", extensionData: Uint8Array.of(0) }],
      "extension.misplaced",
    ],
    [
      "[17.3-01] that belong into leaves",
      [{ extensionType: "application_id", extensionData: Uint8Array.of(0) }],
      "extension.misplaced",
    ],
  ])("has no extensions %s", async (_, extensions, code) => {
    const chat = await group();
    expect((await rejection(() => createGroupInfo(environment, chat.one, { extensions }))).code).toBe(code);
    const plain = await createGroupInfo(environment, chat.one);
    const signed = await resigned(plain, chat.one.self.signer, { extensions: [...plain.extensions, ...extensions] });
    expect((await rejection(() => verifyGroupInfo(environment, signed))).code).toBe(code);
    const context = {
      ...plain.groupContext,
      extensions: extensions.map((each) => ({
        ...each,
        extensionType: each.extensionType === "external_senders" ? ("external_pub" as const) : each.extensionType,
      })),
    };
    const inContext = await resigned(plain, chat.one.self.signer, { groupContext: context });
    expect((await rejection(() => verifyGroupInfo(environment, inContext))).code).toBe(code);
  });

  it("[12.4.3-01] [13.4-03] [13.5-03] may have unknown ones", async () => {
    const chat = await group();
    const extensions = [0x0a0a, 0xf001, 0x1234].map((extensionType) => ({ extensionType, extensionData: utf8("?") }));
    await verifyGroupInfo(environment, await createGroupInfo(environment, chat.one, { extensions }));
    await chat.joinExternally("alice", "eve");
    chat.agree();
  });
});

describe("[6-09] each message has its door", () => {
  it("a GroupInfo, a Welcome and a key package are no messages for a group", async () => {
    const chat = await group();
    const { keyPackage } = await keyPackageFor(environment, "eve");
    const { welcomes, message } = await chat.add("alice", ["frank"]);
    const octets = [
      inMessage(await createGroupInfo(environment, chat.one)),
      welcomes[0] ?? EMPTY,
      encode(MLSMessage, { version: "mls10", wireFormat: "mls_key_package", keyPackage }),
    ];
    for (const each of octets) {
      expect((await rejection(() => processMessage(environment, chat.one, each))).code).toBe(
        "message.wrong_wire_format",
      );
    }
    for (const each of [...octets.slice(1), message])
      expect(failure(() => groupInfoIn(each)).code).toBe("message.wrong_wire_format");
    expect(failure(() => groupInfoIn(utf8("nonsense"))).reaction).toBe("malformed");
  });
});
