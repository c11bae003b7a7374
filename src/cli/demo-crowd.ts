/** Members added for real: a key package for each, a commit for each batch, and somebody who follows all commits. */

import { type CipherSuite, generateSigner } from "../crypto/index.ts";
import {
  acceptCommit,
  createCommit,
  createGroup,
  createKeyPackage,
  type Environment,
  epochAuthenticator,
  epochOf,
  type GroupState,
  joinGroup,
  type KeyPackageBundle,
  processMessage,
  roster,
} from "../index.ts";
import { dispose } from "../schedule/index.ts";
import { dangerouslyAcceptEveryCredential, seededRandom } from "../testing/index.ts";
import { Mismatch } from "./demo-failure.ts";
import { CLOCK, hex, octets } from "./demo-services.ts";

export interface Crowd {
  readonly members: number;
  readonly commits: number;
  readonly ms: number;
  readonly membersPerSecond: number;
  /** The last Welcome, with the tree, and what joining by it took. */
  readonly welcomeBytes: number;
  readonly joinMs: number;
  /** The same for the creator, for the one who followed every commit, and for the last joiner. */
  readonly epoch: number;
  readonly authenticator: string;
}

export interface CrowdTerms {
  readonly suite: CipherSuite;
  readonly seed: string;
  /** Members at the end, the creator included. */
  readonly size: number;
}

/** Members in one commit. */
const BATCH = 50;

/** @throws Mismatch if the members do not agree in the end */
export async function gatherCrowd(
  { suite, seed, size }: CrowdTerms,
  onProgress: (members: number) => void,
): Promise<Crowd> {
  const environment: Environment = {
    suite,
    random: seededRandom(`${seed} crowd`),
    clock: CLOCK,
    authentication: dangerouslyAcceptEveryCredential,
  };
  const start = performance.now();
  const gathered = await gather(environment, size, onProgress);
  const ms = performance.now() - start;

  const { creator, follower, welcome, last, commits } = gathered;
  const joinStart = performance.now();
  const { state: joiner } = await joinGroup(environment, { welcome, keyPackages: [last] });
  const joinMs = performance.now() - joinStart;
  const authenticator = agreed([creator, follower, joiner], size);
  const membersPerSecond = ((size - 1) / ms) * 1000;
  const epoch = Number(epochOf(creator));
  return { members: size, commits, ms, membersPerSecond, welcomeBytes: welcome.length, joinMs, epoch, authenticator };
}

interface Gathered {
  readonly creator: GroupState;
  readonly follower: GroupState;
  readonly welcome: Uint8Array;
  readonly last: KeyPackageBundle;
  readonly commits: number;
}

async function gather(
  environment: Environment,
  size: number,
  onProgress: (members: number) => void,
): Promise<Gathered> {
  let creator = await createGroup(environment, await newcomer(environment, 0));
  let follower: GroupState | undefined;
  let added: Added | undefined;
  let commits = 0;
  for (let members = 1; members < size; members += BATCH) {
    const batch = await keyPackages(environment, members, Math.min(BATCH, size - members));
    added = await addBatch(environment, creator, batch);
    creator = added.state;
    follower = await follow(environment, follower, added);
    commits++;
    onProgress(members + batch.length);
  }
  if (added === undefined || follower === undefined) throw new Mismatch("nobody was added");
  return { creator, follower, welcome: added.welcome, last: added.last, commits };
}

interface Added {
  readonly state: GroupState;
  readonly message: Uint8Array;
  readonly welcome: Uint8Array;
  readonly first: KeyPackageBundle;
  readonly last: KeyPackageBundle;
}

async function addBatch(environment: Environment, creator: GroupState, batch: KeyPackageBundle[]): Promise<Added> {
  const proposals = batch.map(({ keyPackage }) => ({ proposalType: "add", keyPackage }) as const);
  const created = await createCommit(environment, creator, { proposals });
  const { message, welcomes, pending } = created.output;
  const { state, spent } = acceptCommit(environment, created.state, pending);
  dispose([...created.spent, ...spent]);
  const [welcome, first, last] = [welcomes[0], batch[0], batch.at(-1)];
  if (welcome === undefined || first === undefined || last === undefined) throw new Mismatch("there is no Welcome");
  return { state, message, welcome, first, last };
}

/** The first one who was added joins, and then processes every commit. */
async function follow(environment: Environment, follower: GroupState | undefined, added: Added): Promise<GroupState> {
  if (follower === undefined) {
    return (await joinGroup(environment, { welcome: added.welcome, keyPackages: [added.first] })).state;
  }
  const { state, spent } = await processMessage(environment, follower, added.message);
  dispose(spent);
  return state;
}

async function keyPackages(environment: Environment, from: number, count: number): Promise<KeyPackageBundle[]> {
  const made: KeyPackageBundle[] = [];
  for (let index = from; index < from + count; index++) {
    made.push(await createKeyPackage(environment, await newcomer(environment, index)));
  }
  return made;
}

async function newcomer({ suite, random }: Environment, index: number) {
  const credential = { credentialType: "basic", identity: octets(`member ${index}`) } as const;
  return { signer: await generateSigner(suite, random), credential };
}

function agreed(states: readonly GroupState[], size: number): string {
  const authenticators = new Set(states.map((state) => hex(epochAuthenticator(state))));
  const [authenticator] = authenticators;
  if (authenticator === undefined || authenticators.size > 1) throw new Mismatch("authenticators differ");
  for (const state of states) {
    const { length } = roster(state);
    if (length !== size) throw new Mismatch(`${length} members instead of ${size}`);
  }
  return authenticator;
}
