/** Bugs that were found, each as the test that would have found it. */
import { describe, expect, it } from "vitest";
import { copy, toHex, utf8 } from "../../src/bytes.ts";
import type { Signer } from "../../src/crypto/signer.ts";
import { createGroup } from "../../src/group/create.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { joinExternally } from "../../src/group/external.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import { processMessage } from "../../src/group/messages.ts";
import { acceptJoin } from "../../src/group/pending.ts";
import { observeGroup, observeMessage } from "../../src/group/public-group.ts";
import { secretsHeld } from "../../src/group/state.ts";
import { leafIndex } from "../../src/tree-math.ts";
import {
  authenticationBy,
  basic,
  Chat,
  DAY,
  environmentOf,
  keyPackageFor,
  NOW,
  person,
  refusals,
} from "../support/group.ts";

const NAMES = ["alice", "bob", "carol"] as const;
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error) => error.code,
  );

/** A service that calls a client by the first three letters of its name. */
const byFirstLetters = authenticationBy(({ credential }) => ({
  accepted: true,
  client: utf8(new TextDecoder().decode("identity" in credential ? credential.identity : utf8("?")).slice(0, 3)),
}));

describe("§12.2 one leaf for each client", () => {
  it("[12.2-08] an external joiner knows its own name like everyone else", async () => {
    const chat = await Chat.of(NAMES, environmentOf({ authentication: byFirstLetters }));
    await chat.joinExternally("alice", "eve's laptop");
    const { keyPackage } = await keyPackageFor(chat.environment, "eve's phone");
    const add = { proposals: [{ proposalType: "add", keyPackage }] } as const;
    for (const name of ["eve's laptop", "alice"]) {
      expect(await code(createCommit(chat.environment, chat.state(name), add))).toBe("proposals.client_already_member");
    }
  });

  it("[12.2-08] an external joiner whose signer makes its public key anew is known by name, too", async () => {
    const chat = await Chat.of(NAMES, environmentOf({ authentication: byFirstLetters }));
    const { signer } = await person(chat.environment, "ali's phone");
    const fresh: Signer = {
      get publicKey() {
        return copy(signer.publicKey);
      },
      sign: (message) => signer.sign(message),
    };
    const join = chat.joinExternally("bob", "ali's phone", { signer: fresh });
    expect(await code(join)).toBe("proposals.client_already_member");
  });

  it("[12.2-08] a committer who takes another name is known by it, to itself too", async () => {
    const chat = await Chat.of(NAMES, environmentOf({ authentication: byFirstLetters }));
    await chat.commit("alice", { leaf: { credential: basic("zoe") } });
    const { keyPackage } = await keyPackageFor(chat.environment, "zoe's phone");
    const add = { proposals: [{ proposalType: "add", keyPackage }] } as const;
    for (const name of ["alice", "bob"]) {
      expect(await code(createCommit(chat.environment, chat.state(name), add))).toBe("proposals.client_already_member");
    }
  });
});

describe("§12.4.2 a removed member", () => {
  it("[12.4.2-15] keeps nothing but what opens late messages", async () => {
    const chat = await Chat.of(NAMES);
    const late = await chat.send("bob", "late");
    const before = chat.state("alice");
    const { output } = await createCommit(chat.environment, chat.state("bob"), {
      proposals: [{ proposalType: "remove", removed: leafIndex(0) }],
    });
    const { state, spent } = await processMessage(chat.environment, before, output.message);
    const held = new Set(secretsHeld(state));
    const { initSecret, exporterSecret, membershipKey } = before.epoch.secrets;
    for (const gone of [initSecret, exporterSecret, membershipKey, ...before.self.privateKeys.values()]) {
      expect(spent).toContain(gone);
      expect(held.has(gone)).toBe(false);
    }
    for (const secret of spent) secret.dispose();
    expect(await refusals(chat.environment, [state], late)).toEqual(["accepted application"]);
  });
});

describe("§12.4.3 joining", () => {
  it("[7.2-08] a leaf whose lifetime is too long is refused in a tree, too", async () => {
    const lax = environmentOf({ policy: { maxLifetime: undefined } });
    const lifetime = { notBefore: 0n, notAfter: 0xffff_ffff_ffff_ffffn };
    const chat = await Chat.of(["alice", "bob"], lax, { leaves: { lifetime } });
    const bundle = await keyPackageFor(lax, "carol");
    const proposals = [{ proposalType: "add", keyPackage: bundle.keyPackage }] as const;
    const { output } = await createCommit(lax, chat.state("alice"), { proposals });
    const join = { welcome: output.welcomes[0]!, keyPackages: [bundle] };
    expect(await code(joinGroup(environmentOf(), join))).toBe("leaf.lifetime_too_long");
    expect(await code(joinGroup(lax, join))).toBe("accepted");
  });

  it("[7.3-07] an expired leaf in a tree is refused if the policy says so", async () => {
    const chat = await Chat.of(["alice", "bob"]);
    const bundle = await keyPackageFor(chat.environment, "carol");
    const proposals = [{ proposalType: "add", keyPackage: bundle.keyPackage }] as const;
    const { output } = await createCommit(chat.environment, chat.state("alice"), { proposals });
    const join = { welcome: output.welcomes[0]!, keyPackages: [bundle] };
    const later = { ...chat.environment, clock: () => NOW + 100n * DAY };
    expect(await code(joinGroup({ ...later, policy: { judgeJoinedLifetimes: true } }, join))).toBe("leaf.lifetime");
    expect(await code(joinGroup(later, join))).toBe("accepted");
  });

  it("[12.4.3-04] an external join into a group one is in already needs the removal of the older leaf", async () => {
    const chat = await Chat.of(NAMES);
    const groupInfo = await createGroupInfo(chat.environment, chat.state("alice"));
    const { groupId } = groupInfo.groupContext;
    const again = { ...(await person(chat.environment, "bob")), groupInfo, joined: [groupId] };
    expect(await code(joinExternally(chat.environment, again))).toBe("group.already_joined");
    const resync = await joinExternally(chat.environment, { ...again, removed: leafIndex(1) });
    await chat.receive("alice", resync.message);
    expect(toHex(acceptJoin(resync.pending).tree.hash)).toBe(toHex(chat.state("alice").tree.hash));
  });
});

describe("§12.1.5 re-initialisation", () => {
  it.each([
    [{ version: 2, cipherSuite: 1 }, "proposal.reinit_version"],
    [{ version: "mls10", cipherSuite: 0xeeee }, "proposal.reinit_suite"],
  ] as const)("[12.1.5-01] to %o is refused before the group is closed", async (target, expected) => {
    const chat = await Chat.of(NAMES);
    const request = { proposalType: "reinit", groupId: utf8("next"), extensions: [], ...target } as const;
    expect(await code(chat.propose("alice", request))).toBe(expected);
    expect(await code(createCommit(chat.environment, chat.state("alice"), { proposals: [request] }))).toBe(expected);
    const any = { ...chat.environment, policy: { reInitSuites: undefined } };
    if (target.version !== "mls10") return;
    const { output } = await createCommit(any, chat.state("alice"), { proposals: [request] });
    expect(await refusals(chat.environment, [chat.state("bob")], output.message)).toEqual([expected]);
  });

  it("closes the group to an observer as it does to members", async () => {
    const chat = await Chat.of(NAMES);
    const wireFormat = "mls_public_message";
    const observer = await observeGroup(chat.environment, {
      groupInfo: await createGroupInfo(chat.environment, chat.state("alice")),
    });
    const request = {
      proposalType: "reinit",
      groupId: utf8("n"),
      version: "mls10",
      cipherSuite: 1,
      extensions: [],
    } as const;
    const { output } = await createCommit(chat.environment, chat.state("alice"), { wireFormat, proposals: [request] });
    const after = await observeMessage(chat.environment, observer, output.message);
    expect(after.state.closed).toMatchObject({ reason: "reinitialized" });
    expect(await code(observeMessage(chat.environment, after.state, output.message))).toBe("state.reinitialized");
  });
});

describe("§11 a founder's options", () => {
  it("are copied: what is done to them later changes nothing", async () => {
    const environment = environmentOf();
    const extensionData = Uint8Array.of(0, 0, 0);
    const extensions = [{ extensionType: "required_capabilities" as const, extensionData }];
    const group = await createGroup(environment, { ...(await person(environment, "alice")), extensions });
    extensionData[0] = 99;
    extensions.pop();
    expect(group.epoch.groupContext.extensions).toEqual([
      { extensionType: "required_capabilities", extensionData: Uint8Array.of(0, 0, 0) },
    ]);
  });
});
