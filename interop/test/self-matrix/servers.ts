/** copath as two programs, one computing on noble and one on Node: what is between them is real connections. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { BackendName } from "../../src/copath/backends.ts";
import { connect } from "../../src/interface/grpc.ts";
import type { Player } from "../../src/runner/stage.ts";

const program = fileURLToPath(new URL("../../dist/serve.js", import.meta.url));

export interface Server extends Player {
  stop(): Promise<void>;
}

export async function start(backend: BackendName): Promise<Server> {
  const child = spawn(process.execPath, [program, "--port", "0", "--backend", backend], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (data: Buffer) => {
      const [, found] = / listens on (\S+)\n/.exec(data.toString()) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once("close", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const client = await connect(address);
  const { ciphersuites } = await client.SupportedCiphersuites({});
  const stop = async () => {
    client.close();
    child.kill();
    await ended;
  };
  return { name: backend, client, suites: ciphersuites, stop };
}
