/**
 * Values of any codec, made by the codec itself: `read` runs over a reader that makes its octets up. A drawn number
 * that the codec refuses (an undefined selector) is drawn again, so hand-written codecs need no description either.
 */
import * as fc from "fast-check";
import type { Codec } from "../../src/codec/codec.ts";
import { DEFAULT_LIMITS, type Reader } from "../../src/codec/reader.ts";
import { MalformedError } from "../../src/errors.ts";

type Draw = () => number;

/** fast-check's view of a codec's values; the seed is what a failure reports and replays. */
export function arbitraryOf<T>(codec: Codec<T>): fc.Arbitrary<T> {
  return fc.noBias(fc.nat(0x7fffffff)).map((seed) => generate(codec, seed));
}

export function generate<T>(codec: Codec<T>, seed: number): T {
  const tape: number[] = [];
  const draw = drawsOf(seed);
  for (let attempts = 0; attempts < 10_000; attempts++) {
    try {
      return codec.read(new MadeUpReader({ tape, draw, at: 0 }, 1, 0) as unknown as Reader);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      tape.pop();
    }
  }
  throw new Error(`no value of ${codec.name} found from seed ${seed}`);
}

/** Numbers in [0, 1): mulberry32, small and the same everywhere. */
export function drawsOf(seed: number): Draw {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Play {
  readonly tape: number[];
  readonly draw: Draw;
  at: number;
}

class MadeUpReader {
  readonly limits = DEFAULT_LIMITS;
  readonly offset = 0;
  readonly #play: Play;
  readonly #depth: number;
  #elements: number;

  constructor(play: Play, elements: number, depth: number) {
    this.#play = play;
    this.#elements = elements;
    this.#depth = depth;
  }

  /** Asked once before each element of a vector. */
  get remaining(): number {
    return this.#elements-- > 0 ? 1 : 0;
  }

  uint(width: 1 | 2 | 4): number {
    return this.#next(() => {
      if (this.#chance(0.75)) return this.#below(width === 1 ? 5 : 8);
      return (
        this.#oneOf([0x0a0a, 2 ** (8 * width - 1), 2 ** (8 * width) - 1, this.#below(2 ** (8 * width))]) %
        2 ** (8 * width)
      );
    });
  }

  uint64(): bigint {
    const low = this.uint(4);
    return (BigInt(this.uint(4)) << 32n) | BigInt(low);
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#next(() => this.#below(256)));
  }

  opaque(): Uint8Array {
    const length = this.#next(() =>
      this.#oneOf([0, 1, this.#below(48), this.#chance(0.05) ? this.#oneOf([63, 64, 300]) : 4]),
    );
    return this.bytes(length);
  }

  compose(): void {}

  customBody(): undefined {}

  vector(): MadeUpReader {
    const count = this.#next(() => (this.#depth === 0 && this.#chance(0.1) ? this.#below(70) : this.#below(3)));
    return new MadeUpReader(this.#play, count, this.#depth + 1);
  }

  #next(make: () => number): number {
    const play = this.#play;
    if (play.at === play.tape.length) play.tape.push(make());
    return play.tape[play.at++] as number;
  }

  #chance(probability: number): boolean {
    return this.#play.draw() < probability;
  }

  #below(limit: number): number {
    return Math.floor(this.#play.draw() * limit);
  }

  #oneOf(values: readonly number[]): number {
    return values[this.#below(values.length)] as number;
  }
}
