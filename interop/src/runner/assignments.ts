/**
 * Which client plays which actor. Of `k` clients and `n` actors there are k^n assignments; where that is more than anyone wants,
 * a sample stands for them, in which each client plays alone once and any two actors meet in every pair of clients.
 */
import { seeded, shuffled } from "./seeded.ts";

/** For each actor the number of its client. */
export type Casting = readonly number[];

export interface Extent {
  readonly actors: number;
  readonly clients: number;
}

export interface Sampling {
  /** No more than so many. */
  readonly limit: number;
  readonly seed: string | number;
  /** A sample goes on up to the limit, though all pairs have met. */
  readonly fill: boolean;
}

/** All, one after another, with the last actor changing first. */
export function* allCastings({ actors, clients }: Extent): Generator<Casting> {
  const casting = new Array<number>(actors).fill(0);
  while (clients > 0) {
    yield [...casting];
    let last = actors - 1;
    while (last >= 0 && casting[last] === clients - 1) casting[last--] = 0;
    if (last < 0) return;
    casting[last] = (casting[last] ?? 0) + 1;
  }
}

/** All where there are no more than the limit, else a sample. Each comes once, and the same seed gives the same ones. */
export function* castings(extent: Extent, { limit, seed, fill }: Sampling): Generator<Casting> {
  const { actors, clients } = extent;
  if (clients ** actors <= limit) {
    yield* allCastings(extent);
    return;
  }
  const choose = seeded(seed);
  const pairs = new Pairs(extent);
  const given = new Set<string>();
  for (let i = 0; given.size < limit; i++) {
    if (i >= clients && pairs.missing === 0 && !fill) return;
    const casting = castingOf(i, extent, { pairs, choose });
    const key = casting.join(" ");
    if (given.has(key)) continue;
    given.add(key);
    pairs.meet(casting);
    yield casting;
  }
}

interface Sample {
  readonly pairs: Pairs;
  readonly choose: (below: number) => number;
}

function castingOf(i: number, { actors, clients }: Extent, { pairs, choose }: Sample): Casting {
  if (i < clients) return new Array<number>(actors).fill(i);
  if (pairs.missing > 0) return pairs.greedy(choose);
  return Array.from({ length: actors }, () => choose(clients));
}

/** The meetings of two actors in two clients that have not been seen yet. */
class Pairs {
  readonly #actors: number;
  readonly #clients: number;
  /** One octet for each, at (first actor, second actor, first client, second client), both ways round. */
  readonly #met: Uint8Array;
  /** Before this one all have met. */
  #start = 0;
  missing: number;

  constructor({ actors, clients }: Extent) {
    this.#actors = actors;
    this.#clients = clients;
    this.#met = new Uint8Array(actors * actors * clients * clients);
    this.missing = ((actors * (actors - 1)) / 2) * clients * clients;
  }

  #at(a: number, b: number, clients: readonly [number, number]): number {
    return ((a * this.#actors + b) * this.#clients + clients[0]) * this.#clients + clients[1];
  }

  meet(casting: Casting): void {
    for (const [a, x] of casting.entries()) {
      for (let b = a + 1; b < this.#actors; b++) {
        const y = casting[b] ?? 0;
        const at = this.#at(a, b, [x, y]);
        if (this.#met[at] === 1) continue;
        this.#met[at] = 1;
        this.#met[this.#at(b, a, [y, x])] = 1;
        this.missing--;
      }
    }
  }

  /** Begins with a meeting that is missing, and gives each further actor the client by which most others are met. */
  greedy(choose: (below: number) => number): Casting {
    const { a, b, x, y } = this.#firstMissing();
    const casting = new Array<number>(this.#actors).fill(0);
    casting[a] = x;
    casting[b] = y;
    const cast = [a, b];
    const others = [...casting.keys()].filter((each) => each !== a && each !== b);
    for (const actor of shuffled(others, choose)) {
      casting[actor] = this.#best(actor, { cast, casting, choose });
      cast.push(actor);
    }
    return casting;
  }

  #best(actor: number, { cast, casting, choose }: Progress): number {
    const gain = new Array<number>(this.#clients).fill(0);
    for (const other of cast) {
      const from = this.#at(other, actor, [casting[other] ?? 0, 0]);
      for (let client = 0; client < this.#clients; client++) {
        if (this.#met[from + client] === 0) gain[client] = (gain[client] ?? 0) + 1;
      }
    }
    const most = Math.max(...gain);
    const best = [...gain.keys()].filter((client) => gain[client] === most);
    return best[choose(best.length)] ?? 0;
  }

  #firstMissing() {
    const [n, k] = [this.#actors, this.#clients];
    for (let at = this.#start; at < this.#met.length; at++) {
      const [b, a] = [Math.floor(at / (k * k)) % n, Math.floor(at / (k * k * n))];
      if (a >= b || this.#met[at] === 1) continue;
      this.#start = at;
      return { a, b, x: Math.floor(at / k) % k, y: at % k };
    }
    throw new Error("all pairs have met");
  }
}

interface Progress {
  readonly cast: readonly number[];
  readonly casting: Casting;
  readonly choose: (below: number) => number;
}
