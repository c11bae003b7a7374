/** ts-mls as an implementation of the interface: what any version of it is asked. */
import type { Handlers } from "../../interface/client.ts";
import type { Engine, Psks, Wanted } from "./engine.ts";
import { Handles } from "./handles.ts";
import { Member, type Seat } from "./member.ts";
import { contentOf, vector } from "./octets.ts";
import { wantedOf } from "./wanted.ts";

/** What the handlers of one client share. */
export class Client<State, Bundle> {
  readonly engine: Engine<State, Bundle>;
  readonly handles = new Handles<State, Bundle>();

  constructor(engine: Engine<State, Bundle>) {
    this.engine = engine;
  }

  member(stateId: number): Member<State, Bundle> {
    return this.handles.find(stateId, "state");
  }

  psks({ identity }: Pick<Seat, "identity">): Psks {
    return this.handles.psksOf(identity);
  }

  seat(seat: Seat, state: State): { stateId: number; epochAuthenticator: Uint8Array } {
    const member = new Member(this.engine, seat, this.psks(seat), state);
    return { stateId: this.handles.add(member), epochAuthenticator: member.authenticator };
  }

  async transaction(cipherSuite: number, identity: Uint8Array) {
    const bundle = await this.engine.keyPackage(cipherSuite, identity);
    const transactionId = this.handles.add({ kind: "transaction", identity, bundle });
    return { bundle, transactionId, octets: this.engine.octetsOf(bundle) };
  }
}

/** An empty field stands for no tree. */
export const given = (octets: Uint8Array): Uint8Array | undefined => (octets.length === 0 ? undefined : octets);

type GroupRpc =
  | "CreateGroup"
  | "CreateKeyPackage"
  | "JoinGroup"
  | "GroupInfo"
  | "StateAuth"
  | "Export"
  | "Protect"
  | "Unprotect"
  | "StorePSK"
  | "Free";

export function groupHandlers<State, Bundle>(client: Client<State, Bundle>): Pick<Handlers, GroupRpc> {
  const { engine, handles } = client;
  return {
    CreateGroup: async ({ groupId, cipherSuite, encryptHandshake, identity }) => {
      const state = await engine.createGroup(await engine.keyPackage(cipherSuite, identity), groupId);
      return { stateId: client.seat({ identity, encryptHandshake }, state).stateId };
    },
    CreateKeyPackage: async ({ cipherSuite, identity }) => {
      const { transactionId, octets } = await client.transaction(cipherSuite, identity);
      return { transactionId, ...octets };
    },
    JoinGroup: async ({ transactionId, welcome, ratchetTree, encryptHandshake }) => {
      const { bundle, identity } = handles.find(transactionId, "transaction");
      const entrance = { welcome, ratchetTree: given(ratchetTree), psks: client.psks({ identity }) };
      const joined = client.seat({ identity, encryptHandshake }, await engine.join(bundle, entrance));
      handles.free(transactionId);
      return joined;
    },
    GroupInfo: async ({ stateId, externalTree }) => {
      const { state } = client.member(stateId);
      const groupInfo = await engine.groupInfo(state, !externalTree);
      return externalTree ? { groupInfo, ratchetTree: engine.ratchetTree(state) } : { groupInfo };
    },
    StateAuth: async ({ stateId }) => ({ stateAuthSecret: client.member(stateId).sight.epochAuthenticator }),
    Export: async ({ stateId, label, context, keyLength }) => {
      const { state } = client.member(stateId);
      return { exportedSecret: await engine.exportSecret(state, label, context, keyLength) };
    },
    Protect: async ({ stateId, plaintext, authenticatedData }) => ({
      ciphertext: await client.member(stateId).protect(plaintext, authenticatedData),
    }),
    Unprotect: async ({ stateId, ciphertext }) => {
      const { data, aad } = await client.member(stateId).unprotect(ciphertext);
      return { authenticatedData: aad, plaintext: data };
    },
    StorePSK: async ({ stateOrTransactionId, pskId, pskSecret }) => {
      handles.store(stateOrTransactionId, pskId, pskSecret);
      return {};
    },
    Free: async ({ stateId }) => {
      handles.free(stateId);
      return {};
    },
  };
}

type ProposalRpc =
  | "AddProposal"
  | "UpdateProposal"
  | "RemoveProposal"
  | "ExternalPSKProposal"
  | "ResumptionPSKProposal"
  | "GroupContextExtensionsProposal"
  | "ReInitProposal"
  | "AddExternalSigner";

const EXTERNAL_SENDERS = 5;

export function proposalHandlers<State, Bundle>(client: Client<State, Bundle>): Pick<Handlers, ProposalRpc> {
  const { engine } = client;
  const propose = async (stateId: number, wanted: (member: Member<State, Bundle>) => Wanted) => ({
    proposal: await client.member(stateId).propose(wanted),
  });
  return {
    AddProposal: ({ stateId, keyPackage }) => propose(stateId, () => ({ type: "add", keyPackage })),
    UpdateProposal: async ({ stateId }) => ({ proposal: await client.member(stateId).update() }),
    RemoveProposal: ({ stateId, removedId }) =>
      propose(stateId, ({ state }) => ({ type: "remove", removed: engine.leafOf(state, removedId) })),
    ExternalPSKProposal: ({ stateId, pskId }) => propose(stateId, () => ({ type: "externalPSK", pskId })),
    ResumptionPSKProposal: ({ stateId, epochId: epoch }) =>
      propose(stateId, ({ sight: { groupId } }) => ({ type: "resumptionPSK", groupId, epoch })),
    GroupContextExtensionsProposal: ({ stateId, extensions }) =>
      propose(stateId, () => ({ type: "groupContextExtensions", extensions })),
    ReInitProposal: ({ stateId, ...succession }) => propose(stateId, () => ({ type: "reinit", ...succession })),
    AddExternalSigner: ({ stateId, externalSender }) =>
      propose(stateId, (member) => withExternalSender(member, externalSender)),
  };
}

/** §12.1.8.1: the group's extensions as they are, with one more external sender. */
function withExternalSender<State, Bundle>({ sight }: Member<State, Bundle>, sender: Uint8Array): Wanted {
  const isSenders = ({ extensionType }: { readonly extensionType: number }) => extensionType === EXTERNAL_SENDERS;
  const before = sight.extensions.find(isSenders)?.extensionData;
  const senders = vector(Uint8Array.of(...(before === undefined ? [] : contentOf(before)), ...sender));
  const others = sight.extensions.filter((extension) => !isSenders(extension));
  const extensions = [...others, { extensionType: EXTERNAL_SENDERS, extensionData: senders }];
  return { type: "groupContextExtensions", extensions };
}

type CommitRpc = "Commit" | "HandleCommit" | "HandlePendingCommit";

export function commitHandlers<State, Bundle>(client: Client<State, Bundle>): Pick<Handlers, CommitRpc> {
  const answer = (stateId: number) => ({ stateId, epochAuthenticator: client.member(stateId).authenticator });
  return {
    Commit: async ({ stateId, byReference, byValue: described, forcePath, externalTree }) => {
      const { engine } = client;
      const member = client.member(stateId);
      const { groupId } = member.sight;
      const leafOf = (identity: Uint8Array) => engine.leafOf(member.state, identity);
      const byValue = described.map((description) => wantedOf(description, { groupId, leafOf }));
      const made = await member.commit(byReference, { byValue, forcePath, inlineTree: !externalTree });
      const { commit, welcome, next } = made;
      return {
        commit,
        ...(welcome === undefined ? {} : { welcome }),
        ...(externalTree ? { ratchetTree: engine.ratchetTree(next) } : {}),
      };
    },
    HandleCommit: async ({ stateId, proposal, commit }) => {
      await client.member(stateId).follow(proposal, commit);
      return answer(stateId);
    },
    HandlePendingCommit: async ({ stateId }) => {
      client.member(stateId).acceptPending();
      return answer(stateId);
    },
  };
}
