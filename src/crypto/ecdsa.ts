/**
 * §5.1.1, §5.1.2: ECDSA over a primitive that a backend supplies. Signatures are DER on the wire and only DER; private
 * keys are big-endian scalars of fixed length, public keys uncompressed points.
 */

import { concat, equal } from "../bytes.ts";
import { InvalidError } from "../errors.ts";
import { type Awaitable, after, type Bytes } from "../hpke/algorithms.ts";
import { firstScalar, isPoint, isScalar, type NistCurve, P256, P384, P521 } from "../hpke/nist-curves.ts";
import { refusing } from "../hpke/outcome.ts";
import type { SignatureName, SignatureScheme } from "./cipher-suite.ts";
import { type Verification, verdicts } from "./verdict.ts";

/** The constants of an ECDSA scheme. */
export interface EcdsaParameters {
  /** Of the TLS registry. */
  readonly name: SignatureName;
  /** Where public keys lie. */
  readonly curve: NistCurve;
}

/** §17.1, RFC 8446 §4.2.3: the identity of ECDSA on P-256 with SHA-256. */
export const ECDSA_P256: EcdsaParameters = { name: "ecdsa_secp256r1_sha256", curve: P256 };
/** §17.1, RFC 8446 §4.2.3: the identity of ECDSA on P-384 with SHA-384. */
export const ECDSA_P384: EcdsaParameters = { name: "ecdsa_secp384r1_sha384", curve: P384 };
/** §17.1, RFC 8446 §4.2.3: the identity of ECDSA on P-521 with SHA-512. */
export const ECDSA_P521: EcdsaParameters = { name: "ecdsa_secp521r1_sha512", curve: P521 };

/** What is to be verified, its signature as r || s. */
export interface EcdsaRequest {
  /** An uncompressed point. */
  readonly publicKey: Uint8Array;
  /** As it was given to `sign`. */
  readonly message: Uint8Array;
  /** The two numbers of the signature, one behind the other. */
  readonly rs: Uint8Array;
}

/** The bare scheme. Keys, r and s are checked before it is called; whatever its `verify` throws is a `false`. */
export interface EcdsaPrimitive extends Verification<EcdsaRequest> {
  /** The uncompressed point of a private key. */
  publicKeyOf(privateKey: Uint8Array): Awaitable<Bytes>;
  /** r || s, each as long as a scalar. */
  sign(privateKey: Uint8Array, message: Uint8Array): Awaitable<Uint8Array>;
  /** Whether the signature is right. */
  verify(request: EcdsaRequest): Awaitable<boolean>;
}

/** A signature scheme made of a backend's ECDSA. */
export function ecdsa({ name, curve }: EcdsaParameters, primitive: EcdsaPrimitive): SignatureScheme {
  const refusal = () => new InvalidError("key.signature_private", { scheme: name });
  const checked = (privateKey: Uint8Array): Uint8Array => {
    if (!isScalar(curve, privateKey)) throw refusal();
    return privateKey;
  };
  const publicKeyOf = (privateKey: Uint8Array) => refusing(() => primitive.publicKeyOf(checked(privateKey)), refusal);
  return {
    name,
    verifiesKeys: true,
    publicKeyOf,
    generateKeyPair(random) {
      const privateKey = firstScalar(curve, () => random(curve.length));
      return after(publicKeyOf(privateKey), (publicKey) => ({ publicKey, privateKey }));
    },
    checkPublicKey(publicKey) {
      if (!isPoint(curve, publicKey)) {
        throw new InvalidError("key.signature_public", { scheme: name, length: publicKey.length });
      }
    },
    sign: (privateKey, message) =>
      after(
        refusing(() => primitive.sign(checked(privateKey), message), refusal),
        derOf,
      ),
    verifyMany: (requests) =>
      verdicts(
        requests.map(({ publicKey, message, signature }) => {
          const rs = rsOf(curve, signature);
          return rs === undefined || !isPoint(curve, publicKey) ? undefined : { publicKey, message, rs };
        }),
        primitive,
      ),
  };
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** RFC 3279 §2.2.3: SEQUENCE { r INTEGER, s INTEGER }, of r || s. */
export function derOf(rs: Uint8Array): Bytes {
  const half = rs.length / 2;
  return element(SEQUENCE, concat(integer(rs.subarray(0, half)), integer(rs.subarray(half))));
}

function integer(scalar: Uint8Array): Bytes {
  const significant = scalar.subarray(scalar.findIndex((octet) => octet !== 0));
  const negative = (significant[0] ?? 0) >= 0x80;
  return element(INTEGER, negative ? concat(Uint8Array.of(0), significant) : significant);
}

/** No signature of these curves is as long as 256 octets. */
function element(tag: number, content: Uint8Array): Bytes {
  const { length } = content;
  return concat(length < 0x80 ? Uint8Array.of(tag, length) : Uint8Array.of(tag, 0x81, length), content);
}

/**
 * r || s of a DER signature, if that is what the octets are. Reads leniently, then insists that writing gives the same
 * octets again: DER has one encoding for each signature, so nothing else can slip through.
 */
function rsOf(curve: NistCurve, der: Uint8Array): Bytes | undefined {
  const content = der.subarray(der[1] === 0x81 ? 3 : 2);
  const rEnd = 2 + (content[1] ?? 0);
  const r = scalarOf(curve, content.subarray(2, rEnd));
  const s = scalarOf(curve, content.subarray(rEnd + 2));
  if (r === undefined || s === undefined) return undefined;
  const rs = concat(r, s);
  return equal(derOf(rs), der) ? rs : undefined;
}

function scalarOf(curve: NistCurve, content: Uint8Array): Bytes | undefined {
  const significant = content.subarray(Math.max(0, content.length - curve.length));
  const scalar = new Uint8Array(curve.length);
  scalar.set(significant, curve.length - significant.length);
  return isScalar(curve, scalar) ? scalar : undefined;
}
