/** Commits, joins and what comes before them, each made ready on a stage. What is timed starts from the same state each time. */

import {
  acceptCommit,
  acceptJoin,
  createCommit,
  createGroup,
  createGroupInfo,
  createKeyPackage,
  joinExternally,
  joinGroup,
  processMessage,
} from "copath";
import { type LeafIndex, leafForExternal, leafIndex, type RatchetTree, removeLeaves } from "copath/tree";
import * as recipes from "../floor/recipes.ts";
import { again, credentialOf, measuresOf, newcomer, otherHalf, pathShapeIn, type Stage } from "../stage.ts";
import type { Prepared } from "./verb.ts";

export async function keyPackage({ environment, measures }: Stage): Promise<Prepared> {
  const { signer } = await newcomer(environment);
  const options = { signer, credential: credentialOf("someone") };
  return { run: () => createKeyPackage(environment, options), recipe: recipes.keyPackage(measures) };
}

export async function create({ environment, measures }: Stage): Promise<Prepared> {
  const { signer } = await newcomer(environment);
  const options = { signer, credential: credentialOf("someone") };
  return { run: () => createGroup(environment, options), recipe: recipes.create(measures) };
}

export async function commit(stage: Stage): Promise<Prepared> {
  const { environment, sender, measures, tree } = stage;
  const run = async () => {
    const { state, output } = await createCommit(environment, again(sender), { forcePath: true });
    return { message: output.message, after: acceptCommit(environment, state, output.pending) };
  };
  const { message } = await run();
  return {
    run,
    recipe: recipes.commit(measures, pathShapeIn(tree, leafIndex(0))),
    octets: message.length,
  };
}

export async function process(stage: Stage): Promise<Prepared> {
  const { environment, sender, receiver, measures, tree } = stage;
  const { output } = await createCommit(environment, again(sender), { forcePath: true });
  return {
    run: () => processMessage(environment, receiver, output.message),
    recipe: recipes.process(measures, pathShapeIn(tree, leafIndex(0))),
    octets: output.message.length,
  };
}

async function addition(environment: Stage["environment"]) {
  const joiner = await newcomer(environment);
  const proposals = [{ proposalType: "add", keyPackage: joiner.bundle.keyPackage }] as const;
  return { joiner, proposals };
}

export async function add({ environment, sender, measures }: Stage): Promise<Prepared> {
  const { proposals } = await addition(environment);
  const run = async () => {
    const { state, output } = await createCommit(environment, again(sender), { proposals });
    return { output, after: acceptCommit(environment, state, output.pending) };
  };
  const { output } = await run();
  return { run, recipe: recipes.add(measures), octets: output.welcomes[0]?.length ?? 0 };
}

export async function processAdd({ environment, sender, receiver, measures }: Stage): Promise<Prepared> {
  const { proposals } = await addition(environment);
  const { output } = await createCommit(environment, again(sender), { proposals });
  return {
    run: () => processMessage(environment, receiver, output.message),
    recipe: recipes.processAdd(measures),
    octets: output.message.length,
  };
}

/** A member of the other half, beside the one who receives: its removal blanks that half's path. */
function removal({ size, tree }: Stage) {
  const removed = occupiedFrom(tree, otherHalf(size) + 1);
  const after = removeLeaves(tree, [removed]);
  return {
    proposals: [{ proposalType: "remove", removed }] as const,
    // The root and the half below it that the path does not go through anyway.
    path: pathShapeIn(after, leafIndex(0), tree.depth - 1),
  };
}

function occupiedFrom(tree: RatchetTree, from: number): LeafIndex {
  for (let index = from; index < tree.leafCount; index++) {
    if (tree.leaf(leafIndex(index)) !== undefined) return leafIndex(index);
  }
  throw new Error(`There is nobody from leaf ${from} on.`);
}

export async function remove(stage: Stage): Promise<Prepared> {
  const { environment, sender, measures } = stage;
  const { proposals, path } = removal(stage);
  const run = async () => {
    const { state, output } = await createCommit(environment, again(sender), { proposals });
    return { message: output.message, after: acceptCommit(environment, state, output.pending) };
  };
  const { message } = await run();
  return { run, recipe: recipes.commit(measures, path), octets: message.length };
}

export async function processRemove(stage: Stage): Promise<Prepared> {
  const { environment, sender, receiver, measures } = stage;
  const { proposals, path } = removal(stage);
  const { output } = await createCommit(environment, again(sender), { proposals });
  return {
    run: () => processMessage(environment, receiver, output.message),
    recipe: recipes.process(measures, path),
    octets: output.message.length,
  };
}

export async function join({ environment, sender, measures }: Stage): Promise<Prepared> {
  const { proposals, joiner } = await addition(environment);
  const { output } = await createCommit(environment, again(sender), { proposals });
  const [welcome] = output.welcomes;
  if (welcome === undefined) throw new Error("There is no Welcome.");
  return {
    run: () => joinGroup(environment, { welcome, keyPackages: [joiner.bundle] }),
    recipe: recipes.join({ ...measures, members: measures.members + 1 }),
    octets: welcome.length,
  };
}

export async function externalJoin({ environment, sender, tree }: Stage): Promise<Prepared> {
  const { signer } = await newcomer(environment);
  const groupInfo = await createGroupInfo(environment, sender);
  const options = { groupInfo, signer, credential: credentialOf("the new one") };
  const run = async () => {
    const { message, pending } = await joinExternally(environment, options);
    return { message, after: acceptJoin(pending) };
  };
  const { message } = await run();
  const seat = leafForExternal(tree);
  return {
    run,
    recipe: recipes.joinExternally(measuresOf(sender), pathShapeIn(seat.tree, seat.leaf)),
    octets: message.length,
  };
}
