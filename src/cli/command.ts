/** What a command of `copath` is, and how it says that it was called wrongly. */

import { type ParseArgsConfig, parseArgs } from "node:util";
import type { Terminal } from "./terminal.ts";

export const EXIT = { done: 0, failed: 1, wrongUsage: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface Command {
  /** The text of `--help`. */
  readonly help: string;
  /** @throws WrongUsage */
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

/** The command was called wrongly: its message is shown, and the exit code is 2. */
export class WrongUsage extends Error {
  override readonly name = "WrongUsage";
}

type Options = NonNullable<ParseArgsConfig["options"]>;
type Parsed<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; allowPositionals: true; strict: true }>
>;

/** The options and the other arguments of a command line. @throws WrongUsage for an option that does not exist */
export function parse<const O extends Options>(args: readonly string[], options: O): Parsed<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!code.startsWith("ERR_PARSE_ARGS")) throw error;
    throw new WrongUsage(error instanceof Error ? error.message.replace(/\. To specify.*$/s, "") : code, {
      cause: error,
    });
  }
}

/** One of the values that an option can have. @throws WrongUsage */
export function choice<const T extends string>(option: string, value: string, values: readonly T[]): T {
  const found = values.find((each) => each === value);
  if (found === undefined) throw new WrongUsage(`--${option} is ${values.join(" or ")}, not '${value}'`);
  return found;
}
