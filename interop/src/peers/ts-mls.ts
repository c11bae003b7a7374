/** ts-mls of npm as a peer in this process: an independent implementation for the tests to talk to. */
import { CallError, type Handlers } from "../interface/client.ts";
import type { Rpc } from "../interface/messages.ts";
import type { Engine } from "./ts-mls/engine.ts";
import { Client, commitHandlers, groupHandlers, proposalHandlers } from "./ts-mls/handlers.ts";
import { outsideHandlers, successorHandlers } from "./ts-mls/handlers-beyond.ts";
import { version1 } from "./ts-mls/version-1.ts";

/** What ts-mls can't do is UNIMPLEMENTED, what it throws UNKNOWN with its words. */
export function tsMlsClient(name = "ts-mls"): Handlers {
  return clientOf(version1, name);
}

function clientOf<State, Bundle>(engine: Engine<State, Bundle>, name: string): Handlers {
  const client = new Client(engine);
  const commits = commitHandlers(client);
  return withStatuses({
    Name: async () => ({ name }),
    SupportedCiphersuites: async () => ({ ciphersuites: engine.suites }),
    ...groupHandlers(client),
    ...proposalHandlers(client),
    ...commits,
    ...outsideHandlers(client),
    ...successorHandlers(client, commits),
  });
}

function withStatuses(handlers: Handlers): Handlers {
  const wrapped = (Object.entries(handlers) as [Rpc, (request: never) => Promise<object>][]).map(([rpc, handler]) => [
    rpc,
    async (request: never) => {
      try {
        return await handler(request);
      } catch (error) {
        if (error instanceof CallError) throw error;
        throw new CallError("UNKNOWN", error instanceof Error ? error.message : `${error}`, { cause: error });
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Handlers;
}
