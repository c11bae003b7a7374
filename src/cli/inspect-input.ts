/** From what was given to octets: raw, hexadecimal as tools and programs write it, base64 and base64url, told apart by the characters. */

import { readFileSync } from "node:fs";
import { fromHex } from "../bytes.ts";
import { WrongUsage } from "./command.ts";
import type { Terminal } from "./terminal.ts";

export const ENCODINGS = ["raw", "hex", "base64"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** One way to understand the input. */
export interface Reading {
  readonly encoding: Encoding;
  readonly octets: Uint8Array;
  /** Whether it is printable text, in none of the other encodings. */
  readonly isText?: boolean;
}

/** Longer ones don't fit into a string. */
const MAX_TEXT = 2 ** 29 - 32;

/** The content of a file, or of standard input for `-`. @throws WrongUsage if it can't be read */
export async function contentOf(file: string, terminal: Terminal): Promise<Uint8Array> {
  if (file === "-") return terminal.input();
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new WrongUsage(`cannot read '${file}': ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** All ways to understand the content, the likeliest first; there is at least the raw one. */
export function readings(content: Uint8Array): readonly [Reading, ...Reading[]] {
  const text = textIn(content);
  const raw: Reading = { encoding: "raw", octets: content, isText: text !== undefined && text !== "" };
  const [first, ...more] = (["hex", "base64"] as const).flatMap((encoding) => reading(encoding, text) ?? []);
  return first === undefined ? [raw] : [first, ...more, raw];
}

/** The content in an encoding that was named. @throws WrongUsage if it isn't in that */
export function readAs(encoding: Encoding, content: Uint8Array): Reading {
  if (encoding === "raw") return { encoding, octets: content };
  const found = reading(encoding, textIn(content));
  if (found === undefined) throw new WrongUsage(`the input is not ${encoding}`);
  return found;
}

function reading(encoding: "hex" | "base64", text: string | undefined): Reading | undefined {
  if (text === undefined || text === "") return undefined;
  if (encoding === "hex") {
    const digits = text.replaceAll(/0x|\\x|[:,]/gi, "");
    const isHex = digits.length % 2 === 0 && /^[0-9a-f]+$/i.test(digits);
    return isHex ? { encoding, octets: fromHex(digits) } : undefined;
  }
  const [digits = "", padding = ""] = text.split(/(?<!=)(?==)/, 2);
  const isWhole = padding === "" ? digits.length % 4 !== 1 : padding.length <= 2 && text.length % 4 === 0;
  if (!isWhole || !/^(?:[\w-]+|[A-Za-z0-9+/]+)$/.test(digits) || !/^=*$/.test(padding)) return undefined;
  return { encoding, octets: new Uint8Array(Buffer.from(digits, "base64")) };
}

/** The printable characters without white space and quotes around; undefined if anything else is in the content. */
function textIn(content: Uint8Array): string | undefined {
  const isText = (octet: number) => (octet >= 0x20 && octet < 0x7f) || (octet >= 0x09 && octet <= 0x0d);
  if (content.length > MAX_TEXT || !content.every(isText)) return undefined;
  const text = Buffer.from(content.buffer, content.byteOffset, content.length).toString("latin1");
  return text.replaceAll(/\s+/g, "").replace(/^(["'])(.*)\1$/, "$2");
}
