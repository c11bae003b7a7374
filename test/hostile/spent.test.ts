/**
 * §9.2: what a transition says is spent is all that the old state held and the new one does not, and nothing that the new
 * one can reach. Found by walking the objects themselves, not by what the library lists.
 */
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { joinExternally } from "../../src/group/external.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import { processMessage, protect } from "../../src/group/messages.ts";
import { acceptCommit, acceptJoin, dropCommit, dropJoin } from "../../src/group/pending.ts";
import { createProposal } from "../../src/group/propose.ts";
import { discard, dropProposals, type GroupState, initialState, type Transition } from "../../src/group/state.ts";
import { dispose, Secret } from "../../src/secret.ts";
import { drawsOf } from "../support/generate.ts";
import { Chat, environmentOf, fingerprint, keyPackageFor, person } from "../support/group.ts";
import { rejection } from "../support/rejection.ts";
import { inputs, seed } from "./support.ts";

const policy = {
  sendWhileProposalsWait: true,
  maxPastEpochs: 2,
  maxResumptionPsks: 1,
  ratchet: { maxSkipped: 2, maxForward: 9 },
};
const environment = environmentOf({ seed: "spent", policy });

/** Every Secret behind a value; signers belong to the caller. */
function secretsBehind(value: unknown, found = new Set<Secret>(), seen = new Set<unknown>()): Set<Secret> {
  if (value instanceof Secret) return found.add(value);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || seen.has(value)) return found;
  seen.add(value);
  const parts = value instanceof Map || value instanceof Set ? [...value] : partsOf(value);
  for (const part of parts) secretsBehind(part, found, seen);
  return found;
}

function partsOf(value: object): unknown[] {
  return Reflect.ownKeys(value)
    .filter((key) => key !== "signer")
    .map((key) => Object.getOwnPropertyDescriptor(value, key)?.value);
}

/** Checks a transition, disposes of what is spent, and gives the new state, which is whole. */
function adopted<T>(before: GroupState, { state, spent }: Transition<GroupState, T>, pending?: unknown): GroupState {
  const [old, now] = [secretsBehind(before), secretsBehind(state)];
  const list = new Set(spent);
  expect(list.size).toBe(spent.length);
  for (const secret of list) {
    expect(now.has(secret), "spent, and still reachable").toBe(false);
    expect(old.has(secret), "spent, and never held").toBe(true);
  }
  for (const secret of old) expect(now.has(secret) || list.has(secret), "gone without being spent").toBe(true);
  const awaiting = secretsBehind(pending);
  for (const secret of list) expect(awaiting.has(secret), "spent, and needed by the pending commit").toBe(false);
  dispose(spent);
  fingerprint(state);
  return state;
}

describe("§9.2 what is spent", () => {
  it("[9.2-01] [9.2-02] [9.2-03] [7.5-06] is what nobody can reach any more", async () => {
    const chat = await Chat.of(["alice", "bob", "carol"], environment);
    const draw = drawsOf(seed);
    const below = (limit: number) => Math.floor(draw() * limit);
    const held: Uint8Array[] = [];
    let received = 0;
    const names = () => chat.names.filter((name) => chat.state(name).closed === undefined);
    const step = async (name: string): Promise<void> => {
      const state = chat.state(name);
      const wireFormat = below(2) === 0 ? "mls_public_message" : "mls_private_message";
      const kind = below(8);
      if (kind < 3) {
        const sent = await protect(environment, state, utf8("text"));
        chat.states.set(name, adopted(state, sent));
        if (below(3) === 0) held.push(sent.output);
        else await receiveAll(name, sent.output);
      } else if (kind < 5) {
        const sent = await createProposal(environment, state, { proposalType: "update" }, { wireFormat });
        chat.states.set(name, adopted(state, sent));
        await receiveAll(name, sent.output.message);
      } else if (kind === 5) {
        chat.states.set(
          name,
          adopted(
            state,
            dropProposals(
              state,
              [...state.proposals.values()].slice(0, 1).map((each) => each.reference),
            ),
          ),
        );
      } else {
        const created = await createCommit(environment, state, { wireFormat, forcePath: below(2) === 0 });
        const current = adopted(state, created, created.output.pending);
        if (below(4) === 0) {
          dropCommit(created.output.pending);
          chat.states.set(name, current);
          fingerprint(current);
        } else {
          chat.states.set(name, adopted(current, acceptCommit(environment, current, created.output.pending)));
          await receiveAll(name, created.output.message);
        }
      }
    };
    const receiveAll = async (sender: string, message: Uint8Array): Promise<void> => {
      for (const name of names()) {
        if (name === sender) continue;
        const state = chat.state(name);
        const result = await processMessage(environment, state, message).catch(() => undefined);
        if (result === undefined) continue;
        chat.states.set(name, adopted(state, result));
        received++;
      }
    };
    for (let i = 0; i < inputs(120); i++) {
      await step(names()[below(names().length)] ?? expect.unreachable());
      const late = below(4) === 0 ? held.splice(below(Math.max(1, held.length)), 1)[0] : undefined;
      if (late !== undefined) await receiveAll("", late);
    }
    expect(received).toBeGreaterThan(inputs(120));
  });

  it("[7.5-06] [12.4.3.1-20] holds for joining, leaving, and what is given up", async () => {
    const chat = await Chat.of(["alice", "bob", "carol"], environment);
    const bundle = await keyPackageFor(environment, "dave");
    const alice = chat.state("alice");
    const proposals = [
      { proposalType: "add", keyPackage: bundle.keyPackage },
      { proposalType: "remove", removed: chat.state("carol").self.leafIndex },
    ] as const;
    const created = await createCommit(environment, alice, { proposals });
    const current = adopted(alice, created, created.output.pending);
    for (const name of ["bob", "carol"]) {
      const state = chat.state(name);
      const looked = await processMessage(environment, state, created.output.message);
      discard(state, looked);
      fingerprint(state);
      adopted(state, await processMessage(environment, state, created.output.message));
    }
    const joined = await joinGroup(environment, {
      welcome: created.output.welcomes[0] ?? utf8(""),
      keyPackages: [bundle],
    });
    expect(new Set(joined.spent)).toEqual(new Set([bundle.initPrivateKey, bundle.encryptionPrivateKey]));
    for (const secret of secretsBehind(joined.state)) expect(joined.spent.includes(secret)).toBe(false);
    dispose(joined.spent);
    fingerprint(joined.state);
    const next = adopted(current, acceptCommit(environment, current, created.output.pending));

    const groupInfo = await createGroupInfo(environment, next);
    const { pending } = await joinExternally(environment, { ...(await person(environment, "erin")), groupInfo });
    expect(new Set(pending.created)).toEqual(secretsBehind(initialState(pending.next)));
    dropJoin(pending);
    expect((await rejection(() => acceptJoin(pending))).code).toBe("state.not_pending");
  });

  it("[14-02] giving up a commit that was accepted does not take the group with it", async () => {
    const chat = await Chat.of(["alice", "bob"], environment);
    const created = await createCommit(environment, chat.state("alice"));
    const { state } = acceptCommit(environment, created.state, created.output.pending);
    try {
      dropCommit(created.output.pending);
    } catch (error) {
      expect(error).toMatchObject({ code: "state.not_pending" });
    }
    fingerprint(state);
  });

  it("[14-02] giving up a join that was accepted does not take the group with it", async () => {
    const chat = await Chat.of(["alice", "bob"], environment);
    const groupInfo = await createGroupInfo(environment, chat.state("alice"));
    const { pending } = await joinExternally(environment, { ...(await person(environment, "erin")), groupInfo });
    const state = acceptJoin(pending);
    expect((await rejection(async () => dropJoin(pending))).code).toBe("state.not_pending");
    fingerprint(state);
    expect(fingerprint(acceptJoin(pending))).toBe(fingerprint(state));
  });
});
