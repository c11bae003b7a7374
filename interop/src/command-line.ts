/** What the commands of this folder have in common: options that are read strictly, and a word on what is wrong with them. */
import { type ParseArgsConfig, parseArgs } from "node:util";

/** The command line is not as it must be. */
export class UsageError extends Error {}

/** The options of a command, which takes nothing else. @throws UsageError */
export function optionsOf<O extends NonNullable<ParseArgsConfig["options"]>>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false, allowNegative: true }).values;
  } catch (error) {
    if (!(error instanceof TypeError && "code" in error)) throw error;
    const [sentence = ""] = error.message.split(/\. |\n/);
    throw new UsageError(sentence, { cause: error });
  }
}

/** @throws UsageError */
export function wholeNumber(
  option: string,
  text: string,
  { from = 1, to = 999_999_999 }: { readonly from?: number; readonly to?: number } = {},
): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new UsageError(`${option} takes a whole number from ${from} to ${to}, not "${text}"`);
}

/** Runs a command that tells what is wrong with its options by throwing. Then the exit code is 2. */
export async function command(main: (args: readonly string[]) => void | Promise<void>, help: string): Promise<void> {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    process.exitCode = error instanceof UsageError ? 2 : 1;
    const words = error instanceof Error ? error.message : String(error);
    process.stderr.write(error instanceof UsageError ? `${words}\n\n${help}` : `${words}\n`);
  }
}
