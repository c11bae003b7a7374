/** How the secrets of a state are written down (§8, §9): plainly. Whoever stores a snapshot must keep it secret. */

import { isBytes, wipe } from "../bytes.ts";
import type { Codec } from "../codec/codec.ts";
import { opaque, uint8, uint32, vector } from "../codec/presentation.ts";
import type { Reader } from "../codec/reader.ts";
import { struct } from "../codec/struct.ts";
import type { Writer } from "../codec/writer.ts";
import { MalformedError } from "../errors.ts";
import type { Epoch } from "../schedule/epoch.ts";
import type { MessageKey, Ratchet } from "../schedule/ratchet.ts";
import type { LeafRatchets, SecretTree, SecretTreeNode } from "../schedule/secret-tree.ts";
import { Secret } from "../secret.ts";

/** Moves octets when it reads: they are wiped where they stood, since public values keep views of the same buffer. */
export const SecretValue: Codec<Secret> = {
  name: "Secret",
  write: (writer, value) => opaque.write(writer, value.bytes),
  read(reader) {
    const octets = opaque.read(reader);
    const secret = Secret.copyOf(octets);
    wipe(octets);
    return secret;
  },
};

/** The secrets of an epoch (§8), without the encryption secret, which is in the secret tree. */
export const EpochSecretsValue: Codec<Epoch["secrets"]> = struct("EpochSecrets", {
  senderDataSecret: SecretValue,
  exporterSecret: SecretValue,
  externalSecret: SecretValue,
  confirmationKey: SecretValue,
  membershipKey: SecretValue,
  resumptionPsk: SecretValue,
  epochAuthenticator: SecretValue,
  initSecret: SecretValue,
});

const MessageKeyValue: Codec<MessageKey> = struct("MessageKey", {
  generation: uint32,
  key: SecretValue,
  nonce: SecretValue,
});

const RatchetValue: Codec<Ratchet> = struct("Ratchet", {
  generation: uint32,
  secret: SecretValue,
  skipped: vector(MessageKeyValue),
});

const LeafRatchetsValue: Codec<LeafRatchets> = struct("LeafRatchets", {
  handshake: RatchetValue,
  application: RatchetValue,
});

/** What stands at a node of the secret tree: a secret for the whole subtree, two children, or the ratchets of a leaf. */
const UNUSED = 0;
const USED = 1;
const RATCHETS = 2;

/** §9: the tree as far as it is derived. */
export const SecretTreeValue: Codec<SecretTree> = {
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

/** Every secret in a decoded value: what is to be disposed of if nothing comes of it. */
export function* secretsWithin(value: unknown): Generator<Secret, undefined> {
  if (value instanceof Secret) yield value;
  else if (typeof value === "object" && value !== null && !isBytes(value)) {
    for (const part of Object.values(value)) yield* secretsWithin(part);
  }
}

function writeNode(writer: Writer, node: SecretTreeNode): void {
  if (node instanceof Secret) {
    uint8.write(writer, UNUSED);
    SecretValue.write(writer, node);
  } else if ("left" in node) {
    uint8.write(writer, USED);
    writeNode(writer, node.left);
    writeNode(writer, node.right);
  } else {
    uint8.write(writer, RATCHETS);
    LeafRatchetsValue.write(writer, node);
  }
}

function readNode(reader: Reader, leaves: number): SecretTreeNode {
  const kind = uint8.read(reader);
  if (kind === UNUSED) return SecretValue.read(reader);
  if (kind === USED && leaves > 1) return { left: readNode(reader, leaves / 2), right: readNode(reader, leaves / 2) };
  if (kind === RATCHETS && leaves === 1) return LeafRatchetsValue.read(reader);
  throw new MalformedError("snapshot.damaged", { kind, leaves });
}
