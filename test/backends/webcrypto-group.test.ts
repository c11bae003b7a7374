/** Groups on Web Cryptography: what they send is what they send on the reference backend. */
import { describe, expect, it, vi } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { supportReport, webcrypto } from "../../src/backends/webcrypto/index.ts";
import { toHex, utf8 } from "../../src/bytes.ts";
import type { Backend } from "../../src/crypto/cipher-suite.ts";
import { protect } from "../../src/group/messages.ts";
import { Chat, environmentOf, suiteOf } from "../support/group.ts";
import { rejection } from "../support/rejection.ts";

/** All that is sent in a history that has adds, removes, paths over blank nodes, an external join, and messages. */
async function history(backend: Backend, id: number): Promise<readonly string[]> {
  const sent: Uint8Array[] = [];
  const chat = await Chat.of(
    ["a", "b", "c", "d", "e"],
    environmentOf({ suite: suiteOf(id, backend), seed: "history" }),
  );
  for (const name of ["e", "b", "c"]) sent.push((await chat.commit(name, { forcePath: true })).message);
  sent.push((await chat.remove("a", "d")).message);
  const added = await chat.add("b", ["f", "g"]);
  sent.push(added.message, ...added.welcomes);
  sent.push(await chat.joinExternally("c", "h"));
  const message = await chat.send("h", "x".repeat(10_000));
  await chat.deliver("h", message);
  sent.push(message);
  chat.agree();
  return sent.map(toHex);
}

/** A suite that notes what its AEAD for large data is given, and can be told to break. */
function watched(id: number) {
  const suite = suiteOf(id, webcrypto);
  const { large } = suite.aead;
  if (large === undefined) return expect.unreachable();
  const calls: string[] = [];
  const broken = { seal: false };
  const watching =
    (name: "seal" | "open"): typeof large.seal =>
    async (...args) => {
      calls.push(name);
      if (name === "seal" && broken.seal) throw new Error("the platform broke");
      return large[name](...args);
    };
  const aead = { ...suite.aead, large: { ...large, seal: watching("seal"), open: watching("open") } };
  return { suite: { ...suite, aead }, threshold: large.threshold, calls, broken };
}

describe("large data of a group on Web Cryptography", () => {
  it.each([1, 2, 3])("is the platform's business from the threshold on, in suite %i", async (id) => {
    const { suite, threshold, calls } = watched(id);
    const chat = await Chat.of(["alice", "bob"], environmentOf({ suite }));
    await chat.deliver("alice", await chat.send("alice", "x".repeat(threshold / 2)));
    expect(calls).toEqual([]);
    const text = "x".repeat(threshold);
    const received = await chat.deliver("alice", await chat.send("alice", text));
    expect(received.get("bob")).toMatchObject({ applicationData: utf8(text) });
    expect(calls).toEqual(["seal", "open"]);
  });

  it("[12.4.3.1-01] is also the GroupInfo of a Welcome", async () => {
    const { suite, calls } = watched(1);
    const chat = await Chat.of(["alice"], environmentOf({ suite }));
    await chat.add("alice", ["bob"]);
    expect(calls).toEqual([]);
    const many = Array.from({ length: 30 }, (_, i) => `member ${i}`);
    await chat.add("alice", many, { wireFormat: "mls_public_message" });
    expect(calls).toEqual(["seal", ...many.map(() => "open")]);
    chat.agree();
  });

  it("leaves no trace where it does not open, and the genuine message opens afterwards", async () => {
    const { suite, threshold } = watched(1);
    const chat = await Chat.of(["alice", "bob"], environmentOf({ suite }));
    const message = await chat.send("alice", "x".repeat(threshold));
    for (const at of [message.length - 1, message.length - threshold]) {
      const changed = message.map((octet, i) => (i === at ? octet ^ 1 : octet));
      expect((await rejection(() => chat.deliver("alice", changed))).code).toBe("aead.open_failed");
    }
    const received = await chat.deliver("alice", message);
    expect(received.get("bob")).toMatchObject({ generation: 0 });
  });

  it("can be sent again by the same state if the platform could not seal it", async () => {
    const { suite, threshold, broken } = watched(1);
    const chat = await Chat.of(["alice", "bob"], environmentOf({ suite }));
    const text = "x".repeat(threshold);
    broken.seal = true;
    await expect(chat.send("alice", text)).rejects.toThrow("the platform broke");
    broken.seal = false;
    const received = await chat.deliver("alice", await chat.send("alice", text));
    expect(received.get("bob")).toMatchObject({ generation: 0, applicationData: utf8(text) });
  });

  it("[6.3.1-03] is not sent twice by one state, also at once", async () => {
    const { suite, threshold } = watched(1);
    const chat = await Chat.of(["alice", "bob"], environmentOf({ suite }));
    const data = new Uint8Array(threshold);
    const sending = [1, 2].map(() => protect(chat.environment, chat.state("alice"), data));
    const results = await Promise.allSettled(sending);
    const [refused] = results.filter((result) => result.status === "rejected");
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(refused?.reason).toMatchObject({ code: "state.spent" });
  });
});

describe("a group on Web Cryptography", () => {
  it.each([1, 3])("sends what it sends on noble, from the same seed, in suite %i", async (id) => {
    const [reference, sent] = await Promise.all([history(noble, id), history(webcrypto, id)]);
    expect(sent).toEqual(reference);
  });

  // The platform's ECDSA takes randomness of its own.
  it.each([2, 7])("agrees in suite %i", async (id) => {
    expect(await history(webcrypto, id)).toHaveLength((await history(noble, id)).length);
  });

  it("sends the same where the platform has no Web Cryptography at all", async () => {
    const reference = await history(noble, 1);
    const { getRandomValues } = crypto;
    vi.stubGlobal("crypto", { getRandomValues: getRandomValues.bind(crypto) });
    try {
      expect(await supportReport()).toMatchObject({ subtle: false });
      expect(await history(webcrypto, 1)).toEqual(reference);
      await history(webcrypto, 2);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
