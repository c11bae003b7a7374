import { beforeAll, describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { protect } from "../../src/group/messages.ts";
import { observeGroup, observeMessage } from "../../src/group/public-group.ts";
import type { PublicState } from "../../src/group/state.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import { Chat, environmentOf, keyPackageFor } from "../support/group.ts";

const PUBLIC = { wireFormat: "mls_public_message" } as const;
const NAMES = ["alice", "bob", "carol", "dave"] as const;
const psks = { external: (id: Uint8Array) => id };
const environment = environmentOf({ psks });
/** An observer has no PSKs, and must not need them. */
const outside = environmentOf({ seed: "outside" });

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error) => error.code,
  );

async function observed(chat: Chat): Promise<PublicState> {
  return observeGroup(outside, { groupInfo: await createGroupInfo(environment, chat.one) });
}

/** The same group as its members see it. */
function expectSameView(observer: PublicState, chat: Chat): void {
  const { epoch, tree } = chat.one;
  expect(toHex(observer.epoch.encodedGroupContext)).toBe(toHex(epoch.encodedGroupContext));
  expect(toHex(observer.epoch.interimTranscriptHash)).toBe(toHex(epoch.interimTranscriptHash));
  expect(toHex(observer.tree.hash)).toBe(toHex(tree.hash));
}

describe("an observer of public handshakes", () => {
  let chat: Chat;
  let observer: PublicState;

  beforeAll(async () => {
    chat = await Chat.of(NAMES, environment);
    observer = await observed(chat);
  });

  it("follows every kind of commit without a secret", async () => {
    const see = async (message: Uint8Array) => {
      const { state, output } = await observeMessage(outside, observer, message);
      observer = state;
      return output;
    };
    const update = await chat.propose("bob", { proposalType: "update" }, PUBLIC);
    expect(await see(update.message)).toMatchObject({ contentType: "proposal", unverified: ["membership_tag"] });
    const first = await chat.commit("alice", PUBLIC);
    expect(await see(first.message)).toMatchObject({
      contentType: "commit",
      commit: { kind: "member", committer: 0, list: { updates: [{ sender: 1 }] } },
      unverified: ["membership_tag", "confirmation_tag", "path_secrets"],
    });
    expectSameView(observer, chat);

    await see((await chat.add("carol", ["erin", "frank"], PUBLIC)).message);
    await see((await chat.remove("dave", "alice", PUBLIC)).message);
    const psk = { proposalType: "psk", psk: { psktype: "external", pskId: utf8("secret") } } as const;
    const withoutPath = await see((await chat.commit("bob", { ...PUBLIC, proposals: [psk] })).message);
    expect(withoutPath.unverified).toEqual(["membership_tag", "confirmation_tag"]);
    const joined = await see(await chat.joinExternally("bob", "grace"));
    expect(joined).toMatchObject({
      commit: { kind: "external", committer: 0 },
      unverified: ["confirmation_tag", "path_secrets"],
    });
    expectSameView(observer, chat);
  });

  it("judges by the same rules as members", async () => {
    const before = observer;
    const { output } = await createCommit(environment, chat.state("bob"), PUBLIC);
    const message = decode(MLSMessage, output.message);
    if (message.wireFormat !== "mls_public_message" || message.publicMessage.content.contentType !== "commit")
      throw new Error();
    const { publicMessage } = message;
    const damaged = encode(MLSMessage, {
      ...message,
      publicMessage: { ...publicMessage, auth: { ...publicMessage.auth, signature: new Uint8Array(64) } },
    });
    expect(await code(observeMessage(outside, observer, damaged))).toBe("signature.invalid");
    const strict = { ...outside, permission: { commit: () => false } };
    expect(await code(observeMessage(strict, observer, output.message))).toBe("commit.unauthorised");
    const unknown = await chat.propose("carol", { proposalType: "update" }, PUBLIC);
    const { output: referring } = await createCommit(environment, chat.state("bob"), PUBLIC);
    expect(await code(observeMessage(outside, observer, referring.message))).toBe("proposals.unknown_reference");
    observer = (await observeMessage(outside, observer, unknown.message)).state;
    expect(await code(observeMessage(outside, observer, referring.message))).toBe("accepted");
    observer = before;
  });

  it("says what it cannot read, and starts anew from a GroupInfo", async () => {
    const secret = await createCommit(environment, chat.state("dave"));
    expect(await code(observeMessage(outside, observer, secret.output.message))).toBe("observer.private_message");
    const text = await protect(
      { ...environment, policy: { sendWhileProposalsWait: true } },
      chat.state("erin"),
      utf8("hi"),
    );
    expect(await code(observeMessage(outside, observer, text.output))).toBe("observer.private_message");
    await chat.commit("frank");
    const { output } = await createCommit(environment, chat.state("bob"), PUBLIC);
    expect(await code(observeMessage(outside, observer, output.message))).toBe("epoch.future");
    observer = await observed(chat);
    observer = (await observeMessage(outside, observer, output.message)).state;
  });

  it("[13.2] refuses a Welcome, a key package, and other groups' messages", async () => {
    const other = await Chat.of(["zoe"], environmentOf({ seed: "other" }));
    const { output } = await createCommit(other.environment, other.state("zoe"), PUBLIC);
    expect(await code(observeMessage(outside, observer, output.message))).toBe("group.wrong_id");
    const { keyPackage } = await keyPackageFor(environment, "x");
    const packaged = encode(MLSMessage, { version: "mls10", wireFormat: "mls_key_package", keyPackage });
    expect(await code(observeMessage(outside, observer, packaged))).toBe("message.wrong_wire_format");
  });

  it("needs a valid GroupInfo with a tree", async () => {
    const groupInfo = await createGroupInfo(environment, chat.state("bob"), { ratchetTree: false });
    expect(await code(observeGroup(outside, { groupInfo }))).toBe("tree.missing");
    const forged = { ...groupInfo, signer: leafIndex(2) };
    const whole = await createGroupInfo(environment, chat.state("bob"));
    const { extensions } = whole;
    expect(await code(observeGroup(outside, { groupInfo: { ...forged, extensions } }))).toBe("group_info.signature");
  });
});
