/** A terminal that remembers what was written, and folders to point the command at. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { copath } from "../../src/cli/copath.ts";
import { type Output, Terminal } from "../../src/cli/terminal.ts";

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunTerms {
  readonly env?: Readonly<Record<string, string>>;
  readonly tty?: boolean;
  /** What comes in on standard input, in pieces. */
  readonly input?: readonly (Uint8Array | string)[];
}

class Memory implements Output {
  readonly isTTY: boolean;
  readonly columns = 80;
  text = "";

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

export function memoryTerminal({ env = {}, tty = false, input = [] }: RunTerms = {}) {
  const [stdout, stderr] = [new Memory(tty), new Memory(tty)];
  const stdin = (async function* () {
    yield* input;
  })();
  return { terminal: new Terminal({ stdout, stderr, stdin, env }), stdout, stderr };
}

/** The command in this process, on a terminal in memory. */
export async function run(args: readonly string[], terms: RunTerms = {}): Promise<Run> {
  const { terminal, stdout, stderr } = memoryTerminal(terms);
  const code = await copath(args, terminal);
  return { code, out: stdout.text, err: stderr.text };
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A temporary folder with these files in it; it is gone after the tests of the file. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "copath-"));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

export const good = JSON.stringify([
  { vlbytes_header: "25", length: 37 },
  { vlbytes_header: "4040", length: 64 },
]);
export const bad = JSON.stringify([{ vlbytes_header: "25", length: 38 }]);
