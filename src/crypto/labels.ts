/**
 * §5.1.2, §5.1.3, §5.2, §8: every use of a primitive is bound to a label, so that no output can serve two purposes.
 */

import { concat, copy, EMPTY, utf8 } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { opaque, uint16, uint32 } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import { Writer } from "../codec/writer.ts";
import { InvalidError, UsageError } from "../errors.ts";
import { type Awaitable, all, type Bytes, type Random } from "../hpke/algorithms.ts";
import { open, sealMany } from "../hpke/single-shot.ts";
import { Secret } from "../secret.ts";
import type { HPKECiphertext } from "../wire/keys.ts";
import type { CipherSuite } from "./cipher-suite.ts";
import type { Signer } from "./signer.ts";

/** §5.1.2 */
const SignContent = struct("SignContent", { label: opaque, content: opaque });
/** §5.1.3 */
const EncryptContext = struct("EncryptContext", { label: opaque, context: opaque });
/** §5.2 */
const RefHashInput = struct("RefHashInput", { label: opaque, value: opaque });
/** §8 */
const KDFLabel = struct("KDFLabel", { length: uint16, label: opaque, context: opaque });

export interface ExpandInput {
  readonly label: string;
  readonly context?: Uint8Array;
  readonly length: number;
}

/** §8 ExpandWithLabel. @throws UsageError `kdf.too_long` for more than 65535 octets */
export function expandWithLabel(
  suite: CipherSuite,
  secret: Secret,
  { label, context = EMPTY, length }: ExpandInput,
): Secret {
  if (length > 0xffff) throw new UsageError("kdf.too_long", { length });
  return new Secret(suite.kdf.expand(secret.bytes, kdfLabel(label, context, length), length));
}

/** An encoded KDFLabel. There are few, but for their contexts, and one for each key that is ever derived. */
function kdfLabel(label: string, context: Uint8Array, length: number): Uint8Array {
  if (context.length > LONGEST_IN_ONE_OCTET) return encode(KDFLabel, { length, label: mls(label), context });
  const name = `${label} ${length}`;
  const known = kdfLabels.get(name);
  const empty = known ?? encode(KDFLabel, { length, label: mls(label), context: EMPTY });
  if (known === undefined && isKept(kdfLabels, label)) kdfLabels.set(name, empty);
  const info = concat(empty, context);
  // The last octet of the empty context is its length.
  info[empty.length - 1] = context.length;
  return info;
}

const LONGEST_IN_ONE_OCTET = 63;
const kdfLabels = /* @__PURE__ */ new Map<string, Uint8Array>();

/** §8 DeriveSecret */
export function deriveSecret(suite: CipherSuite, secret: Secret, label: string): Secret {
  return expandWithLabel(suite, secret, { label, length: suite.kdf.Nh });
}

export interface TreeSecretInput {
  readonly label: string;
  readonly generation: number;
  readonly length: number;
}

/** §9.1 DeriveTreeSecret */
export function deriveTreeSecret(
  suite: CipherSuite,
  secret: Secret,
  { label, generation, length }: TreeSecretInput,
): Secret {
  // A uint32, for every key of a ratchet: the codec would take as long as a hash.
  const isUint32 = generation >>> 0 === generation;
  const context = isUint32
    ? Uint8Array.of(generation >>> 24, generation >>> 16, generation >>> 8, generation)
    : encode(uint32, generation);
  return expandWithLabel(suite, secret, { label, context, length });
}

/** Octets, or what writes them: long ones are then copied once less. */
export type SignedContent = Uint8Array | ((writer: Writer) => void);

/** §5.1.2 SignWithLabel. The signature shares no memory with the signer's. @throws UsageError `input.invalid` */
export async function signWithLabel(signer: Signer, label: string, content: SignedContent): Promise<Uint8Array> {
  return copy(await signer.sign(signedOctets(label, content)));
}

function signedOctets(label: string, content: SignedContent): Uint8Array {
  if (typeof content !== "function") return encode(SignContent, { label: mls(label), content });
  const writer = new Writer(1024);
  writer.opaque(mls(label));
  const start = writer.openVector();
  content(writer);
  writer.closeVector(start);
  return writer.finish();
}

export interface LabelledSignature {
  readonly publicKey: Uint8Array;
  readonly label: string;
  readonly content: SignedContent;
  readonly signature: Uint8Array;
}

/** §5.1.2 VerifyWithLabel for many: one verdict each, in order. */
export async function verifyManyWithLabel(
  suite: CipherSuite,
  requests: readonly LabelledSignature[],
): Promise<readonly boolean[]> {
  return suite.signature.verifyMany(
    requests.map(({ publicKey, label, content, signature }) => ({
      publicKey,
      message: signedOctets(label, content),
      signature,
    })),
  );
}

declare const verified: unique symbol;
/** A value whose signature was verified. Only verification makes one, so a forgotten `await` does not compile. */
export type Verified<T> = T & { readonly [verified]: true };

/** §5.1.2: the value that a signature vouches for. @throws InvalidError `signature.invalid` */
export async function verifyWithLabel<T>(
  suite: CipherSuite,
  value: T,
  request: LabelledSignature,
): Promise<Verified<T>> {
  const [valid] = await verifyManyWithLabel(suite, [request]);
  if (valid !== true) throw new InvalidError("signature.invalid", { label: request.label });
  return value as Verified<T>;
}

/** What all ciphertexts of a batch are bound to. */
export interface EncryptInput {
  readonly label: string;
  readonly context: Uint8Array;
}

/** One of those that a batch is for, and what it is to learn. */
export interface Recipient {
  readonly publicKey: Uint8Array;
  readonly plaintext: Uint8Array;
}

/**
 * §5.1.3 EncryptWithLabel for many under one label and context, in order. The context is encoded and hashed once,
 * however many the recipients are.
 *
 * @throws InvalidError `key.hpke_public`
 */
export async function encryptManyWithLabel(
  suite: CipherSuite,
  { label, context }: EncryptInput,
  recipients: readonly Recipient[],
  random: Random,
): Promise<readonly HPKECiphertext[]> {
  const info = encode(EncryptContext, { label: mls(label), context });
  const sealed = await sealMany(suite, { info, random }, recipients);
  return sealed.map(({ enc, ciphertext }) => ({ kemOutput: enc, ciphertext }));
}

export interface DecryptInput {
  readonly label: string;
  readonly context: Uint8Array;
  readonly ciphertext: HPKECiphertext;
}

/** §5.1.3 DecryptWithLabel. @throws InvalidError `hpke.open_failed` */
export async function decryptWithLabel(suite: CipherSuite, privateKey: Secret, input: DecryptInput): Promise<Secret> {
  const info = encode(EncryptContext, { label: mls(input.label), context: input.context });
  const { kemOutput, ciphertext } = input.ciphertext;
  return new Secret(await open(suite, privateKey.bytes, { info, enc: kemOutput, ciphertext }));
}

/** §5.2 RefHash; the label is complete, without a prefix. */
export function refHash(suite: CipherSuite, label: string, value: Uint8Array): Bytes {
  return suite.hash.digest(encode(RefHashInput, { label: utf8(label), value }));
}

/** §5.2: `value` is the encoded KeyPackage. */
export function makeKeyPackageRef(suite: CipherSuite, value: Uint8Array): Bytes {
  return refHash(suite, "MLS 1.0 KeyPackage Reference", value);
}

/** §5.2: `value` is the encoded AuthenticatedContent that carries the proposal. */
export function makeProposalRef(suite: CipherSuite, value: Uint8Array): Bytes {
  return refHash(suite, "MLS 1.0 Proposal Reference", value);
}

/** DeriveKeyPair for many, in order; the private keys are the caller's to dispose of. */
export async function deriveMany(suite: CipherSuite, secrets: readonly Secret[]): Promise<readonly HpkeKeyPair[]> {
  const pairs = await all(
    secrets.map(
      (secret) => suite.kem.deriveKeyPair(secret.bytes) as Awaitable<{ publicKey: Bytes; privateKey: Bytes }>,
    ),
  );
  return pairs.map(({ publicKey, privateKey }) => ({ publicKey, privateKey: new Secret(privateKey) }));
}

/** A key pair whose private half is its holder's to dispose of. */
export interface HpkeKeyPair {
  /** In the format of the KEM. */
  readonly publicKey: Uint8Array;
  /** Its owner disposes of it. */
  readonly privateKey: Secret;
}

/** A fresh HPKE key pair (§5.1.3). */
export async function generateHpkeKeyPair(suite: CipherSuite, random: Random): Promise<HpkeKeyPair> {
  const ikm = new Secret(random(suite.kem.Nsk));
  try {
    const [pair] = await deriveMany(suite, [ikm]);
    return pair as HpkeKeyPair;
  } finally {
    ikm.dispose();
  }
}

const prefixed = new Map<string, Uint8Array>();

/** Labels are few and constant, so their encodings are kept, up to a bound for labels that callers make up. */
function mls(label: string): Uint8Array {
  const known = prefixed.get(label);
  if (known !== undefined) return known;
  const encoded = utf8(`MLS 1.0 ${label}`);
  if (isKept(prefixed, label)) prefixed.set(label, encoded);
  return encoded;
}

/** Applications export under labels of their own, however many and however long. */
function isKept(labels: ReadonlyMap<string, Uint8Array>, label: string): boolean {
  return label.length <= 64 && labels.size < 64;
}
