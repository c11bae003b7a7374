/** The command line of the runner. */
import { optionsOf, UsageError, wholeNumber } from "../command-line.ts";

export const HELP = `Plays scenarios of the MLS working group's interoperability tests between any mixture of clients.

  npm run interop:run -- --peer NAME=HOST:PORT ... --config FILE ... [options]

  --peer NAME=HOST:PORT        a client to play with; repeatable
  --config FILE ...            scenarios; repeatable
  --random SEED:MEMBERS:EPOCHS a random scenario, with so many members at most; repeatable
  --only SCRIPT                plays the scenario of this name (add, or commit/add); repeatable
  --suite N                    plays in this cipher suite; repeatable (all that somebody supports)
  --public, --private          handshake messages as PublicMessage, or as PrivateMessage (both)
  --assignments N|all          at most N assignments of clients to actors for each scenario. Without it: all where these are
                               up to 64, else a sample of up to 64 in which any two actors meet in any pair of clients
  --seed SEED                  decides what is in a sample (1)
  --jobs N                     cases under way at once (1): clients must bear calls at the same time
  --timeout SECONDS            for each call (120)
  --fail-fast                  stops at the first failure
  --json FILE                  writes all results there, with all calls of the cases that did not pass
  --quiet                      shows failures and the last line only
  --help                       this text

The exit code is 0 if something passed and nothing failed. What a client does not implement (UNIMPLEMENTED) is counted apart.
`;

export interface Peer {
  readonly name: string;
  readonly address: string;
}

export interface RandomSpec {
  readonly seed: string;
  readonly members: number;
  readonly epochs: number;
}

export interface Options {
  readonly help: boolean;
  readonly peers: readonly Peer[];
  readonly configs: readonly string[];
  readonly random: readonly RandomSpec[];
  readonly only: readonly string[];
  readonly suites: readonly number[] | undefined;
  readonly handshakes: readonly boolean[];
  readonly sampling: { readonly limit: number; readonly seed: string; readonly fill: boolean };
  readonly jobs: number;
  readonly timeoutSeconds: number;
  readonly failFast: boolean;
  readonly json: string | undefined;
  readonly quiet: boolean;
}

const none: string[] = [];

const OPTIONS = {
  peer: { type: "string", multiple: true, default: none },
  config: { type: "string", multiple: true, default: none },
  random: { type: "string", multiple: true, default: none },
  only: { type: "string", multiple: true, default: none },
  suite: { type: "string", multiple: true, default: none },
  public: { type: "boolean", default: false },
  private: { type: "boolean", default: false },
  assignments: { type: "string" },
  seed: { type: "string", default: "1" },
  jobs: { type: "string", default: "1" },
  timeout: { type: "string", default: "120" },
  "fail-fast": { type: "boolean", default: false },
  json: { type: "string" },
  quiet: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

const DEFAULT_ASSIGNMENTS = 64;

export function optionsFrom(args: readonly string[]): Options {
  const values = optionsOf(eachConfigByItself(args), OPTIONS);
  const suites = values.suite.map((suite) => wholeNumber("--suite", suite));
  const options: Options = {
    help: values.help,
    peers: peersFrom(values.peer),
    configs: values.config,
    random: values.random.map(randomFrom),
    only: values.only,
    suites: suites.length === 0 ? undefined : [...new Set(suites)],
    handshakes: values.public === values.private ? [false, true] : [values.private],
    sampling: { seed: values.seed, ...extentOf(values.assignments) },
    jobs: wholeNumber("--jobs", values.jobs, { to: 1_000 }),
    timeoutSeconds: wholeNumber("--timeout", values.timeout, { to: 86_400 }),
    failFast: values["fail-fast"],
    json: values.json,
    quiet: values.quiet,
  };
  if (options.help) return options;
  if (options.peers.length === 0) throw new UsageError("there is nobody to play: give --peer NAME=HOST:PORT");
  if (options.configs.length + options.random.length === 0) {
    throw new UsageError("there is nothing to play: give --config FILE or --random SEED:MEMBERS:EPOCHS");
  }
  return options;
}

/** One `--config` may be followed by several files, as a shell writes out a pattern. */
function eachConfigByItself(args: readonly string[]): readonly string[] {
  let files = false;
  return args.map((arg, i) => {
    if (arg.startsWith("-")) files = arg.startsWith("--config=");
    else if (args[i - 1] === "--config") files = true;
    else if (files) return `--config=${arg}`;
    return arg;
  });
}

function extentOf(assignments: string | undefined): { readonly limit: number; readonly fill: boolean } {
  if (assignments === undefined) return { limit: DEFAULT_ASSIGNMENTS, fill: false };
  if (assignments === "all") return { limit: Number.POSITIVE_INFINITY, fill: true };
  return { limit: wholeNumber("--assignments", assignments), fill: true };
}

function peersFrom(given: readonly string[]): readonly Peer[] {
  const peers = given.map((text) => {
    const [, name, address] = /^([^=]+)=(.+:\d+)$/.exec(text) ?? [];
    if (name === undefined || address === undefined) {
      throw new UsageError(`--peer takes NAME=HOST:PORT, not "${text}"`);
    }
    return { name, address };
  });
  const twice = peers.find(({ name }, i) => peers.findIndex((peer) => peer.name === name) !== i);
  if (twice !== undefined) throw new UsageError(`two peers are called "${twice.name}"`);
  return peers;
}

function randomFrom(text: string): RandomSpec {
  const [, seed, members, epochs] = /^(.+):(\d+):(\d+)$/.exec(text) ?? [];
  if (seed === undefined || members === undefined || epochs === undefined) {
    throw new UsageError(`--random takes SEED:MEMBERS:EPOCHS, not "${text}"`);
  }
  return {
    seed,
    members: wholeNumber("--random", members, { to: 1_000 }),
    epochs: wholeNumber("--random", epochs, { to: 10_000 }),
  };
}
