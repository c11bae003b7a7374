/**
 * What hostile input may cost. Where a count can tell, it does; times are those of the fastest run, against bounds that
 * linear work keeps by far and quadratic work exceeds by far. A refusal with a limit is as good as speed.
 */
import { describe, expect, it } from "vitest";
import { node } from "../../src/backends/node/index.ts";
import { EMPTY, fromHex } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { Writer } from "../../src/codec/writer.ts";
import { MlsError } from "../../src/errors.ts";
import { deriveSenderDataKey } from "../../src/framing/private-message.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { createGroupInfo, verifyGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import { processMessage } from "../../src/group/messages.ts";
import { createProposal } from "../../src/group/propose.ts";
import { encodeState } from "../../src/group/snapshot.ts";
import { epochOf, type GroupState, groupIdOf } from "../../src/group/state.ts";
import { countingSuite } from "../../src/testing/counting-suite.ts";
import { addLeaves } from "../../src/tree/evolution.ts";
import { createTree } from "../../src/tree/ratchet-tree.ts";
import { leafIndex } from "../../src/tree-math.ts";
import type { Extension } from "../../src/wire/extension.ts";
import { MLSMessage, SenderData, SenderDataAAD } from "../../src/wire/message.ts";
import type { Proposal } from "../../src/wire/proposal.ts";
import { RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";
import { Chat, copiesOf, copyOfState, environmentOf, keyPackageFor, suiteOf } from "../support/group.ts";
import {
  anyKeyPackage,
  byReference,
  byValue,
  insiderCommit,
  insiderProposal,
  insiderWelcome,
  updateProposal,
} from "../support/group-insider.ts";
import { rejection } from "../support/rejection.ts";
import { fastest, inputs, outcome, vectorOf } from "./support.ts";

const counting = countingSuite(suiteOf(1, node));
const environment = environmentOf({ suite: counting.suite, seed: "costs" });
const { suite, random } = environment;
const four = copiesOf(async () => {
  const chat = await Chat.of(["alice", "bob", "carol", "dave"], environment);
  await chat.fill();
  return chat;
});

/** Objects and octet strings of a decoded value, each of which takes about a hundred octets of memory. */
function objectsIn(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  if (ArrayBuffer.isView(value)) return 1;
  let count = 1;
  for (const each of Object.values(value)) count += objectsIn(each);
  return count;
}

describe("§2.1.2 decoding", () => {
  const message = (hex: string, body: Uint8Array, tail: string) => {
    const writer = new Writer();
    writer.bytes(fromHex(hex));
    writer.bytes(body);
    writer.bytes(fromHex(tail));
    return writer.finish();
  };
  const empties = (count: number, hex: string) => vectorOf(count, () => fromHex(hex));
  const lifetime = "00".repeat(16);
  const many = 2 ** 17;
  const greedy: Record<string, Uint8Array> = {
    certificates: message("0001000500010001000000" + "0002", empties(many, "00"), `000000000001${lifetime}00000000`),
    "entries of a Welcome": message("000100030001", empties(many, "000000"), "00"),
    references: message(`0001000100${"00".repeat(8)}040003`, empties(many, "0200"), "000000"),
  };

  it.each(Object.entries(greedy))(
    "[2.1.2-06] many empty %s take no more memory than their length allows",
    (_, bytes) => {
      let objects = 0;
      try {
        objects = objectsIn(decode(MLSMessage, bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(MlsError);
        expect((error as MlsError).code).toBe("codec.limit");
      }
      expect(100 * objects).toBeLessThan(2 ** 23 + 16 * bytes.length);
    },
  );

  it("[2.1.2-06] no number of vectors gets around the limit of one", () => {
    const certificates = empties(2 ** 16, "00");
    const add = message("010001" + "00010001000000" + "0002", certificates, `000000000001${lifetime}00000000`);
    const bytes = message(
      `0001000100${"00".repeat(8)}040003`,
      vectorOf(20, () => add),
      "000000",
    );
    let code = "accepted";
    try {
      decode(MLSMessage, bytes);
    } catch (error) {
      code = (error as MlsError).code;
    }
    expect(code).toBe("codec.limit");
  });
});

describe("§12.4.3.3 trees that claim to be large", () => {
  it("[7.7-03] are refused before anything is hashed", async () => {
    const chat = await four();
    const groupInfo = await createGroupInfo(environment, chat.one);
    const leafNode = chat.one.tree.leaf(leafIndex(0)) ?? expect.unreachable();
    const nodes = [...new Array<undefined>(2 ** 20 - 2).fill(undefined), { nodeType: "leaf", leafNode } as const];
    const extension = { extensionType: "ratchet_tree", extensionData: encode(RatchetTreeNodes, nodes) } as const;
    counting.reset();
    const claimed = { ...groupInfo, extensions: [extension] };
    expect(await outcome(() => verifyGroupInfo(environment, claimed))).toBe("tree.too_large");
    expect(counting.counts.hashes).toBe(0);
    expect(counting.counts.verifications).toBe(0);
  });
});

describe("§15.3 generations", () => {
  /** An application message whose sender data name another generation: any member can make one for any leaf. */
  async function forged(generation: number): Promise<{ readonly state: GroupState; readonly message: Uint8Array }> {
    const chat = await four();
    const genuine = decode(MLSMessage, await chat.send("alice", "text"));
    if (genuine.wireFormat !== "mls_private_message") return expect.unreachable();
    const { privateMessage } = genuine;
    const keys = deriveSenderDataKey(
      suite,
      chat.state("bob").epoch.secrets.senderDataSecret,
      privateMessage.ciphertext,
    );
    const senderData = encode(SenderData, { leafIndex: leafIndex(0), generation, reuseGuard: new Uint8Array(4) });
    const aad = encode(SenderDataAAD, privateMessage);
    const encryptedSenderData = suite.aead.seal(keys.key.bytes, keys.nonce.bytes, aad, senderData);
    const message = encode(MLSMessage, { ...genuine, privateMessage: { ...privateMessage, encryptedSenderData } });
    return { state: chat.state("bob"), message };
  }

  it.each([2001, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1])(
    "[15.3-02] [9.1-02] a jump to %i is refused without a step",
    async (to) => {
      const { state, message } = await forged(to);
      counting.reset();
      expect(await outcome(() => processMessage(environment, state, message))).toBe("ratchet.too_far");
      expect(counting.counts.kdfExpands).toBe(2);
    },
  );

  it("[15.3-02] [9.2-05] a forged jump within the limit derives no key that it skips", async () => {
    const { state, message } = await forged(2000);
    counting.reset();
    expect(await outcome(() => processMessage(environment, state, message))).toBe("aead.open_failed");
    expect(counting.counts.kdfExpands).toBeLessThan(2100);
  });
});

const senders = (count: number, mark: number): Extension => ({
  extensionType: "external_senders",
  extensionData: vectorOf(count, (i) => Uint8Array.of(0, 0, 1, 4, mark, i >> 16, i >> 8, i)),
});
const extensionsProposal = (...extensions: Extension[]): Proposal => ({
  proposalType: "group_context_extensions",
  extensions,
});

/** The members' states after a commit by alice: undefined if bob refuses it. */
async function following(chat: Chat, proposal: Proposal): Promise<Chat | undefined> {
  const { message } = await insiderCommit(environment, chat.state("alice"), { proposals: [byValue(proposal)] });
  if ((await outcome(() => processMessage(environment, chat.state("dave"), message))) !== "accepted") return undefined;
  await chat.deliver("alice", message, ["bob", "carol"]);
  return chat;
}

describe("§12.1.8.1 lists of external senders", () => {
  it("[5.3.1-06] [12.1.8.1-01] comparing a list with the one before is not quadratic", async () => {
    const chat = await following(await four(), extensionsProposal(senders(1500, 1)));
    if (chat === undefined) return;
    const { message } = await insiderProposal(environment, chat.state("bob"), extensionsProposal(senders(1500, 2)));
    expect(
      await fastest(1, () => outcome(() => processMessage(environment, chat.state("carol"), message))),
    ).toBeLessThan(300);
  });

  // On the main thread 130 000 are enough; the threads of tests have longer stacks.
  it.runIf(inputs(1) > 1)("[12.1.8.1-01] a long list in a commit is no exception of another kind", async () => {
    const chat = await four();
    const proposals = [byValue(extensionsProposal(senders(700_000, 1)))];
    const { message } = await insiderCommit(environment, chat.state("alice"), { proposals });
    await outcome(() => processMessage(environment, chat.state("bob"), message));
  });

  it("[12.1.8-03] a short message from outside does not cost the whole list", async () => {
    const chat = await following(await four(), extensionsProposal(senders(60_000, 1)));
    if (chat === undefined) return;
    const state = chat.state("bob");
    const message = encode(MLSMessage, {
      version: "mls10",
      wireFormat: "mls_public_message",
      publicMessage: {
        content: {
          groupId: groupIdOf(state),
          epoch: epochOf(state),
          sender: { senderType: "external", senderIndex: 7 },
          authenticatedData: EMPTY,
          contentType: "proposal",
          proposal: { proposalType: "remove", removed: leafIndex(1) },
        },
        auth: { signature: new Uint8Array(64), confirmationTag: undefined },
        membershipTag: undefined,
      },
    });
    const refuse = async () =>
      expect(await outcome(() => processMessage(environment, state, message))).toBe("signature.invalid");
    expect(await fastest(4, refuse)).toBeLessThan(20);
  });
});

describe("§7.3 capabilities and what is required", () => {
  const count = 50_000;
  const required = (): Extension => {
    const writer = new Writer();
    writer.bytes(fromHex("0000"));
    writer.bytes(vectorOf(count, () => fromHex("0001")));
    return { extensionType: "required_capabilities", extensionData: writer.finish() };
  };
  const talkative = (name: string) =>
    anyKeyPackage(environment, name, {
      leaf: (content) => {
        const credentials = [...new Array<number>(count).fill(0x0a0a), "basic", "x509"] as const;
        return { ...content, capabilities: { ...content.capabilities, credentials } };
      },
    });

  it("[7.3-03] [12.4.2-01] a commit is judged in linear time", async () => {
    const chat = await following(await four(), extensionsProposal(required()));
    if (chat === undefined) return;
    const { keyPackage } = await talkative("erin");
    const proposals = [byValue({ proposalType: "add", keyPackage })];
    const { message } = await insiderCommit(environment, chat.state("bob"), { proposals });
    expect(
      await fastest(1, () => outcome(() => processMessage(environment, chat.state("carol"), message))),
    ).toBeLessThan(500);
  });

  it("[7.3-03] [12.4.3.1-10] a Welcome is judged in linear time", async () => {
    const joiner = await keyPackageFor(environment, "frank");
    const host = await talkative("mallory");
    const { tree } = addLeaves(createTree(suite, host.keyPackage.leafNode), [joiner.keyPackage.leafNode]);
    const context = { ...(await four()).one.epoch.groupContext, extensions: [required()] };
    const welcome = await insiderWelcome(environment, context, {
      joiner,
      tree,
      signer: host.signer,
      signerIndex: leafIndex(0),
    });
    const join = () => outcome(() => joinGroup(environment, { welcome, keyPackages: [joiner] }));
    expect(await fastest(1, join)).toBeLessThan(500);
  });
});

describe("§12.4.1 proposals that cannot stand together", () => {
  it("[12.2-07] [7.3-14] many Adds with one encryption key do not make a commit quadratic", async () => {
    const chat = await four();
    let state = chat.state("bob");
    const shared = await anyKeyPackage(environment, "shared");
    const count = 96;
    for (let i = 0; i < count; i++) {
      const { encryptionKey } = shared.keyPackage.leafNode;
      const { keyPackage } = await anyKeyPackage(environment, `${i}`, {
        leaf: (content) => (i % 2 === 0 ? content : { ...content, encryptionKey }),
      });
      const { message } = await insiderProposal(environment, chat.state("alice"), { proposalType: "add", keyPackage });
      ({ state } = await processMessage(environment, state, message));
    }
    let judged = 0;
    const kem: typeof suite.kem = Object.create(suite.kem, {
      checkPublicKey: {
        value: (key: Uint8Array) => {
          judged++;
          suite.kem.checkPublicKey(key);
        },
      },
    });
    const created = await createCommit({ ...environment, suite: { ...suite, kem } }, state);
    expect(created.output.leftOut).toHaveLength(count / 2 - 1);
    expect(judged).toBeLessThan(16 * count);
  });

  it("[8.4-05] many PSKs that nobody has do not make a commit quadratic", async () => {
    const chat = await four();
    let state = chat.state("bob");
    const count = 96;
    for (let i = 0; i < count; i++) {
      const psk = { psktype: "external", pskId: Uint8Array.of(i % 2), pskNonce: random(32) } as const;
      const { message } = await insiderProposal(environment, chat.state("alice"), { proposalType: "psk", psk });
      ({ state } = await processMessage(environment, state, message));
    }
    let asked = 0;
    const external = ([first]: Uint8Array) => {
      asked++;
      return first === 0 ? new Uint8Array(32) : undefined;
    };
    const created = await createCommit({ ...environment, psks: { external } }, state);
    expect(created.output.leftOut).toHaveLength(count / 2);
    expect(asked).toBeLessThan(16 * count);
  });

  it("[8.4-04] more PSKs than the label can count are refused before any is looked for", async () => {
    const chat = await four();
    const nonce = new Uint8Array(32);
    const proposals = Array.from({ length: 65_536 }, (_, i) => {
      const psk = { psktype: "external", pskId: Uint8Array.of(i >> 8, i), pskNonce: nonce } as const;
      return byValue({ proposalType: "psk", psk });
    });
    const { message } = await insiderCommit(environment, chat.state("alice"), { proposals, psks: [] });
    let asked = 0;
    const external = () => {
      asked++;
      return nonce;
    };
    const error = await rejection(() =>
      processMessage({ ...environment, psks: { external } }, chat.state("bob"), message),
    );
    expect(asked).toBe(0);
    expect(error.reaction).toBe("invalid");
  });
});

describe("§12.4 what members say at length", () => {
  const long = 100_000;

  it("[12.4-07] an unknown reference is not repeated in the error, whatever its length", async () => {
    const chat = await four();
    const proposals = [byReference({ reference: new Uint8Array(long) })];
    const { message } = await insiderCommit(environment, chat.state("alice"), { proposals, psks: [] });
    const error = await rejection(() => processMessage(environment, chat.state("bob"), message));
    expect(error.code).toBe("proposals.unknown_reference");
    expect(error.message.length).toBeLessThan(500);
    expect(JSON.stringify(error).length).toBeLessThan(500);
  });

  /** Octets of all buffers that can be reached from a value. */
  function octetsHeld(value: unknown, seen = new Set<unknown>()): number {
    if (typeof value !== "object" || value === null || seen.has(value)) return 0;
    seen.add(value);
    if (ArrayBuffer.isView(value)) return octetsHeld(value.buffer, seen);
    if (value instanceof ArrayBuffer) return value.byteLength;
    const parts = value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value);
    let sum = 0;
    for (const each of parts) sum += octetsHeld(each, seen);
    return sum;
  }
  const publicOf = ({ tree, proposals, epoch, past }: GroupState) => [
    tree,
    proposals,
    epoch.groupContext,
    past.map((each) => each.tree),
  ];

  it("[2.1-06] a state keeps of a long message what it needs, not the message", async () => {
    const chat = await four();
    const authenticatedData = new Uint8Array(20 * long);
    const padding = () => 20 * long;
    const bob = () => copyOfState(chat.state("bob"));
    const alice = () => copyOfState(chat.state("alice"));
    const padded = { padding } as const;
    const messages = [
      (await insiderCommit(environment, alice(), { content: (content) => ({ ...content, authenticatedData }) }))
        .message,
      (await createCommit(environment, alice(), { ...padded, forcePath: true })).output.message,
      (await createProposal(environment, alice(), { proposalType: "update" }, padded)).output.message,
    ];
    for (const message of messages) {
      const { state } = await processMessage(environment, bob(), message);
      const needed = encodeState(environment, state).length;
      expect(octetsHeld(publicOf(state))).toBeLessThan(16 * needed + 2 ** 16);
    }
  });

  it("[12.1.3-01] [12.4-07] ten thousand proposals in one commit are judged in linear time", async () => {
    const chat = await four();
    const removes = Array.from({ length: 10_000 }, (_, i) =>
      byValue({ proposalType: "remove", removed: leafIndex(i + 10) }),
    );
    const references = Array.from({ length: 10_000 }, () => byReference({ reference: random(32) }));
    const update = byValue(await updateProposal(environment, chat.state("alice")));
    const psks = Array.from({ length: 10_000 }, () => {
      const resumption = { psktype: "resumption", usage: "application", pskGroupId: groupIdOf(chat.one) } as const;
      return byValue({ proposalType: "psk", psk: { ...resumption, pskEpoch: 2n, pskNonce: random(32) } });
    });
    const verdicts: string[] = [];
    for (const proposals of [removes, references, new Array<typeof update>(2000).fill(update), psks]) {
      const { message } = await insiderCommit(environment, chat.state("alice"), { proposals, psks: [] });
      const judge = async () => {
        verdicts.push(await outcome(() => processMessage(environment, chat.state("bob"), message)));
      };
      expect(await fastest(1, judge)).toBeLessThan(1500);
    }
    expect(verdicts).toEqual([
      "proposal.removed_blank",
      "proposals.unknown_reference",
      "proposals.update_by_value",
      "content.confirmation_tag",
    ]);
  });
});
