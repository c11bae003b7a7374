/** Octet strings: the few operations that every room needs. */

import { MalformedError, UsageError } from "./errors.ts";

const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder();

export const EMPTY: Uint8Array<ArrayBuffer> = /* @__PURE__ */ new Uint8Array(0);

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Whether a value is an octet string: `Uint8Array`, its subclasses, and those of other realms; with memory, unless empty. */
export function isBytes(value: unknown): value is Uint8Array {
  return typedArrayName.call(value) === "Uint8Array" && !isDetached(value as Uint8Array);
}

/** What a typed array is by its making: nothing that is put on an object or in its prototype chain answers to it. */
const typedArrayName = /* @__PURE__ */ getterOfName();

function getterOfName(): () => unknown {
  const every = Object.getPrototypeOf(Uint8Array.prototype);
  return Object.getOwnPropertyDescriptor(every, Symbol.toStringTag)?.get as () => unknown;
}

/** Memory that was transferred elsewhere, or has shrunk, leaves views of no length, which are not empty octet strings. */
function isDetached(view: Uint8Array): boolean {
  if (view.byteLength > 0) return false;
  try {
    new Uint8Array(view);
    return false;
  } catch {
    return true;
  }
}

/** UTF-8. */
/* @__NO_SIDE_EFFECTS__ */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** A copy that shares no memory with `bytes`, whatever subclass of `Uint8Array` that is. */
export function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  requireBytes(bytes);
  return new Uint8Array(bytes);
}

/** A text, a number or null would become other octets without a word. */
function requireBytes(bytes: unknown): void {
  if (!isBytes(bytes)) throw new UsageError("input.invalid", { input: "octets", type: typeof bytes });
}

/** Whether two public octet strings are equal. Stops at the first difference: never for secrets or tags. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether two octet strings are equal, in time that depends on their lengths alone. Unequal lengths are unequal. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}

/** Overwrites with zeros. JavaScript engines may have made copies that this does not reach. */
export function wipe(...buffers: readonly Uint8Array[]): void {
  for (const buffer of buffers) buffer.fill(0);
}

/** So many octets at a time are arguments of one call. */
const AT_ONCE = 2 ** 10;

/** One character for each octet: for what is kept, and for keys of maps; compared by value. */
export function toText(bytes: Uint8Array): string {
  if (bytes.length <= AT_ONCE) return String.fromCharCode.apply(undefined, bytes as ArrayLike<number> as number[]);
  let text = "";
  for (let at = 0; at < bytes.length; at += AT_ONCE) text += toText(bytes.subarray(at, at + AT_ONCE));
  return text;
}

/** The octets of what `toText` made. */
export function fromText(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const HEX = /* @__PURE__ */ Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, "0"));

const NOT_A_DIGIT = 16;
/** What the first 128 characters are worth as hexadecimal digits. */
const NIBBLES = /* @__PURE__ */ Uint8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? NOT_A_DIGIT : value;
});

export function toHex(bytes: Uint8Array): string {
  let out = "";
  for (const octet of bytes) out += HEX[octet];
  return out;
}

/** @throws UsageError `input.not_hex` */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.floor(hex.length / 2));
  let digits = hex.length % 2 === 0 ? 0 : NOT_A_DIGIT;
  for (let i = 0; i < out.length; i++) {
    const high = NIBBLES[hex.charCodeAt(2 * i)] ?? NOT_A_DIGIT;
    const low = NIBBLES[hex.charCodeAt(2 * i + 1)] ?? NOT_A_DIGIT;
    digits |= high | low;
    out[i] = (high << 4) | low;
  }
  if (digits >= NOT_A_DIGIT) throw new UsageError("input.not_hex", { length: hex.length });
  return out;
}

const BASE64URL = utf8("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
const NOT_IN_ALPHABET = 64;
/** What the first 128 characters are worth. */
const SEXTETS = /* @__PURE__ */ sextets();

function sextets(): Uint8Array {
  const values = new Uint8Array(128).fill(NOT_IN_ALPHABET);
  for (const [value, code] of BASE64URL.entries()) values[code] = value;
  return values;
}

/** RFC 4648 §5, without padding: a text for JSON, URLs and whatever else does not carry octets. */
export function toBase64Url(bytes: Uint8Array): string {
  requireBytes(bytes);
  const out = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  for (let i = 0; i < out.length; i++) {
    const at = Math.floor((i * 3) / 4);
    const pair = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    // Sextet i of four begins at bit 0, 6, 4 or 2 of its first octet.
    out[i] = BASE64URL[(pair >> (10 - ((i * 6) % 8))) & 63] as number;
  }
  return decoder.decode(out);
}

/**
 * The octets of a text that `toBase64Url` could have made; no other text is accepted for them.
 *
 * @throws MalformedError `input.not_base64url`
 */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  if (typeof text !== "string") throw new MalformedError("input.not_base64url", { type: typeof text });
  const out = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let valid = text.length % 4 !== 1;
  for (let i = 0; i < text.length; i++) {
    const sextet = SEXTETS[text.charCodeAt(i)] ?? NOT_IN_ALPHABET;
    valid &&= sextet !== NOT_IN_ALPHABET;
    bits = ((bits << 6) | sextet) & 0x3fff;
    const left = ((i + 1) * 6) % 8;
    if (left !== 6) out[Math.floor(((i + 1) * 6) / 8) - 1] = bits >> left;
  }
  const unused = (text.length * 6) % 8;
  valid &&= (bits & ((1 << unused) - 1)) === 0;
  if (!valid) throw new MalformedError("input.not_base64url", { length: text.length });
  return out;
}
