import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { type ClientNames, clientsOf, exchangeClients, inheritName } from "../../src/group/clients.ts";
import { roster } from "../../src/group/members.ts";
import { failure } from "../support/failure.ts";
import { Chat } from "../support/group.ts";

const chat = await Chat.of(["a", "b", "c", "d"]);
const leaves = roster(chat.one).map(({ leafNode }) => leafNode);
const leaf = (i: number) => leaves[i] as (typeof leaves)[number];
const named = (...names: (string | undefined)[]): ClientNames => {
  const map: ClientNames = new WeakMap();
  for (const [i, name] of names.entries()) if (name !== undefined) map.set(leaf(i).signatureKey, utf8(name));
  return map;
};

describe("§12.2 clients by the names that the Authentication Service gives", () => {
  it("[12.2-08] have one leaf each", () => {
    const clients = clientsOf(named("x", "y", "x"), [leaf(0), leaf(1)]);
    expect(failure(() => exchangeClients(clients, { gone: [], come: [leaf(2)] })).code).toBe(
      "proposals.client_already_member",
    );
    const after = exchangeClients(clients, { gone: [leaf(0)], come: [leaf(2)] });
    expect(exchangeClients(after, { gone: [leaf(2)], come: [leaf(0)] }).index.count(utf8("x"))).toBe(1);
    expect(clients.index.count(utf8("y"))).toBe(1);
  });

  it("[12.2-07] also when two come at once", () => {
    const clients = clientsOf(named(undefined, "x", "x"), [leaf(0)]);
    expect(failure(() => exchangeClients(clients, { gone: [], come: [leaf(1), leaf(2)] })).code).toMatch(
      /^proposals\.client/,
    );
  });

  it("without names are told apart by their keys alone", () => {
    const clients = clientsOf(named(), [leaf(0), leaf(1)]);
    exchangeClients(clients, { gone: [], come: [leaf(2), leaf(3)] });
  });

  it("keep their names when their leaves change and their identities do not", () => {
    const names = named("x", undefined, "y");
    inheritName(names, leaf(1), leaf(0));
    inheritName(names, leaf(2), leaf(0));
    inheritName(names, leaf(3), { ...leaf(3), signatureKey: new Uint8Array(1) });
    expect([1, 2, 3].map((i) => names.get(leaf(i).signatureKey))).toEqual([utf8("x"), utf8("y"), undefined]);
  });
});
