/**
 * Damaged genuine messages at a living group: every one is refused with the same code on both backends, leaves no trace,
 * and the genuine message is taken afterwards.
 */
import { describe, expect, it } from "vitest";
import { concat, utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import type { KeySigner } from "../../src/crypto/signer.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { joinExternally } from "../../src/group/external.ts";
import { createGroupInfo, groupInfoIn, verifyGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import { importKeyPackage, type KeyPackageBundle, validateKeyPackage } from "../../src/group/key-package.ts";
import { processMessage, protect } from "../../src/group/messages.ts";
import { createProposal } from "../../src/group/propose.ts";
import { observeGroup, observeMessage } from "../../src/group/public-group.ts";
import { decodeState, encodeState } from "../../src/group/snapshot.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import { RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";
import { drawsOf } from "../support/generate.ts";
import { Chat, copyOfState, environmentOf, keyPackageFor, person, suiteOf } from "../support/group.ts";
import { inputs, type Seat, seed, Twins } from "./support.ts";

type Below = (limit: number) => number;
type Damage = (bytes: Uint8Array, below: Below, unverified: number) => Uint8Array;

const DAMAGES: readonly Damage[] = [
  flipped,
  flipped,
  flipped,
  (bytes, below) => bytes.slice(0, below(bytes.length)),
  (bytes, below) => concat(bytes, new Uint8Array(1 + below(3))),
  (bytes, below) => {
    const at = below(bytes.length);
    return concat(bytes.subarray(0, at), bytes.subarray(at + 1 + below(4)));
  },
];

function flipped(bytes: Uint8Array, below: Below, unverified: number): Uint8Array {
  const damaged = bytes.slice();
  const at = below(bytes.length - unverified);
  damaged[at] = (damaged[at] ?? 0) ^ (1 << below(8));
  return damaged;
}

interface Target {
  readonly bytes: Uint8Array;
  /** How many octets at the end the receiver cannot verify: an observer has no key for the tags. */
  readonly unverified?: number;
  receive(seat: Seat, bytes: Uint8Array): unknown;
}

/** Of HMAC with SHA-256, and its length. */
const TAG = 33;

async function targetsOf(id: number) {
  const environment = environmentOf({ suite: suiteOf(id), seed: id });
  const chat = await Chat.of(["alice", "bob", "carol"], environment);
  await chat.fill();
  await chat.propose("carol", { proposalType: "psk", psk: { psktype: "resumption", pskEpoch: 1n } });
  const sending = { ...environment, policy: { sendWhileProposalsWait: true } };
  const alice = () => copyOfState(chat.state("alice"));
  const bob = chat.state("bob");
  const joiner = await keyPackageFor(environment, "dave");
  const { keyPackage } = joiner;
  const add = { proposals: [{ proposalType: "add", keyPackage }] } as const;
  const open = { wireFormat: "mls_public_message" } as const;
  const welcoming = (
    await createCommit(environment, alice(), { ...add, references: [], ratchetTree: false, forcePath: true })
  ).output;
  const groupInfo = await createGroupInfo(environment, alice());
  const info = encode(MLSMessage, { version: "mls10", wireFormat: "mls_group_info", groupInfo });
  const outsider = await person(environment, "erin");

  const process = ({ environment: own, state }: Seat, bytes: Uint8Array) => processMessage(own, state, bytes);
  const observers = new Map<Seat, Awaited<ReturnType<typeof observeGroup>>>();
  const observe = async (seat: Seat, bytes: Uint8Array) => {
    const known = observers.get(seat) ?? (await observeGroup(seat.environment, { groupInfo }));
    observers.set(seat, known);
    const listening = await observeMessage(seat.environment, known, proposal);
    return observeMessage(seat.environment, listening.state, bytes);
  };
  const proposal = (await createProposal(environment, alice(), { proposalType: "update" }, open)).output.message;
  const publicCommit = (await createCommit(environment, alice(), { ...add, ...open, references: [] })).output.message;
  const join = (welcome: Uint8Array, ratchetTree: RatchetTreeNodes) => async (seat: Seat) => {
    const { state } = await joinGroup(seat.environment, { welcome, ratchetTree, keyPackages: [joiner] });
    return state;
  };
  const tree = encode(RatchetTreeNodes, welcoming.ratchetTree);

  const targets: Record<string, Target> = {
    "public proposal": { bytes: proposal, receive: process },
    "public commit": { bytes: publicCommit, receive: process },
    "private proposal": {
      bytes: (
        await createProposal(environment, alice(), {
          proposalType: "remove",
          removed: chat.state("carol").self.leafIndex,
        })
      ).output.message,
      receive: process,
    },
    "private commit": { bytes: welcoming.message, receive: process },
    "application message": { bytes: (await protect(sending, alice(), utf8("hello"))).output, receive: process },
    "external commit": {
      bytes: (await joinExternally(environment, { ...outsider, groupInfo })).message,
      receive: process,
    },
    "observed proposal": { bytes: proposal, receive: observe, unverified: TAG },
    "observed commit": { bytes: publicCommit, receive: observe, unverified: 2 * TAG },
    Welcome: {
      bytes: welcoming.welcomes[0] ?? expect.unreachable(),
      receive: (seat, bytes) => join(bytes, welcoming.ratchetTree)(seat),
    },
    "ratchet tree": {
      bytes: tree,
      receive: (seat, bytes) => join(welcoming.welcomes[0] ?? bytes, decode(RatchetTreeNodes, bytes))(seat),
    },
    GroupInfo: {
      bytes: info,
      receive: (seat, bytes) => verifyGroupInfo(seat.environment, groupInfoIn(bytes)),
    },
    "key package": {
      bytes: encode(MLSMessage, { version: "mls10", wireFormat: "mls_key_package", keyPackage }),
      receive: async (seat, bytes) => {
        const message = decode(MLSMessage, bytes);
        if (message.wireFormat !== "mls_key_package") return observe(seat, bytes);
        await importKeyPackage(seat.environment, message.keyPackage, privateKeysOf(joiner));
        return validateKeyPackage(seat.environment, message.keyPackage);
      },
    },
    state: {
      bytes: encodeState(environment, bob, { signatureKeys: true }),
      receive: (seat, bytes) => decodeState(seat.environment, bytes),
    },
  };
  return { bob, targets };
}

function privateKeysOf({ initPrivateKey, encryptionPrivateKey, signer }: KeyPackageBundle) {
  const { privateKey } = signer as KeySigner;
  return {
    initPrivateKey: initPrivateKey.bytes,
    encryptionPrivateKey: encryptionPrivateKey.bytes,
    signaturePrivateKey: privateKey.bytes,
  };
}

const NAMES = [
  "public proposal",
  "public commit",
  "private proposal",
  "private commit",
  "application message",
  "external commit",
  "observed proposal",
  "observed commit",
  "Welcome",
  "ratchet tree",
  "GroupInfo",
  "key package",
  "state",
] as const;

describe.each([1, 2])("suite %i: damaged messages at a living group", (id) => {
  const made = targetsOf(id);

  it.each(NAMES)(
    "[6.3.1-10] [5.1.2-05] %s: refused alike by both backends, without a trace",
    { timeout: 0 },
    async (name) => {
      const { bob, targets } = await made;
      const { bytes, receive, unverified = 0 } = targets[name] ?? expect.unreachable();
      const twins = await Twins.of(bob);
      const draw = drawsOf(seed + id + name.length * 7919);
      const below = (limit: number) => Math.floor(draw() * limit);
      for (let run = 0; run < inputs(50); run++) {
        const damaged = (DAMAGES[below(DAMAGES.length)] ?? flipped)(bytes, below, unverified);
        const where = `at input ${run} of ${name}, seed ${seed}`;
        expect(await twins.judge((seat) => receive(seat, damaged), where), where).not.toBe("accepted");
      }
      twins.unchanged();
      expect(await twins.judge((seat) => receive(seat, bytes))).toBe("accepted");
    },
  );
});
