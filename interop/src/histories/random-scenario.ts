/** Random histories of a group, as scenarios: all that RFC 9420 lets happen to one, in an order that a seed decides. */
import type { Scenario } from "../runner/scenario.ts";
import { catchUp, commit, commitInVain } from "./commit.ts";
import { joinExternally, resync } from "./external.ts";
import { History, type Proposal } from "./group.ts";
import { deliverAll, deliverSome, sendSome } from "./messages.ts";
import type { HistoryOptions } from "./options.ts";
import { planned } from "./plan.ts";
import { propose } from "./propose.ts";
import { branch, reinitialize } from "./successors.ts";

export function randomScenario(options: HistoryOptions): Scenario {
  const history = new History(options);
  create(history);
  while (history.ended < options.epochs) liveThroughEpoch(history);
  catchUp(history, true);
  deliverAll(history);
  return { name: options.name ?? `random ${options.seed}`, steps: history.steps };
}

function create(history: History): void {
  const { choice } = history;
  const [creator, ...others] = choice.shuffled(history.names).slice(0, history.size);
  if (creator === undefined) throw new Error("a group has a member");
  const members = choice.chance(0.5) ? [] : others.slice(0, choice.below(others.length + 1));
  history.write({ action: "createGroup", actor: creator, members });
  history.epoch = members.length === 0 ? 0 : 1;
  const first = history.enter(creator, 0);
  history.reach(first, history.epoch);
  history.leaves = [first, ...members.map((name) => history.enter(name, 1))];
  history.rosters.set(history.epoch, history.members());
}

function liveThroughEpoch(history: History): void {
  const { choice, rates } = history;
  // For some epochs the group grows or shrinks, then it wants something else.
  if (choice.chance(0.2)) history.target = 1 + choice.below(history.size);
  sendSome(history);
  deliverSome(history);
  const succeeding = choice.chance(rates.reinits) ? reinitialize : choice.chance(rates.branches) ? branch : undefined;
  const wishes = propose(history);
  if (choice.chance(rates.groupInfos)) giveInfo(history);
  // Those who have proposed are silent until a commit; others don't know of it.
  sendSome(history);
  deliverSome(history);
  catchUp(history, false);
  if (succeeding?.(history) === true) return;
  if (choice.chance(rates.races)) lose(history, wishes);
  end(history, wishes);
}

function lose(history: History, wishes: readonly Proposal[]): void {
  const { choice } = history;
  for (let losers = 1 + choice.below(2); losers > 0; losers--) {
    const [loser, ...others] = choice.shuffled(history.free());
    if (loser !== undefined && others.length > 0) commitInVain(history, planned(history, loser, wishes));
  }
}

function end(history: History, wishes: readonly Proposal[]): void {
  const { choice, rates } = history;
  if (choice.chance(rates.resyncs) && resync(history)) return;
  if (choice.chance(rates.externalJoins) && joinExternally(history)) return;
  const committer = choice.one(history.free());
  if (committer === undefined) throw new Error("nobody is left to commit");
  commit(history, planned(history, committer, wishes));
}

function giveInfo(history: History): void {
  const giver = history.choice.one(history.free());
  if (giver === undefined) return;
  const externalTree = history.choice.chance(history.rates.externalTrees);
  history.write({ action: "groupInfo", actor: giver.name, externalTree });
}
