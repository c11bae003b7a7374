/** The ways into a group: creating one (§11), by a Welcome (§12.4.3.1), by an external commit (§12.4.3.2). */
import { acceptJoin, createGroup, dispose, type GroupState, joinExternally, joinGroup } from "copath";
import type { Handlers } from "../interface/client.ts";
import type { RequestOf } from "../interface/messages.ts";
import { basic } from "./base.ts";
import type { Client, Seat } from "./client.ts";
import type { Transaction } from "./held.ts";
import { type Psks, wipeBundle } from "./keys.ts";
import { leafNamed, leavesOf } from "./leaves.ts";
import { groupInfoIn, hex, inMessage, treeIn, treeOf, welcomeIn } from "./octets.ts";

type JoiningRpc = "CreateGroup" | "CreateKeyPackage" | "JoinGroup" | "ExternalJoin";

export function joiningHandlers(client: Client): Pick<Handlers, JoiningRpc> {
  return {
    CreateGroup: async ({ groupId, cipherSuite, encryptHandshake, identity }) => {
      const seat = { identity, psks: new Map(), encryptHandshake };
      const environment = client.environment(cipherSuite, seat);
      return client.base.withSigner(cipherSuite, async (signer) => {
        const state = await createGroup(environment, { signer, credential: basic(identity), groupId });
        return { stateId: client.seat(seat, state).stateId };
      });
    },
    CreateKeyPackage: async ({ cipherSuite, identity }) => {
      const { transaction, keys } = await newTransaction(client, cipherSuite, identity);
      const keyPackage = inMessage.keyPackage(transaction.bundle.keyPackage);
      return { transactionId: client.handles.add(transaction), keyPackage, ...keys };
    },
    JoinGroup: ({ transactionId, welcome, ratchetTree, encryptHandshake }) =>
      client.handles.use(transactionId, "transaction", (transaction) =>
        join(client, transaction, { welcome, ratchetTree, encryptHandshake }),
      ),
    ExternalJoin: (request) => joinFromOutside(client, request),
  };
}

/** A key package that waits for a Welcome, and its private keys as octets. */
export async function newTransaction(client: Client, cipherSuite: number, identity: Uint8Array) {
  const bundle = await client.base.keyPackage(cipherSuite, identity);
  const psks: Psks = new Map();
  const transaction: Transaction = { kind: "transaction", identity, psks, bundle, free: () => wipeBundle(bundle) };
  const keys = {
    initPriv: bundle.initPrivateKey.bytes.slice(),
    encryptionPriv: bundle.encryptionPrivateKey.bytes.slice(),
    signaturePriv: bundle.signer.privateKey.bytes.slice(),
  };
  return { transaction, keys };
}

export interface Invitation {
  readonly welcome: Uint8Array;
  readonly ratchetTree: Uint8Array;
  readonly encryptHandshake: boolean;
  /** The group that the new one continues. */
  readonly predecessor?: GroupState;
}

/** Joins by a key package of ours. */
export async function join(
  client: Client,
  { bundle, identity, psks }: Pick<Transaction, "bundle" | "identity" | "psks">,
  { welcome: octets, ratchetTree, encryptHandshake, predecessor }: Invitation,
) {
  const welcome = welcomeIn(octets);
  const seat: Seat = { identity, psks, encryptHandshake };
  const tree = treeIn(ratchetTree);
  const { state, spent } = await joinGroup(client.environment(bundle.keyPackage.cipherSuite, seat), {
    welcome: inMessage.welcome(welcome),
    keyPackages: [bundle],
    ...(tree === undefined ? {} : { ratchetTree: tree }),
    ...(predecessor === undefined ? {} : { predecessor }),
  });
  dispose(spent);
  return client.seat(seat, state);
}

async function joinFromOutside(client: Client, request: RequestOf<"ExternalJoin">) {
  const { identity, encryptHandshake } = request;
  const groupInfo = groupInfoIn(request.groupInfo);
  const { cipherSuite } = groupInfo.groupContext;
  const tree = treeOf(groupInfo, request.ratchetTree);
  const psks: Psks = new Map(request.psks.map(({ pskId, pskSecret }) => [hex(pskId), pskSecret]));
  const seat: Seat = { identity, psks, encryptHandshake };
  return client.base.withSigner(cipherSuite, async (signer) => {
    const { message, pending } = await joinExternally(client.environment(cipherSuite, seat), {
      signer,
      credential: basic(identity),
      groupInfo,
      psks: request.psks.map(({ pskId }) => pskId),
      ...(tree === undefined ? {} : { ratchetTree: tree }),
      ...(request.removePrior && tree !== undefined ? { removed: leafNamed(leavesOf(tree), identity) } : {}),
    });
    return { ...client.seat(seat, acceptJoin(pending)), commit: message };
  });
}
