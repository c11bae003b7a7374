import { beforeAll, describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { vector } from "../../src/codec/presentation.ts";
import { MlsError } from "../../src/errors.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { proposeExternally } from "../../src/group/external-proposals.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { processMessage } from "../../src/group/messages.ts";
import { observeGroup, observeMessage } from "../../src/group/public-group.ts";
import {
  applyPublicChange,
  decodePublicState,
  decodeState,
  encodePublicChange,
  encodePublicState,
  encodeState,
} from "../../src/group/snapshot.ts";
import type { PublicState } from "../../src/group/state.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { ExternalSender } from "../../src/wire/extension.ts";
import {
  authenticationBy,
  basic,
  Chat,
  environmentOf,
  keyPackageFor,
  type Person,
  person,
  suiteOf,
} from "../support/group.ts";

const PUBLIC = { wireFormat: "mls_public_message" } as const;
const NAMES = ["alice", "bob", "carol", "dave"] as const;
/** Devices of one client: the name is what stands before the dash. */
const authentication = authenticationBy(({ credential }) => {
  const [client = ""] = new TextDecoder().decode((credential as { identity: Uint8Array }).identity).split("-");
  return { accepted: true, client: utf8(client) };
});
const environment = environmentOf({ authentication });
const outside = environmentOf({ seed: "outside", authentication });

const code = async (work: () => unknown) => {
  try {
    await work();
    return "accepted";
  } catch (error) {
    return error instanceof MlsError ? error.code : String(error);
  }
};

interface Watched {
  readonly chat: Chat;
  readonly service: Person;
  observer: PublicState;
  see(message: Uint8Array): Promise<void>;
}

/** A group with an external sender and an observer who restores what it knows after each message. */
async function watchedGroup(): Promise<Watched> {
  const service = await person(environment, "service");
  const sender = { signatureKey: service.signer.publicKey, credential: basic("service") };
  const extensions = [
    { extensionType: "external_senders" as const, extensionData: encode(vector(ExternalSender), [sender]) },
  ];
  const chat = await Chat.of(NAMES, environment, { extensions });
  const groupInfo = await createGroupInfo(environment, chat.one);
  const watched: Watched = {
    chat,
    service,
    observer: await observeGroup(outside, { groupInfo }),
    async see(message) {
      const { state } = await observeMessage(outside, watched.observer, message);
      const change = encodePublicChange(outside, watched.observer, state);
      const byChange = applyPublicChange(outside, watched.observer, change);
      expect(toHex(encodePublicState(outside, byChange))).toBe(toHex(encodePublicState(outside, state)));
      watched.observer = decodePublicState(outside, encodePublicState(outside, state));
    },
  };
  return watched;
}

function expectSameView(observer: PublicState, { one }: Chat): void {
  expect(toHex(observer.epoch.encodedGroupContext)).toBe(toHex(one.epoch.encodedGroupContext));
  expect(toHex(observer.epoch.interimTranscriptHash)).toBe(toHex(one.epoch.interimTranscriptHash));
  expect(toHex(observer.tree.hash)).toBe(toHex(one.tree.hash));
  expect([...observer.proposals.keys()]).toEqual([...one.proposals.keys()]);
}

describe("§12.1.8 an observer that is saved and restored", () => {
  let watched: Watched;

  beforeAll(async () => {
    watched = await watchedGroup();
  });

  it("follows the group after each message as before", async () => {
    const { chat, see } = watched;
    await see((await chat.propose("bob", { proposalType: "update" }, PUBLIC)).message);
    expectSameView(watched.observer, chat);
    await see((await chat.commit("alice", PUBLIC)).message);
    await see((await chat.add("carol", ["erin", "frank"], PUBLIC)).message);
    await see((await chat.remove("dave", "alice", PUBLIC)).message);
    await see(await chat.joinExternally("bob", "grace"));
    expectSameView(watched.observer, chat);
  });

  it("keeps the names of clients, and refuses by them what members refuse", async () => {
    const { chat, observer } = watched;
    // Who knows no names does not see that carol would be there twice.
    const bob = chat.state("bob");
    const nameless = { ...bob, clients: { ...bob.clients, names: new WeakMap() } };
    const { keyPackage } = await keyPackageFor(environment, "carol-2");
    const proposals = [{ proposalType: "add", keyPackage } as const];
    const { output } = await createCommit(environmentOf({ seed: "nameless" }), nameless, { ...PUBLIC, proposals });
    for (const receive of [
      () => observeMessage(outside, observer, output.message),
      () => processMessage(environment, chat.state("carol"), output.message),
    ]) {
      expect(await code(receive)).toBe("proposals.client_already_member");
    }
  });

  it("sends external proposals that members take up", async () => {
    const { chat, service, observer, see } = watched;
    const { groupContext } = observer.epoch;
    const removed = chat.state("frank").self.leafIndex;
    const proposal = { proposalType: "remove", removed } as const;
    const sent = await proposeExternally(outside, { groupContext, signer: service.signer, proposal });
    await chat.deliver(undefined, sent.message);
    await see(sent.message);
    expectSameView(watched.observer, chat);
    const { message } = await chat.commit("carol", PUBLIC);
    chat.states.delete("frank");
    await see(message);
    expectSameView(watched.observer, chat);
    expect(watched.observer.tree.leaf(removed)).toBeUndefined();
    const nobody = await person(outside, "nobody");
    expect(await code(() => proposeExternally(outside, { groupContext, signer: nobody.signer, proposal }))).toBe(
      "content.not_a_member",
    );
  });

  it("starts anew from a fresh GroupInfo when it missed something, and can be restored from there", async () => {
    const { chat, see } = watched;
    await chat.commit("bob");
    const { message } = await chat.commit("carol", PUBLIC);
    expect(await code(() => see(message))).toBe("epoch.future");
    watched.observer = await observeGroup(outside, { groupInfo: await createGroupInfo(environment, chat.one) });
    watched.observer = decodePublicState(outside, encodePublicState(outside, watched.observer));
    expectSameView(watched.observer, chat);
    await see((await chat.commit("erin", PUBLIC)).message);
    expectSameView(watched.observer, chat);
  });

  it("remembers that the group was re-initialised", async () => {
    const { chat, observer } = await watchedGroup();
    const reInit = { proposalType: "reinit", groupId: utf8("n"), version: "mls10", cipherSuite: 2, extensions: [] };
    const { message } = await chat.commit("alice", { ...PUBLIC, proposals: [reInit as never] });
    const { state } = await observeMessage(outside, observer, message);
    expect(state.closed?.reason).toBe("reinitialized");
    expect(decodePublicState(outside, encodePublicState(outside, state)).closed).toEqual(state.closed);
    expect(applyPublicChange(outside, observer, encodePublicChange(outside, observer, state)).closed).toEqual(
      state.closed,
    );
  });

  it("is the public side of any member, too", async () => {
    const { chat } = await watchedGroup();
    const observer = decodePublicState(outside, encodePublicState(environment, chat.state("alice")));
    const { message } = await chat.commit("bob", PUBLIC);
    const { state } = await observeMessage(outside, observer, message);
    expectSameView(state, chat);
  });
});

describe("octets of an observer", () => {
  it("are refused when damaged, of another kind, or of another suite", async () => {
    const { chat, observer } = await watchedGroup();
    const octets = encodePublicState(outside, observer);
    for (let i = 0; i < octets.length; i += 5) {
      const damaged = octets.slice();
      damaged[i] = (damaged[i] ?? 0) ^ 0x10;
      expect(await code(() => decodePublicState(outside, damaged))).toMatch(/^(snapshot\.(damaged|version)|codec\.)/);
      expect(await code(() => decodePublicState(outside, octets.subarray(0, i)))).toMatch(/^codec\./);
    }
    const member = encodeState(environment, chat.one);
    expect(await code(() => decodePublicState(outside, member))).toBe("snapshot.wrong_kind");
    expect(await code(() => decodeState(environment, octets))).toBe("snapshot.wrong_kind");
    expect(await code(() => applyPublicChange(outside, observer, octets))).toBe("snapshot.wrong_kind");
    expect(await code(() => decodePublicState(environmentOf({ suite: suiteOf(3) }), octets))).toBe("suite.unknown");
    const narrow = { ...outside, policy: { maxLeaves: 2 } };
    expect(await code(() => decodePublicState(narrow, octets))).toBe("tree.too_large");
  });

  it("of a change apply to the state that they were made since, only", async () => {
    const { chat, observer } = await watchedGroup();
    const [one, other] = await Promise.all(
      ["bob", "carol"].map(async (name) => {
        const { message } = await chat.copy().propose(name, { proposalType: "remove", removed: leafIndex(0) }, PUBLIC);
        return (await observeMessage(outside, observer, message)).state;
      }),
    );
    if (one === undefined || other === undefined) throw new Error("no states");
    const change = encodePublicChange(outside, observer, one);
    expect(await code(() => applyPublicChange(outside, one, change))).toBe("snapshot.wrong_base");
    expect(await code(() => applyPublicChange(outside, other, change))).toBe("snapshot.wrong_base");
    expect(applyPublicChange(outside, observer, change).proposals).toEqual(one.proposals);
    expect(change.length).toBeLessThan(400);
    for (let i = 0; i < change.length; i++) {
      const damaged = change.slice();
      damaged[i] = (damaged[i] ?? 0) ^ 1;
      expect(await code(() => applyPublicChange(outside, observer, damaged))).toMatch(
        /^(snapshot\.(damaged|version)|codec\.)/,
      );
    }
  });
});
