/** Groups that follow from others: re-initialization (§11.2) and subgroup branching (§11.3). The history goes on in them. */
import { catchUp } from "./commit.ts";
import type { History } from "./group.ts";
import { deliverAll } from "./messages.ts";
import { context } from "./wishes.ts";

export function reinitialize(history: History): boolean {
  const { choice, rates } = history;
  if (history.reinitialized || history.members().length < 2) return false;
  gather(history);
  const names = choice.shuffled(history.members().map(({ name }) => name));
  const one = () => choice.one(names) ?? "";
  const changes = { changeCipherSuite: choice.chance(rates.suiteChanges), changeGroupId: true };
  const extensions = context(history);
  const { signer } = history;
  const external =
    signer === undefined || !choice.chance(rates.externalSigners)
      ? undefined
      : history.write({
          action: "externalSignerProposal",
          actor: signer,
          member: one(),
          description: { proposalType: "reinit", ...changes, extensions },
        });
  const roles = { proposer: external === undefined ? one() : undefined, committer: one(), welcomer: one() };
  const said = external === undefined ? { ...changes, extensions } : NOTHING;
  history.write({
    action: "reinit",
    ...roles,
    externalReinitProposal: external,
    members: names.filter((name) => !Object.values(roles).includes(name)),
    ...said,
    forcePath: choice.chance(rates.forcedPaths),
    externalTree: choice.chance(rates.externalTrees),
  });
  history.reinitialized = true;
  history.succeed([roles.welcomer, ...names.filter((name) => name !== roles.welcomer)]);
  return true;
}

/** What an external sender's proposal says already. */
const NOTHING = { changeCipherSuite: false, changeGroupId: false, extensions: [] };

export function branch(history: History): boolean {
  const { choice, rates } = history;
  if (history.members().length < 2) return false;
  gather(history);
  const [actor, ...others] = choice.shuffled(history.members().map(({ name }) => name));
  if (actor === undefined) return false;
  const members = choice.chance(0.6) ? others : others.slice(0, 1 + choice.below(others.length));
  history.write({
    action: "branch",
    actor,
    members,
    extensions: context(history),
    forcePath: choice.chance(rates.forcedPaths),
    externalTree: choice.chance(rates.externalTrees),
  });
  history.succeed([actor, ...members]);
  return true;
}

/** Everybody reaches the last epoch, and gets what was sent: afterwards a runner has only their states of the new group. */
function gather(history: History): void {
  catchUp(history, true);
  deliverAll(history);
}
