/** copath as an implementation of the interface, written on its public doors alone. */
import { MlsError } from "copath";
import { explain } from "copath/errors";
import { CallError, type Handlers, type Status } from "../interface/client.ts";
import type { Rpc } from "../interface/messages.ts";
import { Client, type ClientOptions } from "./client.ts";
import { commitHandlers } from "./commits.ts";
import { epochHandlers } from "./epoch.ts";
import { joiningHandlers } from "./joining.ts";
import { outsideHandlers } from "./outside.ts";
import { proposalHandlers } from "./proposals.ts";
import { successorHandlers } from "./successors.ts";

export interface CopathClient {
  readonly handlers: Handlers;
  /** How many numbers stand for something now. */
  readonly handleCount: () => number;
}

/** Everything of the interface. What fails throws a `CallError` with the status for it and the code of copath in front. */
export function copathClient(options: Pick<ClientOptions, "backend"> & Partial<ClientOptions>): CopathClient {
  const client = new Client({
    name: "copath",
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    clock: () => BigInt(Math.floor(Date.now() / 1000)),
    grease: true,
    compressedKeys: true,
    maxHandles: 8_192,
    ...options,
  });
  const handlers: Handlers = {
    Name: async () => ({ name: client.name }),
    SupportedCiphersuites: async () => ({ ciphersuites: client.base.suites }),
    ...joiningHandlers(client),
    ...epochHandlers(client),
    ...proposalHandlers(client),
    ...commitHandlers(client),
    ...successorHandlers(client),
    ...outsideHandlers(client),
    Free: async ({ stateId }) => {
      await client.handles.free(stateId);
      return {};
    },
  };
  return { handlers: withStatuses(handlers), handleCount: () => client.handles.size };
}

function withStatuses(handlers: Handlers): Handlers {
  const entries = Object.entries(handlers) as [Rpc, (request: never) => Promise<object>][];
  const wrapped = entries.map(([rpc, handler]) => [
    rpc,
    async (request: never) => {
      try {
        return await handler(request);
      } catch (error) {
        throw error instanceof MlsError ? asCallError(error) : error;
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Handlers;
}

const STATUS_OF: Readonly<Record<MlsError["reaction"], Status>> = {
  malformed: "INVALID_ARGUMENT",
  invalid: "INVALID_ARGUMENT",
  stale: "FAILED_PRECONDITION",
  usage: "FAILED_PRECONDITION",
  internal: "INTERNAL",
};

function asCallError(error: MlsError): CallError {
  // What arrives and is of no known kind is malformed: whoever is asked for something unknown says that it lacks it.
  const lacking = error.class === "unsupported" && error.reaction !== "malformed";
  const status = lacking ? "UNIMPLEMENTED" : STATUS_OF[error.reaction];
  return new CallError(status, `${error.message}: ${explain(error).rule}`, { cause: error });
}
