/** What an application registers: what may be, what a client then says of itself, and its extensions in their places. */
import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { opaque, uint16 } from "../../src/codec/presentation.ts";
import { struct } from "../../src/codec/struct.ts";
import { defaultCapabilities } from "../../src/group/capabilities.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import type { Environment } from "../../src/group/environment.ts";
import { createGroupInfo, verifyGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import { createProposal } from "../../src/group/propose.ts";
import { observeGroup } from "../../src/group/public-group.ts";
import {
  type CustomExtension,
  type CustomProposal,
  customBodies,
  type ExtensionChange,
  type ExtensionPlace,
  type Registrations,
} from "../../src/group/registrations.ts";
import { type Credential, Credential as CredentialCodec } from "../../src/wire/credential.ts";
import type { Extension } from "../../src/wire/extension.ts";
import type { Capabilities } from "../../src/wire/leaf-node.ts";
import { failure } from "../support/failure.ts";
import { Chat, copiesOf, environmentOf, keyPackageFor, refusals } from "../support/group.ts";
import { byValue, insiderCommit, insiderProposal } from "../support/group-insider.ts";
import { rejection } from "../support/rejection.ts";

const code = async (action: () => Promise<unknown>) => (await rejection(action)).code;
const proposal = (type: number): CustomProposal => ({ type, body: opaque, pathRequired: false });

describe("§13, §17 what can be registered", () => {
  const all = (type: number): readonly Registrations[] => [
    { proposals: [proposal(type)] },
    { credentials: [{ type, body: opaque }] },
    { extensions: [{ type, places: ["leaf_node"] }] },
  ];

  it.each([8, 9, 0x000a, 0x0a0b, 0xefff, 0xf000, 0xfafa, 0xffff])("type %d", (type) => {
    for (const registrations of all(type)) expect(customBodies(registrations)).toBeDefined();
  });

  it.each([0, 1, 2, -1, 1.5, 65536, Number.NaN, 0x0a0a, 0x5a5a, 0xeaea, "add", "f001", undefined, null])(
    "[13.5-02] [17.4-01] not type %s: of RFC 9420, reserved, or no type at all",
    (type) => {
      for (const registrations of all(type as number)) {
        expect(failure(() => customBodies(registrations)).code).toBe("registration.invalid");
      }
    },
  );

  it("types up to the last that the RFC defines are its own", () => {
    expect(failure(() => customBodies({ proposals: [proposal(7)] })).code).toBe("registration.invalid");
    expect(failure(() => customBodies({ extensions: [{ type: 5, places: ["leaf_node"] }] })).code).toBe(
      "registration.invalid",
    );
    expect(customBodies({ credentials: [{ type: 3, body: opaque }] })).toBeDefined();
  });

  it("no type twice, but one in each registry", () => {
    const [{ proposals }, { credentials }, { extensions }] = all(0xf001) as [
      Registrations,
      Registrations,
      Registrations,
    ];
    expect(customBodies({ ...{ proposals }, ...{ credentials }, ...{ extensions } } as Registrations)).toBeDefined();
    for (const [name, list] of Object.entries({ proposals, credentials, extensions })) {
      const twice = { [name]: [...(list as unknown[]), ...(list as unknown[])] } as Registrations;
      expect(failure(() => customBodies(twice)).code).toBe("registration.invalid");
    }
  });

  it("no body that cannot be read, and no extension without a place", () => {
    for (const body of [undefined, null, {}, { name: "x" }, { read: () => 1 }, () => 1]) {
      const bad = body as never;
      for (const registrations of [
        { proposals: [{ ...proposal(0xf001), body: bad }] },
        { credentials: [{ type: 0xf001, body: bad }] },
      ]) {
        expect(failure(() => customBodies(registrations)).code).toBe("registration.invalid");
      }
    }
    for (const places of [undefined, null, "leaf_node", {}, [], ["leaf"], ["group_context", "x"]]) {
      const registrations = { extensions: [{ type: 0xf001, places: places as unknown as ExtensionPlace[] }] };
      expect(failure(() => customBodies(registrations)).code).toBe("registration.invalid");
    }
  });

  it("no lists that are none, and nothing in them that is no registration", () => {
    const wrong: unknown[] = [null, 5, "all"];
    for (const list of ["proposals", "credentials", "extensions"]) {
      for (const value of [null, 5, {}, [null], [undefined], [5], ["add"]]) wrong.push({ [list]: value });
    }
    for (const registrations of wrong) {
      expect(failure(() => customBodies(registrations as Registrations)).code).toBe("registration.invalid");
    }
  });

  it("every operation refuses an environment with what cannot be", async () => {
    const wrong = environmentOf({ registrations: { proposals: [proposal(1)] } });
    expect(await code(() => keyPackageFor(wrong, "bob"))).toBe("registration.invalid");
    const chat = await Chat.of(["alice", "bob"]);
    expect(await code(() => createCommit(wrong, chat.state("alice")))).toBe("registration.invalid");
    const { message } = await chat.copy().commit("alice");
    expect(await refusals(wrong, [chat.state("bob")], message)).toEqual(["registration.invalid"]);
  });

  it("custom bodies are those of proposals and credentials, each by its own number", () => {
    const bodies = customBodies({ proposals: [proposal(0xf001)], credentials: [{ type: 0xf002, body: uint16 }] });
    expect(bodies("Proposal", 0xf001)).toBe(opaque);
    expect(bodies("Credential", 0xf002)).toBe(uint16);
    for (const [struct, type] of [
      ["Proposal", 0xf002],
      ["Credential", 0xf001],
      ["MLSMessage", 0xf001],
      ["toString", 0],
    ] as const) {
      expect(bodies(struct, type)).toBeUndefined();
    }
  });
});

describe("§7.2, §13.4 what a client says that it supports", () => {
  const registrations: Registrations = {
    proposals: [proposal(0xf001)],
    credentials: [{ type: 0xf002, body: opaque }],
    extensions: [{ type: 0xf003, places: ["leaf_node"] }],
  };
  const environment = environmentOf({ registrations });
  const listed = defaultCapabilities(environment.suite, registrations);

  it("[7.2-03] [13.4-01] is by default what is registered", () => {
    expect(listed).toEqual({
      versions: ["mls10"],
      cipherSuites: [1],
      extensions: [0xf003],
      proposals: [0xf001],
      credentials: ["basic", "x509", 0xf002],
    });
  });

  it.each<[string, Partial<Capabilities>]>([
    ["a proposal", { proposals: [0xf001, 0xf004] }],
    ["a credential", { credentials: ["basic", 0xf001] }],
    ["a suite", { cipherSuites: [1, 0xf001] }],
    ["a version", { versions: ["mls10", 2] }],
  ])("[13.4-01] is not %s that it lacks, wherever it is stated", async (_, claim) => {
    const capabilities = { ...listed, ...claim };
    const chat = await Chat.of(["alice", "bob"], environment);
    const leaf = { capabilities };
    for (const attempt of [
      () => keyPackageFor(environment, "carol", leaf),
      () => Chat.of(["carol"], environment, { leaves: leaf }),
      () => chat.copy().joinExternally("alice", "carol", leaf),
      () => createCommit(environment, chat.state("alice"), { leaf }),
      () => createProposal(environment, chat.state("alice"), { proposalType: "update", leaf }),
    ]) {
      const error = await rejection(attempt);
      expect([error.code, error.class, error.section]).toEqual(["capabilities.unsupported", "capability", "13.4"]);
    }
  });

  it("[13.4-01] may be suites that the policy would go on with, and no others", async () => {
    const capabilities = { ...listed, cipherSuites: [1, 2, 7] };
    expect(await keyPackageFor(environment, "carol", { capabilities })).toBeDefined();
    const narrow = { ...environment, policy: { reInitSuites: [1, 2] } };
    expect(await code(() => keyPackageFor(narrow, "carol", { capabilities }))).toBe("capabilities.unsupported");
    const wide = { ...environment, policy: { reInitSuites: undefined } };
    expect(
      await keyPackageFor(wide, "carol", { capabilities: { ...listed, cipherSuites: [1, 0xf123] } }),
    ).toBeDefined();
  });

  it("[13.5-01] may be GREASE, and extensions that only the application knows", async () => {
    const capabilities = {
      ...listed,
      cipherSuites: [1, 0x1a1a],
      extensions: [0x2a2a, 0xf009],
      proposals: [0x3a3a],
      credentials: ["basic" as const, 0x4a4a],
    };
    const { keyPackage } = await keyPackageFor(environment, "carol", { capabilities });
    expect(keyPackage.leafNode.capabilities).toEqual(capabilities);
  });

  it("[7.2-06] of others, anything is accepted", async () => {
    const other = environmentOf({ seed: "other", registrations: { proposals: [proposal(0xf00a)] } });
    const { keyPackage } = await keyPackageFor(other, "carol");
    const chat = await Chat.of(["alice", "bob"], environment);
    await chat.commit("alice", { proposals: [{ proposalType: "add", keyPackage }] });
  });
});

const Level = struct("Level", { level: uint16 });
const PLACES = ["key_package", "leaf_node", "group_context", "group_info"] as const;
const typeFor: Readonly<Record<ExtensionPlace, number>> = {
  key_package: 0xf101,
  leaf_node: 0xf102,
  group_context: 0xf103,
  group_info: 0xf104,
};
const changes: ExtensionChange[] = [];
const levels: readonly CustomExtension[] = PLACES.map((place) => ({
  type: typeFor[place],
  places: [place],
  body: Level,
  validate(change) {
    changes.push(change);
    const { level } = decode(Level, change.extensionData);
    if (level === 13) throw new Error("the rules broke");
    return level > 100 ? "too high" : undefined;
  },
}));
const NOTE = 0xf105;
const registrations = { extensions: [...levels, { type: NOTE, places: PLACES }] };
const environment = environmentOf({ registrations });
const lawless = environmentOf({
  seed: "lawless",
  registrations: { extensions: [...levels.map(({ type }) => type), NOTE].map((type) => ({ type, places: PLACES })) },
});

const level = (place: ExtensionPlace, octets: Uint8Array = encode(Level, { level: 5 })): Extension => ({
  extensionType: typeFor[place],
  extensionData: octets,
});
const group = copiesOf(() => Chat.of(["alice", "bob", "carol", "dave"], environment));
const gce = (...extensions: Extension[]) => ({ proposalType: "group_context_extensions", extensions }) as const;

/** Puts an extension where it is said to stand. */
const put: Readonly<Record<ExtensionPlace, (by: Environment, chat: Chat, extension: Extension) => Promise<unknown>>> = {
  key_package: (by, _, extension) => keyPackageFor(by, "erin", { extensions: [extension] }),
  leaf_node: (by, _, extension) => keyPackageFor(by, "erin", { leafExtensions: [extension] }),
  group_context: (by, chat, extension) => createCommit(by, chat.state("alice"), { proposals: [gce(extension)] }),
  group_info: (by, chat, extension) => createGroupInfo(by, chat.state("alice"), { extensions: [extension] }),
};

describe("§13.4 registered extensions", () => {
  it.each(PLACES)("[17.3-01] stand in %s if they are registered for it, and not elsewhere", async (place) => {
    const chat = await group();
    for (const registered of PLACES) {
      const attempt = () => put[place](environment, chat.copy(), level(registered));
      if (registered === place) await attempt();
      else expect(await code(attempt)).toBe("extension.misplaced");
    }
    await put[place](environment, chat, { extensionType: NOTE, extensionData: utf8("anything") });
  });

  it.each(PLACES)("in %s have a body that their codec reads, all of it", async (place) => {
    const chat = await group();
    for (const octets of [[], [1], [1, 2, 3]]) {
      const error = await rejection(() => put[place](environment, chat.copy(), level(place, Uint8Array.from(octets))));
      expect([error.reaction, error.details.path]).toEqual(["malformed", expect.stringContaining("Level")]);
    }
  });

  it("are refused where they are received, too", async () => {
    const chat = await group();
    const bad = [level("leaf_node"), level("group_context", Uint8Array.of(1))];
    const expected = ["extension.misplaced", "codec.truncated"];
    for (const [i, extension] of bad.entries()) {
      const { message } = await insiderProposal(environment, chat.state("alice"), gce(extension));
      expect(await refusals(environment, [chat.state("bob")], message)).toEqual([expected[i]]);
      const commit = await insiderCommit(environment, chat.state("alice"), { proposals: [byValue(gce(extension))] });
      expect(await refusals(environment, [chat.state("bob")], commit.message)).toEqual([expected[i]]);
      const groupInfo = await createGroupInfo(lawless, chat.state("alice"), { extensions: [level("leaf_node")] });
      expect(await code(() => verifyGroupInfo(environment, groupInfo))).toBe("extension.misplaced");
    }
    const { keyPackage } = await keyPackageFor(lawless, "erin", { leafExtensions: [level("key_package")] });
    const add = { proposalType: "add", keyPackage } as const;
    const { message } = await insiderCommit(environment, chat.state("alice"), { proposals: [byValue(add)] });
    expect(await refusals(environment, [chat.state("bob")], message)).toEqual(["extension.misplaced"]);
  });

  it("[13.4-02] types that are not registered keep their octets, in every place", async () => {
    const extensionType = 0xf1ff;
    const unknown: Extension = { extensionType, extensionData: utf8("kept") };
    const capabilities = { ...defaultCapabilities(environment.suite), extensions: [extensionType] };
    const chat = await Chat.of(["alice", "bob"], environment, { leaves: { capabilities, leafExtensions: [unknown] } });
    await chat.commit("alice", { proposals: [gce(unknown)] });
    expect(chat.state("bob").epoch.groupContext.extensions).toEqual([unknown]);
    expect(chat.state("bob").tree.leaf(chat.state("alice").self.leafIndex)?.extensions).toContainEqual(unknown);
    const groupInfo = await createGroupInfo(environment, chat.state("bob"), { extensions: [unknown] });
    expect(groupInfo.extensions).toContainEqual(unknown);
  });
});

describe("§12.1.7, §13.4 an application's rules for GroupContext extensions", () => {
  const at = (value: number) => level("group_context", encode(Level, { level: value }));

  it.each([
    [101, "extension.rejected"],
    [13, "extension.hook_failed"],
  ])("refuse level %d to who proposes, commits, creates, receives, joins or observes: %s", async (value, expected) => {
    const chat = await group();
    const { length } = chat.names;
    const request = gce(at(value));
    const error = await rejection(() => createProposal(environment, chat.state("alice"), request));
    expect([error.code, error.reaction, error.class]).toEqual([expected, "invalid", "invalid-extension"]);
    expect(value === 101 ? error.details.reason : String(error.cause)).toContain(value === 101 ? "too high" : "broke");
    expect(await code(() => createCommit(environment, chat.state("alice"), { proposals: [request] }))).toBe(expected);
    expect(await code(() => Chat.of(["erin"], environment, { extensions: [at(value)] }))).toBe(expected);
    const proposed = await insiderProposal(environment, chat.state("alice"), request);
    const committed = await insiderCommit(environment, chat.state("alice"), { proposals: [byValue(request)] });
    for (const { message } of [proposed, committed]) {
      const others = [...chat.states.values()].slice(1);
      expect(await refusals(environment, others, message)).toEqual(Array(length - 1).fill(expected));
    }

    const wild = await Chat.of(["alice", "bob"], lawless, { extensions: [at(value)] });
    const bundle = await keyPackageFor(environment, "erin");
    const { welcomes } = await wild
      .copy()
      .commit("alice", { proposals: [{ proposalType: "add", keyPackage: bundle.keyPackage }] });
    const [welcome = new Uint8Array(0)] = welcomes;
    expect(await code(() => joinGroup(environment, { welcome, keyPackages: [bundle] }))).toBe(expected);
    const groupInfo = await createGroupInfo(lawless, wild.one);
    expect(await code(() => observeGroup(environment, { groupInfo }))).toBe(expected);
  });

  it.each([
    [101, "extension.rejected"],
    [13, "extension.hook_failed"],
  ])("refuse a ReInit to level %d, whose successor nobody could join: %s", async (value, expected) => {
    const chat = await group();
    const successor = { groupId: utf8("new"), version: "mls10", cipherSuite: 1 } as const;
    const reInit = { proposalType: "reinit", ...successor, extensions: [at(value)] } as const;
    const good = { ...reInit, extensions: [at(5)] };
    expect(await code(() => createProposal(environment, chat.state("alice"), reInit))).toBe(expected);
    expect(await code(() => createCommit(environment, chat.state("alice"), { proposals: [reInit] }))).toBe(expected);
    const proposed = await insiderProposal(environment, chat.state("alice"), reInit);
    const committed = await insiderCommit(environment, chat.state("alice"), { proposals: [byValue(reInit)] });
    for (const { message } of [proposed, committed]) {
      expect(await refusals(environment, [chat.state("bob"), chat.state("dave")], message)).toEqual([
        expected,
        expected,
      ]);
    }
    changes.length = 0;
    await chat.commit("alice", { proposals: [good] });
    expect(changes.map(({ groupId, previous }) => [toHex(groupId), previous])).toEqual(
      Array(4).fill([toHex(successor.groupId), undefined]),
    );
  });

  it("are asked where an extension is new or has changed, and told what was there before", async () => {
    const chat = await group();
    const told = async (action: () => Promise<unknown>) => {
      changes.length = 0;
      await action();
      return changes.map(({ extensionData, previous }) => [
        decode(Level, extensionData).level,
        previous === undefined ? undefined : decode(Level, previous).level,
      ]);
    };
    const commit =
      (...extensions: Extension[]) =>
      () =>
        chat.commit("alice", { proposals: [gce(...extensions)] });
    expect(await told(commit(at(5)))).toEqual(Array(4).fill([5, undefined]));
    expect(changes[0]?.groupId).toEqual(chat.one.epoch.groupContext.groupId);
    const note: Extension = { extensionType: NOTE, extensionData: utf8("note") };
    expect(await told(commit(note, at(5)))).toEqual([]);
    expect(await told(commit(at(6), note))).toEqual(Array(4).fill([6, 5]));
    expect(await told(() => chat.propose("bob", gce(at(7))))).toEqual(Array(4).fill([7, 6]));
    expect(await told(() => chat.commit("carol"))).toEqual([]);
    expect(await told(() => chat.add("alice", ["erin"]))).toEqual([[7, undefined]]);
    expect(await told(commit())).toEqual([]);
    chat.agree();
  });
});

describe("§5.3 octets of a custom credential", () => {
  it("are canonical", () => {
    const credential: Credential = { credentialType: 0xf002, body: utf8("\u0003abc") };
    const bodies = customBodies({ credentials: [{ type: 0xf002, body: opaque }] });
    expect(decode(CredentialCodec, encode(CredentialCodec, credential), { bodies })).toEqual(credential);
  });
});
