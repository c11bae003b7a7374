/** Framed content of every kind, for tests that don't look at what it says. */
import { utf8 } from "../../src/bytes.ts";
import { type LeafIndex, leafIndex } from "../../src/tree-math.ts";
import type { FramedContent, Sender } from "../../src/wire/framed-content.ts";
import { KeyPackage } from "../../src/wire/key-package.ts";
import { LeafNode } from "../../src/wire/leaf-node.ts";
import type { Proposal } from "../../src/wire/proposal.ts";
import type { ProposalType } from "../../src/wire/registries.ts";
import { generate } from "./generate.ts";

export const groupContext = utf8("an encoded group context");

export const member = (leaf: LeafIndex | number = 0): Sender => ({ senderType: "member", leafIndex: leafIndex(leaf) });

export const SENDERS: readonly Sender[] = [
  member(0),
  { senderType: "external", senderIndex: 0 },
  { senderType: "new_member_proposal" },
  { senderType: "new_member_commit" },
];

export const PROPOSALS: Readonly<Record<Extract<ProposalType, string>, Proposal>> = {
  add: { proposalType: "add", keyPackage: generate(KeyPackage, 1) },
  update: { proposalType: "update", leafNode: generate(LeafNode, 2) },
  remove: { proposalType: "remove", removed: leafIndex(0) },
  psk: { proposalType: "psk", psk: { psktype: "external", pskId: utf8("id"), pskNonce: new Uint8Array(32) } },
  reinit: { proposalType: "reinit", groupId: utf8("new"), version: "mls10", cipherSuite: 1, extensions: [] },
  external_init: { proposalType: "external_init", kemOutput: new Uint8Array(32) },
  group_context_extensions: { proposalType: "group_context_extensions", extensions: [] },
};

/** Of a type that the RFC does not define. */
export const CUSTOM: Proposal = { proposalType: 0xf001, body: utf8("\u0003abc") };

const frame = (sender: Sender) => ({
  groupId: utf8("group"),
  epoch: 7n,
  sender,
  authenticatedData: utf8("readable"),
});

export function application(sender: Sender = member(), text = "hello"): FramedContent {
  return { ...frame(sender), contentType: "application", applicationData: utf8(text) };
}

export function proposal(sender: Sender = member(), said: Proposal = PROPOSALS.remove): FramedContent {
  return { ...frame(sender), contentType: "proposal", proposal: said };
}

export function commit(sender: Sender = member()): FramedContent {
  return { ...frame(sender), contentType: "commit", commit: { proposals: [], path: undefined } };
}

/** One of each kind from members. */
export const fromMember = (): readonly FramedContent[] => [application(), proposal(), commit()];
