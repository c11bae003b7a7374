/** The `copath` command: finds the command that was asked for, and turns its outcome into an exit code. */

import { readFileSync } from "node:fs";
import { type Command, EXIT, type ExitCode, parse, WrongUsage } from "./command.ts";
import { type Terminal, table } from "./terminal.ts";

interface Entry {
  readonly summary: string;
  /** Commands are loaded when they are called, so that the others cost nothing. */
  readonly load: () => Promise<Command>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  demo: {
    summary: "play the life of a group, checked at every step, and show what it costs",
    load: async () => (await import("./demo.ts")).demo,
  },
  inspect: {
    summary: "show what an MLS object consists of, with names, sizes and offsets",
    load: async () => (await import("./inspect.ts")).inspect,
  },
  vectors: {
    summary: "run published test vectors, from files that are recognised by their structure",
    load: async () => (await import("./vectors.ts")).vectors,
  },
};

/** Runs a command line, without the name of the program. Never throws, save for bugs. */
export async function copath(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name = "", ...rest] = args;
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  try {
    if (entry === undefined) return withoutCommand(args, terminal);
    return await runCommand(await entry.load(), rest, terminal);
  } catch (error) {
    if (!(error instanceof WrongUsage)) throw error;
    const called = entry === undefined ? "copath" : `copath ${name}`;
    terminal.complain(`${called}: ${error.message}`);
    terminal.complain(`See ${called} --help.`);
    return EXIT.wrongUsage;
  }
}

async function runCommand(command: Command, args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  if (!asksForHelp(args)) return command.run(args, terminal);
  terminal.print(command.help);
  return EXIT.done;
}

/** An argument behind `--` is not an option. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? args.length : end).some((each) => each === "--help" || each === "-h");
}

function withoutCommand(args: readonly string[], terminal: Terminal): ExitCode {
  const { values, positionals } = parse(args, {
    help: { type: "boolean", short: "h" },
    version: { type: "boolean", short: "v" },
  });
  if (positionals[0] !== undefined) throw new WrongUsage(`there is no command '${positionals[0]}'`);
  if (values.version === true) terminal.print(version());
  else if (values.help === true) terminal.print(help());
  else throw new WrongUsage(`which command? There are: ${Object.keys(COMMANDS).join(", ")}`);
  return EXIT.done;
}

function help(): string {
  const commands = Object.entries(COMMANDS).map(([name, { summary }]) => [`  copath ${name}`, summary]);
  return [
    "Messaging Layer Security (MLS, RFC 9420) in TypeScript.",
    "",
    ...table([
      ...commands,
      ["  copath COMMAND --help", "what a command does, and its options"],
      ["  copath --version", "the version of the package"],
    ]),
  ].join("\n");
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return String((manifest as { version: string }).version);
}
