/** Credentials of an application's own type, wherever a credential stands, and what the Authentication Service sees of them. */
import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { opaque, uint32 } from "../../src/codec/presentation.ts";
import type { Reader } from "../../src/codec/reader.ts";
import { struct } from "../../src/codec/struct.ts";
import { createGroup } from "../../src/group/create.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import type { Environment } from "../../src/group/environment.ts";
import { joinExternally } from "../../src/group/external.ts";
import { proposeExternally } from "../../src/group/external-proposals.ts";
import { createGroupInfo, groupInfoIn, verifyGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import { createKeyPackage, validateKeyPackage } from "../../src/group/key-package.ts";
import { createProposal } from "../../src/group/propose.ts";
import { observeGroup, observeMessage } from "../../src/group/public-group.ts";
import { customBodies, type Registrations } from "../../src/group/registrations.ts";
import { branch } from "../../src/group/resumption.ts";
import { decodeState, encodeState } from "../../src/group/snapshot.ts";
import { leafIndex } from "../../src/tree-math.ts";
import type { OpaqueCredential } from "../../src/wire/credential.ts";
import { type Extension, ExternalSenders } from "../../src/wire/extension.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import { authenticationBy, basic, Chat, environmentOf, keyPackageFor, person, refusals } from "../support/group.ts";
import { byValue, insiderCommit } from "../support/group-insider.ts";
import { rejection } from "../support/rejection.ts";

/** No vector around it: only the codec knows where it ends. */
const Badge = struct("Badge", { number: uint32, name: opaque });
const BADGE = 0xf00b;
const registrations: Registrations = { credentials: [{ type: BADGE, body: Badge }] };
const authentication = authenticationBy(({ credential }) => {
  if (!("body" in credential)) return credential.credentialType === "basic";
  return decode(Badge, credential.body).number !== 666;
});
const environment = environmentOf({ registrations, authentication });
const strangers = environmentOf({ seed: "strangers" });

const badge = (name: string, number = 7): OpaqueCredential => ({
  credentialType: BADGE,
  body: encode(Badge, { number, name: utf8(name) }),
});
const code = async (action: () => Promise<unknown>) => (await rejection(action)).code;

/** Alice and dave have names, the others badges. */
async function group(): Promise<Chat> {
  const chat = await Chat.of(["alice"], environment);
  await chat.add("alice", ["bob"], {}, { credential: badge("bob") });
  await chat.add("bob", ["carol"], {}, { credential: badge("") });
  await chat.add("carol", ["dave"]);
  return chat;
}

describe("§5.3, §13.3 custom credentials", () => {
  it("reach the Authentication Service as they are", async () => {
    authentication.calls.length = 0;
    const chat = await group();
    const seen = authentication.calls.flat().filter(({ reason }) => reason === "key_package");
    expect(seen.map(({ credential }) => credential)).toEqual([badge("bob"), badge(""), basic("dave")]);
    const refused = { credential: badge("eve", 666) };
    expect(await code(() => chat.add("alice", ["eve"], {}, refused))).toBe("credential.rejected");
    chat.agree();
  });

  it("stand in key packages, Welcomes, trees, updates, external joins, and in the life of a group", async () => {
    const chat = await group();
    await chat.propose("bob", { proposalType: "update", leaf: { credential: badge("bobby") } });
    await chat.commit("carol", { leaf: { credential: basic("carol") } });
    await chat.joinExternally("dave", "erin", { credential: badge("erin") });
    await chat.remove("erin", "alice");
    await chat.add("bob", ["frank"], { ratchetTree: false }, { credential: badge("frank") });
    const credentials = [...chat.states.values()].map(({ tree, self }) => tree.leaf(self.leafIndex)?.credential);
    expect(credentials).toEqual([badge("bobby"), basic("carol"), basic("dave"), badge("erin"), badge("frank")]);
    const message = await chat.send("frank", "hello");
    await chat.deliver("frank", message);
    chat.agree();
  });

  it("[7.2-03] are listed by default, and a leaf that has one lists it", async () => {
    const { keyPackage } = await keyPackageFor(environment, "bob", { credential: badge("bob") });
    expect(keyPackage.leafNode.capabilities.credentials).toEqual(expect.arrayContaining(["basic", "x509", BADGE]));
    expect(await code(() => keyPackageFor(strangers, "bob", { credential: badge("bob") }))).toBe(
      "leaf.credential_not_listed",
    );
  });

  it("[13.3-01] [7.3-07] are used only where all members support them", async () => {
    const chat = await Chat.of(["alice"], environment);
    const { keyPackage } = await keyPackageFor(strangers, "bob");
    await chat.commit("alice", { proposals: [{ proposalType: "add", keyPackage }] });
    const carol = await keyPackageFor(environment, "carol", { credential: badge("carol") });
    const add = { proposalType: "add", keyPackage: carol.keyPackage } as const;
    expect(await code(() => createCommit(environment, chat.one, { proposals: [add] }))).toBe(
      "leaf.credential_unsupported",
    );
  });

  it("that no codec reads, or one that does not end by itself, are not put into leaves of one's own", async () => {
    const chat = await group();
    const joiner = { ...(await person(environment, "erin")), groupInfo: await createGroupInfo(environment, chat.one) };
    const attempts = (by: Environment, credential: OpaqueCredential) => [
      () => createGroup(by, { ...joiner, credential }),
      () => createKeyPackage(by, { ...joiner, credential }),
      () => createProposal(by, chat.copy().one, { proposalType: "update", leaf: { credential } }),
      () => createCommit(by, chat.copy().one, { leaf: { credential } }),
      () => joinExternally(by, { ...joiner, credential }),
    ];
    const cut: OpaqueCredential = { credentialType: BADGE, body: Uint8Array.of(9, 9) };
    for (const attempt of attempts(environmentOf({ registrations }), cut)) {
      expect(await code(attempt)).toBe("codec.truncated");
    }
    const greedy = { name: "Greedy", read: (reader: Reader) => reader.bytes(reader.remaining) };
    const careless = environmentOf({ registrations: { credentials: [{ type: BADGE, body: greedy }] } });
    // Who joins from outside has read the tree before.
    for (const attempt of attempts(careless, badge("erin")).slice(0, 4)) {
      expect(await code(attempt)).toBe("registration.invalid");
    }
    const { keyPackage } = await keyPackageFor(environment, "erin", { credential: badge("erin") });
    expect(await code(() => validateKeyPackage(strangers, keyPackage))).toBe("registration.missing");
  });

  it("[5.3-03] cannot be read without the registration, wherever they stand", async () => {
    const chat = await group();
    const { keyPackage } = await keyPackageFor(environment, "erin", { credential: badge("erin") });
    const proposals = [{ proposalType: "add", keyPackage }] as const;
    const erin = await keyPackageFor(environment, "erin");
    const messages = await Promise.all([
      chat.copy().commit("alice", { proposals, wireFormat: "mls_public_message" }),
      chat.copy().commit("alice", { proposals }),
      chat.copy().propose("alice", proposals[0]),
      chat.copy().commit("alice", { leaf: { credential: badge("alice") } }),
    ]);
    for (const { message } of messages) {
      expect(await refusals(strangers, [chat.state("dave")], message)).toEqual(["codec.unsupported"]);
      expect(await refusals(environment, [chat.state("dave")], message)).toEqual([expect.stringContaining("accepted")]);
    }
    const { welcomes } = await chat
      .copy()
      .commit("alice", { proposals: [{ proposalType: "add", keyPackage: erin.keyPackage }] });
    const [welcome = new Uint8Array(0)] = welcomes;
    expect(await code(() => joinGroup(strangers, { welcome, keyPackages: [erin] }))).toBe("codec.unsupported");
    const groupInfo = await createGroupInfo(environment, chat.one);
    expect(await code(() => verifyGroupInfo(strangers, groupInfo))).toBe("codec.unsupported");
    expect(await code(() => observeGroup(strangers, { groupInfo }))).toBe("codec.unsupported");
    const octets = encodeState(environment, chat.one, { signatureKeys: true });
    expect(await code(() => decodeState(strangers, octets))).toBe("codec.unsupported");
    const message = encode(MLSMessage, { version: "mls10", wireFormat: "mls_group_info", groupInfo });
    expect(groupInfoIn(message)).toEqual(groupInfo);
  });

  it("come in key packages of which an application gives the bodies itself", async () => {
    const chat = await group();
    const { keyPackage } = await keyPackageFor(environment, "erin", { credential: badge("erin") });
    const published = encode(MLSMessage, { version: "mls10", wireFormat: "mls_key_package", keyPackage });
    expect(await code(async () => decode(MLSMessage, published))).toBe("codec.unsupported");
    const fetched = decode(MLSMessage, published, { bodies: customBodies(registrations) });
    if (fetched.wireFormat !== "mls_key_package") throw new Error("no key package");
    expect(fetched.keyPackage).toEqual(keyPackage);
    await validateKeyPackage(environment, fetched.keyPackage);
    await chat.commit("alice", { proposals: [{ proposalType: "add", keyPackage: fetched.keyPackage }] });
  });

  it("are saved and restored, those of past epochs included", async () => {
    const chat = await group();
    const late = await chat.send("bob", "late");
    await chat.commit("alice", { leaf: { credential: badge("alice") } });
    await chat.propose("dave", { proposalType: "update", leaf: { credential: badge("dave") } });
    const octets = encodeState(environment, chat.state("carol"), { signatureKeys: true });
    const restored = await decodeState(environment, octets);
    expect(toHex(restored.tree.hash)).toBe(toHex(chat.state("carol").tree.hash));
    chat.states.set("carol", restored);
    expect(await chat.receive("carol", late)).toMatchObject({ senderLeaf: { credential: badge("bob") } });
    await chat.commit("carol");
    chat.agree();
  });

  it("stand in external_senders, whose proposals are then taken", async () => {
    const service = await person(environment, "service");
    const list = [{ signatureKey: service.signer.publicKey, credential: badge("service") }];
    const extensions: Extension[] = [
      { extensionType: "external_senders", extensionData: encode(ExternalSenders, list) },
    ];
    authentication.calls.length = 0;
    const chat = await Chat.of(["alice", "bob", "carol"], environment, { extensions });
    expect(authentication.calls.flat().filter(({ reason }) => reason === "external_sender")).toMatchObject(
      Array(3).fill({ credential: badge("service") }),
    );
    const { groupContext } = chat.one.epoch;
    const proposal = { proposalType: "remove", removed: leafIndex(2) } as const;
    const sent = await proposeExternally(environment, { groupContext, signer: service.signer, proposal });
    expect(await refusals(strangers, [chat.one], sent.message)).toEqual(["codec.unsupported"]);
    await chat.deliver(undefined, sent.message);
    expect(await refusals(strangers, [chat.one], sent.message)).toEqual(["codec.unsupported"]);
    await chat.commit("alice");
    expect(chat.state("carol").closed).toEqual({ reason: "removed" });
    const cut: Extension = {
      extensionType: "external_senders",
      extensionData: encode(ExternalSenders, list).slice(0, -1),
    };
    const gce = { proposalType: "group_context_extensions", extensions: [cut] } as const;
    const { message } = await insiderCommit(environment, chat.one, { proposals: [byValue(gce)] });
    expect(await refusals(environment, [chat.state("bob")], message)).toEqual(["codec.truncated"]);
  });

  it("are followed by an observer, and by a branch", async () => {
    const chat = await group();
    let observer = await observeGroup(environment, { groupInfo: await createGroupInfo(environment, chat.one) });
    const { message } = await chat.add(
      "bob",
      ["erin"],
      { wireFormat: "mls_public_message" },
      { credential: badge("erin") },
    );
    observer = (await observeMessage(environment, observer, message)).state;
    expect(toHex(observer.tree.hash)).toBe(toHex(chat.one.tree.hash));

    const [bob, alice] = [chat.state("bob"), await person(environment, "alice")];
    const founder = { ...(await person(environment, "bob")), credential: badge("bob") };
    const joiner = await createKeyPackage(environment, alice);
    const next = await branch(environment, bob, { ...founder, keyPackages: [joiner.keyPackage] });
    const [welcome = new Uint8Array(0)] = next.welcomes;
    const predecessor = chat.state("alice");
    const joined = await joinGroup(environment, { welcome, keyPackages: [joiner], predecessor });
    expect(joined.state.tree.leaf(leafIndex(0))?.credential).toEqual(badge("bob"));
  });
});
