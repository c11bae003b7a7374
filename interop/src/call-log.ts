/** A file with a line for each call: everything that went in and out, as JSON, octets in hexadecimal. */
import { createWriteStream, openSync } from "node:fs";
import { finished } from "node:stream/promises";
import { CallError } from "./interface/client.ts";
import type { ServedCall } from "./interface/grpc.ts";

/** Enough for the Welcome of a large group; a text cannot have any length. */
const MOST_OCTETS = 2 ** 24;

export interface CallLog {
  readonly write: (call: ServedCall) => void;
  readonly close: () => Promise<void>;
}

/** Keys and secrets are in it, so it is for its owner alone. Throws if it cannot be opened; what fails later is told. */
export function openCallLog(file: string, failed: (error: Error) => void): CallLog {
  const stream = createWriteStream(file, { fd: openSync(file, "a", 0o600) });
  stream.on("error", failed);
  return {
    write: (call) => stream.write(`${JSON.stringify(lineOf(call), inText)}\n`),
    close: async () => {
      if (stream.destroyed) return;
      stream.end();
      await finished(stream);
    },
  };
}

function lineOf({ rpc, request, response, error, milliseconds }: ServedCall) {
  const status = error instanceof CallError ? error.status : "INTERNAL";
  const outcome = error === undefined ? { response } : { error: { status, message: error.message } };
  return { time: new Date().toISOString(), rpc, milliseconds: Math.round(milliseconds), request, ...outcome };
}

function inText(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) {
    const head = Buffer.from(value.subarray(0, MOST_OCTETS)).toString("hex");
    return value.length > MOST_OCTETS ? `${head}... (${value.length} octets)` : head;
  }
  return typeof value === "bigint" ? `${value}` : value;
}
