/** The layers by themselves: codec, HPKE, key schedule, secret tree, tree hash. Each beside its bare primitives, where there are any. */

import { GroupContext, KeyPackage, RatchetTreeNodes } from "copath";
import { decode, encode } from "copath/codec";
import { open, seal } from "copath/hpke";
import { createSecretTree, deriveEpochSecrets, dispose, nextSendingKey, Secret } from "copath/schedule";
import { leafIndex, nodesOf, treeOfNodes } from "copath/tree";
import type { Terminal } from "../src/cli/terminal.ts";
import type { BenchArguments } from "./arguments.ts";
import { suiteOf } from "./backends.ts";
import { octetsOf } from "./floor/bare-hpke.ts";
import type { Recipe } from "./floor/recipe.ts";
import { floorOf } from "./floor/run-recipe.ts";
import { type Competitor, interleave, ratioOf, type Schedule, type Timing } from "./interleave.ts";
import { NODE, NODE_BACKENDS } from "./node-backends.ts";
import { milliseconds, printTable } from "./report.ts";
import { newcomer, type Stage, setStage } from "./stage.ts";

interface Micro {
  readonly name: string;
  readonly recipe: Recipe | undefined;
  run(): unknown;
}

export async function runMicro(terminal: Terminal, given: BenchArguments, schedule: Schedule): Promise<void> {
  const [size = 1024] = given.sizes;
  const [id = 1] = given.suites;
  const backends = NODE_BACKENDS.filter(({ name }) => given.backends.length === 0 || given.backends.includes(name));
  for (const backend of backends) {
    const stage = await setStage({ suite: suiteOf(id), backend, builder: NODE, size, shape: "full" });
    const rows = [["", "median", "p95", "floor", "ratio"]];
    const micros = (await microsOf(stage)).filter(({ name }) => given.only.every((part) => name.includes(part)));
    for (const [done, micro] of micros.entries()) {
      terminal.progress(done, micros.length, micro.name);
      rows.push(await measured(stage, micro, schedule));
    }
    terminal.endProgress();
    terminal.print();
    terminal.print(terminal.style("bold", `suite ${id}, ${backend.name}, a tree of ${size} members`));
    printTable(terminal, rows, 1);
  }
}

async function measured({ bare }: Stage, { name, recipe, run }: Micro, schedule: Schedule): Promise<string[]> {
  const first = run();
  await first;
  const competitors: Competitor[] = [{ name, run, async: first instanceof Promise }];
  if (recipe !== undefined) competitors.push(await floorOf(bare, recipe));
  const [own, floor] = await interleave(competitors, schedule);
  const { median, p95 } = own as Timing;
  const compared =
    floor === undefined ? ["-", "-"] : [milliseconds(floor.median), `${ratioOf(own as Timing, floor).toFixed(2)}x`];
  return [name, milliseconds(median), milliseconds(p95), ...compared];
}

async function microsOf(stage: Stage): Promise<Micro[]> {
  return [...(await codecMicros(stage)), ...(await hpkeMicros(stage)), ...scheduleMicros(stage), treeHash(stage)];
}

async function codecMicros({ environment, sender }: Stage): Promise<Micro[]> {
  const { keyPackage } = (await newcomer(environment)).bundle;
  const { groupContext, encodedGroupContext } = sender.epoch;
  const [encodedPackage, nodes] = [encode(KeyPackage, keyPackage), nodesOf(sender.tree)];
  const encodedNodes = encode(RatchetTreeNodes, nodes);
  const recipe = undefined;
  return [
    { name: "encode a KeyPackage", recipe, run: () => encode(KeyPackage, keyPackage) },
    { name: "decode a KeyPackage", recipe, run: () => decode(KeyPackage, encodedPackage) },
    { name: "encode a GroupContext", recipe, run: () => encode(GroupContext, groupContext) },
    { name: "decode a GroupContext", recipe, run: () => decode(GroupContext, encodedGroupContext) },
    { name: "encode the tree", recipe, run: () => encode(RatchetTreeNodes, nodes) },
    { name: "decode the tree", recipe, run: () => decode(RatchetTreeNodes, encodedNodes) },
  ];
}

async function hpkeMicros({ environment, measures }: Stage): Promise<Micro[]> {
  const { suite, random } = environment;
  const [info, plaintext] = [octetsOf(measures.contextOctets + 30), octetsOf(measures.Nh)];
  const { publicKey, privateKey } = await suite.kem.deriveKeyPair(random(suite.kem.Nsk));
  const sealed = await seal(suite, publicKey, { info, plaintext, random });
  const ikm = random(suite.kem.Nsk);
  return [
    {
      name: "HPKE seal",
      recipe: [{ op: "seal", octets: info.length, times: 1 }],
      run: () => seal(suite, publicKey, { info, plaintext, random }),
    },
    {
      name: "HPKE open",
      recipe: [{ op: "open", octets: info.length, times: 1 }],
      run: () => open(suite, privateKey, { info, ...sealed }),
    },
    { name: "DeriveKeyPair", recipe: [{ op: "derive", times: 1 }], run: () => suite.kem.deriveKeyPair(ikm) },
  ];
}

function scheduleMicros({ environment, measures, tree }: Stage): Micro[] {
  const { suite } = environment;
  const epochSecret = new Secret(octetsOf(measures.Nh));
  const opened = nextSendingKey(
    suite,
    createSecretTree(suite, new Secret(octetsOf(measures.Nh)), tree.leafCount),
    leafIndex(0),
    "application",
  ).tree;
  const expand = (times: number): Recipe => [{ op: "expand", octets: 24, times }];
  return [
    {
      name: "key schedule: an epoch's secrets",
      recipe: expand(9),
      run: () => dispose(Object.values(deriveEpochSecrets(suite, epochSecret))),
    },
    {
      name: "secret tree: a leaf's first key",
      recipe: expand(2 * tree.depth + 5),
      run: () => {
        const secret = new Secret(octetsOf(measures.Nh));
        return nextSendingKey(suite, createSecretTree(suite, secret, tree.leafCount), leafIndex(0), "application");
      },
    },
    {
      name: "secret tree: the next key",
      recipe: expand(3),
      run: () => nextSendingKey(suite, opened, leafIndex(0), "application"),
    },
  ];
}

/** Of a tree that has just been decoded, built of its nodes. */
function treeHash({ environment, tree, measures }: Stage): Micro {
  const { suite } = environment;
  const nodes = nodesOf(tree);
  const { members, leafOctets, Npk, Nh } = measures;
  return {
    name: "tree: built, and its hash",
    recipe: [
      { op: "hash", octets: leafOctets, times: members },
      { op: "hash", octets: Npk + 3 * Nh, times: members - 1 },
    ],
    run: () => treeOfNodes(suite, nodes).hash,
  };
}
