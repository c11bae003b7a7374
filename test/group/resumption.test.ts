import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { createGroup } from "../../src/group/create.ts";
import { commitFor, createCommit } from "../../src/group/create-commit.ts";
import type { Environment } from "../../src/group/environment.ts";
import { joinGroup } from "../../src/group/join.ts";
import { protect } from "../../src/group/messages.ts";
import { branch, reinitialize } from "../../src/group/resumption.ts";
import { epochOf, type GroupState, groupIdOf, type PublicState, secretsHeld } from "../../src/group/state.ts";
import { checkSuccessor, predecessorOf, rosterOf } from "../../src/group/succession.ts";
import { seededRandom } from "../../src/testing/index.ts";
import { leafIndex, toNodeIndex } from "../../src/tree-math.ts";
import { agree, basic, Chat, environmentOf, keyPackageFor, person, suiteOf } from "../support/group.ts";

const NAMES = ["alice", "bob", "carol"] as const;
const GROUP = utf8("the next group");

async function reinitialized(chat: Chat, by = "alice", cipherSuite = 1) {
  const request = { proposalType: "reinit", groupId: GROUP, version: "mls10", cipherSuite, extensions: [] } as const;
  await chat.commit(by, { proposals: [request] });
  return chat;
}

async function packagesFor(environment: Environment, names: readonly string[]) {
  return Promise.all(names.map((name) => keyPackageFor(environment, name)));
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error) => error.code,
  );

describe("§11.2 re-initialisation", () => {
  it.each([1, 2, 4])(
    "[11.2-01] [11.2-02] [11.2-03] [11.2-05] [12.4.1-07] any member makes the group, in suite %i",
    async (id) => {
      const chat = await reinitialized(await Chat.of(NAMES), "alice", id);
      const environment = environmentOf({ suite: suiteOf(id), seed: "successor" });
      const bundles = await packagesFor(environment, ["alice", "carol"]);
      const made = await reinitialize(environment, chat.state("bob"), {
        ...(await person(environment, "bob")),
        keyPackages: bundles.map(({ keyPackage }) => keyPackage),
      });
      expect(groupIdOf(made.state)).toEqual(GROUP);
      expect(epochOf(made.state)).toBe(1n);
      const [welcome] = made.welcomes;
      const joined = [];
      for (const [i, name] of ["alice", "carol"].entries()) {
        const options = { welcome: welcome as Uint8Array, keyPackages: [bundles[i]!], predecessor: chat.state(name) };
        joined.push((await joinGroup(environment, options)).state);
      }
      agree(made.state, ...joined);
    },
  );

  it("[11.2-03] the new group may keep the old one's id: its first PSK is the old group's all the same", async () => {
    const chat = await Chat.of(NAMES);
    const groupId = groupIdOf(chat.one);
    const parameters = { groupId, version: "mls10", cipherSuite: 2, extensions: [] } as const;
    await chat.commit("alice", { proposals: [{ proposalType: "reinit", ...parameters }] });
    const environment = environmentOf({ suite: suiteOf(2), seed: "same id" });
    const bundles = await packagesFor(environment, ["alice", "carol"]);
    const made = await reinitialize(environment, chat.state("bob"), {
      ...(await person(environment, "bob")),
      keyPackages: bundles.map(({ keyPackage }) => keyPackage),
    });
    const [welcome] = made.welcomes as [Uint8Array];
    const alice = { welcome, keyPackages: bundles.slice(0, 1), predecessor: chat.state("alice") };
    // It is the one that it was in, so being in it is no reason to stay away.
    agree(made.state, (await joinGroup(environment, { ...alice, joined: [groupId] })).state);
    const carol = { welcome, keyPackages: bundles.slice(1), predecessor: chat.state("carol"), joined: [utf8("other")] };
    agree(made.state, (await joinGroup(environment, carol)).state);
  });

  it("[12.4.2-12] the old group sends nothing more, and says why", async () => {
    const chat = await reinitialized(await Chat.of(NAMES));
    for (const name of NAMES) {
      expect(chat.state(name).closed).toMatchObject({ reason: "reinitialized", reInit: { groupId: GROUP } });
      expect(await code(protect(chat.environment, chat.state(name), utf8("late")))).toBe("state.reinitialized");
      expect(await code(createCommit(chat.environment, chat.state(name)))).toBe("state.reinitialized");
    }
  });

  it("refuses to continue a group that was not re-initialised, or in another suite", async () => {
    const chat = await Chat.of(NAMES);
    const options = { ...(await person(chat.environment, "alice")), keyPackages: [] };
    expect(await code(reinitialize(chat.environment, chat.state("alice"), options))).toBe("state.not_reinitialized");
    await reinitialized(chat, "alice", 3);
    expect(await code(reinitialize(chat.environment, chat.state("alice"), options))).toBe("suite.unknown");
  });

  it("[12.4.3.1-18] neither makes nor joins a group that lacks a member", async () => {
    const chat = await reinitialized(await Chat.of(NAMES));
    const { environment } = chat;
    const [bob] = await packagesFor(environment, ["bob"]);
    const options = { ...(await person(environment, "alice")), keyPackages: [bob!.keyPackage] };
    expect(await code(reinitialize(environment, chat.state("alice"), options))).toBe("successor.members");
  });

  it("[11.2-01] [11.2-02] [12.4.2-13] [12.4.3.1-17] a Welcome with other parameters than the ReInit asks for is refused", async () => {
    const chat = await reinitialized(await Chat.of(NAMES));
    const other = await reinitialized(await Chat.of(NAMES, environmentOf({ seed: "other" })));
    const predecessor = rosterOf(chat.state("bob"), epochOf(chat.state("bob")));
    const { epoch, tree, clients } = chat.state("bob");
    const group = (changes: object) => ({
      groupContext: { ...epoch.groupContext, epoch: 1n, groupId: GROUP, ...changes },
      tree,
      clients,
    });
    const verdict = (changes: object) => {
      try {
        checkSuccessor(predecessor, "reinit", group(changes));
        return "accepted";
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(verdict({})).toBe("accepted");
    expect(verdict({ epoch: 2n })).toBe("successor.epoch");
    expect(verdict({ groupId: utf8("another") })).toBe("successor.parameters");
    expect(verdict({ cipherSuite: 3 })).toBe("successor.parameters");
    expect(verdict({ extensions: [{ extensionType: 0xf000, extensionData: utf8("x") }] })).toBe("successor.parameters");
    expect(groupIdOf(other.state("bob"))).not.toEqual(groupIdOf(chat.state("bob")));
  });

  it("[8.4-05] [12.4.3.1-05] joining needs the old group, and the right one", async () => {
    const chat = await reinitialized(await Chat.of(NAMES));
    const stranger = await Chat.of(["bob"], environmentOf({ seed: "stranger" }));
    const { environment } = chat;
    const bundles = await packagesFor(environment, ["bob", "carol"]);
    const made = await reinitialize(environment, chat.state("alice"), {
      ...(await person(environment, "alice")),
      keyPackages: bundles.map(({ keyPackage }) => keyPackage),
    });
    const welcome = made.welcomes[0] as Uint8Array;
    expect(await code(joinGroup(environment, { welcome, keyPackages: bundles }))).toBe("psk.missing");
    const wrong = { welcome, keyPackages: bundles, predecessor: stranger.state("bob") };
    expect(await code(joinGroup(environment, wrong))).toBe("psk.missing");
    const right = { welcome, keyPackages: bundles, predecessor: chat.state("bob") };
    expect(await code(joinGroup(environment, right))).toBe("accepted");
  });

  it("[11.2-03] the PSK is of the epoch that the ReInit began, not of the one before", async () => {
    const chat = await Chat.of(NAMES);
    const before = chat.state("bob").tree;
    await reinitialized(chat);
    const bob = chat.state("bob");
    // A ReInit needs no path: the tree alone does not tell the epochs apart.
    expect(bob.tree).toBe(before);
    const { environment } = chat;
    const bundles = await packagesFor(environment, ["bob", "carol"]);
    for (const [pskEpoch, outcome] of [
      [epochOf(bob) - 1n, "successor.parameters"],
      [epochOf(bob), "accepted"],
    ] as const) {
      const identity = await person(environment, "alice");
      const founded = await createGroup(environment, { ...identity, groupId: GROUP, extensions: [] });
      const psk = { psktype: "resumption", usage: "reinit", pskGroupId: groupIdOf(bob), pskEpoch } as const;
      const adds = bundles.map(({ keyPackage }) => ({ proposalType: "add", keyPackage }) as const);
      const proposals = [...adds, { proposalType: "psk", psk } as const];
      const purpose = { kind: "reinit", predecessor: chat.state("alice") } as const;
      const { output } = await commitFor(environment, founded, { proposals }, purpose);
      const welcome = output.welcomes[0] as Uint8Array;
      expect(await code(joinGroup(environment, { welcome, keyPackages: bundles, predecessor: bob }))).toBe(outcome);
    }
  });
});

describe("§11.3 branching", () => {
  it("[11.3-01] [11.3-02] [11.3-03] some members go on in a group of their own; the old one lives", async () => {
    const chat = await Chat.of(NAMES);
    const { environment } = chat;
    const [carol] = await packagesFor(environment, ["carol"]);
    const made = await branch(environment, chat.state("alice"), {
      ...(await person(environment, "alice")),
      keyPackages: [carol!.keyPackage],
      groupId: utf8("branch"),
      ratchetTree: false,
      forcePath: true,
    });
    const joined = await joinGroup(environment, {
      welcome: made.welcomes[0] as Uint8Array,
      keyPackages: [carol!],
      ratchetTree: made.ratchetTree,
      predecessor: chat.state("carol"),
    });
    agree(made.state, joined.state);
    await chat.commit("bob");
    chat.agree();
  });

  it("[11.3-04] nobody comes in who was not there, judged by the roster of the PSK's epoch", async () => {
    const chat = await Chat.of(NAMES);
    const { environment } = chat;
    const [dave] = await packagesFor(environment, ["dave"]);
    const options = { ...(await person(environment, "alice")), keyPackages: [dave!.keyPackage] };
    expect(await code(branch(environment, chat.state("alice"), options))).toBe("successor.members");
    await chat.add("alice", ["dave"]);
    expect(await code(branch(environment, chat.state("alice"), options))).toBe("accepted");
  });

  it("[11.3-04] a Welcome from a branch is judged by the roster of that epoch, also later", async () => {
    const chat = await Chat.of(NAMES);
    const { environment } = chat;
    const [bob] = await packagesFor(environment, ["bob"]);
    const options = { ...(await person(environment, "alice")), keyPackages: [bob!.keyPackage] };
    const made = await branch(environment, chat.state("alice"), options);
    const before = chat.state("bob");
    await chat.remove("carol", "alice");
    const join = { welcome: made.welcomes[0] as Uint8Array, keyPackages: [bob!] };
    expect(await code(joinGroup(environment, { ...join, predecessor: before }))).toBe("accepted");
    expect(await code(joinGroup(environment, { ...join, predecessor: chat.state("bob") }))).toBe("accepted");
  });

  it("identities that the Authentication Service names are compared by their names", async () => {
    const client = (credential: { identity?: Uint8Array }) =>
      utf8(new TextDecoder().decode(credential.identity).slice(0, 3));
    const authentication = {
      authenticate: async (requests: readonly { credential: object }[]) =>
        requests.map(({ credential }) => ({ accepted: true as const, client: client(credential) })),
    };
    const chat = await Chat.of(NAMES, environmentOf({ authentication }));
    const environment = { ...chat.environment, random: seededRandom("named") };
    const bundle = await keyPackageFor(environment, "bob", { credential: basic("bob's new phone") });
    const options = { ...(await person(environment, "alice")), keyPackages: [bundle.keyPackage] };
    const made = await branch(environment, chat.state("alice"), options);
    const join = { welcome: made.welcomes[0] as Uint8Array, keyPackages: [bundle], predecessor: chat.state("bob") };
    agree(made.state, (await joinGroup(environment, join)).state);
  });
});

describe("§9.2 the founding epoch of a successor", () => {
  /** An environment that shows the founded group, which nobody else gets to see, and may refuse its first commit. */
  function watched(environment: Environment, allowed = true) {
    const founded: GroupState[] = [];
    const commit = (state: PublicState) => {
      founded.push(state as GroupState);
      return allowed;
    };
    return { founded, environment: { ...environment, permission: { commit } } };
  }

  const alive = (states: readonly GroupState[]) =>
    states.flatMap((state) => [...secretsHeld(state)]).filter(({ disposed }) => !disposed);

  it.each([true, false])("leaves nothing behind that the new state does not hold (path: %s)", async (forcePath) => {
    const chat = await Chat.of(NAMES);
    const { founded, environment } = watched(chat.environment);
    const [bob] = await packagesFor(environment, ["bob"]);
    const keyPackages = [bob!.keyPackage];
    const options = { ...(await person(environment, "alice")), keyPackages, forcePath };
    const { state, welcomes } = await branch(environment, chat.state("alice"), options);
    const held = new Set(secretsHeld(state));
    expect(founded.length).toBeGreaterThan(0);
    expect(alive(founded).filter((secret) => !held.has(secret))).toEqual([]);
    expect([...held].every(({ disposed }) => !disposed)).toBe(true);
    const leafKey = founded[0]?.self.privateKeys.get(toNodeIndex(leafIndex(0)));
    expect(leafKey?.disposed).toBe(forcePath);
    const join = { welcome: welcomes[0] as Uint8Array, keyPackages: [bob!], predecessor: chat.state("bob") };
    agree(state, (await joinGroup(chat.environment, join)).state);
    await chat.commit("alice");
    chat.agree();
  });

  it.each([
    ["its first commit is refused", false, "bob", "commit.unauthorised"],
    ["it is no successor", true, "dave", "successor.members"],
  ])("is wiped if %s", async (_, allowed, joiner, refusal) => {
    const chat = await Chat.of(NAMES);
    const { founded, environment } = watched(chat.environment, allowed);
    const [bundle] = await packagesFor(environment, [joiner]);
    const options = { ...(await person(environment, "alice")), keyPackages: [bundle!.keyPackage] };
    expect(await code(branch(environment, chat.state("alice"), options))).toBe(refusal);
    expect(founded.length).toBeGreaterThan(0);
    expect(alive(founded)).toEqual([]);
    await chat.commit("alice");
    chat.agree();
  });
});

describe("§11.2, §11.3 the resumption PSKs of successors", () => {
  it.each(["reinit", "branch"] as const)(
    "[11.2-04] [11.3-05] usage %s has no place in a group's own commits",
    async (usage) => {
      const chat = await Chat.of(NAMES);
      const psk = { psktype: "resumption", usage, pskEpoch: 1n } as const;
      const proposals = [{ proposalType: "psk", psk }] as const;
      expect(await code(createCommit(chat.environment, chat.state("alice"), { proposals }))).toBe("proposal.psk_usage");
    },
  );

  it("[12.4.3.1-06] a Welcome continues one group at most, and the one that is expected", () => {
    const psk = {
      psktype: "resumption",
      usage: "branch",
      pskGroupId: GROUP,
      pskEpoch: 1n,
      pskNonce: utf8("n"),
    } as const;
    expect(() => predecessorOf([psk, { ...psk, usage: "reinit" }], undefined)).toThrowError(
      /welcome.several_resumptions/,
    );
    expect(predecessorOf([{ ...psk, usage: "application" }], undefined)).toBeUndefined();
  });

  it("a group that continues nothing is not joined as a successor", async () => {
    const chat = await Chat.of(NAMES);
    const bundle = await keyPackageFor(chat.environment, "dave");
    const proposals = [{ proposalType: "add", keyPackage: bundle.keyPackage }] as const;
    const { output } = await createCommit(chat.environment, chat.state("alice"), { proposals });
    const join = { welcome: output.welcomes[0] as Uint8Array, keyPackages: [bundle], predecessor: chat.state("bob") };
    expect(await code(joinGroup(chat.environment, join))).toBe("welcome.resumption");
  });
});
