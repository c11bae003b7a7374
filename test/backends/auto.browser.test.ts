/** The backend that browsers get, in pages and in workers, and keys that come back from a store. */
import { describe, expect, it } from "vitest";
import { auto } from "../../src/backends/auto/index.ts";
import { generateCryptoKeySigner, signerOfCryptoKey, webcrypto } from "../../src/backends/webcrypto/index.ts";
import { utf8 } from "../../src/bytes.ts";
import type { InsecureAnswer } from "../browser/insecure.ts";
import type { WorkerAnswer } from "../browser/worker.ts";
import { suiteOf } from "../support/group.ts";
import { talk } from "../support/talk.ts";

const script = "/test/browser/worker.ts";

function answerOf(post: (port: MessagePort) => void): Promise<WorkerAnswer> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
    post(port2);
  });
}

describe("copath/backends/auto in browsers", () => {
  it("is Web Cryptography in pages", async () => {
    expect((await talk(auto)).backend).toBe("webcrypto");
  });

  it("does the same in a worker", async () => {
    const worker = new Worker(script, { type: "module" });
    const answer = await answerOf((port) => worker.postMessage("talk", [port]));
    expect(answer).toEqual({ ...(await talk(auto)), scope: "DedicatedWorkerGlobalScope" });
    worker.terminate();
  });

  it("does the same in a service worker, where nothing can be loaded later", async () => {
    const registration = await navigator.serviceWorker.register(script, { type: "module" });
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    const answer = await answerOf((port) => worker?.postMessage("talk", [port]));
    expect(answer).toEqual({ ...(await talk(auto)), scope: "ServiceWorkerGlobalScope" });
    await registration.unregister();
  });
});

describe("a page that is no secure context", () => {
  it("has no Web Cryptography, and says the same in JavaScript", async () => {
    const frame = document.createElement("iframe");
    // A name of this machine (vitest.browser.config.ts) that is not one of those that browsers trust.
    frame.src = `http://insecure.test:${location.port}/__insecure__`;
    const answer = await new Promise<InsecureAnswer>((resolve) => {
      addEventListener("message", ({ source, data }) => source === frame.contentWindow && resolve(data));
      document.body.append(frame);
    });
    frame.remove();
    const { report, ...said } = answer;
    expect(said).toEqual({ ...(await talk(auto)), isSecureContext: false });
    expect(report.subtle).toBe(false);
    const computers = [report.kems, report.signatures, report.aeads].flatMap(Object.values);
    expect(new Set(computers)).toEqual(new Set(["javascript"]));
  });
});

describe("§5.1.2 a key in IndexedDB", () => {
  it.each([1, 2, 5, 7])("signs after it was stored and read again, in suite %i", async (id) => {
    const suite = suiteOf(id, webcrypto);
    const { privateKey, publicKey } = await generateCryptoKeySigner(suite);
    const database = await done<IDBDatabase>(
      Object.assign(indexedDB.open(`keys-${id}`), {
        onupgradeneeded: ({ target }: Event) => (target as IDBOpenDBRequest).result.createObjectStore("keys"),
      }),
    );
    const store = () => database.transaction("keys", "readwrite", { durability: "strict" }).objectStore("keys");
    await done(store().put({ privateKey, publicKey }, "own"));
    const signer = await signerOfCryptoKey(suite, await done(store().get("own")));
    expect(signer.privateKey.extractable).toBe(false);
    const [message, signature] = [utf8("message"), await signer.sign(utf8("message"))];
    expect(await suite.signature.verifyMany([{ publicKey, message, signature }])).toEqual([true]);
    database.close();
    await done(indexedDB.deleteDatabase(`keys-${id}`));
  });
});

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
