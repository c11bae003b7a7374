/**
 * Makes `passive-client-welcome` (§12.4.3.1) and `passive-client-handling-commit` (§12.4.2): short lives of groups that
 * lead a client to where the published vectors do not. Every story goes on after the Welcome, with paths that need the
 * private keys it brought.
 */

import { utf8 } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { padToMultipleOf } from "../framing/padding.ts";
import type { FramingOptions } from "../group/protect.ts";
import { type Extension, ExternalSenders, RequiredCapabilities } from "../wire/extension.ts";
import { type MakeInput, shareOf } from "./make-formulas.ts";
import { PRIVATE_USE } from "./make-structs.ts";
import { PASSIVE, Troupe } from "./make-troupe.ts";

type Story = (troupe: Troupe) => Promise<void>;

const PUBLIC = { wireFormat: "mls_public_message" } as const;
const PRIVATE: FramingOptions = {
  wireFormat: "mls_private_message",
  authenticatedData: utf8("authenticated"),
  padding: padToMultipleOf(256),
};

/** A member that was alone for some epochs adds the client with a path of one node, which nobody can decrypt. */
const byLoneMember: Story = async (troupe) => {
  await troupe.found("alice");
  await troupe.commit("alice");
  await troupe.commit("alice", PUBLIC);
  const proposals = [troupe.psk("welcome"), await troupe.add(PASSIVE)];
  await troupe.commit("alice", { proposals, forcePath: true, ratchetTree: false });
  await troupe.commit("alice", PUBLIC);
};

/** Above the common ancestor of client and committer stands a blank node, and above that one that the path set. */
const belowBlankNode: Story = async (troupe) => {
  await troupe.found("alice");
  const others = ["bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan"];
  await troupe.commit("alice", { proposals: await troupe.addAll(others) });
  const leaving = ["bob", "erin", "frank", "grace", "heidi"];
  await troupe.commit("alice", { proposals: leaving.map((name) => troupe.remove(name)) });
  await troupe.commit("alice", { proposals: [await troupe.add(PASSIVE)], forcePath: true });
  await troupe.commit("ivan", PUBLIC);
};

/** Several join at once, each by a Welcome of its own, into a tree given out of band that has unmerged leaves. */
const amongSeveral: Story = async (troupe) => {
  await troupe.found("alice");
  await troupe.commit("alice", { proposals: await troupe.addAll(["bob", "carol"]) });
  await troupe.commit("carol");
  const joiners = ["dave", PASSIVE, "erin"];
  await troupe.commit("alice", {
    proposals: await troupe.addAll(joiners),
    welcomes: "each",
    ratchetTree: false,
    groupInfoExtensions: [{ extensionType: PRIVATE_USE, extensionData: utf8("unknown") }],
  });
  await troupe.commit("erin", PUBLIC);
};

/** The client takes a leaf that somebody left, added by one who joined by an external commit. */
const intoUsedLeaf: Story = async (troupe) => {
  await troupe.found("alice", [{ extensionType: PRIVATE_USE, extensionData: utf8("private use") }]);
  await troupe.commit("alice", { proposals: await troupe.addAll(["bob", "carol"]) });
  await troupe.joinExternally("dave", { psks: ["outside"] });
  await troupe.commit("carol", { proposals: [troupe.remove("bob")] });
  await troupe.propose("alice", await troupe.add(PASSIVE));
  await troupe.commit("dave", { proposals: [troupe.psk("welcome")], forcePath: true });
  await troupe.commit("carol", PUBLIC);
};

/** §12.4.3.2: with and without removal, with and without PSKs, and where the tree has to grow. */
const externalCommits: Story = async (troupe) => {
  await troupe.found("alice");
  await troupe.commit("alice", { proposals: await troupe.addAll(["bob", PASSIVE]) });
  await troupe.joinExternally("carol");
  await troupe.joinExternally("dave", { psks: ["first", "second"], ratchetTree: false });
  await troupe.joinExternally("bob", { removing: "bob" });
  await troupe.joinExternally("erin", { removing: "dave", psks: ["second"] });
  await troupe.commit("erin", { ...PUBLIC, proposals: [troupe.remove("alice")] });
};

/** §6.3: proposals and commits that only members can read, padded; keys change hands. */
const privateHandshakes: Story = async (troupe) => {
  await troupe.found("alice");
  await troupe.commit("alice", { proposals: await troupe.addAll(["bob", "carol", PASSIVE]) });
  await troupe.propose("bob", { proposalType: "update", leaf: { signer: await troupe.signer() } }, PRIVATE);
  await troupe.propose("alice", troupe.psk("private"), PRIVATE);
  await troupe.propose("alice", await troupe.add("dave"), PRIVATE);
  await troupe.commit("carol", PRIVATE);
  await troupe.propose("carol", { proposalType: "update" }, PRIVATE);
  await troupe.propose("dave", troupe.remove("carol"), PUBLIC);
  const certificates = [{ certData: utf8("leaf") }, { certData: utf8("root") }];
  const credential = { credentialType: "x509", certificates } as const;
  await troupe.commit("bob", { ...PRIVATE, leaf: { signer: await troupe.signer(), credential } });
  await troupe.propose("alice", await troupe.add("erin"), PRIVATE);
  await troupe.commit("bob", { ...PRIVATE, references: [] });
};

/** §4.1.2, §7.7: no ciphertexts at a node, no root in the path, trees that grow and shrink, leaves used again. */
const pathShapes: Story = async (troupe) => {
  await troupe.found("alice");
  const others = ["bob", "carol", "dave", "erin"];
  await troupe.commit("alice", { proposals: await troupe.addAll(others) });
  await troupe.commit("erin", { proposals: [await troupe.add(PASSIVE)], forcePath: true });
  const leaving = ["alice", "bob", "carol", "dave"];
  await troupe.commit("erin", { ...PUBLIC, proposals: leaving.map((name) => troupe.remove(name)) });
  await troupe.commit("erin", PUBLIC);
  await troupe.commit("erin", { ...PUBLIC, proposals: [await troupe.add("frank")], forcePath: true });
  const joiners = ["grace", "heidi", "ivan", "judy", "karl", "liam"];
  await troupe.commit("frank", { ...PUBLIC, proposals: await troupe.addAll(joiners) });
  await troupe.commit("liam", PUBLIC);
  await troupe.commit("frank", { ...PUBLIC, proposals: [troupe.remove("liam"), troupe.remove("karl")] });
};

/** §12.1.7, §12.1.8: extensions of the GroupContext, and those outside whom they allow to propose. */
const extensions: Story = async (troupe) => {
  await troupe.found("alice");
  await troupe.commit("alice", { proposals: await troupe.addAll(["bob", PASSIVE, "carol"]) });
  const outside = await troupe.signer();
  const sender = {
    signatureKey: outside.publicKey,
    credential: { credentialType: "basic", identity: utf8("server") },
  } as const;
  const demands = { extensionTypes: [PRIVATE_USE], proposalTypes: [PRIVATE_USE], credentialTypes: ["basic"] } as const;
  const all: Extension[] = [
    { extensionType: "required_capabilities", extensionData: encode(RequiredCapabilities, demands) },
    { extensionType: "external_senders", extensionData: encode(ExternalSenders, [sender]) },
    { extensionType: PRIVATE_USE, extensionData: utf8("private use") },
  ];
  await troupe.propose("bob", { proposalType: "group_context_extensions", extensions: all }, PUBLIC);
  await troupe.commit("alice", PUBLIC);
  await troupe.proposeExternally(outside, troupe.remove("carol"));
  await troupe.proposeExternally(outside, await troupe.add("dave"));
  await troupe.proposeSelf("erin");
  await troupe.commit("bob", PUBLIC);
  const fewer = all.slice(0, 1);
  await troupe.commit("dave", {
    ...PUBLIC,
    proposals: [{ proposalType: "group_context_extensions", extensions: fewer }],
  });
};

/** §8.4, §8.6: PSKs of this epoch and of earlier ones, between external ones; at the end the group is to start anew. */
const resumption: Story = async (troupe) => {
  await troupe.found("alice");
  await troupe.commit("alice", { proposals: await troupe.addAll(["bob", PASSIVE]) });
  const joined = troupe.epoch;
  const psk = (pskEpoch: bigint) => ({ proposalType: "psk", psk: { psktype: "resumption", pskEpoch } }) as const;
  await troupe.commit("bob", { ...PUBLIC, proposals: [psk(joined)] });
  await troupe.propose("alice", psk(joined + 1n), PUBLIC);
  const proposals = [troupe.psk("b"), psk(joined), troupe.psk("a"), psk(joined)];
  await troupe.commit("bob", { ...PUBLIC, proposals, forcePath: true });
  await troupe.commit("alice", PUBLIC);
  await troupe.commit("alice", { ...PUBLIC, proposals: [psk(joined)] });
  const reInit = { groupId: utf8("next"), version: "mls10", cipherSuite: 1, extensions: [] } as const;
  await troupe.commit("bob", { ...PUBLIC, proposals: [{ proposalType: "reinit", ...reInit }] });
};

const WELCOME: readonly Story[] = [byLoneMember, belowBlankNode, amongSeveral, intoUsedLeaf];
const COMMITS: readonly Story[] = [externalCommits, privateHandshakes, pathShapes, extensions, resumption];

export function makePassiveClientWelcome(input: MakeInput): Promise<unknown[]> {
  return tell(input, WELCOME);
}

export function makePassiveClientHandlingCommit(input: MakeInput): Promise<unknown[]> {
  return tell(input, COMMITS);
}

async function tell(input: MakeInput, stories: readonly Story[]): Promise<unknown[]> {
  const vectors = [];
  for (const story of shareOf(input, stories)) {
    const troupe = new Troupe(input);
    await story(troupe);
    vectors.push(troupe.vector());
  }
  return vectors;
}
