/** §12.2 and §12.3, naively: may this committer commit this list, and to what does it lead? */
import type { CommitStep, Description } from "../../src/runner/scenario.ts";
import {
  type Content,
  enter,
  type Group,
  must,
  type Outcome,
  type Sent,
  type Session,
  type Transaction,
  there,
} from "./naive-group.ts";

export interface Committing {
  readonly step: number;
  readonly committer: Session;
  readonly sent: readonly Sent[];
  readonly said: CommitStep;
  readonly transactions: ReadonlyMap<string, Transaction>;
  readonly resumptionEpochs: number;
}

export function outcomeOf(committing: Committing): Outcome {
  const { committer, sent, said, step } = committing;
  const { group } = committer;
  const lists = sorted(sent);
  checkLeaves(committer, lists);
  checkPsks(committing, lists);
  must(lists.contexts.length <= 1, "two GroupContextExtensions");
  const tree = group.tree.copy();
  const before = tree.row();
  for (const name of lists.updated) tree.update(name);
  for (const name of lists.removed) tree.remove(name);
  for (const { client } of lists.added) tree.add(client);
  const kinds = sent.map(({ content }) => content.proposalType);
  const needed =
    kinds.length === 0 || kinds.some((kind) => ["update", "remove", "groupContextExtensions"].includes(kind));
  const added = lists.added.map(({ client }) => client);
  const path = needed || said.forcePath ? tree.path(committer.name, new Set(added)) : undefined;
  const facts = { step, committer: committer.name, external: false, path, widthBefore: before.length, before, kinds };
  return {
    group,
    from: group.epoch,
    committer,
    byReference: said.byReference,
    tree,
    roster: nextRoster(group, lists.removed, added),
    signers: signersAfter(group, lists.contexts[0]),
    record: { ...facts, after: tree.row(), nodes: tree.nodes(), removed: lists.removed, added, accepted: false },
  };
}

function sorted(sent: readonly Sent[]) {
  const contents = sent.map(({ content }) => content);
  const removed = contents.flatMap((each) => (each.proposalType === "remove" ? [each.removed] : []));
  const added = contents.filter((each) => each.proposalType === "add");
  const contexts = sent.filter(({ content }) => content.proposalType === "groupContextExtensions");
  const updated = sent.flatMap(({ content, sender }) =>
    content.proposalType === "update" && typeof sender !== "string" ? [sender.name] : [],
  );
  return { contents, removed, added, contexts, updated };
}

type Lists = ReturnType<typeof sorted>;

function checkLeaves({ name, group }: Session, { contents, removed, added, updated }: Lists): void {
  const members = group.tree.names();
  must(!updated.includes(name), "the committer commits its own Update");
  must(!removed.includes(name), "the committer removes itself");
  must(!contents.some(({ proposalType }) => proposalType === "reinit"), "a ReInit among others");
  const changed = [...updated, ...removed];
  must(new Set(changed).size === changed.length, "a leaf changes twice");
  for (const each of changed) must(members.includes(each), `${each} is no member`);
  const clients = added.map(({ client }) => client);
  must(new Set(clients).size === clients.length, "a client is added twice");
  for (const each of clients) must(!members.includes(each) || removed.includes(each), `${each} is a member already`);
}

function checkPsks(committing: Committing, { contents, removed, added }: Lists): void {
  const { group } = committing.committer;
  const staying = [...group.roster().values()].filter(({ name }) => !removed.includes(name));
  const used = new Set<string>();
  const once = (id: string) => {
    must(!used.has(id), `PSK ${id} is used twice`);
    used.add(id);
  };
  for (const each of contents) {
    if (each.proposalType === "externalPSK") {
      once(`external ${each.pskId}`);
      for (const { name, psks } of staying) must(psks.has(each.pskId), `${name} has no PSK ${each.pskId}`);
      for (const { client } of added) {
        const knows = committing.transactions.get(client)?.psks.has(each.pskId) ?? false;
        must(knows, `joiner ${client} has no PSK ${each.pskId}`);
      }
    } else if (each.proposalType === "resumptionPSK") {
      const epoch = Number(each.epochId);
      once(`resumption ${epoch}`);
      must(epoch <= group.epoch && epoch > group.epoch - committing.resumptionEpochs, `epoch ${epoch} is not kept`);
      for (const { name, joined } of staying) must(joined <= epoch, `${name} doesn't know epoch ${epoch}`);
      must(added.length === 0, "who joins knows no epoch");
    }
  }
}

function nextRoster(group: Group, removed: readonly string[], added: readonly string[]): ReadonlyMap<string, Session> {
  const roster = new Map([...group.roster()].filter(([name]) => !removed.includes(name)));
  for (const name of added) roster.set(name, enter(name, group, group.epoch + 1));
  return roster;
}

function signersAfter(group: Group, context: Sent | undefined): readonly string[] {
  if (context === undefined) return group.signers;
  return context.signer === undefined ? [] : [...group.signers, context.signer];
}

/** The content of a description, with the client whose key package it names. */
export function contentOf(said: Description, owner: (step: number) => string): Content {
  if (said.proposalType === "add") {
    return { proposalType: "add", client: there(owner(said.keyPackage), "key package"), transaction: said.keyPackage };
  }
  return said.proposalType === "reinit" ? { proposalType: "reinit" } : said;
}
