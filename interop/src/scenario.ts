/** `npm run interop:scenario`: a random history of a group, as a file that any runner of the working group's format plays. */
import { command, optionsOf, UsageError, wholeNumber } from "./command-line.ts";
import { DEFAULT_RATES, type Rates } from "./histories/options.ts";
import { randomScenario } from "./histories/random-scenario.ts";
import { toJson } from "./histories/to-json.ts";

const HELP = `Prints a random history of a group as a scenario file. The same options print the same file.

  npm run --silent interop:scenario -- [options] > FILE

  --seed TEXT         decides everything (1)
  --members N         how many are in the group at once, at most (8)
  --epochs N          how many epochs end (100)
  --rate NAME=CHANCE  how often something happens, from 0 (never) to 1; one of
                      ${Object.keys(DEFAULT_RATES)
                        .join(", ")
                        .replaceAll(/(.{60,80}?, )/g, "$1\n                      ")}
  --help              this text
`;

function rateFrom(text: string): [keyof Rates, number] {
  const [, name = "", chance = ""] = /^(\w+)=(\d*\.?\d+)$/.exec(text) ?? [];
  if (!Object.hasOwn(DEFAULT_RATES, name))
    throw new UsageError(`--rate takes one of its names and a chance, not "${text}"`);
  if (!(Number(chance) <= 1)) throw new UsageError(`--rate ${name} takes a chance from 0 to 1, not "${chance}"`);
  return [name as keyof Rates, Number(chance)];
}

function main(args: readonly string[]): void {
  const values = optionsOf(args, {
    seed: { type: "string", default: "1" },
    members: { type: "string", default: "8" },
    epochs: { type: "string", default: "100" },
    rate: { type: "string", multiple: true, default: [] as string[] },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const { seed } = values;
  const members = wholeNumber("--members", values.members);
  const epochs = wholeNumber("--epochs", values.epochs);
  const rates: Partial<Rates> = Object.fromEntries(values.rate.map(rateFrom));
  process.stdout.write(toJson(randomScenario({ seed, members, epochs, rates })));
}

await command(main, HELP);
