/** The command line of the bench. */

import { parseArgs } from "node:util";

export interface BenchArguments {
  /** Parts of the names of verbs; empty for all. */
  readonly only: readonly string[];
  /** Empty where the command does not say: then each backend has sizes of its own. */
  readonly sizes: readonly number[];
  readonly suites: readonly number[];
  readonly backends: readonly string[];
  readonly shape: string | undefined;
  readonly json: string | undefined;
  readonly plot: string | undefined;
  readonly markdown: string | undefined;
  /** Short runs of small groups: to see that it works. */
  readonly quick: boolean;
  readonly micro: boolean;
  readonly help: boolean;
  /** "wall", or "cpu": the time of all threads of this process, which others on the machine disturb less. */
  readonly clock: string;
  /** Of each competitor in each row. */
  readonly milliseconds: number;
}

export const USAGE = `npm run bench -- [options]

  --only NAME       verbs whose name contains it (again for more); also "memory", "filling" and "startup"
  --size N          members: 2 to 100000 (again, or 128,1024, for more)
  --suite ID        1 to 7
  --backend NAME    node, noble, webcrypto
  --shape NAME      full, blank, churn: another tree than the verb's own
  --micro           codec, HPKE, key schedule, secret tree and tree hash instead of verbs
  --quick           short runs of small groups
  --ms N            milliseconds for each competitor in each row
  --clock NAME      wall (default), or cpu: the time that this process had, where others keep the machine busy
  --json FILE       all results
  --plot FILE       an SVG plot of cost against members
  --markdown FILE   the tables as Markdown
`;

/** @throws Error with a sentence for the reader */
export function benchArguments(args: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", multiple: true, default: [] },
      size: { type: "string", multiple: true, default: [] },
      suite: { type: "string", multiple: true, default: [] },
      backend: { type: "string", multiple: true, default: [] },
      shape: { type: "string" },
      json: { type: "string" },
      plot: { type: "string" },
      markdown: { type: "string" },
      ms: { type: "string" },
      clock: { type: "string", default: "wall" },
      quick: { type: "boolean", default: false },
      micro: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { quick, micro, help, shape, json, plot, markdown } = values;
  return {
    only: parts(values.only),
    sizes: parts(values.size).map((text) => numberIn("--size", text, [2, 100_000])),
    suites: parts(values.suite).map((text) => numberIn("--suite", text, [1, 7])),
    backends: parts(values.backend).map((text) => oneOf("--backend", text, ["node", "noble", "webcrypto"])),
    shape: shape === undefined ? undefined : oneOf("--shape", shape, ["full", "blank", "churn"]),
    milliseconds: values.ms === undefined ? (quick ? 150 : 1000) : numberIn("--ms", values.ms, [1, 600_000]),
    clock: oneOf("--clock", values.clock, ["wall", "cpu"]),
    json,
    plot,
    markdown,
    quick,
    micro,
    help,
  };
}

function parts(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(",")).filter((text) => text !== "");
}

function numberIn(option: string, text: string, [least, most]: readonly [number, number]): number {
  const number = Number(text.replaceAll("_", ""));
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new Error(`${option} takes a number from ${least} to ${most}, not "${text}".`);
  }
  return number;
}

function oneOf(option: string, text: string, allowed: readonly string[]): string {
  if (!allowed.includes(text)) throw new Error(`${option} is one of ${allowed.join(", ")}, not "${text}".`);
  return text;
}
