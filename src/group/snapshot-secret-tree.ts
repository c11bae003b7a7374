/**
 * §9: how one secret tree differs from another. Trees share what was not used between them, so the difference is found
 * by walking only what they do not share, and costs what it says. A whole tree is its difference from none.
 */

import type { Codec } from "../codec/codec.ts";
import { optional, uint8, uint32, vector } from "../codec/presentation.ts";
import type { Reader } from "../codec/reader.ts";
import { struct } from "../codec/struct.ts";
import type { Writer } from "../codec/writer.ts";
import { MalformedError } from "../errors.ts";
import type { MessageKey, Ratchet } from "../schedule/ratchet.ts";
import type { LeafRatchets, SecretTree, SecretTreeNode } from "../schedule/secret-tree.ts";
import { Secret } from "../secret.ts";
import { SecretValue } from "./snapshot-secrets.ts";

interface RatchetDelta {
  readonly generation: number;
  /** None if it is the other's. */
  readonly secret: Secret | undefined;
  /** Generations of skipped keys that the other has and this one does not. */
  readonly dropped: readonly number[];
  /** Skipped keys that the other does not have. */
  readonly skipped: readonly MessageKey[];
  readonly horizon: number;
}

type NodeDelta =
  | typeof SHARED
  | Secret
  | { readonly left: NodeDelta; readonly right: NodeDelta }
  | { readonly handshake: RatchetDelta; readonly application: RatchetDelta };

/** What makes a secret tree of another, of the same width, or of none. */
export interface SecretTreeDelta {
  readonly leaves: number;
  readonly root: NodeDelta;
}

const SHARED = "shared";

/** What makes `after` of `before`. */
export function secretTreeDeltaOf(before: SecretTree | undefined, after: SecretTree): SecretTreeDelta {
  return { leaves: after.leaves, root: nodeDelta(rootOf(before, after.leaves), after.root) };
}

/** @throws MalformedError `snapshot.damaged` if the delta does not fit */
export function applySecretTreeDelta(before: SecretTree | undefined, { leaves, root }: SecretTreeDelta): SecretTree {
  return { leaves, root: nodeAfter(rootOf(before, leaves), root) };
}

/** What `before` holds and `after` does not. Walks what they do not share. */
export function secretsGone(before: SecretTree, after: SecretTree | undefined): Iterable<Secret> {
  return goneBelow(before.root, rootOf(after, before.leaves));
}

function rootOf(tree: SecretTree | undefined, leaves: number): SecretTreeNode | undefined {
  return tree?.leaves === leaves ? tree.root : undefined;
}

function nodeDelta(before: SecretTreeNode | undefined, after: SecretTreeNode): NodeDelta {
  if (before === after) return SHARED;
  if (after instanceof Secret) return after;
  if ("left" in after) {
    const [left, right] = childrenOf(before);
    return { left: nodeDelta(left, after.left), right: nodeDelta(right, after.right) };
  }
  const was = ratchetsOf(before);
  return {
    handshake: ratchetDelta(was?.handshake, after.handshake),
    application: ratchetDelta(was?.application, after.application),
  };
}

function ratchetDelta(before: Ratchet | undefined, after: Ratchet): RatchetDelta {
  const { generation, secret, skipped, horizon } = after;
  const had = new Set(before?.skipped);
  const has = new Set(skipped);
  return {
    generation,
    secret: secret === before?.secret ? undefined : secret,
    dropped: [...had].filter((each) => !has.has(each)).map((each) => each.generation),
    skipped: skipped.filter((each) => !had.has(each)),
    horizon,
  };
}

function nodeAfter(before: SecretTreeNode | undefined, delta: NodeDelta): SecretTreeNode {
  if (delta === SHARED) return known(before);
  if (delta instanceof Secret) return delta;
  if ("left" in delta) {
    const [left, right] = childrenOf(before);
    return { left: nodeAfter(left, delta.left), right: nodeAfter(right, delta.right) };
  }
  const was = ratchetsOf(before);
  return {
    handshake: ratchetAfter(was?.handshake, delta.handshake),
    application: ratchetAfter(was?.application, delta.application),
  };
}

function ratchetAfter(before: Ratchet | undefined, delta: RatchetDelta): Ratchet {
  const dropped = new Set(delta.dropped);
  const kept = (before?.skipped ?? []).filter(({ generation }) => !dropped.has(generation));
  const skipped = [...kept, ...delta.skipped].sort((a, b) => a.generation - b.generation);
  const { generation, horizon } = delta;
  return { generation, secret: known(delta.secret ?? before?.secret), skipped, horizon };
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new MalformedError("snapshot.damaged", { where: "secret tree" });
  return value;
}

function* goneBelow(before: SecretTreeNode, after: SecretTreeNode | undefined): Generator<Secret> {
  if (before === after) return;
  if (before instanceof Secret) {
    yield before;
  } else if ("left" in before) {
    const [left, right] = childrenOf(after);
    yield* goneBelow(before.left, left);
    yield* goneBelow(before.right, right);
  } else {
    const kept = new Set(keysOf(ratchetsOf(after)));
    for (const secret of keysOf(before)) if (!kept.has(secret)) yield secret;
  }
}

function* keysOf(ratchets: LeafRatchets | undefined): Generator<Secret> {
  if (ratchets === undefined) return;
  for (const { secret, skipped } of [ratchets.handshake, ratchets.application]) {
    yield secret;
    for (const { key, nonce } of skipped) yield* [key, nonce];
  }
}

function childrenOf(node: SecretTreeNode | undefined): readonly (SecretTreeNode | undefined)[] {
  return node === undefined || node instanceof Secret || !("left" in node) ? [] : [node.left, node.right];
}

function ratchetsOf(node: SecretTreeNode | undefined): LeafRatchets | undefined {
  return node === undefined || node instanceof Secret || "left" in node ? undefined : node;
}

const MessageKeyValue: Codec<MessageKey> = struct("MessageKey", {
  generation: uint32,
  key: SecretValue,
  nonce: SecretValue,
});

const RatchetDeltaValue: Codec<RatchetDelta> = struct("Ratchet", {
  generation: uint32,
  secret: optional(SecretValue),
  dropped: vector(uint32),
  skipped: vector(MessageKeyValue),
  horizon: uint32,
});

const LeafDeltaValue = struct("LeafRatchets", { handshake: RatchetDeltaValue, application: RatchetDeltaValue });

/** What stands at a node: a secret for the whole subtree, two children, the ratchets of a leaf, or what the other has. */
const KIND = { unused: 0, used: 1, ratchets: 2, shared: 3 } as const;

export const SecretTreeDeltaValue: Codec<SecretTreeDelta> = {
  name: "SecretTree",
  write(writer, { leaves, root }) {
    uint32.write(writer, leaves);
    writeNode(writer, root);
  },
  read(reader) {
    const leaves = uint32.read(reader);
    if (leaves === 0 || (leaves & (leaves - 1)) !== 0) throw new MalformedError("snapshot.damaged", { leaves });
    return { leaves, root: readNode(reader, leaves) };
  },
};

function writeNode(writer: Writer, node: NodeDelta): void {
  if (node === SHARED) {
    uint8.write(writer, KIND.shared);
  } else if (node instanceof Secret) {
    uint8.write(writer, KIND.unused);
    SecretValue.write(writer, node);
  } else if ("left" in node) {
    uint8.write(writer, KIND.used);
    writeNode(writer, node.left);
    writeNode(writer, node.right);
  } else {
    uint8.write(writer, KIND.ratchets);
    LeafDeltaValue.write(writer, node);
  }
}

function readNode(reader: Reader, leaves: number): NodeDelta {
  const kind = uint8.read(reader);
  if (kind === KIND.shared) return SHARED;
  if (kind === KIND.unused) return SecretValue.read(reader);
  if (kind === KIND.used && leaves > 1) {
    return { left: readNode(reader, leaves / 2), right: readNode(reader, leaves / 2) };
  }
  if (kind === KIND.ratchets && leaves === 1) return LeafDeltaValue.read(reader);
  throw new MalformedError("snapshot.damaged", { kind, leaves });
}
