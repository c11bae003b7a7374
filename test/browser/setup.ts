/** What tests take for granted of Node's globals. Memory is not measured in browsers. */
import { Buffer } from "./node-buffer.ts";

declare const __ENV__: Readonly<Record<string, string | undefined>>;

const known: object = (globalThis as { readonly process?: object }).process ?? {};
Object.assign(globalThis, {
  Buffer,
  process: { ...known, env: { ...__ENV__ }, memoryUsage: () => ({ arrayBuffers: 0 }) },
});
