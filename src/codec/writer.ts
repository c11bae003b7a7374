/**
 * §2.1: writing the presentation language in one pass. A vector's length header is reserved as one octet and widened
 * by sliding the body when it turns out longer than 63 octets. Long octet strings are put in their place at the end:
 * what stands before one is set aside, and neither grows nor slides with what follows.
 */

import { concat, wipe } from "../bytes.ts";
import { InternalError, UsageError } from "../errors.ts";

/** The largest length that a header of §2.1.2 can express. */
export const MAX_VECTOR_LENGTH = 2 ** 30 - 1;

/** A writer that is used again gives back what one long value made it allocate. */
const MAX_KEPT_CAPACITY = 2 ** 16;

/** From how many octets on a string is not copied before `finish`. */
const LONG = 2 ** 12;

/** What was written before a long octet string, or such a string itself. */
interface Piece {
  readonly start: number;
  octets: Uint8Array;
}

/** A growing buffer, for codecs of one's own. Octet strings that it is given stay as they are until the end. */
export class Writer {
  #buffer: Uint8Array<ArrayBuffer>;
  #view: DataView;
  /** Written into the buffer. */
  #length = 0;
  /** What stands before the buffer, and how long that is. */
  #pieces: Piece[] = [];
  #before = 0;
  #customLengths: number[] = [];

  constructor(capacity = 256) {
    this.#buffer = new Uint8Array(capacity);
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** How many octets were written so far. */
  get length(): number {
    return this.#before + this.#length;
  }

  /** What was written, as an array of its own. */
  finish(): Uint8Array<ArrayBuffer> {
    if (this.#before === 0) return this.#buffer.slice(0, this.#length);
    const whole = new Uint8Array(this.length);
    for (const { start, octets } of this.#pieces) whole.set(octets, start);
    whole.set(this.#buffer.subarray(0, this.#length), this.#before);
    return whole;
  }

  /** Makes the writer ready for the next value. What was written may hold secrets, so nothing of it stays here. */
  clear(): void {
    if (this.#buffer.length > MAX_KEPT_CAPACITY) this.#replace(new Uint8Array(MAX_KEPT_CAPACITY));
    else wipe(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
    if (this.#before > 0) this.#forgetPieces();
    if (this.#customLengths.length > 0) this.#customLengths = [];
  }

  /** An unsigned integer of `width` octets, big-endian. Its range is the codec's to check. */
  uint(width: 1 | 2 | 4, value: number): void {
    const at = this.#reserve(width);
    if (width === 1) this.#view.setUint8(at, value);
    else if (width === 2) this.#view.setUint16(at, value);
    else this.#view.setUint32(at, value);
  }

  /** An unsigned integer of eight octets. */
  uint64(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value);
  }

  /** Octets as they are, without a length. */
  bytes(value: Uint8Array): void {
    if (value.length >= LONG) {
      this.#setAside(value);
      return;
    }
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
  }

  /** Octets of a custom body, which has no length on the wire. */
  customBody(value: Uint8Array): void {
    this.#customLengths.push(value.length);
    this.bytes(value);
  }

  /** The lengths of the custom bodies, in the order in which they were written. */
  get customLengths(): readonly number[] {
    return this.#customLengths;
  }

  /** Octets behind their length header. */
  opaque(value: Uint8Array): void {
    const width = headerWidth(value.length);
    if (value.length >= LONG) {
      this.#header(this.#reserve(width), width, value.length);
      this.#setAside(value);
      return;
    }
    const at = this.#reserve(width + value.length);
    this.#header(at, width, value.length);
    this.#buffer.set(value, at + width);
  }

  /** Opens a vector; what is written until `closeVector` is its body. */
  openVector(): number {
    return this.#before + this.#reserve(1);
  }

  /** Ends the vector that `openVector` returned `start` for. @throws UsageError `codec.too_long` */
  closeVector(start: number): void {
    const length = this.length - start - 1;
    if (length < 0) throw new InternalError("internal.invariant", { where: "closeVector" });
    const width = headerWidth(length);
    if (start < this.#before) {
      this.#widen(start, width, length);
      return;
    }
    const at = start - this.#before;
    if (width > 1) {
      this.#reserve(width - 1);
      this.#buffer.copyWithin(at + width, at + 1, at + 1 + length);
    }
    this.#header(at, width, length);
  }

  /** The header of a vector that began in a piece. Vectors that are still open began before it, and stay where they are. */
  #widen(start: number, width: 1 | 2 | 4, length: number): void {
    const index = this.#pieces.findLastIndex((piece) => piece.start <= start);
    const piece = this.#pieces[index] as Piece;
    const header = new Writer(width);
    header.#header(header.#reserve(width), width, length);
    const [head, tail] = [
      piece.octets.subarray(0, start - piece.start),
      piece.octets.subarray(start - piece.start + 1),
    ];
    this.#pieces[index] = { start: piece.start, octets: concat(head, header.#buffer, tail) };
    wipe(piece.octets);
    for (let i = index + 1; i < this.#pieces.length; i++) {
      const { start: was, octets } = this.#pieces[i] as Piece;
      this.#pieces[i] = { start: was + width - 1, octets };
    }
    this.#before += width - 1;
  }

  #header(at: number, width: 1 | 2 | 4, length: number): void {
    if (width === 1) this.#view.setUint8(at, length);
    else if (width === 2) this.#view.setUint16(at, 0x4000 | length);
    else this.#view.setUint32(at, 0x80000000 + length);
  }

  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#buffer.length) this.#grow(needed);
    this.#length = needed;
    return at;
  }

  /** Ends the piece at hand, and puts a long octet string behind it as it is. */
  #setAside(value: Uint8Array): void {
    const octets = this.#buffer.slice(0, this.#length);
    wipe(this.#buffer.subarray(0, this.#length));
    this.#pieces.push({ start: this.#before, octets }, { start: this.#before + octets.length, octets: value });
    this.#before += octets.length + value.length;
    this.#length = 0;
  }

  /** Only what this writer made is wiped. */
  #forgetPieces(): void {
    for (let i = 0; i < this.#pieces.length; i += 2) wipe((this.#pieces[i] as Piece).octets);
    this.#pieces = [];
    this.#before = 0;
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#replace(grown);
  }

  #replace(buffer: Uint8Array<ArrayBuffer>): void {
    wipe(this.#buffer);
    this.#buffer = buffer;
    this.#view = new DataView(buffer.buffer);
  }
}

/** How many octets a vector takes whose body has `length`. @throws UsageError `codec.too_long` */
export function withHeader(length: number): number {
  return headerWidth(length) + length;
}

function headerWidth(length: number): 1 | 2 | 4 {
  if (length < 64) return 1;
  if (length < 16384) return 2;
  if (length > MAX_VECTOR_LENGTH) throw new UsageError("codec.too_long", { length });
  return 4;
}
