/**
 * `npm run bench:peers`: copath and other libraries in one group, in turns. All of them join one synthetic group by one
 * Welcome, at its last leaves; the first leaf, of copath, commits and sends what all of them process.
 */

import { writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Environment, processMessage } from "copath";
import { syntheticGroup, welcomeInto } from "copath/testing";
import { leafIndex } from "copath/tree";
import { Terminal } from "../../src/cli/terminal.ts";
import { suiteOf } from "../backends.ts";
import { clockOf } from "../clock.ts";
import { type Competitor, interleave, ratioOf, type Timing } from "../interleave.ts";
import { NODE, WEBCRYPTO } from "../node-backends.ts";
import { milliseconds, printTable } from "../report.ts";
import { environmentOf } from "../stage.ts";
import { copathPeer, keyPackageIn, memberOf } from "./copath.ts";
import { installPeers, loadPackage } from "./install.ts";
import type { Peer, PeerKeyPackage, PeerMember } from "./peer.ts";
import { tsMls1 } from "./ts-mls-1.ts";
import { tsMls2 } from "./ts-mls-2.ts";

const FOLDER = resolve("bench/peers");
const MIB = 2 ** 20;

const USAGE = `npm run bench:peers -- [options]

  --size N[,N]   members of the group (16,128,1024)
  --only NAME    verbs whose name contains it
  --ms N         milliseconds for each library in each row (1000)
  --clock NAME   wall or cpu: the time of all threads of the process
  --peer DIR     one more build of ts-mls 2, from a folder (again for more)
  --json FILE    all timings

Libraries are installed into bench/peers when they are first asked for. Medians; in brackets the median of the ratios
of all rounds to the first column.`;

interface PeerRow {
  readonly verb: string;
  readonly size: number;
  readonly timings: readonly (Timing & { readonly ratio: number })[];
}

async function main(): Promise<void> {
  const terminal = new Terminal({ stdout: process.stdout, stderr: process.stderr, env: process.env });
  const { values } = parseArgs({
    options: {
      size: { type: "string", default: "16,128,1024" },
      peer: { type: "string", multiple: true, default: [] },
      only: { type: "string", default: "" },
      ms: { type: "string", default: "1000" },
      clock: { type: "string", default: "wall" },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return terminal.print(USAGE);
  await installPeers(FOLDER);
  const peers = await allPeers(values.peer);
  const rows: PeerRow[] = [];
  for (const size of values.size.split(",").map(Number)) {
    const verbs = (await verbsAt(peers, size)).filter(({ verb }) => verb.includes(values.only));
    for (const [done, { verb, competitors }] of verbs.entries()) {
      terminal.progress(done, verbs.length, `${verb}, N = ${size}`);
      const timings = await interleave(competitors, {
        milliseconds: Number(values.ms),
        rounds: 5,
        now: clockOf(values.clock),
      });
      rows.push({
        verb,
        size,
        timings: timings.map((each) => ({ ...each, ratio: ratioOf(each, timings[0] as Timing) })),
      });
    }
    terminal.endProgress();
  }
  print(terminal, peers, rows);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, null, 2)}\n`);
}

/** copath first: it is what the others are divided by. */
async function allPeers(paths: readonly string[]): Promise<Peer[]> {
  const [first, second] = await Promise.all(
    ["ts-mls-1", "ts-mls-2"].map((name) => loadPackage(join(FOLDER, "node_modules", name))),
  );
  const peers = [
    copathPeer("copath, node", environment(NODE)),
    copathPeer("copath, webcrypto", environment(WEBCRYPTO)),
  ];
  if (first !== undefined) peers.push(await tsMls1(`ts-mls ${first.version}`, first.module));
  if (second !== undefined) peers.push(await tsMls2(`ts-mls ${second.version}`, second.module));
  for (const path of paths) {
    const { version, module } = await loadPackage(resolve(path));
    peers.push(await tsMls2(`${basename(resolve(path))} ${version}`, module));
  }
  return peers;
}

/** The others judge lifetimes by the clock of the machine, and make key packages for longer than copath's policy takes. */
function environment(backend: typeof NODE): Environment {
  return {
    ...environmentOf(suiteOf(1), backend),
    clock: () => BigInt(Math.floor(Date.now() / 1000)),
    policy: { maxLifetime: undefined, tolerateDefaultTypes: true },
  };
}

interface PeerVerb {
  readonly verb: string;
  readonly competitors: readonly Competitor[];
}

interface Party {
  readonly peer: Peer;
  readonly keyPackage: PeerKeyPackage;
  readonly member: PeerMember;
  /** To be added by this library: none can read another's without a look at the extensions it does not know. */
  readonly newcomer: Uint8Array;
}

async function verbsAt(peers: readonly Peer[], size: number): Promise<PeerVerb[]> {
  const own = environment(NODE);
  const keyPackages = await Promise.all(peers.map((peer) => peer.keyPackage()));
  const group = await syntheticGroup(own, { size: size - peers.length, seed: "peers" });
  const added = await welcomeInto(
    own,
    group,
    keyPackages.map(({ message }) => keyPackageIn(message)),
  );
  const [welcome] = added.welcomes;
  if (welcome === undefined) throw new Error("There is no Welcome.");
  const parties: Party[] = [];
  for (const [at, peer] of peers.entries()) {
    const keyPackage = keyPackages[at] as PeerKeyPackage;
    const newcomer = (await peer.keyPackage()).message;
    parties.push({ peer, keyPackage, member: await keyPackage.join(welcome), newcomer });
  }
  const first = memberOf(own, (await processMessage(own, await group.member(leafIndex(0)), added.message)).state);
  const commit = await first.commit();
  const verb = (name: string, run: (party: Party) => Promise<unknown>): PeerVerb => ({
    verb: name,
    competitors: parties.map((party) => ({ name: party.peer.name, async: true, run: () => run(party) })),
  });
  const messages = [];
  for (const length of [100, 1024, MIB]) {
    const data = new Uint8Array(length).fill(1);
    const message = await first.encrypt(data);
    const label = length === MIB ? "1 MiB" : length === 1024 ? "1 KiB" : "100 B";
    messages.push(verb(`encrypt ${label}`, ({ member }) => member.encrypt(data)));
    messages.push(verb(`decrypt ${label}`, ({ member }) => member.decrypt(message)));
  }
  return [
    verb("key package", ({ peer }) => peer.keyPackage()),
    verb("create", ({ peer }) => peer.create()),
    verb("commit", ({ member }) => member.commit()),
    verb("process", ({ member }) => member.process(commit)),
    verb("add", ({ member, newcomer }) => member.add(newcomer)),
    verb("join", ({ keyPackage }) => keyPackage.join(welcome)),
    ...messages,
  ];
}

function print(terminal: Terminal, peers: readonly Peer[], rows: readonly PeerRow[]): void {
  const head = ["verb", "N", ...peers.map(({ name }) => name)];
  const cells = rows.map(({ verb, size, timings }) => [
    verb,
    String(size),
    ...timings.map(({ median, ratio }, at) =>
      at === 0 ? milliseconds(median) : `${milliseconds(median)} (${ratio.toFixed(1)}x)`,
    ),
  ]);
  printTable(terminal, [head, ...cells], 1);
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
