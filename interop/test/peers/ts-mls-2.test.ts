/** ts-mls 2.0.0-rc.10, which has no adapter: that copath gets along with it, and which faults of 1.6.4 it still has. */
import {
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  createGroupInfoWithExternalPub,
  decode,
  defaultCredentialTypes,
  defaultExtensionTypes,
  defaultProposalTypes,
  encode,
  generateKeyPackage,
  getCiphersuiteImpl,
  type MlsContext,
  mlsMessageDecoder,
  mlsMessageEncoder,
  type Proposal,
  processMessage,
  unsafeTestingAuthenticationService,
  wireformats,
} from "ts-mls-2";
import { describe, expect, it } from "vitest";
import type { MLSClient } from "../../src/interface/client.ts";
import { hex, refusal, text, utf8 } from "../copath/support.ts";
import { copath } from "./players.ts";

const NAME = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

async function pair() {
  const context: MlsContext = {
    cipherSuite: await getCiphersuiteImpl(NAME),
    authService: unsafeTestingAuthenticationService,
  };
  const credential = { credentialType: defaultCredentialTypes.basic, identity: utf8("alice") };
  const alice = await generateKeyPackage({ credential, cipherSuite: context.cipherSuite });
  const keys = { keyPackage: alice.publicPackage, privateKeyPackage: alice.privatePackage };
  const group = await createGroup({ context, groupId: utf8("group"), ...keys });
  const bob = copath();
  const { keyPackage, transactionId } = await bob.CreateKeyPackage({ cipherSuite: 1, identity: utf8("bob") });
  const message = decode(mlsMessageDecoder, keyPackage);
  if (message?.wireformat !== wireformats.mls_key_package) throw new Error("a key package");
  const extraProposals: Proposal[] = [
    { proposalType: defaultProposalTypes.add, add: { keyPackage: message.keyPackage } },
  ];
  const made = await createCommit({ context, state: group, extraProposals, ratchetTreeExtension: true });
  if (made.welcome === undefined) throw new Error("a Welcome");
  const welcome = encode(mlsMessageEncoder, made.welcome);
  const { stateId } = await bob.JoinGroup({ transactionId, welcome, encryptHandshake: true, identity: utf8("bob") });
  return { context, state: made.newState, bob, stateId };
}

async function agree(state: ClientState, bob: MLSClient, stateId: number): Promise<void> {
  expect(hex((await bob.StateAuth({ stateId })).stateAuthSecret)).toBe(hex(state.keySchedule.epochAuthenticator));
}

async function received(context: MlsContext, state: ClientState, octets: Uint8Array) {
  const message = decode(mlsMessageDecoder, octets);
  if (message?.wireformat !== wireformats.mls_private_message) throw new Error("a private message");
  return processMessage({ context, state, message });
}

describe("ts-mls 2.0.0-rc.10", () => {
  it("and copath exchange a Welcome, messages and commits", async () => {
    const { context, state, bob, stateId } = await pair();
    await agree(state, bob, stateId);
    const sent = await createApplicationMessage({ context, state, message: utf8("hi") });
    const { plaintext } = await bob.Unprotect({ stateId, ciphertext: encode(mlsMessageEncoder, sent.message) });
    expect(text(plaintext)).toBe("hi");
    const { ciphertext } = await bob.Protect({ stateId, plaintext: utf8("hello") });
    const heard = await received(context, sent.newState, ciphertext);
    expect(heard.kind === "applicationMessage" ? text(heard.message) : heard.kind).toBe("hello");
    const { commit } = await bob.Commit({ stateId });
    await bob.HandlePendingCommit({ stateId });
    const followed = await received(context, heard.newState, commit);
    await agree(followed.newState, bob, stateId);
    const next = await createCommit({ context, state: followed.newState });
    await bob.HandleCommit({ stateId, commit: encode(mlsMessageEncoder, next.commit) });
    await agree(next.newState, bob, stateId);
  });

  it.each([
    ["MLS_128_DHKEMP256_AES128GCM_SHA256_P256", 33],
    ["MLS_256_DHKEMP521_AES256GCM_SHA512_P521", 67],
    ["MLS_256_DHKEMP384_AES256GCM_SHA384_P384", 49],
  ] as const)("makes compressed signature keys in %s (§5.1.1)", async (name, length) => {
    expect((await (await getCiphersuiteImpl(name)).signature.keygen()).publicKey).toHaveLength(length);
  });

  it("puts a key into external_pub without its length (§12.4.3.2)", async () => {
    const { context, state } = await pair();
    const { extensions } = await createGroupInfoWithExternalPub(state, [], context.cipherSuite);
    const { external_pub: extensionType } = defaultExtensionTypes;
    expect(extensions).toMatchObject([{ extensionType, extensionData: { length: 32 } }]);
  });

  it("commits new group context extensions without a path (§12.4)", async () => {
    const { context, state, bob, stateId } = await pair();
    const extensionData = { extensionTypes: [], proposalTypes: [], credentialTypes: [] };
    const extensions = [{ extensionType: defaultExtensionTypes.required_capabilities, extensionData }];
    const { group_context_extensions: proposalType } = defaultProposalTypes;
    const extraProposals: Proposal[] = [{ proposalType, groupContextExtensions: { extensions } }];
    const { commit } = await createCommit({ context, state, extraProposals });
    const handled = bob.HandleCommit({ stateId, commit: encode(mlsMessageEncoder, commit) });
    expect(await refusal(handled)).toBe("INVALID_ARGUMENT commit.path_required");
  });

  it("reads external_senders as one sender, not as a list (§12.1.8.1)", async () => {
    const commitOf = async (extensionType: number, extensionData: Uint8Array) => {
      const { context, state, bob, stateId } = await pair();
      const extensions = [{ extensionType, extensionData }];
      const byValue = [{ proposalType: utf8("groupContextExtensions"), extensions }];
      const { commit } = await bob.Commit({ stateId, byValue });
      return received(context, state, commit);
    };
    expect((await commitOf(3, Uint8Array.of(0, 0, 0))).kind).toBe("newState");
    await expect(commitOf(5, Uint8Array.of(0))).rejects.toThrow("reading 'extensions'");
  });
});
