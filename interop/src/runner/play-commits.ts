/** Actions by which a group goes on, and the messages between. */
import type { Handlers } from "./handler.ts";
import { protect, unprotect } from "./messages.ts";
import { utf8 } from "./octets.ts";
import { handleCommit, join } from "./play-groups.ts";
import { describe } from "./play-proposals.ts";
import type { CommitStep } from "./scenario.ts";
import { present, type Silence, type Stage } from "./stage.ts";

type CommitAction = "fullCommit" | "commit" | "handleCommit" | "handlePendingCommit" | "protect" | "unprotect";

export const COMMIT_ACTIONS: Handlers<CommitAction> = {
  fullCommit: async (stage, step, index) => {
    const proposals = await commit(stage, step, index);
    await handlePendingCommit(stage, step.actor, "wrong");
    for (const member of step.members) await handleCommit(stage, member, { commit: index, proposals });
    for (const joiner of step.joiners) await join(stage, joiner, { commit: index });
  },

  commit: async (stage, step, index) => {
    await commit(stage, step, index);
  },

  handleCommit: async (stage, { actor, commit, byReference }) => {
    await handleCommit(stage, actor, { commit, proposals: proposalsOf(stage, byReference), silence: "allowed" });
  },

  handlePendingCommit: async (stage, { actor }) => {
    await handlePendingCommit(stage, actor, "allowed");
  },

  protect: async (stage, { actor, authenticatedData, plaintext }, index) => {
    const content = { authenticatedData: utf8(authenticatedData), plaintext: utf8(plaintext) };
    stage.keep(index, { message: await protect(stage, actor, content) });
  },

  unprotect: async (stage, { actor, ciphertext }) => {
    await unprotect(stage, actor, stage.product(ciphertext, "message"));
  },
};

function proposalsOf(stage: Stage, steps: readonly number[]): readonly Uint8Array[] {
  return steps.map((step) => stage.product(step, "proposal"));
}

/** Sends a commit, and gives the proposals that those who follow it must see first. */
async function commit(stage: Stage, step: CommitStep, index: number): Promise<readonly Uint8Array[]> {
  const { actor, forcePath, externalTree } = step;
  const byReference = proposalsOf(stage, step.byReference);
  const byValue = step.byValue.map((description) => describe(stage, actor, description));
  const to = stage.next(actor);
  const request = { stateId: stage.state(actor), byReference, byValue, forcePath, externalTree };
  if (byReference.length > 0) stage.epochs.sawProposals(actor);
  const answer = await stage.call(actor, "Commit", request);
  present(actor, "Commit", { commit: answer.commit });
  const sent = { octets: answer.commit, to };
  const ratchetTree = externalTree ? answer.ratchetTree : new Uint8Array();
  stage.keep(index, { commit: sent, welcome: { committer: actor, octets: answer.welcome, ratchetTree } });
  stage.pending.set(actor, sent);
  return byReference;
}

async function handlePendingCommit(stage: Stage, actor: string, silence: Silence): Promise<void> {
  const { to } = stage.takePending(actor);
  const answer = await stage.call(actor, "HandlePendingCommit", { stateId: stage.state(actor) });
  stage.follow({ actor, stateId: answer.stateId }, to);
  stage.agree(to, { actor, rpc: "HandlePendingCommit", value: answer.epochAuthenticator, silence });
}
