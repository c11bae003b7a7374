/** One client of the interface that is ts-mls in some of its stays in a group, and copath in the others. */
import { CallError, type MLSClient } from "../../src/interface/client.ts";
import { RPCS, type Rpc } from "../../src/interface/messages.ts";
import type { Casting, Side } from "./steering.ts";

const IDS = ["stateId", "transactionId", "reinitId", "signerId", "stateOrTransactionId"] as const;
type Plain = Readonly<Record<string, unknown>>;

interface Handle {
  readonly side: Side;
  readonly id: number;
}

export function chameleon(clients: Readonly<Record<Side, MLSClient>>, entries: Casting["entries"]): MLSClient {
  const handles: Handle[] = [];
  const used = new Map<string, number>();

  /** Who enters is cast; who is there already is whoever it was. */
  const sideOf = (request: Plain): Side => {
    for (const name of IDS) {
      const handle = handles[Number(request[name] ?? 0) - 1];
      if (handle !== undefined) return handle.side;
    }
    const { identity } = request;
    if (!(identity instanceof Uint8Array)) return "copath";
    const name = Buffer.from(identity).toString();
    const at = used.get(name) ?? 0;
    used.set(name, at + 1);
    return entries.get(name)?.[at] ?? "copath";
  };
  const inward = (request: Plain) => withIds(request, (id) => (id === 0 ? 0 : (handles[id - 1]?.id ?? 2 ** 31)));
  const outward = (response: Plain, side: Side, request: Plain) =>
    withIds(response, (id) => {
      if (id === 0) return 0;
      const same = handles.findIndex((handle) => handle.side === side && handle.id === id);
      return same >= 0 && request.stateId === same + 1 ? same + 1 : handles.push({ side, id });
    });

  const call = async (rpc: Rpc, request: Plain): Promise<unknown> => {
    const side = sideOf(request);
    const method = clients[side][rpc] as (request: Plain) => Promise<Plain>;
    try {
      const response = outward(await method(inward(request)), side, request);
      // The key belongs to the client, which may be the other one the next time.
      if (rpc === "StorePSK") {
        const other = side === "copath" ? "ts-mls" : "copath";
        await clients[other].StorePSK({ ...request, stateOrTransactionId: 0 });
      }
      return response;
    } catch (error) {
      if (error instanceof CallError) throw new CallError(error.status, `${side}: ${error.message}`, { cause: error });
      throw error;
    }
  };
  const names = Object.keys(RPCS) as Rpc[];
  return Object.fromEntries(names.map((rpc) => [rpc, (request: Plain) => call(rpc, request)])) as MLSClient;
}

function withIds(message: Plain, map: (id: number) => number): Plain {
  const ids = IDS.filter((name) => typeof message[name] === "number");
  return { ...message, ...Object.fromEntries(ids.map((name) => [name, map(message[name] as number)])) };
}
