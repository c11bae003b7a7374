/** `copath inspect`: shows what an MLS object consists of, octet by octet, without any secret. */

import { type Command, choice, EXIT, type ExitCode, parse, WrongUsage } from "./command.ts";
import { contentOf, ENCODINGS, type Reading, readAs, readings } from "./inspect-input.ts";
import { complainOf, type Inspected, jsonOf, printTree } from "./inspect-report.ts";
import { type Guess, guess, judge, typeNamed } from "./inspect-types.ts";
import { walk } from "./inspect-walk.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `copath inspect FILE|- [--as TYPE] [--encoding raw|hex|base64] [--full] [--json]

Shows what an MLS object consists of: every field in the RFC's spelling with its offset and size, names of registered
values, and the bodies of known extensions. It needs no secrets, and what is encrypted stays so. The input is a file, or
standard input for '-'. Whether it is raw, hexadecimal, base64 or base64url, and which object it is, is found out.

  --as TYPE              what the object is, such as KeyPackage or ratchet_tree; an unknown TYPE lists all
  --encoding ENCODING    raw, hex, or base64, which base64url is too
  --full                 all octets of every field, and all elements of long vectors
  --json                 one JSON value, with all octets
  --help                 this text

What is malformed is shown as far as it goes, and then the failure: its code, the path of the field, the offset, and the
octets around. The exit code is 0 if the input is a well-formed object, 1 if it is not, and 2 for a wrong call.`;

export const inspect: Command = {
  help: HELP,
  async run(args, terminal): Promise<ExitCode> {
    const { values, positionals } = parse(args, {
      as: { type: "string" },
      encoding: { type: "string" },
      full: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    const [file, another] = positionals;
    if (file === undefined || another !== undefined) throw new WrongUsage("name one FILE, or - for standard input");
    const type = values.as === undefined ? undefined : typeNamed(values.as);
    const encoding = values.encoding === undefined ? undefined : choice("encoding", values.encoding, ENCODINGS);
    const content = await contentOf(file, terminal);
    const ways = encoding === undefined ? readings(content) : ([readAs(encoding, content)] as const);
    const [reading, found] = likeliest(ways, (octets) => (type === undefined ? guess(octets) : judge(type, octets)));
    const { name, codec } = found.type;
    const others = found.others.map((other) => other.name);
    const inspected: Inspected = { ...reading, ...walk(codec, reading.octets, name), type: name, others };
    if (values.json) terminal.print(jsonOf(inspected));
    else if (type !== undefined || found.fits) show(terminal, inspected, values.full);
    else {
      const text = reading.isText === true ? ", and the input is text, but neither hexadecimal nor base64" : "";
      const empty = content.length === 0 ? "The input is empty. " : "";
      terminal.print(`${empty}No MLS object fits${text}. What comes closest, if nobody says --as TYPE:`);
      show(terminal, inspected, values.full);
    }
    return inspected.failures.length === 0 ? EXIT.done : EXIT.failed;
  },
};

function show(terminal: Terminal, inspected: Inspected, full: boolean): void {
  printTree(terminal, inspected, full);
  complainOf(terminal, inspected);
}

/** The first reading that fits; if none does, the first. */
function likeliest(
  ways: readonly [Reading, ...Reading[]],
  judge: (octets: Uint8Array) => Guess,
): readonly [Reading, Guess] {
  const [first, ...others] = ways;
  const judged = judge(first.octets);
  if (judged.fits) return [first, judged];
  for (const reading of others) {
    const other = judge(reading.octets);
    if (other.fits) return [reading, other];
  }
  return [first, judged];
}
