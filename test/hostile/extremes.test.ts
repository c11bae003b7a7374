/**
 * Insiders at the edges of the number ranges and of the primitives: indices near 2^31 and 2^32, the last epoch, tags and
 * ciphertexts of every short length, keys that libraries disagree on. Members on different backends say the same.
 */
import { describe, expect, it } from "vitest";
import { concat, EMPTY, fromHex } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { noPadding } from "../../src/framing/padding.ts";
import { deriveSenderDataKey, protectPrivate } from "../../src/framing/private-message.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { createGroupInfo, verifyGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import { processMessage } from "../../src/group/messages.ts";
import type { GroupState } from "../../src/group/state.ts";
import { nextSendingKey } from "../../src/schedule/secret-tree.ts";
import { addLeaves } from "../../src/tree/evolution.ts";
import { createTree } from "../../src/tree/ratchet-tree.ts";
import { nodesOf, treeOfNodes } from "../../src/tree/ratchet-tree-extension.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { MLSMessage, type PrivateMessage, SenderData, SenderDataAAD } from "../../src/wire/message.ts";
import type { Proposal } from "../../src/wire/proposal.ts";
import { RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";
import type { UpdatePath } from "../../src/wire/update-path.ts";
import { Chat, copiesOf, copyOfState, environmentOf, keyPackageFor, suiteOf } from "../support/group.ts";
import {
  anyKeyPackage,
  byValue,
  type CommitPlan,
  insiderCommit,
  insiderProposal,
  insiderWelcome,
  updateProposal,
} from "../support/group-insider.ts";
import { type Seat, Twins } from "./support.ts";

const worlds = new Map(
  [1, 2].map((id) => {
    const environment = environmentOf({ suite: suiteOf(id), seed: `extremes ${id}` });
    const chats = copiesOf(async () => {
      const chat = await Chat.of(["alice", "bob", "carol"], environment);
      await chat.fill();
      return chat;
    });
    return [id, { environment, chats }];
  }),
);
const worldOf = (id: number) => worlds.get(id) ?? expect.unreachable();

const far = [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 2, 2 ** 32 - 1].map(leafIndex);
const process =
  (message: Uint8Array) =>
  ({ environment, state }: Seat) =>
    processMessage(environment, state, message);

describe.each([1, 2])("suite %i: insiders at the edges", (id) => {
  const { environment, chats } = worldOf(id);
  const { suite, random } = environment;

  async function judged(
    messages: (chat: Chat, alice: GroupState) => Promise<readonly Uint8Array[]>,
  ): Promise<readonly string[]> {
    const chat = await chats();
    const twins = await Twins.of(chat.state("bob"));
    const codes: string[] = [];
    for (const [i, message] of (await messages(chat, chat.state("alice"))).entries()) {
      codes.push(await twins.judge(process(message), `at message ${i}`));
    }
    twins.unchanged();
    return codes;
  }
  const commits = (plans: readonly CommitPlan[]) =>
    judged((_, alice) =>
      Promise.all(plans.map(async (plan) => (await insiderCommit(environment, alice, plan)).message)),
    );
  const proposed = (proposals: readonly Proposal[]) =>
    judged((_, alice) =>
      Promise.all(proposals.map(async (each) => (await insiderProposal(environment, alice, each)).message)),
    );
  const all = (count: number, code: string) => new Array<string>(count).fill(code);

  it("[2.1-05] [6-08] [12.1.3-01] leaf indices near 2^31 and 2^32", async () => {
    const senders = far.map((index): CommitPlan => ({ sender: { senderType: "member", leafIndex: index } }));
    expect(await commits(senders)).toEqual(all(far.length, "content.unknown_sender"));
    expect(await proposed(far.map((removed) => ({ proposalType: "remove", removed })))).toEqual(
      all(far.length, "proposal.removed_blank"),
    );
    const external = await judged((_, alice) =>
      Promise.all(
        far.map(async (senderIndex) => {
          const remove = { proposalType: "remove", removed: leafIndex(1) } as const;
          return (
            await insiderProposal(environment, alice, remove, { sender: { senderType: "external", senderIndex } })
          ).message;
        }),
      ),
    );
    expect(external).toEqual(all(far.length, "content.unknown_sender"));
  });

  /** The message with sender data of one's own choice. */
  function withSenderData(state: GroupState, privateMessage: PrivateMessage, senderData: Uint8Array): Uint8Array {
    const { key, nonce } = deriveSenderDataKey(suite, state.epoch.secrets.senderDataSecret, privateMessage.ciphertext);
    const aad = encode(SenderDataAAD, privateMessage);
    const encryptedSenderData = suite.aead.seal(key.bytes, nonce.bytes, aad, senderData);
    const sent = { ...privateMessage, encryptedSenderData };
    return encode(MLSMessage, { version: "mls10", wireFormat: "mls_private_message", privateMessage: sent });
  }

  async function applicationOf(chat: Chat): Promise<PrivateMessage> {
    const message = decode(MLSMessage, await chat.send("alice", "text"));
    return message.wireFormat === "mls_private_message" ? message.privateMessage : expect.unreachable();
  }

  it("[6.3.2-04] [6.3.2-05] sender data of any leaf, and of any length", async () => {
    const codes = await judged(async (chat) => {
      const privateMessage = await applicationOf(chat);
      const state = chat.state("carol");
      const places = far.map((index) => ({ leafIndex: index, generation: 0, reuseGuard: new Uint8Array(4) }));
      const encoded = [
        ...places.map((each) => encode(SenderData, each)),
        ...Array.from({ length: 12 }, (_, i) => new Uint8Array(i)),
      ];
      return [...encoded, new Uint8Array(13)].map((each) => withSenderData(state, privateMessage, each));
    });
    expect(codes).toEqual([
      ...all(far.length, "content.sender_is_blank"),
      ...all(12, "codec.truncated"),
      "codec.trailing_bytes",
    ]);
  });

  it("[5.1.3-02] [6.3.1-10] ciphertexts shorter than a tag, and cut ones", async () => {
    const codes = await judged(async (chat) => {
      const privateMessage = await applicationOf(chat);
      const state = chat.state("carol");
      const { ciphertext, encryptedSenderData } = privateMessage;
      const place = encode(SenderData, { leafIndex: leafIndex(0), generation: 0, reuseGuard: new Uint8Array(4) });
      const cut = [...Array.from({ length: 18 }, (_, i) => i), ciphertext.length - 1];
      const short = cut.map((length) => ({ ...privateMessage, ciphertext: ciphertext.slice(0, length) }));
      const shortData = Array.from({ length: 18 }, (_, i) => ({
        ...privateMessage,
        encryptedSenderData: encryptedSenderData.slice(0, i),
      }));
      return [
        ...short.map((each) => withSenderData(state, each, place)),
        ...shortData.map((each) =>
          encode(MLSMessage, { version: "mls10", wireFormat: "mls_private_message", privateMessage: each }),
        ),
      ];
    });
    expect(new Set(codes)).toEqual(new Set(["aead.open_failed"]));
  });

  it("[6.3.1-02] [6.1-10] plaintexts that are empty, all padding, or end too early", async () => {
    const codes = await judged(async (chat, alice) => {
      const lengths = [0, 1, 2, 64, 70, 300];
      const messages = lengths.map(async (length) => {
        const state = copyOfState(chat.state("alice"));
        const { messageKey } = nextSendingKey(suite, state.epoch.secretTree, state.self.leafIndex, "application");
        const { groupId, epoch } = alice.epoch.groupContext;
        const sender = { senderType: "member", leafIndex: leafIndex(0) } as const;
        const content = {
          groupId,
          epoch,
          sender,
          authenticatedData: EMPTY,
          contentType: "application",
          applicationData: EMPTY,
        } as const;
        const sealing = { ...suite, aead: { ...suite.aead, seal: replaced(length) } };
        const privateMessage = await protectPrivate(
          sealing,
          { wireFormat: "mls_private_message", content, auth: { signature: EMPTY, confirmationTag: undefined } },
          { senderDataSecret: state.epoch.secrets.senderDataSecret, messageKey },
          { padding: noPadding, random },
        );
        return encode(MLSMessage, { version: "mls10", wireFormat: "mls_private_message", privateMessage });
      });
      return Promise.all(messages);
    });
    expect(new Set(codes)).toEqual(new Set(["codec.truncated", "signature.invalid"]));

    /** Seals zeros in place of the first plaintext. */
    function replaced(length: number): typeof suite.aead.seal {
      let first = true;
      return (key, nonce, aad, plaintext) => {
        const zeros = first ? new Uint8Array(length) : plaintext;
        first = false;
        return suite.aead.seal(key, nonce, aad, zeros);
      };
    }
  });

  it("[6.1-11] [6.2-02] [6.2-05] tags of every length from 0 to twice their own", async () => {
    const lengths = Array.from({ length: 65 }, (_, i) => i).filter((length) => length !== 32);
    const sized = (length: number) => (tag: Uint8Array) => concat(tag, tag).slice(0, length);
    expect(await commits(lengths.map((length) => ({ tag: sized(length) })))).toEqual(
      all(lengths.length, "content.confirmation_tag"),
    );
    expect(await commits(lengths.map((length) => ({ membershipTag: sized(length) })))).toEqual(
      all(lengths.length, "content.membership_tag"),
    );
  });

  it("[5.1.3-02] [7.5-05] path secrets with every short ciphertext and every length of kem_output", async () => {
    const change =
      (
        change: (
          path: UpdatePath["nodes"][number]["encryptedPathSecret"][number],
        ) => UpdatePath["nodes"][number]["encryptedPathSecret"][number],
      ) =>
      (path: UpdatePath): UpdatePath => ({
        ...path,
        nodes: path.nodes.map((node) => ({ ...node, encryptedPathSecret: node.encryptedPathSecret.map(change) })),
      });
    const plans = [
      ...Array.from({ length: 18 }, (_, i) => change((each) => ({ ...each, ciphertext: each.ciphertext.slice(0, i) }))),
      ...[0, 1, 31, 33, 64, 66, 130].map((length) =>
        change((each) => ({ ...each, kemOutput: new Uint8Array(length) })),
      ),
      change((each) => ({ ...each, kemOutput: new Uint8Array(suite.kem.Nenc) })),
      change((each) => ({ ...each, kemOutput: new Uint8Array(suite.kem.Nenc).fill(0xff) })),
      change((each) => ({
        ...each,
        kemOutput: each.kemOutput.map((octet, i) => (i === suite.kem.Nenc - 1 ? octet ^ 0x80 : octet)),
      })),
      change((each) => ({ ...each, kemOutput: each.kemOutput.map((octet, i) => (i === 0 ? octet ^ 0x06 : octet)) })),
    ].map((sealed): CommitPlan => ({ sealed }));
    const codes = await commits(plans);
    expect(new Set(codes)).toEqual(
      new Set(["hpke.open_failed", "aead.open_failed"].filter((code) => codes.includes(code))),
    );
  });

  const strange: readonly Uint8Array[] = [
    EMPTY,
    Uint8Array.of(0),
    new Uint8Array(32),
    Uint8Array.of(1, ...new Uint8Array(31)),
    new Uint8Array(32).fill(0xff),
    fromHex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
    fromHex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    fromHex("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    fromHex("0900000000000000000000000000000000000000000000000000000000000080"),
    fromHex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880"),
    new Uint8Array(33).fill(2),
    Uint8Array.of(4, ...new Uint8Array(64)),
    Uint8Array.of(4, ...new Uint8Array(64).fill(0xff)),
    Uint8Array.of(6, ...new Uint8Array(64).fill(1)),
  ];

  it("[5.1.1-01] [5.1.1-03] [5.1.2-05] keys that libraries disagree on, wherever a key can stand", async () => {
    const alice = (await chats()).state("alice");
    const { signer } = alice.self;
    const seen = new Set<string>();
    const note = (codes: readonly string[]) => {
      for (const code of codes) seen.add(code);
    };
    note(await commits(strange.map((key) => ({ pathKeys: (keys) => [key, ...keys.slice(1)] }))));
    note(await commits(strange.map((encryptionKey) => ({ leaf: (content) => ({ ...content, encryptionKey }) }))));
    note(await commits(strange.map((signatureKey) => ({ leaf: (content) => ({ ...content, signatureKey }) }))));
    note(
      await commits(
        strange.map((kemOutput) => ({
          external: { signer },
          proposals: [byValue({ proposalType: "external_init", kemOutput })],
        })),
      ),
    );
    const packages = await Promise.all(
      strange.flatMap((key) => [
        anyKeyPackage(environment, "x", { leaf: (content) => ({ ...content, encryptionKey: key }) }),
        anyKeyPackage(environment, "x", { leaf: (content) => ({ ...content, signatureKey: key }) }),
        anyKeyPackage(environment, "x", { keyPackage: (content) => ({ ...content, initKey: key }) }),
      ]),
    );
    note(await proposed(packages.map(({ keyPackage }) => ({ proposalType: "add", keyPackage }))));
    const updates = await Promise.all(
      strange.map((key) => updateProposal(environment, alice, (content) => ({ ...content, encryptionKey: key }))),
    );
    note(await proposed(updates));
    expect(seen.has("key.hpke_public")).toBe(true);
    expect(seen.has("key.signature_public")).toBe(true);
  });

  it("[8.1-02] a group at the last epoch takes messages, and no commit", async () => {
    const joiner = await keyPackageFor(environment, "dave");
    const host = await anyKeyPackage(environment, "mallory");
    const { tree } = addLeaves(createTree(suite, host.keyPackage.leafNode), [joiner.keyPackage.leafNode]);
    const { groupContext } = (await chats()).one.epoch;
    const context = { ...groupContext, epoch: 2n ** 64n - 1n, extensions: [] };
    const welcome = await insiderWelcome(environment, context, {
      joiner,
      tree,
      signer: host.signer,
      signerIndex: leafIndex(0),
    });
    const { state } = await joinGroup(environment, { welcome, keyPackages: [joiner] });
    const twins = await Twins.of(state);
    const external = await createGroupInfo(environment, state);
    expect(external.groupContext.epoch).toBe(2n ** 64n - 1n);
    expect(await twins.judge((seat) => createCommit(seat.environment, seat.state))).toBe("epoch.exhausted");
    const remove = { proposalType: "remove", removed: leafIndex(1) } as const;
    const asHost = { ...state, self: { ...state.self, leafIndex: leafIndex(0), signer: host.signer } };
    const { message } = await insiderProposal(environment, asHost, remove);
    expect(await twins.judge(process(message))).toBe("accepted");
  });

  it("[7.1-01] [7.1-02] [12.4.3.1-11] lists of unmerged leaves that are long, far away or cyclic", async () => {
    const chat = await chats();
    const twins = await Twins.of(chat.state("bob"));
    const groupInfo = await createGroupInfo(environment, chat.state("alice"));
    const nodes = nodesOf(chat.one.tree);
    const lists = [
      far,
      [0, 0].map(leafIndex),
      [1, 0].map(leafIndex),
      [0, 1, 2, 3].map(leafIndex),
      Array.from({ length: 50_000 }, (_, i) => leafIndex(i)),
      Array.from({ length: 50_000 }, () => leafIndex(2)),
    ];
    for (const unmergedLeaves of lists) {
      const changed = nodes.map((node) =>
        node?.nodeType === "parent" ? ({ ...node, parentNode: { ...node.parentNode, unmergedLeaves } } as const) : node,
      );
      const extension = { extensionType: "ratchet_tree", extensionData: encode(RatchetTreeNodes, changed) } as const;
      const claimed = { ...groupInfo, extensions: [extension] };
      expect(await twins.judge((seat) => verifyGroupInfo(seat.environment, claimed))).toBe("tree.hash_mismatch");
      const joiner = await keyPackageFor(environment, "dave");
      const { tree } = addLeaves(chat.one.tree, [joiner.keyPackage.leafNode]);
      const seated = nodesOf(tree).map((node) =>
        node?.nodeType === "parent" ? ({ ...node, parentNode: { ...node.parentNode, unmergedLeaves } } as const) : node,
      );
      const welcome = await insiderWelcome(environment, chat.one.epoch.groupContext, {
        joiner,
        tree: treeOfNodes(suite, seated),
        signer: chat.state("alice").self.signer,
        signerIndex: leafIndex(0),
      });
      const code = await twins.judge((seat) => joinGroup(seat.environment, { welcome, keyPackages: [joiner] }));
      expect(code).toMatch(/^tree\.(unmerged|parent_hash)/);
    }
  });
});
