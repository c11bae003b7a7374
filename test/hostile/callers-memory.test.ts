/** What is signed is what was given: a signer may take its time, and the caller's memory may be used for other things. */
import { describe, expect, it } from "vitest";
import { copy, utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import type { Signer } from "../../src/crypto/signer.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { joinExternally } from "../../src/group/external.ts";
import { proposeExternally, proposeSelf } from "../../src/group/external-proposals.ts";
import { createGroupInfo, verifyGroupInfo } from "../../src/group/group-info.ts";
import { createKeyPackage, validateKeyPackage } from "../../src/group/key-package.ts";
import { acceptCommit, acceptJoin } from "../../src/group/pending.ts";
import type { GroupState } from "../../src/group/state.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { type Extension, ExternalSenders, extensionData } from "../../src/wire/extension.ts";
import { GroupContext } from "../../src/wire/group-context.ts";
import { KeyPackage } from "../../src/wire/key-package.ts";
import { Chat, copiesOf, environmentOf, keyPackageFor, person } from "../support/group.ts";

const environment = environmentOf({ policy: { newMemberProposals: true } });
const service = await person(environment, "service");
const extensions: Extension[] = [
  {
    extensionType: "external_senders",
    extensionData: encode(ExternalSenders, [
      { signatureKey: service.signer.publicKey, credential: service.credential },
    ]),
  },
];
const group = copiesOf(() => Chat.of(["alice", "bob"], environment, { extensions }));
const FORMATS = ["mls_public_message", "mls_private_message"] as const;
const DATA = utf8("as it was given");

/** Signs, then overwrites what it is told to, and after a while the signature. */
function meddling(signer: Signer, ...memory: readonly Uint8Array[]): Signer {
  const sign = async (message: Uint8Array) => {
    const signature = copy(await signer.sign(message));
    for (const octets of memory) octets.fill(0xee);
    setTimeout(() => signature.fill(0xee));
    return signature;
  };
  return { publicKey: signer.publicKey, sign };
}

function withSigner(state: GroupState, signer: Signer): GroupState {
  return { ...state, self: { ...state.self, signer } };
}

async function contextOf(chat: Chat): Promise<Uint8Array> {
  const { groupInfo } = await verifyGroupInfo(environment, await createGroupInfo(environment, chat.one));
  return encode(GroupContext, groupInfo.groupContext);
}

describe("§6.1 what is signed does not follow the caller's memory", () => {
  it.each(FORMATS)("in a commit, as %s", async (wireFormat) => {
    const chat = await group();
    const authenticatedData = copy(DATA);
    const alice = chat.state("alice");
    const state = withSigner(alice, meddling(alice.self.signer, authenticatedData));
    const created = chat.adopt("alice", await createCommit(environment, state, { wireFormat, authenticatedData }));
    chat.adopt("alice", acceptCommit(environment, chat.state("alice"), created.pending));
    expect(await chat.receive("bob", created.message)).toMatchObject({ authenticatedData: DATA });
    chat.agree();
  });

  it("in an external commit", async () => {
    const chat = await group();
    const [authenticatedData, groupInfo] = [copy(DATA), await createGroupInfo(environment, chat.one)];
    const eve = await person(environment, "eve");
    const signer = meddling(eve.signer, authenticatedData);
    const { message, pending } = await joinExternally(environment, { ...eve, signer, groupInfo, authenticatedData });
    for (const received of (await chat.deliver(undefined, message)).values())
      expect(received).toMatchObject({ authenticatedData: DATA });
    chat.states.set("eve", acceptJoin(pending));
    chat.agree();
  });

  it("in the proposal of an external sender", async () => {
    const chat = await group();
    const [authenticatedData, octets] = [copy(DATA), await contextOf(chat)];
    const groupContext = decode(GroupContext, octets);
    const signer = meddling(service.signer, authenticatedData, octets);
    const proposal = { proposalType: "remove", removed: leafIndex(1) } as const;
    const sent = await proposeExternally(environment, { groupContext, signer, proposal, authenticatedData });
    const received = await chat.receive("alice", sent.message);
    expect(received).toMatchObject({ authenticatedData: DATA, reference: sent.reference });
  });

  it("in a client's request to be added", async () => {
    const chat = await group();
    const [authenticatedData, context] = [copy(DATA), await contextOf(chat)];
    const made = await keyPackageFor(environment, "dave");
    const octets = encode(KeyPackage, made.keyPackage);
    const signer = meddling(made.signer, authenticatedData, context, octets);
    const sent = await proposeSelf(environment, {
      groupContext: decode(GroupContext, context),
      keyPackage: { ...made, keyPackage: decode(KeyPackage, octets), signer },
      authenticatedData,
    });
    const received = await chat.receive("alice", sent.message);
    expect(received).toMatchObject({ authenticatedData: DATA, reference: sent.reference });
  });
});

describe("§7.2, §10, §12.4.3 what is made shares no memory with what it was made of", () => {
  const custom = (data: Uint8Array): Extension[] => [{ extensionType: 0xf001, extensionData: data }];

  it("a key package and its leaf", async () => {
    const [identity, ofLeaf, ofKeyPackage] = [copy(DATA), copy(DATA), copy(DATA)];
    const eve = await person(environment, "eve");
    const { keyPackage } = await createKeyPackage(environment, {
      signer: meddling(eve.signer, identity, ofLeaf),
      credential: { credentialType: "basic", identity },
      capabilities: {
        versions: ["mls10"],
        cipherSuites: [environment.suite.id],
        extensions: [0xf001],
        proposals: [],
        credentials: ["basic"],
      },
      leafExtensions: custom(ofLeaf),
      extensions: custom(ofKeyPackage),
    });
    ofKeyPackage.fill(0xee);
    await validateKeyPackage(environment, keyPackage);
    expect(keyPackage.leafNode.credential).toEqual({ credentialType: "basic", identity: DATA });
    expect(extensionData(keyPackage.leafNode.extensions, 0xf001)).toEqual(DATA);
    expect(extensionData(keyPackage.extensions, 0xf001)).toEqual(DATA);
  });

  it("a GroupInfo", async () => {
    const chat = await group();
    const data = copy(DATA);
    const state = withSigner(chat.one, meddling(chat.one.self.signer, data));
    const groupInfo = await createGroupInfo(environment, state, { extensions: custom(data) });
    await verifyGroupInfo(environment, groupInfo);
    expect(extensionData(groupInfo.extensions, 0xf001)).toEqual(DATA);
  });
});
