/** External commits (§12.4.3.2): of someone outside, and of a member that lost its state and takes its leaf out. */
import { laggards } from "./commit.ts";
import type { History, Membership } from "./group.ts";
import { deliverBefore } from "./messages.ts";
import { newcomer } from "./wishes.ts";

/** Ends the epoch by an external join, and says whether there was somebody for it. */
export function joinExternally(history: History): boolean {
  const giver = history.choice.one(history.free());
  const joiner = newcomer(history);
  if (giver === undefined || joiner === undefined || history.members().length >= history.size) return false;
  enterBy(history, giver, joiner);
  return true;
}

export function resync(history: History): boolean {
  const { choice } = history;
  const giver = choice.one(history.free());
  const prior = choice.one(history.members().filter((member) => member !== giver));
  if (giver === undefined || prior === undefined) return false;
  enterBy(history, giver, prior.name);
  return true;
}

function enterBy(history: History, giver: Membership, joiner: string): void {
  const { choice, rates } = history;
  const prior = history.memberNamed(joiner);
  const behind = laggards(history, { committer: giver });
  const handling = history.present().filter((each) => each !== giver && each !== prior && !behind.has(each));
  for (const member of [giver, ...handling]) deliverBefore(history, member, history.epoch + 1);
  const step = history.write({
    action: "externalJoin",
    actor: giver.name,
    joiner,
    members: choice.shuffled(handling.map(({ name }) => name)),
    externalTree: choice.chance(rates.externalTrees),
    removePrior: prior !== undefined,
    psks: choice.chance(rates.externalJoinPsks) ? knownPsks(history, prior) : [],
  });
  if (prior !== undefined) history.unseat(prior);
  history.seat(history.enter(joiner, history.epoch + 1));
  history.advance({ commit: step, byReference: [] });
  for (const member of [giver, ...handling]) history.reach(member, history.epoch);
}

/** The joiner is told them with the step; all others have to know them. */
function knownPsks(history: History, prior: Membership | undefined): number[] {
  const others = history.members().filter((member) => member !== prior);
  const known = history.psks.filter((psk) => others.every((member) => member.psks.has(psk)));
  return history.choice.shuffled(known).slice(0, 1 + history.choice.below(2));
}
