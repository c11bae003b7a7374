/**
 * §2.1: writing the presentation language in one pass. A vector's length header is reserved as one octet and widened
 * by sliding the body when it turns out longer than 63 octets.
 */

import { wipe } from "../bytes.ts";
import { InternalError, UsageError } from "../errors.ts";

/** The largest length that a header of §2.1.2 can express. */
export const MAX_VECTOR_LENGTH = 2 ** 30 - 1;

/** A writer that is used again gives back what one long value made it allocate. */
const MAX_KEPT_CAPACITY = 2 ** 16;

/** A growing buffer, for codecs of one's own. */
export class Writer {
  #buffer: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;
  #customLengths: number[] = [];

  constructor(capacity = 256) {
    this.#buffer = new Uint8Array(capacity);
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** How many octets were written so far. */
  get length(): number {
    return this.#length;
  }

  /** What was written, as an array of its own. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(0, this.#length);
  }

  /** Makes the writer ready for the next value. What was written may hold secrets, so nothing of it stays here. */
  clear(): void {
    if (this.#buffer.length > MAX_KEPT_CAPACITY) this.#replace(new Uint8Array(MAX_KEPT_CAPACITY));
    else wipe(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
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
    const at = this.#reserve(width + value.length);
    this.#header(at, width, value.length);
    this.#buffer.set(value, at + width);
  }

  /** Opens a vector; what is written until `closeVector` is its body. */
  openVector(): number {
    return this.#reserve(1);
  }

  /** Ends the vector that `openVector` returned `start` for. @throws UsageError `codec.too_long` */
  closeVector(start: number): void {
    const length = this.#length - start - 1;
    if (length < 0) throw new InternalError("internal.invariant", { where: "closeVector" });
    const width = headerWidth(length);
    if (width > 1) {
      this.#reserve(width - 1);
      this.#buffer.copyWithin(start + width, start + 1, start + 1 + length);
    }
    this.#header(start, width, length);
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

function headerWidth(length: number): 1 | 2 | 4 {
  if (length < 64) return 1;
  if (length < 16384) return 2;
  if (length > MAX_VECTOR_LENGTH) throw new UsageError("codec.too_long", { length });
  return 4;
}
