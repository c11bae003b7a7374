/** What a caller decides about a random history: its size, and how often each kind of thing happens in it. */

/** Chances between 0 and 1; one that is 0 never happens, for peers that don't know it. */
export interface Rates {
  /** Chances for each epoch: that somebody joins, updates, leaves, and so on. */
  readonly adds: number;
  readonly updates: number;
  readonly removes: number;
  readonly externalPsks: number;
  readonly resumptionPsks: number;
  readonly groupContextExtensions: number;
  /** Someone asks for being added (`newMemberAddProposal`). */
  readonly newMemberProposals: number;
  /** An external sender is let in, and proposes. */
  readonly externalSigners: number;
  /** One commit removes a member and adds the same client again. */
  readonly replacements: number;
  /** The epoch ends by an external commit instead of a member's. */
  readonly externalJoins: number;
  /** The epoch ends by a member that joins externally and removes its prior leaf. */
  readonly resyncs: number;
  /** At most once in a history: the names of successors that a runner gives would repeat. */
  readonly reinits: number;
  /** Chance that a re-initialization asks for another cipher suite: then all clients need two in common. */
  readonly suiteChanges: number;
  readonly branches: number;
  readonly groupInfos: number;
  /** Somebody commits, and another commit wins. */
  readonly races: number;
  /** A commit is made and handled in separate steps. */
  readonly separateSteps: number;
  /** Chance for each member that it handles a commit later than the others. */
  readonly lag: number;
  /** Chance for each proposal that it is sent, and committed by reference. */
  readonly byReference: number;
  readonly forcedPaths: number;
  readonly externalTrees: number;
  readonly externalJoinPsks: number;
  /** Chance, twice in an epoch, that members send application data. */
  readonly messages: number;
  /** Chance for each message and receiver that it waits for a later epoch, if it may. */
  readonly lateMessages: number;
  /** Chance that a joiner is somebody who was a member before. */
  readonly returning: number;
}

export const DEFAULT_RATES: Rates = {
  adds: 0.6,
  updates: 0.4,
  removes: 0.45,
  externalPsks: 0.2,
  resumptionPsks: 0.2,
  groupContextExtensions: 0.12,
  newMemberProposals: 0.15,
  externalSigners: 0.2,
  replacements: 0.08,
  externalJoins: 0.12,
  resyncs: 0.08,
  reinits: 0.02,
  suiteChanges: 0.3,
  branches: 0.03,
  groupInfos: 0.05,
  races: 0.2,
  separateSteps: 0.25,
  lag: 0.08,
  byReference: 0.5,
  forcedPaths: 0.3,
  externalTrees: 0.3,
  externalJoinPsks: 0.4,
  messages: 0.4,
  lateMessages: 0.4,
  returning: 0.6,
};

export interface HistoryOptions {
  /** The same seed and options give the same history. */
  readonly seed: string | number;
  readonly name?: string;
  /** How many are members at once, at most. */
  readonly members: number;
  /** How many epochs end, at least: what starts an epoch of a successor counts, too. */
  readonly epochs: number;
  /** How many epochs old a message is at most when it arrives; peers keep the last few. Default: 3. */
  readonly lateEpochs?: number;
  readonly rates?: Partial<Rates>;
  /**
   * No commit leaves the left half of the tree empty, for peers that take the wrong commit secret when the root is not on the
   * filtered direct path (§7.4). Default: false.
   */
  readonly leftHalfStays?: boolean;
}
