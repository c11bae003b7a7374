/** Signature keys in a worker of Node, behind a message channel. */
import { Worker } from "node:worker_threads";
import { describeRemoteSigning } from "../support/remote-signing.ts";
import { bundledForWorker } from "../support/worker-bundle.ts";

describeRemoteSigning(async () => {
  const program = await bundledForWorker(`
    import { parentPort } from "node:worker_threads";
    import { holdKey } from "./test/support/key-holder.ts";
    parentPort.on("message", holdKey);
  `);
  const worker = new Worker(program, { eval: true });
  return {
    hold: (request) => worker.postMessage(request, [request.port as never]),
    end: () => worker.terminate(),
  };
});
