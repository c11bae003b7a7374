/** Actions by which a group leads to another: re-initialisation and branching. */
import { type Epoch, firstEpoch, nextEpoch } from "./epochs.ts";
import type { Handlers, StepOf } from "./handler.ts";
import { newGroupId } from "./octets.ts";
import { createKeyPackage } from "./play-groups.ts";
import { successorOf } from "./play-proposals.ts";
import { present, type Stage } from "./stage.ts";

/** What a client gives once the re-init is committed: the id to go on with, and a key package for the new group. */
interface Prepared {
  readonly reinitId: number;
  readonly keyPackage: Uint8Array;
}

export const SUCCESSOR_ACTIONS: Handlers<"reinit" | "branch"> = {
  reinit: async (stage, step) => {
    const proposers = step.proposer === undefined ? [] : [step.proposer];
    const everybody = [...new Set([...proposers, step.committer, step.welcomer, ...step.members])];
    const { proposal, groupId } = await proposed(stage, step);
    const prepared = await closeGroup(stage, step, { proposal, everybody });
    await openGroup(stage, step, { groupId, prepared });
  },

  branch: async (stage, step) => {
    const { actor, extensions, forcePath, externalTree } = step;
    const members = step.members.filter((member) => member !== actor);
    const keyPackages = [];
    for (const member of members) keyPackages.push(await createKeyPackage(stage, member));
    const groupId = newGroupId();
    const request = { stateId: stage.state(actor), groupId, extensions, keyPackages, forcePath, externalTree };
    const answer = await stage.call(actor, "CreateBranch", request);
    const to = nextEpoch(firstEpoch(groupId));
    stage.join({ actor, stateId: answer.stateId }, to);
    stage.agree(to, { actor, rpc: "CreateBranch", value: answer.epochAuthenticator });
    if (members.length > 0) present(actor, "CreateBranch", { welcome: answer.welcome });
    const entrance = { welcome: answer.welcome, ratchetTree: externalTree ? answer.ratchetTree : new Uint8Array() };
    for (const member of members) await handleBranch(stage, member, { ...entrance, to });
  },
};

interface Entrance {
  readonly welcome: Uint8Array;
  readonly ratchetTree: Uint8Array;
  readonly to: Epoch;
}

async function handleBranch(stage: Stage, actor: string, { to, ...entrance }: Entrance): Promise<void> {
  const ids = { stateId: stage.state(actor), transactionId: stage.useTransaction(actor) };
  const { stateId, epochAuthenticator } = await stage.call(actor, "HandleBranch", { ...ids, ...entrance });
  stage.join({ actor, stateId }, to);
  stage.agree(to, { actor, rpc: "HandleBranch", value: epochAuthenticator });
}

interface Proposed {
  readonly proposal: Uint8Array;
  readonly groupId: Uint8Array;
}

/** What an external sender has proposed says by itself which suite, group id and extensions follow. */
async function proposed(stage: Stage, step: StepOf<"reinit">): Promise<Proposed> {
  const { proposer, externalReinitProposal: external, extensions } = step;
  if (proposer === undefined) {
    const from = external ?? 0;
    return { proposal: stage.product(from, "proposal"), groupId: stage.product(from, "successor") };
  }
  const successor = successorOf(stage, proposer, step);
  const request = { stateId: stage.state(proposer), extensions, ...successor };
  const { proposal } = await stage.call(proposer, "ReInitProposal", request);
  present(proposer, "ReInitProposal", { proposal });
  return { proposal, groupId: successor.groupId };
}

interface Closing {
  readonly proposal: Uint8Array;
  readonly everybody: readonly string[];
}

async function closeGroup(
  stage: Stage,
  { committer }: StepOf<"reinit">,
  { proposal, everybody }: Closing,
): Promise<ReadonlyMap<string, Prepared>> {
  const stateId = stage.state(committer);
  const { commit } = await stage.call(committer, "ReInitCommit", { stateId, byReference: [proposal] });
  present(committer, "ReInitCommit", { commit });
  const last = stage.next(committer);
  const prepared = new Map<string, Prepared>();
  for (const actor of [committer, ...everybody.filter((each) => each !== committer)]) {
    const rpc = actor === committer ? "HandlePendingReInitCommit" : "HandleReInitCommit";
    const incoming = actor === committer ? {} : { proposal: [proposal], commit };
    const answer = await stage.call(actor, rpc, { stateId: stage.state(actor), ...incoming });
    stage.epochs.enter(actor, last);
    stage.agree(last, { actor, rpc, value: answer.epochAuthenticator });
    present(actor, rpc, { "key package": answer.keyPackage });
    prepared.set(actor, answer);
  }
  return prepared;
}

interface Opening {
  readonly groupId: Uint8Array;
  readonly prepared: ReadonlyMap<string, Prepared>;
}

async function openGroup(
  stage: Stage,
  { welcomer, forcePath, externalTree }: StepOf<"reinit">,
  { groupId, prepared }: Opening,
): Promise<void> {
  const others = [...prepared].filter(([actor]) => actor !== welcomer);
  const request = { keyPackage: others.map(([, { keyPackage }]) => keyPackage), forcePath, externalTree };
  const reinitId = prepared.get(welcomer)?.reinitId ?? 0;
  const answer = await stage.call(welcomer, "ReInitWelcome", { reinitId, ...request });
  const to = nextEpoch(firstEpoch(groupId));
  stage.join({ actor: welcomer, stateId: answer.stateId }, to);
  stage.agree(to, { actor: welcomer, rpc: "ReInitWelcome", value: answer.epochAuthenticator });
  const { welcome } = answer;
  if (others.length > 0) present(welcomer, "ReInitWelcome", { welcome });
  const ratchetTree = externalTree ? answer.ratchetTree : new Uint8Array();
  for (const [actor, { reinitId }] of others) {
    const handled = await stage.call(actor, "HandleReInitWelcome", { reinitId, welcome, ratchetTree });
    stage.join({ actor, stateId: handled.stateId }, to);
    stage.agree(to, { actor, rpc: "HandleReInitWelcome", value: handled.epochAuthenticator });
  }
}
