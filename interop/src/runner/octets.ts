/** Octets as the runner handles them: made, compared, shown. */
import { randomBytes } from "node:crypto";

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function random(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length));
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

export function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString("hex");
}

/** For a sentence: the first octets of what may be long. */
export function shown(octets: Uint8Array): string {
  if (octets.length === 0) return "nothing";
  return octets.length <= 32 ? hex(octets) : `${hex(octets.subarray(0, 32))}... (${octets.length} octets)`;
}
