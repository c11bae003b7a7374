/**
 * §2.1: a bounded cursor over octets. It hands out views, never copies, and never reads past its end.
 */

import { isBytes } from "../bytes.ts";
import { MalformedError, UsageError } from "../errors.ts";

/** Bounds that hold before anything is allocated. */
export interface DecodeLimits {
  /** Octets of the whole input. */
  readonly maxLength: number;
  /** Elements of any one vector. */
  readonly maxElements: number;
}

/** 256 MiB, and vectors of 2^20 elements: room for the ratchet tree of 2^19 leaves. */
export const DEFAULT_LIMITS: DecodeLimits = { maxLength: 2 ** 28, maxElements: 2 ** 20 };

/**
 * §12.1, §5.3: how to read the bodies of types that no struct here has a case for, by the name of the struct
 * (`Proposal`, `Credential`) and the number of the type. `undefined` says that the type is unknown.
 */
export type CustomBodies = (struct: string, type: number) => BodyCodec | undefined;

/** The half of a codec that finds the end of a body. */
export interface BodyCodec {
  /** For errors. */
  readonly name: string;
  /** Takes one body off the front. */
  read(reader: Reader): unknown;
}

/** What a decode call is given besides the octets. Limits that are not given are those of `DEFAULT_LIMITS`. */
export interface DecodeOptions extends Partial<DecodeLimits> {
  /** Default: none, so that every type without a case is `codec.unsupported`. */
  readonly bodies?: CustomBodies | undefined;
}

/** What one input may still be made into, shared by all readers of its parts. */
interface Budget {
  structs: number;
  /** Custom bodies that the reading is inside of. */
  nesting: number;
}

/** Real messages have a struct for every thirty octets or more; short ones may be denser. */
function budgetFor(length: number): Budget {
  return { structs: 2 ** 16 + Math.floor(length / 8), nesting: 0 };
}

/** Vectors inside vectors deeper than this do not occur in any struct of the RFC. */
const MAX_DEPTH = 32;

/** A cursor over octets that others have sent, for codecs of one's own. */
export class Reader {
  /** In force for all that is read. */
  readonly limits: DecodeLimits;
  readonly #bodies: CustomBodies | undefined;
  readonly #buffer: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  readonly #depth: number;
  readonly #budget: Budget;
  #offset: number;

  private constructor(
    buffer: Uint8Array,
    view: DataView,
    bounds: { start: number; end: number; depth: number; budget: Budget },
    options: { readonly limits: DecodeLimits; readonly bodies: CustomBodies | undefined },
  ) {
    this.#buffer = buffer;
    this.#view = view;
    this.#offset = bounds.start;
    this.#end = bounds.end;
    this.#depth = bounds.depth;
    this.#budget = bounds.budget;
    this.limits = options.limits;
    this.#bodies = options.bodies;
  }

  /**
   * Views handed out are plain `Uint8Array`s, whatever subclass is read.
   *
   * @throws MalformedError `codec.limit`
   * @throws UsageError `input.invalid` if `bytes` is no octet string
   */
  static over(bytes: Uint8Array, options: DecodeOptions = {}): Reader {
    const { maxLength = DEFAULT_LIMITS.maxLength, maxElements = DEFAULT_LIMITS.maxElements, bodies } = options;
    const limits = { maxLength, maxElements };
    if (!isBytes(bytes)) throw new UsageError("input.invalid", { expected: "Uint8Array" });
    if (bytes.length > maxLength) {
      throw new MalformedError("codec.limit", { length: bytes.length, limit: maxLength });
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const plain =
      bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    const bounds = { start: 0, end: bytes.length, depth: 0, budget: budgetFor(bytes.length) };
    return new Reader(plain, view, bounds, { limits, bodies });
  }

  /** The position in the whole input. */
  get offset(): number {
    return this.#offset;
  }

  /** How many octets are left. */
  get remaining(): number {
    return this.#end - this.#offset;
  }

  /** An unsigned integer of `width` octets, big-endian. */
  uint(width: 1 | 2 | 4): number {
    const at = this.#take(width);
    if (width === 1) return this.#view.getUint8(at);
    return width === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  /** An unsigned integer of eight octets. */
  uint64(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  /** A view of the next `count` octets. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#buffer.subarray(at, at + count);
  }

  /** A view of what was read since the reader stood at `offset`. */
  since(offset: number): Uint8Array {
    return this.#buffer.subarray(offset, this.#offset);
  }

  /** §2.1.2: a length in the smallest of the three forms. */
  varint(): number {
    const start = this.#offset;
    const first = this.uint(1);
    const prefix = first >> 6;
    if (prefix === 0) return first;
    if (prefix === 3) throw new MalformedError("codec.invalid_length_prefix", { offset: start });
    const value = prefix === 1 ? ((first & 0x3f) << 8) | this.uint(1) : this.#restOfLongVarint(first);
    if (value < (prefix === 1 ? 64 : 16384)) throw new MalformedError("codec.non_minimal_length", { offset: start });
    return value;
  }

  /** A view of octets that stand behind their length (§2.1.2). */
  opaque(): Uint8Array {
    return this.bytes(this.varint());
  }

  /** A reader bounded to the body of the vector that starts here; this reader moves behind it. */
  vector(): Reader {
    const length = this.varint();
    if (this.#depth === MAX_DEPTH) throw new MalformedError("codec.too_deep", { offset: this.#offset });
    const start = this.#take(length);
    const bounds = { start, end: start + length, depth: this.#depth + 1, budget: this.#budget };
    return new Reader(this.#buffer, this.#view, bounds, { limits: this.limits, bodies: this.#bodies });
  }

  /**
   * Counts a struct that is about to be made. Empty ones take a single octet each, and a hundred times that in memory.
   *
   * @throws MalformedError `codec.limit`
   */
  compose(): void {
    if (this.#budget.structs-- > 0) return;
    throw new MalformedError("codec.limit", { offset: this.#offset });
  }

  /** How to read the body of a type without a case, if the decode call knows. */
  customBody(struct: string, type: number): BodyCodec | undefined {
    return this.#bodies?.(struct, type);
  }

  /**
   * A view of the octets that a codec, of whatever making, takes off the front.
   *
   * @throws MalformedError `codec.*`; `codec.custom_body` for what the codec throws of other kinds, and for one that is
   * not done when it returns
   */
  octetsOf(codec: BodyCodec): Uint8Array {
    const start = this.#offset;
    if (this.#budget.nesting === MAX_DEPTH) throw new MalformedError("codec.too_deep", { offset: start });
    this.#budget.nesting++;
    try {
      requireDone(codec.read(this));
    } catch (error) {
      if (error instanceof MalformedError) throw error;
      throw new MalformedError("codec.custom_body", { type: codec.name, offset: start }, { cause: error });
    } finally {
      this.#budget.nesting--;
    }
    return this.since(start);
  }

  /** @throws MalformedError `codec.trailing_bytes` */
  finish(): void {
    if (this.remaining > 0) {
      throw new MalformedError("codec.trailing_bytes", { offset: this.#offset, trailing: this.remaining });
    }
  }

  #restOfLongVarint(first: number): number {
    const high = ((first & 0x3f) << 8) | this.uint(1);
    return high * 65536 + this.uint(2);
  }

  /** What ends too early is the input, or the vector whose body this reader is bounded to. */
  #take(count: number): number {
    const at = this.#offset;
    if (count > this.#end - at) {
      const code = this.#depth === 0 ? "codec.truncated" : "codec.partial_element";
      throw new MalformedError(code, { offset: at, needed: count, available: this.#end - at });
    }
    this.#offset = at + count;
    return at;
  }
}

/** What comes later could refuse nothing any more, and must not go unhandled either. */
function requireDone(value: unknown): void {
  if (!(value instanceof Promise)) return;
  void value.catch(() => undefined);
  throw new TypeError("a body codec must not be asynchronous");
}
