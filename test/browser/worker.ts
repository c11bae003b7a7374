/** In a worker of any kind: answers each message with what is said there on the backend of browsers. */
import { auto } from "../../src/backends/auto/index.ts";
import { type Said, talk } from "../support/talk.ts";

export interface WorkerAnswer extends Said {
  readonly scope: string;
}

globalThis.addEventListener("message", async (event) => {
  const [port] = (event as MessageEvent).ports;
  const scope = globalThis.constructor.name;
  const said = await talk(auto).catch((error) => ({ backend: String(error), ciphertext: "" }));
  port?.postMessage({ ...said, scope } satisfies WorkerAnswer);
});
