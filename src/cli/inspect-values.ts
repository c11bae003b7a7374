/** How single values read: names of the registries of §17 with their numbers, times, octets and the text in them. */

import { toHex } from "../bytes.ts";
import { REGISTERED_SUITES } from "../suites/registry.ts";
import { isGrease } from "../wire/registries.ts";
import type { Part } from "./inspect-walk.ts";
import { count } from "./terminal.ts";

/** Longer octet strings are shown by their beginning. */
const SHOWN_OCTETS = 24;
const SHOWN_TEXT = 40;

/** Registries of 16-bit values with room for everybody (§17). */
const REGISTRIES = new Set(["CipherSuite", "ExtensionType", "ProposalType", "CredentialType", "WireFormat"]);

/** A value on one line. */
export function valueText(part: Part, full: boolean): string {
  const { name, type, value, number } = part;
  if (value instanceof Uint8Array) return octetsText(part, value, full);
  if (typeof value === "string") return `${value} (${number})`;
  if (typeof value === "number") return numberText(value, type);
  if (typeof value === "bigint") return `${value}${timeText(value, name)}`;
  if (value === undefined) return type === "optional<Node>" ? "blank" : "absent";
  return String(value);
}

/** What is known of a number: a suite, or a place in a registry; undefined if nothing is. */
export function meaningOf(value: number, type: string): string | undefined {
  if (type === "CipherSuite") return suiteName(value) ?? reserved(value);
  if (type === "ExtensionType" && value === 10) return "last_resort";
  return REGISTRIES.has(type) ? reserved(value) : undefined;
}

/** The text that octets of free form are, if they are printable UTF-8. */
export function textOf(part: Part): string | undefined {
  const { value, type } = part;
  if (!(value instanceof Uint8Array) || value.length === 0 || type !== "opaque") return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value);
    return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

function octetsText(part: Part, octets: Uint8Array, full: boolean): string {
  const length = count(octets.length, "octet");
  if (octets.length === 0) return "empty";
  const isWhole = full || octets.length <= SHOWN_OCTETS;
  const hex = isWhole ? toHex(octets) : `${toHex(octets.subarray(0, SHOWN_OCTETS - 4))}…`;
  const text = textOf(part);
  if (text === undefined) return `${hex} (${length})`;
  const characters = [...text];
  const isShort = full || characters.length <= SHOWN_TEXT;
  return `${hex} "${isShort ? text : `${characters.slice(0, SHOWN_TEXT).join("")}…`}" (${length})`;
}

function numberText(value: number, type: string): string {
  const meaning = meaningOf(value, type);
  return meaning === undefined ? `${value}` : `${meaning} (${value})`;
}

function suiteName(value: number): string | undefined {
  return REGISTERED_SUITES.find(({ id }) => id === value)?.name;
}

/** §17: GREASE (§13.5), and what is left to private use. */
function reserved(value: number): string {
  if (isGrease(value)) return "GREASE";
  return value >= 0xf000 ? "private use" : "not registered";
}

/** Seconds since the Unix epoch, if it is a year of four digits. */
function timeText(seconds: bigint, name: string): string {
  if (!/^not_(?:before|after)$/.test(name) || seconds > 253_402_300_799n) return "";
  return ` (${new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z")})`;
}
