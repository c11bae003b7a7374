/**
 * Which epoch of which group each actor is in, told by the steps that brought them there and never by what clients answer:
 * members who have missed a commit, or were removed by one, are those who stay behind.
 */

export interface Group {
  readonly id: Uint8Array;
  /** The latest epoch that somebody has entered. */
  newest: Epoch | undefined;
}

export interface Epoch {
  readonly group: Group;
  readonly number: number;
  /** The epoch authenticator, from the first who named it: the committer, as a rule. */
  authenticator: { readonly actor: string; readonly value: Uint8Array } | undefined;
}

/** The first epoch of a new group. */
export function firstEpoch(id: Uint8Array): Epoch {
  return { group: { id, newest: undefined }, number: 0, authenticator: undefined };
}

/** The epoch that a commit leads to, while nobody has followed it yet. */
export function nextEpoch({ group, number }: Epoch): Epoch {
  return { group, number: number + 1, authenticator: undefined };
}

export class Epochs {
  readonly #epochs = new Map<string, Epoch>();
  readonly #withProposals = new Set<string>();

  of(actor: string): Epoch | undefined {
    return this.#epochs.get(actor);
  }

  /** Of two commits on one epoch, the one that is followed later counts. */
  enter(actor: string, epoch: Epoch): void {
    this.#epochs.set(actor, epoch);
    this.#withProposals.delete(actor);
    const { group } = epoch;
    if (group.newest === undefined || epoch.number >= group.newest.number) group.newest = epoch;
  }

  /** A member has sent a proposal, or was given one, in its epoch. */
  sawProposals(actor: string): void {
    this.#withProposals.add(actor);
  }

  /** Nobody sends application data while proposals wait for a commit (§12.4). */
  maySend(actor: string): boolean {
    return !this.#withProposals.has(actor);
  }

  /** For each group those who are in its newest epoch. */
  live(): readonly { readonly epoch: Epoch; readonly members: readonly string[] }[] {
    const live = new Map<Epoch, string[]>();
    for (const [actor, epoch] of this.#epochs) {
      if (epoch.group.newest !== epoch) continue;
      const members = live.get(epoch) ?? [];
      live.set(epoch, members);
      members.push(actor);
    }
    return [...live].map(([epoch, members]) => ({ epoch, members }));
  }
}
