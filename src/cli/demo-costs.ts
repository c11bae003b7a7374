/**
 * What a commit costs (§7.4-§7.6), by the number of members: in time, in octets, and in operations, which are counted,
 * so that growth shows without the noise of a clock. The trees are synthetic and full.
 */

import { type CipherSuite, generateSigner } from "../crypto/index.ts";
import {
  acceptCommit,
  createCommit,
  createKeyPackage,
  dropCommit,
  type Environment,
  epochAuthenticator,
  type GroupState,
  joinGroup,
  processMessage,
} from "../index.ts";
import {
  type CountingSuite,
  countingSuite,
  dangerouslyAcceptEveryCredential,
  type OperationCounts,
  type SyntheticWelcome,
  seededRandom,
  syntheticGroup,
  welcomeInto,
} from "../testing/index.ts";
import { leafIndex } from "../tree/index.ts";
import { Mismatch } from "./demo-failure.ts";
import { CLOCK, hex, octets } from "./demo-services.ts";

/** What one side does for one commit. */
export interface Side {
  /** The fastest of several runs. */
  readonly ms: number;
  readonly hashes: number;
  /** KEM operations: encapsulations of the committer, decapsulations of the others. */
  readonly hpke: number;
}

export interface Cost {
  readonly members: number;
  readonly log2: number;
  readonly commit: Side & { readonly bytes: number };
  readonly process: Side;
  readonly join: { readonly ms: number; readonly bytes: number };
}

export interface CostTerms {
  readonly suite: CipherSuite;
  readonly seed: string;
  /** Even numbers of members, from 4: the last pair is the one who adds and the one who joins. */
  readonly sizes: readonly number[];
}

const RUNS = 7;

/** @throws Mismatch if a count is not what a full tree of that size takes, or if members disagree */
export async function measureCosts(
  { suite, seed, sizes }: CostTerms,
  onProgress: (done: number) => void,
): Promise<Cost[]> {
  const costs: Cost[] = [];
  for (const [done, members] of sizes.entries()) {
    onProgress(done);
    costs.push(await measureCost(suite, members, `${seed} ${members}`));
  }
  return costs;
}

async function measureCost(suite: CipherSuite, members: number, seed: string): Promise<Cost> {
  const counting = countingSuite(suite);
  const environment: Environment = {
    suite: counting.suite,
    random: seededRandom(seed),
    clock: CLOCK,
    authentication: dangerouslyAcceptEveryCredential,
  };
  const { joined, committer, join } = await lastJoiner(environment, members, seed);
  const commits = await measureCommits(environment, counting, committer);
  const processed = await measureProcessing(environment, counting, { joined, messages: commits.messages });
  if (commits.authenticator !== processed.authenticator) throw new Mismatch(`${members} members do not agree`);
  const log2 = Math.log2(members);
  if (commits.side.hpke !== Math.ceil(log2) || processed.side.hpke !== 1) {
    throw new Mismatch(`with ${members} members: ${commits.side.hpke} seals and ${processed.side.hpke} opens`);
  }
  return { members, log2, commit: { ...commits.side, bytes: commits.bytes }, process: processed.side, join };
}

interface LastJoiner {
  readonly joined: GroupState;
  /** The first member, who has followed. */
  readonly committer: GroupState;
  readonly join: Cost["join"];
}

/** The last place of the tree is taken by a real joiner, which completes it. */
async function lastJoiner(environment: Environment, members: number, seed: string): Promise<LastJoiner> {
  const group = await syntheticGroup(environment, { size: members - 1, seed });
  const signer = await generateSigner(environment.suite, environment.random);
  const credential = { credentialType: "basic", identity: octets("the last one") } as const;
  const bundle = await createKeyPackage(environment, { signer, credential });
  const { welcomes, message }: SyntheticWelcome = await welcomeInto(environment, group, [bundle.keyPackage]);
  const [welcome] = welcomes;
  if (welcome === undefined) throw new Mismatch("there is no Welcome");
  const start = performance.now();
  const { state: joined } = await joinGroup(environment, { welcome, keyPackages: [bundle] });
  const join = { ms: performance.now() - start, bytes: welcome.length };
  const { state: committer } = await processMessage(environment, await group.member(leafIndex(0)), message);
  return { joined, committer, join };
}

interface Measured {
  readonly side: Side;
  /** After the last commit. */
  readonly authenticator: string;
}

async function measureCommits(
  environment: Environment,
  counting: CountingSuite,
  committer: GroupState,
): Promise<Measured & { messages: Uint8Array[]; bytes: number }> {
  let state = committer;
  let authenticator = "";
  const messages: Uint8Array[] = [];
  const { ms, counts } = await measure(counting, async (run) => {
    const created = await createCommit(environment, state, { forcePath: true });
    const { message, pending } = created.output;
    state = created.state;
    messages.push(message);
    if (run < RUNS - 1) dropCommit(pending);
    else authenticator = hex(epochAuthenticator(acceptCommit(environment, state, pending).state));
  });
  const bytes = messages[0]?.length ?? 0;
  return { side: { ms, hashes: counts.hashes, hpke: counts.encaps }, authenticator, messages, bytes };
}

async function measureProcessing(
  environment: Environment,
  counting: CountingSuite,
  { joined, messages }: { joined: GroupState; messages: readonly Uint8Array[] },
): Promise<Measured> {
  let authenticator = "";
  const { ms, counts } = await measure(counting, async (run) => {
    const message = messages[run];
    if (message === undefined) throw new Mismatch("a commit is missing");
    authenticator = hex(epochAuthenticator((await processMessage(environment, joined, message)).state));
  });
  return { side: { ms, hashes: counts.hashes, hpke: counts.decaps }, authenticator };
}

/** The time of the fastest run, and the operations of the last. */
async function measure(
  counting: CountingSuite,
  run: (index: number) => Promise<void>,
): Promise<{ ms: number; counts: OperationCounts }> {
  let ms = Number.POSITIVE_INFINITY;
  for (let index = 0; index < RUNS; index++) {
    counting.reset();
    const start = performance.now();
    await run(index);
    ms = Math.min(ms, performance.now() - start);
  }
  return { ms, counts: { ...counting.counts } };
}
