/** Proposals of an epoch (§12.1): what somebody wishes is sent as a proposal, or left to the committer to include by value. */
import type { Description, ScenarioExtension } from "../runner/scenario.ts";
import type { History, Membership, Proposal } from "./group.ts";
import { newcomer, wishes } from "./wishes.ts";

/** Sends some proposals, and returns the wishes that are left for a commit to fulfil by value. */
export function propose(history: History): Proposal[] {
  const { choice, rates } = history;
  const left: Proposal[] = [];
  for (const wish of choice.shuffled(wishes(history))) {
    const signed = history.signer !== undefined && wish.type !== "update" && choice.chance(rates.externalSigners);
    const sent = wish.type === "update" || signed || choice.chance(rates.byReference);
    const proposer = choice.one(proposers(history, wish));
    if (!sent || proposer === undefined) left.push(wish);
    else if (signed) sendAsSigner(history, proposer, wish);
    else sendAsMember(history, proposer, wish);
  }
  if (choice.chance(rates.newMemberProposals)) askToBeAdded(history);
  if (history.signer === undefined && choice.chance(rates.externalSigners)) letSignerIn(history);
  return left;
}

/** Who can say it: only the member itself updates, and nobody speaks of an epoch that it never knew. */
function proposers(history: History, wish: Proposal): readonly Membership[] {
  if (wish.type === "update") return [wish.of];
  return history.free().filter(({ joined }) => wish.type !== "resumptionPSK" || joined <= wish.epoch);
}

export function describe(proposal: Proposal): Description {
  switch (proposal.type) {
    case "add":
      if (proposal.keyPackage === undefined) throw new Error("what a new member proposes for itself goes by reference");
      return { proposalType: "add", keyPackage: proposal.keyPackage };
    case "remove":
      return { proposalType: "remove", removed: proposal.of.name };
    case "externalPSK":
      return { proposalType: "externalPSK", pskId: proposal.psk };
    case "resumptionPSK":
      return { proposalType: "resumptionPSK", epochId: BigInt(proposal.epoch) };
    case "groupContextExtensions":
      return { proposalType: "groupContextExtensions", extensions: proposal.extensions };
    case "update":
      throw new Error("an Update goes by reference (§12.2)");
  }
}

function sendAsMember(history: History, proposer: Membership, proposal: Proposal): void {
  const step = history.write(memberStep(proposer.name, proposal));
  history.open.push({ step, proposal });
  proposer.observed = true;
}

function memberStep(actor: string, proposal: Proposal) {
  if (proposal.type === "update") return { action: "updateProposal", actor } as const;
  const said = describe(proposal);
  switch (said.proposalType) {
    case "add":
      return { action: "addProposal", actor, keyPackage: said.keyPackage } as const;
    case "remove":
      return { action: "removeProposal", actor, removed: said.removed } as const;
    case "externalPSK":
      return { action: "externalPSKProposal", actor, pskId: said.pskId } as const;
    case "resumptionPSK":
      return { action: "resumptionPSKProposal", actor, epochId: said.epochId } as const;
    case "groupContextExtensions":
      return { action: "groupContextExtensionsProposal", actor, extensions: said.extensions } as const;
    case "reinit":
      throw new Error("a ReInit is a step of its own");
  }
}

function sendAsSigner(history: History, { name }: Membership, proposal: Proposal): void {
  const actor = history.signer ?? "";
  const description = describe(proposal);
  const step = history.write({ action: "externalSignerProposal", actor, member: name, description });
  history.open.push({ step, proposal });
}

function askToBeAdded(history: History): void {
  const name = newcomer(history);
  const member = history.choice.one(history.free());
  if (name === undefined || member === undefined) return;
  const step = history.write({ action: "newMemberAddProposal", actor: member.name, joiner: name });
  history.transactions.set(name, { step, own: true, psks: new Set() });
  history.open.push({ step, proposal: { type: "add", name, keyPackage: undefined } });
}

function letSignerIn(history: History): void {
  const member = history.choice.one(history.free());
  if (member === undefined) return;
  const signer = `signer${history.signers++}`;
  const step = history.write({ action: "addExternalSigner", actor: member.name, signer });
  const extensions: readonly ScenarioExtension[] = [];
  history.open.push({ step, proposal: { type: "groupContextExtensions", extensions, signer } });
  member.observed = true;
}
