/** `npm run interop`: copath as a client of the working group's interface, for a harness to call. */
import { type CallLog, openCallLog } from "./call-log.ts";
import { command, optionsOf, UsageError, wholeNumber } from "./command-line.ts";
import { BACKENDS, isBackendName } from "./copath/backends.ts";
import { copathClient } from "./copath/handlers.ts";
import { serve } from "./interface/grpc.ts";

const HELP = `Serves copath by the MLS working group's gRPC interface (mls_client.MLSClient).

  npm run interop -- [options]

  --port, -p N          where to listen; 0 for any free port (50051)
  --host ADDRESS        on which address (127.0.0.1, this machine alone)
  --backend NAME        who computes: ${Object.keys(BACKENDS).join(", ")} (node)
  --log FILE            a line of JSON for each call, with the secrets in it
  --no-grease           send no GREASE (RFC 9420, 13.5), for peers that cannot bear it
  --no-compressed-keys  refuse ECDSA keys that are compressed points, as RFC 9420, 5.1.1, has it
  --max-handles N       groups, transactions and signers kept at most; then the one longest out of use ends (8192)
  --help                this text
`;

function optionsFrom(args: readonly string[]) {
  const values = optionsOf(args, {
    port: { type: "string", short: "p", default: "50051" },
    host: { type: "string", default: "127.0.0.1" },
    backend: { type: "string", default: "node" },
    log: { type: "string" },
    grease: { type: "boolean", default: true },
    "compressed-keys": { type: "boolean", default: true },
    "max-handles": { type: "string", default: "8192" },
    help: { type: "boolean", short: "h", default: false },
  });
  const { backend } = values;
  if (!isBackendName(backend)) throw new UsageError(`no backend is called "${backend}"`);
  const port = wholeNumber("--port", values.port, { from: 0, to: 65_535 });
  const maxHandles = wholeNumber("--max-handles", values["max-handles"]);
  return { ...values, backend, port, maxHandles, compressedKeys: values["compressed-keys"] };
}

async function main(args: readonly string[]): Promise<void> {
  const { help, backend, grease, compressedKeys, maxHandles, host, port, log } = optionsFrom(args);
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  const calls = log === undefined ? undefined : logTo(log);
  const name = `copath-${backend}`;
  const { handlers } = copathClient({ name, backend: BACKENDS[backend], grease, compressedKeys, maxHandles });
  const served = await serve(handlers, { host, port, ...(calls === undefined ? {} : { observe: calls.write }) });
  process.stdout.write(`copath (${backend}) listens on ${host}:${served.port}\n`);
  const stop = async () => {
    await served.close();
    await calls?.close();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop().catch(complain));
}

const complain = (error: unknown) => process.stderr.write(`${error instanceof Error ? error.message : error}\n`);

function logTo(file: string): CallLog {
  try {
    return openCallLog(file, complain);
  } catch (error) {
    throw new UsageError(`--log: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

await command(main, HELP);
