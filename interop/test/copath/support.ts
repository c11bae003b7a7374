/** Groups of copath's clients in this process, as a harness makes them. */
import { expect } from "vitest";
import { BACKENDS, type BackendName } from "../../src/copath/backends.ts";
import type { ClientOptions } from "../../src/copath/client.ts";
import { copathClient } from "../../src/copath/handlers.ts";
import { CallError, inProcess, type MLSClient } from "../../src/interface/client.ts";

export const utf8 = (text: string) => new TextEncoder().encode(text);
export const text = (octets: Uint8Array) => new TextDecoder().decode(octets);
export const hex = (octets: Uint8Array) => Buffer.from(octets).toString("hex");

export function client(backend: BackendName = "node", options: Partial<ClientOptions> = {}) {
  const { handlers, handleCount } = copathClient({ backend: BACKENDS[backend], ...options });
  return { ...inProcess(handlers), handleCount };
}

/** A member as a harness knows it. */
export interface Actor {
  readonly name: string;
  readonly client: MLSClient;
  stateId: number;
}

export interface GroupOptions {
  readonly suite?: number;
  readonly encrypted?: boolean;
  readonly on?: (position: number) => MLSClient;
}

/** The first one's group, with the others added in one commit. */
export async function groupOf(
  names: readonly string[],
  { suite = 1, encrypted = true, on }: GroupOptions = {},
): Promise<Actor[]> {
  const shared = on === undefined ? client() : undefined;
  const clientAt = (position: number) => on?.(position) ?? (shared as MLSClient);
  const actors = names.map((name, position) => ({ name, client: clientAt(position), stateId: 0 }));
  const [creator, ...others] = actors as [Actor, ...Actor[]];
  const common = { cipherSuite: suite, encryptHandshake: encrypted };
  const groupId = utf8(`group of ${names.join(", ")}`);
  const founded = await creator.client.CreateGroup({ ...common, groupId, identity: utf8(creator.name) });
  creator.stateId = founded.stateId;
  if (others.length === 0) return actors;
  const packages = [];
  for (const { client: each, name } of others)
    packages.push(await each.CreateKeyPackage({ cipherSuite: suite, identity: utf8(name) }));
  const byValue = packages.map(({ keyPackage }) => ({ proposalType: utf8("add"), keyPackage }));
  const { welcome } = await creator.client.Commit({ stateId: creator.stateId, byValue });
  await creator.client.HandlePendingCommit({ stateId: creator.stateId });
  for (const [position, actor] of others.entries()) {
    const { transactionId = 0 } = packages[position] ?? {};
    const joined = await actor.client.JoinGroup({ transactionId, welcome, ...common, identity: utf8(actor.name) });
    actor.stateId = joined.stateId;
  }
  await agree(...actors);
  return actors;
}

export async function authenticatorOf({ client: of, stateId }: Actor): Promise<string> {
  return hex((await of.StateAuth({ stateId })).stateAuthSecret);
}

export async function agree(...actors: readonly Actor[]): Promise<void> {
  const authenticators = new Set<string>();
  for (const actor of actors) authenticators.add(await authenticatorOf(actor));
  expect(authenticators.size).toBe(1);
}

/** Everybody follows the commit, who made it included. */
export async function follow(
  committer: Actor,
  others: readonly Actor[],
  { commit, proposal = [] }: { commit: Uint8Array; proposal?: readonly Uint8Array[] },
): Promise<void> {
  const own = await committer.client.HandlePendingCommit({ stateId: committer.stateId });
  for (const { client: each, stateId } of others) {
    const { epochAuthenticator } = await each.HandleCommit({ stateId, commit, proposal });
    expect(hex(epochAuthenticator)).toBe(hex(own.epochAuthenticator));
  }
}

/** With which status and code a call is refused. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "answered";
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return `${error.status} ${error.message.split(/[\s:]/)[0]}`;
  }
}
