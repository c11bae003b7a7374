/** What holds for the platform of Node holds for Web Cryptography: the tests of the node backend, with this one in its place. */
import { vi } from "vitest";

vi.mock("../../src/backends/node/index.ts", async () => {
  const backend = await import("../../src/backends/webcrypto/index.ts");
  return { ...backend, node: backend.webcrypto };
});

await import("./equality.test.ts");
await import("./hostile-aead.test.ts");
await import("./hostile-ecdsa.test.ts");
await import("./hostile-eddsa.test.ts");
await import("./hostile-kem.test.ts");
