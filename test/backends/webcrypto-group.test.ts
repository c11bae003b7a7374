/** Groups on Web Cryptography: what they send is what they send on the reference backend. */
import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { webcrypto } from "../../src/backends/webcrypto/index.ts";
import { toHex } from "../../src/bytes.ts";
import type { Backend } from "../../src/crypto/cipher-suite.ts";
import { Chat, environmentOf, suiteOf } from "../support/group.ts";

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

describe("a group on Web Cryptography", () => {
  it.each([1, 3])("sends what it sends on noble, from the same seed, in suite %i", async (id) => {
    const [reference, sent] = await Promise.all([history(noble, id), history(webcrypto, id)]);
    expect(sent).toEqual(reference);
  });

  // The platform's ECDSA takes randomness of its own.
  it.each([2, 7])("agrees in suite %i", async (id) => {
    expect(await history(webcrypto, id)).toHaveLength((await history(noble, id)).length);
  });
});
