import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { proposeExternally, proposeSelf } from "../../src/group/external-proposals.ts";
import { createGroupInfo, verifyGroupInfo } from "../../src/group/group-info.ts";
import type { ProposalRequest } from "../../src/group/propose.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { type Extension, ExternalSenders } from "../../src/wire/extension.ts";
import { basic, Chat, environmentOf, keyPackageFor, person, refusals } from "../support/group.ts";

const psks = { external: (id: Uint8Array) => Uint8Array.of(7, ...id) };
const environment = environmentOf({ psks, policy: { newMemberProposals: true } });
const service = await person(environment, "service");
const extensions: Extension[] = [
  {
    extensionType: "external_senders",
    extensionData: encode(ExternalSenders, [
      { signatureKey: (await person(environment, "another")).signer.publicKey, credential: basic("another") },
      { signatureKey: service.signer.publicKey, credential: basic("service") },
    ]),
  },
];
const NAMES = ["alice", "bob", "carol"] as const;
const group = () => Chat.of(NAMES, environment, { extensions });

/** What someone outside knows of the group: a GroupInfo. */
async function contextOf(chat: Chat) {
  const { groupInfo } = await verifyGroupInfo(environment, await createGroupInfo(environment, chat.state("alice")));
  return groupInfo.groupContext;
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error) => error.code,
  );

describe("§12.1.8 proposals of external senders", () => {
  const REQUESTS: readonly (readonly [string, () => Promise<ProposalRequest>])[] = [
    ["add", async () => ({ proposalType: "add", keyPackage: (await keyPackageFor(environment, "dave")).keyPackage })],
    ["remove", async () => ({ proposalType: "remove", removed: leafIndex(1) })],
    ["psk", async () => ({ proposalType: "psk", psk: { psktype: "external", pskId: utf8("shared") } })],
    ["a resumption psk", async () => ({ proposalType: "psk", psk: { psktype: "resumption", pskEpoch: 1n } })],
    ["group_context_extensions", async () => ({ proposalType: "group_context_extensions", extensions })],
    [
      "reinit",
      async () => ({ proposalType: "reinit", groupId: utf8("n"), version: "mls10", cipherSuite: 1, extensions: [] }),
    ],
  ];

  it.each(REQUESTS)("[12.1.8-02] [6.1-06] %s is taken up by a member's commit", async (_, request) => {
    const chat = await group();
    const groupContext = await contextOf(chat);
    const sent = await proposeExternally(environment, {
      groupContext,
      signer: service.signer,
      proposal: await request(),
    });
    for (const received of (await chat.deliver(undefined, sent.message)).values()) {
      expect(received).toMatchObject({ contentType: "proposal", sender: { senderType: "external", senderIndex: 1 } });
      expect(received).toMatchObject({ reference: sent.reference });
    }
    const { received } = await chat.commit("carol");
    expect([...received.values()][0]).toMatchObject({ commit: { list: { all: [{ reference: sent.reference }] } } });
    chat.agree();
  });

  it("[6.1-09] [12.1.8-03] only those named by the group can make them", async () => {
    const chat = await group();
    const groupContext = await contextOf(chat);
    const { signer } = await person(environment, "stranger");
    const proposal = { proposalType: "remove", removed: leafIndex(1) } as const;
    expect(await code(proposeExternally(environment, { groupContext, signer, proposal }))).toBe("content.not_a_member");
    const plain = await Chat.of(NAMES, environment);
    const none = { groupContext: await contextOf(plain), signer: service.signer, proposal };
    expect(await code(proposeExternally(environment, none))).toBe("content.not_a_member");
    const sent = await proposeExternally(environment, { groupContext, signer: service.signer, proposal });
    const foreign = await refusals(environment, [plain.state("alice")], sent.message);
    expect(foreign).toEqual(["group.wrong_id"]);
  });

  it("[12.1-02] belong to one epoch", async () => {
    const chat = await group();
    const groupContext = await contextOf(chat);
    const proposal = { proposalType: "remove", removed: leafIndex(1) } as const;
    const sent = await proposeExternally(environment, { groupContext, signer: service.signer, proposal });
    await chat.commit("bob");
    expect(await refusals(environment, [chat.state("alice")], sent.message)).toEqual(["epoch.past"]);
  });

  it("[7.3-06] an expired key package is not proposed", async () => {
    const chat = await group();
    const { keyPackage } = await keyPackageFor(environment, "dave");
    const late = { ...environment, clock: () => environment.clock() + 10_000_000n };
    const proposal = { proposalType: "add", keyPackage } as const;
    const options = { groupContext: await contextOf(chat), signer: service.signer, proposal };
    expect(await code(proposeExternally(late, options))).toBe("leaf.lifetime");
  });
});

describe("§12.1.8 a client proposes itself", () => {
  it("[12.1.8-05] [6.1-08] from a GroupInfo alone, and joins when a member commits", async () => {
    const chat = await group();
    const keyPackage = await keyPackageFor(environment, "dave");
    const sent = await proposeSelf(environment, { groupContext: await contextOf(chat), keyPackage });
    for (const received of (await chat.deliver(undefined, sent.message)).values()) {
      expect(received).toMatchObject({ sender: { senderType: "new_member_proposal" } });
    }
    await chat.commit("bob", {}, new Map([["dave", keyPackage]]));
    chat.agree();
    expect(chat.state("dave").self.leafIndex).toBe(3);
  });

  it("[12.1.8-04] is not heard unless the policy says so", async () => {
    const chat = await group();
    const keyPackage = await keyPackageFor(environment, "dave");
    const sent = await proposeSelf(environment, { groupContext: await contextOf(chat), keyPackage });
    const { policy: _, ...byDefault } = environment;
    expect(await refusals(byDefault, [chat.state("alice")], sent.message)).toEqual(["proposal.unauthorised"]);
  });

  it("[12.1.8-04] can be refused by the application", async () => {
    const chat = await group();
    const keyPackage = await keyPackageFor(environment, "dave");
    const sent = await proposeSelf(environment, { groupContext: await contextOf(chat), keyPackage });
    const strict = { ...environment, permission: { proposal: async () => false } };
    expect(await refusals(strict, [chat.state("alice")], sent.message)).toEqual(["proposal.unauthorised"]);
  });
});
