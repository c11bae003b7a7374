/** Actions by which groups begin and members come in. */
import type { MLSClient } from "../interface/client.ts";
import { firstEpoch } from "./epochs.ts";
import { isRefusal } from "./failure.ts";
import type { Handlers } from "./handler.ts";
import { newGroupId, random, utf8 } from "./octets.ts";
import { present, type Silence, type Stage } from "./stage.ts";

type GroupAction =
  | "createGroup"
  | "createKeyPackage"
  | "joinGroup"
  | "externalJoin"
  | "installExternalPSK"
  | "groupInfo";

export const GROUP_ACTIONS: Handlers<GroupAction> = {
  createGroup: async (stage, { actor, members }) => {
    const groupId = newGroupId();
    const { suite: cipherSuite, encryptHandshake } = stage;
    const request = { groupId, cipherSuite, encryptHandshake, identity: utf8(actor) };
    const { stateId } = await stage.call(actor, "CreateGroup", request);
    stage.join({ actor, stateId }, firstEpoch(groupId));
    if (members.length > 0) await addAll(stage, actor, members);
  },

  createKeyPackage: async (stage, { actor }, index) => {
    stage.keep(index, { keyPackage: await createKeyPackage(stage, actor) });
  },

  joinGroup: async (stage, { actor, welcome }) => {
    await join(stage, actor, { commit: welcome, silence: "allowed" });
  },

  externalJoin: async (stage, step, index) => {
    const { actor, joiner, externalTree, removePrior } = step;
    const { groupInfo, ratchetTree } = await stage.call(actor, "GroupInfo", {
      stateId: stage.state(actor),
      externalTree,
    });
    present(actor, "GroupInfo", { "group info": groupInfo });
    const to = stage.next(actor);
    const psks = step.psks.map((psk) => stage.product(psk, "psk"));
    const request = { groupInfo, ratchetTree, encryptHandshake: stage.encryptHandshake, removePrior, psks };
    const answer = await stage.call(joiner, "ExternalJoin", { ...request, identity: utf8(joiner) });
    stage.join({ actor: joiner, stateId: answer.stateId }, to);
    present(joiner, "ExternalJoin", { commit: answer.commit });
    stage.agree(to, { actor: joiner, rpc: "ExternalJoin", value: answer.epochAuthenticator });
    stage.keep(index, { commit: { octets: answer.commit, to } });
    const others = new Set([...step.members, actor]);
    others.delete(joiner);
    for (const member of others) await handleCommit(stage, member, { commit: index, proposals: [] });
  },

  installExternalPSK: async (stage, { clients }, index) => {
    const psk = { pskId: random(32), pskSecret: random(32) };
    stage.keep(index, { psk });
    for (const actor of clients) await install(stage, actor, psk);
  },

  groupInfo: async (stage, { actor, externalTree }) => {
    const { groupInfo } = await stage.call(actor, "GroupInfo", { stateId: stage.state(actor), externalTree });
    present(actor, "GroupInfo", { "group info": groupInfo });
  },
};

/** The creator of a group adds members at once, by value and without more. */
async function addAll(stage: Stage, creator: string, members: readonly string[]): Promise<void> {
  const byValue = [];
  for (const member of members) {
    byValue.push({ proposalType: utf8("add"), keyPackage: await createKeyPackage(stage, member) });
  }
  const { welcome } = await stage.call(creator, "Commit", { stateId: stage.state(creator), byValue });
  const to = stage.next(creator);
  const answer = await stage.call(creator, "HandlePendingCommit", { stateId: stage.state(creator) });
  stage.follow({ actor: creator, stateId: answer.stateId }, to);
  stage.agree(to, { actor: creator, rpc: "HandlePendingCommit", value: answer.epochAuthenticator });
  present(creator, "Commit", { welcome });
  for (const member of members) await joinWith(stage, member, { welcome, ratchetTree: new Uint8Array(), to });
}

export async function createKeyPackage(stage: Stage, actor: string): Promise<Uint8Array> {
  const request = { cipherSuite: stage.suite, identity: utf8(actor) };
  const { transactionId, keyPackage } = await stage.call(actor, "CreateKeyPackage", request);
  present(actor, "CreateKeyPackage", { "key package": keyPackage });
  stage.transactions.set(actor, { id: transactionId, used: false });
  return keyPackage;
}

interface Followed {
  /** The step of the commit. */
  readonly commit: number;
  readonly silence?: Silence;
}

/** Joins by the Welcome of a commit, with its tree where that travels outside of it. */
export async function join(stage: Stage, actor: string, { commit, silence = "wrong" }: Followed): Promise<void> {
  const { octets: welcome, ratchetTree } = stage.welcome(commit);
  await joinWith(stage, actor, { welcome, ratchetTree, to: stage.product(commit, "commit").to, silence });
}

interface Entrance {
  readonly welcome: Uint8Array;
  readonly ratchetTree: Uint8Array;
  readonly to: ReturnType<Stage["epoch"]>;
  readonly silence?: Silence;
}

async function joinWith(
  stage: Stage,
  actor: string,
  { welcome, ratchetTree, to, silence = "wrong" }: Entrance,
): Promise<void> {
  const { stateId, epochAuthenticator } = await stage.call(actor, "JoinGroup", {
    transactionId: stage.useTransaction(actor),
    welcome,
    encryptHandshake: stage.encryptHandshake,
    identity: utf8(actor),
    ratchetTree,
  });
  stage.join({ actor, stateId }, to);
  stage.agree(to, { actor, rpc: "JoinGroup", value: epochAuthenticator, silence });
}

interface Incoming extends Followed {
  readonly proposals: readonly Uint8Array[];
}

export async function handleCommit(
  stage: Stage,
  actor: string,
  { commit, proposals, silence = "wrong" }: Incoming,
): Promise<void> {
  const { octets, to } = stage.product(commit, "commit");
  const request = { stateId: stage.state(actor), proposal: proposals, commit: octets };
  const { stateId, epochAuthenticator } = await stage.call(actor, "HandleCommit", request);
  stage.follow({ actor, stateId }, to);
  stage.agree(to, { actor, rpc: "HandleCommit", value: epochAuthenticator, silence });
}

/**
 * A PSK goes to the state of an actor, or else to the key package with which it will join. Beyond that some calls are made for
 * good measure, whose refusal is nobody's fault: an actor that has both may be on its way into another group, and one with
 * neither (id 0, as the working group's runner has it) joins from outside, where its PSKs are handed over.
 */
async function install(stage: Stage, actor: string, psk: Parameters<MLSClient["StorePSK"]>[0]): Promise<void> {
  const store = (stateOrTransactionId: number) => stage.call(actor, "StorePSK", { ...psk, stateOrTransactionId });
  const attempt = async (id: number) => {
    try {
      await store(id);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  };
  const transaction = stage.transactions.get(actor);
  const waiting = transaction === undefined || transaction.used ? undefined : transaction.id;
  if (stage.hasState(actor)) {
    await store(stage.state(actor));
    if (waiting !== undefined) await attempt(waiting);
  } else if (waiting !== undefined) await store(waiting);
  else await attempt(0);
}
