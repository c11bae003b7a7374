/** Calls from outside a group, and those that lead from one group to another. */
import { CallError, type Handlers } from "../../interface/client.ts";
import type { SubgroupOptions } from "./engine.ts";
import type { Client } from "./handlers.ts";
import { given } from "./handlers.ts";
import type { Ended } from "./handles.ts";
import type { Member } from "./member.ts";
import { wantedOf } from "./wanted.ts";

type OutsideRpc = "ExternalJoin" | "NewMemberAddProposal" | "CreateExternalSigner" | "ExternalSignerProposal";

export function outsideHandlers<State, Bundle>(client: Client<State, Bundle>): Pick<Handlers, OutsideRpc> {
  const { engine, handles } = client;
  return {
    ExternalJoin: async ({ groupInfo, ratchetTree, encryptHandshake, identity, removePrior, psks }) => {
      if (psks.length > 0) throw new CallError("UNIMPLEMENTED", "ts-mls takes no PSKs for an external join");
      const outside = { groupInfo, ratchetTree: given(ratchetTree) };
      const bundle = await engine.keyPackage(engine.suiteOf(outside), identity);
      const { state, commit } = await engine.joinExternally(bundle, outside, removePrior);
      return { ...client.seat({ identity, encryptHandshake }, state), commit };
    },
    NewMemberAddProposal: async ({ groupInfo, identity }) => {
      const outside = { groupInfo, ratchetTree: undefined };
      const { bundle, transactionId, octets } = await client.transaction(engine.suiteOf(outside), identity);
      const { initPriv, encryptionPriv, signaturePriv } = octets;
      const proposal = await engine.proposeSelf(bundle, outside);
      return { transactionId, proposal, initPriv, encryptionPriv, signaturePriv };
    },
    CreateExternalSigner: async ({ cipherSuite, identity }) => {
      const keys = await engine.signer(cipherSuite);
      const signerId = handles.add({ kind: "signer", identity, keys });
      return { signerId, externalSender: engine.externalSender(keys, identity) };
    },
    ExternalSignerProposal: async ({ signerId, groupInfo, ratchetTree, description }) => {
      const { keys } = handles.find(signerId, "signer");
      const outside = { groupInfo, ratchetTree: given(ratchetTree) };
      if (description === undefined) throw new CallError("INVALID_ARGUMENT", "what is to be proposed is not said");
      const leafOf = (identity: Uint8Array) => engine.leafOf(outside, identity);
      const wanted = wantedOf(description, { groupId: engine.groupIdOf(outside), leafOf });
      return { proposal: await engine.proposeExternally(keys, outside, wanted) };
    },
  };
}

type SuccessorRpc =
  | "ReInitCommit"
  | "HandlePendingReInitCommit"
  | "HandleReInitCommit"
  | "ReInitWelcome"
  | "HandleReInitWelcome"
  | "CreateBranch"
  | "HandleBranch";

export function successorHandlers<State, Bundle>(
  client: Client<State, Bundle>,
  { Commit }: Pick<Handlers, "Commit">,
): Pick<Handlers, SuccessorRpc> {
  const { engine, handles } = client;
  return {
    ReInitCommit: Commit,
    HandlePendingReInitCommit: async ({ stateId }) => {
      const member = client.member(stateId);
      member.acceptPending();
      return ended(client, member);
    },
    HandleReInitCommit: async ({ stateId, proposal, commit }) => {
      const member = client.member(stateId);
      await member.follow(proposal, commit);
      return ended(client, member);
    },
    ReInitWelcome: async ({ reinitId, keyPackage, forcePath, externalTree }) => {
      const { member, bundle } = handles.find(reinitId, "reinit");
      const options = {
        succession: successionOf(member),
        keyPackages: keyPackage,
        forcePath,
        inlineTree: !externalTree,
      };
      return succeed(client, { member, bundle }, { ...options, usage: "reinit" });
    },
    HandleReInitWelcome: async ({ reinitId, ...entrance }) =>
      join(client, handles.find(reinitId, "reinit"), { ...entrance, usage: "reinit" }),
    CreateBranch: async ({ stateId, groupId, extensions, keyPackages, forcePath, externalTree }) => {
      const member = client.member(stateId);
      const { cipherSuite } = member.sight;
      const bundle = await engine.keyPackage(cipherSuite, member.identity);
      const options = { succession: { groupId, cipherSuite, extensions }, keyPackages, forcePath };
      return succeed(client, { member, bundle }, { ...options, inlineTree: !externalTree, usage: "branch" });
    },
    HandleBranch: async ({ stateId, transactionId, ...entrance }) => {
      const { bundle } = handles.find(transactionId, "transaction");
      const joined = await join(client, { member: client.member(stateId), bundle }, { ...entrance, usage: "branch" });
      handles.free(transactionId);
      return joined;
    },
  };
}

type Successive<State, Bundle> = Pick<Ended<State, Bundle>, "member" | "bundle">;

function successionOf<State, Bundle>({ sight }: Member<State, Bundle>) {
  if (sight.succession !== undefined) return sight.succession;
  throw new CallError("FAILED_PRECONDITION", "this commit has not re-initialised the group");
}

/** The old group has come to its end: a key package for the next one, of the suite that the ReInit names. */
async function ended<State, Bundle>({ engine, handles }: Client<State, Bundle>, member: Member<State, Bundle>) {
  const { identity, authenticator: epochAuthenticator } = member;
  const bundle = await engine.keyPackage(successionOf(member).cipherSuite, identity);
  const reinitId = handles.add({ kind: "reinit", identity, bundle, member });
  return { reinitId, keyPackage: engine.octetsOf(bundle).keyPackage, epochAuthenticator };
}

async function succeed<State, Bundle>(
  client: Client<State, Bundle>,
  { member, bundle }: Successive<State, Bundle>,
  options: Omit<SubgroupOptions<State>, "from">,
) {
  const { next, welcome } = await client.engine.createSubgroup(bundle, { ...options, from: member.state });
  return {
    ...client.seat(member, next),
    ...(welcome === undefined ? {} : { welcome }),
    ...(options.inlineTree ? {} : { ratchetTree: client.engine.ratchetTree(next) }),
  };
}

interface Invitation {
  readonly welcome: Uint8Array;
  readonly ratchetTree: Uint8Array;
  readonly usage: "reinit" | "branch";
}

async function join<State, Bundle>(
  client: Client<State, Bundle>,
  { member, bundle }: Successive<State, Bundle>,
  { welcome, ratchetTree, usage }: Invitation,
) {
  const entrance = { welcome, ratchetTree: given(ratchetTree), psks: member.psks };
  return client.seat(member, await client.engine.joinSubgroup(bundle, entrance, { from: member.state, usage }));
}
