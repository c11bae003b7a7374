import { describe, expect, it } from "vitest";
import { EMPTY, fromHex } from "../../src/bytes.ts";
import { defaultCapabilities } from "../../src/group/capabilities.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import { type KeyPackageBundle, validateKeyPackage } from "../../src/group/key-package.ts";
import { isLastResort, updateDue } from "../../src/group/last-resort.ts";
import { decodeState, encodeState } from "../../src/group/snapshot.ts";
import { dispose } from "../../src/secret.ts";
import type { Extension } from "../../src/wire/extension.ts";
import { Chat, environmentOf, keyPackageFor } from "../support/group.ts";
import { rejection } from "../support/rejection.ts";

const environment = environmentOf({ seed: "last resort" });
const { suite } = environment;
const extension = (extensionType: number, hex = ""): Extension => ({ extensionType, extensionData: fromHex(hex) });
const marked = (...extensions: Extension[]) => isLastResort({ extensions });
const typesOf = (extensions: readonly Extension[]) => extensions.map(({ extensionType }) => extensionType);

async function invite(chat: Chat, name: string, bundle: KeyPackageBundle): Promise<Uint8Array> {
  const proposals = [{ proposalType: "add", keyPackage: bundle.keyPackage } as const];
  const { welcomes } = await chat.commit(name, { proposals });
  return welcomes[0] ?? EMPTY;
}

describe("§10, §16.8 a key package of last resort", () => {
  it("is marked by an extension of its own, or by a component", () => {
    expect(marked(extension(0x000a))).toBe(true);
    expect(marked(extension(0xf001), extension(0x000a))).toBe(true);
    expect(marked(extension(0x0006, "03000400"))).toBe(true);
    expect(marked(extension(0x0006, "09000103020001000400"))).toBe(true);
  });

  it("is none without a mark, with other components, or with a dictionary that is malformed", () => {
    expect(marked()).toBe(false);
    expect(marked(extension(0xf00a), extension(0x0a0a))).toBe(false);
    for (const dictionary of ["00", "", "0300050", "03000500", "030004", "0300040000", "0400040000"]) {
      const even = dictionary.length % 2 === 0 ? dictionary : `${dictionary}0`;
      expect(marked(extension(0x0006, even)), dictionary).toBe(false);
    }
  });

  it("[7.2-04] is made if asked for, valid, its mark listed in the capabilities", async () => {
    for (const policy of [{}, { grease: false }]) {
      const e = { ...environment, policy };
      const { keyPackage } = await keyPackageFor(e, "bob", { lastResort: true });
      await validateKeyPackage(e, keyPackage);
      expect(isLastResort(keyPackage)).toBe(true);
      expect(typesOf(keyPackage.extensions)).toContain(0x000a);
      expect(keyPackage.leafNode.capabilities.extensions).toContain(0x000a);
      expect(typesOf(keyPackage.leafNode.extensions)).not.toContain(0x000a);
    }
    const { keyPackage } = await keyPackageFor(environment, "bob", { lastResort: false });
    expect(isLastResort(keyPackage)).toBe(false);
    expect(keyPackage.leafNode.capabilities.extensions).not.toContain(0x000a);
  });

  it("takes stated capabilities as they are, and a stated mark for its own", async () => {
    const capabilities = { ...defaultCapabilities(suite), extensions: [0x0006] };
    const refused = await rejection(() => keyPackageFor(environment, "bob", { lastResort: true, capabilities }));
    expect(refused.code).toBe("key_package.extension_not_listed");
    const extensions = [extension(0x0006, "03000400")];
    const stated = { lastResort: true, capabilities, extensions };
    expect((await keyPackageFor(environment, "bob", stated)).keyPackage.extensions).toEqual(extensions);
  });

  it("[10-01] is not spent by a join, and opens another Welcome", async () => {
    const bundle = await keyPackageFor(environment, "bob", { lastResort: true });
    for (const creator of ["alice", "carol", "dave"]) {
      const chat = await Chat.of([creator], environment);
      const welcome = await invite(chat, creator, bundle);
      const { state, spent, output } = await joinGroup(environment, { welcome, keyPackages: [bundle] });
      expect(spent).toEqual([]);
      expect(output.keyPackage).toBe(bundle);
      chat.states.set("bob", state);
      chat.agree();
      await chat.deliver("bob", await chat.send("bob", "hello"));
      // What the group spends is its own.
      await chat.commit("bob");
      await chat.commit("bob");
    }
    expect(bundle.initPrivateKey.disposed || bundle.encryptionPrivateKey.disposed).toBe(false);
  });

  it("[10-01] any other is spent", async () => {
    const bundle = await keyPackageFor(environment, "bob");
    const [one, two] = [await Chat.of(["alice"], environment), await Chat.of(["carol"], environment)];
    const [first, second] = [await invite(one, "alice", bundle), await invite(two, "carol", bundle)];
    const { spent } = await joinGroup(environment, { welcome: first, keyPackages: [bundle] });
    expect(spent).toEqual([bundle.initPrivateKey, bundle.encryptionPrivateKey]);
    dispose(spent);
    await rejection(() => joinGroup(environment, { welcome: second, keyPackages: [bundle] }));
  });
});

describe("§16.8 a leaf that joined by a key package of last resort", () => {
  const joined = async (lastResort: boolean) => {
    const chat = await Chat.of(["alice"], environment);
    await chat.add("alice", ["bob"], {}, { lastResort });
    return chat;
  };

  it("is due for an update, which the state knows after it was saved, too", async () => {
    const chat = await joined(true);
    expect(updateDue(chat.state("bob"))).toBe(true);
    expect(updateDue(chat.state("alice"))).toBe(false);
    const { signer } = chat.state("bob").self;
    const snapshot = encodeState(environment, chat.state("bob"));
    const restored = await decodeState(environment, snapshot, { signers: [signer] });
    expect(updateDue(restored)).toBe(true);
    expect(updateDue((await joined(false)).state("bob"))).toBe(false);
  });

  it("until a commit of its own with a path, or an Update that somebody commits", async () => {
    const chat = await joined(true);
    await chat.add("alice", ["carol"], {}, { lastResort: true });
    expect(updateDue(chat.state("bob"))).toBe(true);
    await chat.commit("bob");
    expect([updateDue(chat.state("bob")), updateDue(chat.state("carol"))]).toEqual([false, true]);
    await chat.propose("carol", { proposalType: "update" });
    expect(updateDue(chat.state("carol"))).toBe(true);
    await chat.commit("alice");
    expect(updateDue(chat.state("carol"))).toBe(false);
    chat.agree();
  });

  it("which one that joined externally is not", async () => {
    const chat = await Chat.of(["alice"], environment);
    await chat.joinExternally("alice", "bob");
    expect(updateDue(chat.state("bob"))).toBe(false);
    expect((await createGroupInfo(environment, chat.one)).signature.length).toBe(64);
  });
});
