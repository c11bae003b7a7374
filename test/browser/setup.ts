/** What tests take for granted of Node's globals. Memory is not measured in browsers. */
import { fromHex } from "../../src/bytes.ts";

declare const __ENV__: Readonly<Record<string, string | undefined>>;

/** Of `Buffer` tests use that it is a subclass of `Uint8Array`, `from` a hexadecimal string, and `compare`. */
class Octets extends Uint8Array<ArrayBuffer> {
  static compare(a: Uint8Array, b: Uint8Array): number {
    const at = a.findIndex((octet, i) => octet !== b[i]);
    return at === -1 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -1);
  }
}
Object.defineProperty(Octets, "from", { value: (hex: string) => new Octets(fromHex(hex).buffer) });

const known: object = (globalThis as { readonly process?: object }).process ?? {};
Object.assign(globalThis, {
  Buffer: Octets,
  process: { ...known, env: { ...__ENV__ }, memoryUsage: () => ({ arrayBuffers: 0 }) },
});
