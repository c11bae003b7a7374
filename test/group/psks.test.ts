import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { pskSecretFor } from "../../src/group/psks.ts";
import { derivePskSecret } from "../../src/schedule/psk.ts";
import { Secret } from "../../src/secret.ts";
import type { PreSharedKeyID } from "../../src/wire/pre-shared-key.ts";
import { Chat, copiesOf, environmentOf } from "../support/group.ts";
import { watchSuite } from "../support/group-secrets.ts";
import { rejection } from "../support/rejection.ts";

const environment = environmentOf();
const { suite } = environment;
const pskNonce = new Uint8Array(32).fill(5);
const external = (id: string): PreSharedKeyID => ({ psktype: "external", pskId: utf8(id), pskNonce });
const group = copiesOf(async () => {
  const chat = await Chat.of(["alice", "bob"], environment);
  for (let i = 0; i < 5; i++) await chat.commit("alice");
  return chat;
});

describe("§8.4 the PSKs that a commit names", () => {
  it("[8.4-04] are chained in its order, each bound to its name", async () => {
    const psks = { external: (id: Uint8Array) => Uint8Array.of(1, ...id) };
    const found = await pskSecretFor({ suite, psks, states: [] }, [external("b"), external("a")]);
    const named = ["b", "a"].map((id) => ({ id: external(id), psk: new Secret(Uint8Array.of(1, ...utf8(id))) }));
    expect(toHex(found.bytes)).toBe(toHex(derivePskSecret(suite, named).bytes));
    expect(toHex(found.bytes)).not.toBe(toHex(derivePskSecret(suite, named.toReversed()).bytes));
  });

  it("are all zero if there is none, and then nobody is asked", async () => {
    const psks = {
      external: () => {
        throw new Error("asked");
      },
    };
    expect(toHex((await pskSecretFor({ suite, psks, states: [] }, [])).bytes)).toBe("00".repeat(32));
  });

  it("[8.4-05] [8.6-02] of resumption come from the state's own epochs, current and kept", async () => {
    const chat = await group();
    const { groupId, epoch } = chat.one.epoch.groupContext;
    const id = (pskEpoch: bigint): PreSharedKeyID => ({
      psktype: "resumption",
      usage: "application",
      pskGroupId: groupId,
      pskEpoch,
      pskNonce,
    });
    const asked: bigint[] = [];
    const psks = { resumption: (_: Uint8Array, of: bigint) => void asked.push(of) };
    for (const back of [0n, 1n, 2n, 3n]) {
      const found = await Promise.all(
        [...chat.states.values()].map((state) => pskSecretFor({ suite, psks, states: [state] }, [id(epoch - back)])),
      );
      expect(toHex(found[0]?.bytes ?? pskNonce)).toBe(toHex(found[1]?.bytes ?? pskNonce));
    }
    expect(asked).toEqual([]);
    for (const missing of [epoch - 4n, epoch + 1n]) {
      expect((await rejection(() => pskSecretFor({ suite, psks, states: [chat.one] }, [id(missing)]))).code).toBe(
        "psk.missing",
      );
    }
    expect(asked).toEqual([epoch - 4n, epoch + 1n]);
    const elsewhere = { ...id(epoch), pskGroupId: utf8("another") } as PreSharedKeyID;
    expect((await rejection(() => pskSecretFor({ suite, psks, states: [chat.one] }, [elsewhere]))).code).toBe(
      "psk.missing",
    );
  });

  it("[8.4-05] may be kept elsewhere, and come later", async () => {
    const psks = { external: async () => utf8("later"), resumption: async () => utf8("old") };
    const id: PreSharedKeyID = {
      psktype: "resumption",
      usage: "application",
      pskGroupId: utf8("g"),
      pskEpoch: 1n,
      pskNonce,
    };
    await pskSecretFor({ suite, psks, states: [] }, [external("a"), id]);
  });

  it("[9.2-04] leave no copy, found or not; those of the store are the store's", async () => {
    const watched = watchSuite(suite);
    const stored = utf8("stored");
    const chat = await group();
    const { resumptionPsk } = chat.one.epoch.secrets;
    const { groupId, epoch } = chat.one.epoch.groupContext;
    const own: PreSharedKeyID = {
      psktype: "resumption",
      usage: "application",
      pskGroupId: groupId,
      pskEpoch: epoch,
      pskNonce,
    };
    const sources = {
      suite: watched.suite,
      psks: { external: (id: Uint8Array) => (id.length === 1 ? stored : undefined) },
      states: [chat.one],
    };
    (await pskSecretFor(sources, [external("a"), own, external("b")])).dispose();
    expect(watched.alive()).toEqual([]);
    await rejection(() => pskSecretFor(sources, [external("a"), own, external("missing")]));
    expect(watched.alive()).toEqual([]);
    expect([toHex(stored), resumptionPsk.disposed]).toEqual([toHex(utf8("stored")), false]);
  });

  it("[8.4-04] are 65535 at most", async () => {
    const psks = { external: () => utf8("x") };
    const ids = Array.from({ length: 65536 }, () => external("a"));
    expect((await rejection(() => pskSecretFor({ suite, psks, states: [] }, ids))).code).toBe("proposals.limit");
  });
});
