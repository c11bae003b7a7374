/**
 * Which state a change applies to: told by its place in the transcript (§8.2) and by what happened in its epoch since,
 * with no secret. What is digested once is remembered with the immutable value it is about, so that the identity of a
 * state that follows another costs what is new in it.
 */

import { EMPTY, fromHex } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { opaque, uint8, uint32, uint64, vector } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import type { CipherSuite, Hash } from "../crypto/cipher-suite.ts";
import type { Ratchet } from "../schedule/ratchet.ts";
import type { SecretTreeNode } from "../schedule/secret-tree.ts";
import { Secret } from "../secret.ts";
import { LeafIndexValue } from "../wire/keys.ts";
import type { GroupState, PublicState } from "./state.ts";

const References = vector(opaque);

const PublicFacts = struct("PublicState", {
  interimTranscriptHash: opaque,
  confirmationTag: opaque,
  proposals: opaque,
  closed: uint8,
});

const MemberFacts = struct("GroupState", {
  view: opaque,
  leafIndex: LeafIndexValue,
  secretTree: opaque,
  pendingUpdates: References,
  past: vector(struct("PastEpoch", { epoch: uint64, secretTree: opaque })),
  resumptionPsks: vector(uint64),
});

const UsedNodeFacts = struct("UsedNode", { left: opaque, right: opaque });
const RatchetFacts = struct("Ratchet", { generation: uint32, skipped: vector(uint32), horizon: uint32 });
const LeafFacts = struct("LeafRatchets", { handshake: RatchetFacts, application: RatchetFacts });

/** The identity of the public side of a state. */
export function publicIdentity({ hash }: CipherSuite, { epoch, proposals, closed }: PublicState): Uint8Array {
  const { interimTranscriptHash, confirmationTag } = epoch;
  const references = () => hash.digest(encode(References, referencesIn(proposals)));
  const facts = { interimTranscriptHash, confirmationTag, proposals: digestFor(proposals, references) };
  return hash.digest(encode(PublicFacts, { ...facts, closed: closed === undefined ? 0 : 1 }));
}

/** The identity of a member's state. */
export function memberIdentity(suite: CipherSuite, state: GroupState): Uint8Array {
  const { hash } = suite;
  return hash.digest(
    encode(MemberFacts, {
      view: publicIdentity(suite, state),
      leafIndex: state.self.leafIndex,
      secretTree: nodeDigest(hash, state.epoch.secretTree.root),
      pendingUpdates: referencesIn(state.pendingUpdates),
      past: state.past.map(({ epoch, secretTree }) => ({ epoch, secretTree: nodeDigest(hash, secretTree.root) })),
      resumptionPsks: state.resumptionPsks.map(({ epoch }) => epoch),
    }),
  );
}

/** §9: which secrets a tree holds follows from its epoch and from which of its keys were taken. */
function nodeDigest(hash: Hash, node: SecretTreeNode): Uint8Array {
  if (node instanceof Secret) return EMPTY;
  return digestFor(node, () => {
    if ("left" in node) {
      const children = { left: nodeDigest(hash, node.left), right: nodeDigest(hash, node.right) };
      return hash.digest(encode(UsedNodeFacts, children));
    }
    const { handshake, application } = node;
    return hash.digest(encode(LeafFacts, { handshake: factsOf(handshake), application: factsOf(application) }));
  });
}

function factsOf({ generation, skipped, horizon }: Ratchet) {
  return { generation, skipped: skipped.map((each) => each.generation), horizon };
}

function referencesIn(map: ReadonlyMap<string, unknown>): readonly Uint8Array[] {
  return [...map.keys()].map(fromHex);
}

function digestFor(value: object, compute: () => Uint8Array): Uint8Array {
  const known = digests.get(value);
  if (known !== undefined) return known;
  const digest = compute();
  digests.set(value, digest);
  return digest;
}

const digests = new WeakMap<object, Uint8Array>();
