/**
 * Random lives of groups against a model that knows no cryptography. A seed replays a life; what fails names its seed.
 * COPATH_MODEL_STEPS sets how many steps are lived in all, COPATH_MODEL_SEED where the seeds begin.
 */
import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { toHex, utf8 } from "../../src/bytes.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { type CreatedCommit, createCommit } from "../../src/group/create-commit.ts";
import type { Environment } from "../../src/group/environment.ts";
import { type ExternalJoin, joinExternally } from "../../src/group/external.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { exportSecret, ratchetTree, roster } from "../../src/group/members.ts";
import { acceptCommit, acceptJoin, dropCommit, dropJoin } from "../../src/group/pending.ts";
import type { ProposalRequest } from "../../src/group/propose.ts";
import { discard, secretsHeld } from "../../src/group/state.ts";
import { verifyParentHashes } from "../../src/tree/parent-hash.ts";
import { leafIndex } from "../../src/tree-math.ts";
import type { Extension } from "../../src/wire/extension.ts";
import { drawsOf } from "../support/generate.ts";
import { basic, Chat, environmentOf, keyPackageFor, suiteOf } from "../support/group.ts";
import { type Intent, NaiveGroup, type Saying } from "./naive-group.ts";

const STEPS = Number(process.env.COPATH_MODEL_STEPS ?? 600);
const FIRST_SEED = Number(process.env.COPATH_MODEL_SEED ?? 1);
const STEPS_OF_ONE = 60;
const MOST_MEMBERS = 12;
const KEPT = 3;

const CAPABILITIES = {
  versions: ["mls10" as const],
  cipherSuites: [1],
  extensions: [0xf001],
  proposals: [],
  credentials: ["basic" as const],
};
const labelled = (label: number): Extension[] => [{ extensionType: 0xf001, extensionData: Uint8Array.of(label) }];

interface Letter {
  readonly saying: Saying;
  readonly octets: Uint8Array;
  readonly to: string;
}

/** One group, its members' real states, and the model beside them. */
class Life {
  readonly draw: () => number;
  readonly environment: Environment;
  readonly chat: Chat;
  readonly model: NaiveGroup;
  /** What was proposed in this epoch and will be taken by the next default commit, by reference. */
  readonly proposed: {
    readonly intent: Intent;
    readonly by: string;
    readonly bundle?: Awaited<ReturnType<typeof keyPackageFor>>;
  }[] = [];
  readonly letters: Letter[] = [];
  readonly story: string[] = [];
  #born = 0;

  private constructor(seed: number, environment: Environment, chat: Chat) {
    this.draw = drawsOf(seed);
    this.environment = environment;
    this.chat = chat;
    this.model = new NaiveGroup("m0");
  }

  static async begin(seed: number): Promise<Life> {
    const environment = environmentOf({
      seed: `life ${seed}`,
      suite: seed % 10 === 0 ? suiteOf(1, noble) : suiteOf(1),
      psks: { external: (id) => utf8(`psk of ${toHex(id)}`) },
      policy: { sendWhileProposalsWait: true },
    });
    const chat = await Chat.of(["m0"], environment, { leaves: { capabilities: CAPABILITIES } });
    return new Life(seed, environment, chat);
  }

  below(limit: number): number {
    return Math.floor(this.draw() * limit);
  }

  chance(probability: number): boolean {
    return this.draw() < probability;
  }

  one<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  anyone(but?: string): string {
    return this.one(this.model.members.filter((name) => name !== but));
  }

  newName(): string {
    this.#born++;
    return `m${this.#born}`;
  }

  get format() {
    return this.chance(0.5) ? "mls_private_message" : "mls_public_message";
  }

  /** Seats that no proposal of this epoch is about yet. */
  untouched(but?: string): readonly string[] {
    const touched = new Set(this.proposed.flatMap(({ intent }) => ("name" in intent ? [intent.name] : [])));
    return this.model.members.filter((name) => !touched.has(name) && name !== but);
  }

  async step(): Promise<void> {
    const crowded = this.model.members.length >= MOST_MEMBERS;
    const lonely = this.model.members.length < 3;
    const steps: [number, () => Promise<void>][] = [
      [7, () => this.say()],
      [6, () => this.deliver(1 + this.below(8))],
      [crowded ? 0 : lonely ? 6 : 2, () => this.commit("add")],
      [lonely ? 0 : crowded ? 5 : 2, () => this.commit("remove")],
      [2, () => this.commit("none")],
      [2, () => this.commit("mixed")],
      [4, () => this.propose()],
      [crowded ? 0 : 1, () => this.joinFromOutside()],
      [lonely ? 0 : 1, () => this.race()],
      [0.5, () => this.noise()],
    ];
    let at = this.draw() * steps.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, act] of steps) {
      at -= weight;
      if (at < 0) return act();
    }
  }

  async say(): Promise<void> {
    const by = this.anyone();
    const text = `${by} says ${this.letters.length} in ${this.model.epoch}`;
    const octets = await this.chat.send(by, text);
    const saying = this.model.say(by, text);
    for (const to of this.model.members) if (to !== by) this.letters.push({ saying, octets, to });
    this.story.push(text);
  }

  /** Letters arrive in any order, at any time, and are read exactly if the model says so. */
  async deliver(count: number): Promise<void> {
    for (let i = 0; i < count && this.letters.length > 0; i++) {
      const [letter] = this.letters.splice(this.below(this.letters.length), 1);
      if (letter === undefined || !this.model.members.includes(letter.to)) continue;
      const { saying, octets, to } = letter;
      const outcome = await this.chat.receive(to, octets).then(
        (received) => (received.contentType === "application" ? received : undefined),
        (error) => error.code as string,
      );
      if (this.model.readable(to, saying, KEPT)) {
        expect(outcome, `${to} reads "${saying.text}"`).toMatchObject({
          applicationData: utf8(saying.text),
          sender: saying.seat,
          epoch: BigInt(saying.epoch),
          senderLeaf: { credential: basic(saying.by) },
        });
        if (this.chance(0.3))
          await expect(this.chat.receive(to, octets)).rejects.toMatchObject({ code: "ratchet.generation_used" });
      } else expect(outcome, `${to} does not read "${saying.text}"`).toMatch(/^epoch\.expired$/);
    }
  }

  async propose(): Promise<void> {
    const by = this.anyone();
    const kinds = ["update", "psk", "remove", "add"] as const;
    const kind = this.one(kinds);
    const wireFormat = this.format;
    this.story.push(`${by} proposes ${kind}`);
    if (kind === "update") {
      if (!this.untouched().includes(by)) return;
      const leaf = this.chance(0.4)
        ? { signer: await generateSigner(this.environment.suite, this.environment.random) }
        : {};
      await this.chat.propose(by, { proposalType: "update", leaf }, { wireFormat });
      this.proposed.push({ intent: { kind, name: by }, by });
    } else if (kind === "psk") {
      const psk = this.chance(0.5)
        ? ({ psktype: "external", pskId: Uint8Array.of(this.below(4)) } as const)
        : undefined;
      if (psk === undefined) return;
      await this.chat.propose(by, { proposalType: "psk", psk }, { wireFormat });
      this.proposed.push({ intent: { kind }, by });
    } else if (kind === "remove") {
      const free = this.untouched();
      if (free.length < 3) return;
      const name = this.one(free);
      await this.chat.propose(
        by,
        { proposalType: "remove", removed: this.chat.state(name).self.leafIndex },
        { wireFormat },
      );
      this.proposed.push({ intent: { kind, name }, by });
    } else if (this.model.members.length < MOST_MEMBERS - 2) {
      const name = this.newName();
      const bundle = await keyPackageFor(this.environment, name, { capabilities: CAPABILITIES });
      await this.chat.propose(by, { proposalType: "add", keyPackage: bundle.keyPackage }, { wireFormat });
      this.proposed.push({ intent: { kind, name }, by, bundle });
    }
  }

  async commit(kind: "add" | "remove" | "none" | "mixed"): Promise<void> {
    const [by] = this.shuffled(this.untouched());
    if (by === undefined) return;
    const proposals: ProposalRequest[] = [];
    const intents: Intent[] = this.proposed.map(({ intent }) => intent);
    const joiners = new Map(
      this.proposed.flatMap(({ intent, bundle }) =>
        bundle === undefined || intent.kind !== "add" ? [] : [[intent.name, bundle] as const],
      ),
    );
    const leaving = this.shuffled(this.untouched(by));
    const remove = () => {
      const name = leaving.pop();
      if (name === undefined) return;
      proposals.push({ proposalType: "remove", removed: this.chat.state(name).self.leafIndex });
      intents.push({ kind: "remove", name });
    };
    const add = async () => {
      const name = this.newName();
      const bundle = await keyPackageFor(this.environment, name, { capabilities: CAPABILITIES });
      proposals.push({ proposalType: "add", keyPackage: bundle.keyPackage });
      intents.push({ kind: "add", name });
      joiners.set(name, bundle);
    };
    if (kind === "add")
      for (let i = 1 + this.below(3); i > 0 && this.model.members.length + joiners.size < MOST_MEMBERS; i--)
        await add();
    if (kind === "remove") for (let i = 1 + this.below(3); i > 0; i--) remove();
    if (kind === "mixed") {
      remove();
      if (this.model.members.length + joiners.size < MOST_MEMBERS) await add();
      const label = this.below(200);
      if (this.chance(0.5)) {
        proposals.push({ proposalType: "group_context_extensions", extensions: labelled(label) });
        intents.push({ kind: "extensions", label });
      }
      if (this.chance(0.5)) {
        const pskEpoch = BigInt(Math.max(this.model.since.get(by) ?? 0, this.model.epoch - this.below(2)));
        const everyoneKnows = this.model.members.every((name) => (this.model.since.get(name) ?? 0) <= pskEpoch);
        if (everyoneKnows && joiners.size === 0)
          proposals.push({ proposalType: "psk", psk: { psktype: "resumption", pskEpoch } });
      }
    }
    const leaf = this.chance(0.15)
      ? { leaf: { signer: await generateSigner(this.environment.suite, this.environment.random) } }
      : {};
    const options = {
      proposals,
      forcePath: this.chance(0.6),
      wireFormat: this.format,
      ratchetTree: this.chance(0.7),
      welcomes: this.one(["one", "each"] as const),
      ...leaf,
    } as const;
    this.story.push(
      `${by} commits ${intents.map((intent) => `${intent.kind} ${"name" in intent ? intent.name : ""}`).join(", ")}${options.forcePath ? " with a path" : ""}`,
    );
    const created = this.chat.adopt(by, await createCommit(this.environment, this.chat.state(by), options));
    if (this.chance(0.15)) {
      dropCommit(created.pending);
      this.story.push("and drops it");
      return;
    }
    await this.accept(by, created, intents, joiners);
  }

  async accept(
    by: string,
    created: CreatedCommit,
    intents: readonly Intent[],
    joiners: ReadonlyMap<string, Awaited<ReturnType<typeof keyPackageFor>>> = new Map(),
  ): Promise<void> {
    await this.hear(created.message, by);
    this.chat.adopt(by, acceptCommit(this.environment, this.chat.state(by), created.pending));
    for (const [name, bundle] of joiners) await this.chat.join(name, bundle, created);
    this.model.commit(intents);
    this.newEpoch();
  }

  async hear(message: Uint8Array, but?: string): Promise<void> {
    for (const name of this.chat.names) {
      if (name === but) continue;
      const received = await this.chat.receive(name, message);
      expect(received.contentType).toBe("commit");
    }
  }

  newEpoch(): void {
    this.proposed.length = 0;
    for (const name of this.chat.names) {
      if (this.model.members.includes(name)) continue;
      expect(this.chat.state(name).closed).toEqual({ reason: "removed" });
      discard(undefined, { state: this.chat.state(name) });
      this.chat.states.delete(name);
    }
  }

  async joinFromOutside(): Promise<void> {
    const name = this.newName();
    const host = this.anyone();
    const resync = this.chance(0.4) && this.model.members.length > 2 ? this.one(this.model.members) : undefined;
    const { pending, message } = await this.fromOutside(name, host, resync);
    this.story.push(
      `${name} joins from outside through ${host}${resync === undefined ? "" : ` in place of ${resync}`}`,
    );
    if (this.chance(0.15)) {
      dropJoin(pending);
      return;
    }
    await this.hear(message);
    this.chat.states.set(name, acceptJoin(pending));
    this.model.commit(resync === undefined ? [] : [{ kind: "remove", name: resync }], name);
    this.newEpoch();
  }

  async fromOutside(name: string, host: string, resync?: string): Promise<ExternalJoin> {
    const withTree = this.chance(0.5);
    const state = this.chat.state(host);
    const groupInfo = await createGroupInfo(this.environment, state, { ratchetTree: withTree });
    return joinExternally(this.environment, {
      signer: await generateSigner(this.environment.suite, this.environment.random),
      credential: basic(name),
      capabilities: CAPABILITIES,
      groupInfo,
      ...(withTree ? {} : { ratchetTree: ratchetTree(state) }),
      ...(resync === undefined ? {} : { removed: leafIndex(this.model.seatOf(resync)) }),
      ...(this.chance(0.3) ? { psks: [Uint8Array.of(1), Uint8Array.of(2)] } : {}),
    });
  }

  /** Several commit on one epoch, an outsider perhaps too; one wins, the others forget. */
  async race(): Promise<void> {
    const racers = this.shuffled(this.untouched()).slice(0, 3);
    if (racers.length < 2) return;
    const created = new Map<string, CreatedCommit>();
    for (const name of racers) {
      created.set(
        name,
        this.chat.adopt(
          name,
          await createCommit(this.environment, this.chat.state(name), {
            forcePath: true,
            references: [],
            wireFormat: this.format,
          }),
        ),
      );
    }
    const winner = this.one(racers);
    this.story.push(`${racers.join(", ")} race, and ${winner} wins`);
    const won = created.get(winner);
    if (won === undefined) return;
    await this.accept(winner, won, []);
    for (const [name, { pending, message }] of created) {
      if (name === winner) continue;
      expect(() => acceptCommit(this.environment, this.chat.state(name), pending)).toThrow("state.not_pending");
      dropCommit(pending);
      await expect(this.chat.receive(this.anyone(name), message)).rejects.toMatchObject({ code: "epoch.past" });
    }
  }

  /** Octets of nobody change nothing. */
  async noise(): Promise<void> {
    const by = this.anyone();
    const to = this.anyone(this.model.members.length > 1 ? by : undefined);
    const octets = await this.chat.send(by, "noise").then((sent) => sent.slice());
    const at = this.below(octets.length);
    octets[at] = (octets[at] ?? 0) ^ (1 << this.below(8));
    await expect(this.chat.receive(to, octets)).rejects.toMatchObject({ reaction: /malformed|invalid|stale/ });
  }

  shuffled<T>(values: readonly T[]): T[] {
    const rest = [...values];
    const out: T[] = [];
    while (rest.length > 0) out.push(...rest.splice(this.below(rest.length), 1));
    return out;
  }

  /** All members agree with each other, and with the model. */
  check(): void {
    this.chat.agree();
    expect([...this.chat.states.keys()].sort()).toEqual([...this.model.members].sort());
    const { one } = this.chat;
    expect(one.epoch.groupContext.epoch).toBe(BigInt(this.model.epoch));
    expect(one.tree.leafCount).toBe(this.model.seats.length);
    expect(one.epoch.groupContext.extensions).toEqual(this.model.label === undefined ? [] : labelled(this.model.label));
    const seen = roster(one).map(({ leafIndex, leafNode: { credential } }) => [
      leafIndex,
      credential.credentialType === "basic" ? new TextDecoder().decode(credential.identity) : "?",
    ]);
    expect(seen).toEqual(this.model.roster());
    verifyParentHashes(one.tree);
    const use = { label: "model", context: utf8("x"), length: 16 };
    const exported = new Set(
      [...this.chat.states.values()].map((state) => toHex(exportSecret(this.environment.suite, state, use))),
    );
    expect(exported.size).toBe(1);
    for (const [name, state] of this.chat.states) {
      expect(state.self.leafIndex, name).toBe(this.model.seatOf(name));
      for (const secret of secretsHeld(state)) expect(secret.disposed).toBe(false);
    }
  }
}

async function live(seed: number, steps: number): Promise<Life> {
  const life = await Life.begin(seed);
  try {
    for (let i = 0; i < steps; i++) {
      await life.step();
      life.check();
    }
    await life.deliver(life.letters.length);
    life.check();
  } catch (error) {
    throw new Error(`seed ${seed} failed after:\n${life.story.join("\n")}`, { cause: error });
  }
  return life;
}

describe("random lives of groups", () => {
  const lives = Math.max(1, Math.ceil(STEPS / STEPS_OF_ONE));
  it.each(Array.from({ length: lives }, (_, i) => FIRST_SEED + i))(
    "[4.1-01] [7.7-01] [8.7-01] [9.2-06] [12.1.1-02] [12.1.1-03] [14-01] seed %i",
    { timeout: 600_000 },
    async (seed) => {
      const life = await live(seed, STEPS_OF_ONE);
      expect(life.story.length).toBeGreaterThan(10);
    },
  );

  it("are replayed by their seeds", async () => {
    const [one, two] = [await live(FIRST_SEED, 15), await live(FIRST_SEED, 15)];
    expect(two.story).toEqual(one.story);
  });
});
