/** Commits of members (§12.4): in one step, in many, in vain, and handled later by those who lag behind. */
import type { CommitStep } from "../runner/scenario.ts";
import type { History, Membership } from "./group.ts";
import { deliverBefore, send } from "./messages.ts";
import { type Plan, proposalsOf } from "./plan.ts";
import { describe } from "./propose.ts";

/** What a successor of a member's states costs nobody: those who lag more would miss keys that peers drop. */
const LAG = 2;

export function commit(history: History, plan: Plan): void {
  const behind = laggards(history, plan);
  if (history.choice.chance(history.rates.separateSteps)) commitInSteps(history, plan, behind);
  else commitAtOnce(history, plan, behind);
}

/** A commit that its maker never gets to use: somebody else's will win. */
export function commitInVain(history: History, plan: Plan): void {
  const { committer, byReference } = plan;
  history.write({ action: "commit", ...stepOf(history, plan, false) });
  committer.pending = true;
  if (byReference.length > 0) committer.observed = true;
}

/** Who is behind handles what it missed: those who must, and some of the others. */
export function catchUp(history: History, everybody: boolean): void {
  for (const member of history.choice.shuffled(history.members())) {
    while (member.epoch < history.epoch) {
      const far = history.epoch - member.epoch >= Math.min(LAG, history.lateEpochs);
      if (!everybody && !far && history.choice.chance(0.5)) break;
      handle(history, member);
    }
  }
}

function handle(history: History, member: Membership): void {
  const ending = history.endings.get(member.epoch);
  if (ending === undefined) throw new Error(`nothing ended epoch ${member.epoch}`);
  reach(history, member, member.epoch + 1, () =>
    history.write({ action: "handleCommit", actor: member.name, ...ending }),
  );
}

/** Writes how a member comes to an epoch, after what would arrive too late there. */
export function reach(history: History, member: Membership, epoch: number, write: () => void): void {
  deliverBefore(history, member, epoch);
  write();
  history.reach(member, epoch);
}

export function laggards(history: History, { committer }: Pick<Plan, "committer">): Set<Membership> {
  const { choice, lateEpochs, rates } = history;
  const others = history.present().filter((member) => member !== committer);
  return new Set(others.filter(() => choice.chance(rates.lag) && lateEpochs > 0));
}

function stepOf(history: History, plan: Plan, externalTree: boolean): CommitStep {
  return {
    actor: plan.committer.name,
    byReference: plan.byReference.map(({ step }) => step),
    byValue: plan.byValue.map(describe),
    forcePath: history.choice.chance(history.rates.forcedPaths),
    externalTree,
  };
}

function commitAtOnce(history: History, plan: Plan, behind: ReadonlySet<Membership>): void {
  const { choice, rates } = history;
  const { leaving, joining } = movements(plan);
  const handling = history
    .present()
    .filter((each) => each !== plan.committer && !behind.has(each) && !leaving.has(each));
  for (const member of [plan.committer, ...handling]) deliverBefore(history, member, history.epoch + 1);
  const said = stepOf(history, plan, choice.chance(rates.externalTrees));
  const members = choice.shuffled(handling.map(({ name }) => name));
  const step = history.write({ action: "fullCommit", ...said, members, joiners: choice.shuffled(joining) });
  apply(history, plan, { commit: step, byReference: said.byReference });
  for (const member of [plan.committer, ...handling]) history.reach(member, history.epoch);
}

/** Everybody, the committer too, hears of the commit at some time. */
function commitInSteps(history: History, plan: Plan, behind: ReadonlySet<Membership>): void {
  const { committer } = plan;
  const { leaving } = movements(plan);
  const handling = history.present().filter((each) => !behind.has(each) && !leaving.has(each));
  const said = stepOf(history, plan, false);
  const step = history.write({ action: "commit", ...said });
  const joining = apply(history, plan, { commit: step, byReference: said.byReference });
  for (const member of history.choice.shuffled([...handling, ...joining])) {
    const actor = member.name;
    if (joining.includes(member)) history.write({ action: "joinGroup", actor, welcome: step });
    else if (member !== committer) handle(history, member);
    else reach(history, member, history.epoch, () => history.write({ action: "handlePendingCommit", actor }));
    // The first ones there may already talk.
    if (history.choice.chance(history.rates.messages / 4)) send(history, member);
  }
}

function movements(plan: Plan): { leaving: Set<Membership>; joining: string[] } {
  const leaving = new Set<Membership>();
  const joining: string[] = [];
  for (const proposal of proposalsOf(plan)) {
    if (proposal.type === "remove") leaving.add(proposal.of);
    if (proposal.type === "add") joining.push(proposal.name);
  }
  return { leaving, joining };
}

/** Changes the group as §12.3 says, and returns those who join. */
function apply(history: History, plan: Plan, ending: { commit: number; byReference: readonly number[] }): Membership[] {
  const { leaving, joining } = movements(plan);
  for (const member of leaving) history.unseat(member);
  const joiners = joining.map((name) => history.enter(name, history.epoch + 1));
  for (const joiner of joiners) history.seat(joiner);
  for (const proposal of proposalsOf(plan)) {
    if (proposal.type === "groupContextExtensions") history.signer = proposal.signer;
  }
  history.advance(ending);
  return joiners;
}
