/** Which backend is picked where, and what happens in a Node that lacks something. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterEach, describe, expect, it, vi } from "vitest";
import { auto as elsewhere } from "../../src/backends/auto/index.ts";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { webcrypto } from "../../src/backends/webcrypto/index.ts";
import { utf8 } from "../../src/bytes.ts";
import { type Backend, supports } from "../../src/crypto/cipher-suite.ts";
import { REGISTERED_SUITES } from "../../src/suites/registry.ts";
import { talk } from "../support/talk.ts";
import { seededRandom } from "../support/vector-run.ts";
import { bundledForWorker } from "../support/worker-bundle.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const message = utf8("message");

describe("copath/backends/auto", () => {
  it("is Web Cryptography where Node is not", () => {
    expect(elsewhere).toBe(webcrypto);
  });

  it("is the platform's own in Node", async () => {
    const { auto } = await import("../../src/backends/auto/node.ts");
    expect(auto).toEqual(node);
    for (const definition of REGISTERED_SUITES) expect(supports(auto, definition)).toBe(true);
  });

  it("says in a worker what it says in the main thread", async () => {
    const { auto } = await import("../../src/backends/auto/node.ts");
    const program = await bundledForWorker(`
      import { parentPort } from "node:worker_threads";
      import { auto } from "./src/backends/auto/node.ts";
      import { talk } from "./test/support/talk.ts";
      void talk(auto).then((said) => parentPort.postMessage(said));
    `);
    const worker = new Worker(program, { eval: true });
    const [said] = await once(worker, "message");
    expect(said).toEqual(await talk(auto));
    expect(said).toEqual(await talk(noble).then((each) => ({ ...each, backend: "node" })));
    await worker.terminate();
  });

  it.each([
    [[], "node.js"],
    [["--conditions=browser"], "index.js"],
    [["--conditions=deno"], "index.js"],
  ])("is found by conditions %j in %s", (conditions, file) => {
    const program = `console.log(import.meta.resolve("copath/backends/auto"))`;
    const found = execFileSync(process.execPath, [...conditions, "--input-type=module", "-e", program], { cwd: root });
    expect(found.toString().trim()).toMatch(new RegExp(`/dist/backends/auto/${file.replace(".", "\\.")}$`));
  });
});

describe("in a Node that lacks what it may lack", () => {
  afterEach(() => {
    vi.doUnmock("../../src/backends/node/index.ts");
    vi.resetModules();
  });

  async function autoOver(lacking: Partial<Backend>): Promise<Backend> {
    vi.resetModules();
    vi.doMock("../../src/backends/node/index.ts", async (original) => ({
      ...(await original<object>()),
      node: { ...node, ...lacking },
    }));
    return (await import("../../src/backends/auto/node.ts")).auto;
  }

  it("auto has JavaScript for it", async () => {
    const auto = await autoOver({ kems: [], signatures: [], aeads: node.aeads.slice(0, 2) });
    for (const definition of REGISTERED_SUITES) expect(supports(auto, definition)).toBe(true);
    for (const kem of auto.kems) {
      const reference = noble.kems.find(({ id }) => id === kem.id) ?? expect.unreachable();
      const pair = await kem.deriveKeyPair(message);
      expect(pair).toEqual(await reference.deriveKeyPair(message));
      const { enc, sharedSecret } = await kem.encap(pair.publicKey, seededRandom(1));
      expect(await reference.decap(enc, pair.privateKey)).toEqual(sharedSecret);
    }
    for (const scheme of auto.signatures) {
      const reference = noble.signatures.find(({ name }) => name === scheme.name) ?? expect.unreachable();
      const { publicKey, privateKey } = await scheme.generateKeyPair(seededRandom(1));
      const signature = await scheme.sign(privateKey, message);
      const requests = [{ publicKey, message, signature }];
      expect(await scheme.verifyMany(requests)).toEqual([true]);
      expect(await reference.verifyMany(requests)).toEqual([true]);
      expect(await scheme.verifyMany([{ publicKey, message: utf8("other"), signature }])).toEqual([false]);
    }
  });

  it("auto keeps what there is", async () => {
    const [x25519] = node.kems.filter(({ name }) => name.includes("X25519"));
    const [ed25519] = node.signatures.filter(({ name }) => name === "ed25519");
    if (x25519 === undefined || ed25519 === undefined) return expect.unreachable();
    const auto = await autoOver({ kems: [x25519], signatures: [ed25519] });
    expect(auto.kems).toHaveLength(noble.kems.length);
    expect(auto.kems[0]).toBe(x25519);
    expect(auto.signatures).toHaveLength(noble.signatures.length);
    expect(auto.signatures[0]).toBe(ed25519);
  });
});

describe("a bundle for browsers", () => {
  async function bundleOf(program: string): Promise<string> {
    const { outputFiles } = await build({
      stdin: { contents: program, resolveDir: root, loader: "ts" },
      bundle: true,
      format: "esm",
      minify: true,
      platform: "browser",
      write: false,
      logLevel: "silent",
    });
    return outputFiles[0]?.text ?? "";
  }

  it("of auto holds nothing of Node", async () => {
    const text = await bundleOf('export { auto } from "./src/backends/auto/index.ts";');
    expect(text.match(/node:|\bBuffer\b|\bprocess\./g)).toBeNull();
    expect(text.match(/importKey/)).not.toBeNull();
  });

  it("of one KEM and one scheme holds no word of the others", async () => {
    const text = await bundleOf('export { dhkemX25519, ed25519 } from "./src/backends/webcrypto/index.ts";');
    expect(text.match(/X25519/)).not.toBeNull();
    expect(text.match(/P-256|P-384|P-521|X448|Ed448|AES|ChaCha/g)).toBeNull();
  });

  it("of a suite on noble holds no word of Web Cryptography", async () => {
    const text = await bundleOf('export { noble } from "./src/backends/noble/index.ts";');
    expect(text.match(/importKey|subtle/g)).toBeNull();
  });
});
