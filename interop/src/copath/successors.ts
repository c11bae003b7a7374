/** Groups that continue another: re-initialisation (§11.2) and branches (§11.3). */
import { branch, type CommitSummary, type Environment, type LeafOptions, reinitialize, type Successor } from "copath";
import type { Handlers } from "../interface/client.ts";
import { basic } from "./base.ts";
import type { Client, Seat } from "./client.ts";
import { acceptPending, commit, follow, welcomeOf } from "./commits.ts";
import type { Transaction } from "./held.ts";
import { type Invitation, join } from "./joining.ts";
import { wipeBundle } from "./keys.ts";
import type { Member } from "./member.ts";
import { extensionsIn, inMessage, keyPackageIn } from "./octets.ts";
import { refusal } from "./refusal.ts";

type SuccessorRpc =
  | "ReInitCommit"
  | "HandlePendingReInitCommit"
  | "HandleReInitCommit"
  | "ReInitWelcome"
  | "HandleReInitWelcome"
  | "CreateBranch"
  | "HandleBranch";

export function successorHandlers(client: Client): Pick<Handlers, SuccessorRpc> {
  return {
    ReInitCommit: (request) => commit(client, request),
    HandlePendingReInitCommit: async ({ stateId }) =>
      ended(client, stateId, await acceptPending(client, stateId, reInitOnly)),
    HandleReInitCommit: async (request) => ended(client, request.stateId, await follow(client, request, reInitOnly)),
    ReInitWelcome: ({ reinitId, keyPackage, forcePath, externalTree }) =>
      client.handles.use(reinitId, "reinit", async ({ stateId, bundle }) => {
        const member = client.member(stateId);
        const options = { keyPackages: keyPackage.map(keyPackageIn), forcePath, ratchetTree: !externalTree };
        const made = await succeed(client, member, closureOf(member).cipherSuite, (environment, leaf) =>
          reinitialize(environment, member.state, { ...leaf, ...options }),
        );
        wipeBundle(bundle);
        await leaveBehind(client, stateId);
        return { ...made.seated, ...welcomeOf(made.successor, externalTree) };
      }),
    HandleReInitWelcome: ({ reinitId, welcome, ratchetTree }) =>
      client.handles.use(reinitId, "reinit", async ({ stateId, ...joiner }) => {
        const joined = await joinAfter(client, client.member(stateId), { ...joiner, welcome, ratchetTree });
        await leaveBehind(client, stateId);
        return joined;
      }),
    CreateBranch: async ({ stateId, groupId, extensions, keyPackages, forcePath, externalTree }) => {
      const member = client.member(stateId);
      const { cipherSuite } = member.state.epoch.groupContext;
      const made = await succeed(client, member, cipherSuite, (environment, leaf) =>
        branch(environment, member.state, {
          ...leaf,
          groupId,
          extensions: extensionsIn(extensions),
          keyPackages: keyPackages.map(keyPackageIn),
          forcePath,
          ratchetTree: !externalTree,
        }),
      );
      return { ...made.seated, ...welcomeOf(made.successor, externalTree) };
    },
    HandleBranch: ({ stateId, transactionId, welcome, ratchetTree }) =>
      client.handles.use(transactionId, "transaction", (transaction) =>
        joinAfter(client, client.member(stateId), { ...transaction, welcome, ratchetTree }),
      ),
  };
}

/** The old group has come to its end: a key package for the next one, of the suite that the ReInit names. */
async function ended(client: Client, stateId: number, epochAuthenticator: Uint8Array) {
  const member = client.member(stateId);
  const { identity, psks } = member;
  const bundle = await client.base.keyPackage(closureOf(member).cipherSuite, identity);
  const free = () => wipeBundle(bundle);
  const reinitId = client.handles.add({ kind: "reinit", identity, psks, stateId, bundle, free });
  return { reinitId, keyPackage: inMessage.keyPackage(bundle.keyPackage), epochAuthenticator };
}

const notReInit = () =>
  refusal("FAILED_PRECONDITION", "commit.no_reinit", "this commit does not re-initialise the group");

function reInitOnly({ list }: CommitSummary): void {
  if (list.reInits.length === 0) throw notReInit();
}

function closureOf({ state: { closed } }: Member) {
  if (closed?.reason === "reinitialized") return closed.reInit;
  throw notReInit();
}

type Leaf = Pick<LeafOptions, "signer" | "credential">;

async function succeed(
  client: Client,
  member: Member,
  cipherSuite: number,
  create: (environment: Environment, leaf: Leaf) => Promise<Successor>,
) {
  const seat = seatOf(member);
  return client.base.withSigner(cipherSuite, async (signer) => {
    const leaf = { signer, credential: basic(member.identity) };
    const successor = await member.inTurn(() => create(client.environment(cipherSuite, seat), leaf));
    return { successor, seated: client.seat(seat, successor.state) };
  });
}

/** By the Welcome of a group that continues the member's. */
function joinAfter(
  client: Client,
  member: Member,
  {
    welcome,
    ratchetTree,
    ...joiner
  }: Pick<Transaction, "bundle" | "identity" | "psks"> & Pick<Invitation, "welcome" | "ratchetTree">,
) {
  const { encryptHandshake } = seatOf(member);
  return member.inTurn(() =>
    join(client, joiner, { welcome, ratchetTree, encryptHandshake, predecessor: member.state }),
  );
}

/** The same client, in a group that sends handshakes as the old one does. */
function seatOf({ identity, psks, environment }: Member): Seat {
  return { identity, psks, encryptHandshake: environment.policy?.handshakeFormat === "mls_private_message" };
}

/** The next group is there, so the old one is given up (§11.2). */
async function leaveBehind(client: Client, stateId: number): Promise<void> {
  await client.handles.free(stateId);
}
