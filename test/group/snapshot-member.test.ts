import { beforeAll, describe, expect, it, vi } from "vitest";
import { concat, toHex, utf8 } from "../../src/bytes.ts";
import type { Codec } from "../../src/codec/codec.ts";
import { opaque } from "../../src/codec/presentation.ts";
import { MlsError } from "../../src/errors.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import type { Environment } from "../../src/group/environment.ts";
import { processMessage, protect } from "../../src/group/messages.ts";
import { acceptCommit } from "../../src/group/pending.ts";
import { applyChange, decodeState, encodeChange, encodeState, type SnapshotOptions } from "../../src/group/snapshot.ts";
import { unwrapSnapshot, wrapSnapshot } from "../../src/group/snapshot-envelope.ts";
import { dropProposals, type GroupState, secretsHeld } from "../../src/group/state.ts";
import { dispose, Secret } from "../../src/secret.ts";
import { syntheticGroup } from "../../src/testing/index.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { drawsOf } from "../support/generate.ts";
import { Chat, environmentOf, fingerprint, person } from "../support/group.ts";

const NAMES = ["alice", "bob", "carol", "dave", "eve"] as const;
const WITH_KEYS: SnapshotOptions = { signatureKeys: true };

const code = async (work: () => unknown) => {
  try {
    await work();
    return "accepted";
  } catch (error) {
    return error instanceof MlsError ? error.code : String(error);
  }
};

/** A member's state as stored: a snapshot, and changes that are applied one after the other. */
class Stored {
  readonly environment: Environment;
  /** What the last change was made since. */
  live: GroupState;
  restored: GroupState;

  private constructor(environment: Environment, live: GroupState, restored: GroupState) {
    this.environment = environment;
    this.live = live;
    this.restored = restored;
  }

  static async of(environment: Environment, state: GroupState): Promise<Stored> {
    const signers = [state.self.signer];
    return new Stored(environment, state, await decodeState(environment, encodeState(environment, state), { signers }));
  }

  /** The size of the change. */
  async follow(next: GroupState): Promise<number> {
    const change = encodeChange(this.environment, this.live, next, WITH_KEYS);
    const before = this.restored;
    const { state, spent } = await applyChange(this.environment, before, change);
    const kept = new Set(secretsHeld(state));
    // Exactly what the new state does not hold is named.
    expect(new Set(spent)).toEqual(new Set([...secretsHeld(before)].filter((secret) => !kept.has(secret))));
    expect(spent).toHaveLength(new Set(spent).size);
    dispose(spent);
    this.live = next;
    this.restored = state;
    return change.length;
  }

  expectEqual(): void {
    expect(fingerprint(this.restored)).toBe(fingerprint(this.live));
    const digest = (state: GroupState) =>
      toHex(this.environment.suite.hash.digest(encodeState(this.environment, state, WITH_KEYS)));
    expect(digest(this.restored)).toBe(digest(this.live));
  }
}

describe("changes of a state", () => {
  it("lead through whatever happens to a member", async () => {
    const chat = await Chat.of(NAMES);
    const stored = await Stored.of(chat.environment, chat.state("bob"));
    const follow = async () => {
      await stored.follow(chat.state("bob"));
      stored.expectEqual();
    };
    await chat.fill();
    await follow();
    const late = await chat.send("alice", "late");
    await chat.deliver("alice", await chat.send("alice", "early"));
    await follow();
    await chat.deliver("alice", late, ["bob"]);
    await follow();
    await chat.send("bob", "own");
    await follow();
    await chat.propose("bob", {
      proposalType: "update",
      leaf: { signer: (await person(chat.environment, "bob")).signer },
    });
    await follow();
    await chat.propose("carol", { proposalType: "update" });
    await follow();
    await chat.commit("dave");
    await follow();
    await chat.add("eve", ["frank", "grace", "heidi", "ivan"]);
    await follow();
    for (const name of ["ivan", "heidi", "grace", "frank"]) await chat.remove("alice", name);
    await follow();
    await chat.commit("bob");
    await follow();
    await chat.propose("alice", { proposalType: "update" });
    await follow();
    chat.adopt("bob", dropProposals(chat.state("bob"), "all"));
    await follow();
    await follow();
    const removed = await createCommit(chat.environment, dropProposals(chat.state("carol"), "all").state, {
      proposals: [{ proposalType: "remove", removed: chat.state("bob").self.leafIndex }],
    });
    await chat.receive("bob", removed.output.message);
    await follow();
    expect(stored.restored.closed).toEqual({ reason: "removed" });
  });

  it("may be made since any earlier state, whose secrets are gone", async () => {
    const chat = await Chat.of(NAMES);
    const { environment } = chat;
    const before = chat.state("bob");
    const base = encodeState(environment, before, WITH_KEYS);
    await chat.fill();
    await chat.deliver("eve", await chat.send("eve", "hello"));
    await chat.remove("carol", "alice");
    const change = encodeChange(environment, before, chat.state("bob"));
    const { state } = await applyChange(environment, await decodeState(environment, base), change);
    expect(fingerprint(state)).toBe(fingerprint(chat.state("bob")));
  });

  it("bring signers by key only if asked to, and else those that are given", async () => {
    const chat = await Chat.of(NAMES);
    const { environment } = chat;
    const before = chat.state("bob");
    const octets = encodeState(environment, before, WITH_KEYS);
    const base = () => decodeState(environment, octets);
    const { signer } = await person(environment, "bob");
    const created = await createCommit(environment, before, { leaf: { signer } });
    const { state } = acceptCommit(environment, created.state, created.output.pending);
    const change = encodeChange(environment, before, state);
    const restored = await base();
    expect(await code(() => applyChange(environment, restored, change))).toBe("snapshot.signer_missing");
    expect((await applyChange(environment, restored, change, { signers: [signer] })).state.self.signer).toBe(signer);
    const whole = encodeChange(environment, before, state, WITH_KEYS);
    expect((await applyChange(environment, await base(), whole)).state.self.signer.publicKey).toEqual(signer.publicKey);
    // A signer that stays is in no change.
    const sent = await protect(environment, state, utf8("hi"));
    const after = await applyChange(environment, state, encodeChange(environment, state, sent.state));
    expect(after.state.self.signer).toBe(signer);
  });

  it("[9.1-01] [6.3.1-03] do not let a state send twice", async () => {
    const chat = await Chat.of(NAMES);
    const { environment } = chat;
    const before = chat.state("bob");
    const base = await decodeState(environment, encodeState(environment, before, WITH_KEYS));
    const first = await protect(environment, before, utf8("one"));
    const change = encodeChange(environment, before, first.state);
    const { state } = await applyChange(environment, base, change);
    // What was applied stands behind the message: its base cannot send in its place.
    expect(await code(() => protect(environment, base, utf8("two")))).toBe("state.spent");
    await protect(environment, state, utf8("two"));
    await protect(environment, first.state, utf8("two"));
    expect(await code(() => encodeChange(environment, before, first.state))).toBe("state.spent");
    expect(await code(() => encodeState(environment, state))).toBe("state.spent");
  });

  it("apply to the state that they were made since, only", async () => {
    const chat = await Chat.of(NAMES);
    const { environment } = chat;
    const before = chat.state("bob");
    const [one, two] = [await chat.copy().send("alice", "one"), await chat.copy().send("carol", "two")];
    const next = async (state: GroupState, message: Uint8Array) =>
      (await processMessage(environment, state, message)).state;
    const [afterOne, afterTwo] = [await next(before, one), await next(before, two)];
    const later = await next(before, (await chat.copy().commit("eve")).message);
    const proposed = await next(before, (await chat.copy().propose("eve", { proposalType: "update" })).message);
    const change = encodeChange(environment, afterOne, await next(afterOne, two));
    for (const wrong of [before, afterTwo, later, proposed, chat.state("dave"), (await Chat.of(NAMES)).one]) {
      const print = fingerprint(wrong);
      expect(await code(() => applyChange(environment, wrong, change))).toBe("snapshot.wrong_base");
      expect(fingerprint(wrong)).toBe(print);
    }
    const { state } = await applyChange(environment, afterOne, change);
    expect(await code(() => applyChange(environment, state, change))).toBe("snapshot.wrong_base");
    expect(fingerprint(state)).toBe(fingerprint(await next(afterTwo, one)));
  });

  it("are refused when damaged, and of another kind", async () => {
    const chat = await Chat.of(["alice", "bob"]);
    const { environment } = chat;
    const before = chat.state("bob");
    await chat.commit("alice");
    const change = encodeChange(environment, before, chat.state("bob"));
    for (let i = 0; i < change.length; i += 3) {
      const damaged = change.slice();
      damaged[i] = (damaged[i] ?? 0) ^ 0x10;
      expect(await code(() => applyChange(environment, before, damaged))).toMatch(
        /^(snapshot\.(damaged|version)|codec\.)/,
      );
      expect(await code(() => applyChange(environment, before, change.subarray(0, i)))).toMatch(/^codec\./);
    }
    expect(await code(() => decodeState(environment, change))).toBe("snapshot.wrong_kind");
    const whole = encodeState(environment, chat.state("bob"));
    expect(await code(() => applyChange(environment, before, whole))).toBe("snapshot.wrong_kind");
  });

  it("become no living secret if they fail", async () => {
    const chat = await Chat.of(NAMES);
    const { environment } = chat;
    const before = chat.state("bob");
    const base = await decodeState(environment, encodeState(environment, before, WITH_KEYS));
    await chat.fill();
    const { signer } = await person(environment, "bob");
    await chat.commit("bob", { leaf: { signer } });
    await chat.propose("bob", { proposalType: "update", leaf: await person(environment, "bob") });
    const { publicKey, sign } = signer;
    const keyless = { ...chat.state("bob"), self: { ...chat.state("bob").self, signer: { publicKey, sign } } };
    const change = encodeChange(environment, before, keyless, WITH_KEYS);
    const print = fingerprint(base);
    const made = vi.spyOn(Secret, "copyOf");
    try {
      expect(await code(() => applyChange(environment, base, change))).toBe("snapshot.signer_missing");
      const secrets = made.mock.results.map(({ value }) => value as Secret);
      expect(secrets.length).toBeGreaterThan(12);
      expect(secrets.filter(({ disposed }) => !disposed)).toHaveLength(0);
    } finally {
      made.mockRestore();
    }
    expect(fingerprint(base)).toBe(print);
  });
});

describe("§9.2 a snapshot that is damaged where no checksum tells", () => {
  const raw: Codec<Uint8Array> = { ...opaque, write: (writer, octets) => writer.bytes(octets) };

  it("becomes no living secret, wherever it ends", async () => {
    const chat = await Chat.of(NAMES);
    const { environment } = chat;
    const { suite } = environment;
    const body = unwrapSnapshot(suite, "state", encodeState(environment, chat.state("bob"), WITH_KEYS));
    const made = vi.spyOn(Secret, "copyOf");
    try {
      for (const part of [concat(body, Uint8Array.of(0)), ...[1, 2, 4, 8, 200].map((less) => body.slice(0, -less))]) {
        const whole = wrapSnapshot(suite, "state", raw, part);
        expect(await code(() => decodeState(environment, whole))).toMatch(/^codec\./);
      }
      const secrets = made.mock.results.map(({ value }) => value as Secret);
      expect(secrets.length).toBeGreaterThan(12);
      expect(secrets.filter(({ disposed }) => !disposed)).toHaveLength(0);
    } finally {
      made.mockRestore();
    }
  });
});

describe("a chain of changes over a random life", () => {
  it.each([1, 2, 3])(
    "equals the full snapshot of the last state (seed %i)",
    async (seed) => {
      const draw = drawsOf(seed);
      const one = <T>(values: readonly T[]): T => values[Math.floor(draw() * values.length)] as T;
      const environment = environmentOf({ seed, policy: { sendWhileProposalsWait: true } });
      const chat = await Chat.of(["me", "a", "b", "c"], environment);
      const stored = await Stored.of(environment, chat.state("me"));
      const letters: Uint8Array[] = [];
      let born = 0;
      const others = () => chat.names.filter((name) => name !== "me");
      const untouched = () => chat.state("me").proposals.size === 0;
      const steps: (() => Promise<unknown>)[] = [
        () => chat.send("me", "mine"),
        async () => letters.push(await chat.send(one(others()), "theirs")),
        async () => letters.push(await chat.send(one(others()), "theirs")),
        async () => {
          const [letter] = letters.splice(Math.floor(draw() * letters.length), 1);
          if (letter !== undefined) await chat.receive("me", letter).catch(() => undefined);
        },
        () => chat.commit(one(chat.names)),
        async () => {
          if (chat.names.length < 9 && untouched()) await chat.add(one(chat.names), [`n${born++}`, `n${born++}`]);
        },
        async () => {
          if (chat.names.length > 3 && untouched())
            await chat.remove(one(["me", one(others())]), one(others()).slice());
        },
        async () => {
          const by = one(chat.names);
          const updated = [...chat.state("me").proposals.values()].some(
            ({ sender }) => sender.senderType === "member" && sender.leafIndex === chat.state(by).self.leafIndex,
          );
          if (!updated) await chat.propose(by, { proposalType: "update" });
        },
        async () => {
          if (untouched()) await chat.joinExternally(one(chat.names), `x${born++}`);
        },
        async () => {
          for (const name of chat.names) chat.adopt(name, dropProposals(chat.state(name), "all"));
        },
      ];
      for (let step = 0; step < 150; step++) {
        await one(steps)().catch((error) => {
          // Nobody removes themselves.
          if (error.code !== "proposals.committer_removed") throw error;
        });
        if (draw() < 0.7) await stored.follow(chat.state("me"));
        if (step % 30 === 29) {
          await stored.follow(chat.state("me"));
          stored.expectEqual();
        }
      }
      chat.states.set("me", stored.restored);
      await chat.commit("me");
      chat.agree();
    },
    60_000,
  );
});

describe("the size of a change", () => {
  const SIZE = 10_000;
  const environment = environmentOf();
  let before: GroupState;
  let other: GroupState;

  beforeAll(async () => {
    const group = await syntheticGroup(environment, { size: SIZE });
    before = await group.member(leafIndex(17));
    other = await group.member(leafIndex(SIZE - 1));
  }, 120_000);

  it("in a group of 10 000: of messages far below 1 KiB, of a commit far below 64", async () => {
    const stored = await Stored.of(environment, before);
    const first = await protect(environment, other, utf8("opens the ratchet"));
    before = (await processMessage(environment, before, first.output)).state;
    expect(await stored.follow(before)).toBeLessThan(1024);
    const second = await protect(environment, first.state, utf8("second"));
    before = (await processMessage(environment, before, second.output)).state;
    expect(await stored.follow(before)).toBeLessThan(400);
    const commit = await createCommit(environment, second.state);
    before = (await processMessage(environment, before, commit.output.message)).state;
    expect(await stored.follow(before)).toBeLessThan(4096);
    const own = await createCommit(environment, before);
    const accepted = acceptCommit(environment, own.state, own.output.pending).state;
    expect(await stored.follow(accepted)).toBeLessThan(4096);
    expect(fingerprint(stored.restored)).toBe(fingerprint(accepted));
  });

  it("of a message among a thousand skipped ones is that of one", async () => {
    const chat = await Chat.of(["alice", "bob"]);
    const late: Uint8Array[] = [];
    for (let i = 0; i < 300; i++) late.push(await chat.send("alice", `${i}`));
    await chat.deliver("alice", await chat.send("alice", "last"));
    const stored = await Stored.of(chat.environment, chat.state("bob"));
    await chat.deliver("alice", late[7] as Uint8Array);
    expect(await stored.follow(chat.state("bob"))).toBeLessThan(256);
    await chat.deliver("alice", await chat.send("alice", "new"));
    expect(await stored.follow(chat.state("bob"))).toBeLessThan(256);
    stored.expectEqual();
  });
});
