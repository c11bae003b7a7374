/**
 * What the commands print on: lines to standard output, complaints and a progress bar to standard error. Colour and bar
 * appear on a terminal only, so that what is piped or logged is plain text.
 */

import { stripVTControlCharacters, styleText } from "node:util";
import { concat, utf8 } from "../bytes.ts";

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface TerminalStreams {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin?: AsyncIterable<Uint8Array | string>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

const BAR_WIDTH = 24;
const ERASE_LINE = "\r\u001b[K";

export class Terminal {
  readonly #streams: TerminalStreams;
  readonly #coloured: boolean;
  /** What the bar shows now; empty while there is none. */
  #bar = "";

  constructor(streams: TerminalStreams) {
    this.#streams = streams;
    this.#coloured = wantsColour(streams);
  }

  get env(): TerminalStreams["env"] {
    return this.#streams.env;
  }

  /** Everything that comes in on standard input. */
  async input(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#streams.stdin ?? []) chunks.push(typeof chunk === "string" ? utf8(chunk) : chunk);
    return concat(...chunks);
  }

  /** A line for the reader, or for the program that reads. */
  print(line = ""): void {
    this.endProgress();
    this.#streams.stdout.write(`${line}\n`);
  }

  /** A line about what went wrong. */
  complain(line: string): void {
    this.endProgress();
    this.#streams.stderr.write(`${line}\n`);
  }

  style(style: Style, text: string): string {
    return this.#coloured ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Draws the bar anew; no bar where standard error is not a terminal. */
  progress(done: number, total: number, label: string): void {
    const { stderr, env } = this.#streams;
    if (stderr.isTTY !== true || env.TERM === "dumb") return;
    const share = total === 0 ? 1 : done / total;
    const filled = Math.round(share * BAR_WIDTH);
    const bar = `${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)}`;
    const line = `${bar} ${String(Math.floor(share * 100)).padStart(3)} % ${label}`.slice(
      0,
      (stderr.columns ?? 80) - 1,
    );
    if (line === this.#bar) return;
    stderr.write(ERASE_LINE + line);
    this.#bar = line;
  }

  endProgress(): void {
    if (this.#bar !== "") this.#streams.stderr.write(ERASE_LINE);
    this.#bar = "";
  }
}

/** Lines whose cells stand below each other; styled cells count as wide as they look. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(cell));
  return rows.map((row) =>
    row
      .map((cell, i) => pad(cell, widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Fills a cell with spaces up to a width. */
export function pad(cell: string, to: number): string {
  return cell + " ".repeat(Math.max(0, to - width(cell)));
}

/** Text from outside, safe to print: no escape sequences, no second line. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}+/gu, " ");
}

/** `1 file`, `2 files`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function width(cell: string): number {
  return stripVTControlCharacters(cell).length;
}

/** https://no-color.org: any value that is not empty switches colour off. */
function wantsColour({ stdout, env }: TerminalStreams): boolean {
  if ((env.NO_COLOR ?? "") !== "") return false;
  return stdout.isTTY === true && env.TERM !== "dumb";
}
