/** Octets as the runner handles them: made, compared, shown. */
import { randomBytes, randomUUID } from "node:crypto";

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function random(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length));
}

/** Ids of groups look as those of the working group's runner do: peers may have come to expect it. */
export function newGroupId(): Uint8Array {
  return utf8(randomUUID());
}

/** What comes after a group of this id, under another. */
export function changedGroupId(id: Uint8Array): Uint8Array {
  return new Uint8Array([...id, ...utf8("++")]);
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
