import { describe, expect, it } from "vitest";
import { EMPTY } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { checkExtensions } from "../../src/group/extensions.ts";
import { checkGroupExtensions, externalSenderRequests } from "../../src/group/group-extensions.ts";
import { type ExtensionPlace, registryOf } from "../../src/group/registrations.ts";
import { type Extension, ExternalSenders, RequiredCapabilities } from "../../src/wire/extension.ts";
import type { ExtensionType } from "../../src/wire/registries.ts";
import { failure } from "../support/failure.ts";
import { basic, Chat, environmentOf, registering } from "../support/group.ts";

type ListPlace = Exclude<ExtensionPlace, "leaf_node">;
const PLACES: readonly ListPlace[] = ["key_package", "group_context", "group_info"];
const GOOD: Readonly<Record<string, Uint8Array>> = {
  application_id: Uint8Array.of(0),
  ratchet_tree: Uint8Array.of(0),
  required_capabilities: Uint8Array.of(0, 0, 0),
  external_pub: Uint8Array.of(1, 1),
  external_senders: Uint8Array.of(0),
};
const BELONGS: Readonly<Record<string, readonly ListPlace[]>> = {
  application_id: [],
  ratchet_tree: ["group_info"],
  required_capabilities: ["group_context"],
  external_pub: ["group_info"],
  external_senders: ["group_context"],
};
const NONE = registryOf({});
const known = Object.keys(GOOD) as (ExtensionType & string)[];

describe("§17.3 extensions have their places", () => {
  it.each(known)("[17.3-01] %s", (extensionType) => {
    for (const place of PLACES) {
      const check = () =>
        checkExtensions(NONE, [{ extensionType, extensionData: GOOD[extensionType] ?? EMPTY }], place);
      if (BELONGS[extensionType]?.includes(place)) check();
      else expect(failure(check).code).toBe("extension.misplaced");
    }
  });

  it.each(PLACES)("[13.4-04] [13.5-03] in %s unknown ones may stand, but no type twice", (place) => {
    const unknown = [0x0a0a, 0xf001, 0, 0xffff].map((extensionType) => ({ extensionType, extensionData: EMPTY }));
    checkExtensions(NONE, unknown, place);
    checkExtensions(NONE, [], place);
    expect(failure(() => checkExtensions(NONE, [...unknown, ...unknown.slice(0, 1)], place)).code).toBe(
      "extensions.duplicate",
    );
  });

  it.each(PLACES)("in %s no more may stand than could be read of all members together", (place) => {
    const many = (length: number) =>
      Array.from({ length }, (_, i) => ({ extensionType: 0xf000 + i, extensionData: EMPTY }));
    checkExtensions(NONE, many(32), place);
    expect(failure(() => checkExtensions(NONE, many(33), place)).code).toBe("extensions.limit");
  });

  it.each(["required_capabilities", "external_senders", "external_pub"] as const)(
    "[12.1.7-04] %s must parse completely",
    (extensionType) => {
      const [place = "group_info"] = BELONGS[extensionType] ?? [];
      const good = GOOD[extensionType] ?? EMPTY;
      for (const extensionData of [
        Uint8Array.of(...good, 0),
        good.subarray(0, -1),
        Uint8Array.of(0xff, ...good),
        Uint8Array.of(0x40, 0, ...good.subarray(1)),
      ]) {
        expect(failure(() => checkExtensions(NONE, [{ extensionType, extensionData }], place)).reaction).toBe(
          "malformed",
        );
      }
    },
  );
});

describe("§11.1, §13.4 the extensions of a GroupContext bind all members", async () => {
  const able = {
    versions: ["mls10" as const],
    cipherSuites: [1],
    extensions: [0xf001],
    proposals: [0xf002],
    credentials: ["basic" as const, 0xf003],
  };
  const registrations = registering({ proposals: [0xf002], credentials: [0xf003] });
  const { tree } = (
    await Chat.of(["alice", "bob"], environmentOf({ registrations }), { leaves: { capabilities: able } })
  ).one;
  const required = (demands: Partial<RequiredCapabilities>): Extension => ({
    extensionType: "required_capabilities",
    extensionData: encode(RequiredCapabilities, {
      extensionTypes: [],
      proposalTypes: [],
      credentialTypes: [],
      ...demands,
    }),
  });

  it("[11.1-02] are met by what all list, and by default types", () => {
    checkGroupExtensions([], tree);
    checkGroupExtensions([{ extensionType: 0xf001, extensionData: EMPTY }], tree);
    checkGroupExtensions(
      [
        required({
          extensionTypes: [0xf001, "external_senders"],
          proposalTypes: [0xf002, "update"],
          credentialTypes: ["basic", 0xf003],
        }),
      ],
      tree,
    );
  });

  it.each<[string, Extension, string]>([
    ["[12.1.7-03] an extension", { extensionType: 0xf00a, extensionData: EMPTY }, "proposal.extension_unsupported"],
    ["[11.1-01] a required extension", required({ extensionTypes: [0xf00a] }), "proposal.required_capabilities"],
    ["[11.1-01] a required proposal", required({ proposalTypes: [0xf00a] }), "proposal.required_capabilities"],
    [
      "[11.1-02] a required credential, basic ones included",
      required({ credentialTypes: ["x509"] }),
      "proposal.required_capabilities",
    ],
  ])("are refused for %s that somebody lacks", (_, extension, code) => {
    expect(failure(() => checkGroupExtensions([extension], tree)).code).toBe(code);
  });

  it("[5.3.1-06] only new external senders are to be authenticated", () => {
    const senders = (...names: string[]): Extension[] => [
      {
        extensionType: "external_senders",
        extensionData: encode(
          ExternalSenders,
          names.map((name) => ({ signatureKey: Uint8Array.of(7), credential: basic(name) })),
        ),
      },
    ];
    const names = (extensions: Extension[], previous: Extension[]) =>
      externalSenderRequests(NONE, { groupId: EMPTY, extensions, previous }).map(({ credential }) => credential);
    expect(names(senders("a", "b"), [])).toEqual([basic("a"), basic("b")]);
    expect(names(senders("a", "b"), senders("b"))).toEqual([basic("a")]);
    expect(names(senders("a"), senders("a", "b"))).toEqual([]);
    expect(names([], senders("a"))).toEqual([]);
  });
});
