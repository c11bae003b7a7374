/**
 * How commits get cheap again after a bulk add has left every parent blank: as planned, and leaf by leaf. Each
 * path is really made, and its octets are compared with the forecast.
 */

import { encode } from "copath/codec";
import { syntheticGroup } from "copath/testing";
import {
  encryptPath,
  forecastPath,
  generatePath,
  type LeafIndex,
  leafIndex,
  members,
  planUpdates,
  type RatchetTree,
} from "copath/tree";
import { LeafNode, UpdatePath } from "copath/wire";
import { type BenchBackend, suiteOf } from "./backends.ts";
import type { Filling, PathOctets } from "./results.ts";
import { environmentOf } from "./stage.ts";

type Choice = (tree: RatchetTree, step: number) => LeafIndex | undefined;

const ADVISED: Choice = (tree) => planUpdates(tree).updates[0]?.leaf;
/** Every other member: its neighbour's path would fill the same parents. */
const FROM_THE_LEFT: Choice = (_, step) => leafIndex(2 * step);

export async function measureFilling(backend: BenchBackend, size: number): Promise<Filling> {
  const [advised, fromTheLeft] = [await fill(backend, size, ADVISED), await fill(backend, size, FROM_THE_LEFT)];
  const steps = [...advised].flatMap(([commits, octets]) => {
    const other = fromTheLeft.get(commits);
    return other === undefined ? [] : [{ commits, advised: octets, fromTheLeft: other }];
  });
  return { size, steps };
}

/** What the paths of all members would take after so many commits: before the first, and after 1, 2, 4 and so on. */
async function fill(backend: BenchBackend, size: number, choose: Choice): Promise<Map<number, PathOctets>> {
  const environment = environmentOf(suiteOf(1), backend);
  const { suite, random } = environment;
  const group = await syntheticGroup(environment, { size, shape: "blank", seed: "filling" });
  const found = new Map([[0, pathsOf(group.tree)]]);
  let { tree } = group;
  for (let step = 0; step < size / 2; step++) {
    const sender = choose(tree, step);
    const leaf = sender === undefined ? undefined : tree.leaf(sender);
    if (sender === undefined || leaf === undefined) break;
    const { epoch, self } = await group.member(sender);
    const { groupId } = epoch.groupContext;
    const generated = await generatePath(suite, tree, { sender, leaf, groupId, signer: self.signer, random });
    const encryption = { groupContext: new Uint8Array(200), excluded: new Set<LeafIndex>(), random };
    requireForecast(tree, sender, await encryptPath(suite, generated, encryption));
    tree = generated.tree;
    const commits = step + 1;
    if (Number.isInteger(Math.log2(commits))) found.set(commits, pathsOf(tree));
  }
  return found;
}

function requireForecast(tree: RatchetTree, sender: LeafIndex, path: UpdatePath): void {
  const octets = encode(UpdatePath, path).length - encode(LeafNode, path.leafNode).length;
  const { octets: forecast } = forecastPath(tree, sender);
  if (octets !== forecast) throw new Error(`A path took ${octets} octets; the forecast was ${forecast}.`);
}

function pathsOf(tree: RatchetTree): PathOctets {
  const octets = [...members(tree)].map(([leaf]) => forecastPath(tree, leaf).octets);
  return { average: octets.reduce((sum, each) => sum + each, 0) / octets.length, most: Math.max(...octets) };
}
