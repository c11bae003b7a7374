/**
 * A key and nonce encrypt one message, whatever the calls and however they overlap. The sender data of all that came
 * out is decrypted, and the positions counted.
 */
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { decode } from "../../src/codec/codec.ts";
import type { Signer } from "../../src/crypto/signer.ts";
import { MlsError } from "../../src/errors.ts";
import { openSenderData } from "../../src/framing/private-message.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { joinExternally } from "../../src/group/external.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import { processMessage, protect } from "../../src/group/messages.ts";
import { acceptCommit, acceptJoin } from "../../src/group/pending.ts";
import { createProposal } from "../../src/group/propose.ts";
import { decodeState, encodeState } from "../../src/group/snapshot.ts";
import type { GroupState, Transition } from "../../src/group/state.ts";
import type { Secret } from "../../src/secret.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import { drawsOf } from "../support/generate.ts";
import { Chat, copiesOf, environmentOf, keyPackageFor, person } from "../support/group.ts";
import { seed } from "./support.ts";

const environment = environmentOf({ seed: "sending", policy: { sendWhileProposalsWait: true } });
const { suite } = environment;
const three = copiesOf(() => Chat.of(["alice", "bob", "carol"], environment));

/** Where the messages of a sender stand: epoch, kind of ratchet, leaf and generation of each private one. */
function positionsIn(messages: readonly Uint8Array[], secretOf: (epoch: bigint) => Secret): string[] {
  return messages.flatMap((bytes) => {
    const message = decode(MLSMessage, bytes);
    if (message.wireFormat !== "mls_private_message") return [];
    const { privateMessage } = message;
    const { epoch, contentType } = privateMessage;
    const { leafIndex, generation } = openSenderData(suite, privateMessage, secretOf(epoch));
    return [`${epoch} ${contentType === "application" ? "application" : "handshake"} ${leafIndex} ${generation}`];
  });
}

/** No two of the messages use one key; the number of those that were sent. */
function eachKeyOnce(messages: readonly Uint8Array[], ...states: readonly GroupState[]): number {
  const secrets = new Map(states.map(({ epoch }) => [epoch.groupContext.epoch, epoch.secrets.senderDataSecret]));
  const positions = positionsIn(messages, (epoch) => secrets.get(epoch) ?? expect.unreachable());
  expect([...positions].sort()).toEqual([...new Set(positions)].sort());
  return positions.length;
}

type Sending = Promise<Transition<GroupState, Uint8Array | { readonly message: Uint8Array }>>;

/** What came out of calls that overlap. The others were refused because the state is spent. */
async function outputsOf(sendings: readonly Sending[]): Promise<Uint8Array[]> {
  const settled = await Promise.allSettled(sendings);
  return settled.flatMap((each) => {
    if (each.status === "fulfilled") {
      const { output } = each.value;
      return [output instanceof Uint8Array ? output : output.message];
    }
    expect(each.reason).toBeInstanceOf(MlsError);
    expect(each.reason.code).toBe("state.spent");
    return [];
  });
}

const way = (index: number) => waysToSend[index] ?? expect.unreachable();

const waysToSend: readonly ((state: GroupState) => Sending)[] = [
  (state) => protect(environment, state, utf8("text")),
  (state) => createProposal(environment, state, { proposalType: "update" }),
  (state) => createProposal(environment, state, { proposalType: "remove", removed: state.self.leafIndex }),
  (state) => createCommit(environment, state, { forcePath: true, references: [] }),
  (state) => createCommit(environment, state, { references: [], wireFormat: "mls_public_message" }),
];

describe("§9.1 many calls at once on one state", () => {
  it("[9.1-01] [6.3.1-03] no two of them use one key", async () => {
    const chat = await three();
    const alice = chat.state("alice");
    const messages = await outputsOf(Array.from({ length: 40 }, (_, i) => way(i % 5)(alice)));
    expect(eachKeyOnce(messages, alice)).toBeGreaterThan(0);
  });

  it("[9.1-01] a history that sends from any value it ever had", async () => {
    const chat = await three();
    const draw = drawsOf(seed);
    const below = (limit: number) => Math.floor(draw() * limit);
    const values = [chat.state("alice")];
    const messages: Uint8Array[] = [];
    const incoming = [await chat.send("bob", "1"), await chat.send("carol", "2"), await chat.send("bob", "3")];
    const step = async (state: GroupState): Promise<void> => {
      if (below(6) === 0) {
        const { state: next } = await processMessage(environment, state, incoming[below(3)] ?? expect.unreachable());
        values.push(next);
      } else {
        const { state: next, output } = await way(below(5))(state);
        values.push(next);
        messages.push(output instanceof Uint8Array ? output : output.message);
      }
    };
    for (let round = 0; round < 100; round++) {
      const some = [values[values.length - 1], values[below(values.length)], values[below(values.length)]];
      await Promise.allSettled(some.slice(0, 1 + below(3)).map((state) => step(state ?? expect.unreachable())));
    }
    expect(eachKeyOnce(messages, chat.state("alice"))).toBeGreaterThan(5);
  });

  it("[9.1-01] a pending commit and a pending join that are accepted twice send once", async () => {
    const chat = await three();
    const created = await createCommit(environment, chat.state("alice"), { forcePath: true });
    const accepted = [0, 1].map(() => acceptCommit(environment, created.state, created.output.pending).state);
    const groupInfo = await createGroupInfo(environment, chat.state("bob"));
    const { pending } = await joinExternally(environment, { ...(await person(environment, "dave")), groupInfo });
    const joined = [acceptJoin(pending), acceptJoin(pending)];
    for (const states of [accepted, joined]) {
      const messages = await outputsOf(states.map((state) => protect(environment, state, utf8("text"))));
      expect(eachKeyOnce(messages, ...states)).toBe(1);
    }
  });

  it("[9.1-01] one commit that is processed twice leads to one place to send from", async () => {
    const chat = await three();
    const { output } = await createCommit(environment, chat.state("alice"), { forcePath: true });
    const received = await Promise.all(
      [0, 1].map(() => processMessage(environment, chat.state("bob"), output.message)),
    );
    const states = received.map(({ state }) => state);
    const messages = await outputsOf(states.map((state) => protect(environment, state, utf8("text"))));
    expect(eachKeyOnce(messages, ...states)).toBe(1);
  });

  it("[9.1-01] one Welcome that is joined by twice leads to one place to send from", async () => {
    const chat = await three();
    const bundle = await keyPackageFor(environment, "dave");
    const proposals = [{ proposalType: "add", keyPackage: bundle.keyPackage }] as const;
    const { output } = await createCommit(environment, chat.state("alice"), { proposals });
    const welcome = output.welcomes[0] ?? expect.unreachable();
    const joined = await Promise.all([0, 1].map(() => joinGroup(environment, { welcome, keyPackages: [bundle] })));
    const states = joined.map(({ state }) => state);
    const messages = await outputsOf(states.map((state) => protect(environment, state, utf8("text"))));
    expect(eachKeyOnce(messages, ...states)).toBe(1);
  });

  it("[6.3.1-03] a state that has sent is not written down any more", async () => {
    const chat = await three();
    const before = chat.state("alice");
    const sent = await protect(environment, before, utf8("first"));
    const restored = async (state: GroupState) =>
      decodeState(environment, encodeState(environment, state, { signatureKeys: true }));
    const again = restored(before).then((state) => protect(environment, state, utf8("second")));
    expect(eachKeyOnce([sent.output, ...(await outputsOf([again]))], before)).toBe(1);
    const after = await restored(sent.state);
    expect(eachKeyOnce([sent.output, (await protect(environment, after, utf8("third"))).output], before)).toBe(2);
  });
});

describe("§9.1 sending that fails", () => {
  it("[9.1-01] [6.3.1-10] takes nothing, and the state sends afterwards", async () => {
    const chat = await three();
    const alice = chat.state("alice");
    const broken = () => {
      throw new Error("broken");
    };
    const signer: Signer = { publicKey: alice.self.signer.publicKey, sign: broken };
    const noSigner: GroupState = { ...alice, self: { ...alice.self, signer } };
    const full = { ...environment, policy: { ...environment.policy, maxProposals: 0 } };
    const failing: readonly Promise<unknown>[] = [
      protect(environment, alice, utf8("text"), { padding: broken }),
      protect(environment, alice, utf8("text"), { padding: () => -1 }),
      protect({ ...environment, random: broken }, alice, utf8("text")),
      protect({ ...environment, random: () => new Uint8Array(3) }, alice, utf8("text")),
      protect(environment, noSigner, utf8("text")),
      createProposal(environment, alice, { proposalType: "update" }, { padding: broken }),
      createProposal(full, alice, { proposalType: "remove", removed: alice.self.leafIndex }),
      createCommit(environment, alice, { padding: broken }),
      createCommit(environment, alice, { padding: () => Number.NaN }),
    ];
    for (const each of await Promise.allSettled(failing)) expect(each.status).toBe("rejected");
    const said = await protect(environment, alice, utf8("text"));
    const proposed = await createProposal(environment, said.state, { proposalType: "update" });
    const messages = [said.output, proposed.output.message];
    expect(eachKeyOnce(messages, alice)).toBe(2);
    for (const message of messages) await chat.deliver("alice", message);
  });

  it("[6.3.1-06] octets that the caller changes meanwhile do not make a message that nobody accepts", async () => {
    const chat = await three();
    const data = utf8("as it was");
    const sending = protect(environment, chat.state("alice"), data);
    data.fill(0);
    const { output } = await processMessage(environment, chat.state("bob"), (await sending).output);
    expect(output).toMatchObject({ contentType: "application", applicationData: utf8("as it was") });
  });
});
