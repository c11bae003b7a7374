/** A cipher suite of an application's own: a private-use number, through the life of a group. */
import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { utf8 } from "../../src/bytes.ts";
import { type CipherSuiteDefinition, cipherSuite } from "../../src/crypto/cipher-suite.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { chooseCipherSuite } from "../../src/group/candidates.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { joinGroup } from "../../src/group/join.ts";
import { createKeyPackage } from "../../src/group/key-package.ts";
import { reinitialize } from "../../src/group/resumption.ts";
import { decodeState, encodeState } from "../../src/group/snapshot.ts";
import { REGISTERED_SUITES } from "../../src/suites/registry.ts";
import { agree, basic, Chat, environmentOf, keyPackageFor, refusals } from "../support/group.ts";
import { rejection } from "../support/rejection.ts";

const [first] = REGISTERED_SUITES as readonly [CipherSuiteDefinition];
/** X25519 with SHA-512 and AES-256: no registered suite has this. */
const definition: CipherSuiteDefinition = {
  ...first,
  id: 0xf0f1,
  name: "PRIVATE",
  kdf: 0x0003,
  aead: 0x0002,
  hash: "SHA-512",
};
const environment = environmentOf({ suite: cipherSuite(definition, node) });
const code = async (action: () => Promise<unknown>) => (await rejection(action)).code;

describe("§13.1, §17.1 a suite of the application's own", () => {
  it("[7.2-03] is in the capabilities, and carries a group through its life", async () => {
    const chat = await Chat.of(["alice", "bob", "carol"], environment);
    expect(chat.one.tree.leaf(chat.one.self.leafIndex)?.capabilities.cipherSuites).toContain(0xf0f1);
    expect(chat.one.epoch.groupContext.cipherSuite).toBe(0xf0f1);
    await chat.propose("bob", { proposalType: "update" });
    await chat.commit("carol");
    await chat.joinExternally("alice", "dave");
    await chat.remove("dave", "bob");
    await chat.deliver("alice", await chat.send("alice", "hello"));
    const octets = encodeState(environment, chat.state("carol"), { signatureKeys: true });
    chat.states.set("carol", await decodeState(environment, octets));
    await chat.commit("carol", { forcePath: true });
    chat.agree();
  });

  it("is the same on every backend", async () => {
    const other = environmentOf({ suite: cipherSuite(definition, noble) });
    const chat = await Chat.of(["alice", "bob"], environment);
    const { message } = await chat.copy().commit("alice", { forcePath: true });
    expect(await refusals(other, [chat.state("bob")], message)).toEqual(["accepted commit"]);
  });

  it("[10.1-02] is not taken for another, nor chosen where somebody lacks it", async () => {
    const chat = await Chat.of(["alice", "bob"], environment);
    const { keyPackage } = await keyPackageFor(environmentOf(), "carol");
    const add = { proposalType: "add", keyPackage } as const;
    expect(await code(() => createCommit(environment, chat.one, { proposals: [add] }))).toBe(
      "key_package.cipher_suite",
    );
    expect(await code(() => createCommit(environmentOf(), chat.one))).toBe("suite.unknown");
    const own = (await keyPackageFor(environment, "dave")).keyPackage.leafNode.capabilities;
    expect(chooseCipherSuite([0xf0f1, 1], [own, keyPackage.leafNode.capabilities])).toEqual({
      chosen: undefined,
      blocked: [
        { cipherSuite: 0xf0f1, by: [1] },
        { cipherSuite: 1, by: [0] },
      ],
    });
  });

  it("[12.1.5-01] is what a group is re-initialised to, if the policy of all names it", async () => {
    const old = environmentOf({ policy: { reInitSuites: [1, 0xf0f1] } });
    const chat = await Chat.of(["alice", "bob"], old);
    const reinit = { groupId: utf8("next"), version: "mls10", cipherSuite: 0xf0f1, extensions: [] } as const;
    const request = { proposalType: "reinit", ...reinit } as const;
    const narrow = environmentOf();
    expect(await code(() => createCommit(narrow, chat.one, { proposals: [request] }))).toBe("proposal.reinit_suite");
    const { message } = await chat.copy().commit("alice", { proposals: [request] });
    expect(await refusals(narrow, [chat.state("bob")], message)).toEqual(["proposal.reinit_suite"]);

    await chat.commit("alice", { proposals: [request] });
    const identity = async (name: string) => ({
      signer: await generateSigner(environment.suite, environment.random),
      credential: basic(name),
    });
    const joiner = await createKeyPackage(environment, await identity("bob"));
    const keyPackages = [joiner.keyPackage];
    const next = await reinitialize(environment, chat.state("alice"), { ...(await identity("alice")), keyPackages });
    const [welcome = new Uint8Array(0)] = next.welcomes;
    const joined = await joinGroup(environment, { welcome, keyPackages: [joiner], predecessor: chat.state("bob") });
    agree(next.state, joined.state);
    expect(joined.state.epoch.groupContext.cipherSuite).toBe(0xf0f1);
  });
});
