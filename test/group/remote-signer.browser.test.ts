/** Signature keys in a web worker, behind a message channel. */
import { describeRemoteSigning } from "../support/remote-signing.ts";

describeRemoteSigning(async () => {
  const worker = new Worker("/test/browser/key-holder.ts", { type: "module" });
  return {
    hold: ({ suite, port }) => worker.postMessage({ suite, port }, [port]),
    end: () => worker.terminate(),
  };
});
