/**
 * What ts-mls 1.6.4 gets wrong, each in the smallest case, so that we notice when it is mended: then the fault leaves
 * faults.ts and steering.ts, and what version-1-mended.ts does about it goes, too.
 */
import {
  createCommit,
  createGroup,
  createGroupInfoWithExternalPub,
  defaultCapabilities,
  defaultLifetime,
  generateKeyPackage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  makePskIndex,
  processMessage,
} from "ts-mls";
import { describe, expect, it } from "vitest";
import { actorsOf } from "../../src/runner/check-scenario.ts";
import type { Scenario, ScenarioExtension, Step } from "../../src/runner/scenario.ts";
import { groupOf, utf8 } from "../copath/support.ts";
import { copath, playBetween, tsMls } from "./players.ts";
import type { Side } from "./steering.ts";

const NOTHING = {
  byReference: [],
  byValue: [],
  forcePath: false,
  externalTree: false,
  members: [],
  joiners: [],
} as const;
type Commit = Partial<Omit<Extract<Step, { action: "fullCommit" }>, "action">> & { readonly actor: string };
const group = (...[actor = "", ...members]: readonly string[]): Step => ({ action: "createGroup", actor, members });
const commit = (step: Commit): Step => ({ action: "fullCommit", ...NOTHING, ...step });
const keyPackage = (actor: string): Step => ({ action: "createKeyPackage", actor });
const remove = (removed: string) => ({ proposalType: "remove", removed }) as const;
const add = (step: number) => ({ proposalType: "add", keyPackage: step }) as const;
const context = (...extensions: readonly ScenarioExtension[]) =>
  ({ proposalType: "groupContextExtensions", extensions }) as const;
const requirements: ScenarioExtension = { extensionType: 3, extensionData: new Uint8Array(3) };

/** Actors in capitals are ts-mls. Also plays it with copath alone, which must go well: what ts-mls refuses is in order. */
async function outcome(...steps: readonly Step[]): Promise<string | undefined> {
  const scenario: Scenario = { name: "case", steps };
  const sideOf =
    (names: readonly string[]) =>
    (position: number): Side => {
      const name = names[position] ?? "";
      return name === name.toUpperCase() ? "ts-mls" : "copath";
    };
  expect(await playBetween(scenario, { encryptHandshake: false }, () => "copath")).toBeUndefined();
  return playBetween(scenario, { encryptHandshake: false }, sideOf(actorsOf(steps)));
}

describe("ts-mls 1.6.4", () => {
  it("refuses a valid tree whose parents have different unmerged leaves (§12.4.3.1)", async () => {
    const failure = await outcome(
      group("a", "b", "c", "d", "e"),
      commit({ actor: "a", byValue: [remove("d")], members: ["b", "c", "e"] }),
      keyPackage("f"),
      keyPackage("G"),
      commit({ actor: "a", byValue: [add(2), add(3)], members: ["b", "c", "e"], joiners: ["f", "G"] }),
    );
    expect(failure).toContain("JoinGroup of G (ts-mls): non-blank intermediate node must list leaf node");
  });

  it("goes on to the root for the commit secret when the root is not on the filtered direct path (§7.4, §4.1.2)", async () => {
    const shrink = (committer: string, other: string) => [
      group("a", "b", committer, other),
      commit({ actor: committer, byValue: [remove("a"), remove("b")], members: [other] }),
    ];
    expect(await outcome(...shrink("c", "D"))).toContain(
      "HandleCommit of D (ts-mls): Could not verify confirmation tag",
    );
    expect(await outcome(...shrink("C", "d"))).toContain("HandleCommit of d (copath): content.confirmation_tag");
  });

  it("reads external_senders as one sender, not as a list (§12.1.8.1)", async () => {
    const nobody = { extensionType: 5, extensionData: Uint8Array.of(0) };
    const failure = await outcome(group("a", "B"), commit({ actor: "a", byValue: [context(nobody)], members: ["B"] }));
    expect(failure).toContain("HandleCommit of B (ts-mls): Could not decode external_senders");
    const signed = await outcome(
      group("a", "B"),
      { action: "addExternalSigner", actor: "a", signer: "s" },
      commit({ actor: "a", byReference: [1], members: ["B"] }),
    );
    expect(signed).toMatch(/HandleCommit of B \(ts-mls\): Could not decode/);
  });

  it("commits new group context extensions without a path (§12.4)", async () => {
    const failure = await outcome(
      group("A", "b"),
      commit({ actor: "A", byValue: [context(requirements)], members: ["b"] }),
    );
    expect(failure).toContain("HandleCommit of b (copath): commit.path_required");
  });

  it("encrypts a path under the group context before new extensions, as a sender alone (§12.4.1, §7.6)", async () => {
    const steps = (committer: string, other: string) => [
      group(committer, other, "z"),
      commit({ actor: committer, byValue: [context(requirements), remove("z")], members: [other] }),
    ];
    expect(await outcome(...steps("A", "b"))).toContain("HandleCommit of b (copath): hpke.open_failed");
    expect(await outcome(...steps("A", "B"))).toContain("HandleCommit of B (ts-mls): OpenError");
    expect(await outcome(...steps("a", "B"))).toBeUndefined();
  });

  it("keeps extensions when a proposal takes all of them away (§12.1.7)", async () => {
    const failure = await outcome(
      group("a", "B"),
      commit({ actor: "a", byValue: [context(requirements)], members: ["B"] }),
      commit({ actor: "a", byValue: [context()], members: ["B"] }),
    );
    expect(failure).toContain("HandleCommit of B (ts-mls): OpenError");
  });

  it("does not get that it is removed if the same commit gives its leaf to another (§12.4.2)", async () => {
    const removal = async (...added: readonly string[]) => {
      const shared = copath();
      const on = (position: number) => (position === 1 ? tsMls() : shared);
      const [a, b] = await groupOf(["a", "b", "c"], { on });
      if (a === undefined || b === undefined) throw new Error("who?");
      const byValue: object[] = [{ proposalType: utf8("remove"), removedId: utf8("b") }];
      for (const name of added) {
        const { keyPackage: octets } = await shared.CreateKeyPackage({ cipherSuite: 1, identity: utf8(name) });
        byValue.push({ proposalType: utf8("add"), keyPackage: octets });
      }
      const { commit: message } = await a.client.Commit({ stateId: a.stateId, byValue });
      return b.client.HandleCommit({ stateId: b.stateId, commit: message });
    };
    expect((await removal()).epochAuthenticator).toHaveLength(0);
    await expect(removal("d")).rejects.toThrow("No overlap between provided private keys and update path");
  });

  it("puts a key into external_pub without its length, and so can't read others' (§12.4.3.2)", async () => {
    const { state, suite } = await alone();
    const { extensions } = await createGroupInfoWithExternalPub(state, [], suite);
    const [first] = extensions;
    // With its length, it would be 33 octets.
    expect(first).toMatchObject({ extensionType: "external_pub", extensionData: { length: 32 } });
  });

  it.each([
    ["MLS_128_DHKEMP256_AES128GCM_SHA256_P256", 33],
    ["MLS_256_DHKEMP521_AES256GCM_SHA512_P521", 67],
    ["MLS_256_DHKEMP384_AES256GCM_SHA384_P384", 49],
  ] as const)("makes compressed signature keys in %s (§5.1.1)", async (name, length) => {
    const suite = await getCiphersuiteImpl(getCiphersuiteFromName(name));
    expect((await suite.signature.keygen()).publicKey).toHaveLength(length);
  });

  it("loses the PSKs on the way from processMessage to a private message", async () => {
    const { state: before, suite, member } = await alone();
    const other = await member("b");
    const added = await createCommit(
      { state: before, cipherSuite: suite },
      {
        extraProposals: [{ proposalType: "add", add: { keyPackage: other.publicPackage } }],
        ratchetTreeExtension: true,
      },
    );
    if (added.welcome === undefined) throw new Error("a Welcome");
    const none = makePskIndex(undefined, {});
    const joined = await joinGroup(added.welcome, other.publicPackage, other.privatePackage, none, suite);
    const keys = { findPsk: () => utf8("secret") };
    const pskNonce = suite.rng.randomBytes(32);
    const id = { psktype: "external", pskId: utf8("id"), pskNonce } as const;
    const process = async (wireAsPublicMessage: boolean) => {
      const { commit: message } = await createCommit(
        { state: added.newState, cipherSuite: suite, pskIndex: keys },
        { extraProposals: [{ proposalType: "psk", psk: { preSharedKeyId: id } }], wireAsPublicMessage },
      );
      if (message.wireformat !== "mls_private_message" && message.wireformat !== "mls_public_message")
        throw new Error();
      return processMessage(message, joined, keys, () => "accept", suite);
    };
    expect((await process(true)).kind).toBe("newState");
    await expect(process(false)).rejects.toThrow("Could not find pskId referenced in proposal");
  });
});

describe("what ts-mls 1.6.4 has no function for is said so", () => {
  it("a path for proposals that need none", async () => {
    const forced = { actor: "A", byValue: [add(1)], forcePath: true, members: ["b"], joiners: ["c"] };
    expect(await outcome(group("A", "b"), keyPackage("c"), commit(forced))).toContain(
      "unsupported: Commit of A (ts-mls)",
    );
  });

  it("PSKs of an external join", async () => {
    const joined = { action: "externalJoin", actor: "a", joiner: "B", members: [], psks: [1] } as const;
    const failure = await outcome(
      group("a"),
      { action: "installExternalPSK", clients: ["a"] },
      { ...joined, externalTree: false, removePrior: false },
    );
    expect(failure).toContain("unsupported: ExternalJoin of B (ts-mls)");
  });
});

async function alone() {
  const suite = await getCiphersuiteImpl(getCiphersuiteFromName("MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"));
  const member = (name: string) =>
    generateKeyPackage(
      { credentialType: "basic", identity: utf8(name) },
      defaultCapabilities(),
      defaultLifetime,
      [],
      suite,
    );
  const { publicPackage, privatePackage } = await member("a");
  return { suite, member, state: await createGroup(utf8("group"), publicPackage, privatePackage, [], suite) };
}
