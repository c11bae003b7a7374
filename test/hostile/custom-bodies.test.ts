/**
 * Custom types under attack: damaged bodies, bodies made to exhaust, and codecs of the application's that do what they
 * should not. Whatever happens is an MlsError, on both backends the same, and leaves no trace.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { concat, equal, utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { opaque, optional, uint16, vector } from "../../src/codec/presentation.ts";
import type { BodyCodec } from "../../src/codec/reader.ts";
import { struct } from "../../src/codec/struct.ts";
import { processMessage } from "../../src/group/messages.ts";
import { customBodies, type Registrations } from "../../src/group/registrations.ts";
import { Credential } from "../../src/wire/credential.ts";
import { Proposal } from "../../src/wire/proposal.ts";
import { drawsOf } from "../support/generate.ts";
import { Chat, environmentOf } from "../support/group.ts";
import { byValue, insiderCommit, insiderProposal } from "../support/group-insider.ts";
import { inputs, outcome, seed, Twins } from "./support.ts";

const Poll = struct("Poll", {
  question: opaque,
  answers: vector(struct("Answer", { text: opaque, votes: optional(uint16) })),
  by: Credential,
});
const Badge = struct("Badge", { number: uint16, name: opaque });
const registrations: Registrations = {
  proposals: [{ type: 0xf001, body: Poll, pathRequired: false }],
  credentials: [{ type: 0xf001, body: Badge }],
};
const environment = environmentOf({ registrations });
const badge: Credential = { credentialType: 0xf001, body: encode(Badge, { number: 7, name: utf8("bob") }) };
const answers = [
  { text: utf8("yes"), votes: 3 },
  { text: utf8(""), votes: undefined },
];
const poll = (body = encode(Poll, { question: utf8("when?"), answers, by: badge })): Proposal => ({
  proposalType: 0xf001,
  body,
});

describe("§13 octets of custom types, damaged", () => {
  it("are refused with an MlsError, or are another value's only encoding", async () => {
    const draw = drawsOf(seed);
    const bodies = customBodies(registrations);
    const sample = encode(Proposal, poll());
    const codes = new Set<string>();
    for (let i = 0; i < inputs(20_000); i++) {
      const damaged = sample.slice(0, 2 + Math.ceil(draw() * (sample.length - 2)));
      for (let flips = Math.floor(draw() * 4); flips > 0; flips--) {
        const at = Math.floor(draw() * damaged.length);
        damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(draw() * 8));
      }
      codes.add(
        await outcome(() => {
          const value = decode(Proposal, damaged, { bodies });
          if (!equal(encode(Proposal, value), damaged)) throw new Error("not canonical");
        }),
      );
    }
    for (const code of ["accepted", "codec.unsupported", "codec.partial_element", "codec.truncated"]) {
      expect(codes).toContain(code);
    }
  });
});

describe("§13 messages with custom types, damaged by a member", () => {
  let chat: Chat;
  let twins: Twins;
  beforeAll(async () => {
    chat = await Chat.of(["alice"], environment);
    await chat.add("alice", ["bob", "carol"], {}, { credential: badge });
    twins = await Twins.of(chat.state("carol"), { registrations });
  });

  const receive = (message: Uint8Array) =>
    twins.judge(({ environment: of, state }) => processMessage(of, state, message));

  it("are judged alike, and leave no trace", async () => {
    const draw = drawsOf(seed + 1);
    const { body } = poll() as { body: Uint8Array };
    const codes = new Set<string>();
    for (let i = 0; i < inputs(40); i++) {
      const damaged = body.slice(0, 1 + Math.floor(draw() * body.length));
      const at = Math.floor(draw() * damaged.length);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(draw() * 8));
      const wireFormat = draw() < 0.5 ? "mls_public_message" : "mls_private_message";
      const proposal = poll(damaged);
      const proposed = await insiderProposal(environment, chat.copy().state("alice"), proposal, { wireFormat });
      codes.add(await receive(proposed.message));
      const plan = { wireFormat, proposals: [byValue(proposal)], path: false } as const;
      codes.add(await receive((await insiderCommit(environment, chat.copy().state("alice"), plan)).message));
    }
    expect(codes.size).toBeGreaterThan(2);
    twins.unchanged();
  });

  it("a body that takes in what stands behind it is no proof of anything", async () => {
    const rest = concat(Uint8Array.of(0x04), utf8("four"));
    for (const tail of [rest, Uint8Array.of(0), new Uint8Array(70)]) {
      const proposal = poll(concat((poll() as { body: Uint8Array }).body, tail));
      const { message } = await insiderProposal(environment, chat.state("alice"), proposal, {
        wireFormat: "mls_public_message",
      });
      expect(await receive(message)).not.toBe("accepted");
    }
    twins.unchanged();
  });
});

describe("§13 codecs that do what they should not", () => {
  const wild: Readonly<Record<string, BodyCodec["read"]>> = {
    "throws an error": () => {
      throw new Error("mine");
    },
    "throws what is no error": () => {
      throw "mine";
    },
    "calls what is not there": (reader) => (reader as unknown as { rewind(): void }).rewind(),
    "runs out of stack": function endless(reader): unknown {
      return endless(reader);
    },
    "reads more than there is": (reader) => reader.bytes(2 ** 31),
    "reads a length from nowhere": (reader) => reader.bytes(Number.NaN as 1) && reader.bytes(2 ** 40),
    "takes all": (reader) => reader.bytes(reader.remaining),
    "takes nothing": () => undefined,
    "answers later": async (reader) => reader.opaque(),
    "reads itself again": (reader) => decode(Proposal, reader.bytes(reader.remaining), { bodies: () => opaque }),
    "ends the input": (reader) => reader.finish(),
  };

  it.each(Object.entries(wild))("one that %s", async (_, read) => {
    const strange = environmentOf({
      registrations: { proposals: [{ type: 0xf001, body: { name: "Wild", read }, pathRequired: false }] },
    });
    const chat = await Chat.of(["alice", "bob"], strange);
    const twins = await Twins.of(chat.state("bob"), { registrations: strange.registrations ?? {} });
    for (const wireFormat of ["mls_public_message", "mls_private_message"] as const) {
      const proposal = { proposalType: 0xf001, body: utf8("\u0004four") };
      const { message } = await insiderProposal(strange, chat.copy().state("alice"), proposal, { wireFormat });
      const code = await twins.judge((seat) => processMessage(seat.environment, seat.state, message));
      expect(code).not.toBe("accepted");
      const own = { proposals: [proposal] };
      await outcome(() => chat.copy().commit("alice", own));
    }
    twins.unchanged();
  });

  it("none of them is run for an input that has no such type", async () => {
    const never: Registrations = {
      proposals: [{ type: 0xf001, body: { name: "Never", read: () => expect.unreachable() }, pathRequired: false }],
    };
    const chat = await Chat.of(["alice", "bob"], environmentOf({ registrations: never }));
    await chat.commit("alice", { forcePath: true });
    chat.agree();
  });
});
