/** §12.4: commits, made and followed. */
import { type CommitSummary, type CreatedCommit, RatchetTreeNodes } from "copath";
import { encode } from "copath/codec";
import type { Handlers } from "../interface/client.ts";
import type { RequestOf } from "../interface/messages.ts";
import type { Client } from "./client.ts";
import { requestFor } from "./proposals.ts";

export function commitHandlers(client: Client): Pick<Handlers, "Commit" | "HandleCommit" | "HandlePendingCommit"> {
  return {
    Commit: (request) => commit(client, request),
    HandleCommit: async ({ stateId, proposal, commit: message }) => ({
      stateId,
      epochAuthenticator: await follow(client, { stateId, proposal, commit: message }),
    }),
    HandlePendingCommit: async ({ stateId }) => ({
      stateId,
      epochAuthenticator: await acceptPending(client, stateId),
    }),
  };
}

export function commit(
  client: Client,
  { stateId, byReference, byValue, forcePath, externalTree }: RequestOf<"Commit">,
) {
  const member = client.member(stateId);
  return member.inTurn(async () => {
    const proposals = byValue.map((description) => requestFor(description, (identity) => member.leafOf(identity)));
    const created = await member.commit(byReference, { proposals, forcePath, ratchetTree: !externalTree });
    return { commit: created.message, ...welcomeOf(created, externalTree) };
  });
}

/** The one Welcome, if there is one, and the tree if it travels beside it. */
export function welcomeOf(
  { welcomes, ...made }: Pick<CreatedCommit, "welcomes" | "ratchetTree">,
  externalTree: boolean,
): { welcome?: Uint8Array; ratchetTree?: Uint8Array } {
  const [welcome] = welcomes;
  return {
    ...(welcome === undefined ? {} : { welcome }),
    ...(externalTree ? { ratchetTree: encode(RatchetTreeNodes, made.ratchetTree) } : {}),
  };
}

/** What a commit must be for a call to take it. Throws if it is not, and then nothing has changed. */
type Allowed = (commit: CommitSummary) => void;

export function follow(
  client: Client,
  { stateId, proposal, commit: message }: RequestOf<"HandleCommit">,
  allowed?: Allowed,
): Promise<Uint8Array> {
  const member = client.member(stateId);
  return member.inTurn(() => member.follow(proposal, message, allowed));
}

export function acceptPending(client: Client, stateId: number, allowed?: Allowed): Promise<Uint8Array> {
  const member = client.member(stateId);
  return member.inTurn(() => member.acceptPending(allowed));
}
