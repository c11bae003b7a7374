/** Makes `key-schedule` (§8), `psk_secret` (§8.4), `transcript-hashes` (§8.2) and `secret-tree` (§9, §6.3.2). */

import { concat, EMPTY, toHex, utf8 } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import type { Bytes, CipherSuite } from "../crypto/cipher-suite.ts";
import { leafIndex } from "../tree-math.ts";
import { AuthenticatedContent, type Sender } from "../wire/framed-content.ts";
import type { WireFormat } from "../wire/registries.ts";
import {
  deriveSecret,
  deriveTreeSecret,
  expandWithLabel,
  groupContextOctets,
  type MakeInput,
  opaqueV,
  uint,
} from "./make-formulas.ts";
import { StructMaker } from "./make-structs.ts";

/** The labels under which an epoch secret yields the others, by their fields in the vectors. */
const EPOCH_SECRETS = {
  sender_data_secret: "sender data",
  encryption_secret: "encryption",
  exporter_secret: "exporter",
  epoch_authenticator: "authentication",
  external_secret: "external",
  confirmation_key: "confirm",
  membership_key: "membership",
  resumption_psk: "resumption",
  init_secret: "init",
} as const;

export async function makeKeySchedule(input: MakeInput): Promise<unknown[]> {
  const { suite, random, small } = input;
  const groupId = random(70);
  const initialInitSecret = random(suite.kdf.Nh);
  const epochs = [];
  let initSecret = initialInitSecret;
  for (let epoch = 0; epoch < (small ? 2 : 5); epoch++) {
    const next = await keyScheduleEpoch(input, { groupId, epoch, initSecret });
    epochs.push(next.vector);
    initSecret = next.initSecret;
  }
  return [{ cipher_suite: suite.id, group_id: toHex(groupId), initial_init_secret: toHex(initialInitSecret), epochs }];
}

/** Without PSKs in every other epoch. */
async function keyScheduleEpoch(
  { suite, random }: MakeInput,
  { groupId, epoch, initSecret }: { groupId: Uint8Array; epoch: number; initSecret: Bytes },
): Promise<{ vector: unknown; initSecret: Bytes }> {
  const { Nh } = suite.kdf;
  const treeHash = random(suite.hash.length);
  const commitSecret = random(Nh);
  const pskSecret = epoch % 2 === 0 ? new Uint8Array(Nh) : random(Nh);
  const confirmedTranscriptHash = random(suite.hash.length);
  const context = groupContextOctets(suite, { groupId, epoch, treeHash, confirmedTranscriptHash });

  const joinerSecret = expandWithLabel(suite, suite.kdf.extract(initSecret, commitSecret), "joiner", { context });
  const memberSecret = suite.kdf.extract(joinerSecret, pskSecret);
  const epochSecret = expandWithLabel(suite, memberSecret, "epoch", { context });
  const secretFor = (label: string) => deriveSecret(suite, epochSecret, label);
  const { publicKey } = await suite.kem.deriveKeyPair(secretFor("external"));
  const named = Object.entries(EPOCH_SECRETS).map(([field, label]) => [field, toHex(secretFor(label))]);
  const vector = {
    tree_hash: toHex(treeHash),
    commit_secret: toHex(commitSecret),
    psk_secret: toHex(pskSecret),
    confirmed_transcript_hash: toHex(confirmedTranscriptHash),
    group_context: toHex(context),
    joiner_secret: toHex(joinerSecret),
    welcome_secret: toHex(deriveSecret(suite, memberSecret, "welcome")),
    ...Object.fromEntries(named),
    external_pub: toHex(publicKey),
    exporter: exporterVector(suite, secretFor("exporter"), { label: toHex(random(8)), context: random(100) }),
  };
  return { vector, initSecret: secretFor("init") };
}

/** §8.5. The label is text that looks like hexadecimal, as in the published vectors. */
function exporterVector(
  suite: CipherSuite,
  exporterSecret: Bytes,
  { label, context }: { label: string; context: Bytes },
): unknown {
  const length = 2 * suite.kdf.Nh + 5;
  const derived = deriveSecret(suite, exporterSecret, label);
  const secret = expandWithLabel(suite, derived, "exported", { context: suite.hash.digest(context), length });
  return { label, context: toHex(context), length, secret: toHex(secret) };
}

/** Lengths of id and key of the PSKs in each case. */
const PSKS: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [[0, 32]],
  [
    [1, 1],
    [64, 300],
    [20, 64],
  ],
];

export function makePskSecret({ suite, random }: MakeInput): unknown[] {
  return PSKS.map((lengths) => {
    const psks = lengths.map(([idLength, length]) => ({
      id: random(idLength),
      psk: random(length),
      nonce: random(suite.kdf.Nh),
    }));
    let secret = new Uint8Array(suite.kdf.Nh);
    for (const [index, { id, psk, nonce }] of psks.entries()) {
      const pskId = concat(uint(1, 1), opaqueV(id), opaqueV(nonce));
      const context = concat(pskId, uint(index, 2), uint(psks.length, 2));
      const extracted = suite.kdf.extract(new Uint8Array(suite.kdf.Nh), psk);
      secret = suite.kdf.extract(expandWithLabel(suite, extracted, "derived psk", { context }), secret);
    }
    return {
      cipher_suite: suite.id,
      psks: psks.map(({ id, psk, nonce }) => ({ psk_id: toHex(id), psk: toHex(psk), psk_nonce: toHex(nonce) })),
      psk_secret: toHex(secret),
    };
  });
}

/** A commit of a member in private, and one of a new member, for which the wire format makes no difference here. */
export async function makeTranscriptHashes(input: MakeInput): Promise<unknown[]> {
  const structs = new StructMaker(input);
  const member: Sender = { senderType: "member", leafIndex: leafIndex(3) };
  return [
    await transcriptVector(input, structs, { sender: member, wireFormat: "mls_private_message" }),
    await transcriptVector(input, structs, {
      sender: { senderType: "new_member_commit" },
      wireFormat: "mls_public_message",
    }),
  ];
}

/** The tag, with its length, ends the AuthenticatedContent of a commit: the transcript takes what stands before it. */
async function transcriptVector(
  { suite, random }: MakeInput,
  structs: StructMaker,
  { sender, wireFormat }: { sender: Sender; wireFormat: WireFormat },
): Promise<unknown> {
  const content = structs.framed(sender, { contentType: "commit", commit: await structs.commit() });
  const [confirmationKey, interimBefore] = [random(suite.kdf.Nh), random(suite.hash.length)];
  const untagged = { wireFormat, content, auth: { signature: random(64), confirmationTag: EMPTY } };
  const covered = encode(AuthenticatedContent, untagged).subarray(0, -1);
  const confirmed = suite.hash.digest(concat(interimBefore, covered));
  const tag = suite.hash.hmac(confirmationKey, confirmed);
  return {
    cipher_suite: suite.id,
    confirmation_key: toHex(confirmationKey),
    authenticated_content: toHex(concat(covered, opaqueV(tag))),
    interim_transcript_hash_before: toHex(interimBefore),
    confirmed_transcript_hash_after: toHex(confirmed),
    interim_transcript_hash_after: toHex(suite.hash.digest(concat(confirmed, opaqueV(tag)))),
  };
}

/** The samples that sender data keys are derived from are `KDF.Nh` octets, or a shorter ciphertext as a whole. */
const SECRET_TREES = [
  { leaves: 1, generations: [0, 1, 2, 1000], sample: -3 },
  { leaves: 4, generations: [3], sample: 20 },
];

export function makeSecretTree(input: MakeInput): unknown[] {
  const { suite, random } = input;
  return SECRET_TREES.map(({ leaves, generations, sample }) => {
    const encryptionSecret = random(suite.kdf.Nh);
    return {
      cipher_suite: suite.id,
      sender_data: senderDataVector(input, suite.kdf.Nh + sample),
      encryption_secret: toHex(encryptionSecret),
      leaves: leafSecrets(suite, encryptionSecret, leaves).map((secret) =>
        generations.map((generation) => generationVector(suite, secret, generation)),
      ),
    };
  });
}

/** §6.3.2 */
function senderDataVector({ suite, random }: MakeInput, ciphertextLength: number): unknown {
  const [secret, ciphertext] = [random(suite.kdf.Nh), random(ciphertextLength)];
  const context = ciphertext.subarray(0, suite.kdf.Nh);
  const derive = (label: string, length: number) => toHex(expandWithLabel(suite, secret, label, { context, length }));
  return {
    sender_data_secret: toHex(secret),
    ciphertext: toHex(ciphertext),
    key: derive("key", suite.aead.Nk),
    nonce: derive("nonce", suite.aead.Nn),
  };
}

function leafSecrets(suite: CipherSuite, secret: Bytes, leaves: number): Bytes[] {
  if (leaves === 1) return [secret];
  const half = (side: "left" | "right") => expandWithLabel(suite, secret, "tree", { context: utf8(side) });
  return [...leafSecrets(suite, half("left"), leaves / 2), ...leafSecrets(suite, half("right"), leaves / 2)];
}

function generationVector(suite: CipherSuite, leafSecret: Bytes, generation: number): unknown {
  const handshake = ratchetKey(suite, leafSecret, "handshake", generation);
  const application = ratchetKey(suite, leafSecret, "application", generation);
  return {
    generation,
    handshake_key: handshake.key,
    handshake_nonce: handshake.nonce,
    application_key: application.key,
    application_nonce: application.nonce,
  };
}

function ratchetKey(suite: CipherSuite, leafSecret: Bytes, ratchet: string, generation: number) {
  let secret = expandWithLabel(suite, leafSecret, ratchet, {});
  for (let passed = 0; passed < generation; passed++) {
    secret = deriveTreeSecret(suite, secret, "secret", { generation: passed, length: suite.kdf.Nh });
  }
  const derive = (label: string, length: number) =>
    toHex(deriveTreeSecret(suite, secret, label, { generation, length }));
  return { key: derive("key", suite.aead.Nk), nonce: derive("nonce", suite.aead.Nn) };
}
