/** Makes `passive-client-random`: a group in which everything happens, for as long as it is asked to. */

import { toHex } from "../bytes.ts";
import { padme } from "../framing/padding.ts";
import type { CommitOptions } from "../group/create-commit.ts";
import type { ProposalRequest, ProposeRequest } from "../group/propose.ts";
import type { FramingOptions } from "../group/protect.ts";
import { seededRandom } from "../testing/random.ts";
import { below, type MakeInput } from "./make-formulas.ts";
import { PRIVATE_USE } from "./make-structs.ts";
import { PASSIVE, Troupe } from "./make-troupe.ts";

/** The passive client included. */
const MAX_MEMBERS = 10;
const MIN_MEMBERS = 2;

export async function makePassiveClientRandom(input: MakeInput): Promise<unknown[]> {
  const life = new Life(input);
  await life.begin();
  const epochs = input.small ? 6 : 40;
  for (let epoch = 0; epoch < epochs; epoch++) await life.goOn();
  return [life.troupe.vector()];
}

type Event = (life: Life) => Promise<void>;

class Life {
  readonly troupe: Troupe;
  readonly #random: MakeInput["random"];
  #born = 0;
  #growing = true;

  constructor(input: MakeInput) {
    // What happens does not depend on how much randomness the operations draw.
    this.#random = seededRandom(toHex(input.random(16)));
    this.troupe = new Troupe(input);
  }

  async begin(): Promise<void> {
    const { troupe } = this;
    await troupe.found(this.newName());
    await troupe.commit(this.anyone(), {
      proposals: [await troupe.add(this.newName()), await troupe.add(this.newName())],
    });
    await troupe.commit(this.anyone(), { proposals: [await troupe.add(PASSIVE)], forcePath: true });
  }

  get members(): number {
    return this.troupe.names.length + 1;
  }

  /** One epoch. The group grows until it is full, and then shrinks until almost nobody is left. */
  async goOn(): Promise<void> {
    if (this.members >= MAX_MEMBERS) this.#growing = false;
    if (this.members <= MIN_MEMBERS) this.#growing = true;
    const towards = this.#growing ? ARRIVALS : DEPARTURES;
    await this.oneOf(this.maybe() ? towards : OTHER_EVENTS)(this);
  }

  async commit(by: string, options: CommitOptions): Promise<void> {
    await this.troupe.commit(by, { ...this.framing(), ...options, ...(this.maybe() ? { forcePath: true } : {}) });
  }

  /** By reference or, where that is possible, by value in what is returned. */
  async propose(by: string, request: ProposeRequest): Promise<ProposalRequest[]> {
    if (request.proposalType !== "update" && this.maybe()) return [request];
    await this.troupe.propose(by, request, this.framing());
    return [];
  }

  framing(): FramingOptions {
    if (this.maybe()) return { wireFormat: "mls_public_message" };
    return { wireFormat: "mls_private_message", padding: padme, authenticatedData: this.#random(this.below(4)) };
  }

  /** A member that acts, other than those named. */
  anyone(...others: readonly string[]): string {
    return this.oneOf(this.troupe.names.filter((name) => !others.includes(name)));
  }

  newName(): string {
    return `m${this.#born++}`;
  }

  maybe(): boolean {
    return this.below(2) === 0;
  }

  below(bound: number): number {
    return below(this.#random, bound);
  }

  octets(length: number): Uint8Array {
    return this.#random(length);
  }

  oneOf<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

const nothing: Event = (life) => life.commit(life.anyone(), {});

const someJoin: Event = async (life) => {
  const committer = life.anyone();
  const proposals = await life.propose(life.anyone(), await life.troupe.add(life.newName()));
  if (life.maybe() && life.members + 2 <= MAX_MEMBERS) {
    proposals.push(...(await life.propose(life.anyone(), await life.troupe.add(life.newName()))));
  }
  if (life.maybe()) proposals.push(life.troupe.psk(`psk ${life.below(3)}`));
  await life.commit(committer, { proposals, ratchetTree: life.maybe() });
};

const someLeave: Event = async (life) => {
  if (life.members === 2) return someUpdate(life);
  const committer = life.anyone();
  const first = life.anyone(committer);
  const proposals = await life.propose(life.anyone(first), life.troupe.remove(first));
  if (life.maybe() && life.members > 3) {
    const second = life.anyone(committer, first);
    proposals.push(...(await life.propose(committer, life.troupe.remove(second))));
  }
  await life.commit(committer, { proposals });
};

const someUpdate: Event = async (life) => {
  const committer = life.anyone();
  for (const name of life.troupe.names.filter((each) => each !== committer && life.maybe())) {
    const change = life.below(4) === 0 ? { leaf: { signer: await life.troupe.signer() } } : {};
    await life.propose(name, { proposalType: "update", ...change });
  }
  const rotates = life.below(4) === 0;
  await life.commit(committer, rotates ? { leaf: { signer: await life.troupe.signer() } } : {});
};

/** One leaves, one updates, one comes, and one of the proposals is left out. */
const muchHappens: Event = async (life) => {
  if (life.members < 4) return nothing(life);
  const committer = life.anyone();
  const leaving = life.anyone(committer);
  const updating = life.anyone(committer, leaving);
  await life.propose(updating, { proposalType: "update" });
  await life.propose(leaving, { proposalType: "update" });
  const leave = await life.propose(committer, life.troupe.remove(leaving));
  const join = await life.propose(committer, await life.troupe.add(life.newName()));
  await life.commit(
    committer,
    leave.length === 0 ? { proposals: join } : { proposals: [...leave, ...join], references: [] },
  );
};

/** Resumption PSKs are those that every member has, of the last few epochs. */
const secretsAreShared: Event = async (life) => {
  const { lastJoin, epoch } = life.troupe;
  const age = Math.min(Number(epoch - lastJoin), 3);
  const pskEpoch = epoch - BigInt(life.below(age + 1));
  const resumption = { proposalType: "psk", psk: { psktype: "resumption", pskEpoch } } as const;
  const proposals = await life.propose(life.anyone(), resumption);
  proposals.push(...(await life.propose(life.anyone(), life.troupe.psk(`psk ${life.below(3)}`))));
  await life.commit(life.anyone(), { proposals });
};

const extensionsChange: Event = async (life) => {
  const extensions = life.maybe() ? [] : [{ extensionType: PRIVATE_USE, extensionData: life.octets(8) }];
  const proposals = await life.propose(life.anyone(), { proposalType: "group_context_extensions", extensions });
  await life.commit(life.anyone(), { proposals });
};

const oneComesAlone: Event = async (life) => {
  if (life.maybe()) await life.troupe.propose(life.anyone(), { proposalType: "update" });
  await life.troupe.joinExternally(life.newName(), { ratchetTree: life.maybe(), psks: life.maybe() ? ["psk 0"] : [] });
};

const oneComesBack: Event = async (life) => {
  const name = life.anyone();
  await life.troupe.joinExternally(name, { removing: name, psks: life.maybe() ? ["psk 1"] : [] });
};

const oneTakesAPlace: Event = (life) => life.troupe.joinExternally(life.newName(), { removing: life.anyone() });

const ARRIVALS: readonly Event[] = [someJoin, someJoin, oneComesAlone];
const DEPARTURES: readonly Event[] = [someLeave];
const OTHER_EVENTS: readonly Event[] = [
  nothing,
  someUpdate,
  someUpdate,
  muchHappens,
  secretsAreShared,
  extensionsChange,
  oneComesBack,
  oneTakesAPlace,
];
