/**
 * Plays a scenario on paper, written from RFC 9420 and from what runners of the working group's format do, without a look at
 * the generator: every step must be allowed at its place. Returns what each commit met.
 */
import type { CommitStep, Description, Scenario, Step } from "../../src/runner/scenario.ts";
import {
  type CommitRecord,
  type Content,
  enter,
  Group,
  must,
  type Outcome,
  type Sent,
  type Session,
  type Transaction,
  there,
} from "./naive-group.ts";
import { contentOf, outcomeOf } from "./naive-list.ts";

/** How old messages may be, and how many epochs back resumption PSKs may reach, the current one counted. */
export interface Limits {
  readonly lateEpochs: number;
  readonly resumptionEpochs: number;
}

export function check(scenario: Scenario, limits: Partial<Limits> = {}): CommitRecord[] {
  const checker = new Checker({ lateEpochs: 3, resumptionEpochs: 3, ...limits });
  for (const [at, step] of scenario.steps.entries()) {
    try {
      checker.play(at, step);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${scenario.name}, step ${at} (${step.action}): ${why}`, { cause: error });
    }
  }
  checker.end();
  return checker.records;
}

type StepOf<A extends Step["action"]> = Extract<Step, { readonly action: A }>;

class Checker {
  readonly records: CommitRecord[] = [];
  readonly #limits: Limits;
  /** The state that a runner has of each client: the last one. */
  readonly #sessions = new Map<string, Session>();
  readonly #transactions = new Map<string, Transaction>();
  readonly #owners = new Map<number, string>();
  readonly #sent = new Map<number, Sent>();
  readonly #outcomes = new Map<number, Outcome>();
  readonly #messages = new Map<number, Session>();
  readonly #epochs = new Map<number, number>();
  readonly #psks = new Set<number>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  play(at: number, step: Step): void {
    const check = this.#checks[step.action] as (step: Step, at: number) => void;
    check(step, at);
  }

  /** All members have reached the last epoch of their group. */
  end(): void {
    for (const group of new Set([...this.#sessions.values()].map((session) => session.group))) {
      for (const session of group.roster().values()) {
        if (this.#sessions.get(session.name) !== session) continue;
        must(session.epoch === group.epoch, `${session.name} is left behind in epoch ${session.epoch}`);
      }
    }
  }

  readonly #checks: { readonly [A in Step["action"]]: (step: StepOf<A>, at: number) => void } = {
    createGroup: ({ actor, members }) => {
      const group = new Group(actor);
      this.#start(group, [actor, ...members], 0);
    },
    createKeyPackage: ({ actor }, at) => this.#open(actor, at),
    joinGroup: ({ actor, welcome }) => this.#join(actor, welcome),
    externalJoin: (step, at) => this.#joinExternally(step, at),
    installExternalPSK: ({ clients }, at) => this.#install(clients, at),
    groupInfo: ({ actor }) => void this.#active(actor),
    addProposal: ({ actor, keyPackage }, at) => this.#say(actor, { proposalType: "add", keyPackage }, at),
    updateProposal: ({ actor }, at) => this.#send(actor, { proposalType: "update" }, at),
    removeProposal: ({ actor, removed }, at) => this.#say(actor, { proposalType: "remove", removed }, at),
    externalPSKProposal: ({ actor, pskId }, at) => this.#say(actor, { proposalType: "externalPSK", pskId }, at),
    resumptionPSKProposal: ({ actor, epochId }, at) => this.#say(actor, { proposalType: "resumptionPSK", epochId }, at),
    groupContextExtensionsProposal: ({ actor, extensions }, at) =>
      this.#say(actor, { proposalType: "groupContextExtensions", extensions }, at),
    fullCommit: (step, at) => this.#commitFully(step, at),
    commit: (step, at) => this.#commit(step, at),
    handleCommit: ({ actor, commit, byReference }) => this.#handle(actor, commit, byReference),
    handlePendingCommit: ({ actor }) => this.#handlePending(actor),
    protect: ({ actor }, at) => this.#protect(actor, at),
    unprotect: ({ actor, ciphertext }) => this.#unprotect(actor, ciphertext),
    reinit: (step) => this.#reinit(step),
    branch: ({ actor, members }) => {
      for (const name of [actor, ...members]) this.#active(name);
      must(!members.includes(actor), "the brancher adds itself");
      this.#start(new Group(actor), [actor, ...members], 1);
    },
    newMemberAddProposal: ({ actor, joiner }, at) => {
      const { group } = this.#active(actor);
      must(!group.tree.names().includes(joiner), `${joiner} is a member`);
      this.#open(joiner, at);
      const content: Content = { proposalType: "add", client: joiner, transaction: at };
      this.#sent.set(at, { content, sender: joiner, group, epoch: group.epoch });
    },
    addExternalSigner: ({ actor, signer }, at) => {
      const said: Description = { proposalType: "groupContextExtensions", extensions: [] };
      this.#say(actor, said, at);
      this.#sent.set(at, { ...there(this.#sent.get(at), "proposal"), signer });
    },
    externalSignerProposal: ({ actor, member, description }, at) => {
      const { group } = this.#active(member);
      // Runners name no index, so that it is that of the first external sender.
      must(group.signers[0] === actor, `${actor} is not the first external sender`);
      const content = this.#content(description);
      this.#sent.set(at, { content, sender: actor, group, epoch: group.epoch });
    },
  };

  #start(group: Group, names: readonly string[], epoch: number): void {
    for (const name of names.slice(1)) group.tree.add(name);
    group.epoch = names.length > 1 ? 1 : epoch;
    const sessions = names.map((name, i) => enter(name, group, i === 0 && epoch === 0 ? 0 : group.epoch));
    for (const session of sessions) {
      session.epoch = group.epoch;
      this.#sessions.set(session.name, session);
    }
    group.rosters.set(group.epoch, new Map(sessions.map((session) => [session.name, session])));
  }

  #open(name: string, at: number): void {
    this.#transactions.set(name, { step: at, psks: new Set() });
    this.#owners.set(at, name);
  }

  #session(name: string): Session {
    return there(this.#sessions.get(name), `state of ${name}`);
  }

  /** A member in its group's epoch, that has no commit pending. */
  #active(name: string): Session {
    const session = this.#session(name);
    const { group } = session;
    must(group.roster().get(name) === session, `${name} is no member`);
    must(session.epoch === group.epoch, `${name} is behind`);
    must(session.pending === undefined, `${name} has a commit pending`);
    return session;
  }

  #content(said: Description): Content {
    return contentOf(said, (step) => there(this.#owners.get(step), "key package"));
  }

  #say(actor: string, said: Description, at: number): void {
    this.#send(actor, this.#content(said), at);
  }

  #send(actor: string, content: Content, at: number): void {
    const sender = this.#active(actor);
    const { group } = sender;
    if (content.proposalType === "externalPSK") must(sender.psks.has(content.pskId), `${actor} has no such PSK`);
    if (content.proposalType === "resumptionPSK") must(Number(content.epochId) >= sender.joined, "unknown epoch");
    if (content.proposalType === "remove") must(group.tree.names().includes(content.removed), "nobody to remove");
    sender.observed = true;
    this.#sent.set(at, { content, sender, group, epoch: group.epoch });
  }

  #install(clients: readonly string[], at: number): void {
    this.#psks.add(at);
    must(new Set(clients).size === clients.length, "a client gets a PSK twice");
    for (const name of clients) {
      const holder = this.#sessions.get(name) ?? this.#transactions.get(name);
      there(holder, `state or transaction of ${name}`).psks.add(at);
    }
  }

  #commit(step: CommitStep, at: number): Outcome {
    const committer = this.#active(step.actor);
    const { group, epoch } = committer;
    const referred = step.byReference.map((each) => there(this.#sent.get(each), `proposal of step ${each}`));
    for (const each of referred) must(each.group === group && each.epoch === epoch, "a proposal of another epoch");
    must(new Set(step.byReference).size === step.byReference.length, "a proposal is named twice");
    const own = step.byValue.map((said) => ({ content: this.#content(said), sender: committer, group, epoch }));
    const sent: Sent[] = [...referred, ...own];
    for (const { content } of sent) {
      if (content.proposalType !== "add") continue;
      const open = this.#transactions.get(content.client);
      must(open?.step === content.transaction, `${content.client} has made another key package`);
    }
    const { resumptionEpochs } = this.#limits;
    const transactions = this.#transactions;
    const outcome = outcomeOf({ step: at, committer, sent, said: step, transactions, resumptionEpochs });
    this.records.push(outcome.record);
    this.#outcomes.set(at, outcome);
    committer.pending = at;
    if (referred.length > 0) committer.observed = true;
    return outcome;
  }

  /** The first to use a commit decides which one ends the epoch. */
  #accept(at: number): Outcome {
    const outcome = there(this.#outcomes.get(at), `commit of step ${at}`);
    const { group, from, tree, roster, signers, record } = outcome;
    const ending = group.endings.get(from);
    if (ending === undefined) {
      group.endings.set(from, at);
      group.epoch = from + 1;
      group.tree = tree;
      group.signers = signers;
      group.rosters.set(group.epoch, roster);
      record.accepted = true;
    } else must(ending === at, "another commit won");
    return outcome;
  }

  #advance(session: Session, to: number): void {
    session.epoch = to;
    session.observed = false;
    session.pending = undefined;
  }

  #handle(name: string, at: number, byReference: readonly number[]): void {
    const session = this.#session(name);
    const { group, from, roster, byReference: said, committer } = this.#accept(at);
    must(session.group === group && session.epoch === from, `${name} is in another epoch`);
    must(session !== committer, `${name} handles its own commit`);
    must(roster.get(name) === session, `${name} is removed`);
    must(JSON.stringify(byReference) === JSON.stringify(said), "other proposals than the commit's");
    this.#advance(session, from + 1);
  }

  #handlePending(name: string): void {
    const session = this.#session(name);
    const { from } = this.#accept(there(session.pending, `pending commit of ${name}`));
    must(session.epoch === from, `${name} is in another epoch`);
    this.#advance(session, from + 1);
  }

  #join(name: string, at: number): void {
    const { roster, record } = this.#accept(at);
    must(record.added.includes(name), `${name} is not added`);
    must(this.#transactions.delete(name), `${name} has no transaction`);
    this.#sessions.set(name, there(roster.get(name), `seat of ${name}`));
  }

  #commitFully(step: StepOf<"fullCommit">, at: number): void {
    this.#commit(step, at);
    this.#handlePending(step.actor);
    for (const name of step.members) this.#handle(name, at, step.byReference);
    for (const name of step.joiners) this.#join(name, at);
  }

  #joinExternally(step: StepOf<"externalJoin">, at: number): void {
    const { group, epoch } = this.#active(step.actor);
    const prior = group.roster().get(step.joiner);
    must(step.joiner !== step.actor, "the joiner gives its own group info");
    must((prior !== undefined) === step.removePrior, "a prior leaf is neither removed nor invented");
    const staying = [...group.roster().values()].filter((each) => each !== prior);
    must(new Set(step.psks).size === step.psks.length, "a PSK is used twice");
    for (const psk of step.psks) {
      must(this.#psks.has(psk), "no such PSK");
      for (const { name, psks } of staying) must(psks.has(psk), `${name} has no PSK ${psk}`);
    }
    const tree = group.tree.copy();
    const before = tree.row();
    if (prior !== undefined) tree.remove(step.joiner);
    tree.add(step.joiner);
    const joiner = enter(step.joiner, group, epoch + 1);
    const path = tree.path(step.joiner, new Set());
    const facts = { step: at, committer: step.joiner, external: true, path, widthBefore: before.length, before };
    const removed = prior === undefined ? [] : [step.joiner];
    const kinds = ["externalInit", ...step.psks.map(() => "externalPSK")];
    const record = {
      ...facts,
      after: tree.row(),
      nodes: tree.nodes(),
      removed,
      added: [step.joiner],
      kinds,
      accepted: false,
    };
    const roster = new Map([...staying, joiner].map((session) => [session.name, session]));
    const { signers } = group;
    this.records.push(record);
    this.#outcomes.set(at, { group, from: epoch, committer: joiner, byReference: [], tree, roster, signers, record });
    this.#transactions.delete(step.joiner);
    this.#sessions.set(step.joiner, joiner);
    for (const name of [...step.members, step.actor]) this.#handle(name, at, []);
  }

  #protect(name: string, at: number): void {
    const session = this.#session(name);
    must(session.group.roster().get(name) === session, `${name} is no member`);
    must(!session.observed, "proposals wait for a commit (§12.4)");
    this.#messages.set(at, session);
    this.#epochs.set(at, session.epoch);
  }

  #unprotect(name: string, at: number): void {
    const receiver = this.#session(name);
    const sender = there(this.#messages.get(at), "message");
    const epoch = there(this.#epochs.get(at), "message");
    must(receiver !== sender, "nobody opens their own messages");
    must(receiver.group === sender.group, "a message of another group");
    must(receiver.joined <= epoch && epoch <= receiver.epoch, `${name} has no keys of epoch ${epoch}`);
    must(receiver.epoch - epoch <= this.#limits.lateEpochs, "the message is too late");
    must(receiver.group.rosters.get(epoch)?.get(name) === receiver, `${name} was no member`);
    must(!receiver.opened.has(at), "the message was opened before");
    receiver.opened.add(at);
  }

  #reinit(step: StepOf<"reinit">): void {
    const { proposer, externalReinitProposal: external, committer, welcomer, members } = step;
    const names = new Set([welcomer, committer, ...members, ...(proposer === undefined ? [] : [proposer])]);
    for (const name of names) this.#active(name);
    const { group } = this.#session(welcomer);
    must(names.size === group.roster().size, "not everybody takes part");
    if (external !== undefined) {
      const sent = there(this.#sent.get(external), "proposal");
      must(sent.content.proposalType === "reinit" && sent.group === group && sent.epoch === group.epoch, "no ReInit");
    }
    this.#start(new Group(welcomer), [...names], 1);
  }
}
