/**
 * §2.1.2, §5.1.2, §5.2, §7.2, §8, §9: the RFC's formulas over plain octets, taken literally. Vectors are made with these
 * and with the primitives of a suite, so that what they expect does not come from the code that they are to test.
 */

import { concat, EMPTY, utf8 } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import type { Bytes, CipherSuite, Random } from "../crypto/cipher-suite.ts";
import { LeafNode } from "../wire/leaf-node.ts";

/** What a maker of vectors works with. */
export interface MakeInput {
  readonly suite: CipherSuite;
  /** The only source of everything that is chosen. */
  readonly random: Random;
  /** Whether there shall be few cases, and short ones: the share of one suite among all. */
  readonly small: boolean;
}

/** All of some cases; in small files one of them, another one for the next suite. */
export function shareOf<T>({ suite, small }: MakeInput, cases: readonly T[]): readonly T[] {
  return small ? cases.filter((_, index) => index === suite.id % cases.length) : cases;
}

/** An unsigned integer of some octets, the most significant one first. */
export function uint(value: number | bigint, octets: 1 | 2 | 4 | 8): Bytes {
  return Uint8Array.from({ length: octets }, (_, i) => Number((BigInt(value) >> BigInt(8 * (octets - 1 - i))) & 0xffn));
}

/** §2.1.2: the length header of a vector. */
export function lengthHeader(length: number): Bytes {
  if (length < 2 ** 6) return uint(length, 1);
  return length < 2 ** 14 ? uint(0x4000 + length, 2) : uint(0x80000000 + length, 4);
}

/** §2.1.2: `opaque octets<V>` */
export function opaqueV(octets: Uint8Array): Bytes {
  return concat(lengthHeader(octets.length), octets);
}

/** §5.1.2: SignWithLabel */
export async function signWithLabel(
  suite: CipherSuite,
  privateKey: Uint8Array,
  label: string,
  content: Uint8Array,
): Promise<Bytes> {
  return suite.signature.sign(privateKey, concat(opaqueV(utf8(`MLS 1.0 ${label}`)), opaqueV(content)));
}

/** §5.2: RefHash */
export function refHash(suite: CipherSuite, label: string, value: Uint8Array): Bytes {
  return suite.hash.digest(concat(opaqueV(utf8(label)), opaqueV(value)));
}

/** §8: ExpandWithLabel */
export function expandWithLabel(
  suite: CipherSuite,
  secret: Uint8Array,
  label: string,
  { context = EMPTY, length = suite.kdf.Nh }: { readonly context?: Uint8Array; readonly length?: number },
): Bytes {
  const kdfLabel = concat(uint(length, 2), opaqueV(utf8(`MLS 1.0 ${label}`)), opaqueV(context));
  return suite.kdf.expand(secret, kdfLabel, length);
}

/** §8: DeriveSecret */
export function deriveSecret(suite: CipherSuite, secret: Uint8Array, label: string): Bytes {
  return expandWithLabel(suite, secret, label, {});
}

/** §9.1: DeriveTreeSecret */
export function deriveTreeSecret(
  suite: CipherSuite,
  secret: Uint8Array,
  label: string,
  { generation, length }: { readonly generation: number; readonly length: number },
): Bytes {
  return expandWithLabel(suite, secret, label, { context: uint(generation, 4), length });
}

export interface GroupContextFields {
  readonly groupId: Uint8Array;
  readonly epoch: number;
  readonly treeHash: Uint8Array;
  readonly confirmedTranscriptHash: Uint8Array;
}

/** §8.1: an encoded GroupContext without extensions. */
export function groupContextOctets(suite: CipherSuite, fields: GroupContextFields): Bytes {
  const { groupId, epoch, treeHash, confirmedTranscriptHash } = fields;
  const [mls10, noExtensions] = [uint(1, 2), opaqueV(EMPTY)];
  return concat(
    mls10,
    uint(suite.id, 2),
    opaqueV(groupId),
    uint(epoch, 8),
    opaqueV(treeHash),
    opaqueV(confirmedTranscriptHash),
    noExtensions,
  );
}

/** An encoded struct whose last field, as yet empty, is its signature: what stands before that. */
export function withoutSignature(encoded: Uint8Array): Uint8Array {
  return encoded.subarray(0, -1);
}

type Unsigned<T> = T extends LeafNode ? Omit<T, "signature"> : never;

/** §7.2: a leaf with its signature. The position counts for the sources `update` and `commit`. */
export async function signedLeafNode(
  suite: CipherSuite,
  privateKey: Uint8Array,
  content: Unsigned<LeafNode>,
  position: { readonly groupId: Uint8Array; readonly leaf: number },
): Promise<LeafNode> {
  const placed = content.leafNodeSource !== "key_package";
  const tail = placed ? concat(opaqueV(position.groupId), uint(position.leaf, 4)) : EMPTY;
  const tbs = concat(withoutSignature(encode(LeafNode, { ...content, signature: EMPTY })), tail);
  return { ...content, signature: await signWithLabel(suite, privateKey, "LeafNodeTBS", tbs) };
}

/** A whole number from 0 up to, and without, `bound`. */
export function below(random: Random, bound: number): number {
  return random(4).reduce((value, octet) => 256 * value + octet, 0) % bound;
}
