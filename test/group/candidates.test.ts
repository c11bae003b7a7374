import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import type { AuthenticationVerdict } from "../../src/group/authentication.ts";
import { chooseCipherSuite, judgeCandidates, sweepCredentials } from "../../src/group/candidates.ts";
import { defaultCapabilities } from "../../src/group/capabilities.ts";
import { authenticationBy, basic, Chat, DAY, environmentOf, keyPackageFor, NOW, suiteOf } from "../support/group.ts";

const flip = (octets: Uint8Array) => octets.map((octet, i) => (i === 5 ? octet ^ 1 : octet));

describe("§10.1 candidates for an add", () => {
  it("each has its reason, and the rest goes through", async () => {
    const service = authenticationBy(
      ({ credential }) => !("identity" in credential) || credential.identity[0] !== 0x6d,
    );
    const chat = await Chat.of(["alice", "bob"], environmentOf({ authentication: service }));
    const { environment } = chat;
    const good = await keyPackageFor(environment, "carol");
    const twin = await keyPackageFor(environment, "carol again", { signer: good.signer });
    const expired = await keyPackageFor(environment, "dave", {
      lifetime: { notBefore: NOW - 9n * DAY, notAfter: NOW - DAY },
    });
    const other = await keyPackageFor(environmentOf({ suite: suiteOf(3), seed: "3" }), "erin");
    const member = await keyPackageFor(environment, "bob", { signer: chat.state("bob").self.signer });
    const forged = (await keyPackageFor(environment, "frank")).keyPackage;
    const mallory = await keyPackageFor(environment, "mallory");
    const narrow = { ...defaultCapabilities(environment.suite), credentials: ["x509" as const] };
    const certified = await keyPackageFor(environment, "grace", {
      credential: { credentialType: "x509", certificates: [] },
      capabilities: narrow,
    });
    service.calls.length = 0;
    const verdicts = await judgeCandidates(environment, chat.state("alice"), [
      good.keyPackage,
      expired.keyPackage,
      other.keyPackage,
      member.keyPackage,
      { ...forged, signature: flip(forged.signature) },
      mallory.keyPackage,
      twin.keyPackage,
      certified.keyPackage,
    ]);
    expect(verdicts.map(({ reason }) => reason?.code)).toEqual([
      undefined,
      "leaf.lifetime",
      "key_package.cipher_suite",
      "proposals.client_already_member",
      "key_package.signature",
      "credential.rejected",
      "proposals.client_added_twice",
      "leaf.credential_unsupported",
    ]);
    expect(service.reasons()).toEqual([["key_package", "key_package", "key_package"]]);
    const eligible = verdicts.filter(({ reason }) => reason === undefined).map(({ keyPackage }) => keyPackage);
    await chat.commit("alice", { proposals: eligible.map((keyPackage) => ({ proposalType: "add", keyPackage })) });
    chat.agree();
  });

  it("[12.2-08] a client that the service knows under another key is no candidate", async () => {
    const name = (): AuthenticationVerdict => ({ accepted: true, client: utf8("one and the same") });
    const chat = await Chat.of(["alice"], environmentOf({ authentication: authenticationBy(name) }));
    const { keyPackage } = await keyPackageFor(chat.environment, "alice's phone");
    const [verdict] = await judgeCandidates(chat.environment, chat.state("alice"), [keyPackage]);
    expect(verdict?.reason?.code).toBe("proposals.client_already_member");
  });
});

describe("§11 the choice of a suite", () => {
  const client = (...cipherSuites: number[]) => ({ ...defaultCapabilities(suiteOf()), cipherSuites });

  it("[11-01] is the best that all support, with those who stand in the way of better ones", () => {
    const clients = [client(1, 3, 7), client(1, 3), client(0x0a0a, 3, 1)];
    expect(chooseCipherSuite([7, 3, 1], clients)).toEqual({ chosen: 3, blocked: [{ cipherSuite: 7, by: [1, 2] }] });
    expect(chooseCipherSuite([7], clients)).toEqual({ chosen: undefined, blocked: [{ cipherSuite: 7, by: [1, 2] }] });
    expect(chooseCipherSuite([2, 1], [])).toEqual({ chosen: 2, blocked: [] });
  });
});

describe("§5.3.2 credentials that went bad", () => {
  it("are found by asking about all members at once, leaf index 0 included", async () => {
    const revoked = new Set<string>();
    const service = authenticationBy(
      ({ credential }) => !("identity" in credential) || !revoked.has(new TextDecoder().decode(credential.identity)),
    );
    const chat = await Chat.of(["alice", "bob", "carol"], environmentOf({ authentication: service }));
    expect(await sweepCredentials(chat.environment, chat.state("bob"))).toEqual([]);
    revoked.add("alice").add("carol");
    service.calls.length = 0;
    expect(await sweepCredentials(chat.environment, chat.state("bob"))).toEqual([0, 2]);
    expect(service.calls).toHaveLength(1);
    expect(basic("alice").credentialType).toBe("basic");
  });

  it("[5.3.2-01] do not keep their owners from committing with a good one", async () => {
    const expired = new Set<string>();
    const service = authenticationBy(
      ({ credential }) => !("identity" in credential) || !expired.has(new TextDecoder().decode(credential.identity)),
    );
    const chat = await Chat.of(["alice", "bob"], environmentOf({ authentication: service }));
    expired.add("alice");
    await chat.commit("alice", { leaf: { credential: basic("alice, renewed") } });
    await chat.commit("bob");
    chat.agree();
  });
});
