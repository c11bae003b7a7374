/**
 * Callers without types: what is no octet string, no number and no hook is refused with a typed error, and never taken
 * for something else. What is an octet string in an unusual coat is read as the octets that it is.
 */
import { describe, expect, it } from "vitest";
import { copy, toHex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { MlsError } from "../../src/errors.ts";
import { createGroup } from "../../src/group/create.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import type { Environment } from "../../src/group/environment.ts";
import { joinExternally } from "../../src/group/external.ts";
import { createGroupInfo, groupInfoIn, verifyGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import { createKeyPackage, importKeyPackage, validateKeyPackage } from "../../src/group/key-package.ts";
import { exportSecret } from "../../src/group/members.ts";
import { processMessage, protect } from "../../src/group/messages.ts";
import { acceptCommit } from "../../src/group/pending.ts";
import { createProposal } from "../../src/group/propose.ts";
import { observeGroup, observeMessage } from "../../src/group/public-group.ts";
import { decodeState, encodeState } from "../../src/group/snapshot.ts";
import { extensionsOf, groupIdOf } from "../../src/group/state.ts";
import { GroupContext } from "../../src/wire/group-context.ts";
import { Chat, copiesOf, environmentOf, fingerprint, keyPackageFor, person } from "../support/group.ts";
import { rejection } from "../support/rejection.ts";

// biome-ignore lint/suspicious/noExplicitAny: what callers without types pass
type Anything = any;

const environment = environmentOf({ seed: "callers" });
const { suite } = environment;
const two = copiesOf(() => Chat.of(["alice", "bob"], environment));

class Octets extends Uint8Array {}

/** Leaves the octets without memory, as handing them to a worker does. */
function detached(): Uint8Array {
  const octets = new Uint8Array(8);
  structuredClone(octets, { transfer: [octets.buffer] });
  return octets;
}

const notOctets: Record<string, () => unknown> = {
  null: () => null,
  "a text": () => "abc",
  "a number": () => 64,
  "a negative number": () => -1,
  "a huge number": () => 1e20,
  "a bigint": () => 1n,
  "a boolean": () => true,
  "a symbol": () => Symbol("octets"),
  "an object": () => ({}),
  "an object without a prototype": () => Object.create(null),
  "something with a huge length": () => ({ length: 2 ** 40 }),
  "an array of others": () => [null],
  "other octets": () => new Uint16Array(4),
  "a view": () => new DataView(new ArrayBuffer(4)),
  "bare memory": () => new ArrayBuffer(4),
  "what claims to be octets": () => Object.create(Uint8Array.prototype),
  "a proxy": () => new Proxy(new Uint8Array(4), {}),
};

const places: Record<string, (octets: Anything) => unknown> = {
  "processMessage, message": async (octets) => processMessage(environment, (await two()).one, octets),
  "observeMessage, message": async (octets) => {
    const groupInfo = await createGroupInfo(environment, (await two()).one);
    return observeMessage(environment, await observeGroup(environment, { groupInfo }), octets);
  },
  "joinGroup, welcome": async (welcome) =>
    joinGroup(environment, { welcome, keyPackages: [await keyPackageFor(environment, "x")] }),
  "decodeState, octets": (octets) => decodeState(environment, octets),
  "groupInfoIn, octets": (octets) => groupInfoIn(octets),
  "importKeyPackage, key": async (initPrivateKey) => {
    const { keyPackage, encryptionPrivateKey } = await keyPackageFor(environment, "x");
    const keys = { encryptionPrivateKey: encryptionPrivateKey.bytes, signaturePrivateKey: encryptionPrivateKey.bytes };
    return importKeyPackage(environment, keyPackage, { ...keys, initPrivateKey });
  },
  "createGroup, group id": async (groupId) =>
    createGroup(environment, { ...(await person(environment, "x")), groupId }),
  "protect, data": async (octets) => protect(environment, (await two()).one, octets),
  "authenticated data, if any": async (authenticatedData) =>
    protect(environment, (await two()).one, utf8("text"), { authenticatedData }),
  "PSK id": async (pskId) => {
    const psks = { external: () => new Uint8Array(32) };
    const psk = { psktype: "external", pskId } as const;
    return createCommit({ ...environment, psks }, (await two()).one, { proposals: [{ proposalType: "psk", psk }] });
  },
  "PSK from the store": async (octets) => {
    const psk = { psktype: "external", pskId: utf8("id") } as const;
    const psks = { external: () => octets };
    return createCommit({ ...environment, psks }, (await two()).one, { proposals: [{ proposalType: "psk", psk }] });
  },
  "client of a verdict": async (client) => {
    const authentication = { authenticate: async () => [{ accepted: true as const, client }] };
    return createGroup({ ...environment, authentication }, await person(environment, "x"));
  },
  "context of an exported secret": async (context) =>
    exportSecret(suite, (await two()).one, { label: "label", context, length: 16 }),
  "references of a commit": async (reference) =>
    createCommit(environment, (await two()).one, { references: [reference] }),
  "signature of a GroupInfo": async (signature) => {
    const groupInfo = await createGroupInfo(environment, (await two()).one);
    return verifyGroupInfo(environment, { ...groupInfo, signature });
  },
};

/** Whatever is neither refused with a typed error nor allowed. */
async function wronglyTaken(
  values: Record<string, () => unknown>,
  use: (value: Anything) => unknown,
  allowed: readonly string[],
): Promise<string[]> {
  const wrong: string[] = [];
  for (const [name, make] of Object.entries(values)) {
    try {
      await use(make());
      if (!allowed.includes(name)) wrong.push(`${name}: accepted`);
    } catch (error) {
      if (!(error instanceof MlsError)) wrong.push(`${name}: ${String(error)}`);
    }
  }
  return wrong;
}

describe("octet strings", () => {
  it.each(Object.keys(places))("%s: what is none is refused, and not taken for another", async (place) => {
    const use = places[place] ?? expect.unreachable();
    expect(await wronglyTaken(notOctets, use, place.endsWith("if any") ? ["null"] : [])).toEqual([]);
  });

  it("that were handed to a worker are refused", async () => {
    const chat = await two();
    for (const run of [
      () => processMessage(environment, chat.one, detached()),
      () => decodeState(environment, detached()),
      () => groupInfoIn(detached()),
    ])
      expect((await rejection(run)).reaction).toMatch(/malformed|usage/);
  });

  it("[2.1-06] of any class, pool or shared memory are read as what they hold", async () => {
    const chat = await two();
    const message = await chat.send("alice", "text");
    const coats = [
      (octets: Uint8Array) => Buffer.from(octets),
      (octets: Uint8Array) => new Octets(octets),
      (octets: Uint8Array) => {
        const shared = new Uint8Array(new SharedArrayBuffer(octets.length + 2), 1, octets.length);
        shared.set(octets);
        return shared;
      },
      (octets: Uint8Array) => {
        const room = new Uint8Array(octets.length + 9);
        room.set(octets, 5);
        return room.subarray(5, 5 + octets.length);
      },
    ];
    for (const coat of coats) {
      const dressed = coat(message);
      const bob = chat.copy().state("bob");
      const receiving = processMessage(environment, bob, dressed);
      dressed.fill(0);
      expect((await receiving).output).toMatchObject({ contentType: "application", applicationData: utf8("text") });
      const sent = await protect(environment, chat.copy().state("alice"), coat(utf8("text")), {
        authenticatedData: coat(utf8("aad")),
      });
      const { output } = await processMessage(environment, bob, sent.output);
      expect(output).toMatchObject({ applicationData: utf8("text") });
      const restored = await decodeState(environment, coat(encodeState(environment, bob)), {
        signers: [bob.self.signer],
      });
      expect(fingerprint(restored)).toBe(fingerprint(bob));
    }
  });

  it("[2.1-06] that the caller goes on using are not part of a group", async () => {
    const groupId = utf8("group");
    const extensionData = Uint8Array.of(0, 0, 0);
    const extensions = [{ extensionType: "required_capabilities", extensionData }] as const;
    const state = await createGroup(environment, { ...(await person(environment, "alice")), groupId, extensions });
    const before = toHex(encode(GroupContext, state.epoch.groupContext));
    groupId.fill(0xff);
    extensionData.fill(0xff);
    expect(toHex(groupIdOf(state))).toBe(toHex(utf8("group")));
    expect(toHex(extensionsOf(state)[0]?.extensionData ?? copy(groupId))).toBe("000000");
    expect(toHex(encode(GroupContext, state.epoch.groupContext))).toBe(before);
  });
});

describe("numbers", () => {
  const notNumbers: Record<string, () => unknown> = {
    "minus one": () => -1,
    "2^32": () => 2 ** 32,
    "2^53": () => 2 ** 53,
    "a fraction": () => 1.5,
    "no number": () => Number.NaN,
    infinity: () => Number.POSITIVE_INFINITY,
    "a text": () => "1",
    "a name of Object": () => "__proto__",
    "another name of Object": () => "constructor",
    null: () => null,
    "an object": () => ({ valueOf: () => 1 }),
    "an object without a prototype": () => Object.create(null),
    "octets that claim": () => Object.create(Uint8Array.prototype),
    "a symbol": () => Symbol("1"),
    "an array": () => [1],
  };
  const uses: Record<string, (value: Anything) => unknown> = {
    "leaf to remove": async (removed) =>
      createProposal(environment, (await two()).one, { proposalType: "remove", removed }),
    "own old leaf": async (removed) => {
      const groupInfo = await createGroupInfo(environment, (await two()).one);
      return joinExternally(environment, { ...(await person(environment, "x")), groupInfo, removed });
    },
    "epoch of a PSK": async (pskEpoch) => {
      const psk = { psktype: "resumption", pskEpoch } as const;
      return createProposal(environment, (await two()).one, { proposalType: "psk", psk });
    },
    "type of a proposal": async (proposalType) =>
      createProposal(environment, (await two()).one, { proposalType } as Anything),
    "type of an extension": async (extensionType) => {
      const extensions = [{ extensionType, extensionData: new Uint8Array(0) }];
      return createCommit(environment, (await two()).one, {
        proposals: [{ proposalType: "group_context_extensions", extensions }],
      });
    },
    "length of an exported secret": async (length) =>
      exportSecret(suite, (await two()).one, { label: "label", context: utf8(""), length }),
    padding: async (length) => protect(environment, (await two()).one, utf8("text"), { padding: () => length }),
    "wire format": async (wireFormat) => createCommit(environment, (await two()).one, { wireFormat }),
    "signer of a GroupInfo": async (signer) => {
      const groupInfo = await createGroupInfo(environment, (await two()).one);
      return verifyGroupInfo(environment, { ...groupInfo, signer });
    },
    "limit of the policy": async (maxPastEpochs) => {
      const chat = await two();
      const created = await createCommit(environment, chat.one);
      return acceptCommit({ ...environment, policy: { maxPastEpochs } }, created.state, created.output.pending);
    },
  };
  const allowed: Record<string, readonly string[]> = { "limit of the policy": ["2^32"], "wire format": ["null"] };

  it.each(Object.keys(uses))("%s: what is none is refused with a typed error", async (use) => {
    expect(await wronglyTaken(notNumbers, uses[use] ?? expect.unreachable(), allowed[use] ?? [])).toEqual([]);
  });

  it("[2.1-05] minus zero is leaf zero", async () => {
    const chat = await two();
    const removal = { proposalType: "remove", removed: -0 as never } as const;
    const { output, state } = await createProposal(environment, chat.state("bob"), removal);
    await chat.receive("alice", output.message);
    const created = await createCommit(environment, state);
    const { output: received } = await processMessage(environment, chat.state("alice"), created.output.message);
    expect(received).toMatchObject({ contentType: "commit", commit: { removedSelf: true } });
  });
});

describe("hooks", () => {
  const clocks: Record<string, () => unknown> = {
    nothing: () => undefined,
    null: () => null,
    "no number": () => Number.NaN,
    "a text": () => "soon",
    "a date": () => new Date(0),
    "an object": () => ({}),
  };

  it.each(Object.entries(clocks))(
    "[7.3-06] a clock that answers %s does not make every lifetime valid",
    async (_, clock) => {
      const { keyPackage } = await keyPackageFor(environment, "dave", { lifetime: { notBefore: 1n, notAfter: 2n } });
      const broken = { ...environment, clock: clock as Environment["clock"] };
      await rejection(() => validateKeyPackage(broken, keyPackage));
      await rejection(async () => createKeyPackage(broken, await person(environment, "x")));
    },
  );

  it("[5.3.1-07] verdicts that cannot be read are refusals", async () => {
    const { keyPackage } = await keyPackageFor(environment, "dave");
    const trap = () => {
      throw new Error("a trap");
    };
    const answers: (() => unknown)[] = [
      () => undefined,
      () => [],
      () => [null],
      () => ["accepted"],
      () => [{ accepted: "true" }],
      () => [{ accepted: 1 }],
      () => ({ 0: { accepted: true }, length: 1 }),
      () => new Proxy([], { get: trap }),
      trap,
      () => [Object.defineProperty({}, "accepted", { get: trap })],
    ];
    for (const answer of answers) {
      const authentication = { authenticate: async () => answer() as never };
      const error = await rejection(() => validateKeyPackage({ ...environment, authentication }, keyPackage));
      expect(error.class).toBe("credential-rejected");
    }
  });
});
