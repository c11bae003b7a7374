import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import {
  type AuthenticationReason,
  type AuthenticationService,
  type AuthenticationVerdict,
  authenticate,
  requestFor,
  sameIdentity,
} from "../../src/group/authentication.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { joinExternally } from "../../src/group/external.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import { validateKeyPackage } from "../../src/group/key-package.ts";
import { processMessage } from "../../src/group/messages.ts";
import { createProposal, type ProposeRequest } from "../../src/group/propose.ts";
import { type Extension, ExternalSenders } from "../../src/wire/extension.ts";
import {
  authenticationBy,
  basic,
  Chat,
  copiesOf,
  copyOfState,
  environmentOf,
  fingerprint,
  keyPackageFor,
  person,
} from "../support/group.ts";
import { rejection } from "../support/rejection.ts";

const environment = environmentOf();
const { suite, random } = environment;
const group = copiesOf(() => Chat.of(["alice", "bob", "carol"], environment));

const senders = (...list: { signatureKey: Uint8Array; credential: ReturnType<typeof basic> }[]): Extension => ({
  extensionType: "external_senders",
  extensionData: encode(ExternalSenders, list),
});
const sender = async (name: string) => ({
  signatureKey: (await person(environment, name)).signer.publicKey,
  credential: basic(name),
});
const gce = (...extensions: Extension[]) => ({ proposalType: "group_context_extensions", extensions }) as const;

describe("§5.3.1 the Authentication Service is asked once in each operation", () => {
  it("with all that is new, and why", async () => {
    const authentication = authenticationBy();
    const e = { ...environment, authentication };
    const chat = await group();
    const [alice, bob] = [chat.state("alice"), chat.state("bob")];
    const eve = await keyPackageFor(environment, "eve");
    const adds = [eve.keyPackage, (await keyPackageFor(environment, "frank")).keyPackage].map(
      (keyPackage) => ({ proposalType: "add", keyPackage }) as const,
    );
    const signer = await generateSigner(suite, random);
    const extension = senders(await sender("s"), await sender("t"));

    await validateKeyPackage(e, eve.keyPackage);
    expect(authentication.reasons()).toEqual([["key_package"]]);

    const options = {
      proposals: [...adds, gce(extension)],
      leaf: { signer },
      wireFormat: "mls_public_message",
    } as const;
    const { output } = await createCommit(e, alice, options);
    expect(authentication.reasons().map((reasons) => reasons.toSorted())).toEqual([
      ["commit", "external_sender", "external_sender", "key_package", "key_package"],
    ]);

    await processMessage(e, bob, output.message);
    expect(authentication.calls[0]?.every(({ groupId }) => groupId?.length === 32)).toBe(true);
    expect(authentication.reasons().map((reasons) => reasons.toSorted())).toEqual([
      ["add", "add", "commit", "external_sender", "external_sender"],
    ]);

    await joinGroup(e, { welcome: output.welcomes[0] ?? new Uint8Array(0), keyPackages: [eve] });
    expect(authentication.reasons()).toEqual([
      ["member", "member", "member", "member", "member", "external_sender", "external_sender"],
    ]);

    await createCommit(e, bob, { wireFormat: "mls_public_message" });
    expect(authentication.calls).toEqual([]);

    await joinExternally(e, {
      ...(await person(environment, "x")),
      groupInfo: await createGroupInfo(environment, alice),
    });
    expect(authentication.reasons()).toEqual([["member", "member", "member", "external_commit"]]);
  });

  it.each<[string, () => Promise<ProposeRequest>, AuthenticationReason[][], AuthenticationReason[][]]>([
    [
      "[5.3.1-03] an Add",
      async () => ({ proposalType: "add", keyPackage: (await keyPackageFor(environment, "eve")).keyPackage }),
      [["key_package"]],
      [["add"]],
    ],
    [
      "[5.3.1-04] an Update with a new signer",
      async () => ({ proposalType: "update", leaf: { signer: await generateSigner(suite, random) } }),
      [["update"]],
      [["update"]],
    ],
    [
      "[5.3.1-04] an Update with a new credential",
      async () => ({ proposalType: "update", leaf: { credential: basic("robert") } }),
      [["update"]],
      [["update"]],
    ],
    ["[5.3.1-04] an Update that changes neither", async () => ({ proposalType: "update" }), [], []],
    [
      "[5.3.1-06] GroupContextExtensions with external senders",
      async () => gce(senders(await sender("s"))),
      [["external_sender"]],
      [["external_sender"]],
    ],
    ["a Remove", async () => ({ proposalType: "remove", removed: 2 as never }), [], []],
    ["a PSK", async () => ({ proposalType: "psk", psk: { psktype: "external", pskId: utf8("id") } }), [], []],
  ])("%s: by its sender, by those who receive it, and not again in the commit", async (_, make, own, others) => {
    const authentication = authenticationBy();
    const e = { ...environment, authentication, psks: { external: () => utf8("psk") } };
    const chat = await group();
    const request = await make();
    const sent = chat.adopt("bob", await createProposal(e, chat.state("bob"), request));
    expect(authentication.reasons()).toEqual(own);
    for (const name of ["alice", "carol"]) chat.adopt(name, await processMessage(e, chat.state(name), sent.message));
    expect(authentication.reasons()).toEqual([...others, ...others]);
    const { output } = await createCommit(e, chat.state("alice"));
    if (request.proposalType !== "remove") await processMessage(e, chat.state("bob"), output.message);
    expect(authentication.reasons()).toEqual([]);
  });

  it("[5.3.1-06] about external senders that were not there before", async () => {
    const [one, two] = [await sender("one"), await sender("two")];
    const authentication = authenticationBy();
    const chat = await Chat.of(["alice", "bob"], environment, { extensions: [senders(one)] });
    const sent = await createProposal({ ...environment, authentication }, chat.one, gce(senders(two, one)));
    expect(authentication.calls).toMatchObject([
      [{ reason: "external_sender", credential: basic("two"), leafNode: undefined }],
    ]);
    expect(sent.state.proposals.size).toBe(1);
  });

  it("[5.3.1-04] with the identity that an Update replaces", async () => {
    const authentication = authenticationBy(({ predecessor }) => predecessor === undefined);
    const e = { ...environment, authentication };
    const chat = await group();
    const sent = await createProposal(environment, chat.state("bob"), {
      proposalType: "update",
      leaf: { credential: basic("mallory") },
    });
    expect((await rejection(() => processMessage(e, chat.state("alice"), sent.output.message))).code).toBe(
      "credential.rejected",
    );
    const signatureKey = chat.state("bob").self.signer.publicKey;
    expect(authentication.calls).toMatchObject([
      [
        {
          reason: "update",
          credential: basic("mallory"),
          leafIndex: 1,
          predecessor: { credential: basic("bob"), signatureKey },
        },
      ],
    ]);
  });
});

describe("§5.3.1 whatever is no acceptance is a rejection", () => {
  /** An accepting verdict, one of whose fields can't be read. */
  const throwing = (field: "accepted" | "client"): AuthenticationVerdict =>
    Object.defineProperty({ accepted: true, client: utf8("x") } as const, field, {
      get: () => {
        throw new Error("secret reasons");
      },
    });
  const services: [string, AuthenticationService["authenticate"], string][] = [
    ["rejects", async (requests) => requests.map(() => ({ accepted: false, reason: "no" })), "credential.rejected"],
    [
      "rejects one of them",
      async (requests) => requests.map((_, i) => ({ accepted: i > 0 }) as never),
      "credential.rejected",
    ],
    [
      "rejects the last of them",
      async (requests) => requests.map((_, i) => ({ accepted: i < requests.length - 1 }) as never),
      "credential.rejected",
    ],
    [
      "gives too few verdicts",
      async (requests) => requests.slice(1).map(() => ({ accepted: true })),
      "credential.rejected",
    ],
    ["gives no verdict", async () => [], "credential.rejected"],
    [
      "gives something truthy",
      async (requests) => requests.map(() => ({ accepted: "yes" }) as never),
      "credential.rejected",
    ],
    ["gives bare truths", async (requests) => requests.map(() => true as never), "credential.rejected"],
    ["gives nulls", async (requests) => requests.map(() => null as never), "credential.rejected"],
    ["gives nothing", async () => undefined as never, "credential.hook_failed"],
    ["gives null", async () => null as never, "credential.hook_failed"],
    ["gives a truth", async () => true as never, "credential.hook_failed"],
    [
      "gives an object",
      async () => ({ 0: { accepted: true }, 1: { accepted: true }, length: 2 }) as never,
      "credential.hook_failed",
    ],
    [
      "throws",
      () => {
        throw new Error("secret reasons");
      },
      "credential.hook_failed",
    ],
    [
      "throws nothing",
      () => {
        throw undefined;
      },
      "credential.hook_failed",
    ],
    [
      "gives a verdict that throws",
      async (requests) => requests.map(() => throwing("accepted")),
      "credential.hook_failed",
    ],
    ["gives a name that throws", async (requests) => requests.map(() => throwing("client")), "credential.hook_failed"],
    [
      "gives a name that is none",
      async (requests) => requests.map(() => ({ accepted: true, client: "alice" }) as never),
      "credential.hook_failed",
    ],
    [
      "gives a list that throws",
      async (requests) => new Proxy([...requests] as never[], { get: () => throwing("accepted").accepted as never }),
      "credential.hook_failed",
    ],
    ["fails later", () => Promise.reject(new Error("no")), "credential.hook_failed"],
  ];

  it.each(services)("[5.3.1-07] a service that %s", async (_, answer, code) => {
    const e = { ...environment, authentication: { authenticate: answer } };
    const chat = await group();
    const [alice, bob] = [copyOfState(chat.state("alice")), chat.state("bob")];
    const bundles = [await keyPackageFor(environment, "eve"), await keyPackageFor(environment, "frank")];
    const proposals = bundles.map(({ keyPackage }) => ({ proposalType: "add", keyPackage }) as const);
    const before = [alice, bob].map(fingerprint);
    const refused = await rejection(() => createCommit(e, alice, { proposals }));
    expect([refused.code, refused.class]).toEqual([code, "credential-rejected"]);
    const { output } = await createCommit(environment, chat.state("alice"), { proposals });
    expect((await rejection(() => processMessage(e, bob, output.message))).code).toBe(code);
    const welcome = { welcome: output.welcomes[0] ?? new Uint8Array(0), keyPackages: bundles };
    expect((await rejection(() => joinGroup(e, welcome))).code).toBe(code);
    expect([alice, bob].map(fingerprint)).toEqual(before);
    await processMessage(environment, bob, output.message);
    await joinGroup(environment, welcome);
  });

  it("asks nothing about nothing, and takes more verdicts than it asked for", async () => {
    const { signer, credential } = await person(environment, "x");
    await authenticate({ authenticate: () => Promise.reject(new Error("not asked")) }, []);
    const identity = { credential, signatureKey: signer.publicKey };
    await authenticate({ authenticate: async () => [{ accepted: true }, { accepted: false }] }, [
      requestFor("member", identity, {}),
    ]);
  });

  it("two identities are the same if key and credential are", async () => {
    const [one, two] = [await sender("one"), await sender("two")];
    expect(sameIdentity(one, { signatureKey: one.signatureKey.slice(), credential: basic("one") })).toBe(true);
    expect(sameIdentity(one, two)).toBe(false);
    expect(sameIdentity(one, { ...one, credential: basic("two") })).toBe(false);
    expect(sameIdentity(one, { ...one, credential: { credentialType: "x509", certificates: [] } })).toBe(false);
    expect(sameIdentity(one, { ...one, signatureKey: two.signatureKey })).toBe(false);
  });

  it("[5.3-01] sees X.509 chains together with the signature key", async () => {
    const authentication = authenticationBy();
    const credential = {
      credentialType: "x509",
      certificates: [{ certData: utf8("leaf") }, { certData: utf8("issuer") }],
    } as const;
    const { keyPackage } = await keyPackageFor(environment, "x", { credential });
    await validateKeyPackage({ ...environment, authentication }, keyPackage);
    expect(authentication.calls[0]?.[0]).toMatchObject({ credential, signatureKey: keyPackage.leafNode.signatureKey });
  });
});

describe("§12.2 the service may name clients", () => {
  /** Everybody whose name begins alike is the same client. */
  const naming = authenticationBy(({ credential }) => ({
    accepted: true,
    client: credential.credentialType === "basic" ? credential.identity.slice(0, 3) : utf8("?"),
  }));
  const e = { ...environment, authentication: naming };

  it("[12.2-07] [12.2-08] and then a group has one leaf for each", async () => {
    const chat = await Chat.of(["alice", "bob", "carol"], e);
    for (const name of chat.names) chat.state(name);
    const twin = await keyPackageFor(environment, "alicia");
    const add = { proposalType: "add", keyPackage: twin.keyPackage } as const;
    expect((await rejection(() => createCommit(e, chat.state("bob"), { proposals: [add] }))).code).toBe(
      "proposals.client_already_member",
    );
    const { output } = await createCommit(environment, copyOfState(chat.state("bob")), { proposals: [add] });
    expect((await rejection(() => processMessage(e, chat.state("carol"), output.message))).code).toBe(
      "proposals.client_already_member",
    );
    const two = [await keyPackageFor(environment, "dave"), await keyPackageFor(environment, "davina")].map(
      ({ keyPackage }) => ({ proposalType: "add", keyPackage }) as const,
    );
    expect((await rejection(() => createCommit(e, chat.state("bob"), { proposals: two }))).class).toBe(
      "invalid-proposal-list",
    );
    const remove = { proposalType: "remove", removed: chat.state("alice").self.leafIndex } as const;
    await chat.commit("bob", { proposals: [remove, add] }, new Map([["alicia", twin]]));
    chat.states.delete("alice");
    chat.agree();
    expect((await rejection(() => chat.joinExternally("bob", "caroline"))).code).toBe(
      "proposals.client_already_member",
    );
    await chat.joinExternally("bob", "carl", { removed: chat.state("carol").self.leafIndex });
    chat.states.delete("carol");
    chat.agree();
    await chat.propose("bob", { proposalType: "update", leaf: { credential: basic("zoe") } });
    await chat.commit("alicia");
    await chat.add("alicia", ["bobby"]);
    chat.agree();
  });
});
